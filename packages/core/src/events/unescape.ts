/** Copies JSON string bytes without their escapes; never more bytes than there were. Returns where the copy ends. */
export function copyUnescaped(from: Uint8Array, start: number, end: number, to: Uint8Array, toStart: number): number {
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
