import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { TraillakeError } from '../../errors/index.ts'
import { checkBasicSelectors } from '../../events/index.ts'
import { decodePath, type Snapshot } from '../../table/index.ts'
import { checkSource } from '../check-options.ts'
import { saveImportSelectors } from '../imports/import-selectors.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import { importCommitOf, ledgerFiles, projectLedger } from '../ledger.ts'
import { createLocalCopies } from '../local-file.ts'
import { partitionColumns } from '../store-layout.ts'
import { findEventDataStore } from '../stores.ts'
import type { ImportOptions, ImportReport, TrailFilter } from '../types.ts'
import { checkpoint, giveAdvice } from './after-import.ts'
import { type Archives, openArchives } from './archives.ts'
import { createBatchWorker } from './batch-worker.ts'
import { type CommitContext, commitBatch, REDO } from './commit-batch.ts'
import { discover, type ImportSource, isElsewhere, openImportSource } from './discover.ts'
import { createFetcher, planReads } from './fetch-files.ts'
import { checkImportOptions } from './import-options.ts'
import { withKeyList } from './key-list.ts'
import { copiedSources, knownFiles, knownSources } from './known-sources.ts'
import { ownKeys } from './own-keys.ts'
import { runPipeline } from './pipeline.ts'
import { planBatches } from './plan-batches.ts'
import type { BatchWorker, SourceFile, WorkerSettings } from './protocol.ts'
import { isResultFile, verifyQueryResults } from './query-results.ts'
import { readFetched } from './read-fetched.ts'
import { createReport, type ReportBuilder } from './report.ts'
import { planResources, type Resources } from './resources.ts'
import { cleanStaging, openDryStaging, openStaging, type Staging } from './staging.ts'
import { type ImportTarget, openTarget } from './target.ts'
import { startThread, type WorkerThread } from './thread-worker.ts'
import { trailFilterOf } from './trail-filter.ts'
import { openTrailProgress, type TrailProgress } from './trail-progress.ts'

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

/**
 * Reads raw log files into an event data store and accounts for every record of them.
 *
 * Files that the ledger knows in their very state are not read again. Each batch is one commit, so what was committed before
 * a failure, a cancellation or a kill stays, and the same import run again does the rest.
 *
 * @param from folders or files: paths, `file:` URIs, or `s3://bucket/prefix`
 * Errors: SOURCE_NOT_FOUND, NO_LOG_FILES, EVENT_DATA_STORE_NOT_FOUND, INVALID_EVENT_DATA_STORE_NAME, INVALID_OPTION,
 * INVALID_EVENT_SELECTORS, LAKE_READ_ONLY, CANCELLED, ACCOUNTING_MISMATCH, and those of the storage. Files that cannot be read are no error: they are
 * in the report.
 */
export function importLogs(
  lake: LakeContext,
  from: string | readonly string[],
  options: ImportOptions,
  tuning: ImportTuning = {},
): Promise<ImportReport> {
  try {
    checkImportOptions(options)
    if (!tuning.sources) checkSource(from)
  } catch (error) {
    return Promise.reject(error)
  }
  const signal = AbortSignal.any(options.signal ? [options.signal, lake.closing] : [lake.closing])
  // Every read of a file elsewhere listens.
  setMaxListeners(0, signal)
  return lake.track(importAll(lake, from, { ...options, signal }, tuning))
}

async function importAll(
  lake: LakeContext,
  from: string | readonly string[],
  options: ImportOptions & { readonly signal: AbortSignal },
  tuning: ImportTuning,
): Promise<ImportReport> {
  const startedMs = Date.now()
  const resources = planResources(options, tuning.batchBytes)
  if (options.eventSelectors) checkBasicSelectors(options.eventSelectors)
  const dryRun = options.dryRun ?? false
  if (!dryRun) await lake.requireWritable('import')
  const names = typeof from === 'string' ? [from] : from
  const storage = sourceStorage(lake, options)
  const opened = tuning.sources ?? (await Promise.all(names.map((name) => openImportSource(name, storage))))
  const sources = options.keys === undefined ? opened : await withKeyList(lake, opened, options.keys, storage)
  // Into a new store all files are to be read: the threads can get ready while they are looked for.
  const isNew = !tuning.inline && !(await findEventDataStore(lake, options.into))
  const threads = isNew ? startThreads(resources.workers) : []
  try {
    return await importFrom({ lake, options, tuning, resources, sources, threads, startedMs })
  } finally {
    await Promise.all(threads.map((thread) => thread.close()))
  }
}

interface Plan {
  readonly lake: LakeContext
  readonly options: ImportOptions & { readonly signal: AbortSignal }
  readonly tuning: ImportTuning
  readonly resources: Resources
  readonly sources: readonly ImportSource[]
  /** Threads that wait for work; none when it is not clear yet that there is any. */
  readonly threads: readonly WorkerThread[]
  readonly startedMs: number
}

async function importFrom(plan: Plan): Promise<ImportReport> {
  const { lake, options, sources } = plan
  const dryRun = options.dryRun ?? false
  const filter = trailFilterOf(options)
  const progress = await openProgress(plan)
  const found = await discover(sources, {
    isOwn: ownKeys(lake.storage),
    filter,
    startOf: progress.startOf,
    signal: options.signal,
  })
  if (found.files.length === 0) {
    throw new TraillakeError('NO_LOG_FILES', { source: sources.map((source) => source.name).join(', ') })
  }
  const verify = (files: readonly SourceFile[]) =>
    verifyQueryResults(files, found.files, sources, options.queryResults ?? {})
  const isNew = !(await findEventDataStore(lake, options.into))
  // No store is made for what is refused.
  const listed = isNew ? await verify(found.files) : found.files
  const target = await openTarget(lake, options)
  if (target.isNew) options.onProgress?.({ kind: 'store-created', store: target.store })
  if (!dryRun) await cleanStaging(lake, target.store.id)
  const { version: knownVersion } = await target.events.refresh()
  const ledger = await ledgerKeys(target, dryRun)
  const known = await knownFiles(lake, ledger, listed)
  const unknown = listed.filter((file) => !known.has(file))
  const fresh = isNew ? unknown : await verify(unknown)
  if (options.queryResults?.unverified && fresh.some((file) => isResultFile(file.key))) {
    options.onProgress?.({ kind: 'advice', message: 'signatures of query results are NOT verified' })
  }
  const importId = randomUUID()
  const report = createReport({
    importId,
    store: target.store,
    dryRun,
    startedMs: plan.startedMs,
    skipped: found.skipped,
    alreadyImported: known.size,
  })
  const isPlan = dryRun && sources.some(isElsewhere) && !plan.tuning.inline
  if (isPlan || fresh.length === 0) tellDiscovered(fresh, report, options)
  if (isPlan) {
    return { ...report.finish(target.events.current().version), planned: planReads(fresh, found.requests) }
  }
  if (fresh.length > 0) await importFresh({ ...plan, target, knownVersion, ledger, importId, report }, fresh, filter)
  if (!dryRun && report.unread === 0) {
    await progress.save(target.store.id, found, fresh.length, () => ledgerKeys(target, false))
  }
  const finished = report.finish(target.events.current().version)
  const oldestMs = fresh.reduce((oldest, file) => Math.min(oldest, file.modifiedMs), Number.POSITIVE_INFINITY)
  return fresh.length === 0 ? finished : { ...finished, lagMs: Math.max(0, Date.now() - oldestMs) }
}

function tellDiscovered(files: readonly SourceFile[], report: ReportBuilder, { onProgress }: ImportOptions): void {
  report.expect(files)
  onProgress?.({
    kind: 'discovered',
    files: files.length + report.filesAlreadyImported,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    alreadyImported: report.filesAlreadyImported,
    folders: report.folders,
  })
}

interface Prepared extends Plan {
  readonly target: ImportTarget
  /** The version of the events table up to which files that were imported before are left out. */
  readonly knownVersion: number
  /** Keys of the ledger's files as of that version. */
  readonly ledger: readonly string[]
  readonly importId: string
  readonly report: ReportBuilder
}

/** Imports files that the ledger does not know, and the members of archives among them. */
async function importFresh(prepared: Prepared, fresh: readonly SourceFile[], filter: TrailFilter): Promise<void> {
  const { lake, target, options, sources, ledger, report, importId } = prepared
  const dryRun = options.dryRun ?? false
  const staging = dryRun ? openDryStaging(lake.engine.scratch) : openStaging(lake, target.store.id)
  try {
    const archives = await openArchives(fresh, {
      sources,
      folder: staging.folder,
      filter,
      known: (members) => knownFiles(lake, ledger, members),
      signal: options.signal,
    })
    try {
      const { files } = archives
      report.addSkipped(archives.skipped)
      report.addAlreadyImported(archives.alreadyImported)
      tellDiscovered(files, report, options)
      if (!dryRun && options.eventSelectors) {
        await saveImportSelectors(lake.storage, importId, options.eventSelectors)
      }
      await runImport({ ...prepared, files, archives, copies: await copiedSources(lake, ledger), staging })
    } finally {
      await archives.close()
    }
  } finally {
    await staging.remove()
  }
}

/** What is known of the folders of trails elsewhere; of local folders nothing is kept. */
async function openProgress({ lake, options, sources }: Plan): Promise<TrailProgress> {
  const store = sources.some(isElsewhere) ? await findEventDataStore(lake, options.into) : undefined
  const ledger = async (id: string) =>
    ledgerKeys({ events: await lake.eventsTable(id), sources: await lake.sourcesTable(id) }, options.dryRun ?? false)
  return openTrailProgress(lake, store?.id, sources, () => ledger(store!.id), options)
}

interface Run extends Prepared {
  readonly files: readonly SourceFile[]
  readonly archives: Archives
  /** Ids of source files of which the store holds copies in another form than that of trails. */
  readonly copies: ReadonlySet<string>
  readonly staging: Staging
}

async function runImport(run: Run): Promise<void> {
  const { lake, target, options, tuning, report } = run
  const { signal } = options
  const dryRun = options.dryRun ?? false
  const batches = [...planBatches(run.files, run.resources.limits)]
  const workers = startWorkers(run, batches)
  const stop = () => void closeAll(workers)
  signal.addEventListener('abort', stop, { once: true })
  const cancelled = () =>
    new TraillakeError(
      'CANCELLED',
      { what: 'the import' },
      { hint: 'run the same import again to continue: what was committed stays' },
    )
  const checkStopped = () => {
    if (signal.aborted) throw cancelled()
  }
  const context: CommitContext = {
    lake,
    store: target.store,
    importId: run.importId,
    events: target.events,
    sources: target.sources,
    staging: run.staging.folder,
    partitionColumns: partitionColumns(target.store.layout),
    written: new Set(),
  }
  const copies = new Set(run.copies)
  try {
    checkStopped()
    await runPipeline(batches.values(), {
      workers,
      events: target.events,
      dryRun,
      localPaths: createLocalCopies(lake.storage, run.staging.folder),
      checkStopped,
      copies: () => copies,
      isOwn: (key) => context.written.has(key),
      isOvertaken: dryRun ? async () => false : watchOthers(run),
      async remaining(files) {
        const ledger = await ledgerKeys(target, false)
        const known = await knownSources(lake, ledger, files)
        for (const id of await copiedSources(lake, ledger)) copies.add(id)
        report.addAlreadyImported(known.size)
        return files.filter((file) => !known.has(file))
      },
      async commit(result, counts, base: Snapshot) {
        if (!dryRun) {
          const committed = await commitBatch(context, result, counts, base)
          if (committed === REDO) return 'redo'
          if (committed) {
            await projectLedger(target.events, target.sources)
            options.onProgress?.({ kind: 'committed', version: committed.version })
          }
        }
        report.add(result, counts)
        for (const { file, form } of result.files) if (form !== undefined) copies.add(file.sourceId)
        for (const { file, status, code = '', reason = '' } of result.files) {
          if (status === 'failed' || status === 'unread') {
            options.onProgress?.({ kind: 'file-failed', source: file.uri, code, reason })
            if (status === 'unread') tuning.onUnread?.(file.uri, reason)
          }
        }
        options.onProgress?.({
          kind: 'progress',
          filesDone: report.filesDone,
          bytesDone: report.bytesDone,
          foldersDone: report.foldersDone,
          ...report.counts,
        })
        return 'committed'
      },
    })
    if (!dryRun) await checkpoint(run)
    giveAdvice(run)
  } catch (error) {
    throw signal.aborted ? cancelled() : error
  } finally {
    signal.removeEventListener('abort', stop)
    await closeAll(workers)
  }
}

function startWorkers(run: Run, batches: readonly (readonly SourceFile[])[]): readonly BatchWorker[] {
  const count = Math.min(run.resources.workers, batches.length)
  const { lake, target, options, tuning, resources, sources, importId, staging } = run
  const settings: WorkerSettings = {
    importId,
    schema: target.store.schema,
    layout: target.store.layout,
    advancedEventSelectors: target.store.advancedEventSelectors,
    eventSelectors: options.eventSelectors,
    locations: sources.map((source) => source.store.location),
    staging: staging.folder,
    scratch: lake.engine.scratch,
    engineMemoryBytes: resources.engineMemoryBytes * Math.min(count, BATCHES_A_THREAD),
    heldBytes: tuning.heldBytes ?? resources.heldBytes,
    dryRun: options.dryRun ?? false,
  }
  const storeOf = (file: SourceFile) => sources[file.source]!.store
  const workers = tuning.inline
    ? Array.from({ length: options.workers === undefined ? 1 : count }, () =>
        createBatchWorker(settings, async (file) => readFetched(file) ?? storeOf(file).get(file.key)),
      )
    : startInThreads(run, count, settings)
  /** Does the worker read it where it lies? */
  const isAtHand = (file: SourceFile) =>
    !file.member && (tuning.inline === true || storeOf(file).localPath(file.key) !== undefined)
  if (run.files.every(isAtHand)) return workers
  const fetcher = createFetcher({
    folder: staging.folder,
    batches,
    isAtHand,
    storeOf,
    archives: run.archives,
    signal: options.signal,
  })
  return workers.map((worker) => fetcher.wrap(worker))
}

function startInThreads(run: Run, count: number, settings: WorkerSettings): readonly BatchWorker[] {
  const threads = run.threads.length > 0 ? run.threads : startThreads(count)
  const needed = threads.slice(0, Math.ceil(count / BATCHES_A_THREAD)).map((thread) => thread.become(settings))
  return Array.from({ length: count }, (_, i) => needed[i % needed.length]!)
}

function startThreads(workers: number): readonly WorkerThread[] {
  return Array.from({ length: Math.ceil(workers / BATCHES_A_THREAD) }, () => startThread())
}

/**
 * Batches that a thread works on at a time. A batch waits for the engine, which works outside the thread, two thirds of its time:
 * two fill a thread and the engine's beside it, and half as many threads have half as much code to warm up.
 */
const BATCHES_A_THREAD = 2

/** Tells whether commits that others made since the import began name one of some files. */
function watchOthers({ lake, target: { events, sources }, knownVersion, importId }: Run) {
  const ledgers: string[] = []
  let seen = knownVersion
  return async (files: readonly SourceFile[], base: Snapshot): Promise<boolean> => {
    for (; seen < base.version; seen++) {
      const theirs = importCommitOf((await events.readCommit(seen + 1))?.commitInfo ?? {})
      if (theirs === undefined || theirs.importId === importId) continue
      ledgers.push(...theirs.ledger.map((add) => `${sources.root}/${decodePath(add.path)}`))
    }
    return (await knownSources(lake, ledgers, files)).size > 0
  }
}

async function closeAll(workers: readonly BatchWorker[]): Promise<void> {
  await Promise.all([...new Set(workers)].map((worker) => worker.close()))
}

/** Keys of all ledger files: those of `sources` and those that commits of `events` name already. */
async function ledgerKeys(
  { events, sources }: Pick<ImportTarget, 'events' | 'sources'>,
  isReadOnly: boolean,
): Promise<readonly string[]> {
  const ledger = isReadOnly ? await sources.refresh() : await projectLedger(events, sources)
  return (await ledgerFiles(events, sources, ledger)).map((file) => file.key)
}
