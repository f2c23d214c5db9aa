import { createBatchWorker } from './batch-worker.ts'
import { createFetcher } from './fetch-files.ts'
import type { Run } from './import-plan.ts'
import type { BatchWorker, SourceFile, WorkerSettings } from './protocol.ts'
import { readFetched } from './read-fetched.ts'
import { startThread, type WorkerThread } from './thread-worker.ts'

/** Workers for these batches: in threads, or in this one. Files that they cannot reach are brought to them. */
export function startWorkers(run: Run, batches: readonly (readonly SourceFile[])[]): readonly BatchWorker[] {
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
    engineMemoryBytes: resources.engineMemoryBytes,
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
  return threads.slice(0, count).map((thread) => thread.become(settings))
}

/** Threads that so many workers need; they wait for work. */
export function startThreads(workers: number): readonly WorkerThread[] {
  return Array.from({ length: workers }, () => startThread())
}
