import type { S3Options } from '../../storage/index.ts'
import type { BasicEventSelector, Counts, EventDataStore } from '../types.ts'

/** One import, as the ledger knows it. */
export interface ImportSummary extends Counts {
  readonly importId: string
  readonly store: { readonly id: string; readonly name: string }
  /** `imported`: everything is there. `incomplete`: something of it is in quarantine. `undone`: it was taken back. */
  readonly status: 'imported' | 'incomplete' | 'undone'
  /** When its first and its last file were committed; of an undone import, when it was undone. */
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Raw files: read, unreadable, and those that hold no events by their nature. */
  readonly files: number
  readonly filesFailed: number
  readonly filesSkipped: number
  /** Basic event selectors that it was given: whoever imports its files again gives the same. */
  readonly eventSelectors?: readonly BasicEventSelector[]
  /** Bytes of the raw files as they are stored. */
  readonly bytes: number
}

/** What came of one raw file. */
export interface ImportedFile extends Counts {
  readonly sourceId: string
  readonly source: string
  readonly etag: string
  readonly size: number
  /** `log`, or what a skipped file is. */
  readonly kind: string
  readonly status: 'imported' | 'failed' | 'skipped'
  readonly code: string | null
  readonly sha256: string | null
  readonly importedAt: Date
}

export interface ListImportsOptions {
  /** Name, id or ARN; default: every store. */
  readonly store?: string
}

export interface UndoOptions {
  /** Name, id or ARN of the store that the import went to; default: whichever has it. */
  readonly store?: string
  /** Looks and counts, writes nothing. */
  readonly dryRun?: boolean
  /** Undoes although events will be gone from the lake for good. */
  readonly allowLoss?: boolean
  /** How to reach raw files in S3; default: as the lake. */
  readonly s3?: S3Options
  readonly signal?: AbortSignal
}

export interface UndoReport {
  readonly importId: string
  readonly store: EventDataStore
  readonly dryRun: boolean
  /** Raw files that are as if they had never been read. */
  readonly files: number
  /** Events taken out. */
  readonly events: number
  readonly dataFilesRemoved: number
  /** Of the removed ones: those that held other events too and were written anew. */
  readonly dataFilesRewritten: number
  /** Raw files of other imports whose duplicates took the place of events that went. */
  readonly restored: readonly { readonly source: string; readonly importId: string; readonly events: number }[]
  /** Raw files that cannot be read again, with `allowLoss` alone. */
  readonly unreadable: readonly string[]
  /** The version of the events table after it. */
  readonly version: number
  readonly elapsedMs: number
}

/** What was imported, by import. */
export interface Imports {
  /** Oldest first; undone ones as long as the log remembers them. */
  list(options?: ListImportsOptions): Promise<readonly ImportSummary[]>
  /** One import with its files, by key. IMPORT_NOT_FOUND. @param id whole, or its beginning (8 characters or more) */
  show(id: string, options?: ListImportsOptions): Promise<ImportSummary & { readonly sources: readonly ImportedFile[] }>
  /**
   * Takes an import back: its events go, its raw files count as never read. Events that other imports dropped as duplicates
   * of them are put in their place from the raw files. All of it or nothing.
   *
   * Errors: IMPORT_NOT_FOUND, UNDO_LOSES_EVENTS, LAKE_READ_ONLY, COMMIT_CONFLICT, INVALID_OPTION and those of the storage.
   */
  undo(id: string, options?: UndoOptions): Promise<UndoReport>
}
