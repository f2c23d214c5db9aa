import type { VectorBuffer } from '../../engine/vector-buffer.ts'

/** Texts of a chunk that lie in no row's text: unescaped ones, those of rewritten records, repeated ones. */
export interface SharedTexts {
  /** A view of these bytes, kept from call to call. */
  viewOf(bytes: Buffer): DataView
  /** Puts a stretch of bytes at a place of a column. */
  put(buffer: VectorBuffer, at: number, bytes: Uint8Array, start: number, length: number): void
  /** The same, of a JSON string between its quotes, without its escapes: none of them is half of a surrogate pair. */
  putEscaped(buffer: VectorBuffer, at: number, bytes: Uint8Array, start: number, length: number): void
  /** Puts a text that is the same in many rows. */
  putRepeated(buffer: VectorBuffer, at: number, text: string): void
  /** Hands all to `assign`, which tells their address, sets what points to them, and begins anew. */
  flush(assign: (bytes: Uint8Array) => number): void
}

export function createSharedTexts(): SharedTexts {
  let bytes: Uint8Array = new Uint8Array(1 << 16)
  let used = 0
  /** Texts that point here: buffers, and twice as many numbers: position in the buffer, offset here. */
  const buffers: VectorBuffer[] = []
  const places: number[] = []
  const repeated = new Map<string, { readonly offset: number; readonly length: number }>()
  const views = new WeakMap<Buffer, DataView>()
  let lastBytes: Buffer | undefined
  let lastView: DataView | undefined

  function reserve(length: number): void {
    if (used + length <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, used + length))
    larger.set(bytes.subarray(0, used))
    bytes = larger
  }

  /** Sets a value to a text that lies here: a short one is taken out again unless it is to stay. */
  function point(buffer: VectorBuffer, at: number, offset: number, length: number): void {
    const { words } = buffer
    words[at * 4] = length
    const held = Math.min(length, length <= 12 ? 12 : 4)
    const target = new Uint8Array(words.buffer, words.byteOffset + at * 16 + 4, 12)
    for (let i = 0; i < held; i++) target[i] = bytes[offset + i]!
    if (length <= 12) return
    buffers.push(buffer)
    places.push(at, offset)
  }

  return {
    viewOf(of) {
      if (of === lastBytes) return lastView!
      lastView = views.get(of)
      if (!lastView) {
        lastView = new DataView(of.buffer, of.byteOffset, of.length)
        views.set(of, lastView)
      }
      lastBytes = of
      return lastView
    },
    put(buffer, at, from, start, length) {
      reserve(length)
      bytes.set(from.subarray(start, start + length), used)
      point(buffer, at, used, length)
      used += length
    },
    putEscaped(buffer, at, from, start, length) {
      reserve(length)
      const end = copyUnescaped(from, start, start + length, bytes, used)
      point(buffer, at, used, end - used)
      used = end
    },
    putRepeated(buffer, at, text) {
      let found = repeated.get(text)
      if (!found) {
        const encoded = Buffer.from(text)
        reserve(encoded.length)
        bytes.set(encoded, used)
        found = { offset: used, length: encoded.length }
        used += encoded.length
        repeated.set(text, found)
      }
      point(buffer, at, found.offset, found.length)
    },
    flush(assign) {
      if (buffers.length > 0) {
        const address = assign(bytes.subarray(0, used))
        buffers.forEach(({ words }, i) => {
          const word = places[i * 2]! * 4
          const target = address + places[i * 2 + 1]!
          words[word + 2] = target | 0
          words[word + 3] = (target / 4_294_967_296) | 0
        })
      }
      buffers.length = 0
      places.length = 0
      repeated.clear()
      used = 0
    },
  }
}

/** Copies JSON string bytes without their escapes; never more bytes than there were. Returns where the copy ends. */
function copyUnescaped(from: Uint8Array, start: number, end: number, to: Uint8Array, toStart: number): number {
  let out = toStart
  for (let at = start; at < end; ) {
    const byte = from[at++]!
    if (byte !== 92) {
      to[out++] = byte
      continue
    }
    const escaped = from[at++]!
    if (escaped !== 117) {
      to[out++] = ESCAPES[escaped] ?? escaped
      continue
    }
    let unit = 0
    for (const stop = at + 4; at < stop; at++) {
      const digit = from[at]!
      unit = unit * 16 + (digit <= 57 ? digit - 48 : (digit | 32) - 87)
    }
    if (unit < 0x80) to[out++] = unit
    else {
      if (unit < 0x800) to[out++] = 0xc0 | (unit >> 6)
      else {
        to[out++] = 0xe0 | (unit >> 12)
        to[out++] = 0x80 | ((unit >> 6) & 63)
      }
      to[out++] = 0x80 | (unit & 63)
    }
  }
  return out
}

/** b, f, n, r, t; the others stand for themselves. */
const ESCAPES: Readonly<Record<number, number>> = { 98: 8, 102: 12, 110: 10, 114: 13, 116: 9 }
