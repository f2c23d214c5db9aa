import type { Row } from './batch-state.ts'
import { hashText } from './identity.ts'

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
  /** Hashes of the event ids of first rows, ascending; equal ids have equal hashes. */
  hashes(): Float64Array
}

export function createIdentities(): Identities {
  // By event id alone, without a text for the whole identity: hardly ever do two events share one.
  const byEventId = new Map<string, Row>()
  const repeats: Row[] = []
  return {
    repeats,
    add(row) {
      const { eventId, account } = row.record
      if (eventId === null || eventId === '') return
      let other = byEventId.get(eventId)
      if (other === undefined) {
        byEventId.set(eventId, row)
        return
      }
      for (;;) {
        if (other.day === row.day && other.record.account === account) {
          row.first = other
          repeats.push(row)
          return
        }
        if (other.sibling === undefined) {
          other.sibling = row
          return
        }
        other = other.sibling
      }
    },
    find({ eventId, account, day }) {
      let row = byEventId.get(eventId)
      while (row !== undefined && (row.day !== day || row.record.account !== account)) row = row.sibling
      return row
    },
    hashes() {
      const hashes = new Float64Array(byEventId.size)
      let count = 0
      for (const eventId of byEventId.keys()) hashes[count++] = hashText(eventId)
      return hashes.sort()
    },
  }
}
