import type { ErrorCode } from '../../errors/index.ts'
import type { LogForm } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import type { PartitionValues } from '../../table/index.ts'
import type { AdvancedEventSelector, BasicEventSelector, Counts, PartitionLayout, SkippedFile } from '../types.ts'
import type { Identity } from './identities.ts'

/** A raw file to read, as listed. */
export interface SourceFile {
  /** Which of the import's sources it lies in. */
  readonly source: number
  /** Its key there. */
  readonly key: string
  /** Its URI, as the ledger records it. */
  readonly uri: string
  readonly size: number
  readonly etag: string
  readonly modifiedMs: number
  /** The ledger's `source_id`: derived from URI and etag, so that reading a file again gives the same one. */
  readonly sourceId: string
  /** Hex SHA-256 that its bytes must have, of a query result whose sign file was verified. */
  readonly signedHash?: string
  /** Of a file whose records are read again without the rest of it: what it was. */
  readonly form?: LogForm
  /** Of a file in an archive: the archive's URI, and which of its members it is. */
  readonly member?: { readonly archive: string; readonly position: number }
  /**
   * Of a file that lies on no local disk or in an archive: its bytes, where it was brought to, why it could not be, or why its
   * archive does not give it.
   */
  readonly fetched?:
    | { readonly bytes: Uint8Array }
    | { readonly path: string }
    | { readonly error: CrossingError }
    | { readonly damage: string }
}

/** An error as it crosses to or from a thread: what it is made from. */
export interface CrossingError {
  readonly code: ErrorCode | undefined
  readonly params: object
  readonly message: string
  readonly stack: string | undefined
  readonly hint: string | undefined
}

/** What a batch worker is told once. Plain data: it crosses to a thread. */
export interface WorkerSettings {
  readonly importId: string
  readonly schema: LayoutName
  readonly layout: PartitionLayout
  readonly advancedEventSelectors: readonly AdvancedEventSelector[]
  readonly eventSelectors: readonly BasicEventSelector[] | undefined
  /** Where the sources lie, for opening them again in a thread. */
  readonly locations: readonly string[]
  /** A local folder for finished files on their way into the lake. */
  readonly staging: string
  /** A local folder for what the engine spills. */
  readonly scratch: string
  readonly engineMemoryBytes: number
  /** Uncompressed bytes that one batch may hold; files beyond are read as streams, twice. */
  readonly heldBytes: number
  readonly dryRun: boolean
}

export interface BatchTask {
  /** Position among the batches of the import, from 0: the order of commits. */
  readonly number: number
  readonly files: readonly SourceFile[]
}

/** Two partition values that decide, with the event id, whether two records can be the same event. */
export interface Neighbourhood {
  /** The partition value; null where a store has no such folders or the record names no proper account. */
  readonly account: string | null
  readonly date: string
}

/** What the first pass over a batch found. */
export interface ScanReport {
  /** Hashes of the event ids of the records that are candidates for rows, ascending; equal ids have equal hashes. */
  readonly hashes: Float64Array
  /** Where rows with the same identity could be stored already. */
  readonly neighbourhoods: readonly Neighbourhood[]
}

/** A record that an earlier batch of the import keeps. */
export interface Claimed extends Identity {
  /** Hex SHA-256 of its `eventjson`; ANY_CONTENT for a copy. */
  readonly digest: string
}

/** A stored data file that may hold rows with identities of the batch. */
export interface StoredFile {
  /** Local path. */
  readonly path: string
  /** Partition value. */
  readonly date: string | null
  /** This import wrote it: of the batch it can hold suspects only, where those are named. */
  readonly isOwn?: boolean
}

/** What is known about the rest of the lake when a batch is written. */
export interface Decision {
  readonly stored: readonly StoredFile[]
  /** Hashes of event ids that data files of the import may hold. */
  readonly suspects?: Float64Array
  readonly claimed: readonly Claimed[]
  /** Ids of the source files whose stored events are copies in another form; absent where there are none. */
  readonly copies?: ReadonlySet<string>
  /** Hashes whose owner keeps no content to compare with: taken as duplicates (dry runs only). */
  readonly assumed: Float64Array
}

export type FileStatus =
  | 'imported'
  /** Not a readable log file; tried again when it or the reader changes. */
  | 'failed'
  /** A file without events, recognised by its content. */
  | 'skipped'
  /** The storage did not give its bytes; not recorded, so the next import tries again. */
  | 'unread'

export interface FileResult extends Counts {
  readonly file: SourceFile
  readonly status: FileStatus
  readonly skipped?: SkippedFile['kind']
  readonly form?: LogForm
  readonly code?: string
  readonly reason?: string
  /** Hex SHA-256 of the uncompressed bytes; of the bytes as they are where they could not be uncompressed. */
  readonly sha256?: string
  readonly rawBytes: number
  /** Entries of the batch's quarantine file that are about this file. */
  readonly quarantineEntries: number
}

/** A finished Parquet file that waits in the staging folder. */
export interface StagedFile {
  readonly path: string
  readonly partitionValues: PartitionValues
  readonly rows: number
  /** Statistics for the Delta log. */
  readonly stats: string
}

export interface BatchResult {
  readonly files: readonly FileResult[]
  readonly staged: readonly StagedFile[]
  /** Path of the staged quarantine file; absent when it would be empty. */
  readonly quarantine?: string
}

/**
 * Works on batches, several at a time if asked to. In a thread of its own, or in the caller's where the storage cannot be
 * opened twice.
 */
export interface BatchWorker {
  /** Reads a batch's files and remembers the records for `write`. */
  scan(task: BatchTask): Promise<ScanReport>
  /** Contents behind hashes of a batch that is scanned; undefined when it is written and they cannot be read again. */
  claims(batch: number, hashes: Float64Array): Promise<readonly Claimed[] | undefined>
  /** Writes what a batch keeps to staged files and forgets the batch. */
  write(batch: number, decision: Decision): Promise<BatchResult>
  /** Stops what is under way, whose calls then fail with CANCELLED or an error of the engine, and frees everything. */
  close(): Promise<void>
}
