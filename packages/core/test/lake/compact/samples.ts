import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EventDataStore, getEventDataStore, importLogs, type LakeContext } from '../../../src/lake/index.ts'
import type { PartitionLayout } from '../../../src/lake/types.ts'
import { temporaryFolder } from '../../storage/temporary.ts'
import { copyLake, isShort, newLakePlace, onS3, openLake, queryEvents, querySources, type Row } from '../support.ts'

export const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))

/** Many batches, so that partitions get several files, interlaced in time. */
const tuning = { inline: true, batchBytes: isShort ? 400_000 : 100_000 }

const templates = new Map<PartitionLayout, Promise<string>>()

/** Imported once for each layout; tests get copies. */
async function template(layout: PartitionLayout): Promise<string> {
  const place = onS3 ? newLakePlace() : await temporaryFolder()
  const lake = await openLake(place)
  await importLogs(lake, join(trails, 'invictus-2023'), { into: 'org', layout }, tuning)
  await lake.close()
  return place
}

/** A lake with store `org` of 2,900 events in many small files. */
export async function newSmallFiles(
  layout: PartitionLayout = 'account-region-date',
): Promise<{ place: string; lake: LakeContext; store: EventDataStore }> {
  if (!templates.has(layout)) templates.set(layout, template(layout))
  const place = await copyLake(await templates.get(layout)!)
  const lake = await openLake(place)
  return { place, lake, store: await getEventDataStore(lake, 'org') }
}

/** Every cell of every row, partition columns included, in an order of their own. */
export function allRows(lake: LakeContext, store: EventDataStore): Promise<readonly Row[]> {
  return queryEvents(lake, store, 'SELECT * EXCLUDE (filename) FROM events ORDER BY _source, _record')
}

export function allSources(lake: LakeContext, store: EventDataStore): Promise<readonly Row[]> {
  return querySources(lake, store, 'SELECT * FROM sources ORDER BY source_key, imported_at, source_id')
}
