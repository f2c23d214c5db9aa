import type { LogForm } from './forms/form.ts'
import type { RecordBatch } from './record.ts'

/** Why a file could not be read as a log file. It gets ledger status `failed` and is tried again when it changes. */
export type FailureCode =
  | 'TRUNCATED_GZIP'
  | 'CORRUPT_GZIP'
  /** Bytes after the gzip stream that are no further member: what they held is unknown. */
  | 'TRAILING_DATA'
  | 'MALFORMED_JSON'
  | 'INVALID_UTF8'
  /** A member of an archive that cannot be unpacked. */
  | 'CORRUPT_ARCHIVE'
  /** Well-formed JSON that may hold events, but not as `{"Records":[…]}`. */
  | 'UNSUPPORTED_SHAPE'
  /** The file or one record of it exceeds the cap on uncompressed bytes. */
  | 'TOO_LARGE'

export type SkipKind = 'digest' | 'config' | 'aggregated' | 'query-result' | 'not-a-log-file' | 'empty'

export interface Failed {
  readonly outcome: 'failed'
  readonly code: FailureCode
  /** Lower case, no final period, no data of the file. */
  readonly reason: string
}

/** A file that holds no events by its nature: counted, not parsed further. */
export interface Skipped {
  readonly outcome: 'skipped'
  readonly kind: SkipKind
}

/** What `readLogFile` makes of a file's bytes; it throws nothing. */
export type LogFileRead =
  | Failed
  | Skipped
  /** More uncompressed bytes than one buffer is to hold: read it with `streamLogFile`. */
  | { readonly outcome: 'large' }
  | {
      readonly outcome: 'records'
      readonly rawBytes: number
      /** Hex SHA-256 of the uncompressed bytes, as digests sign it. */
      readonly sha256: string
      /** What the file is that is no log file of a trail. The batch then is about the log document that was made of it. */
      readonly form?: LogForm
      readonly batch: RecordBatch
    }

/**
 * What `streamLogFile` makes of a file's bytes. The whole file has been checked once before `batches` starts, so a file
 * that is damaged at its end yields no batch at all.
 */
export type LogFileStream =
  | Failed
  | Skipped
  | {
      readonly outcome: 'records'
      readonly rawBytes: number
      readonly sha256: string
      readonly form?: LogForm
      /** Entries of `Records`, unusable ones included: the sum of `read` over all batches. */
      readonly read: number
      batches(): AsyncIterable<RecordBatch>
    }

export interface ReadOptions {
  /** `readLogFile` answers `large` above this many uncompressed bytes; default 64 MiB. */
  readonly bufferBytes?: number
  /** A file above this many uncompressed bytes fails with TOO_LARGE; default 4 GiB. */
  readonly maxRawBytes?: number
  /** A record above this many bytes fails the file with TOO_LARGE; default 64 MiB. Only streams check it. */
  readonly maxRecordBytes?: number
  /** Only streams: asked every megabyte of text; what it throws ends the reading. */
  readonly checkStopped?: () => void
}
