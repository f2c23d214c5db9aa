/** What reading JSON bytes can say besides a position. */
export const INCOMPLETE = -1
export const MALFORMED = -2

const QUOTE = 34
const BACKSLASH = 92

/** True for the four bytes that JSON calls white space. */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}

/** The first position from `p` that holds no white space; `end` when there is none. */
export function skipWhiteSpace(bytes: Buffer, p: number, end: number): number {
  let at = p
  while (at < end && isWhiteSpace(bytes[at])) at++
  return at
}

/** The position after a byte order mark at `p`; `p` where there is none. */
export function skipByteOrderMark(bytes: Buffer, p: number): number {
  return bytes[p] === 0xef && bytes[p + 1] === 0xbb && bytes[p + 2] === 0xbf ? p + 3 : p
}

/** The position after the closing quote of the string that opens at `p`; INCOMPLETE when it does not close before `end`. */
export function skipString(bytes: Buffer, p: number, end: number): number {
  let at = p
  for (;;) {
    at = bytes.indexOf(QUOTE, at + 1)
    if (at === -1 || at >= end) return INCOMPLETE
    let first = at
    while (first - 1 > p && bytes[first - 1] === BACKSLASH) first--
    if ((at - first) % 2 === 0) return at + 1
  }
}

/** The position of the value of the member whose key opens at `p`; INCOMPLETE where it does not begin before `end`, MALFORMED without a colon. */
export function skipKey(bytes: Buffer, p: number, end: number): number {
  const keyEnd = skipString(bytes, p, end)
  if (keyEnd < 0) return keyEnd
  const colon = skipWhiteSpace(bytes, keyEnd, end)
  if (colon === end) return INCOMPLETE
  if (bytes[colon] !== 58) return MALFORMED
  const value = skipWhiteSpace(bytes, colon + 1, end)
  return value === end ? INCOMPLETE : value
}

/**
 * The position after the value that starts at `p`, found by quotes and brackets alone: what lies between is not checked.
 *
 * A value nested to any depth needs one byte a level. A scalar at the very end of the bytes counts as INCOMPLETE, because
 * more of it could follow. MALFORMED: brackets that do not match, or no value at all.
 */
export function skipValue(bytes: Buffer, p: number, end: number): number {
  const first = bytes[p]
  if (p >= end) return INCOMPLETE
  if (first === QUOTE) return skipString(bytes, p, end)
  if (first !== 123 && first !== 91) return skipScalar(bytes, p, end)
  let open: Uint8Array = new Uint8Array(64)
  let depth = 0
  let at = p
  while (at < end) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = skipString(bytes, at, end)
      if (at === INCOMPLETE) return INCOMPLETE
      continue
    }
    if (byte === 123 || byte === 91) {
      if (depth === open.length) open = grow(open)
      open[depth++] = byte
    } else if (byte === 125 || byte === 93) {
      // An opening bracket and its partner differ by two in ASCII.
      if (open[--depth] !== byte - 2) return MALFORMED
      if (depth === 0) return at + 1
    }
    at++
  }
  return INCOMPLETE
}

function skipScalar(bytes: Buffer, p: number, end: number): number {
  let at = p
  while (at < end) {
    const byte = bytes[at]!
    if (byte === 44 || byte === 93 || byte === 125 || byte === 58 || isWhiteSpace(byte))
      return at === p ? MALFORMED : at
    at++
  }
  return INCOMPLETE
}

function grow(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length * 4)
  larger.set(bytes)
  return larger
}
