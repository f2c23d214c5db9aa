import type { EventDataStore } from '../types.ts'

export interface VacuumOptions {
  /** Names, ids or ARNs of event data stores; default: all, and the files of stores that were deleted. */
  readonly stores?: readonly string[]
  /** Files stay this long after the table has ceased to name them, or after they were written; default 168 (7 days). */
  readonly graceHours?: number
  /** Versions of events tables that stay readable whatever their age: what saved answers are repeated from. */
  readonly keep?: readonly { readonly store: string; readonly version: number }[]
  /** Allows a grace below 24 hours: only while nobody else imports into, compacts or queries the lake. */
  readonly force?: boolean
  /** Lists what would be deleted, deletes nothing. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/**
 * Why a file goes:
 * - `removed`: a compaction, retention or undo replaced it;
 * - `orphan`: no version names it (its writer was stopped before it could commit);
 * - `temporary`: left by a writer that was stopped;
 * - `quarantine`: a quarantine file that the ledger no longer names (an undo or a retry replaced what named it), or never did;
 * - `log`: a commit or checkpoint older than the log is kept for;
 * - `deleted-store`: its event data store was deleted.
 */
export type VacuumReason = 'removed' | 'orphan' | 'temporary' | 'quarantine' | 'log' | 'deleted-store'

export interface VacuumedFile {
  /** Relative to the lake. */
  readonly file: string
  readonly bytes: number
  readonly reason: VacuumReason
}

export interface VacuumReport {
  readonly dryRun: boolean
  readonly graceHours: number
  readonly stores: readonly EventDataStore[]
  /** What was deleted, or would be, in the order of the deletion. */
  readonly deleted: readonly VacuumedFile[]
  /** Bytes of `deleted`. */
  readonly bytes: number
  /** Files that nothing names any more and that are not old enough yet. */
  readonly waiting: { readonly files: number; readonly bytes: number }
  readonly elapsedMs: number
}
