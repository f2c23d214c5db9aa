import { availableParallelism } from 'node:os'
import { TraillakeError } from '../../errors/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import { EVENT_STATISTICS, LEDGER_STATISTICS } from '../file-stats.ts'
import { cleanStaging, openStaging } from '../import/staging.ts'
import type { LakeContext } from '../lake-context.ts'
import { projectLedger } from '../ledger.ts'
import { getEventDataStore, listEventDataStores } from '../stores.ts'
import type { EventDataStore } from '../types.ts'
import { type CompactSubject, compactTable, previewTable } from './compact-table.ts'
import { createMergeWorkers, type MergeWorkers } from './merge-workers.ts'
import type { CompactRule } from './plan.ts'
import type { CompactFailure, CompactOptions, CompactReport } from './types.ts'

const DEFAULT_TARGET = 512_000_000
const LEAST_TARGET = 1_000_000
const DEFAULT_MEMORY = 1_000_000_000
const MIN_MEMORY = 256_000_000
/** An engine that sorts and writes a row group takes somewhat more than it is told to. */
const MEMORY_PER_WORKER = 1_000_000_000
const ENGINE_SHARE = 0.4

const COMPACT_OPTIONS = [
  'stores',
  'dryRun',
  'targetBytes',
  'minFiles',
  'memoryBytes',
  'workers',
  'onProgress',
  'signal',
] as const satisfies readonly (keyof CompactOptions)[]

/**
 * Joins the small files of each partition into one, in the events table and in the ledger.
 *
 * No row is removed or changed, no answer differs, and versions from before can still be read until `vacuum` removes their
 * files. Row groups of 32,768 rows, with bloom filters, follow each other by account, region and time. Each commit is whole: a
 * stop at any moment loses unfinished work only. Safe beside imports, queries and other compactors.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND, INVALID_OPTION, LAKE_READ_ONLY, CANCELLED, STORAGE_FULL and others of the storage,
 * TABLE_FEATURE_UNSUPPORTED. Damaged files are no error: they are in the report and stay where they are.
 */
export function compactLake(lake: LakeContext, options: CompactOptions = {}): Promise<CompactReport> {
  try {
    checkOptions(options)
  } catch (error) {
    return Promise.reject(error)
  }
  return lake.track(compactAll(lake, options, false))
}

/** Small files of a partition from which on an import joins them. */
export const AUTOMATIC_FILES = 8

/**
 * What an import does when it has committed: partitions of the store with at least `AUTOMATIC_FILES` small files are compacted,
 * leaving out files more than twice as large as all smaller ones together, so that a growing day is not written again for every
 * few events.
 */
export function compactAfterImport(
  lake: LakeContext,
  store: EventDataStore,
  options: Pick<CompactOptions, 'memoryBytes' | 'signal'>,
): Promise<CompactReport> {
  const all = { ...options, stores: [store.id], minFiles: AUTOMATIC_FILES }
  return lake.track(compactAll(lake, all, true))
}

async function compactAll(lake: LakeContext, options: CompactOptions, tiered: boolean): Promise<CompactReport> {
  const startedMs = Date.now()
  const dryRun = options.dryRun ?? false
  if (!dryRun) await lake.requireWritable('compact')
  const rule: CompactRule = {
    targetBytes: options.targetBytes ?? DEFAULT_TARGET,
    minFiles: options.minFiles ?? 2,
    tiered,
  }
  const stores = options.stores
    ? await Promise.all(options.stores.map((name) => getEventDataStore(lake, name)))
    : await listEventDataStores(lake)
  const memory = options.memoryBytes ?? DEFAULT_MEMORY
  const fitting = Math.max(1, Math.floor(memory / MEMORY_PER_WORKER))
  const count = options.workers ?? Math.min(availableParallelism(), fitting)
  const workers = createMergeWorkers({
    count,
    engineMemoryBytes: Math.floor((memory / count) * ENGINE_SHARE),
    scratch: lake.engine.scratch,
  })
  const failures: CompactFailure[] = []
  const done: CompactReport['stores'][number][] = []
  try {
    for (const store of new Map(stores.map((one) => [one.id, one])).values()) {
      const [events, sources] = await subjectsOf(lake, store)
      const run = { lake, store, rule, workers, options, failures }
      done.push(await compactStore(run, events, sources, dryRun))
    }
  } finally {
    await workers.close()
  }
  return { dryRun, stores: done, failures, elapsedMs: Date.now() - startedMs }
}

interface StoreRun {
  readonly lake: LakeContext
  readonly store: EventDataStore
  readonly rule: CompactRule
  readonly workers: MergeWorkers
  readonly options: CompactOptions
  readonly failures: CompactFailure[]
}

async function compactStore(
  { lake, store, rule, workers, options, failures }: StoreRun,
  events: CompactSubject,
  sources: CompactSubject,
  dryRun: boolean,
): Promise<CompactReport['stores'][number]> {
  if (dryRun) {
    const preview = async (subject: CompactSubject) => previewTable(subject, await subject.table.refresh(), rule)
    return { store, events: await preview(events), sources: await preview(sources) }
  }
  const checkStopped = () => {
    if (options.signal?.aborted || lake.closing.aborted) {
      throw new TraillakeError('CANCELLED', { what: 'the compaction' }, { hint: 'what was committed stays' })
    }
  }
  await cleanStaging(lake, store.id)
  await projectLedger(events.table, sources.table)
  const staging = openStaging(lake, store.id)
  try {
    const run = {
      lake,
      storeName: store.name,
      rule,
      workers,
      staging: staging.folder,
      failures,
      checkStopped,
      onProgress: options.onProgress ?? (() => undefined),
      onPlanned: (table: CompactSubject['name'], plan: { files: number; bytes: number; outputs: number }) =>
        options.onProgress?.({ kind: 'planned', store, table, ...plan }),
    }
    const compacted = await compactTable(run, events)
    return { store, events: compacted, sources: await compactTable(run, sources) }
  } finally {
    await staging.remove()
  }
}

async function subjectsOf(
  lake: LakeContext,
  store: EventDataStore,
): Promise<readonly [CompactSubject, CompactSubject]> {
  return [
    {
      name: 'events',
      table: await lake.eventsTable(store.id),
      order: ['recipientaccountid', 'awsregion', 'eventtime'],
      identity: ['eventid', '_source', '_record'],
      statistics: EVENT_STATISTICS,
    },
    {
      name: 'sources',
      table: await lake.sourcesTable(store.id),
      order: ['source_key', 'imported_at'],
      identity: ['source_id', 'etag', 'sha256', 'import_id', 'read', 'kept', 'duplicate', 'filtered', 'quarantined'],
      statistics: LEDGER_STATISTICS,
    },
  ]
}

function checkOptions(options: CompactOptions): void {
  checkKnownOptions(options, COMPACT_OPTIONS)
  const { stores, targetBytes, minFiles, memoryBytes, workers } = options
  if (stores !== undefined && !(Array.isArray(stores) && stores.every((name) => typeof name === 'string'))) {
    throw invalidOption('stores', 'must be a list of names')
  }
  const atLeast = (option: string, value: number | undefined, least: number, isWhole: boolean) => {
    if (value === undefined) return
    if (!Number.isFinite(value) || value < least || (isWhole && !Number.isInteger(value))) {
      throw invalidOption(option, `must be ${isWhole ? 'a whole number from' : 'at least'} ${least}`)
    }
  }
  atLeast('targetBytes', targetBytes, LEAST_TARGET, false)
  atLeast('minFiles', minFiles, 2, true)
  atLeast('memoryBytes', memoryBytes, MIN_MEMORY, false)
  atLeast('workers', workers, 1, true)
}
