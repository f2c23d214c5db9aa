import { isWhiteSpace } from './json-bytes.ts'

/** What the grammar expects next. */
const Expect = { value: 0, firstMember: 1, member: 2, firstElement: 3, afterValue: 4 } as const

/**
 * Removes the white space outside strings from one JSON value and changes nothing else.
 *
 * Reads by the grammar of RFC 8259 and nothing laxer (no trailing comma, no NaN, no raw control character in a string);
 * unpaired surrogate escapes are allowed, as the grammar does. Bytes above 0x7f are copied as they are. Depth costs one
 * byte a level, never stack.
 *
 * @returns the compact bytes: `bytes` itself when there was nothing to remove; undefined when it is not exactly one JSON value
 */
export function compactJson(bytes: Buffer): Buffer | undefined {
  const end = bytes.length
  let out: Buffer | undefined
  let written = 0
  let copied = 0
  let open: Uint8Array = new Uint8Array(64)
  let depth = 0
  let state: number = Expect.value
  let p = 0
  for (;;) {
    if (isWhiteSpace(bytes[p])) {
      out ??= Buffer.allocUnsafe(end)
      written += bytes.copy(out, written, copied, p)
      while (isWhiteSpace(bytes[p])) p++
      copied = p
    }
    if (p >= end) break
    const byte = bytes[p]!
    if (state === Expect.afterValue) {
      if (depth === 0) return undefined
      const inObject = open[depth - 1] === 123
      if (byte === 44) {
        state = inObject ? Expect.member : Expect.value
      } else if (byte === (inObject ? 125 : 93)) {
        depth--
      } else return undefined
      p++
      continue
    }
    if (state === Expect.firstMember || state === Expect.member) {
      if (byte === 125 && state === Expect.firstMember) {
        depth--
        state = Expect.afterValue
        p++
        continue
      }
      if (byte !== 34) return undefined
      p = stringEnd(bytes, p)
      if (p === -1) return undefined
      if (isWhiteSpace(bytes[p])) {
        out ??= Buffer.allocUnsafe(end)
        written += bytes.copy(out, written, copied, p)
        while (isWhiteSpace(bytes[p])) p++
        copied = p
      }
      if (bytes[p] !== 58) return undefined
      p++
      state = Expect.value
      continue
    }
    if (byte === 93 && state === Expect.firstElement) {
      depth--
      state = Expect.afterValue
      p++
      continue
    }
    if (byte === 123 || byte === 91) {
      if (depth === open.length) {
        const larger = new Uint8Array(depth * 4)
        larger.set(open)
        open = larger
      }
      open[depth++] = byte
      state = byte === 123 ? Expect.firstMember : Expect.firstElement
      p++
      continue
    }
    p = scalarEnd(bytes, p, byte)
    if (p === -1) return undefined
    state = Expect.afterValue
  }
  if (depth !== 0 || state !== Expect.afterValue) return undefined
  if (!out) return bytes
  written += bytes.copy(out, written, copied, end)
  return out.subarray(0, written)
}

function scalarEnd(bytes: Buffer, p: number, byte: number): number {
  if (byte === 34) return stringEnd(bytes, p)
  if (byte === 116) return literalEnd(bytes, p, 'true')
  if (byte === 102) return literalEnd(bytes, p, 'false')
  if (byte === 110) return literalEnd(bytes, p, 'null')
  return numberEnd(bytes, p)
}

function literalEnd(bytes: Buffer, p: number, literal: string): number {
  for (let i = 0; i < literal.length; i++) if (bytes[p + i] !== literal.charCodeAt(i)) return -1
  return p + literal.length
}

/** The position after the string that opens at `p`; -1 when it does not close or holds what JSON forbids. */
function stringEnd(bytes: Buffer, p: number): number {
  for (let at = p + 1; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === 34) return at + 1
    if (byte < 32) return -1
    if (byte === 92) {
      at++
      const escaped = bytes[at]
      if (escaped === 117) {
        for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i])) return -1
        at += 4
      } else if (escaped === undefined || !SHORT_ESCAPES.has(escaped)) return -1
    }
  }
  return -1
}

/** `"`, `\`, `/`, b, f, n, r, t. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([34, 92, 47, 98, 102, 110, 114, 116])

export function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= 48 && byte <= 57) || ((byte | 32) >= 97 && (byte | 32) <= 102)
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

function numberEnd(bytes: Buffer, p: number): number {
  let at = bytes[p] === 45 ? p + 1 : p
  if (!isDigit(bytes[at])) return -1
  if (bytes[at] === 48) at++
  else while (isDigit(bytes[at])) at++
  if (bytes[at] === 46) {
    at++
    if (!isDigit(bytes[at])) return -1
    while (isDigit(bytes[at])) at++
  }
  if (bytes[at] === 101 || bytes[at] === 69) {
    at++
    if (bytes[at] === 43 || bytes[at] === 45) at++
    if (!isDigit(bytes[at])) return -1
    while (isDigit(bytes[at])) at++
  }
  return at
}
