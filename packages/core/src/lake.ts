import { statSync } from 'node:fs'
import type { QueryEngine } from './engine/query-engine.ts'
import { TraillakeError } from './errors/index.ts'
import { compactLake } from './lake/compact/compact.ts'
import { importAndCompact } from './lake/compact/import-and-compact.ts'
import type { CompactOptions, CompactReport } from './lake/compact/types.ts'
import {
  type LakeDocuments,
  lakeDocuments,
  type ReceivedFiles,
  receivedFiles,
  type SavedResults,
  savedResults,
} from './lake/control.ts'
import { listImports, showImport } from './lake/imports/list-imports.ts'
import type { Imports } from './lake/imports/types.ts'
import { undoImport } from './lake/imports/undo.ts'
import { createLakeContext } from './lake/lake-context.ts'
import { openLakeFile } from './lake/lake-file.ts'
import { listQuarantine, showQuarantined } from './lake/quarantine/entries.ts'
import { retryQuarantine } from './lake/quarantine/retry.ts'
import type { Quarantine } from './lake/quarantine/types.ts'
import {
  createEventDataStore,
  deleteEventDataStore,
  getEventDataStore,
  listEventDataStores,
  updateEventDataStore,
} from './lake/stores.ts'
import type {
  CreateEventDataStoreOptions,
  EventDataStore,
  EventDataStoreChange,
  EventTimes,
  ImportOptions,
  ImportReport,
  StoreDescription,
  WatchOptions,
} from './lake/types.ts'
import { type UpgradeOptions, type UpgradeReport, upgradeLake } from './lake/upgrade.ts'
import type { VacuumOptions, VacuumReport } from './lake/vacuum/types.ts'
import { vacuumLake } from './lake/vacuum/vacuum.ts'
import type { VerifyOptions, VerifyReport } from './lake/verify/types.ts'
import { verifyLake } from './lake/verify/verify.ts'
import { watchLogs } from './lake/watch.ts'
import { askQuery } from './query/ask-query.ts'
import { queryFolders } from './query/data-paths.ts'
import { describeStore, eventTimes } from './query/describe-store.ts'
import { explainQuery, type QueryExplanation } from './query/explain-query.ts'
import { createHistory, type History } from './query/history/history.ts'
import { pinnedVersions } from './query/history/pinned-versions.ts'
import { createSavedQueries, type SavedQueries } from './query/history/saved-queries.ts'
import { createLakeViews, type LakeViews } from './query/lake-views.ts'
import { type Isolation, openEngine as openLakeEngine } from './query/open-engine.ts'
import { createPlanContext } from './query/plan-query.ts'
import { type PreparedQuery, prepareQuery } from './query/prepare-query.ts'
import type { QueryContext } from './query/run-query.ts'
import type { QueryOptions, QueryResult } from './query/types.ts'
import { type WarmOptions, type WarmReport, warmCache } from './query/warm-cache.ts'
import { type WriteParquetOptions, type WrittenResult, writeParquet } from './query/write-parquet.ts'
import type { Catalog } from './sql/catalog.ts'
import {
  cacheFolder,
  type ObjectStore,
  openMirror,
  openObjectStore,
  type S3Options,
  withFileCache,
  withMirror,
} from './storage/index.ts'

export interface OpenLakeOptions {
  /** Makes the lake when there is none. Default: LAKE_NOT_FOUND. */
  readonly create?: boolean
  /** Writes nothing at all. */
  readonly readOnly?: boolean
  /** Bytes that queries may hold together before they spill or fail; default 1 GB. */
  readonly memoryBytes?: number
  /** Threads for queries; default: one a core. */
  readonly threads?: number
  /** The account that ARNs name, twelve digits; default 000000000000. Fixed when the lake is made. */
  readonly accountId?: string
  /** The region that ARNs name; default us-east-1. Fixed when the lake is made. */
  readonly region?: string
  /**
   * `process`: each query runs in an engine process, started on demand, so that one that brings its engine down fails alone. Default `none`:
   * all run in this process.
   */
  readonly isolation?: Isolation
  /** Bytes on disk that queries may spill; default: what the disk has. Then EXCEEDED_SPILL_LIMIT. */
  readonly tempBytes?: number
  /** Where queries spill, and where files lie on their way to and from a lake in S3; default: the system's temporary folder. */
  readonly tempDirectory?: string
  /** How to reach a lake in S3, and sources there unless an import says otherwise; what is absent comes from the environment. */
  readonly s3?: S3Options
  /** Of a lake in S3: where copies of data files stay for the next query; default: `traillake` in the user's cache folder. May be shared. */
  readonly cacheDirectory?: string
  /** Of a lake in S3: beyond this the copies not used for longest go, but none that was used within the hour; default 10 GB. */
  readonly cacheBytes?: number
  /**
   * Of a lake in S3: nothing is asked of S3. Queries see the lake as it was when it was read last, and answer from what the cache has, else
   * NOT_CACHED. Implies `readOnly`.
   */
  readonly offline?: boolean
}

/** A lake: event data stores, what is imported into them, and queries over them. Safe to share; close it when done. */
export interface Lake extends AsyncDisposable {
  /** The folder, absolute, or `s3://bucket/prefix`. */
  readonly location: string
  /** The account and region that ARNs of this lake's stores name. */
  readonly accountId: string
  readonly region: string
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string
  readonly readOnly: boolean
  /** Errors: EVENT_DATA_STORE_EXISTS, INVALID_EVENT_DATA_STORE_NAME, INVALID_EVENT_SELECTORS, INVALID_OPTION, LAKE_READ_ONLY. */
  createEventDataStore(options: CreateEventDataStoreOptions): Promise<EventDataStore>
  /** In the order of their creation. */
  listEventDataStores(): Promise<readonly EventDataStore[]>
  /** @param store name (letter case does not count), id or ARN. Throws EVENT_DATA_STORE_NOT_FOUND. */
  getEventDataStore(store: string): Promise<EventDataStore>
  /** Changes that are a function see the newest state and are one atomic step with it. */
  updateEventDataStore(store: string, changes: EventDataStoreChange): Promise<EventDataStore>
  /** Throws TERMINATION_PROTECTED for a protected store. Files stay until they are vacuumed. */
  deleteEventDataStore(store: string): Promise<EventDataStore>
  /** What a store holds, from its log alone: counts, times, columns. */
  describe(store: string): Promise<StoreDescription>
  /** Its version, and the times of its first and last event, from its log alone: where nothing changed, one look at the log. */
  eventTimes(store: string): Promise<EventTimes>
  /**
   * Reads log files into a store and accounts for every record: `read = kept + duplicate + filtered + quarantined`.
   *
   * @param source folders, files, `s3://bucket/prefix`, or several of them
   */
  import(source: string | readonly string[], options: ImportOptions): Promise<ImportReport>
  /**
   * Imports what is new, again and again, until the signal is aborted or the lake is closed. What only the outside can mend (network,
   * rights, credentials) is told to `onRound` and tried again; other errors of `import` end it.
   */
  watch(source: string | readonly string[], options: WatchOptions): Promise<void>
  /**
   * Checks that every event is there that was imported, and is what its raw file says; writes nothing. What is wrong is in
   * the report.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  /** What was imported, by import, and taking it back. */
  readonly imports: Imports
  /** What could not become events, and reading it again. */
  readonly quarantine: Quarantine
  /**
   * Joins the small files of each partition into one: queries need fewer files, answers stay the same. Never removes or changes
   * a row. Safe beside imports, queries and other compactors; memory does not grow with the files.
   *
   * Errors: EVENT_DATA_STORE_NOT_FOUND, INVALID_OPTION, LAKE_READ_ONLY, CANCELLED, and those of the storage. Damaged files stay
   * as they are and are in the report.
   */
  compact(options?: CompactOptions): Promise<CompactReport>
  /**
   * Deletes files that no version of the last `graceHours` (168 unless told) names, expired parts of the log, and the files of
   * deleted stores. Versions that remembered queries read stay readable.
   *
   * Errors: EVENT_DATA_STORE_NOT_FOUND, INVALID_OPTION, LAKE_READ_ONLY, CANCELLED, and those of the storage.
   */
  vacuum(options?: VacuumOptions): Promise<VacuumReport>
  /** Brings format and columns of the lake to what this release writes. Adds only; does nothing when there is nothing to add. */
  upgrade(options?: UpgradeOptions): Promise<UpgradeReport>
  /**
   * Answers one query in Lake SQL. Rows come as they are taken.
   *
   * Errors of the text carry Trino's code, message and place.
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>
  /**
   * Answers one query into a Parquet file, written by the engine: rows never pass through JavaScript. The file appears whole, in place of
   * one that was there; whatever fails leaves nothing behind.
   *
   * Errors: those of `query`, NOT_SUPPORTED for types that Parquet does not have, and those of writing a file.
   */
  writeParquet(path: string, sql: string, options?: WriteParquetOptions): Promise<WrittenResult>
  /** State that programs around the lake share through it. */
  readonly documents: LakeDocuments
  /** Answers kept in the lake. */
  readonly results: SavedResults
  /** Raw files that came over a wire. */
  readonly received: ReceivedFiles
  /**
   * Reads a query once, to ask it many times with other values for its `?`.
   *
   * @param options `placeholders`: the stores that `$NAME` stand for
   */
  prepare(sql: string, options?: Pick<QueryOptions, 'placeholders'>): Promise<PreparedQuery>
  /** What a query would read and why, without running it: bounds, files kept of files known, the engine's SQL. */
  explain(sql: string, options?: Pick<QueryOptions, 'placeholders' | 'parameters'>): Promise<QueryExplanation>
  /**
   * Fetches what queries will need of a lake in S3 into the cache: data files by time and by columns, all unless told otherwise. Does nothing
   * for a lake on disk.
   *
   * Errors: EVENT_DATA_STORE_NOT_FOUND, COLUMN_NOT_FOUND, CANCELLED, and those of the storage.
   */
  warmCache(options?: WarmOptions): Promise<WarmReport>
  /** Queries that were run with `remember`, and whether they would still give the same rows. */
  readonly history: History
  /** Queries by name, for everybody who uses the lake. */
  readonly savedQueries: SavedQueries
  /** Queries that can be named in FROM. */
  readonly views: LakeViews
  /** Engine processes that were lost while they had a query; always 0 where queries run in this process. */
  readonly engineRestarts: number
  /** What queries can name at this moment: for `translate` and `complete` of `@traillake/core/sql`. */
  catalog(): Promise<Catalog>
  /** Stops what runs and frees everything. Safe to call again. */
  close(): Promise<void>
}

const DEFAULT_MEMORY = 1_000_000_000
/** Below this not even a footer can be read. */
const LEAST_MEMORY = 16_000_000

/**
 * Opens the lake in a folder or under `s3://bucket/prefix`.
 *
 * Errors: LAKE_NOT_FOUND, LAKE_FORMAT_NEWER, UNSUPPORTED_STORAGE, INVALID_OPTION, LAKE_READ_ONLY, and those of the storage.
 */
export async function openLake(location: string, given: OpenLakeOptions = {}): Promise<Lake> {
  checkOptions(location, given)
  const options = given.offline ? { ...given, create: false, readOnly: true } : given
  const storageOptions = options.s3 ? { s3: options.s3 } : {}
  const storage = withCopies(await openObjectStore(location, storageOptions), options)
  const file = await openLakeFile(storage, options)
  for (const name of ['accountId', 'region'] as const) {
    const given = options[name]
    if (given !== undefined && given !== file[name]) {
      throw new TraillakeError('INVALID_OPTION', { option: name, reason: `is ${file[name]} in this lake for good` })
    }
  }
  const lake = createLakeContext(storage, file, {
    storageOptions,
    ...(options.readOnly ? { readOnly: true } : {}),
    ...(options.tempDirectory === undefined ? {} : { tempDirectory: options.tempDirectory }),
  })
  let engine: Promise<QueryEngine> | undefined
  let opened: QueryEngine | undefined
  let closing: Promise<void> | undefined

  const openEngine = (): Promise<QueryEngine> => {
    requireOpen()
    if (engine) return engine
    const opening = openLakeEngine(options.isolation ?? 'none', {
      allowedDirectories: queryFolders(lake),
      memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      ...(options.tempDirectory === undefined ? {} : { tempRoot: options.tempDirectory }),
      ...(options.tempBytes === undefined ? {} : { tempBytes: options.tempBytes }),
    })
    engine = opening
    // One that could not be opened is tried again by the next query.
    opening.then(
      (ready) => {
        opened = ready
      },
      () => {
        engine = undefined
      },
    )
    return opening
  }
  const queries: QueryContext = { ...createPlanContext(lake), engine: openEngine }
  const requireOpen = () => {
    if (closing) throw new TraillakeError('LAKE_CLOSED', {})
  }
  const close = () => {
    closing ??= (async () => {
      // An engine that failed to open has nothing to close.
      await (await engine?.catch(() => undefined))?.close()
      await lake.close()
    })()
    return closing
  }
  /** Every method refuses a closed lake. */
  const whileOpen =
    <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      requireOpen()
      return work(...args)
    }

  return {
    location: storage.location,
    accountId: file.accountId,
    region: file.region,
    partition: file.partition,
    readOnly: options.readOnly ?? false,
    createEventDataStore: whileOpen((create) => createEventDataStore(lake, create)),
    listEventDataStores: whileOpen(() => listEventDataStores(lake)),
    getEventDataStore: whileOpen((store) => getEventDataStore(lake, store)),
    updateEventDataStore: whileOpen((store, changes) => updateEventDataStore(lake, store, changes)),
    deleteEventDataStore: whileOpen((store) => deleteEventDataStore(lake, store)),
    describe: whileOpen(async (store) => describeStore(lake, await getEventDataStore(lake, store))),
    eventTimes: whileOpen(async (store) => eventTimes(lake, await getEventDataStore(lake, store))),
    import: whileOpen((source, importOptions) => importAndCompact(lake, source, importOptions)),
    watch: whileOpen((source, watchOptions) => watchLogs(lake, source, watchOptions)),
    verify: whileOpen((verifyOptions) => verifyLake(lake, verifyOptions)),
    imports: {
      list: whileOpen((options) => listImports(lake, options)),
      show: whileOpen((id, options) => showImport(lake, id, options)),
      undo: whileOpen((id, options) => undoImport(lake, id, options)),
    },
    quarantine: {
      async *list(options) {
        requireOpen()
        yield* listQuarantine(lake, options)
      },
      show: whileOpen((id, options) => showQuarantined(lake, id, options)),
      retry: whileOpen((options) => retryQuarantine(lake, options)),
    },
    compact: whileOpen((compactOptions?: CompactOptions) => compactLake(lake, compactOptions)),
    vacuum: whileOpen(async (vacuumOptions?: VacuumOptions) =>
      vacuumLake(lake, { ...vacuumOptions, keep: [...(await pinnedVersions(lake)), ...(vacuumOptions?.keep ?? [])] }),
    ),
    upgrade: whileOpen((upgradeOptions?: UpgradeOptions) => upgradeLake(lake, upgradeOptions)),
    query: whileOpen((sql, queryOptions) => askQuery(queries, sql, queryOptions)),
    writeParquet: whileOpen((path, sql, writeOptions) => writeParquet(queries, path, sql, writeOptions)),
    prepare: whileOpen(async (sql, prepareOptions) => prepareQuery(queries, sql, prepareOptions)),
    explain: whileOpen((sql, explainOptions) => explainQuery(queries, sql, explainOptions ?? {})),
    documents: lakeDocuments(lake),
    results: savedResults(lake),
    received: receivedFiles(lake),
    warmCache: whileOpen((warmOptions) => warmCache(queries, warmOptions)),
    history: createHistory(queries, requireOpen),
    savedQueries: createSavedQueries(lake, requireOpen),
    views: createLakeViews(queries, requireOpen),
    get engineRestarts() {
      return opened?.restarts ?? 0
    },
    catalog: whileOpen(() => queries.catalog()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const DEFAULT_CACHE_BYTES = 10_000_000_000

/** Queries read local files: what they read of a lake elsewhere stays for the next query and the next process. */
function withCopies(storage: ObjectStore, options: OpenLakeOptions): ObjectStore {
  if (storage.localPath('any') !== undefined) return storage
  const folder = cacheFolder(options)
  const cache = { folder, maxBytes: options.cacheBytes ?? DEFAULT_CACHE_BYTES }
  if (options.offline) return withFileCache(openMirror(storage, folder), cache)
  return withMirror(withFileCache(storage, cache), folder)
}

const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  'create',
  'readOnly',
  'memoryBytes',
  'threads',
  'accountId',
  'region',
  'tempDirectory',
  'tempBytes',
  'isolation',
  's3',
  'cacheDirectory',
  'cacheBytes',
  'offline',
])

function checkOptions(location: string, options: OpenLakeOptions): void {
  const refuse = (option: string, reason: string) => new TraillakeError('INVALID_OPTION', { option, reason })
  if (typeof location !== 'string' || location === '') throw refuse('location', 'must name a folder')
  const unknown = Object.keys(options).find((name) => !KNOWN_OPTIONS.has(name))
  if (unknown !== undefined) throw refuse(unknown, 'is not known')
  const { memoryBytes, threads, tempDirectory, tempBytes, isolation, cacheDirectory, cacheBytes } = options
  if (cacheDirectory !== undefined && (typeof cacheDirectory !== 'string' || cacheDirectory === ''))
    throw refuse('cacheDirectory', 'must name a folder')
  if (cacheBytes !== undefined && !(Number.isSafeInteger(cacheBytes) && cacheBytes >= 0))
    throw refuse('cacheBytes', 'must be a whole number from 0')
  if (isolation !== undefined && isolation !== 'none' && isolation !== 'process')
    throw refuse('isolation', "must be 'none' or 'process'")
  if (tempBytes !== undefined && !(Number.isSafeInteger(tempBytes) && tempBytes >= 0))
    throw refuse('tempBytes', 'must be a whole number from 0')
  if (memoryBytes !== undefined && !(Number.isFinite(memoryBytes) && memoryBytes >= LEAST_MEMORY)) {
    throw refuse('memoryBytes', `must be at least ${LEAST_MEMORY}`)
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw refuse('threads', 'must be a whole number from 1')
  }
  if (tempDirectory !== undefined && !statSync(tempDirectory, { throwIfNoEntry: false })?.isDirectory()) {
    throw refuse('tempDirectory', 'must be a folder that is there')
  }
  for (const name of ['create', 'readOnly', 'offline'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') throw refuse(name, 'must be true or false')
  }
}
