import { utcMillis } from './event-time.ts'
import { nextControl } from './json-bytes.ts'
import { hashKey, Kind, learnKey, type Shape, type ShapeKey, slotKeys } from './shape.ts'
import { ESCAPED, LENGTH_SHIFT, largerTape, MAX_TAPE_TEXT, type Tape } from './tape.ts'

/** Not plain: the careful path reads the record. */
const NO = -1

/** Keys of one map that are told apart here; a larger map takes the careful path. */
const MAX_MAP_KEYS = 64
/** Depth of values inside a map (one bit a level); a deeper one takes the careful path. */
const MAX_DEPTH = 31

/**
 * Reads records that need no change: on their own bytes the engine's JSON reader gives exactly the columns of the layout.
 *
 * A record is plain when it is compact, valid JSON with no key twice and none in a foreign letter case, each value is of
 * its column's kind, and what lies inside a map prints again as it is written. The check is one-sided: a plain record may be
 * sent down the careful path at a cost in time, never the other way round.
 */
export interface PlainReader {
  /** Takes the text that the next calls of `read` are about. */
  open(bytes: Buffer): void
  /** The position after the record whose `{` is at `p`; -1 when it is not plain. Adds its stretch to the tape. */
  read(p: number): number
  /** After a successful `read`: value spans of the slot keys as start, end pairs; start is -1 where the key is absent. */
  readonly slots: Int32Array
  /** Reads a typed text as `read` does a record, and comes back to the text before. False when it is not plain throughout. */
  readTyped(text: Buffer): boolean
  /** After a successful `read`: UTC milliseconds of a timestamp at this position of a slot. */
  readonly timeAt: (p: number) => number
}

/**
 * One thread should make one: the functions of several share what V8 learns of their calls, and none is then inlined.
 *
 * @param typedShape that of typed texts
 * @param tape where each record that is read leaves its stretch
 */
export function createPlainReader(shape: Shape, typedShape: Shape, tape: Tape): PlainReader {
  /** The text at hand is a typed one: its times have milliseconds. */
  let typed = false
  let data = tape.data
  let taped = 0
  let buf: Buffer = Buffer.alloc(0)
  let view: DataView = new DataView(new ArrayBuffer(0))
  /** The first backslash at or after the last place asked about. */
  let nextEscape = 0
  /** The first control character at or after the last place asked about: a record that reaches it is not plain. */
  let control = 0
  let instances = 0
  const slots = new Int32Array(slotKeys.length * 2)
  const mapHashes = new Int32Array(MAX_MAP_KEYS)

  function put(head: number, value: number): void {
    if (taped + 2 > data.length) {
      data = largerTape(data)
      tape.data = data
    }
    data[taped++] = head
    data[taped++] = value
  }

  /** Text without quotes; false when it is too long. The next escape is known from `start` on. */
  function putText(node: number, start: number, end: number, isEscaped: boolean): boolean {
    const length = end - start
    put((length << LENGTH_SHIFT) | (isEscaped ? ESCAPED : 0) | node, start)
    return length <= MAX_TAPE_TEXT
  }

  /** From the byte after the opening quote to the position of the closing one. */
  function stringEnd(p: number, nested: boolean): number {
    let at = p
    // A call of indexOf costs as much as looking at a dozen bytes, and half of all strings are shorter.
    const near = Math.min(p + 12, buf.length)
    while (at < near && buf[at] !== 34) at++
    if (at === near) {
      at = buf.indexOf(34, at)
      if (at === -1) return NO
    }
    if (nextEscape < p) {
      nextEscape = buf.indexOf(92, p)
      if (nextEscape === -1) nextEscape = buf.length
    }
    return at < nextEscape ? at : escapedStringEnd(nested)
  }

  /** As `stringEnd`, from the first backslash of the string on. */
  function escapedStringEnd(nested: boolean): number {
    let at = nextEscape
    for (;;) {
      const byte = buf[at]
      if (byte === 34) return at
      if (byte === undefined) return NO
      if (byte !== 92) {
        at++
        continue
      }
      const escaped = buf[at + 1]
      switch (escaped) {
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
          // The engine prints nested text again, and prints `/` without its backslash.
          if (nested) return NO
          at += 2
          break
        case 117:
          if (nested || !isLoneCodeUnit(at + 2)) return NO
          at += 6
          break
        default:
          return NO
      }
    }
  }

  /** True for four hex digits that are no half of a surrogate pair. */
  function isLoneCodeUnit(p: number): boolean {
    let unit = 0
    for (let i = p; i < p + 4; i++) {
      const byte = buf[i]
      if (byte === undefined) return false
      const lower = byte | 32
      if (byte >= 48 && byte <= 57) unit = unit * 16 + byte - 48
      else if (lower >= 97 && lower <= 102) unit = unit * 16 + lower - 87
      else return false
    }
    return unit < 0xd800 || unit > 0xdfff
  }

  /** From the first byte of `true`, `false` or `null` to the position after it. */
  function literalEnd(p: number): number {
    switch (buf[p]) {
      case 110:
        return buf[p + 1] === 117 && buf[p + 2] === 108 && buf[p + 3] === 108 ? p + 4 : NO
      case 116:
        return buf[p + 1] === 114 && buf[p + 2] === 117 && buf[p + 3] === 101 ? p + 4 : NO
      case 102:
        return buf[p + 1] === 97 && buf[p + 2] === 108 && buf[p + 3] === 115 && buf[p + 4] === 101 ? p + 5 : NO
      default:
        return NO
    }
  }

  /** Past a number that the engine prints as it is written: no exponent, no `-0`, no zero at the end of a long fraction. */
  function numberEnd(p: number): number {
    let at = p
    if (buf[at] === 45) at++
    const first = at
    while (buf[at]! >= 48 && buf[at]! <= 57) at++
    const digits = at - first
    if (digits === 0 || (buf[first] === 48 && (digits > 1 || first > p))) return NO
    if (buf[at] !== 46) return digits > 18 || buf[at] === 101 || buf[at] === 69 ? NO : at
    const point = at++
    while (buf[at]! >= 48 && buf[at]! <= 57) at++
    const fraction = at - point - 1
    if (fraction === 0 || fraction > 4 || digits > 9 || buf[at] === 101 || buf[at] === 69) return NO
    return buf[at - 1] === 48 && fraction > 1 ? NO : at
  }

  /** Past any value inside a map entry, or of a key without a column. */
  function valueEnd(p: number): number {
    const byte = buf[p]
    if (byte === 34) {
      const end = stringEnd(p + 1, true)
      return end === NO ? NO : end + 1
    }
    if (byte === 123 || byte === 91) return nestedEnd(p)
    return byte === 45 || (byte! >= 48 && byte! <= 57) ? numberEnd(p) : literalEnd(p)
  }

  /** Past an object or array, level by level without recursion. */
  function nestedEnd(p: number): number {
    let at = p
    let depth = 0
    // One bit a level, the lowest for the innermost: 1 is an object.
    let objects = 0
    for (;;) {
      let byte = buf[at]
      if (byte === 123 || byte === 91) {
        if (depth === MAX_DEPTH) return NO
        depth++
        const isObject = byte === 123
        objects = (objects << 1) | (isObject ? 1 : 0)
        at++
        if (buf[at] !== (isObject ? 125 : 93)) {
          if (isObject) {
            at = keyEnd(at)
            if (at === NO) return NO
          }
          continue
        }
      } else {
        at = valueEnd(at)
        if (at === NO) return NO
        byte = buf[at]
        if (byte === 44) {
          at++
          if ((objects & 1) === 1) {
            at = keyEnd(at)
            if (at === NO) return NO
          }
          continue
        }
      }
      // At a closing bracket, or broken: close levels until one goes on.
      for (;;) {
        if (buf[at] !== ((objects & 1) === 1 ? 125 : 93)) return NO
        at++
        depth--
        objects >>>= 1
        if (depth === 0) return at
        if (buf[at] === 44) break
      }
      at++
      if ((objects & 1) === 1) {
        at = keyEnd(at)
        if (at === NO) return NO
      }
    }
  }

  /** From the opening quote of a key to the position after its colon. */
  function keyEnd(p: number): number {
    if (buf[p] !== 34) return NO
    const end = stringEnd(p + 1, true)
    return end === NO || buf[end + 1] !== 58 ? NO : end + 2
  }

  /** Past a map, from its `{`. */
  function mapEnd(p: number, node: number): number {
    let at = p + 1
    put(node, 0)
    const counter = taped - 1
    if (buf[at] === 125) return at + 1
    for (let count = 0; count < MAX_MAP_KEYS; count++) {
      if (buf[at] !== 34) return NO
      const start = at + 1
      const end = stringEnd(start, true)
      // Read as nested text, a key holds only escapes that are the one way to write a character: equal keys, equal bytes.
      if (end === NO || buf[end + 1] !== 58) return NO
      const hash = hashKey(buf, start, end)
      for (let i = 0; i < count; i++) if (mapHashes[i] === hash) return NO
      mapHashes[count] = hash
      if (!putText(node + 1, start, end, nextEscape < end)) return NO
      const value = end + 2
      if (buf[value] === 34) {
        at = stringEnd(value + 1, false)
        if (at === NO || !putText(node + 2, value + 1, at, nextEscape < at)) return NO
        at++
      } else {
        at = valueEnd(value)
        if (at === NO) return NO
        // What is no string is held as it is written.
        if (buf[value] !== 110 && !putText(node + 2, value, at, false)) return NO
      }
      if (buf[at] === 125) {
        data[counter] = count + 1
        return at + 1
      }
      if (buf[at] !== 44) return NO
      at++
    }
    return NO
  }

  /** The key that starts at `p`, after its quote. */
  function keyAt(of: Shape, previous: ShapeKey | null, p: number): ShapeKey | null {
    const guess = previous === null ? of.first : previous.next
    if (guess !== null && startsWith(guess, p)) return guess
    const end = stringEnd(p, true)
    if (end === NO || nextEscape < end || buf[end + 1] !== 58) return null
    let found: ShapeKey | undefined
    for (const key of of.buckets.get(hashKey(buf, p, end)) ?? []) {
      if (key.bytes.length === end - p + 2 && startsWith(key, p)) found = key
    }
    found ??= learnKey(of, buf.toString('utf8', p, end))
    if (previous === null) of.first = found
    else previous.next = found
    return found
  }

  /** Compares four bytes at a time: most of a record's bytes are keys. */
  function startsWith({ bytes, words, lastWord }: ShapeKey, p: number): boolean {
    const end = p + bytes.length
    if (end > buf.length) return false
    if (bytes.length < 4) {
      for (let i = 0; i < bytes.length; i++) if (buf[p + i] !== bytes[i]) return false
      return true
    }
    for (let i = 0; i < words.length; i++) if (view.getInt32(p + i * 4, true) !== words[i]) return false
    return view.getInt32(end - 4, true) === lastWord
  }

  /** Past a struct, from its `{`. */
  function structEnd(p: number, of: Shape): number {
    let at = p + 1
    if (buf[at] === 125) return at + 1
    const stamp = ++instances
    let key: ShapeKey | null = null
    for (;;) {
      if (buf[at] !== 34) return NO
      key = keyAt(of, key, at + 1)
      if (key === null || key.stamp === stamp) return NO
      key.stamp = stamp
      at += key.bytes.length + 1
      const start = at
      at = fieldEnd(at, key)
      if (at === NO) return NO
      if (key.slot !== -1) {
        slots[key.slot * 2] = start
        slots[key.slot * 2 + 1] = at
      }
      const byte = buf[at]
      if (byte === 125) return at + 1
      if (byte !== 44) return NO
      at++
    }
  }

  function fieldEnd(p: number, key: ShapeKey): number {
    const byte = buf[p]
    if (byte === 110 && key.kind !== Kind.careful) return literalEnd(p)
    switch (key.kind) {
      case Kind.varchar: {
        if (byte !== 34) {
          const end = byte === 116 || byte === 102 ? literalEnd(p) : NO
          if (end !== NO) putText(key.node, p, end, false)
          return end
        }
        const end = stringEnd(p + 1, false)
        return end !== NO && putText(key.node, p + 1, end, nextEscape < end) ? end + 1 : NO
      }
      case Kind.ignored:
        return valueEnd(p)
      case Kind.boolean:
        put(key.node, byte === 116 ? 1 : 0)
        return byte === 116 || byte === 102 ? literalEnd(p) : NO
      case Kind.timestamp:
        return byte === 34 ? timeEnd(p, key.node) : NO
      case Kind.map:
        return byte === 123 ? mapEnd(p, key.node) : NO
      case Kind.struct:
        put(key.node, 1)
        return byte === 123 ? structEnd(p, key.child!) : NO
      case Kind.array:
        return byte === 91 ? arrayEnd(p, key.child!, key.node) : NO
      default:
        // Numbers in columns of their own are rare; the careful path reads them.
        return NO
    }
  }

  /** Past a time, from its quote. */
  function timeEnd(p: number, node: number): number {
    const end = p + (typed ? 26 : 22)
    const ms = buf[end - 1] === 34 ? timeAt(p) : Number.NaN
    if (Number.isNaN(ms)) return NO
    const day = Math.floor(ms / 86_400_000)
    put(node, day)
    put(0, ms - day * 86_400_000)
    return end
  }

  /** Past an array of structs, from its `[`. */
  function arrayEnd(p: number, of: Shape, node: number): number {
    let at = p + 1
    put(node, 0)
    const counter = taped - 1
    if (buf[at] === 93) return at + 1
    for (let count = 1; ; count++) {
      const isStruct = buf[at] === 123
      put(node + 1, isStruct ? 1 : 0)
      at = isStruct ? structEnd(at, of) : buf[at] === 110 ? literalEnd(at) : NO
      if (at === NO) return NO
      if (buf[at] === 93) {
        data[counter] = count
        return at + 1
      }
      if (buf[at] !== 44) return NO
      at++
    }
  }

  /** Two digits, or NaN. */
  function twoDigits(p: number): number {
    const tens = buf[p]! - 48
    const ones = buf[p + 1]! - 48
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
  }

  /** UTC milliseconds of exactly `"YYYY-MM-DDTHH:MM:SSZ"` at `p`, with `.mmm` in typed texts; NaN for anything else. */
  function timeAt(p: number): number {
    if (buf[p + 5] !== 45 || buf[p + 8] !== 45 || buf[p + 11] !== 84 || buf[p + 14] !== 58) return Number.NaN
    if (buf[p + 17] !== 58 || buf[p + (typed ? 24 : 20)] !== 90) return Number.NaN
    const year = twoDigits(p + 1) * 100 + twoDigits(p + 3)
    const day = twoDigits(p + 9)
    const second = twoDigits(p + 18)
    const ms = utcMillis(year, twoDigits(p + 6), day, twoDigits(p + 12), twoDigits(p + 15), second)
    if (ms === undefined) return Number.NaN
    if (!typed) return ms
    return buf[p + 20] === 46 ? ms + twoDigits(p + 21) * 10 + buf[p + 23]! - 48 : Number.NaN
  }

  function open(bytes: Buffer): void {
    buf = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    nextEscape = -1
    control = -1
  }

  function read(p: number, of: Shape): number {
    slots.fill(-1)
    if (tape.length === tape.data.length) tape.data = largerTape(tape.data)
    data = tape.data
    taped = tape.length + 1
    const end = structEnd(p, of)
    if (end === NO) return NO
    if (control < p) control = nextControl(buf, p, buf.length)
    if (end > control) return NO
    data[tape.length] = taped
    tape.length = taped
    return end
  }

  return {
    slots,
    timeAt,
    open,
    read: (p) => read(p, shape),
    readTyped(text) {
      const before = { buf, view, nextEscape, control }
      typed = true
      open(text)
      const end = read(0, typedShape)
      typed = false
      buf = before.buf
      view = before.view
      nextEscape = before.nextEscape
      control = before.control
      return end === text.length
    },
  }
}
