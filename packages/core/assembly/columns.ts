/*
 * What `src/parquet/column.ts` holds, in AssemblyScript: slots, texts, numbers and flags of columns, and what fills them from the tape
 * of a record. `node scripts/assembly.mjs` compiles it to WebAssembly.
 */

import { Column, fillSlot, Kind, larger, PAGE_HEAD, told } from './column'
import { ESCAPED, LENGTH_SHIFT, NODE_MASK, NODES } from './tape'

export { toldAt } from './column'
export * from './pages'

/** As `NodeKind` of `src/events/record-tree.ts`. */
const enum NodeKind {
  varchar,
  boolean,
  timestamp,
  struct,
  list,
  map,
}

/** A dictionary of texts grows no larger, in distinct ones; from so many on it has to show that texts repeat. */
const MOST_TEXTS: i32 = 4096
const PROBED: i32 = 256
/** The same, of numbers. */
const MOST_NUMBERS: i32 = 1024
/** Larger room is not kept for the next row group. */
const KEPT_BYTES: i32 = 1 << 22

export function newColumn(kind: i32): usize {
  const at = heap.alloc(offsetof<Column>())
  memory.fill(at, 0, offsetof<Column>())
  const column = changetype<Column>(at)
  column.kind = kind
  column.slotRoom = 64
  column.has = heap.alloc(64)
  memory.fill(column.has, 0, 64)
  if (kind == Kind.list) {
    column.counts = heap.alloc(256)
    memory.fill(column.counts, 0, 256)
  }
  column.isDictionary = 1
  column.last = -1
  if (kind == Kind.document) {
    column.byteRoom = 1024
    column.bytes = heap.alloc(1024)
    column.used = PAGE_HEAD
  }
  if (kind == Kind.text || kind == Kind.number || kind == Kind.flag) {
    column.codeRoom = 256
    column.codes = heap.alloc(1024)
    column.byteRoom = 1024
    column.bytes = heap.alloc(1024)
    column.tableSize = 512
    column.table = heap.alloc(2048)
    memory.fill(column.table, 0, 2048)
    column.placeRoom = 256
    column.places = heap.alloc(2048)
    column.hashes = heap.alloc(1024)
  }
  return at
}

/** Empties a column. */
export function clear(at: usize): void {
  const column = changetype<Column>(at)
  if (column.filled > 0) {
    memory.fill(column.has, 0, column.slotRoom)
    if (column.counts) memory.fill(column.counts, 0, column.slotRoom << 2)
    if (column.distinct > 0) memory.fill(column.table, 0, column.tableSize << 2)
  }
  if (column.byteRoom > KEPT_BYTES) {
    heap.free(column.bytes)
    column.byteRoom = 1024
    column.bytes = heap.alloc(1024)
  }
  column.filled = 0
  column.elements = 0
  column.count = 0
  column.isDictionary = 1
  column.distinct = 0
  column.used = column.kind == Kind.document ? PAGE_HEAD : 0
  column.last = -1
}

export function fill(at: usize, slot: i32): void {
  fillSlot(changetype<Column>(at), slot)
}

export function fillList(at: usize, slot: i32, count: i32): void {
  const column = changetype<Column>(at)
  fillSlot(column, slot)
  store<i32>(column.counts + ((slot as usize) << 2), count)
}

/** The slot of a list's next element. */
export function nextElement(at: usize): i32 {
  return changetype<Column>(at).elements++
}

// @ts-ignore: decorator
@inline
function putCode(column: Column, code: i32): void {
  if (column.count == column.codeRoom) {
    column.codes = larger(column.codes, column.codeRoom << 2, column.codeRoom << 3)
    column.codeRoom <<= 1
  }
  store<i32>(column.codes + ((column.count as usize) << 2), code)
  column.count++
}

/** Appends a text in plain form. */
function append(column: Column, text: usize, length: i32): void {
  const needed = column.used + length + 12
  if (needed > column.byteRoom) {
    const room = max(column.byteRoom * 2, needed)
    column.bytes = larger(column.bytes, column.used, room)
    column.byteRoom = room
  }
  const at = column.bytes + (column.used as usize)
  store<i32>(at, length)
  memory.copy(at + 4, text, length)
  column.used += length + 4
}

/** Texts may be looked at eight bytes at a time: so many bytes behind one are there. */
// @ts-ignore: decorator
@inline
function hashText(text: usize, length: i32): i32 {
  let hash: u64 = ((length as u64) * 0x9e3779b97f4a7c15) ^ 0x2127599bf4325c37
  let i = 0
  for (; i + 8 <= length; i += 8) hash = rotl((hash ^ load<u64>(text + (i as usize))) * 0x9e3779b97f4a7c15, 29)
  if (i < length) hash = (hash ^ lastBytes(text + (i as usize), length - i)) * 0x9e3779b97f4a7c15
  return ((hash ^ (hash >> 32)) & 0xffffffff) as i32
}

/** Of eight bytes the first so many. */
// @ts-ignore: decorator
@inline
function lastBytes(at: usize, length: i32): u64 {
  return load<u64>(at) & (((1 as u64) << ((length << 3) as u64)) - 1)
}

// @ts-ignore: decorator
@inline
function isText(place: usize, text: usize, length: i32): bool {
  if (load<i32>(place) != length) return false
  const at = place + 4
  let i = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(at + (i as usize)) != load<u64>(text + (i as usize))) return false
  return i == length || lastBytes(at + (i as usize), length - i) == lastBytes(text + (i as usize), length - i)
}

function putText(column: Column, text: usize, length: i32): void {
  if (!column.isDictionary) {
    append(column, text, length)
    column.count++
    return
  }
  if (column.last == -1 || !isText(column.bytes + load<u32>(column.places + ((column.last as usize) << 2)), text, length)) {
    column.last = findText(column, text, length)
  }
  putCode(column, column.last)
  if (column.distinct > PROBED && (column.distinct > MOST_TEXTS || column.distinct * 2 > column.count)) toPlain(column)
}

/** The position of a text in the dictionary, to which it is added where it is not there. */
function findText(column: Column, text: usize, length: i32): i32 {
  const hash = hashText(text, length)
  const mask = column.tableSize - 1
  let slot = hash & mask
  while (true) {
    const found = load<i32>(column.table + ((slot as usize) << 2))
    if (found == 0) break
    const code = (found - 1) as usize
    if (load<i32>(column.hashes + (code << 2)) == hash && isText(column.bytes + load<u32>(column.places + (code << 2)), text, length)) {
      return found - 1
    }
    slot = (slot + 1) & mask
  }
  store<i32>(column.table + ((slot as usize) << 2), column.distinct + 1)
  growPlaces(column)
  const code = column.distinct as usize
  store<i32>(column.places + (code << 2), column.used)
  store<i32>(column.hashes + (code << 2), hash)
  append(column, text, length)
  column.distinct++
  if (column.distinct * 2 > column.tableSize) growTable(column)
  return code as i32
}

function growPlaces(column: Column): void {
  if (column.distinct < column.placeRoom) return
  const had = column.placeRoom
  column.places = larger(column.places, had << 3, had << 4)
  column.hashes = larger(column.hashes, had << 2, had << 3)
  column.placeRoom = had << 1
}

function growTable(column: Column): void {
  column.tableSize <<= 1
  heap.free(column.table)
  column.table = heap.alloc(column.tableSize << 2)
  memory.fill(column.table, 0, column.tableSize << 2)
  const mask = column.tableSize - 1
  for (let code = 0; code < column.distinct; code++) {
    let slot = load<i32>(column.hashes + ((code as usize) << 2)) & mask
    while (load<i32>(column.table + ((slot as usize) << 2)) != 0) slot = (slot + 1) & mask
    store<i32>(column.table + ((slot as usize) << 2), code + 1)
  }
}

/** Lays the texts out one after the other: they do not repeat. */
function toPlain(column: Column): void {
  const before = column.bytes
  column.byteRoom = max(1024, column.used * 2)
  column.bytes = heap.alloc(column.byteRoom)
  column.used = 0
  for (let i = 0; i < column.count; i++) {
    const code = load<i32>(column.codes + ((i as usize) << 2)) as usize
    const place = before + load<u32>(column.places + (code << 2))
    append(column, place + 4, load<i32>(place))
  }
  heap.free(before)
  column.isDictionary = 0
}

function putNumber(column: Column, value: f64): void {
  const needed = (column.count + 1) << 3
  if (needed > column.byteRoom) {
    column.bytes = larger(column.bytes, column.byteRoom, column.byteRoom * 2)
    column.byteRoom *= 2
  }
  store<f64>(column.bytes + ((column.count as usize) << 3), value)
  if (!column.isDictionary) {
    column.count++
    return
  }
  if (column.last == -1 || load<f64>(column.places + ((column.last as usize) << 3)) != value) column.last = findNumber(column, value)
  putCode(column, column.last)
  if (column.distinct > MOST_NUMBERS) column.isDictionary = 0
}

function findNumber(column: Column, value: f64): i32 {
  const bits = reinterpret<u64>(value) * 0x9e3779b97f4a7c15
  const hash = (bits >> 32) as i32
  const mask = column.tableSize - 1
  let slot = hash & mask
  while (true) {
    const found = load<i32>(column.table + ((slot as usize) << 2))
    if (found == 0) break
    if (load<f64>(column.places + (((found - 1) as usize) << 3)) == value) return found - 1
    slot = (slot + 1) & mask
  }
  store<i32>(column.table + ((slot as usize) << 2), column.distinct + 1)
  growPlaces(column)
  const code = column.distinct as usize
  store<f64>(column.places + (code << 3), value)
  store<i32>(column.hashes + (code << 2), hash)
  column.distinct++
  if (column.distinct * 2 > column.tableSize) growTable(column)
  return code as i32
}

function putFlag(column: Column, value: i32): void {
  if (column.count == column.byteRoom) {
    column.bytes = larger(column.bytes, column.byteRoom, column.byteRoom * 2)
    column.byteRoom *= 2
  }
  store<u8>(column.bytes + (column.count as usize), value)
  column.count++
}

let inputRoom: i32 = 0
let input: usize = 0

/** Where so many bytes can be copied to, until the next call. */
export function inputOf(length: i32): usize {
  if (length + 16 > inputRoom) {
    if (input) heap.free(input)
    inputRoom = max(1 << 16, (length + 16) * 2)
    input = heap.alloc(inputRoom)
  }
  return input
}

/** Adds the text that was copied to the input. */
export function addText(at: usize, length: i32): void {
  putText(changetype<Column>(at), input, length)
}

// @ts-ignore: decorator
@inline
function putDocument(column: Column, text: usize, length: i32): void {
  append(column, text, length)
  column.count++
}

/** Adds the document that was copied to the input. */
export function addDocument(at: usize, length: i32): void {
  putDocument(changetype<Column>(at), input, length)
}

/** Begins another page of documents. */
export function nextPage(at: usize): void {
  const column = changetype<Column>(at)
  column.count = 0
  column.used = PAGE_HEAD
}

export function addNumber(at: usize, value: f64): void {
  putNumber(changetype<Column>(at), value)
}

export function addFlag(at: usize, value: i32): void {
  putFlag(changetype<Column>(at), value)
}

/** Says of a column, as numbers at `toldAt`: filled, count, isDictionary, distinct, bytes, used. */
export function describe(at: usize): void {
  const column = changetype<Column>(at)
  store<i32>(told, column.filled)
  store<i32>(told, column.count, 4)
  store<i32>(told, column.isDictionary, 8)
  store<i32>(told, column.distinct, 12)
  store<i32>(told, column.bytes as i32, 16)
  store<i32>(told, column.used, 20)
}

function isLess(a: usize, b: usize): bool {
  const aLength = load<i32>(a)
  const bLength = load<i32>(b)
  const order = memory.compare(a + 4, b + 4, min(aLength, bLength))
  return order < 0 || (order == 0 && aLength < bLength)
}

/** Says at `toldAt` where the least and the greatest text of a column lie; false where there is none. */
export function textBounds(at: usize): bool {
  const column = changetype<Column>(at)
  if (column.used == 0) return false
  const end = column.bytes + (column.used as usize)
  let least = column.bytes
  let greatest = column.bytes
  for (let place = column.bytes; place < end; place += 4 + load<i32>(place)) {
    if (isLess(place, least)) least = place
    if (isLess(greatest, place)) greatest = place
  }
  store<i32>(told, least as i32)
  store<i32>(told, greatest as i32, 4)
  return true
}

/** By node of a tape: what it is, its column, the column that repeats it, the node whose elements it belongs to; does it begin one? */
const nodeKinds: usize = memory.data(NODES)
const nodeColumns: usize = memory.data(NODES * 4)
const nodeRepeats: usize = memory.data(NODES * 4)
const nodeOwners: usize = memory.data(NODES * 4)
const nodeBegins: usize = memory.data(NODES)
/** By owner: the slot that values go to now. */
const nodeSlots: usize = memory.data(NODES * 4)

export function setNode(id: i32, kind: i32, column: usize, repeats: usize, owner: i32, begins: i32): void {
  store<u8>(nodeKinds + id, kind)
  store<usize>(nodeColumns + ((id as usize) << 2), column)
  store<usize>(nodeRepeats + ((id as usize) << 2), repeats)
  store<i32>(nodeOwners + ((id as usize) << 2), owner)
  store<u8>(nodeBegins + id, begins)
}

/** What every row has that is in no tape. */
let documents: usize = 0
let sources: usize = 0
let indexes: usize = 0
let days: usize = 0
/** Of these the record may have the text itself: its tape's is not looked at. */
let categories: usize = 0
/** The node whose value decides a row's place. */
let timeNode: i32 = 0

export function setRow(document: usize, source: usize, index: usize, day: usize, category: usize, time: i32): void {
  documents = document
  sources = source
  indexes = index
  days = day
  categories = category
  timeNode = time
}

/** What rows of a run have in common. */
@unmanaged
class Run {
  source: usize
  sourceLength: i32
  category: usize
  categoryLength: i32
  day: i32
}

/** A row of a run; all that it points to is in memory with eight more bytes. */
@unmanaged
class RunRow {
  /** Where the byte at position 0 of its tape's text would lie. */
  base: usize
  /** Its tape, without the first number, and where that ends. */
  tape: usize
  tapeEnd: usize
  document: usize
  documentLength: i32
  index: i32
  timeMs: f64
}

/**
 * Puts rows at the slots from `slot` on of all columns, up to the first that fills a page of documents.
 *
 * @param at of a `Run`; @param first of the `RunRow`s behind each other
 * @returns how many were put; -1 where the time of one is not the one that decided its place
 */
export function putRun(slot: i32, count: i32, at: usize, first: usize, pageBytes: i32): i32 {
  const run = changetype<Run>(at)
  const pages = changetype<Column>(documents)
  for (let i = 0; i < count; i++) {
    const row = changetype<RunRow>(first + (i as usize) * offsetof<RunRow>())
    const target = slot + i
    if (!putRecord(target, row.base, row.tape, row.tapeEnd, row.timeMs)) return -1
    fillSlot(changetype<Column>(sources), target)
    putText(changetype<Column>(sources), run.source, run.sourceLength)
    if (categories) {
      fillSlot(changetype<Column>(categories), target)
      putText(changetype<Column>(categories), run.category, run.categoryLength)
    }
    fillSlot(changetype<Column>(indexes), target)
    putNumber(changetype<Column>(indexes), row.index as f64)
    fillSlot(changetype<Column>(days), target)
    putNumber(changetype<Column>(days), run.day as f64)
    fillSlot(pages, target)
    putDocument(pages, row.document, row.documentLength)
    if (pages.used >= pageBytes) return i + 1
  }
  return count
}

/**
 * Puts a record at a slot of the columns of its tape.
 *
 * @param base where the byte at position 0 of the text would lie
 * @param from its tape, without the first number; @param end behind it
 * @returns is its time the one that is given?
 */
function putRecord(slot: i32, base: usize, from: usize, end: usize, timeMs: f64): bool {
  store<i32>(nodeSlots, slot)
  for (let at = from; at < end; at += 8) {
    const head = load<i32>(at)
    const value = load<i32>(at, 4)
    const node = head & NODE_MASK
    const wide = (node as usize) << 2
    const owner = load<i32>(nodeOwners + wide) as usize
    const column = changetype<Column>(load<usize>(nodeColumns + wide))
    if (load<u8>(nodeBegins + node)) {
      store<i32>(nodeSlots + (owner << 2), nextElement(load<usize>(nodeColumns + (owner << 2))))
    }
    const target = load<i32>(nodeSlots + (owner << 2))
    switch (load<u8>(nodeKinds + node) as i32) {
      case NodeKind.varchar: {
        if (!changetype<usize>(column)) break
        let text = base + (value as usize)
        let length = (head >>> LENGTH_SHIFT) as i32
        if (head & ESCAPED) {
          length = unescape(text, length)
          text = plain
        }
        fillSlot(column, target)
        putText(column, text, length)
        const repeats = load<usize>(nodeRepeats + wide)
        if (repeats) {
          fillSlot(changetype<Column>(repeats), target)
          putText(changetype<Column>(repeats), text, length)
        }
        break
      }
      case NodeKind.boolean:
        fillSlot(column, target)
        putFlag(column, value)
        break
      case NodeKind.timestamp: {
        at += 8
        const ms = (value as f64) * 86400000 + (load<i32>(at, 4) as f64)
        if (node == timeNode && ms != timeMs) return false
        fillSlot(column, target)
        putNumber(column, ms)
        break
      }
      case NodeKind.struct:
        if (value == 1) fillSlot(column, target)
        break
      default:
        fillSlot(column, target)
        store<i32>(column.counts + ((target as usize) << 2), value)
    }
  }
  return true
}

let plainRoom: i32 = 0
let plain: usize = 0

/** Copies JSON string bytes without their escapes to `plain`; never more bytes than there were. Returns how many. */
function unescape(text: usize, length: i32): i32 {
  if (length + 16 > plainRoom) {
    if (plain) heap.free(plain)
    plainRoom = max(1 << 12, (length + 16) * 2)
    plain = heap.alloc(plainRoom)
  }
  let to = plain
  const end = text + (length as usize)
  let at = text
  while (at < end) {
    const byte = load<u8>(at++)
    if (byte != 92) {
      store<u8>(to++, byte)
      continue
    }
    const escaped = load<u8>(at++)
    if (escaped != 117) {
      store<u8>(to++, unescaped(escaped))
      continue
    }
    let unit: u32 = 0
    for (let i = 0; i < 4; i++) {
      const digit = load<u8>(at++) as u32
      unit = unit * 16 + (digit <= 57 ? digit - 48 : (digit | 32) - 87)
    }
    if (unit < 0x80) store<u8>(to++, unit)
    else {
      if (unit < 0x800) store<u8>(to++, 0xc0 | (unit >> 6))
      else {
        store<u8>(to++, 0xe0 | (unit >> 12))
        store<u8>(to++, 0x80 | ((unit >> 6) & 63))
      }
      store<u8>(to++, 0x80 | (unit & 63))
    }
  }
  return (to - plain) as i32
}

/** b, f, n, r, t; the others stand for themselves. */
function unescaped(byte: u8): u8 {
  switch (byte) {
    case 98:
      return 8
    case 102:
      return 12
    case 110:
      return 10
    case 114:
      return 13
    case 116:
      return 9
    default:
      return byte
  }
}
