import { randomUUID } from 'node:crypto'
import { quoteSqlString } from '../../engine/instance.ts'
import {
  type AddFile,
  type CommitResult,
  dataFileName,
  decodePath,
  makeAdd,
  type Snapshot,
  type Table,
  type Winner,
} from '../../table/index.ts'
import { DRAFT_TAGS } from '../draft-files.ts'
import type { LakeContext } from '../lake-context.ts'
import { type ImportCommit, importCommitOf, ledgerFileName } from '../ledger.ts'
import { localFile } from '../local-file.ts'
import { storeFolders } from '../store-layout.ts'
import type { Counts, EventDataStore } from '../types.ts'
import { knownSources } from './known-sources.ts'
import { writeLedgerFile } from './ledger-file.ts'
import { mapLimited } from './map-limited.ts'
import type { BatchResult, SourceFile } from './protocol.ts'

/** How many files are moved into the lake at once: each waits for the disk twice. */
const PARALLEL_MOVES = 8

export interface CommitContext {
  readonly lake: LakeContext
  readonly store: EventDataStore
  readonly importId: string
  readonly events: Table
  readonly sources: Table
  /** The local folder of files on their way. */
  readonly staging: string
  readonly partitionColumns: readonly string[]
}

/** Why a batch has to be made again: another process imported one of its files, or one of its events. Nothing was written. */
export const REDO = Symbol('redo')

/**
 * Moves a batch's files into the lake and commits them, with the ledger rows of its source files, as one version.
 *
 * @param base the state that the batch was decided on; every commit since is looked at
 * @param counts of the whole batch, checked
 * @returns with the keys of its data files; undefined when no file of the batch could be read at all
 */
export async function commitBatch(
  context: CommitContext,
  result: BatchResult,
  counts: Counts,
  base: Snapshot,
): Promise<(CommitResult & { readonly keys: readonly string[] }) | typeof REDO | undefined> {
  const { lake, store, events } = context
  const files = result.files.filter((file) => file.status !== 'unread')
  // Nothing could be read: there is nothing to record either.
  if (files.length === 0) return undefined
  const folders = storeFolders(store.id)
  const moved: string[] = []
  const keys: string[] = []
  const move = async (key: string, path: string) => {
    moved.push(key)
    return lake.storage.putFile(key, path)
  }
  let redo = false
  try {
    const adds = await mapLimited(result.staged, PARALLEL_MOVES, async (file): Promise<AddFile> => {
      const name = dataFileName(context.partitionColumns, file.partitionValues, randomUUID())
      const key = `${folders.events}/${name}`
      const { size, modifiedMs } = await move(key, file.path)
      keys.push(key)
      return makeAdd({
        name,
        partitionValues: file.partitionValues,
        size,
        modifiedMs,
        stats: file.stats,
        dataChange: true,
        tags: DRAFT_TAGS,
      })
    })
    let quarantinePath: string | undefined
    if (result.quarantine !== undefined) {
      quarantinePath = `quarantine/${randomUUID()}.jsonl.gz`
      await move(`${folders.root}/${quarantinePath}`, result.quarantine)
    }
    const ledger = await writeLedgerFile(context.staging, {
      importId: context.importId,
      files,
      quarantinePath,
      importedAtMs: Date.now(),
    })
    const ledgerName = ledgerFileName()
    const { size, modifiedMs } = await move(`${folders.sources}/${ledgerName}`, ledger.path)
    const traillake: ImportCommit = {
      importId: context.importId,
      ledger: [
        makeAdd({ name: ledgerName, partitionValues: {}, size, modifiedMs, stats: ledger.stats, dataChange: true }),
      ],
      ...counts,
    }
    const committed = await events.commit({
      snapshot: base,
      actions: adds.map((add) => ({ add })),
      commitInfo: { operation: 'WRITE', operationParameters: { mode: 'Append' }, isBlindAppend: true, traillake },
      async onConflict(winner) {
        const reason = await conflictWith(
          context,
          winner,
          adds,
          files.map(({ file }) => file),
        )
        if (reason === undefined) return { kind: 'retry' }
        redo = true
        return { kind: 'abort', reason }
      },
    })
    return { ...committed, keys }
  } catch (error) {
    // What was moved and is named by no commit would be an orphan until it is vacuumed.
    if (!isUnclear(error)) await Promise.all(moved.map((key) => lake.storage.delete(key).catch(() => undefined)))
    if (redo) return REDO
    throw error
  }
}

/** Why a commit that came first makes our batch wrong; undefined when it does not. */
async function conflictWith(
  context: CommitContext,
  winner: Winner,
  ours: readonly AddFile[],
  files: readonly SourceFile[],
): Promise<string | undefined> {
  const theirs = importCommitOf(winner.commitInfo)
  if (theirs?.importId === context.importId) return undefined
  if (winner.schemaChanged) return `version ${winner.version} changed the schema`
  // Of events that are gone (an undone import) ours may have been counted as duplicates.
  if (winner.actions.some((action) => 'remove' in action && action.remove.dataChange)) {
    return `version ${winner.version} removed events`
  }
  // Compaction brings no events; what other writers append is for verify to report.
  if (theirs === undefined) return undefined
  const { lake, sources, events } = context
  const ledger = theirs.ledger.map((add) => `${sources.root}/${decodePath(add.path)}`)
  if ((await knownSources(lake, ledger, files)).size > 0) return `version ${winner.version} imported the same files`
  const added = winner.actions.flatMap((action) => ('add' in action && action.add.dataChange ? [action.add] : []))
  const shared = await countSharedEvents(lake, events.root, ours, added)
  return shared > 0 ? `version ${winner.version} holds ${shared} of the same events` : undefined
}

/** How many events of ours are in their files, by id, account and day. */
async function countSharedEvents(
  lake: LakeContext,
  root: string,
  ours: readonly AddFile[],
  theirs: readonly AddFile[],
): Promise<number> {
  const byDate = new Map<string | null, { ours: AddFile[]; theirs: AddFile[] }>()
  const at = (add: AddFile) => {
    const date = add.partitionValues.date ?? null
    let pair = byDate.get(date)
    if (!pair) {
      pair = { ours: [], theirs: [] }
      byDate.set(date, pair)
    }
    return pair
  }
  for (const add of ours) at(add).ours.push(add)
  for (const add of theirs) at(add).theirs.push(add)
  let shared = 0
  for (const pair of byDate.values()) {
    if (pair.ours.length === 0 || pair.theirs.length === 0) continue
    const local = await Promise.all(
      [...pair.ours, ...pair.theirs].map((add) =>
        localFile(lake.storage, `${root}/${decodePath(add.path)}`, lake.engine.scratch),
      ),
    )
    try {
      const list = (files: typeof local) =>
        `read_parquet([${files.map((file) => quoteSqlString(file.path)).join(', ')}], hive_partitioning=false)`
      const [mine, other] = [local.slice(0, pair.ours.length), local.slice(pair.ours.length)]
      for await (const rows of lake.engine.rows(
        `SELECT count(*)::VARCHAR FROM ${list(mine)} a JOIN ${list(other)} b
         ON a.eventid = b.eventid AND a.recipientaccountid IS NOT DISTINCT FROM b.recipientaccountid`,
      )) {
        shared += Number(rows[0]![0])
      }
    } finally {
      for (const file of local) await file.release()
    }
  }
  return shared
}

/** True when the commit may have been written although it failed: then nothing of it may be deleted. */
function isUnclear(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'COMMIT_UNKNOWN'
}
