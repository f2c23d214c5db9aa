import { bigEndian, MASK64, rotateLeft, viewOf } from './words.ts'

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const round = (acc: bigint, lane: bigint): bigint => (rotateLeft((acc + lane * P2) & MASK64, 31n) * P1) & MASK64
const merge = (hash: bigint, lane: bigint): bigint => ((hash ^ round(0n, lane)) * P1 + P4) & MASK64

/** xxHash64 with seed 0, most significant byte first. */
export function xxhash64(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  let at = 0
  let hash: bigint
  if (bytes.length >= 32) {
    let [a, b, c, d] = [(P1 + P2) & MASK64, P2, 0n, MASK64 + 1n - P1]
    for (; at + 32 <= bytes.length; at += 32) {
      a = round(a, view.getBigUint64(at, true))
      b = round(b, view.getBigUint64(at + 8, true))
      c = round(c, view.getBigUint64(at + 16, true))
      d = round(d, view.getBigUint64(at + 24, true))
    }
    hash = (rotateLeft(a, 1n) + rotateLeft(b, 7n) + rotateLeft(c, 12n) + rotateLeft(d, 18n)) & MASK64
    for (const lane of [a, b, c, d]) hash = merge(hash, lane)
  } else hash = P5
  hash = (hash + BigInt(bytes.length)) & MASK64
  for (; at + 8 <= bytes.length; at += 8)
    hash = (rotateLeft(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK64
  if (at + 4 <= bytes.length) {
    hash = (rotateLeft(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK64), 23n) * P2 + P3) & MASK64
    at += 4
  }
  for (; at < bytes.length; at++) hash = (rotateLeft(hash ^ ((BigInt(bytes[at]!) * P5) & MASK64), 11n) * P1) & MASK64
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK64
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK64
  return bigEndian(hash ^ (hash >> 32n))
}
