import type { LakeContext } from '../lake/lake-context.ts'
import { listEventDataStores } from '../lake/stores.ts'
import type { EventDataStore } from '../lake/types.ts'
import { fileStats, parseStats } from '../table/index.ts'
import type { SystemTableName } from './system-tables.ts'

type Row = readonly (string | null)[]

/** The rows of a system table as texts, in the order of its columns. */
export async function systemRows(lake: LakeContext, name: SystemTableName): Promise<readonly Row[]> {
  const stores = await listEventDataStores(lake)
  switch (name) {
    case 'stores':
      return stores.map(storeRow)
    case 'data_files':
      return (await Promise.all(stores.map((store) => dataFileRows(lake, store)))).flat()
    case 'commits':
      return (await Promise.all(stores.map((store) => commitRows(lake, store)))).flat()
  }
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
