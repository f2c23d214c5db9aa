import type { EventDataStore } from '../types.ts'

export interface CompactOptions {
  /** Names, ids or ARNs of event data stores; default: all. */
  readonly stores?: readonly string[]
  /** Tells what would be joined, writes nothing. */
  readonly dryRun?: boolean
  /** The size of a file that is left as it is from half of it on; no output is planned above it. Default 512 MB. */
  readonly targetBytes?: number
  /** A partition is left as it is while it has fewer small files than this; default 2. */
  readonly minFiles?: number
  /** Bytes for the whole compaction; default 1 GB. */
  readonly memoryBytes?: number
  /** Partitions at work at once; default: one a core, as far as memory allows (1 GB each). */
  readonly workers?: number
  readonly onProgress?: (progress: CompactProgress) => void
  /** Stops after what is under way; what was committed stays. */
  readonly signal?: AbortSignal
}

export type CompactTableName = 'events' | 'sources'

export type CompactProgress =
  | {
      readonly kind: 'planned'
      readonly store: EventDataStore
      readonly table: CompactTableName
      readonly files: number
      readonly bytes: number
      /** How many files come of them. */
      readonly outputs: number
    }
  | { readonly kind: 'joined'; readonly files: number; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'committed'; readonly table: CompactTableName; readonly version: number }
  | ({ readonly kind: 'failed' } & CompactFailure)

/** What compaction did to one table, or would do. */
export interface TableCompaction {
  readonly filesRemoved: number
  readonly filesAdded: number
  /** Rows in the files that were joined; all of them are in the new files. Unknown (0) for files without statistics in a dry run. */
  readonly rows: number
  readonly bytesRemoved: number
  /** 0 in a dry run. */
  readonly bytesAdded: number
  readonly commits: number
  /** Milliseconds that the slowest commit took, lost races included. */
  readonly slowestCommitMs: number
  /** The newest version afterwards. */
  readonly version: number
}

/** Files that could not be joined; they stay as they are. */
export interface CompactFailure {
  readonly store: string
  readonly table: CompactTableName
  /** The file at fault where one is, else the first of the files that were to be joined; relative to the lake. */
  readonly file: string
  readonly code: string
  readonly reason: string
}

export interface CompactReport {
  readonly dryRun: boolean
  readonly stores: readonly {
    readonly store: EventDataStore
    readonly events: TableCompaction
    readonly sources: TableCompaction
  }[]
  readonly failures: readonly CompactFailure[]
  readonly elapsedMs: number
}
