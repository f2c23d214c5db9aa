import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName } from '../../engine/instance.ts'
import type { FooterSums } from './footers.ts'
import { type MergeSource, scanSql } from './merge-plan.ts'

/** Columns that the scan adds. */
const SCAN_COLUMNS: ReadonlySet<string> = new Set(['file_row_number'])

export interface SourceOptions {
  /** Columns of the table, in order, without those of its partitions. */
  readonly tableColumns: readonly string[]
  readonly partitionColumns: readonly string[]
  readonly order: readonly string[]
  /** What the engine said of the columns of files that were merged before. */
  readonly described: DescribedSchemas
}

/** Types of columns by their names, by `FooterSums.schema`: files of a table have few schemas, and each is asked about once. */
export type DescribedSchemas = Map<string, ReadonlyMap<string, string>>

/**
 * Finds out how some files are read as one. A column of the table that no file has is left out (readers take it as NULL); one
 * that a file has and the table does not know stays, except for partition columns, which live in the log.
 *
 * Columns that differ in type between the files become what the engine can hold all their values in.
 *
 * @param footers of these files
 */
export async function openMergeSource(
  connection: DuckDBConnection,
  paths: readonly string[],
  footers: FooterSums,
  options: SourceOptions,
): Promise<MergeSource> {
  const { isUniform } = footers
  const found = await describe(connection, paths, footers, options.described)
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

async function describe(
  connection: DuckDBConnection,
  paths: readonly string[],
  { isUniform, schema }: FooterSums,
  described: DescribedSchemas,
): Promise<ReadonlyMap<string, string>> {
  const known = isUniform ? described.get(schema) : undefined
  if (known) return known
  const result = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${scanSql(paths, isUniform)}`)
  const found = new Map(result.getRows().map(([name, type]) => [String(name), String(type)]))
  if (isUniform) described.set(schema, found)
  return found
}
