import type { S3Options } from '../../storage/index.ts'
import type { Counts } from '../types.ts'

/** Which entries are meant; all members together. */
export interface QuarantineFilter {
  /** Name, id or ARN; default: every store. */
  readonly store?: string
  /** An import's id, or the first 8 characters of it or more. */
  readonly importId?: string
  /** Such as `TRUNCATED_GZIP` or `CONFLICTING`. */
  readonly code?: string
}

export interface ListQuarantineOptions extends QuarantineFilter {
  /** Also unreadable states of files that were read in another state since. */
  readonly all?: boolean
}

/** A record, or a whole file, that could not become events. */
export interface QuarantinedItem {
  /** Stays the same as long as the item is in quarantine. */
  readonly id: string
  readonly store: { readonly id: string; readonly name: string }
  readonly importId: string
  readonly importedAt: Date
  /** URI of the raw file. */
  readonly source: string
  readonly sourceId: string
  /** Position in `Records`; null for a whole file. */
  readonly record: number | null
  /** Byte offset in the uncompressed file; null for a whole file, and where a large file was read in stretches. */
  readonly offset: number | null
  readonly eventId: string | null
  readonly code: string
  readonly reason: string
  /** Bytes of the record, or of the file as it is stored. */
  readonly size: number
  /** Hex SHA-256 of these bytes. */
  readonly sha256: string
  /** False where the bytes were too many to keep. */
  readonly hasBytes: boolean
  /** The file was read in another state since: nothing is left to do. */
  readonly superseded: boolean
}

export interface RetryOptions extends QuarantineFilter {
  /** Ids of items; default: all that the filter lets through. */
  readonly ids?: readonly string[]
  /** Reads and counts, writes nothing. */
  readonly dryRun?: boolean
  /** How to reach raw files in S3; default: as the lake. */
  readonly s3?: S3Options
  readonly signal?: AbortSignal
}

/** What came of items that were read again: records by themselves, and those of files that could not be read before. */
export interface RetryReport extends Counts {
  readonly dryRun: boolean
  /** How many items were looked at. */
  readonly items: number
  /** Items that are in quarantine no longer. */
  readonly released: number
  /** Items whose bytes are kept nowhere and whose raw file is gone. */
  readonly unavailable: number
  readonly stores: readonly {
    readonly id: string
    readonly name: string
    /** The version of the events table after it. */
    readonly version: number
  }[]
  readonly elapsedMs: number
}

/** What could not become events, kept with its bytes. */
export interface Quarantine {
  /** In the order of the imports. */
  list(options?: ListQuarantineOptions): AsyncIterable<QuarantinedItem>
  /** One item with its bytes, undefined where they were too many to keep. QUARANTINE_ENTRY_NOT_FOUND. */
  show(id: string, options?: { readonly store?: string }): Promise<QuarantinedItem & { readonly bytes?: Uint8Array }>
  /**
   * Reads items again with this release's reader. What becomes an event is kept once, what cannot stays where it is, with
   * its bytes. One commit a store: all of it or nothing.
   *
   * Errors: EVENT_DATA_STORE_NOT_FOUND, QUARANTINE_ENTRY_NOT_FOUND for unknown `ids`, LAKE_READ_ONLY, CANCELLED,
   * COMMIT_CONFLICT and those of the storage.
   */
  retry(options?: RetryOptions): Promise<RetryReport>
}
