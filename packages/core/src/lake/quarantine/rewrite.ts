import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import { writeParquet } from '../../engine/write-parquet.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import type { StagedFile } from '../import/protocol.ts'

/** Where a record that was read by itself comes from. */
export interface Origin {
  readonly sourceId: string
  /** Position among the records that were read. */
  readonly position: number
  /** Position in `Records` of its raw file. */
  readonly record: number
}

let runs = 0

/** Gives events back the position that they have in their raw file. */
export async function restorePositions(
  connection: DuckDBConnection,
  staged: readonly StagedFile[],
  origins: readonly Origin[],
  staging: string,
): Promise<readonly StagedFile[]> {
  const name = `origins_${++runs}`
  const source = registerRowSource(connection, name, [
    { name: 'id', type: 'VARCHAR' },
    { name: 'position', type: 'BIGINT' },
    { name: 'record', type: 'BIGINT' },
  ])
  source.set({
    rowCount: origins.length,
    values: [
      (i) => Buffer.from(origins[i]!.sourceId),
      (i) => BigInt(origins[i]!.position),
      (i) => BigInt(origins[i]!.record),
    ],
  })
  try {
    const files: StagedFile[] = []
    for (const file of staged) {
      const path = join(staging, `${randomUUID()}.parquet`)
      const written = await writeParquet(connection, {
        query: `SELECT f.* EXCLUDE (file_row_number) REPLACE (o.record AS _record)
          FROM read_parquet(${quoteSqlString(file.path)}, file_row_number=true, hive_partitioning=false) f
          JOIN ${name}() o ON o.id = f._source AND o.position = f._record ORDER BY f.file_row_number`,
        path,
      })
      files.push({ ...file, path, rows: written.rows, stats: statsOf(written, EVENT_STATISTICS) })
    }
    return files
  } finally {
    source.clear()
  }
}
