import { join } from 'node:path'
import type { View } from '../engine/views.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { partitionColumns } from '../lake/store-layout.ts'
import type { EventDataStore } from '../lake/types.ts'
import { engineType } from '../schema/index.ts'
import type { CatalogTable } from '../sql/catalog.ts'
import type { TranslatedTable } from '../sql/translation.ts'
import { type PruneColumns, pruneFiles, type Snapshot } from '../table/index.ts'
import type { LakeCatalog } from './catalog.ts'
import { storageRoot } from './storage-root.ts'
import { systemContent } from './system-rows.ts'

export interface Scans {
  /** One view a use of a table. */
  readonly views: readonly View[]
  readonly statistics: { readonly filesKnown: number; readonly filesScanned: number; readonly bytesScanned: number }
}

/**
 * Pins the newest version of every table that a query names and makes its views: exactly the files that can hold a
 * matching row. A table named twice is read at one version, each use with its own files.
 */
export async function prepareScans(
  lake: LakeContext,
  catalog: LakeCatalog,
  tables: readonly TranslatedTable[],
): Promise<Scans> {
  const pinned = new Map<string, Snapshot>()
  const known = new Map<string, number>()
  const scanned = new Map<string, number>()
  const views: View[] = []
  for (const { table, view, bounds } of tables) {
    const source = catalog.source(table.id)
    if (source.kind === 'system') {
      views.push({ name: view, columns: viewColumns(table), ...(await systemContent(lake, source.name)) })
      continue
    }
    let snapshot = pinned.get(table.id)
    if (!snapshot) {
      snapshot = await (await lake.eventsTable(source.store.id)).refresh()
      pinned.set(table.id, snapshot)
    }
    const files = pruneFiles(snapshot.files.values(), bounds, pruneColumns(source.store))
    const root = storageRoot(lake)
    for (const file of snapshot.files.values()) known.set(file.key, file.size)
    for (const file of files) scanned.set(file.key, file.size)
    // Oldest first: the engine takes the columns from the first file.
    const oldestFirst = [...files].sort((a, b) => a.modificationTime - b.modificationTime)
    views.push({ name: view, columns: viewColumns(table), files: oldestFirst.map((file) => join(root, file.key)) })
  }
  const bytesScanned = [...scanned.values()].reduce((sum, size) => sum + size, 0)
  return { views, statistics: { filesKnown: known.size, filesScanned: scanned.size, bytesScanned } }
}

function viewColumns(table: CatalogTable): View['columns'] {
  return table.columns
    .filter((column) => column.computed === undefined)
    .map((column) => ({ name: column.physical ?? column.name, type: engineType(column.type) }))
}

function pruneColumns(store: EventDataStore): PruneColumns {
  const partitions = Object.fromEntries(partitionColumns(store.layout).map((name) => [name, name]))
  return {
    time: 'eventtime',
    account: 'recipientaccountid',
    region: 'awsregion',
    eventId: 'eventid',
    accessKeyId: '_accesskeyid',
    partitions,
  }
}
