import { littleEndian, MASK64, rotateLeft, viewOf } from './words.ts'

const C1 = 0x87c37b91114253d5n
const C2 = 0x4cf5ad432745937fn

const mix1 = (k: bigint): bigint => (rotateLeft((k * C1) & MASK64, 31n) * C2) & MASK64
const mix2 = (k: bigint): bigint => (rotateLeft((k * C2) & MASK64, 33n) * C1) & MASK64

function finish(h: bigint): bigint {
  let x = ((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn) & MASK64
  x = ((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK64
  return x ^ (x >> 33n)
}

/** MurmurHash3 x64 with 128 bits, seed 0, both halves least significant byte first. */
export function murmur3(bytes: Uint8Array): Uint8Array {
  const whole = bytes.length - (bytes.length % 16)
  const view = viewOf(bytes)
  let [h1, h2] = [0n, 0n]
  for (let at = 0; at < whole; at += 16) {
    h1 = (rotateLeft(h1 ^ mix1(view.getBigUint64(at, true)), 27n) + h2) & MASK64
    h1 = (h1 * 5n + 0x52dce729n) & MASK64
    h2 = (rotateLeft(h2 ^ mix2(view.getBigUint64(at + 8, true)), 31n) + h1) & MASK64
    h2 = (h2 * 5n + 0x38495ab5n) & MASK64
  }
  const tail = new Uint8Array(16)
  tail.set(bytes.subarray(whole))
  const rest = new DataView(tail.buffer)
  h1 ^= mix1(rest.getBigUint64(0, true))
  h2 ^= mix2(rest.getBigUint64(8, true))
  h1 ^= BigInt(bytes.length)
  h2 ^= BigInt(bytes.length)
  h1 = (h1 + h2) & MASK64
  h2 = (h2 + h1) & MASK64
  h1 = finish(h1)
  h2 = finish(h2)
  h1 = (h1 + h2) & MASK64
  h2 = (h2 + h1) & MASK64
  return littleEndian(h1, h2)
}
