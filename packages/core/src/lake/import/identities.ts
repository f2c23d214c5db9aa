import { eventIdHash, eventIdOf, hashText } from '../../events/index.ts'
import type { Row } from './batch-state.ts'

/** What makes two records of a store the same event: its id, the receiving account and the UTC day. */
export interface Identity {
  readonly eventId: string
  readonly account: string | null
  readonly day: string
}

const LEAST_SLOTS = 1024

/**
 * The rows of a batch by identity. A row without an event id has none: it is never a duplicate.
 *
 * By the hash of the event id alone, in typed arrays: hardly ever do two events share one, and neither texts nor a Map of
 * them are made for those that do not.
 */
export class Identities {
  /** Rows that are not the first of their identity in the batch. */
  readonly repeats: Row[] = []
  /** The first row of each event id, and the hashes of the ids. */
  private readonly rows: Row[] = []
  private idHashes = new Float64Array(LEAST_SLOTS / 2)
  /** One more than the position in `rows`, at the hash or in the next free slot; at most half of them are taken. */
  private slots = new Int32Array(LEAST_SLOTS)

  /** Enters a row; of several with one identity the first entered is the first. Sets `first` and `sibling` of rows. */
  add(row: Row): void {
    const hash = eventIdHash(row.batch, row.record)
    if (Number.isNaN(hash)) return
    const { rows } = this
    const slot = this.slotOf(hash, row)
    const taken = this.slots[slot]!
    if (taken === 0) {
      rows.push(row)
      this.idHashes[rows.length - 1] = hash
      this.slots[slot] = rows.length
      if (rows.length === this.idHashes.length) this.grow()
      return
    }
    let other = rows[taken - 1]!
    for (;;) {
      if (other.day === row.day && other.record.account === row.record.account) {
        row.first = other
        this.repeats.push(row)
        return
      }
      if (other.sibling === undefined) break
      other = other.sibling
    }
    other.sibling = row
  }

  /** The first row of an identity. */
  find({ eventId, account, day }: Identity): Row | undefined {
    let row = this.rows[this.slots[this.slotOf(hashText(eventId), eventId)]! - 1]
    while (row !== undefined && (row.day !== day || row.record.account !== account)) row = row.sibling
    return row
  }

  /** First rows of all identities; with `hashes`, of those whose event ids have one of them. */
  firsts(wanted?: Float64Array): readonly Row[] {
    const found: Row[] = []
    if (wanted) for (const hash of wanted) this.addWithHash(hash, found)
    else for (const row of this.rows) addSiblings(row, found)
    return found
  }

  /** First rows that are kept, in their order, each with the hash of its event id. */
  forKept(tell: (row: Row, hash: number) => void): void {
    for (let i = 0; i < this.rows.length; i++) {
      for (let row: Row | undefined = this.rows[i]; row; row = row.sibling) {
        if (row.fate === 'kept') tell(row, this.idHashes[i]!)
      }
    }
  }

  /** Hashes of the event ids of first rows, ascending; equal ids have equal hashes. */
  hashes(): Float64Array {
    return this.idHashes.slice(0, this.rows.length).sort()
  }

  /** The slot of an event id, given as it is or by a row that has it, or the free one that it would take. */
  private slotOf(hash: number, event: Row | string): number {
    const { slots, idHashes, rows } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (idHashes[taken - 1] === hash && eventIdOfRow(rows[taken - 1]!) === idOf(event)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  private grow(): void {
    const taken = this.idHashes
    this.idHashes = new Float64Array(taken.length * 2)
    this.idHashes.set(taken)
    this.slots = new Int32Array(this.slots.length * 2)
    const mask = this.slots.length - 1
    for (let i = 0; i < taken.length; i++) {
      let slot = taken[i]! & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = i + 1
    }
  }

  private addWithHash(hash: number, to: Row[]): void {
    const { slots, idHashes, rows } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (idHashes[taken - 1] === hash) addSiblings(rows[taken - 1], to)
      slot = (slot + 1) & mask
    }
  }
}

function idOf(event: Row | string): string | null {
  return typeof event === 'string' ? event : eventIdOfRow(event)
}

function addSiblings(first: Row | undefined, to: Row[]): void {
  for (let row = first; row !== undefined; row = row.sibling) to.push(row)
}

/** The event id of a row whose text is at hand, or that was detached from it. */
export function eventIdOfRow({ batch, record }: Row): string | null {
  return eventIdOf(batch, record)
}
