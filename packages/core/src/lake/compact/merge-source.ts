import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import type { MergeSource } from './merge-plan.ts'
import { numbers, scanSql } from './merge-plan.ts'

/** Columns that the scan adds. */
const SCAN_COLUMNS: ReadonlySet<string> = new Set(['file_row_number'])

export interface SourceOptions {
  /** Columns of the table, in order, without those of its partitions. */
  readonly tableColumns: readonly string[]
  readonly partitionColumns: readonly string[]
  readonly order: readonly string[]
}

/**
 * Finds out how some files are read as one. A column of the table that no file has is left out (readers take it as NULL); one
 * that a file has and the table does not know stays, except for partition columns, which live in the log.
 *
 * Columns that differ in type between the files become what the engine can hold all their values in.
 */
export async function openMergeSource(
  connection: DuckDBConnection,
  paths: readonly string[],
  options: SourceOptions,
): Promise<MergeSource> {
  const list = `[${paths.map(quoteSqlString).join(', ')}]`
  const [[shapes] = [1]] = await numbers(
    connection,
    // The first element of a schema is its root, which every writer names in its own way.
    `SELECT count(DISTINCT shape[2:]) FROM (
       SELECT list((name, type, converted_type, logical_type, num_children)) AS shape
       FROM parquet_schema(${list}) GROUP BY file_name)`,
  )
  const isUniform = shapes! <= 1
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${scanSql(paths, isUniform)}`)
  const found = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]))
  const partitions = new Set(options.partitionColumns)
  const names = [
    ...options.tableColumns.filter((name) => found.has(name)),
    ...[...found.keys()].filter((name) => !options.tableColumns.includes(name)),
  ].filter((name) => !partitions.has(name) && !SCAN_COLUMNS.has(name))
  return {
    paths,
    isUniform,
    columns: names.map((name) => {
      const quoted = quoteSqlName(name)
      return { name, expression: isUniform ? quoted : `CAST(${quoted} AS ${found.get(name)})` }
    }),
    order: options.order.filter((name) => found.has(name)),
  }
}
