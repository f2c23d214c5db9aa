import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { LARGE_FILE_ROWS, ROW_GROUP_SIZE, type WrittenParquet, writeParquet } from '../../engine/write-parquet.ts'
import type { ColumnStats } from '../../table/index.ts'
import { statsOf } from '../file-stats.ts'
import { checkMerged, rowsDiffer } from './check-merged.ts'
import { type FooterSums, readFooters } from './footers.ts'
import { joinParquet } from './join-parquet.ts'
import { joinStatistics } from './join-statistics.ts'
import { type MergeSource, planMerge } from './merge-plan.ts'
import { openMergeSource, type SourceOptions } from './merge-source.ts'

export interface MergeOptions extends SourceOptions {
  /** Columns that tell rows apart well enough to notice one that is lost, doubled or changed. */
  readonly identity: readonly string[]
  readonly statistics: Readonly<Record<string, ColumnStats['kind']>>
  /** The folder for files on their way. */
  readonly staging: string
  /** Of the engine: says how many rows a row group may have. */
  readonly memoryBytes: number
  /** Throws once the work is to stop. */
  readonly checkStopped: () => void
}

export interface MergedFile {
  readonly path: string
  readonly rows: number
  readonly stats: string
}

/** A row group is held in memory while it is written, beside the pages that it is read from and those that it becomes. */
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
    const footers = await readFooters(paths)
    const source = await openMergeSource(connection, paths, footers, options)
    for (let rows = fittingRows(footers, options.memoryBytes); ; rows = Math.ceil(rows / 2)) {
      try {
        return await mergeInGroups(connection, source, footers, rows, options)
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
  footers: FooterSums,
  rowGroup: number,
  options: MergeOptions,
): Promise<MergedFile> {
  const output = join(options.staging, `${randomUUID()}.parquet`)
  const parts: string[] = []
  try {
    const chunks = await planMerge(connection, source, footers.rows, rowGroup)
    const written: WrittenParquet[] = []
    // Every row group of a large file has bloom filters, the last and smaller one too.
    const maxRows = footers.rows >= LARGE_FILE_ROWS ? ROW_GROUP_SIZE : footers.rows
    for (const chunk of chunks) {
      options.checkStopped()
      const path = `${output}.${parts.length}`
      parts.push(path)
      written.push(await writeParquet(connection, { query: chunk.query, path, maxRows }))
      if (written.at(-1)!.rows !== chunk.rows) throw rowsDiffer(chunk.rows, written.at(-1)!.rows)
    }
    if (parts.length === 1) renameSync(parts[0]!, output)
    else await joinParquet(parts, output)
    await checkMerged(connection, source, footers, output, options.identity)
    const joined = joinStatistics(written, options.statistics)
    return { path: output, rows: footers.rows, stats: statsOf(joined, options.statistics) }
  } catch (error) {
    rmSync(output, { force: true })
    throw error
  } finally {
    for (const part of parts) rmSync(part, { force: true })
  }
}

/** How many rows of the files' mean size a row group may have. */
function fittingRows({ bytes, rows }: FooterSums, memoryBytes: number): number {
  const fitting = Math.floor(memoryBytes / MEMORY_SHARE / Math.max(1, bytes / Math.max(1, rows)))
  return Math.min(ROW_GROUP_SIZE, Math.max(LEAST_ROWS, fitting))
}
