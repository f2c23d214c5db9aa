import { createHash } from 'node:crypto'
import { eventJsonBytes, NO_ID, type RawRecord, type RecordBatch } from './record.ts'

/** The value of the column `eventid`. `batch` is not asked for once the record is detached. */
export function eventIdOf(batch: RecordBatch | undefined, { eventId, idStart, idEnd }: RawRecord): string | null {
  return idStart === NO_ID ? eventId : batch!.raw.toString('latin1', idStart, idEnd)
}

/**
 * A digest of what a record says: hex SHA-256 of its `eventjson`. White space is no part of it, so deliveries of one event
 * have one digest, and two records of one identity with different digests are in conflict.
 */
export function contentDigest(batch: RecordBatch, record: RawRecord): string {
  return createHash('sha256').update(eventJsonBytes(batch, record)).digest('hex')
}
