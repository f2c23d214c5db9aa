import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { LARGE_FILE_ROWS, ROW_GROUP_SIZE, type WrittenParquet, writeParquet } from '../../engine/write-parquet.ts'
import { TraillakeError } from '../../errors/index.ts'
import type { ColumnStats } from '../../table/index.ts'
import { statsOf } from '../file-stats.ts'
import { joinParquet } from './join-parquet.ts'
import { joinStatistics } from './join-statistics.ts'
import { type MergeSource, numbers, planMerge, scanSql } from './merge-plan.ts'
import { openMergeSource, type SourceOptions } from './merge-source.ts'

export interface MergeOptions extends SourceOptions {
  /** Columns that tell rows apart well enough to notice one that is lost, doubled or changed. */
  readonly identity: readonly string[]
  readonly statistics: Readonly<Record<string, ColumnStats['kind']>>
  /** The folder for files on their way. */
  readonly staging: string
  /** Of the engine: says how many rows may be sorted at once. */
  readonly memoryBytes: number
  /** Throws once the work is to stop. */
  readonly checkStopped: () => void
}

export interface MergedFile {
  readonly path: string
  readonly rows: number
  readonly stats: string
}

/** A row group is sorted in memory as a whole, and held once more while it is written. */
const MEMORY_SHARE = 8
const LEAST_ROWS = 1_024

/**
 * Writes the rows of some files as one, in order, a row group at a time: memory holds one row group, whatever the size of the
 * files. The result is compared with the files before it is given back.
 *
 * @param paths local files
 */
export async function mergeFiles(
  engine: TableEngine,
  paths: readonly string[],
  options: MergeOptions,
): Promise<MergedFile> {
  return engine.withConnection(async (connection) => {
    const source = await openMergeSource(connection, paths, options)
    for (let rows = await rowGroupRows(connection, paths, options.memoryBytes); ; rows = Math.ceil(rows / 2)) {
      try {
        return await mergeInGroups(connection, source, rows, options)
      } catch (error) {
        // Rows of some files are much wider than of others: smaller row groups need less.
        if (rows <= LEAST_ROWS || !/out of memory/i.test(String(error))) throw error
      }
    }
  })
}

async function mergeInGroups(
  connection: DuckDBConnection,
  source: MergeSource,
  rowGroup: number,
  options: MergeOptions,
): Promise<MergedFile> {
  const output = join(options.staging, `${randomUUID()}.parquet`)
  const parts: string[] = []
  try {
    const plan = await planMerge(connection, source, rowGroup)
    const written: WrittenParquet[] = []
    // Every row group of a large file has bloom filters, the last and smaller one too.
    const maxRows = plan.rows >= LARGE_FILE_ROWS ? ROW_GROUP_SIZE : plan.rows
    for (const chunk of plan.chunks) {
      options.checkStopped()
      const path = `${output}.${parts.length}`
      parts.push(path)
      written.push(await writeParquet(connection, { query: chunk.query, path, maxRows }))
      if (written.at(-1)!.rows !== chunk.rows) throw mismatch(chunk.rows, written.at(-1)!.rows)
    }
    if (parts.length === 1) renameSync(parts[0]!, output)
    else await joinParquet(parts, output)
    await checkMerged(connection, source, output, plan.rows, options)
    const joined = joinStatistics(written, options.statistics)
    return { path: output, rows: plan.rows, stats: statsOf(joined, options.statistics) }
  } catch (error) {
    rmSync(output, { force: true })
    throw error
  } finally {
    for (const part of parts) rmSync(part, { force: true })
  }
}

async function rowGroupRows(
  connection: DuckDBConnection,
  paths: readonly string[],
  memoryBytes: number,
): Promise<number> {
  const [[bytes, rows] = [0, 0]] = await numbers(
    connection,
    `SELECT coalesce(sum(total_uncompressed_size), 0), coalesce(sum(row_group_num_rows) FILTER (column_id = 0), 0)
     FROM parquet_metadata([${paths.map(quoteSqlString).join(', ')}])`,
  )
  const fitting = Math.floor(memoryBytes / MEMORY_SHARE / Math.max(1, bytes! / Math.max(1, rows!)))
  return Math.min(ROW_GROUP_SIZE, Math.max(LEAST_ROWS, fitting))
}

/**
 * The new file against the old ones: how many rows, a sum over what identifies them, and how many values and NULLs every leaf
 * column holds. Nothing is committed that differs.
 */
async function checkMerged(
  connection: DuckDBConnection,
  { paths, columns, isUniform }: MergeSource,
  output: string,
  rows: number,
  { identity, order }: MergeOptions,
): Promise<void> {
  const names = new Set(columns.map((column) => column.name))
  const wanted = [...identity, ...order].filter((name) => names.has(name))
  const row = wanted.length === 0 ? '0' : `hash(${wanted.map(quoteSqlName).join(', ')})`
  const sum = async (files: readonly string[], uniform: boolean) => {
    const result = await connection.runAndReadAll(
      `SELECT count(*)::VARCHAR, sum(${row})::VARCHAR FROM ${scanSql(files, uniform)}`,
    )
    return result.getRows()[0]!.map(String)
  }
  const [counted, content] = await sum([output], true)
  if (Number(counted) !== rows) throw mismatch(rows, Number(counted))
  if (content !== (await sum(paths, isUniform))[1]) throw changed('identities')
  if (!isUniform) return
  const leaves = async (files: readonly string[]) => {
    const result = await connection.runAndReadAll(
      `SELECT path_in_schema, sum(num_values)::VARCHAR,
         CASE WHEN count(stats_null_count) = count(*) THEN sum(stats_null_count)::VARCHAR END
       FROM parquet_metadata([${files.map(quoteSqlString).join(', ')}]) GROUP BY 1`,
    )
    return new Map(result.getRows().map(([path, values, nulls]) => [String(path), { values, nulls }]))
  }
  const before = await leaves(paths)
  const now = await leaves([output])
  // Other writers call the parts of lists and maps by other names.
  if ([...before.keys()].sort().join('\n') !== [...now.keys()].sort().join('\n')) return
  for (const [path, after] of now) {
    const was = before.get(path)!
    if (was.values !== after.values) throw changed(path)
    if (was.nulls !== null && after.nulls !== null && was.nulls !== after.nulls) throw changed(path)
  }
}

function mismatch(read: number, counted: number): TraillakeError {
  return new TraillakeError('ACCOUNTING_MISMATCH', { what: 'a compacted file', read, counted })
}

function changed(what: string): TraillakeError {
  const message = `a compacted file came out with other ${what} than the files it joins; nothing was committed`
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message })
}
