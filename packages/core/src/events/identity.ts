import { createHash } from 'node:crypto'
import { eventJsonBytes, type RawRecord, type RecordBatch } from './record.ts'

/** The UTC day of a time, as the `date` partition holds it: `2024-05-01`. */
export function utcDate(eventTimeMs: number): string {
  return new Date(eventTimeMs).toISOString().slice(0, 10)
}

/**
 * What makes two records of one store and one UTC date the same event: event id and receiving account, a missing account
 * being a value of its own.
 *
 * @returns undefined for a record without an event id: it is never a duplicate
 */
export function eventIdentity({ eventId, account }: Pick<RawRecord, 'eventId' | 'account'>): string | undefined {
  if (eventId === null || eventId === '') return undefined
  // The length keeps ("a", "b c") and ("a b", "c") apart; a missing account has no length.
  return account === null ? `-:${eventId}` : `${account.length}:${account}${eventId}`
}

/**
 * A digest of what a record says: hex SHA-256 of its `eventjson`. White space is no part of it, so deliveries of one event
 * have one digest, and two records of one identity with different digests are in conflict.
 */
export function contentDigest(batch: RecordBatch, record: RawRecord): string {
  return createHash('sha256').update(eventJsonBytes(batch, record)).digest('hex')
}
