import { join } from 'node:path'
import type { ViewOfParts } from '../engine/views.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { ledgerFiles } from '../lake/ledger.ts'
import { listEventDataStores } from '../lake/stores.ts'
import type { EventDataStore } from '../lake/types.ts'
import { fileStats, parseStats } from '../table/index.ts'
import type { LakeCatalog } from './catalog.ts'
import { storageRoot } from './storage-root.ts'
import type { SystemTableName } from './system-tables.ts'

type Row = readonly (string | null)[]

/** What a system table holds: rows as texts in the order of its columns, or the data files of the ledgers. */
export async function systemContent(
  lake: LakeContext,
  _catalog: LakeCatalog,
  name: SystemTableName,
): Promise<{ readonly rows: readonly Row[] } | { readonly parts: ViewOfParts['parts'] }> {
  const stores = await listEventDataStores(lake)
  const each = <T>(work: (store: EventDataStore) => Promise<T>) => Promise.all(stores.map(work))
  switch (name) {
    case 'stores':
      return { rows: stores.map(storeRow) }
    case 'data_files':
      return { rows: (await each((store) => dataFileRows(lake, store))).flat() }
    case 'commits':
      return { rows: (await each((store) => commitRows(lake, store))).flat() }
    case 'source_files':
      return { parts: await each((store) => ledgerPart(lake, store)) }
  }
}

/** The ledger of a store, with the files that commits name and `sources` has not taken over yet. */
async function ledgerPart(lake: LakeContext, store: EventDataStore): Promise<ViewOfParts['parts'][number]> {
  const sources = await lake.sourcesTable(store.id)
  const files = await ledgerFiles(await lake.eventsTable(store.id), sources, await sources.refresh())
  const root = storageRoot(lake)
  return { files: files.map(({ key }) => join(root, key)), constants: { event_data_store: store.id } }
}

function storeRow(store: EventDataStore): Row {
  const { id, name, arn, schema, layout, retentionDays, createdAt, updatedAt } = store
  return [id, name, arn, schema, layout, textOf(retentionDays), timeOf(createdAt), timeOf(updatedAt)]
}

async function dataFileRows(lake: LakeContext, store: EventDataStore): Promise<readonly Row[]> {
  const snapshot = await (await lake.eventsTable(store.id)).refresh()
  return [...snapshot.files.values()].map((file) => {
    const { account = null, region = null, date = null } = file.partitionValues
    const { numRecords, min, max } = fileStats(file)
    const times = [min.eventtime, max.eventtime].map((time) => (typeof time === 'string' ? time : null))
    const [earliest = null, latest = null] = times
    const counts = [String(file.size), textOf(numRecords)] as const
    return [store.id, file.path, account, region, date, ...counts, earliest, latest, timeOf(file.modificationTime)]
  })
}

async function commitRows(lake: LakeContext, store: EventDataStore): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const { version, actions, commitInfo } of (await lake.eventsTable(store.id)).history()) {
    const added = actions.flatMap((action) => ('add' in action ? [action.add] : []))
    const removed = actions.filter((action) => 'remove' in action)
    const events = added.map((add) => parseStats(add.stats).numRecords)
    const known = events.every((count) => count !== undefined)
    rows.push([
      store.id,
      String(version),
      commitInfo.timestamp === undefined ? null : timeOf(commitInfo.timestamp),
      commitInfo.operation ?? null,
      commitInfo.engineInfo ?? null,
      String(added.length),
      String(removed.length),
      known ? String(events.reduce((sum, count) => sum + (count as number), 0)) : null,
    ])
  }
  return rows
}

function textOf(value: number | undefined): string | null {
  return value === undefined ? null : String(value)
}

function timeOf(time: Date | number): string {
  return new Date(time).toISOString().slice(0, -1)
}
