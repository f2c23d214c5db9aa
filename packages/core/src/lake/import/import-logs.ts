import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { TraillakeError } from '../../errors/index.ts'
import { checkBasicSelectors } from '../../events/index.ts'
import { checkSource } from '../check-options.ts'
import { saveImportSelectors } from '../imports/import-selectors.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import { ledgerKeys } from '../ledger.ts'
import { findEventDataStore } from '../stores.ts'
import type { ImportOptions, ImportReport, TrailFilter } from '../types.ts'
import { adviseToUnpack } from './after-import.ts'
import { openArchives } from './archives.ts'
import { discover, type ImportSource, isElsewhere, openImportSource } from './discover.ts'
import { planReads } from './fetch-files.ts'
import { checkImportOptions } from './import-options.ts'
import type { ImportTuning, Plan, Prepared } from './import-plan.ts'
import { withKeyList } from './key-list.ts'
import { copiedSources, knownFiles } from './known-sources.ts'
import { ownKeys } from './own-keys.ts'
import type { SourceFile } from './protocol.ts'
import { isResultFile, verifyQueryResults } from './query-results.ts'
import { createReport, type ReportBuilder } from './report.ts'
import { planResources } from './resources.ts'
import { runImport } from './run-import.ts'
import { cleanStaging, openDryStaging, openStaging, removePlannedStore } from './staging.ts'
import { startThreads } from './start-workers.ts'
import { type ImportTarget, makeTarget, openTarget } from './target.ts'
import { trailFilterOf } from './trail-filter.ts'
import { openTrailProgress, type TrailProgress } from './trail-progress.ts'

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
  const existing = await findEventDataStore(lake, options.into)
  // Into a new store all files are to be read: the threads can get ready while they are looked for.
  const threads = existing || tuning.inline ? [] : startThreads(resources.workers)
  try {
    return await importFrom({ lake, options, tuning, resources, sources, existing, threads, startedMs })
  } finally {
    await Promise.all(threads.map((thread) => thread.close()))
  }
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
  if (found.files.length === 0) throw noLogFiles(sources)
  const verify = (files: readonly SourceFile[]) =>
    verifyQueryResults(files, found.files, sources, options.queryResults ?? {})
  const isNew = plan.existing === undefined
  // No store is made for what is refused.
  const listed = isNew ? await verify(found.files) : found.files
  const target = await openTarget(lake, options)
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
    dryRun,
    startedMs: plan.startedMs,
    skipped: found.skipped,
    alreadyImported: known,
  })
  const isPlan = dryRun && sources.some(isElsewhere) && !plan.tuning.inline
  if (isPlan || fresh.length === 0) tellDiscovered(fresh, report, options)
  if (isPlan) return { ...report.finish(target), planned: planReads(fresh, found.requests) }
  const prepared = { ...plan, target, knownVersion, ledger, importId, report }
  const filled = fresh.length > 0 ? await importFresh(prepared, fresh, filter) : target
  if (!dryRun && report.unread === 0) {
    await progress.save(filled.store.id, found, fresh.length, () => ledgerKeys(filled, false))
  }
  const finished = report.finish(filled)
  const oldestMs = fresh.reduce((oldest, file) => Math.min(oldest, file.modifiedMs), Number.POSITIVE_INFINITY)
  return fresh.length === 0 ? finished : { ...finished, lagMs: Math.max(0, Date.now() - oldestMs) }
}

function noLogFiles(sources: readonly ImportSource[]): TraillakeError {
  return new TraillakeError('NO_LOG_FILES', { source: sources.map((source) => source.name).join(', ') })
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

/**
 * Imports files that the ledger does not know, and the members of archives among them.
 *
 * @returns where they went: the store is made once it is clear that there is something for it
 */
async function importFresh(
  prepared: Prepared,
  fresh: readonly SourceFile[],
  filter: TrailFilter,
): Promise<ImportTarget> {
  const { lake, options, sources, ledger, report, importId, target: planned } = prepared
  const dryRun = options.dryRun ?? false
  const staging = dryRun ? openDryStaging(lake.engine.scratch) : openStaging(lake, planned.store.id)
  let target = planned
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
      adviseToUnpack(archives.skipped, options)
      report.addAlreadyImported(archives.alreadyImported)
      if (files.length === 0 && report.filesAlreadyImported === 0) throw noLogFiles(sources)
      target = await makeTarget(lake, planned, options)
      tellDiscovered(files, report, options)
      if (!dryRun && options.eventSelectors) {
        await saveImportSelectors(lake.storage, importId, options.eventSelectors)
      }
      await runImport({ ...prepared, target, files, archives, copies: await copiedSources(lake, ledger), staging })
      return target
    } finally {
      await archives.close()
    }
  } finally {
    await staging.remove()
    const isMade = target !== planned && target.store.id === planned.store.id
    if (planned.isPretended && !isMade) await removePlannedStore(lake, planned.store.id)
  }
}

/** What is known of the folders of trails elsewhere; of local folders nothing is kept. */
async function openProgress({ lake, options, sources, existing }: Plan): Promise<TrailProgress> {
  const store = sources.some(isElsewhere) ? existing : undefined
  const ledger = async (id: string) =>
    ledgerKeys({ events: await lake.eventsTable(id), sources: await lake.sourcesTable(id) }, options.dryRun ?? false)
  return openTrailProgress(lake, store?.id, sources, () => ledger(store!.id), options)
}
