import { bigEndian, MASK64, rotateLeft, viewOf } from './words.ts'

const CONSTANT = 0xdeadbeefdeadbeefn
const LONG = 192

type Words = bigint[]
const add = (a: bigint, b: bigint): bigint => (a + b) & MASK64

const SHORT_MIX = [50n, 52n, 30n, 41n, 54n, 48n, 38n, 37n, 62n, 34n, 5n, 36n] as const
const SHORT_END = [15n, 52n, 26n, 51n, 28n, 9n, 47n, 54n, 32n, 25n, 63n] as const
const LONG_MIX = [11n, 32n, 43n, 31n, 17n, 28n, 39n, 57n, 55n, 54n, 22n, 46n] as const
const LONG_END = [44n, 15n, 34n, 21n, 38n, 33n, 10n, 13n, 38n, 53n, 42n, 54n] as const

/** SpookyHash V2 with seed 0: the first 64 bits, most significant byte first. */
export function spooky(bytes: Uint8Array): Uint8Array {
  return bigEndian(bytes.length < LONG ? short(bytes) : long(bytes))
}

function short(bytes: Uint8Array): bigint {
  const view = viewOf(bytes)
  const h: Words = [0n, 0n, CONSTANT, CONSTANT]
  let at = 0
  if (bytes.length > 15) {
    const end = bytes.length - (bytes.length % 32)
    for (; at < end; at += 32) {
      h[2] = add(h[2]!, view.getBigUint64(at, true))
      h[3] = add(h[3]!, view.getBigUint64(at + 8, true))
      shortMix(h)
      h[0] = add(h[0]!, view.getBigUint64(at + 16, true))
      h[1] = add(h[1]!, view.getBigUint64(at + 24, true))
    }
    if (bytes.length - at >= 16) {
      h[2] = add(h[2]!, view.getBigUint64(at, true))
      h[3] = add(h[3]!, view.getBigUint64(at + 8, true))
      shortMix(h)
      at += 16
    }
  }
  h[3] = add(h[3]!, BigInt(bytes.length) << 56n)
  const left = bytes.length - at
  if (left === 0) {
    h[2] = add(h[2]!, CONSTANT)
    h[3] = add(h[3]!, CONSTANT)
  } else {
    const tail = new Uint8Array(16)
    tail.set(bytes.subarray(at))
    const rest = new DataView(tail.buffer)
    h[2] = add(h[2]!, rest.getBigUint64(0, true))
    h[3] = add(h[3]!, rest.getBigUint64(8, true))
  }
  shortEnd(h)
  return h[0]!
}

function shortMix(h: Words): void {
  for (const [i, rotation] of SHORT_MIX.entries()) {
    // h2, h3, h0, h1 in turn, each with its two neighbours.
    const [a, b, c] = [(i + 2) % 4, (i + 3) % 4, i % 4]
    h[a] = add(rotateLeft(h[a]!, rotation), h[b]!)
    h[c] = h[c]! ^ h[a]!
  }
}

function shortEnd(h: Words): void {
  for (const [i, rotation] of SHORT_END.entries()) {
    const [a, b] = [(i + 3) % 4, (i + 2) % 4]
    h[a] = h[a]! ^ h[b]!
    h[b] = rotateLeft(h[b]!, rotation)
    h[a] = add(h[a]!, h[b]!)
  }
}

function long(bytes: Uint8Array): bigint {
  const h: Words = Array.from({ length: 12 }, (_, i) => (i % 3 === 2 ? CONSTANT : 0n))
  const view = viewOf(bytes)
  const end = bytes.length - (bytes.length % 96)
  for (let at = 0; at < end; at += 96) longMix(h, view, at)
  const tail = new Uint8Array(96)
  tail.set(bytes.subarray(end))
  tail[95] = bytes.length - end
  const rest = new DataView(tail.buffer)
  for (let i = 0; i < 12; i++) h[i] = add(h[i]!, rest.getBigUint64(8 * i, true))
  for (let round = 0; round < 3; round++) longEnd(h)
  return h[0]!
}

function longMix(h: Words, view: DataView, at: number): void {
  for (const [i, rotation] of LONG_MIX.entries()) {
    const place = (n: number): number => (i + n) % 12
    h[i] = add(h[i]!, view.getBigUint64(at + 8 * i, true))
    h[place(2)] = h[place(2)]! ^ h[place(10)]!
    h[place(11)] = h[place(11)]! ^ h[i]!
    h[i] = rotateLeft(h[i]!, rotation)
    h[place(11)] = add(h[place(11)]!, h[place(1)]!)
  }
}

function longEnd(h: Words): void {
  for (const [i, rotation] of LONG_END.entries()) {
    const place = (n: number): number => (i + n) % 12
    h[place(11)] = add(h[place(11)]!, h[place(1)]!)
    h[place(2)] = h[place(2)]! ^ h[place(11)]!
    h[place(1)] = rotateLeft(h[place(1)]!, rotation)
  }
}
