import { randomUUID } from 'node:crypto'
import { TraillakeError } from '../errors/index.ts'
import type { Action, AddFile, Snapshot, Table } from '../table/index.ts'

/** What an import commit says about itself in `commitInfo.traillake`. */
export interface ImportCommit {
  readonly importId: string
  /** Ledger files written before the commit; they become live in `sources` by `projectLedger`. */
  readonly ledger: readonly AddFile[]
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

/**
 * Ledger files that commits of `events` name and `sources` has not taken yet, oldest first.
 *
 * Errors: TABLE_CORRUPT when a commit that would have to be read is gone.
 */
export async function unprojectedLedgerFiles(events: Table, sources: Snapshot): Promise<readonly AddFile[]> {
  const { version, metadata } = await events.refresh()
  return collect(events, projectedVersion(sources, metadata.id), version)
}

async function collect(events: Table, from: number, to: number): Promise<readonly AddFile[]> {
  const files: AddFile[] = []
  for (let version = from + 1; version <= to; version++) {
    const commit = await events.readCommit(version)
    if (!commit) {
      // Never guess: the files it named are rows of the ledger.
      throw new TraillakeError('TABLE_CORRUPT', {
        table: events.root,
        reason: `commit ${version} is gone before the ledger took it over`,
      })
    }
    files.push(...(importCommitOf(commit.commitInfo)?.ledger ?? []))
  }
  return files
}

/**
 * Makes the ledger files that commits of `events` name live in `sources`: the second half of every import, repeatable, and
 * safe to run by any number of processes at once. Gives the state of `sources` after it.
 */
export async function projectLedger(events: Table, sources: Table): Promise<Snapshot> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const ledger = await sources.refresh()
    const { version, metadata } = await events.refresh()
    const from = projectedVersion(ledger, metadata.id)
    const files = await collect(events, from, version)
    if (files.length === 0 && version - from < IDLE_COMMITS) return ledger
    const actions: Action[] = [
      { txn: { appId: metadata.id, version, lastUpdated: Date.now() } },
      ...files.map((add) => ({ add })),
    ]
    let overtaken = false
    try {
      const { snapshot } = await sources.commit({
        snapshot: ledger,
        actions,
        commitInfo: { operation: 'WRITE', operationParameters: {}, isBlindAppend: true },
        onConflict(winner) {
          if (winner.lostTransactions.length === 0 && !winner.schemaChanged) return { kind: 'retry' }
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

/** A new name for a ledger file, relative to `sources`. */
export function ledgerFileName(): string {
  return `part-${randomUUID()}.parquet`
}
