import { eventIdHash, eventIdOf, hashText } from '../../events/index.ts'
import type { Row } from './batch-state.ts'

/** What makes two records of a store the same event: its id, the receiving account and the UTC day. */
export interface Identity {
  readonly eventId: string
  readonly account: string | null
  readonly day: string
}

/** The rows of a batch by identity. A row without an event id has none: it is never a duplicate. */
export interface Identities {
  /** Rows that are not the first of their identity in the batch. */
  readonly repeats: readonly Row[]
  /** Enters a row; of several with one identity the first entered is the first. Sets `first` and `sibling` of rows. */
  add(row: Row): void
  /** The first row of an identity. */
  find(identity: Identity): Row | undefined
  /** First rows of all identities; with `hashes`, of those whose event ids have one of them. */
  firsts(hashes?: Float64Array): readonly Row[]
  /** Hashes of the event ids of first rows, ascending; equal ids have equal hashes. */
  hashes(): Float64Array
}

const LEAST_SLOTS = 1024

/**
 * By the hash of the event id alone, in typed arrays: hardly ever do two events share one, and neither texts nor a Map of
 * them are made for those that do not.
 */
export function createIdentities(): Identities {
  const repeats: Row[] = []
  /** The first row of each event id, and the hashes of the ids. */
  const rows: Row[] = []
  let hashes = new Float64Array(LEAST_SLOTS / 2)
  /** One more than the position in `rows`, at the hash or in the next free slot; at most half of them are taken. */
  let slots = new Int32Array(LEAST_SLOTS)

  /** The slot of an event id, or the free one that it would take. */
  function slotOf(hash: number, eventId: () => string | null): number {
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (hashes[taken - 1] === hash && eventIdOfRow(rows[taken - 1]!) === eventId()) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  function grow(): void {
    const taken = hashes
    hashes = new Float64Array(taken.length * 2)
    hashes.set(taken)
    slots = new Int32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let i = 0; i < taken.length; i++) {
      let slot = taken[i]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = i + 1
    }
  }

  function addSiblings(first: Row | undefined, to: Row[]): void {
    for (let row = first; row !== undefined; row = row.sibling) to.push(row)
  }

  function addWithHash(hash: number, to: Row[]): void {
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (hashes[taken - 1] === hash) addSiblings(rows[taken - 1], to)
      slot = (slot + 1) & mask
    }
  }

  return {
    repeats,
    add(row) {
      const hash = eventIdHash(row.batch, row.record)
      if (Number.isNaN(hash)) return
      const slot = slotOf(hash, () => eventIdOfRow(row))
      const taken = slots[slot]!
      if (taken === 0) {
        rows.push(row)
        hashes[rows.length - 1] = hash
        slots[slot] = rows.length
        if (rows.length === hashes.length) grow()
        return
      }
      let other = rows[taken - 1]!
      for (;;) {
        if (other.day === row.day && other.record.account === row.record.account) {
          row.first = other
          repeats.push(row)
          return
        }
        if (other.sibling === undefined) break
        other = other.sibling
      }
      other.sibling = row
    },
    find({ eventId, account, day }) {
      let row = rows[slots[slotOf(hashText(eventId), () => eventId)]! - 1]
      while (row !== undefined && (row.day !== day || row.record.account !== account)) row = row.sibling
      return row
    },
    firsts(wanted) {
      const found: Row[] = []
      if (wanted) for (const hash of wanted) addWithHash(hash, found)
      else for (const row of rows) addSiblings(row, found)
      return found
    },
    hashes: () => hashes.slice(0, rows.length).sort(),
  }
}

/** The event id of a row whose text is at hand, or that was detached from it. */
export function eventIdOfRow({ batch, record }: Row): string | null {
  return eventIdOf(batch, record)
}
