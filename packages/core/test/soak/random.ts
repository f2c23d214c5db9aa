/** Draws that a seed decides. */
export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from 0 to below `end`. */
  below(end: number): number
  pick<T>(items: readonly T[]): T
}

export function createRandom(seed: number): Random {
  let state = seed | 0
  // Mulberry32: every seed gives another sequence, neighbouring ones too.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return { next, below, pick: (items) => items[below(items.length)]! }
}

/** The seed of a run: fixed, unless TRAILLAKE_SEED names another one or asks for a random one. It is printed with what fails. */
export function seedOfRun(): number {
  const wanted = process.env.TRAILLAKE_SEED
  if (wanted === 'random') return Math.floor(Math.random() * 2 ** 31)
  return Number(wanted ?? 20_261_121)
}
