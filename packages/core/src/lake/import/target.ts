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
  /** The import made the store; a dry run only pretends to. */
  readonly isNew: boolean
}

/**
 * Finds the store that an import goes to, or makes it where it was named by a new name.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND for an unknown id or ARN, INVALID_EVENT_DATA_STORE_NAME, LAKE_READ_ONLY.
 */
export async function openTarget(lake: LakeContext, options: ImportOptions): Promise<ImportTarget> {
  const found = await findEventDataStore(lake, options.into)
  if (found?.deletedFrom) throw new TraillakeError('EVENT_DATA_STORE_INACTIVE', { store: options.into })
  if (found) return tablesOf(lake, found, false)
  if (parseStoreReference(options.into).kind !== 'name')
    return tablesOf(lake, await getEventDataStore(lake, options.into), false)
  if (options.dryRun) return pretend(lake, options)
  const name = options.into
  try {
    const store = await createEventDataStore(lake, { name, ...(options.layout ? { layout: options.layout } : {}) })
    return tablesOf(lake, store, true)
  } catch (error) {
    // Another process was faster to make it: that one will do.
    if (!isTraillakeError(error, 'EVENT_DATA_STORE_EXISTS')) throw error
    return tablesOf(lake, await getEventDataStore(lake, name), false)
  }
}

async function tablesOf(lake: LakeContext, store: EventDataStore, isNew: boolean): Promise<ImportTarget> {
  return { store, isNew, events: await lake.eventsTable(store.id), sources: await lake.sourcesTable(store.id) }
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
  const memory = openMemoryStore('dry-run')
  const columns = eventsTableColumns(store.schema, store.layout)
  return {
    store,
    isNew: true,
    events: await createTable(memory, 'events', {
      name: 'events',
      columns,
      partitionColumns: partitionColumns(store.layout),
    }),
    sources: await createTable(memory, 'sources', { name: 'sources', columns: ledgerColumns, partitionColumns: [] }),
  }
}
