/** Why a record cannot become a row. Nothing about it is lost: its bytes go to quarantine with this reason. */
export type UnusableReason = 'no readable eventTime' | 'not an object' | 'malformed JSON' | 'invalid UTF-8'

/**
 * One record of a log file that can become a row: where its bytes lie and what import decides by.
 *
 * `start` and `end` are byte offsets into the `raw` of its batch.
 */
export interface RawRecord {
  /** Position in `Records`, from 0; entries that are unusable count too. */
  readonly index: number
  readonly start: number
  readonly end: number
  /** UTC milliseconds. */
  readonly eventTimeMs: number
  /** Where the value of `eventID` lies in `raw`, as it is; NO_ID when it had to be decoded. */
  readonly idStart: number
  readonly idEnd: number
  /** Its value where it was decoded, null where it is NULL: ask `eventIdOf`. */
  readonly eventId: string | null
  /** Values of the columns of these names; null where the column is NULL. */
  readonly account: string | null
  readonly region: string | null
  /** `eventCategory`, derived where the record lacks it (records before event version 1.07). */
  readonly category: string
  /** What the engine's JSON reader is given; null when the record's own bytes serve. */
  readonly typed: Buffer | null
  /** The record without white space outside strings; null when its own bytes have none. */
  readonly compact: Buffer | null
  /** Where its stretch of the batch's tape begins, with positions in `typed` or else in `raw`; NO_TAPE when it has none. */
  readonly tape: number
}

export const NO_TAPE = -1
export const NO_ID = -1

export interface UnusableRecord {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly reason: UnusableReason
}

/** Records of one log file, or of a stretch of a large one. `read = records.length + unusable.length`. */
export interface RecordBatch {
  /** The UTF-8 text that offsets point into. Valid until the next batch of a stream is asked for. */
  readonly raw: Buffer
  readonly read: number
  readonly records: readonly RawRecord[]
  readonly unusable: readonly UnusableRecord[]
  /** Where the values of records lie: see `assembly/tape.ts`. */
  readonly tape: Int32Array
}

/** The bytes for `from_json`: with the column list of `recordSql` they give the record's columns. */
export function typedBytes(batch: RecordBatch, record: RawRecord): Buffer {
  return record.typed ?? batch.raw.subarray(record.start, record.end)
}

/** The bytes of `eventjson`. */
export function eventJsonBytes(batch: RecordBatch, record: RawRecord): Buffer {
  return record.compact ?? batch.raw.subarray(record.start, record.end)
}

/** The bytes as delivered, for quarantine. */
export function sourceBytes(batch: RecordBatch, record: RawRecord | UnusableRecord): Buffer {
  return batch.raw.subarray(record.start, record.end)
}
