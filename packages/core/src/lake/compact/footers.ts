import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'

/** What the footers of some files say, added up. */
export interface FooterSums {
  readonly rows: number
  /** Of all columns, neither compressed nor with its footers. */
  readonly bytes: number
  /** By leaf column. `nulls` is null where a footer does not tell. */
  readonly leaves: ReadonlyMap<string, { readonly values: number; readonly nulls: number | null }>
}

/** Reads nothing but the footers. */
export async function readFooters(connection: DuckDBConnection, paths: readonly string[]): Promise<FooterSums> {
  const result = await connection.runAndReadAll(
    `SELECT path_in_schema, sum(num_values), CASE WHEN count(stats_null_count) = count(*) THEN sum(stats_null_count) END,
       sum(total_uncompressed_size), coalesce(sum(row_group_num_rows) FILTER (column_id = 0), 0)
     FROM parquet_metadata([${paths.map(quoteSqlString).join(', ')}]) WHERE path_in_schema IS NOT NULL GROUP BY 1`,
  )
  const found = result.getRows() as [string, bigint, bigint | null, bigint, bigint][]
  return {
    rows: found.reduce((sum, [, , , , rows]) => sum + Number(rows), 0),
    bytes: found.reduce((sum, [, , , bytes]) => sum + Number(bytes), 0),
    leaves: new Map(
      found.map(([path, values, nulls]) => [
        path,
        { values: Number(values), nulls: nulls === null ? null : Number(nulls) },
      ]),
    ),
  }
}
