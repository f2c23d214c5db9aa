import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import type { DataFile } from '../../table/index.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import { createLocalCopies } from '../local-file.ts'
import type { AmendPlace, StagedRows } from './amend.ts'
import { writeRest } from './drop-rows.ts'

/** A data file with events of some raw files. */
export interface TouchedFile {
  readonly file: DataFile
  readonly path: string
  readonly rows: number
  /** How many rows are events of those raw files. */
  readonly dropped: number
  readonly sourceIds: readonly string[]
}

/** Data files whose `_source` column is read in one query. */
const FILES_AT_ONCE = 200

let lookups = 0

/** Finds the data files that hold events of raw files, by their ids. Reads one narrow column of every file. */
export async function findTouchedFiles(
  { lake, base }: AmendPlace,
  connection: DuckDBConnection,
  sourceIds: readonly string[],
  signal?: AbortSignal,
): Promise<readonly TouchedFile[]> {
  const name = `dropped_sources_${++lookups}`
  const ids = registerRowSource(connection, name, [{ name: 'id', type: 'VARCHAR' }])
  ids.set({ rowCount: sourceIds.length, values: [(i) => Buffer.from(sourceIds[i]!)] })
  const files = [...base.files.values()]
  const copies = createLocalCopies(lake.storage, lake.engine.scratch)
  const touched: TouchedFile[] = []
  try {
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      signal?.throwIfAborted()
      const some = files.slice(at, at + FILES_AT_ONCE)
      const paths = await copies(some.map((file) => file.key))
      const byPath = new Map(some.map((file, i) => [paths[i]!, file]))
      const result = await connection.runAndReadAll(
        `SELECT s.filename, sum(s.n)::BIGINT, (sum(s.n) FILTER (WHERE d.id IS NOT NULL))::BIGINT,
           to_json(list(d.id) FILTER (WHERE d.id IS NOT NULL))::VARCHAR
         FROM (SELECT filename, _source, count(*) AS n
               FROM read_parquet([${paths.map(quoteSqlString).join(', ')}], filename=true, hive_partitioning=false)
               GROUP BY ALL) s
         LEFT JOIN (SELECT DISTINCT id FROM ${name}()) d ON d.id = s._source
         GROUP BY s.filename HAVING count(d.id) > 0 ORDER BY s.filename`,
      )
      for (const [path, rows, dropped, found] of result.getRows() as [string, bigint, bigint, string][]) {
        touched.push({
          file: byPath.get(path)!,
          path,
          rows: Number(rows),
          dropped: Number(dropped),
          sourceIds: JSON.parse(found) as string[],
        })
      }
    }
    return touched
  } finally {
    ids.clear()
  }
}

/** SQL of the events of a touched file that are to go, as a condition over its rows. */
export function isDropped(touched: TouchedFile): string {
  return `_source IN (${touched.sourceIds.map(quoteSqlString).join(', ')})`
}

/** Writes what is left of touched files. Those of which nothing is left have no part in it. */
export async function writeRests(
  { staging }: AmendPlace,
  connection: DuckDBConnection,
  touched: readonly TouchedFile[],
  signal?: AbortSignal,
): Promise<readonly StagedRows[]> {
  const staged: StagedRows[] = []
  for (const one of touched) {
    if (one.dropped === one.rows) continue
    signal?.throwIfAborted()
    const path = join(staging, `${randomUUID()}.parquet`)
    const from = `read_parquet(${quoteSqlString(one.path)}, hive_partitioning=false)`
    const written = await writeRest(connection, from, `(${isDropped(one)}) IS NOT TRUE`, path, one.rows - one.dropped)
    staged.push({ path, partitionValues: one.file.partitionValues, stats: statsOf(written, EVENT_STATISTICS) })
  }
  return staged
}
