/** Who holds some hashes: an ascending list without repeats. */
export interface HashHolder {
  readonly hashes: Float64Array
}

/** Finds who holds a hash, among holders of millions of them. */
export interface KnownHashes<T extends HashHolder> {
  /** How many hashes all holders have. */
  readonly count: number
  add(holder: T): void
  /** The holders of some hashes, in the order in which they were added, each with those that it holds. */
  find(hashes: Float64Array): ReadonlyMap<T, readonly number[]>
  /** Forgets all holders but some. */
  keep(isKept: (holder: T) => boolean): void
}

const LEAST_SLOTS = 1 << 16
/** A hash is a whole number below this. */
const HASHES = 2 ** 53

/**
 * Open addressing: a slot says who may hold what hashes to it, and the holder's list whether it does. Both are far from the processor's
 * caches, so slots are in the order of hashes: what ascends is looked for from one end to the other.
 */
export function createKnownHashes<T extends HashHolder>(): KnownHashes<T> {
  let holders: T[] = []
  /** 256 (1 + the position of a holder) + the lowest bits of the hash, or 0; at most half of them are taken. */
  let slots = new Int32Array(LEAST_SLOTS)
  let count = 0

  function enter(position: number): void {
    const mask = slots.length - 1
    const scale = slots.length / HASHES
    const { hashes } = holders[position]!
    for (let i = 0; i < hashes.length; i++) {
      let slot = Math.floor(hashes[i]! * scale)
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = (position + 1) * 256 + lowBits(hashes[i]!)
    }
  }

  function build(): void {
    let length = LEAST_SLOTS
    while (length < count * 2) length *= 2
    slots = new Int32Array(length)
    for (let i = 0; i < holders.length; i++) enter(i)
  }

  return {
    get count() {
      return count
    },
    add(holder) {
      holders.push(holder)
      count += holder.hashes.length
      if (count * 2 > slots.length) build()
      else enter(holders.length - 1)
    },
    find(hashes) {
      const found = new Map<number, number[]>()
      const mask = slots.length - 1
      const scale = slots.length / HASHES
      for (let i = 0; i < hashes.length; i++) {
        const hash = hashes[i]!
        const low = lowBits(hash)
        for (let slot = Math.floor(hash * scale); slots[slot] !== 0; slot = (slot + 1) & mask) {
          if ((slots[slot]! & 255) !== low) continue
          const position = (slots[slot]! >>> 8) - 1
          const shared = found.get(position)
          if (shared?.at(-1) === hash || !holds(holders[position]!.hashes, hash)) continue
          if (shared) shared.push(hash)
          else found.set(position, [hash])
        }
      }
      return new Map([...found].sort(([a], [b]) => a - b).map(([position, shared]) => [holders[position]!, shared]))
    },
    keep(isKept) {
      holders = holders.filter(isKept)
      count = holders.reduce((sum, { hashes }) => sum + hashes.length, 0)
      build()
    },
  }
}

/** Those of the slot are the highest. */
function lowBits(hash: number): number {
  return hash & 255
}

function holds(list: Float64Array, hash: number): boolean {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]! < hash) low = middle + 1
    else high = middle
  }
  return list[low] === hash
}
