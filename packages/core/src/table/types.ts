import type { LakeType } from '../schema/types.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** Values of partition columns as the log keeps them: strings, NULL as null. */
export type PartitionValues = Readonly<Record<string, string | null>>

/** What a reader or writer must understand before it touches a table. */
export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[]
  readonly writerFeatures?: readonly string[]
}

export interface Metadata {
  /** A UUID, never changed. */
  readonly id: string
  readonly name?: string | null
  readonly description?: string | null
  readonly format: { readonly provider: string; readonly options?: Readonly<Record<string, string>> }
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  readonly configuration: Readonly<Record<string, string>>
  /** UTC milliseconds. */
  readonly createdTime?: number | null
}

/** Says that a data file belongs to the table from this version on. */
export interface AddFile {
  /** Relative to the table's root, percent-encoded (see `encodePath`). */
  readonly path: string
  readonly partitionValues: PartitionValues
  /** Exact bytes. */
  readonly size: number
  /** UTC milliseconds. */
  readonly modificationTime: number
  /** False when the rows were in the table before, in other files (compaction). */
  readonly dataChange: boolean
  /** A JSON text (see `buildStats`). */
  readonly stats?: string | null
  readonly tags?: Readonly<Record<string, string | null>> | null
}

/** Says that a data file no longer belongs to the table. */
export interface RemoveFile {
  /** The same text as in the `add`. */
  readonly path: string
  /** UTC milliseconds. */
  readonly deletionTimestamp?: number | null
  readonly dataChange: boolean
  readonly extendedFileMetadata?: boolean | null
  readonly partitionValues?: PartitionValues | null
  readonly size?: number | null
  readonly tags?: Readonly<Record<string, string | null>> | null
}

/** How far an application (`appId`) has come: the newest one of each wins. */
export interface Transaction {
  readonly appId: string
  readonly version: number
  /** UTC milliseconds. */
  readonly lastUpdated?: number | null
}

export interface DomainMetadata {
  readonly domain: string
  readonly configuration: string
  readonly removed: boolean
}

/** Who wrote a commit and why. Extra members (`traillake`) pass through untouched. */
export interface CommitInfo {
  /** UTC milliseconds. */
  readonly timestamp?: number
  readonly operation?: string
  readonly operationParameters?: Readonly<Record<string, unknown>>
  readonly isBlindAppend?: boolean
  readonly engineInfo?: string
  /** Unique to the commit: tells our own bytes from another writer's. */
  readonly txnId?: string
  readonly [member: string]: unknown
}

/** One line of a commit, in the log's own shape. */
export type Action =
  | { readonly commitInfo: CommitInfo }
  | { readonly protocol: Protocol }
  | { readonly metaData: Metadata }
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly txn: Transaction }
  | { readonly domainMetadata: DomainMetadata }
  /** A kind of action that this release does not know: ignored on reading, and reason enough not to write a checkpoint. */
  | { readonly unknown: { readonly name: string } }

/** One numbered commit as read from the log. */
export interface Commit {
  readonly version: number
  readonly actions: readonly Action[]
  /** `{}` when the commit has none. */
  readonly commitInfo: CommitInfo
}

/** A live data file. */
export interface DataFile {
  /** As in the log, percent-encoded: what a `remove` must repeat. */
  readonly path: string
  /** The file's key in the table's ObjectStore. */
  readonly key: string
  readonly partitionValues: PartitionValues
  readonly size: number
  /** UTC milliseconds. */
  readonly modificationTime: number
  /** A JSON text; read it with `fileStats`. */
  readonly stats?: string
  readonly tags?: Readonly<Record<string, string | null>>
}

/** A column of a table: its name (lower case) and type. */
export interface TableColumn {
  readonly name: string
  readonly type: LakeType
}

/** One version of a table: immutable, valid as long as somebody holds it. */
export interface Snapshot {
  readonly version: number
  /** When the version was committed, UTC milliseconds. */
  readonly timestampMs: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** Live files by `path`, in commit order. */
  readonly files: ReadonlyMap<string, DataFile>
  /** Files removed not long ago, by `path`. Those dropped by an older checkpoint are missing. */
  readonly removed: ReadonlyMap<string, RemoveFile>
  readonly transactions: ReadonlyMap<string, Transaction>
  readonly domains: ReadonlyMap<string, DomainMetadata>
  /** Names of action kinds met in the log that this release does not know. */
  readonly unknownActions: ReadonlySet<string>
}

/** Without members: the newest version. */
export interface SnapshotSelector {
  readonly version?: number
  /** UTC milliseconds: the newest version committed at or before. */
  readonly timestampMs?: number
}

/** Somebody else's commit that came between the state we decided on and the version we tried to write. */
export interface Winner extends Commit {
  /** The table right after this commit. */
  readonly snapshot: Snapshot
  /** It changed `protocol` or `metaData`: the batch must be made anew for the new schema, `retry` is refused. */
  readonly schemaChanged: boolean
  /** Paths that we remove and that are no longer live: `retry` is refused. */
  readonly lostRemoves: readonly string[]
  /** Applications whose `txn` we set and that this commit set too: `retry` is refused. */
  readonly lostTransactions: readonly string[]
}

export type ConflictDecision =
  /** The same actions are still right. */
  | { readonly kind: 'retry' }
  /** Other actions are right now; `commitInfo` replaces ours where given. */
  | { readonly kind: 'replace'; readonly actions: readonly Action[]; readonly commitInfo?: CommitRequest['commitInfo'] }
  /** Nothing is right any more: `commit` throws COMMIT_CONFLICT with this reason. Nothing was written. */
  | { readonly kind: 'abort'; readonly reason: string }

export interface CommitRequest {
  /** The state that the actions were decided on. Every commit after it counts as a winner, also those already known. */
  readonly snapshot: Snapshot
  /** Without `commitInfo`. */
  readonly actions: readonly Action[]
  /** `timestamp`, `txnId` and `engineInfo` are set by `commit`; other members (`traillake`) pass through. */
  readonly commitInfo: Omit<CommitInfo, 'timestamp' | 'txnId' | 'engineInfo'> & { readonly operation: string }
  /**
   * Asked once per winner, oldest first. Without it: `retry` where nothing of ours was touched, else COMMIT_CONFLICT.
   *
   * A later `replace` stands for all earlier decisions.
   */
  readonly onConflict?: (winner: Winner) => ConflictDecision | Promise<ConflictDecision>
  readonly signal?: AbortSignal
}

export interface CommitResult {
  readonly version: number
  /** The table right after our commit. */
  readonly snapshot: Snapshot
  readonly commitInfo: CommitInfo
  /** How many numbers were tried; 1 without a race. */
  readonly attempts: number
}

/**
 * A Delta table: a numbered log in `<root>/_delta_log/` and the data files that it names.
 *
 * The newest known state stays in memory and is advanced by reading only new commits. Safe to share: calls may
 * overlap, and any number of processes may write the same table.
 *
 * Errors: TABLE_CORRUPT, TABLE_FEATURE_UNSUPPORTED, TABLE_VERSION_NOT_FOUND, COMMIT_CONFLICT (nothing was
 * written), COMMIT_UNKNOWN (files that the commit names must stay), and those of the store.
 */
export interface Table {
  readonly store: ObjectStore
  /** Key prefix of the table, without a slash at the end; '' for the store's own root. */
  readonly root: string
  /** The newest state known, without looking. */
  current(): Snapshot
  /** Reads what was committed since and gives the newest state. */
  refresh(): Promise<Snapshot>
  /** A version of the table: the newest (as `refresh`), by number, or by time. */
  snapshot(selector?: SnapshotSelector): Promise<Snapshot>
  /** Writes one commit; see `CommitRequest` for races. Either all of it is in the table afterwards or nothing. */
  commit(request: CommitRequest): Promise<CommitResult>
  /** One commit of the log, or undefined when its file is not there (not yet, or cleaned away). */
  readCommit(version: number): Promise<Commit | undefined>
  /** Commits newest first, down to the oldest whose file is still there. */
  history(options?: { readonly limit?: number }): AsyncIterable<Commit>
  /** Writes a checkpoint of the newest state; false when there is nothing new to write or unknown actions forbid it. */
  checkpoint(): Promise<boolean>
  /** Writes a checkpoint when 100 commits or 4 MB of them have come since the last one. */
  checkpointIfDue(): Promise<boolean>
}

/**
 * Runs SQL for the log's checkpoints, which are Parquet. Statements name local files by absolute path; the
 * implementation must allow reading and writing below `scratch`, and reading below the table's own folder.
 */
export interface CheckpointEngine {
  /** A local folder for temporary files; made when absent. Never inside a table root. */
  readonly scratch: string
  /** Runs a statement without result. */
  run(sql: string): Promise<void>
  /** Runs a query whose columns are all VARCHAR and gives its rows, in batches, in order. */
  rows(sql: string): AsyncIterable<readonly (readonly (string | null)[])[]>
}

export interface OpenTableOptions {
  /** Reads and writes checkpoints; without it one is opened for each and closed again, which costs some 100 ms. */
  readonly engine?: CheckpointEngine
}

export interface CreateTableOptions extends OpenTableOptions {
  readonly name: string
  /** In order; partition columns last. */
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Delta table properties, besides the `delta.checkpointInterval` that keeps other writers from checkpointing for us. */
  readonly configuration?: Readonly<Record<string, string>>
}
