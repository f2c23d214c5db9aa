import type { ViewOfParts } from '../engine/views.ts'
import { listDocumentIds, readDocument } from '../lake/documents.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { ledgerFiles } from '../lake/ledger.ts'
import { listQuarantine } from '../lake/quarantine/entries.ts'
import type { EventDataStore } from '../lake/types.ts'
import { fileStats, parseStats } from '../table/index.ts'
import { dataPaths } from './data-paths.ts'
import { listRememberedQueries } from './history/query-records.ts'
import type { SystemTableName } from './system-tables.ts'

type Row = readonly (string | null)[]

/** What a system table holds: rows as texts in the order of its columns, or the data files of the ledgers. */
export async function systemContent(
  lake: LakeContext,
  stores: readonly EventDataStore[],
  name: SystemTableName,
): Promise<{ readonly rows: readonly Row[] } | { readonly parts: ViewOfParts['parts'] }> {
  const each = <T>(work: (store: EventDataStore) => Promise<T>) => Promise.all(stores.map(work))
  switch (name) {
    case 'stores':
      return { rows: stores.map(storeRow) }
    case 'data_files':
      return { rows: (await each((store) => dataFileRows(lake, store))).flat() }
    case 'commits':
      return { rows: (await each((store) => commitRows(lake, store))).flat() }
    case 'quarantine':
      return { rows: await quarantineRows(lake) }
    case 'queries':
      return { rows: await queryRows(lake) }
    case 'metrics':
      return { rows: await metricRows(lake, stores) }
    case 'source_files':
      return { parts: await each((store) => ledgerPart(lake, store)) }
  }
}

/** The ledger of a store, with the files that commits name and `sources` has not taken over yet. */
async function ledgerPart(lake: LakeContext, store: EventDataStore): Promise<ViewOfParts['parts'][number]> {
  const sources = await lake.sourcesTable(store.id)
  const files = await ledgerFiles(await lake.eventsTable(store.id), sources, await sources.refresh())
  const keys = files.map(({ key }) => key)
  await Promise.all(keys.map((key) => lake.storage.copies?.fetch(key)))
  return { files: keys.map(dataPaths(lake)), constants: { event_data_store: store.id } }
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

async function quarantineRows(lake: LakeContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const item of listQuarantine(lake, { all: true })) {
    rows.push([
      item.store.id,
      item.id,
      item.importId,
      timeOf(item.importedAt),
      item.sourceId,
      item.source,
      textOf(item.record),
      textOf(item.offset),
      item.eventId,
      item.code,
      item.reason,
      String(item.size),
      item.sha256,
      String(item.superseded),
    ])
  }
  return rows
}

async function queryRows(lake: LakeContext): Promise<readonly Row[]> {
  const queries = await listRememberedQueries(lake)
  return queries.flatMap((query) =>
    (query.stores.length === 0 ? [null] : query.stores).map((store): Row => {
      const { statistics } = query
      return [
        store,
        query.id,
        query.statement,
        query.status,
        query.caller ?? null,
        timeOf(query.createdAt),
        query.finishedAt ? timeOf(query.finishedAt) : null,
        textOf(query.rows),
        textOf(statistics?.bytesScanned),
        textOf(statistics?.executionMs),
        query.digest ?? null,
        query.error ?? null,
      ]
    }),
  )
}

/** What servers write down every minute: documents of the kind `metrics`, one a server. */
interface MetricsDocument {
  readonly at: string
  readonly samples: readonly {
    readonly metric: string
    readonly labels: Readonly<Record<string, string | number>>
    readonly value: number
  }[]
}

async function metricRows(lake: LakeContext, stores: readonly EventDataStore[]): Promise<readonly Row[]> {
  const idOf = new Map(stores.map(({ name, id }) => [name, id]))
  const rows: Row[] = []
  for (const server of await listDocumentIds(lake.storage, 'metrics')) {
    const { at, samples = [] } = (await readDocument<MetricsDocument>(lake.storage, 'metrics', server))?.value ?? {}
    for (const { metric, labels, value } of samples) {
      const { store } = labels
      const id = typeof store === 'string' ? idOf.get(store) : undefined
      rows.push([id ?? null, server, timeOf(at!), metric, JSON.stringify(labels), String(value)])
    }
  }
  return rows
}

function textOf(value: number | null | undefined): string | null {
  return value === undefined || value === null ? null : String(value)
}

function timeOf(time: Date | number | string): string {
  return new Date(time).toISOString().slice(0, -1)
}
