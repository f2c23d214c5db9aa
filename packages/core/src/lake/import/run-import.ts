import { TraillakeError } from '../../errors/index.ts'
import { decodePath, type Snapshot } from '../../table/index.ts'
import { importCommitOf, ledgerKeys, projectLedger } from '../ledger.ts'
import { createLocalCopies } from '../local-file.ts'
import { partitionColumns } from '../store-layout.ts'
import { checkpoint, giveAdvice } from './after-import.ts'
import { type CommitContext, commitBatch, REDO } from './commit-batch.ts'
import type { Run } from './import-plan.ts'
import { copiedSources, knownSources } from './known-sources.ts'
import { runPipeline } from './pipeline.ts'
import { planBatches } from './plan-batches.ts'
import type { BatchWorker, SourceFile } from './protocol.ts'
import { startWorkers } from './start-workers.ts'

/** Reads the files in batches, each of them one commit. */
export async function runImport(run: Run): Promise<void> {
  const { lake, target, options, tuning, report } = run
  const { signal } = options
  const dryRun = options.dryRun ?? false
  const batches = [...planBatches(run.files, run.resources.limits, target.store.layout)]
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
      isOvertaken: dryRun ? async () => false : watchOthers(run),
      async remaining(files) {
        const ledger = await ledgerKeys(target, false)
        const known = await knownSources(lake, ledger, files)
        for (const id of await copiedSources(lake, ledger)) copies.add(id)
        report.addAlreadyImported(known)
        return files.filter((file) => !known.has(file))
      },
      async commit(result, counts, base: Snapshot) {
        let keys: readonly string[] = []
        if (!dryRun) {
          const committed = await commitBatch(context, result, counts, base)
          if (committed === REDO) return 'redo'
          if (committed) {
            await projectLedger(target.events, target.sources)
            options.onProgress?.({ kind: 'committed', version: committed.version })
            keys = committed.keys
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
        return keys
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
