import type { LakeContext } from '../lake/lake-context.ts'
import { ledgerFiles } from '../lake/ledger.ts'
import type { EventDataStore, EventTimes, StoreDescription } from '../lake/types.ts'
import { formatType, type LayoutName } from '../schema/index.ts'
import { layoutTable } from '../sql/default-catalog.ts'
import { fileStats, parseStats, parseTimestampStat, type Snapshot } from '../table/index.ts'

/** Tells what a store holds, from the log alone: no data file is opened. */
export async function describeStore(lake: LakeContext, store: EventDataStore): Promise<StoreDescription> {
  const events = await lake.eventsTable(store.id)
  const snapshot = await events.refresh()
  const files = [...snapshot.files.values()]
  const stats = files.map(fileStats)
  return {
    ...store,
    version: snapshot.version,
    dataFiles: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    events: stats.reduce((sum, { numRecords = 0 }) => sum + numRecords, 0),
    oldestEventTime: timeOf(
      stats.map(({ min }) => parseTimestampStat(min.eventtime)),
      Math.min,
    ),
    newestEventTime: timeOf(
      stats.map(({ max }) => parseTimestampStat(max.eventtime)),
      Math.max,
    ),
    sourceFiles: await countSourceFiles(lake, store),
    columns: describeLayout(store.schema),
  }
}

const timesOf = new WeakMap<Snapshot, EventTimes>()

/** The version of a store and the times of its events, from the log alone; worked out once a version. */
export async function eventTimes(lake: LakeContext, store: EventDataStore): Promise<EventTimes> {
  const snapshot = await (await lake.eventsTable(store.id)).refresh()
  const found = timesOf.get(snapshot) ?? { version: snapshot.version, ...outermostTimes(snapshot) }
  timesOf.set(snapshot, found)
  return found
}

function outermostTimes({ files }: Snapshot): Omit<EventTimes, 'version'> {
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (const file of files.values()) {
    const { min, max } = fileStats(file)
    fromMs = Math.min(fromMs, parseTimestampStat(min.eventtime) ?? -Infinity)
    toMs = Math.max(toMs, parseTimestampStat(max.eventtime) ?? Infinity)
  }
  return { fromMs, toMs }
}

/** The columns of a layout as queries see them, `SELECT *` order first, hidden ones last. */
export function describeLayout(layout: LayoutName): StoreDescription['columns'] {
  const columns = layoutTable('', layout).columns.map((column) => ({
    name: column.name,
    type: formatType(column.type),
    hidden: column.hidden ?? false,
  }))
  return [...columns.filter((column) => !column.hidden), ...columns.filter((column) => column.hidden)]
}

function timeOf(times: readonly (number | undefined)[], choose: (a: number, b: number) => number): Date | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : new Date(known.reduce((a, b) => choose(a, b)))
}

/** Rows of the ledger, those that no commit of `sources` names yet included. */
async function countSourceFiles(lake: LakeContext, store: EventDataStore): Promise<number> {
  const sources = await lake.sourcesTable(store.id)
  const files = await ledgerFiles(await lake.eventsTable(store.id), sources, await sources.refresh())
  return files.reduce((sum, { stats }) => sum + (parseStats(stats).numRecords ?? 0), 0)
}
