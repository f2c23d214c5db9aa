import { randomUUID } from 'node:crypto'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { ALL_EVENTS_SELECTORS, layoutOfSelectors } from '../../events/index.ts'
import { openMemoryStore } from '../../storage/index.ts'
import { createTable, type Table } from '../../table/index.ts'
import type { LakeContext } from '../lake-context.ts'
import { eventsTableColumns, ledgerColumns, partitionColumns } from '../store-layout.ts'
import { checkStoreName, parseStoreReference, storeArn } from '../store-names.ts'
import { createEventDataStore, findEventDataStore, getEventDataStore } from '../stores.ts'
import type { EventDataStore, ImportOptions } from '../types.ts'

/** Where an import goes. */
export interface ImportTarget {
  readonly store: EventDataStore
  readonly events: Table
  readonly sources: Table
  /** There is no such store yet: `makeTarget` makes it. */
  readonly isPretended: boolean
}

/**
 * Finds the store that an import goes to; one that was named by a new name is pretended, in memory.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND for an unknown id or ARN, INVALID_EVENT_DATA_STORE_NAME, LAKE_READ_ONLY.
 */
export async function openTarget(lake: LakeContext, options: ImportOptions): Promise<ImportTarget> {
  const found = await findEventDataStore(lake, options.into)
  if (found?.deletedFrom) throw new TraillakeError('EVENT_DATA_STORE_INACTIVE', { store: options.into })
  if (found) return tablesOf(lake, found)
  if (parseStoreReference(options.into).kind !== 'name')
    return tablesOf(lake, await getEventDataStore(lake, options.into))
  return pretend(lake, options)
}

/** Makes the store that an import goes to, with the id that was pretended, unless it is there or the import is a dry run; says so. */
export async function makeTarget(
  lake: LakeContext,
  target: ImportTarget,
  options: ImportOptions,
): Promise<ImportTarget> {
  if (!target.isPretended) return target
  const { into: name, layout, dryRun, onProgress } = options
  if (dryRun) {
    onProgress?.({ kind: 'store-created', store: target.store })
    return target
  }
  try {
    const store = await createEventDataStore(lake, { name, ...(layout ? { layout } : {}) }, target.store.id)
    onProgress?.({ kind: 'store-created', store })
    return tablesOf(lake, store)
  } catch (error) {
    // Another process was faster to make it: that one will do.
    if (!isTraillakeError(error, 'EVENT_DATA_STORE_EXISTS')) throw error
    return tablesOf(lake, await getEventDataStore(lake, name))
  }
}

async function tablesOf(lake: LakeContext, store: EventDataStore): Promise<ImportTarget> {
  const [events, sources] = [await lake.eventsTable(store.id), await lake.sourcesTable(store.id)]
  return { store, isPretended: false, events, sources }
}

/** A store as it would be made, with tables in memory. */
async function pretend(lake: LakeContext, options: ImportOptions): Promise<ImportTarget> {
  checkStoreName(options.into)
  const id = randomUUID()
  const now = new Date()
  const store: EventDataStore = {
    id,
    arn: storeArn(lake.file, id),
    name: options.into,
    schema: layoutOfSelectors(ALL_EVENTS_SELECTORS),
    layout: options.layout ?? 'account-region-date',
    advancedEventSelectors: ALL_EVENTS_SELECTORS,
    terminationProtected: false,
    createdAt: now,
    updatedAt: now,
  }
  const memory = openMemoryStore('pretended')
  const columns = eventsTableColumns(store.schema, store.layout)
  return {
    store,
    isPretended: true,
    events: await createTable(memory, 'events', {
      name: 'events',
      columns,
      partitionColumns: partitionColumns(store.layout),
    }),
    sources: await createTable(memory, 'sources', { name: 'sources', columns: ledgerColumns, partitionColumns: [] }),
  }
}
