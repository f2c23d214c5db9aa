import type { S3Options } from '../../storage/index.ts'
import type { Counts } from '../types.ts'

export interface VerifyOptions {
  /** Names, ids or ARNs; default: every store. */
  readonly stores?: readonly string[]
  /** Metadata only: the log, sizes, footers, the ledger. Neither events nor raw files are read. */
  readonly fast?: boolean
  /** False: raw files are left alone. */
  readonly raw?: boolean
  /** How many findings a store's list holds; default 1,000. All are counted. */
  readonly maxFindings?: number
  /** How to reach raw files in S3; default: as the lake. */
  readonly s3?: S3Options
  readonly onProgress?: (progress: VerifyProgress) => void
  readonly signal?: AbortSignal
}

export type VerifyStage = 'log' | 'files' | 'ledger' | 'quarantine' | 'data' | 'events' | 'raw' | 'texts'

export interface VerifyProgress {
  readonly store: string
  readonly stage: VerifyStage
  readonly done: number
  readonly total: number
}

/** What a finding is about. Codes are public: they do not change their meaning. */
export type FindingCode =
  /** The log of a table cannot be read, or lacks a commit. */
  | 'LOG_DAMAGED'
  /** A live file is not there. */
  | 'FILE_MISSING'
  /** A live file has not the size that the log says. */
  | 'FILE_SIZE_DIFFERS'
  /** A file cannot be read to its end. */
  | 'FILE_DAMAGED'
  /** Nothing names this file: left by a killed process, or on its way into the lake. */
  | 'FILE_UNKNOWN'
  /** A data file has not the number of rows that the log says. */
  | 'ROW_COUNT_DIFFERS'
  /** The log's statistics exclude rows that are there: readers would miss them. */
  | 'STATISTICS_WRONG'
  /** Events lie in a partition that is not theirs: readers would miss them. */
  | 'PARTITION_WRONG'
  /** A row of the ledger does not add up. */
  | 'LEDGER_IDENTITY'
  /** The ledger has one state of a raw file twice. */
  | 'LEDGER_TWICE'
  /** The ledger's sums are not those of the commits. */
  | 'LEDGER_SUM'
  /** The table has more or fewer events than the ledger and the log account for. */
  | 'EVENTS_UNACCOUNTED'
  /** Fewer events of a raw file are there than the ledger says. */
  | 'SOURCE_ROWS_MISSING'
  /** More events of a raw file are there than the ledger says. */
  | 'SOURCE_ROWS_EXTRA'
  /** Events that no raw file of the ledger brought. */
  | 'SOURCE_UNKNOWN'
  /** One event is there several times. */
  | 'EVENT_TWICE'
  /** A stored event is not what its raw file, or its own text, says. */
  | 'EVENT_DIFFERS'
  /** A raw file is no longer where it was. */
  | 'RAW_MISSING'
  /** A raw file could not be read. */
  | 'RAW_UNREADABLE'
  /** A raw file holds other bytes than were imported. */
  | 'RAW_CHANGED'
  /** A quarantine file is not there, or cannot be read to its end. */
  | 'QUARANTINE_DAMAGED'
  /** Quarantine has more or fewer entries of a raw file than the ledger says. */
  | 'QUARANTINE_COUNT'

export interface Finding {
  /** `error`: events, or the account of them, are not what they should be. `warning`: they are, but something should be known. */
  readonly severity: 'error' | 'warning'
  readonly code: FindingCode
  /** Key of a file in the lake, or the URI of a raw file. */
  readonly place: string
  readonly message: string
  /** What to do. */
  readonly hint: string
}

export interface StoreVerification {
  readonly id: string
  readonly name: string
  /** The version of the events table that was looked at; null when it could not be read. */
  readonly version: number | null
  readonly ok: boolean
  readonly checked: {
    readonly commits: number
    readonly dataFiles: number
    readonly dataBytes: number
    /** Events whose every column was read. 0 with `fast`. */
    readonly events: number
    readonly ledgerFiles: number
    readonly sourceFiles: number
    readonly quarantineEntries: number
    /** Raw files read again: SHA-256 and every event compared. */
    readonly rawFiles: number
    readonly rawBytes: number
    readonly rawMissing: number
    /** Older states of raw files that were imported again since. */
    readonly rawSuperseded: number
  }
  /** The sums over the ledger. */
  readonly ledger: Counts
  /** Events in the table, by the log. */
  readonly events: number
  /** Events that others than imports appended and removed (retention, other writers); null when the log is no longer whole. */
  readonly eventsAppended: number | null
  readonly eventsRemoved: number | null
  readonly errors: number
  readonly warnings: number
  /** Errors first; at most `maxFindings`. */
  readonly findings: readonly Finding[]
}

export interface VerifyReport {
  /** Of this shape; members may be added without a new number. */
  readonly reportVersion: 1
  readonly lake: string
  readonly mode: 'full' | 'fast'
  readonly startedAt: Date
  readonly elapsedMs: number
  /** No errors. */
  readonly ok: boolean
  readonly errors: number
  readonly warnings: number
  readonly stores: readonly StoreVerification[]
}
