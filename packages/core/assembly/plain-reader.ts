/*
 * The plain reader of `src/events/plain.ts`, in AssemblyScript: `node scripts/assembly.mjs` compiles it to WebAssembly. It takes
 * a third of the processor time that the same takes in JavaScript, and has nothing to warm up.
 *
 * A text is copied to `base` and followed by zeroes, which end every string, number and literal: nothing is asked of its end but
 * where a record ends. Functions that read give the place after what they read, 0 where that is not plain.
 */

import { ESCAPED, LENGTH_SHIFT, MAX_TAPE_TEXT } from './tape'

/** Keys of one map that are told apart here; a larger map takes the careful path. */
const MAX_MAP_KEYS: i32 = 64
/** Depth of values inside a map (one bit a level); a deeper one takes the careful path. */
const MAX_DEPTH: i32 = 31
/** Top-level keys whose values are noted: as many as `slotKeys` of `src/events/shape.ts` has. */
const SLOTS: i32 = 7
/** Unknown keys that one struct remembers, and how long they are: records with others take the careful path. */
const MAX_UNKNOWN: i32 = 1024
const LONGEST_UNKNOWN: i32 = 256
/** Larger typed texts have no tape. */
const TYPED_ROOM: i32 = 1 << 20
/** So many records are read in one go at most. */
const MOST_RECORDS: i32 = 1024
/** Zeroes behind a text: as many as are looked at in one go, and more. */
const SEAL: usize = 64

/** As `Kind` of `src/events/shape.ts`. */
const enum Kind {
  ignored,
  varchar,
  boolean,
  timestamp,
  map,
  struct,
  array,
  number,
  careful,
}

/** The kind of a key that the layout does not name, of a struct by its number: `ignored` or `careful`. */
@external("js", "learn")
declare function learn(shape: i32, start: usize, length: i32): i32

/** A key met in a struct. */
@unmanaged
class Key {
  /** Its bytes up to and including the colon. */
  bytes: usize
  length: i32
  kind: i32
  child: Shape | null
  slot: i32
  node: i32
  /** The struct in which this key was met last; equal to the current one means it occurs twice. */
  stamp: i32
  /** The key that followed this one last time: records repeat their order, so it is tried first. */
  next: Key | null
  inBucket: Key | null
}

const BUCKETS: usize = 64

/** The keys of one struct of a layout; its buckets follow it in memory. */
@unmanaged
class Shape {
  id: i32
  first: Key | null
  unknown: i32
}

let shapes: i32 = 0
let instances: i32 = 0
/** Has the string that was read last an escape? */
let hasEscape: bool = false
/** The text at hand is a typed one: its times have milliseconds. */
let typed: bool = false
/** Where the text at hand begins and ends. */
let base: usize = 0
let limit: usize = 0
/** Memory is divided once: shapes and keys, a typed text, a run of records, a text, its tape. */
const KEYS: usize = 2 << 20
const typedRoom: usize = (__heap_base + KEYS + 15) & ~15
/** The records of one run. */
const runRoom: usize = typedRoom + TYPED_ROOM + SEAL
const textRoom: usize = runRoom + (MOST_RECORDS as usize) * offsetof<Facts>()
/** Where the next key goes. */
let keysEnd: usize = (__heap_base + 15) & ~15
/** The tape lies behind the text: where it begins and ends, where the record at hand goes on, and where memory ends. */
let tapeBase: usize = 0
let tapeEnd: usize = 0
let tapeAt: usize = 0
let tapeLimit: usize = 0

const slots: usize = memory.data(SLOTS * 8)
const mapHashes: usize = memory.data(MAX_MAP_KEYS * 4)

/** Of each slot where its value starts and ends, -1 where the record has none. */
export function slotsAt(): usize {
  return slots
}

/** Room among the keys, filled with zeroes; 0 when they are full. */
function keyAlloc(size: usize): usize {
  const at = keysEnd
  const end = (at + size + 7) & ~7
  if (end > typedRoom) return 0
  grow(end)
  keysEnd = end
  memory.fill(at, 0, size)
  return at
}

export function newShape(): usize {
  const at = keyAlloc(offsetof<Shape>() + BUCKETS * sizeof<usize>())
  changetype<Shape>(at).id = shapes++
  return at
}

@inline
function bucketOf(shape: Shape, hash: i32): usize {
  return changetype<usize>(shape) + offsetof<Shape>() + ((hash as usize) & (BUCKETS - 1)) * sizeof<usize>()
}

/** Room for the bytes of a key; 0 when there is none left. */
export function keyRoom(length: i32): usize {
  return keyAlloc(length + 8)
}

/** Adds a key to a shape: its bytes with `":` behind them, in a room of their own. */
export function addKey(shape: usize, bytes: usize, length: i32, kind: i32, child: usize, slot: i32, node: i32): usize {
  const owner = changetype<Shape>(shape)
  const key = changetype<Key>(keyAlloc(offsetof<Key>()))
  key.bytes = bytes
  key.length = length
  key.kind = kind
  key.child = changetype<Shape | null>(child)
  key.slot = slot
  key.node = node
  const bucket = bucketOf(owner, hashKey(bytes, bytes + length - 2))
  key.inBucket = changetype<Key | null>(load<usize>(bucket))
  store<usize>(bucket, changetype<usize>(key))
  if (owner.first === null) owner.first = key
  return changetype<usize>(key)
}

/** Begins a text of so many bytes and an empty tape, and says where the text has to be copied to. */
export function open(length: i32): usize {
  base = textRoom
  limit = base + length
  tapeBase = (limit + SEAL + 15) & ~15
  tapeEnd = tapeBase
  grow(tapeBase + (length as usize))
  memory.fill(limit, 0, SEAL)
  return base
}

/** Bytes behind the last one of interest that may be looked at: as many as the longest key has, and more. */
const BEYOND: usize = 4096

/** Makes sure that memory reaches so far, and some way beyond. */
function grow(to: usize): void {
  const have = (memory.size() as usize) << 16
  if (to + BEYOND > have && memory.grow((((to + BEYOND - have) >> 16) + 16) as i32) < 0) unreachable()
  tapeLimit = ((memory.size() as usize) << 16) - BEYOND
}

@inline
function put(head: i32, value: i32): void {
  if (tapeAt > tapeLimit) grow(tapeAt + (1 << 20))
  store<i32>(tapeAt, head)
  store<i32>(tapeAt, value, 4)
  tapeAt += 8
}

@inline
function putText(node: i32, start: usize, end: usize, escaped: bool): bool {
  const length = (end - start) as i32
  put((length << LENGTH_SHIFT) | (escaped ? ESCAPED : 0) | node, (start - base) as i32)
  return length <= MAX_TAPE_TEXT
}

/** From the byte after the opening quote to the closing one, sixteen bytes at a time. */
@inline
function stringEnd(p: usize, nested: bool): usize {
  let at = p
  hasEscape = false
  const quotes = i8x16.splat(34)
  const escapes = i8x16.splat(92)
  const controls = i8x16.splat(32)
  while (true) {
    const block = v128.load(at)
    const found = i8x16.bitmask(v128.or(v128.or(i8x16.eq(block, quotes), i8x16.eq(block, escapes)), i8x16.lt_u(block, controls)))
    if (found != 0) {
      at += ctz(found) as usize
      break
    }
    at += 16
  }
  if (load<u8>(at) == 34) return at < limit ? at : 0
  return escapedEnd(at, nested)
}

/** As `stringEnd`, from the first byte that is not plain text. */
function escapedEnd(from: usize, nested: bool): usize {
  let at = from
  hasEscape = true
  while (at < limit) {
    const byte = load<u8>(at)
    if (byte == 34) return at
    if (byte < 32) return 0
    if (byte != 92) {
      at++
      continue
    }
    switch (load<u8>(at + 1)) {
      case 34:
      case 92:
      case 98:
      case 102:
      case 110:
      case 114:
      case 116:
        at += 2
        break
      case 47:
        if (nested) return 0
        at += 2
        break
      case 117:
        if (nested || !isLoneCodeUnit(at + 2)) return 0
        at += 6
        break
      default:
        return 0
    }
  }
  return 0
}

/** True for four hex digits that are no half of a surrogate pair. */
function isLoneCodeUnit(p: usize): bool {
  let unit: u32 = 0
  for (let i: usize = 0; i < 4; i++) {
    const byte = load<u8>(p + i) as u32
    const lower = byte | 32
    if (byte >= 48 && byte <= 57) unit = unit * 16 + byte - 48
    else if (lower >= 97 && lower <= 102) unit = unit * 16 + lower - 87
    else return false
  }
  return unit < 0xd800 || unit > 0xdfff
}

/** From the first byte of `true`, `false` or `null` to the place after it. */
@inline
function literalEnd(p: usize): usize {
  const word = load<u32>(p)
  if (word == 0x6c6c756e || word == 0x65757274) return p + 4
  return word == 0x736c6166 && load<u8>(p + 4) == 101 ? p + 5 : 0
}

@inline
function isDigit(byte: i32): bool {
  return ((byte - 48) as u32) <= 9
}

/** Past a number that the engine prints as it is written: no exponent, no `-0`, no zero at the end of a long fraction. */
function numberEnd(p: usize): usize {
  let at = p
  if (load<u8>(at) == 45) at++
  const first = at
  while (isDigit(load<u8>(at))) at++
  const digits = (at - first) as i32
  if (digits == 0 || (load<u8>(first) == 48 && (digits > 1 || first > p))) return 0
  let byte = load<u8>(at)
  if (byte != 46) return digits > 18 || byte == 101 || byte == 69 ? 0 : at
  const point = at++
  while (isDigit(load<u8>(at))) at++
  const fraction = (at - point - 1) as i32
  byte = load<u8>(at)
  if (fraction == 0 || fraction > 4 || digits > 9 || byte == 101 || byte == 69) return 0
  return load<u8>(at - 1) == 48 && fraction > 1 ? 0 : at
}

/** Past any value inside a map entry, or of a key without a column. */
function valueEnd(p: usize): usize {
  const byte = load<u8>(p)
  if (byte == 34) {
    const end = stringEnd(p + 1, true)
    return end == 0 ? 0 : end + 1
  }
  if (byte == 123 || byte == 91) return nestedEnd(p)
  return byte == 45 || isDigit(byte) ? numberEnd(p) : literalEnd(p)
}

/** Past an object or array, level by level without recursion. */
function nestedEnd(p: usize): usize {
  let at = p
  let depth = 0
  let objects: u32 = 0
  while (true) {
    let byte = load<u8>(at)
    if (byte == 123 || byte == 91) {
      if (depth == MAX_DEPTH) return 0
      depth++
      const isObject: u32 = byte == 123 ? 1 : 0
      objects = (objects << 1) | isObject
      at++
      if (load<u8>(at) != (isObject ? 125 : 93)) {
        if (isObject) {
          at = keyEnd(at)
          if (at == 0) return 0
        }
        continue
      }
    } else {
      at = valueEnd(at)
      if (at == 0) return 0
      byte = load<u8>(at)
      if (byte == 44) {
        at++
        if (objects & 1) {
          at = keyEnd(at)
          if (at == 0) return 0
        }
        continue
      }
    }
    while (true) {
      if (load<u8>(at) != ((objects & 1) == 1 ? 125 : 93)) return 0
      at++
      depth--
      objects >>>= 1
      if (depth == 0) return at
      if (load<u8>(at) == 44) break
    }
    at++
    if (objects & 1) {
      at = keyEnd(at)
      if (at == 0) return 0
    }
  }
}

/** From the opening quote of a key to the place after its colon. */
function keyEnd(p: usize): usize {
  if (load<u8>(p) != 34) return 0
  const end = stringEnd(p + 1, true)
  return end == 0 || load<u8>(end + 1) != 58 ? 0 : end + 2
}

/** Past a map, from its `{`. */
function mapEnd(p: usize, node: i32): usize {
  let at = p + 1
  put(node, 0)
  const counter = (tapeAt - 4) - tapeBase
  if (load<u8>(at) == 125) return at + 1
  for (let count = 0; count < MAX_MAP_KEYS; count++) {
    if (load<u8>(at) != 34) return 0
    const start = at + 1
    const end = stringEnd(start, true)
    if (end == 0 || load<u8>(end + 1) != 58) return 0
    const keyEscaped = hasEscape
    const hash = hashKey(start, end)
    for (let i = 0; i < count; i++) if (load<i32>(mapHashes + ((i as usize) << 2)) == hash) return 0
    store<i32>(mapHashes + ((count as usize) << 2), hash)
    if (!putText(node + 1, start, end, keyEscaped)) return 0
    const value = end + 2
    const first = load<u8>(value)
    if (first == 34) {
      at = stringEnd(value + 1, false)
      if (at == 0 || !putText(node + 2, value + 1, at, hasEscape)) return 0
      at++
    } else {
      at = valueEnd(value)
      if (at == 0) return 0
      if (first != 110 && !putText(node + 2, value, at, false)) return 0
    }
    const byte = load<u8>(at)
    if (byte == 125) {
      store<i32>(tapeBase + counter, count + 1)
      return at + 1
    }
    if (byte != 44) return 0
    at++
  }
  return 0
}

function hashKey(start: usize, end: usize): i32 {
  let hash = (end - start) as i32
  for (let i = start; i < end; i++) hash = hash * 31 + load<u8>(i)
  return hash
}

/** Compares eight bytes at a time: most of a record's bytes are keys. */
@inline
function startsWith(key: Key, p: usize): bool {
  const length = key.length as usize
  const bytes = key.bytes
  let i: usize = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(bytes + i)) return false
  if (length >= 8) return load<u64>(p + length - 8) == load<u64>(bytes + length - 8)
  for (; i < length; i++) if (load<u8>(p + i) != load<u8>(bytes + i)) return false
  return true
}

/** The key that starts at `p`, after its quote. */
function keyAt(owner: Shape, previous: Key | null, p: usize): Key | null {
  const guess = previous === null ? owner.first : previous.next
  if (guess !== null && startsWith(guess, p)) return guess
  const end = stringEnd(p, true)
  if (end == 0 || hasEscape || load<u8>(end + 1) != 58) return null
  const length = (end - p + 2) as i32
  let found = changetype<Key | null>(load<usize>(bucketOf(owner, hashKey(p, end))))
  while (found !== null && !(found.length == length && startsWith(found, p))) found = found.inBucket
  if (found === null) {
    // One that is not kept could come twice, and nobody would see.
    if (owner.unknown == MAX_UNKNOWN || length > LONGEST_UNKNOWN || keysEnd + LONGEST_UNKNOWN * 2 > typedRoom) return null
    owner.unknown++
    const bytes = keyRoom(length)
    memory.copy(bytes, p, length)
    found = changetype<Key>(addKey(changetype<usize>(owner), bytes, length, learn(owner.id, p, length - 2), 0, -1, -1))
  }
  if (previous === null) owner.first = found
  else previous.next = found
  return found
}

/** Past a struct, from its `{`. */
function structEnd(p: usize, owner: Shape): usize {
  let at = p + 1
  if (load<u8>(at) == 125) return at + 1
  const stamp = ++instances
  let key: Key | null = null
  while (true) {
    if (load<u8>(at) != 34) return 0
    const found = keyAt(owner, key, at + 1)
    if (found === null || found.stamp == stamp) return 0
    key = found
    found.stamp = stamp
    at += (found.length + 1) as usize
    const start = at
    at = fieldEnd(at, found)
    if (at == 0) return 0
    const slot = found.slot
    if (slot != -1) {
      store<i32>(slots + ((slot as usize) << 3), (start - base) as i32)
      store<i32>(slots + ((slot as usize) << 3), (at - base) as i32, 4)
    }
    const byte = load<u8>(at)
    if (byte == 125) return at + 1
    if (byte != 44) return 0
    at++
  }
}

@inline
function fieldEnd(p: usize, key: Key): usize {
  const byte = load<u8>(p)
  const kind = key.kind
  if (kind == Kind.varchar) {
    if (byte == 34) {
      const end = stringEnd(p + 1, false)
      return end != 0 && putText(key.node, p + 1, end, hasEscape) ? end + 1 : 0
    }
    const end = byte == 110 || byte == 116 || byte == 102 ? literalEnd(p) : 0
    if (end != 0 && byte != 110) putText(key.node, p, end, false)
    return end
  }
  if (byte == 110 && kind != Kind.careful) return literalEnd(p)
  switch (kind) {
    case Kind.ignored:
      return valueEnd(p)
    case Kind.boolean:
      put(key.node, byte == 116 ? 1 : 0)
      return byte == 116 || byte == 102 ? literalEnd(p) : 0
    case Kind.timestamp:
      return byte == 34 ? timeEnd(p, key.node) : 0
    case Kind.map:
      return byte == 123 ? mapEnd(p, key.node) : 0
    case Kind.struct:
      put(key.node, 1)
      return byte == 123 ? structEnd(p, key.child!) : 0
    case Kind.array:
      return byte == 91 ? arrayEnd(p, key.child!, key.node) : 0
    default:
      return 0
  }
}

/** Past an array of structs, from its `[`. */
function arrayEnd(p: usize, owner: Shape, node: i32): usize {
  let at = p + 1
  put(node, 0)
  const counter = (tapeAt - 4) - tapeBase
  if (load<u8>(at) == 93) return at + 1
  let count = 0
  while (true) {
    count++
    const isStruct = load<u8>(at) == 123
    put(node + 1, isStruct ? 1 : 0)
    at = isStruct ? structEnd(at, owner) : load<u8>(at) == 110 ? literalEnd(at) : 0
    if (at == 0) return 0
    const byte = load<u8>(at)
    if (byte == 93) {
      store<i32>(tapeBase + counter, count)
      return at + 1
    }
    if (byte != 44) return 0
    at++
  }
}

let wrongDigit: bool = false
/** Two digits; anything else sets `wrongDigit`. */
@inline
function twoDigits(p: usize): i32 {
  const tens = (load<u8>(p) as i32) - 48
  const ones = (load<u8>(p + 1) as i32) - 48
  if (tens as u32 > 9 || ones as u32 > 9) wrongDigit = true
  return tens * 10 + ones
}

let timeDay: i32 = 0
let timeMs: i32 = 0
/** Reads exactly `"YYYY-MM-DDTHH:MM:SSZ"`, with `.mmm` in typed texts, into timeDay and timeMs. */
function readTime(p: usize): bool {
  if (load<u8>(p + 5) != 45 || load<u8>(p + 8) != 45 || load<u8>(p + 11) != 84 || load<u8>(p + 14) != 58) return false
  if (load<u8>(p + 17) != 58 || load<u8>(p + (typed ? 24 : 20)) != 90) return false
  wrongDigit = false
  const year = twoDigits(p + 1) * 100 + twoDigits(p + 3)
  const month = twoDigits(p + 6)
  const day = twoDigits(p + 9)
  const hour = twoDigits(p + 12)
  const minute = twoDigits(p + 15)
  const second = twoDigits(p + 18)
  let ms = 0
  if (typed) {
    if (load<u8>(p + 20) != 46) return false
    const ones = (load<u8>(p + 23) as i32) - 48
    if (ones as u32 > 9) return false
    ms = twoDigits(p + 21) * 10 + ones
  }
  if (wrongDigit || year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false
  if (day > 28 && day > daysInMonth(year, month)) return false
  timeDay = daysFromEpoch(year, month, day)
  timeMs = ((hour * 60 + minute) * 60 + second) * 1000 + ms
  return true
}

function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; years counted from March, so that leap days come last. */
function daysFromEpoch(year: i32, month: i32, day: i32): i32 {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
  return marchYear * 365 + leapDays + (marchMonth * 153 + 2) / 5 + day - 1 - 719468
}

/** Past a time, from its quote. */
function timeEnd(p: usize, node: i32): usize {
  const end = p + (typed ? 26 : 22)
  if (load<u8>(end - 1) != 34 || !readTime(p)) return 0
  put(node, timeDay)
  put(0, timeMs)
  return end
}

/** What import asks of a record: `Word` of `src/events/record-list.ts`. */
@unmanaged
class Facts {
  /** UTC milliseconds, or NaN. */
  timeMs: f64
  /** Of its id, NaN where that has to be decoded. */
  idHash: f64
  start: i32
  end: i32
  /** Where an id lies that stands for itself, else -1. */
  idStart: i32
  idEnd: i32
  tape: i32
  index: i32
  place: i32
  text: i32
}

/** As `Slot` of `src/events/shape.ts`. */
const enum Slot {
  time,
  id,
  account,
  region,
  category,
  type,
  management,
}

/** As `Ended` of `src/events/plain.ts`. */
const enum Ended {
  place = 1,
  time = 2,
  id = 4,
}

@inline
function slotStart(slot: i32): i32 {
  return load<i32>(slots + ((slot as usize) << 3))
}

@inline
function slotEnd(slot: i32): i32 {
  return load<i32>(slots + ((slot as usize) << 3), 4)
}

/** Values of slots as they were in the record before; longer ones are not kept. An absent one is empty. */
const KEPT: i32 = 64
const keptTexts: usize = memory.data(SLOTS * 64)
const keptLengths: usize = memory.data(SLOTS * 4)

/** Is the value of a slot that of the record before? It is from now on. */
function isSame(slot: i32): bool {
  const start = slotStart(slot)
  const length = start == -1 ? 0 : slotEnd(slot) - start
  const kept = keptTexts + ((slot * KEPT) as usize)
  const keptLength = keptLengths + ((slot as usize) << 2)
  const text = base + (start as usize)
  if (load<i32>(keptLength) == length && memory.compare(kept, text, length) == 0) return true
  store<i32>(keptLength, length > KEPT ? -1 : length)
  if (length <= KEPT) memory.copy(kept, text, length)
  return false
}

/** Fills in what the slots say of a record; the sum of what is out of the ordinary about it. */
function tellFacts(facts: Facts): i32 {
  let ended = 0
  const time = slotStart(Slot.time)
  if (time != -1 && load<u8>(base + (time as usize)) == 34 && readTime(base + (time as usize))) {
    facts.timeMs = (timeDay as f64) * 86400000 + (timeMs as f64)
  } else {
    facts.timeMs = NaN
    ended |= Ended.time
  }
  const id = slotStart(Slot.id)
  if (id != -1 && isPlainText(base + (id as usize), base + (slotEnd(Slot.id) as usize))) {
    facts.idStart = id + 1
    facts.idEnd = slotEnd(Slot.id) - 1
    facts.idHash = idHash(base + (facts.idStart as usize), base + (facts.idEnd as usize))
  } else {
    facts.idStart = -1
    facts.idEnd = -1
    facts.idHash = NaN
    ended |= Ended.id
  }
  // All of them are kept for the next record.
  const account = isSame(Slot.account)
  const region = isSame(Slot.region)
  const category = isSame(Slot.category)
  const type = isSame(Slot.type)
  const management = isSame(Slot.management)
  return account && region && category && type && management ? ended : ended | Ended.place
}

/** `hashText` of `src/events/hash-text.ts`; NaN for no bytes. */
function idHash(start: usize, end: usize): f64 {
  if (start == end) return NaN
  let a: u32 = 0xdeadbeef
  let b: u32 = 0x41c6ce57
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at) as u32
    a = (a ^ byte) * 2654435761
    b = (b ^ byte) * 1597334677
  }
  a = ((a ^ (a >> 16)) * 2246822507) ^ ((b ^ (b >> 13)) * 3266489909)
  b = ((b ^ (b >> 16)) * 2246822507) ^ ((a ^ (a >> 13)) * 3266489909)
  return 4294967296.0 * ((b & 2097151) as f64) + (a as f64)
}

/** Is this a string of ASCII without a backslash? */
function isPlainText(start: usize, end: usize): bool {
  if (load<u8>(start) != 34) return false
  for (let at = start; at < end; at++) if (load<u8>(at) >= 128 || load<u8>(at) == 92) return false
  return true
}

/** Reads the record whose `{` is at a position of the text: gives the position after it and adds its stretch to the tape; -1 for none. */
function read(p: i32, shape: usize): i32 {
  memory.fill(slots, 0xff, SLOTS * 8)
  if (tapeEnd + 4 > tapeLimit) grow(tapeEnd + (1 << 20))
  tapeAt = tapeEnd + 4
  const end = structEnd(base + p, changetype<Shape>(shape))
  if (end == 0 || end > limit) return -1
  store<i32>(tapeEnd, ((tapeAt - tapeBase) >> 2) as i32)
  tapeEnd = tapeAt
  return (end - base) as i32
}

let runLength: i32 = 0
let runEnded: i32 = 0

/**
 * Reads the record at a position and those that follow behind commas alone, up to the first that is out of the ordinary.
 *
 * @param index of the first; @param place of all that are in the place of the one before
 * @returns the position after the last; -1 when the first is not plain
 */
export function readRun(p: i32, shape: usize, index: i32, place: i32): i32 {
  let at = p
  runLength = 0
  runEnded = 0
  while (true) {
    const taped = tapeLength()
    const end = read(at, shape)
    if (end == -1) return runLength == 0 ? -1 : at - 1
    const facts = changetype<Facts>(runRoom + (runLength as usize) * offsetof<Facts>())
    facts.start = at
    facts.end = end
    facts.tape = taped
    facts.index = index + runLength
    facts.place = place
    facts.text = 0
    runLength++
    runEnded = tellFacts(facts)
    const next = base + (end as usize)
    if (runEnded != 0 || runLength == MOST_RECORDS || load<u8>(next) != 44 || load<u8>(next + 1) != 123) return end
    at = end + 1
  }
}

/** Of the run that was read last: where its records lie, how many they are, and the sum of what is out of the ordinary about the last. */
export function runAt(): usize {
  grow(textRoom)
  return runRoom
}

export function mostRecords(): i32 {
  return MOST_RECORDS
}

export function runCount(): i32 {
  return runLength
}

export function lastEnded(): i32 {
  return runEnded
}

/** Where a typed text has to be copied to; 0 when it is too long. */
export function openTyped(length: i32): usize {
  if (length > TYPED_ROOM) return 0
  grow(typedRoom + TYPED_ROOM + SEAL)
  memory.fill(typedRoom + length, 0, SEAL)
  return typedRoom
}

/** Reads the typed text that was copied there, as `read` does a record. */
export function readTyped(length: i32, shape: usize): i32 {
  const textBase = base
  const textLimit = limit
  base = typedRoom
  limit = typedRoom + length
  typed = true
  const end = read(0, shape)
  typed = false
  base = textBase
  limit = textLimit
  return end
}

/** Where the tape begins in memory, and how many numbers it holds. */
export function tapeStart(): usize {
  return tapeBase
}

export function tapeLength(): i32 {
  return ((tapeEnd - tapeBase) >> 2) as i32
}
