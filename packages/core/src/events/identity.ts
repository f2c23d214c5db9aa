import { createHash } from 'node:crypto'
import { eventJsonBytes, NO_ID, type RawRecord, type RecordBatch } from './record.ts'

/** The value of the column `eventid`. `batch` is not asked for once the record is detached. */
export function eventIdOf(batch: RecordBatch | undefined, { eventId, idStart, idEnd }: RawRecord): string | null {
  return idStart === NO_ID ? eventId : batch!.raw.toString('latin1', idStart, idEnd)
}

/** The `hashText` of a record's event id, for which no string is made; NaN when it has none. */
export function eventIdHash(batch: RecordBatch | undefined, { eventId, idStart, idEnd }: RawRecord): number {
  if (idStart === NO_ID) return eventId === null || eventId === '' ? Number.NaN : hashText(eventId)
  return idStart === idEnd ? Number.NaN : hashBytes(batch!.raw, idStart, idEnd)
}

/** 53 bits of a text, as a number: enough to find candidates among millions; equality is decided by the text. */
export function hashText(text: string): number {
  const bytes = Buffer.from(text)
  return hashBytes(bytes, 0, bytes.length)
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    a = Math.imul(a ^ byte, 2654435761)
    b = Math.imul(b ^ byte, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0)
}

/** What stays of a record when its text goes. */
export function detachRecord(batch: RecordBatch, record: RawRecord): RawRecord {
  return { ...record, idStart: NO_ID, idEnd: NO_ID, eventId: eventIdOf(batch, record), typed: null, compact: null }
}

/**
 * A digest of what a record says: hex SHA-256 of its `eventjson`. White space is no part of it, so deliveries of one event
 * have one digest, and two records of one identity with different digests are in conflict.
 */
export function contentDigest(batch: RecordBatch, record: RawRecord): string {
  return createHash('sha256').update(eventJsonBytes(batch, record)).digest('hex')
}
