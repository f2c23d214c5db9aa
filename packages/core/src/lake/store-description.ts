import { quoteSqlString } from '../engine/instance.ts'
import { fieldType, formatType, hiddenColumns, layouts } from '../schema/index.ts'
import { decodePath, fileStats, parseStats, parseTimestampStat, type Snapshot } from '../table/index.ts'
import type { LakeContext } from './lake-context.ts'
import { unprojectedLedgerFiles } from './ledger.ts'
import { localFile } from './local-file.ts'
import { getEventDataStore } from './stores.ts'
import type { StoreDescription } from './types.ts'

/**
 * What a store holds, from its logs alone: data files are opened only where their writer did not say how many rows they have.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND and those of the tables.
 */
export async function describeEventDataStore(lake: LakeContext, reference: string): Promise<StoreDescription> {
  const store = await getEventDataStore(lake, reference)
  const [events, sources] = await Promise.all([lake.eventsTable(store.id), lake.sourcesTable(store.id)])
  const ledger = await sources.refresh()
  const pending = await unprojectedLedgerFiles(events, ledger)
  const snapshot = await events.refresh()
  const { oldest, newest } = timeRange(snapshot)
  const ledgerFiles = [
    ...[...ledger.files.values()].map(({ key, stats }) => ({ key, rows: parseStats(stats).numRecords })),
    ...pending.map(({ path, stats }) => ({
      key: `${sources.root}/${decodePath(path)}`,
      rows: parseStats(stats).numRecords,
    })),
  ]
  const dataFiles = [...snapshot.files.values()]
  return {
    ...store,
    version: snapshot.version,
    dataFiles: dataFiles.length,
    bytes: dataFiles.reduce((sum, file) => sum + file.size, 0),
    events: await countRows(
      lake,
      dataFiles.map((file) => ({ key: file.key, rows: fileStats(file).numRecords })),
    ),
    oldestEventTime: oldest,
    newestEventTime: newest,
    sourceFiles: await countRows(lake, ledgerFiles),
    columns: [
      ...layouts[store.schema].columns.map((field) => ({
        name: field.name,
        type: formatType(fieldType(field)),
        hidden: false,
      })),
      ...hiddenColumns.flatMap(({ sqlName, kind }) => (sqlName ? [{ name: sqlName, type: kind, hidden: true }] : [])),
    ],
  }
}

async function countRows(
  lake: LakeContext,
  files: readonly { readonly key: string; readonly rows: number | undefined }[],
): Promise<number> {
  let total = 0
  for (const { key, rows } of files) {
    if (rows !== undefined) {
      total += rows
      continue
    }
    const local = await localFile(lake.storage, key, lake.engine.scratch)
    try {
      for await (const batch of lake.engine.rows(
        `SELECT num_rows::VARCHAR FROM parquet_file_metadata(${quoteSqlString(local.path)})`,
      )) {
        for (const [count] of batch) total += Number(count)
      }
    } finally {
      await local.release()
    }
  }
  return total
}

/** Oldest and newest event of the files whose statistics tell. */
function timeRange(snapshot: Snapshot): { readonly oldest: Date | undefined; readonly newest: Date | undefined } {
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  for (const file of snapshot.files.values()) {
    const { min, max } = fileStats(file)
    oldest = Math.min(oldest, parseTimestampStat(min.eventtime) ?? Number.POSITIVE_INFINITY)
    newest = Math.max(newest, parseTimestampStat(max.eventtime) ?? Number.NEGATIVE_INFINITY)
  }
  return {
    oldest: Number.isFinite(oldest) ? new Date(oldest) : undefined,
    newest: Number.isFinite(newest) ? new Date(newest) : undefined,
  }
}
