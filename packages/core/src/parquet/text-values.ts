/** A dictionary grows no larger, in distinct texts. */
const MOST_DISTINCT = 4096
/** From so many distinct texts on, a dictionary has to show that texts repeat. */
const PROBED = 256
/** Larger room is not kept for the next row group. */
const KEPT_BYTES = 1 << 22
/** No bounds are kept of longer texts. */
const MAX_BOUND = 256

/**
 * The texts of a column within a row group, in Parquet's plain form (four bytes of length, then the text). While they repeat, each distinct
 * one is held once and `codes` says which comes where; texts that do not repeat are held one after the other.
 */
export class TextValues {
  count = 0
  isDictionary = true
  /** Distinct texts of a dictionary. */
  distinct = 0
  /** Of a dictionary: the position of each text in it. */
  codes = new Int32Array(256)
  private bytes = new Uint8Array(1 << 10)
  private view = new DataView(this.bytes.buffer)
  private used = 0
  /** By distinct text: where its length lies in `bytes`, and its hash. */
  private places = new Int32Array(256)
  private hashes = new Int32Array(256)
  /** Open addressing: 1 + the position of a distinct text, or 0. */
  private table = new Int32Array(512)
  private last = -1

  /** Adds the text at these bytes, which `view` shows too. */
  add(bytes: Uint8Array, view: DataView, start: number, length: number): void {
    if (!this.isDictionary) {
      this.append(bytes, view, start, length)
      this.count++
      return
    }
    if (this.count === this.codes.length) this.codes = larger(this.codes)
    if (this.last === -1 || !this.isAt(this.last, bytes, view, start, length)) {
      this.last = this.find(bytes, view, start, length)
    }
    this.codes[this.count++] = this.last
    if (this.distinct > PROBED && (this.distinct > MOST_DISTINCT || this.distinct * 2 > this.count)) this.toPlain()
  }

  /** The dictionary, or all texts, in plain form. */
  plain(): Uint8Array {
    return this.bytes.subarray(0, this.used)
  }

  /** The least and the greatest text, by bytes; undefined where there is none or one is long. */
  bounds(): { readonly min: Uint8Array; readonly max: Uint8Array } | undefined {
    const { bytes, view, used } = this
    if (used === 0) return undefined
    let min = 0
    let max = 0
    for (let at = 4 + view.getInt32(0, true); at < used; at += 4 + view.getInt32(at, true)) {
      if (compareTexts(bytes, view, at, min) < 0) min = at
      else if (compareTexts(bytes, view, at, max) > 0) max = at
    }
    const [minLength, maxLength] = [view.getInt32(min, true), view.getInt32(max, true)]
    if (minLength > MAX_BOUND || maxLength > MAX_BOUND) return undefined
    return { min: bytes.slice(min + 4, min + 4 + minLength), max: bytes.slice(max + 4, max + 4 + maxLength) }
  }

  clear(): void {
    if (this.bytes.length > KEPT_BYTES) this.makeRoom(1 << 10)
    if (this.distinct > 0) this.table.fill(0)
    this.used = 0
    this.count = 0
    this.distinct = 0
    this.last = -1
    this.isDictionary = true
  }

  private makeRoom(length: number): void {
    this.bytes = new Uint8Array(length)
    this.view = new DataView(this.bytes.buffer)
  }

  private append(from: Uint8Array, fromView: DataView, start: number, length: number): void {
    if (this.used + length + 4 > this.bytes.length) {
      const before = this.bytes
      this.makeRoom(Math.max(before.length * 2, this.used + length + 4))
      this.bytes.set(before.subarray(0, this.used))
    }
    const { bytes, view } = this
    view.setInt32(this.used, length, true)
    const at = this.used + 4
    if (length > 128) bytes.set(from.subarray(start, start + length), at)
    else {
      let i = 0
      for (; i + 4 <= length; i += 4) view.setInt32(at + i, fromView.getInt32(start + i, true), true)
      for (; i < length; i++) bytes[at + i] = from[start + i]!
    }
    this.used = at + length
  }

  /** Is the distinct text at `code` this one? */
  private isAt(code: number, from: Uint8Array, fromView: DataView, start: number, length: number): boolean {
    const { bytes, view } = this
    const place = this.places[code]!
    if (view.getInt32(place, true) !== length) return false
    const at = place + 4
    let i = 0
    for (; i + 4 <= length; i += 4) {
      if (view.getInt32(at + i, true) !== fromView.getInt32(start + i, true)) return false
    }
    for (; i < length; i++) if (bytes[at + i] !== from[start + i]) return false
    return true
  }

  /** The position of a text in the dictionary, to which it is added where it is not there. */
  private find(from: Uint8Array, fromView: DataView, start: number, length: number): number {
    const hash = hashOf(from, fromView, start, length)
    const { table } = this
    const mask = table.length - 1
    let slot = hash & mask
    for (let found = table[slot]!; found !== 0; found = table[slot]!) {
      if (this.hashes[found - 1] === hash && this.isAt(found - 1, from, fromView, start, length)) return found - 1
      slot = (slot + 1) & mask
    }
    const code = this.distinct++
    table[slot] = code + 1
    if (code === this.places.length) {
      this.places = larger(this.places)
      this.hashes = larger(this.hashes)
    }
    this.places[code] = this.used
    this.hashes[code] = hash
    this.append(from, fromView, start, length)
    if (this.distinct * 2 > table.length) this.growTable()
    return code
  }

  private growTable(): void {
    const table = new Int32Array(this.table.length * 2)
    const mask = table.length - 1
    for (let code = 0; code < this.distinct; code++) {
      let slot = this.hashes[code]! & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = code + 1
    }
    this.table = table
  }

  /** Lays the texts out one after the other: they do not repeat. */
  private toPlain(): void {
    const { bytes, view, codes, places } = this
    this.makeRoom(Math.max(1 << 10, this.used * 2))
    this.used = 0
    for (let i = 0; i < this.count; i++) {
      const place = places[codes[i]!]!
      this.append(bytes, view, place + 4, view.getInt32(place, true))
    }
    this.isDictionary = false
  }
}

function larger(values: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(values.length * 2)
  copy.set(values)
  return copy
}

function hashOf(bytes: Uint8Array, view: DataView, start: number, length: number): number {
  let hash = length
  let i = 0
  for (; i + 4 <= length; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(start + i, true), 0x9e3779b1)
    hash = (hash << 13) | (hash >>> 19)
  }
  for (; i < length; i++) hash = Math.imul(hash ^ bytes[start + i]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

/** Compares two texts in plain form by their bytes. */
function compareTexts(bytes: Uint8Array, view: DataView, a: number, b: number): number {
  const [aLength, bLength] = [view.getInt32(a, true), view.getInt32(b, true)]
  const common = aLength < bLength ? aLength : bLength
  for (let i = 4; i < common + 4; i++) {
    const difference = bytes[a + i]! - bytes[b + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
