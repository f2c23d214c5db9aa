import type { LakeContext } from '../lake-context.ts'
import type { EventDataStore, ImportOptions } from '../types.ts'
import type { Archives } from './archives.ts'
import type { ImportSource } from './discover.ts'
import type { SourceFile } from './protocol.ts'
import type { ReportBuilder } from './report.ts'
import type { Resources } from './resources.ts'
import type { Staging } from './staging.ts'
import type { ImportTarget } from './target.ts'
import type { WorkerThread } from './thread-worker.ts'

/** What callers inside the library may set besides the options. */
export interface ImportTuning {
  /** Uncompressed bytes of a batch, estimated; default as memory allows, up to 64 MiB. */
  readonly batchBytes?: number
  /** Uncompressed bytes that a batch may hold in a worker; files beyond are read as streams. */
  readonly heldBytes?: number
  /** Sources that are open already, in place of locations. */
  readonly sources?: readonly ImportSource[]
  /** Works in this thread: for stores that cannot be opened twice. */
  readonly inline?: boolean
  /** Is told of a file that could not be read for a reason outside of it: it is not in the ledger. */
  readonly onUnread?: (uri: string, reason: string) => void
}

/** An import whose sources are open. */
export interface Plan {
  readonly lake: LakeContext
  readonly options: ImportOptions & { readonly signal: AbortSignal }
  readonly tuning: ImportTuning
  readonly resources: Resources
  readonly sources: readonly ImportSource[]
  /** The store that is imported into, where it is there already. */
  readonly existing: EventDataStore | undefined
  /** Threads that wait for work; none when it is not clear yet that there is any. */
  readonly threads: readonly WorkerThread[]
  readonly startedMs: number
}

/** An import of which it is clear what is known. */
export interface Prepared extends Plan {
  readonly target: ImportTarget
  /** The version of the events table up to which files that were imported before are left out. */
  readonly knownVersion: number
  /** Keys of the ledger's files as of that version. */
  readonly ledger: readonly string[]
  readonly importId: string
  readonly report: ReportBuilder
}

/** An import whose files lie ready. */
export interface Run extends Prepared {
  readonly files: readonly SourceFile[]
  readonly archives: Archives
  /** Ids of source files of which the store holds copies in another form than that of trails. */
  readonly copies: ReadonlySet<string>
  readonly staging: Staging
}
