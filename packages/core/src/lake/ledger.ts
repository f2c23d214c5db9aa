import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { quoteSqlString } from '../engine/instance.ts'
import { makeScratch } from '../engine/scratch.ts'
import { createTableEngine } from '../engine/table-engine.ts'
import { TraillakeError } from '../errors/index.ts'
import {
  type Action,
  type AddFile,
  type DataFile,
  decodePath,
  makeRemove,
  type Snapshot,
  type Table,
} from '../table/index.ts'
import { type DroppedRows, dropLedgerRows } from './imports/drop-rows.ts'
import { createLocalCopies } from './local-file.ts'
import type { Counts } from './types.ts'

/** What an import commit says about itself in `commitInfo.traillake`. */
export interface ImportCommit {
  readonly importId: string
  /** Ledger files written before the commit; they become live in `sources` by `projectLedger`. */
  readonly ledger: readonly AddFile[]
  /** Paths of ledger files that `ledger` replaces: set by what amends the ledger (an undo, a retry). */
  readonly ledgerRemoved?: readonly string[]
  /** Imports whose rows an undo or a retry changed. */
  readonly amends?: readonly string[]
  /** The import that this commit undid, and what the ledger said of it. */
  readonly undo?: string
  readonly undone?: Counts & { readonly files: number }
  /** What the commit changed in the sums over the ledger: an undo takes away. */
  readonly read: number
  readonly kept: number
  readonly duplicate: number
  readonly filtered: number
  readonly quarantined: number
}

const MAX_ATTEMPTS = 100
/** Commits without a ledger (compaction, other writers) are passed over in one go once there are so many. */
const IDLE_COMMITS = 50

/** The part of a commit that concerns us; undefined for one that is no import. */
export function importCommitOf(commitInfo: Readonly<Record<string, unknown>>): ImportCommit | undefined {
  const ours = commitInfo.traillake as ImportCommit | undefined
  return Array.isArray(ours?.ledger) ? ours : undefined
}

/** How far `sources` has taken over what the commits of `events` say. */
function projectedVersion(sources: Snapshot, eventsId: string): number {
  return sources.transactions.get(eventsId)?.version ?? 0
}

/** What commits of `events` say about the ledger and `sources` has not taken yet. */
interface Pending {
  readonly version: number
  readonly added: ReadonlyMap<string, AddFile>
  /** Paths that were in `sources`. */
  readonly removed: ReadonlySet<string>
}

/**
 * Ledger files that commits of `events` name and `sources` has not taken yet, oldest first.
 *
 * Errors: TABLE_CORRUPT when a commit that would have to be read is gone.
 */
export async function unprojectedLedgerFiles(events: Table, sources: Snapshot): Promise<readonly AddFile[]> {
  return [...(await pendingChanges(events, sources)).added.values()]
}

/** A file of the ledger. */
export interface LedgerFile {
  readonly key: string
  readonly size: number
  readonly stats?: string | null
}

/** The files that make up the ledger at this moment: those of `sources`, changed by what it has not taken yet. */
export async function ledgerFiles(events: Table, sources: Table, ledger: Snapshot): Promise<readonly LedgerFile[]> {
  const { added, removed } = await pendingChanges(events, ledger)
  return [
    ...[...ledger.files.values()].filter((file) => !removed.has(file.path)),
    ...[...added.values()].map((add) => ({ ...add, key: `${sources.root}/${decodePath(add.path)}` })),
  ]
}

/** The keys of these files. Unless it is to be read only, `sources` takes over first what it has not yet. */
export async function ledgerKeys(
  { events, sources }: { readonly events: Table; readonly sources: Table },
  isReadOnly: boolean,
): Promise<readonly string[]> {
  const ledger = isReadOnly ? await sources.refresh() : await projectLedger(events, sources)
  return (await ledgerFiles(events, sources, ledger)).map((file) => file.key)
}

async function pendingChanges(events: Table, sources: Snapshot): Promise<Pending> {
  const { version, metadata } = await events.refresh()
  const added = new Map<string, AddFile>()
  const removed = new Set<string>()
  for (let next = projectedVersion(sources, metadata.id) + 1; next <= version; next++) {
    const commit = await events.readCommit(next)
    if (!commit) {
      // Never guess: the files it named are rows of the ledger.
      throw new TraillakeError('TABLE_CORRUPT', {
        table: events.root,
        reason: `commit ${next} is gone before the ledger took it over`,
      })
    }
    const ours = importCommitOf(commit.commitInfo)
    for (const path of ours?.ledgerRemoved ?? []) if (!added.delete(path)) removed.add(path)
    for (const add of ours?.ledger ?? []) added.set(add.path, add)
  }
  return { version, added, removed }
}

/**
 * Makes the ledger files that commits of `events` name live in `sources`: the second half of every import, repeatable, and
 * safe to run by any number of processes at once. Gives the state of `sources` after it.
 */
export async function projectLedger(events: Table, sources: Table): Promise<Snapshot> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const ledger = await sources.refresh()
    const { version, added, removed } = await pendingChanges(events, ledger)
    const { id: appId } = events.current().metadata
    const isNothing = added.size === 0 && removed.size === 0
    if (isNothing && version - projectedVersion(ledger, appId) < IDLE_COMMITS) return ledger
    const replaced = [...removed].flatMap((path) => ledger.files.get(path) ?? [])
    // Whoever compacted the ledger meanwhile has put the rows into other files.
    const lost = [...removed].filter((path) => !ledger.files.has(path))
    const moved = lost.length === 0 ? NOTHING_MOVED : await withoutRowsOf(sources, ledger, replaced, lost)
    const actions: Action[] = [
      { txn: { appId, version, lastUpdated: Date.now() } },
      ...[...replaced, ...moved.removed].map((file) => ({
        remove: makeRemove(file, { deletionTimestampMs: Date.now(), dataChange: true }),
      })),
      ...[...added.values(), ...moved.added].map((add) => ({ add })),
    ]
    let overtaken = false
    try {
      const { snapshot } = await sources.commit({
        snapshot: ledger,
        actions,
        commitInfo: { operation: 'WRITE', operationParameters: {}, isBlindAppend: removed.size === 0 },
        onConflict(winner) {
          const isOurs = winner.lostTransactions.length === 0 && !winner.schemaChanged
          if (isOurs && (removed.size === 0 || winner.lostRemoves.length + lost.length === 0)) return { kind: 'retry' }
          overtaken = true
          return { kind: 'abort', reason: 'another process took the ledger over' }
        },
      })
      return snapshot
    } catch (error) {
      if (!overtaken) throw error
    }
  }
  throw new TraillakeError('COMMIT_CONFLICT', { table: sources.root, reason: `${MAX_ATTEMPTS} others came first` })
}

const NOTHING_MOVED: DroppedRows = { removed: [], added: [], rows: 0 }

/** The live ledger files without the rows of files that are no longer live. */
async function withoutRowsOf(
  sources: Table,
  ledger: Snapshot,
  leaving: readonly DataFile[],
  lost: readonly string[],
): Promise<DroppedRows> {
  const scratch = makeScratch(tmpdir(), 'lake')
  const engine = createTableEngine({ scratch })
  try {
    const keys = lost.map((path) => `${sources.root}/${decodePath(path)}`)
    const paths = await createLocalCopies(sources.store, scratch)(keys)
    const gone = `read_parquet([${paths.map(quoteSqlString).join(', ')}], hive_partitioning=false)`
    const dead = `EXISTS (SELECT 1 FROM ${gone} d WHERE d.source_id = s.source_id AND d.import_id = s.import_id
      AND d.imported_at = s.imported_at)`
    const files = [...ledger.files.values()].filter((file) => !leaving.includes(file))
    return await dropLedgerRows({ engine, storage: sources.store, staging: scratch }, sources.root, files, dead)
  } finally {
    await engine.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A new name for a ledger file, relative to `sources`. */
export function ledgerFileName(): string {
  return `part-${randomUUID()}.parquet`
}
