import { randomUUID } from 'node:crypto'
import { TraillakeError } from '../errors/index.ts'
import { lookTogether } from '../storage/look-together.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { OUR_PROTOCOL, serializeActions } from './actions.ts'
import { writeCheckpoint } from './checkpoint-write.ts'
import { commitTo, ENGINE_INFO, putCommit } from './commit.ts'
import { type Log, listLog, logOf, readCommitFile, readCommitsAfter } from './log.ts'
import { buildSchemaString } from './schema-string.ts'
import { applyCommits, draftOf } from './snapshot.ts'
import { type LogState, readNewestState, readVersion, withEngine } from './state.ts'
import type {
  Action,
  CommitInfo,
  CreateTableOptions,
  Metadata,
  OpenTableOptions,
  Snapshot,
  SnapshotSelector,
  Table,
} from './types.ts'

const CHECKPOINT_COMMITS = 100
const CHECKPOINT_BYTES = 4_000_000
/** Commits are cleaned away after days at the earliest: a state older than this is confirmed by reading anew. */
const CONFIRM_AFTER_MS = 3_600_000

/**
 * Writes version 0 of a new table.
 *
 * Errors: COMMIT_CONFLICT when there is a table already; TypeError for columns that a table cannot have.
 */
export async function createTable(store: ObjectStore, root: string, options: CreateTableOptions): Promise<Table> {
  const log = logOf(store, root)
  const timestamp = Date.now()
  const metaData: Metadata = {
    id: randomUUID(),
    name: options.name,
    description: null,
    format: { provider: 'parquet', options: {} },
    schemaString: buildSchemaString(checkedColumns(options)),
    partitionColumns: options.partitionColumns,
    configuration: { 'delta.checkpointInterval': '1000000', ...options.configuration },
    createdTime: timestamp,
  }
  const commitInfo: CommitInfo = {
    timestamp,
    operation: 'CREATE TABLE',
    operationParameters: {},
    isolationLevel: 'WriteSerializable',
    isBlindAppend: true,
    engineInfo: ENGINE_INFO,
    txnId: randomUUID(),
  }
  const actions: readonly Action[] = [{ commitInfo }, { protocol: OUR_PROTOCOL }, { metaData }]
  const isOurs = await putCommit(log, 0, Buffer.from(serializeActions(actions)))
  if (!isOurs) throw new TraillakeError('COMMIT_CONFLICT', { table: log.label, reason: 'there is a table already' })
  return openTable(store, root, options)
}

function checkedColumns({ columns, partitionColumns }: CreateTableOptions): CreateTableOptions['columns'] {
  const names = columns.map((c) => c.name)
  if (new Set(names.map((n) => n.toLowerCase())).size !== names.length) throw new TypeError('two columns share a name')
  if (partitionColumns.join() !== names.slice(names.length - partitionColumns.length).join()) {
    throw new TypeError('partition columns come last, in the order of the folders')
  }
  if (partitionColumns.length >= names.length) throw new TypeError('a table has a column that is no partition column')
  return columns
}

/** Opens a table and reads its newest state. SOURCE_NOT_FOUND when there is no log. */
export async function openTable(store: ObjectStore, root: string, options: OpenTableOptions = {}): Promise<Table> {
  const log = logOf(store, root)
  const state = await readNewestState(log, options.engine)
  if (!state) throw new TraillakeError('SOURCE_NOT_FOUND', { source: log.label })
  return tableOf(log, options, state)
}

/** True when `root` holds a Delta log. */
export async function tableExists(store: ObjectStore, root: string): Promise<boolean> {
  const { commits, checkpoints, otherCheckpoints } = await listLog(logOf(store, root))
  return commits.length + checkpoints.length + otherCheckpoints.length > 0
}

function tableOf(log: Log, { engine }: OpenTableOptions, opened: LogState): Table {
  let state = opened
  let confirmedMs = Date.now()
  const times = new Map<number, number>()

  function advance(snapshot: Snapshot, bytes: number): void {
    if (snapshot.version <= state.snapshot.version) return
    state = { ...state, snapshot, bytesSinceCheckpoint: state.bytesSinceCheckpoint + bytes }
  }

  /** The log may have been cleaned below a checkpoint that we have not seen: then the next commit is missing for ever. */
  async function confirm(): Promise<void> {
    if (Date.now() - confirmedMs < CONFIRM_AFTER_MS) return
    const started = Date.now()
    const newest = await readNewestState(log, engine)
    if (!newest) throw new TraillakeError('SOURCE_NOT_FOUND', { source: log.label })
    if (newest.snapshot.version > state.snapshot.version) state = newest
    confirmedMs = started
  }

  async function readNew(): Promise<Snapshot> {
    await confirm()
    const { snapshot } = state
    const commits = await readCommitsAfter(log, snapshot.version)
    if (commits.length > 0) {
      advance(
        applyCommits(draftOf(snapshot), commits, log),
        commits.reduce((sum, c) => sum + c.bytes, 0),
      )
    }
    return state.snapshot
  }

  const refresh = lookTogether(readNew)

  async function checkpoint(): Promise<boolean> {
    const from = state
    if (from.snapshot.version <= from.checkpointVersion) return false
    const isWritten = await withEngine(engine, (used) => writeCheckpoint(log, from.snapshot, used, Date.now()))
    if (isWritten) {
      const { version } = from.snapshot
      const bytes = Math.max(0, state.bytesSinceCheckpoint - from.bytesSinceCheckpoint)
      if (version > state.checkpointVersion)
        state = { ...state, checkpointVersion: version, bytesSinceCheckpoint: bytes }
    }
    return isWritten
  }

  return {
    store: log.store,
    root: log.root,
    current: () => state.snapshot,
    refresh,
    async snapshot(selector: SnapshotSelector = {}) {
      const newest = await refresh()
      if (selector.version === undefined && selector.timestampMs === undefined) return newest
      const version = selector.version ?? (await versionAt(log, selector.timestampMs!, times))
      const found = version === undefined ? undefined : await atVersion(version, newest)
      if (found) return found
      const wanted = selector.version ?? `at or before ${new Date(selector.timestampMs!).toISOString()}`
      throw new TraillakeError('TABLE_VERSION_NOT_FOUND', { table: log.label, version: String(wanted) })
    },
    async commit(request) {
      await confirm()
      const { bytes, ...result } = await commitTo(log, request, state.snapshot.version)
      // Commits of others in between are not counted: the limit is a rule of thumb.
      advance(result.snapshot, bytes)
      return result
    },
    readCommit: (version) => readCommitFile(log, version),
    async *history(options = {}) {
      const { version: newest } = await refresh()
      const oldest = Math.max(0, newest + 1 - (options.limit ?? Infinity))
      for (let version = newest; version >= oldest; version--) {
        const commit = await readCommitFile(log, version)
        if (!commit) return
        yield commit
      }
    },
    checkpoint: async () => {
      await refresh()
      return checkpoint()
    },
    async checkpointIfDue() {
      const isDue =
        state.snapshot.version - state.checkpointVersion >= CHECKPOINT_COMMITS ||
        state.bytesSinceCheckpoint > CHECKPOINT_BYTES
      return isDue && checkpoint()
    },
  }

  async function atVersion(version: number, newest: Snapshot): Promise<Snapshot | undefined> {
    if (version === newest.version) return newest
    if (!Number.isSafeInteger(version) || version < 0 || version > newest.version) return undefined
    return readVersion(log, version, engine)
  }
}

/**
 * The newest version committed at or before a time; undefined when every commit still there is younger.
 *
 * Clocks of writers differ: a commit counts as made at least 1 ms after the one before it.
 */
async function versionAt(log: Log, timestampMs: number, times: Map<number, number>): Promise<number | undefined> {
  let previous = -Infinity
  let found: number | undefined
  for (const version of (await listLog(log)).commits) {
    const own = times.get(version) ?? (await readCommitFile(log, version))?.timestampMs
    if (own === undefined) continue
    times.set(version, own)
    previous = Math.max(own, previous + 1)
    if (previous > timestampMs) break
    found = version
  }
  return found
}
