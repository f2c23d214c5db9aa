import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { TraillakeError } from '../../errors/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import { addCounts, NO_COUNTS } from '../import/accounting.ts'
import { copiedSources } from '../import/known-sources.ts'
import { createEntryWriter } from '../import/quarantine-writer.ts'
import { type AmendPlace, amend } from '../imports/amend.ts'
import { storesOf } from '../imports/find-import.ts'
import { createSuccessors, openImportSelectors } from '../imports/import-selectors.ts'
import { isOneOf } from '../imports/ledger-rows.ts'
import { openRawFiles } from '../imports/raw-files.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import { ledgerFiles } from '../ledger.ts'
import type { Counts, EventDataStore } from '../types.ts'
import { entriesOf, entryNotFound } from './entries.ts'
import { retryFiles } from './retry-files.ts'
import { retryRecords } from './retry-records.ts'
import { type Retried, type RetryRun, storedFiles } from './retry-run.ts'
import type { RetryOptions, RetryReport } from './types.ts'

/** Reads what is in quarantine again; see `Quarantine.retry`. */
export async function retryQuarantine(lake: LakeContext, options: RetryOptions = {}): Promise<RetryReport> {
  checkKnownOptions(options, ['store', 'importId', 'code', 'ids', 'dryRun', 's3', 'signal'])
  if (options.dryRun !== undefined && typeof options.dryRun !== 'boolean')
    throw invalidOption('dryRun', 'must be true or false')
  if (options.ids !== undefined && !Array.isArray(options.ids)) throw invalidOption('ids', 'must be a list of ids')
  const startedMs = Date.now()
  const dryRun = options.dryRun ?? false
  if (!dryRun) await lake.requireWritable('retry what is in quarantine')
  const signal = options.signal ? AbortSignal.any([options.signal, lake.closing]) : lake.closing
  const stores = await storesOf(lake, options.store)
  const wanted = options.ids && new Set(options.ids)
  const work = async (): Promise<RetryReport> => {
    await requireKnown(lake, stores, options, wanted)
    let counts: Counts = NO_COUNTS
    const sums = { items: 0, released: 0, unavailable: 0 }
    const changed: { id: string; name: string; version: number }[] = []
    for (const store of stores) {
      const { result, version } = await amend(lake, store, dryRun, (place) => plan(place, options, wanted, signal))
      if (result.items === 0) continue
      counts = addCounts(counts, result)
      sums.items += result.items
      sums.released += result.released
      sums.unavailable += result.unavailable
      changed.push({ id: store.id, name: store.name, version })
    }
    return { ...counts, ...sums, dryRun, stores: changed, elapsedMs: Date.now() - startedMs }
  }
  try {
    return await lake.track(work())
  } catch (error) {
    if (!signal.aborted) throw error
    throw new TraillakeError('CANCELLED', { what: 'the retry' }, { hint: 'run it again to continue', cause: error })
  }
}

/** QUARANTINE_ENTRY_NOT_FOUND before anything is done. */
async function requireKnown(
  lake: LakeContext,
  stores: readonly EventDataStore[],
  filter: RetryOptions,
  wanted: ReadonlySet<string> | undefined,
): Promise<void> {
  if (!wanted) return
  const missing = new Set(wanted)
  for (const store of stores) for await (const { item } of entriesOf(lake, store, filter)) missing.delete(item.id)
  for (const id of missing) throw entryNotFound(id)
}

async function retryAll(run: RetryRun): Promise<readonly Retried[]> {
  return [await retryFiles(run), await retryRecords(run)]
}

async function plan(
  place: AmendPlace,
  filter: RetryOptions,
  wanted: ReadonlySet<string> | undefined,
  signal: AbortSignal,
) {
  const { lake, store, staging } = place
  const isChosen = (id: string) => wanted === undefined || wanted.has(id)
  const name = `${randomUUID()}.jsonl.gz`
  const key = `quarantine/${name}`
  const writer = createEntryWriter(join(staging, name))
  const { code } = filter
  const selectors = openImportSelectors(lake.storage)
  const sources = await lake.sourcesTable(store.id)
  const ledger = await ledgerFiles(await lake.eventsTable(store.id), sources, await sources.refresh())
  const successors = createSuccessors(selectors)
  const run: RetryRun = {
    ...place,
    successors,
    selectors,
    filter: filter.importId === undefined ? {} : { importId: filter.importId },
    isChosen: (item) =>
      !item.superseded && isChosen(item.id) && (code === undefined || item.code === code.toUpperCase()),
    writer,
    quarantinePath: key,
    raw: openRawFiles(sourceStorage(lake, filter), staging),
    stored: storedFiles(place),
    copies: await copiedSources(
      lake,
      ledger.map((file) => file.key),
    ),
    signal,
  }
  let items = 0
  for await (const { item } of entriesOf(lake, store, filter)) if (isChosen(item.id) && !item.superseded) items += 1
  const parts = items === 0 ? [] : await retryAll(run).finally(run.raw.close)
  const path = await writer.finish()
  const changes = parts.flatMap((part) => part.changes)
  const sum = (of: (part: Retried) => number) => parts.reduce((total, part) => total + of(part), 0)
  const result = {
    items,
    released: sum((part) => part.released),
    unavailable: sum((part) => part.unavailable),
    ...parts.reduce<Counts>(addCounts, NO_COUNTS),
  }
  if (changes.length === 0) return { amendment: undefined, result }
  const oldRows = changes.flatMap(({ old }) => (old ? [old] : []))
  return {
    amendment: {
      operation: 'WRITE' as const,
      removed: [],
      staged: parts.flatMap((part) => part.staged),
      oldRows,
      isOld: isOneOf(oldRows),
      newRows: changes.map(({ next }) => next),
      eventSelectors: successors.filtering,
      ...(path === undefined ? {} : { quarantine: { key, path } }),
    },
    result,
  }
}
