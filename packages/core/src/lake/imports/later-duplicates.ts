import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import { writeParquet } from '../../engine/write-parquet.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import { importCommitOf } from '../ledger.ts'
import type { AmendPlace, StagedRows } from './amend.ts'
import { isDropped, type TouchedFile } from './drop-events.ts'
import { openImportSelectors } from './import-selectors.ts'
import { isCopy, type LedgerRow } from './ledger-rows.ts'
import type { RawFiles } from './raw-files.ts'
import { rereadAsImported } from './reread.ts'

/**
 * Imports that surely dropped no event as a duplicate of this one: the log, if it is whole, shows that all they ever
 * committed came before its first commit.
 */
export async function importsBefore({ lake, store }: AmendPlace, importId: string): Promise<ReadonlySet<string>> {
  const newest = new Map<string, number>()
  let first = Number.POSITIVE_INFINITY
  let oldest = Number.POSITIVE_INFINITY
  for await (const { version, commitInfo } of (await lake.eventsTable(store.id)).history()) {
    oldest = version
    const ours = importCommitOf(commitInfo)
    for (const id of ours ? [ours.importId, ...(ours.amends ?? [])] : []) {
      if (!newest.has(id)) newest.set(id, version)
      if (id === importId) first = version
    }
  }
  if (oldest > 0) return new Set()
  return new Set([...newest].filter(([, version]) => version < first).map(([id]) => id))
}

/** SQL: is a raw file's event a copy? Those are duplicates whatever they say. */
function isOfCopy(rows: readonly LedgerRow[], source: string): string {
  const ids = rows.filter(isCopy)
  return ids.length === 0 ? 'false' : `${source} IN (${ids.map((row) => quoteSqlString(row.sourceId)).join(', ')})`
}

export interface Restored {
  readonly staged: readonly StagedRows[]
  /** The ledger rows of the raw files that events came back from, and what they are from now on. */
  readonly oldRows: readonly LedgerRow[]
  readonly newRows: readonly LedgerRow[]
}

const KEY = 'a.eventid = b.eventid AND a.recipientaccountid IS NOT DISTINCT FROM b.recipientaccountid'

/**
 * Finds, in raw files of other imports, the events that were dropped there as duplicates of events that are to go, and
 * writes them as events of those files. Of several deliveries the first in the given order takes the place.
 *
 * @param touched files with the events that go
 * @param later raw files that can be read again
 * @param undone the raw files whose events go
 */
export async function restoreDuplicates(
  place: AmendPlace,
  connection: DuckDBConnection,
  touched: readonly TouchedFile[],
  later: readonly LedgerRow[],
  undone: readonly LedgerRow[],
  raw: RawFiles,
  signal?: AbortSignal,
): Promise<Restored> {
  const { lake, store, staging } = place
  const staged: StagedRows[] = []
  const gained = new Map<LedgerRow, number>()
  const going = `going_${randomUUID().replaceAll('-', '')}`
  await connection.run(
    `CREATE TEMP TABLE ${going} (eventid VARCHAR, recipientaccountid VARCHAR, day DATE, digest VARCHAR, copied BOOLEAN)`,
  )
  try {
    for (const one of touched) {
      await connection.run(
        `INSERT INTO ${going} SELECT eventid, recipientaccountid, eventtime::DATE, sha256(eventjson), ${isOfCopy(undone, '_source')}
         FROM read_parquet(${quoteSqlString(one.path)}, hive_partitioning=false)
         WHERE eventid IS NOT NULL AND ${isDropped(one)}`,
      )
    }
    const selectors = openImportSelectors(lake.storage)
    const options = {
      staging,
      read: (row: LedgerRow) => raw.get(row.source),
      ...(signal ? { signal } : {}),
    }
    for await (const { rows, result } of rereadAsImported(lake, store, later, selectors, options)) {
      const bySource = new Map(rows.map((row) => [row.sourceId, row]))
      for (const file of result.staged) {
        const from = `read_parquet(${quoteSqlString(file.path)}, hive_partitioning=false)`
        const isSame = `(b.copied OR ${isOfCopy(later, 'a._source')} OR b.digest = sha256(a.eventjson))`
        const same = `${KEY} AND b.day = a.eventtime::DATE AND ${isSame}`
        const query = `SELECT * FROM ${from} a WHERE EXISTS (SELECT 1 FROM ${going} b WHERE ${same})
          ORDER BY recipientaccountid, awsregion, eventtime`
        const path = join(staging, `${randomUUID()}.parquet`)
        const written = await writeParquet(connection, { query, path })
        if (written.rows === 0) continue
        const back = `read_parquet(${quoteSqlString(path)}, hive_partitioning=false)`
        // Whoever comes later finds the place taken.
        await connection.run(
          `DELETE FROM ${going} a WHERE EXISTS (SELECT 1 FROM ${back} b WHERE ${KEY} AND a.day = b.eventtime::DATE)`,
        )
        const counts = await connection.runAndReadAll(`SELECT _source, count(*) FROM ${back} GROUP BY _source`)
        for (const [id, count] of counts.getRows() as [string, bigint][]) {
          const row = bySource.get(id)!
          gained.set(row, (gained.get(row) ?? 0) + Number(count))
        }
        staged.push({ path, partitionValues: file.partitionValues, stats: statsOf(written, EVENT_STATISTICS) })
      }
    }
  } finally {
    await connection.run(`DROP TABLE ${going}`)
  }
  const oldRows = [...gained.keys()]
  const newRows = oldRows.map((row) => {
    const count = gained.get(row)!
    return { ...row, kept: row.kept + count, duplicate: row.duplicate - count }
  })
  return { staged, oldRows, newRows }
}
