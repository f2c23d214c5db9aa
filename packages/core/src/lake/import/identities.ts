import { hashText } from '../../events/index.ts'
import { Fate, type Rows } from './rows.ts'

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
  readonly repeats: number[] = []
  readonly rows: Rows
  /** Of each row of `repeats` the first of its identity. */
  private readonly firstRows = new Map<number, number>()
  /** Of few rows another event with the same id: of another account or day. */
  private readonly siblings = new Map<number, number>()
  /** The first row of each event id. */
  private ids = new Int32Array(LEAST_SLOTS / 2)
  private idCount = 0
  /** One more than the row, at its hash or in the next free slot; at most half of them are taken. */
  private slots = new Int32Array(LEAST_SLOTS)

  /** @param rows to be entered as they come */
  constructor(rows: Rows) {
    this.rows = rows
  }

  /** Forgets all rows. */
  clear(): void {
    this.repeats.length = 0
    this.firstRows.clear()
    this.siblings.clear()
    this.idCount = 0
    this.slots.fill(0)
  }

  /** Enters the rows from `first` to before `end`; of several with one identity the first entered is the first. */
  add(first: number, end: number): void {
    const { rows } = this
    for (let row = first; row < end; row++) {
      const hash = rows.idHash(row)
      if (Number.isNaN(hash)) continue
      const slot = this.slotOf(hash, row)
      if (this.slots[slot] === 0) this.enter(row, slot)
      else this.enterBeside(row, this.slots[slot]! - 1)
    }
  }

  private enter(row: number, slot: number): void {
    this.slots[slot] = row + 1
    this.ids[this.idCount++] = row
    if (this.idCount === this.ids.length) this.grow()
  }

  /** @param first the first row of the same id */
  private enterBeside(row: number, first: number): void {
    const { rows } = this
    let other = first
    for (;;) {
      if (rows.dayNumber(other) === rows.dayNumber(row) && rows.place(other).account === rows.place(row).account) {
        this.firstRows.set(row, other)
        this.repeats.push(row)
        return
      }
      const sibling = this.siblings.get(other)
      if (sibling === undefined) break
      other = sibling
    }
    this.siblings.set(other, row)
  }

  /** The first row of a row's identity, when that is another one. */
  firstOf(row: number): number | undefined {
    return this.firstRows.get(row)
  }

  /** The first row of an identity. */
  find({ eventId, account, day }: Identity): number | undefined {
    const taken = this.slots[this.slotOf(hashText(eventId), eventId)]!
    let row = taken === 0 ? undefined : taken - 1
    while (row !== undefined && (this.rows.day(row) !== day || this.rows.place(row).account !== account)) {
      row = this.siblings.get(row)
    }
    return row
  }

  /** First rows of all identities, in their order but for those that share an id; with `hashes`, of those whose event ids have one of them. */
  firsts(wanted?: Float64Array): readonly number[] {
    const found: number[] = []
    if (wanted) for (const hash of wanted) this.addWithHash(hash, found)
    else for (let i = 0; i < this.idCount; i++) this.addSiblings(this.ids[i]!, found)
    return found
  }

  /** First rows that are kept. */
  kept(): readonly number[] {
    return this.firsts().filter((row) => this.rows.fate(row) === Fate.kept)
  }

  /** Hashes of the event ids of first rows, ascending; equal ids have equal hashes. */
  hashes(): Float64Array {
    const hashes = new Float64Array(this.idCount)
    for (let i = 0; i < hashes.length; i++) hashes[i] = this.rows.idHash(this.ids[i]!)
    return hashes.sort()
  }

  /** The slot of an event id, given as it is or by a row that has it, or the free one that it would take. */
  private slotOf(hash: number, event: number | string): number {
    const { slots, rows } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (rows.idHash(taken - 1) === hash && rows.eventId(taken - 1) === this.idOf(event)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  private idOf(event: number | string): string | null {
    return typeof event === 'string' ? event : this.rows.eventId(event)
  }

  private grow(): void {
    const ids = this.ids
    this.ids = new Int32Array(ids.length * 2)
    this.ids.set(ids)
    this.slots = new Int32Array(this.slots.length * 2)
    const mask = this.slots.length - 1
    for (let i = 0; i < this.idCount; i++) {
      let slot = this.rows.idHash(ids[i]!) & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = ids[i]! + 1
    }
  }

  private addWithHash(hash: number, to: number[]): void {
    const { slots, rows } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
      if (rows.idHash(taken - 1) === hash) this.addSiblings(taken - 1, to)
      slot = (slot + 1) & mask
    }
  }

  private addSiblings(first: number, to: number[]): void {
    for (let row: number | undefined = first; row !== undefined; row = this.siblings.get(row)) to.push(row)
  }
}
