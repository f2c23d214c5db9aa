const MASK = (1n << 64n) - 1n

/** The first `count` primes. */
function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n)
  return found
}

/** The first 64 bits of the fraction of the k-th root of n. */
function rootFraction(n: number, k: 2 | 3): bigint {
  const target = BigInt(n) << BigInt(64 * k)
  let low = 0n
  let high = 1n << 72n
  while (low < high) {
    const middle = (low + high + 1n) >> 1n
    if (middle ** BigInt(k) <= target) low = middle
    else high = middle - 1n
  }
  return low & MASK
}

let constants: { readonly initial: readonly bigint[]; readonly rounds: readonly bigint[] } | undefined

const rotate = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (64n - n))) & MASK

/** SHA-512 (FIPS 180-4). */
export function sha512(bytes: Uint8Array): Uint8Array {
  constants ??= { initial: primes(8).map((p) => rootFraction(p, 2)), rounds: primes(80).map((p) => rootFraction(p, 3)) }
  const { initial, rounds } = constants
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  const state = [...initial]
  const w = new Array<bigint>(80)
  for (let block = 0; block < padded.length; block += 128) {
    for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(block + i * 8)
    for (let i = 16; i < 80; i++) {
      const [x, y] = [w[i - 15]!, w[i - 2]!]
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n)
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n)
      w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) & MASK
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
    for (let i = 0; i < 80; i++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)
      const t1 = h + s1 + ((e & f) ^ (~e & MASK & g)) + rounds[i]! + w[i]!
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
      h = g
      g = f
      f = e
      e = (d + t1) & MASK
      d = c
      c = b
      b = a
      a = (t1 + t2) & MASK
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i]! + x) & MASK
  }
  const out = new DataView(new ArrayBuffer(64))
  for (const [i, x] of state.entries()) out.setBigUint64(i * 8, x)
  return new Uint8Array(out.buffer)
}

/** HMAC (RFC 2104) of SHA-512. */
export function hmacSha512(data: Uint8Array, key: Uint8Array): Uint8Array {
  const block = new Uint8Array(128)
  block.set(key.length > 128 ? sha512(key) : key)
  const inner = sha512(
    joined(
      block.map((b) => b ^ 0x36),
      data,
    ),
  )
  return sha512(
    joined(
      block.map((b) => b ^ 0x5c),
      inner,
    ),
  )
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}
