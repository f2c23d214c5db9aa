/** A small seeded generator (xorshift128+ on 32-bit halves is more than a benchmark needs): the same seed gives the same data everywhere. */
export interface Random {
  /** A whole number from 0 to `below - 1`. */
  int(below: number): number
  pick<T>(from: readonly T[]): T
  /** True with the given probability. */
  chance(probability: number): boolean
  hex(digits: number): string
  uuid(): string
}

export function seededRandom(seed: number): Random {
  let a = (seed ^ 0x9e3779b9) >>> 0
  let b = 0x243f6a88
  const next = () => {
    // mulberry-style mixing of a Weyl sequence
    a = (a + 0x6d2b79f5) >>> 0
    b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d) + a
    let t = Math.imul(a ^ (a >>> 15), a | 1) ^ b
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const int = (below: number) => Math.floor((next() / 0x1_0000_0000) * below)
  const hex = (digits: number) => {
    let text = ''
    while (text.length < digits) text += next().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }
  return {
    int,
    hex,
    pick: (from) => from[int(from.length)]!,
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  }
}
