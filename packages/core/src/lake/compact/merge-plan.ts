import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import { ROW_GROUP_SIZE } from '../../engine/write-parquet.ts'

/** How the rows of some files are read as those of one. */
export interface MergeSource {
  /** In the order in which their rows begin. */
  readonly paths: readonly string[]
  /** Columns of the output, in order: names and the SQL of their values. */
  readonly columns: readonly { readonly name: string; readonly expression: string }[]
  /** Columns to order by; those that no file has are left out. NULL comes last. */
  readonly order: readonly string[]
  /** False: the files differ in their columns or types, so that each scan has to look at all of them. */
  readonly isUniform: boolean
}

/** One row group of the output: which rows of which files it takes, as a SELECT. */
export interface MergeChunk {
  readonly rows: number
  readonly query: string
}

/** Holds the place of every row in the order. */
const KEYS = 'merge_keys'

/** Each scan of a query holds memory of its own, a megabyte or so, and is planned by itself. */
const MAX_SCANS = 16

/** Rows of one file in one chunk. */
interface Slice {
  readonly file: number
  readonly first: number
  readonly last: number
  readonly rows: number
}

/** Places of the order that become one row group. */
interface Places {
  readonly from: number
  readonly to: number
}

/**
 * Divides the rows of files into row groups that follow each other in order, and says where the rows of each one lie. Only the
 * narrow columns of the order are read, and none where all rows make one row group.
 *
 * Inside a row group the rows of each file stay together, the file that begins first in front. Readers skip whole row groups, so
 * the exact order of the rows within would gain nothing, and sorting wide rows takes as long as reading and writing them.
 *
 * @param rows of all files
 */
export async function planMerge(
  connection: DuckDBConnection,
  source: MergeSource,
  rows: number,
  chunkRows: number,
): Promise<readonly MergeChunk[]> {
  const chunkCount = Math.max(1, Math.ceil(rows / chunkRows))
  if (chunkCount === 1) return [{ rows, query: scanQuery(source, source.paths) }]
  const size = Math.ceil(rows / chunkCount)
  const order = source.order.map((name) => `${quoteSqlName(name)} NULLS LAST`)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${KEYS} AS
     SELECT (row_number() OVER (ORDER BY ${[...order, 'file_index', 'file_row_number'].join(', ')})) - 1 AS merge_place,
       file_index::BIGINT AS merge_file, file_row_number AS merge_row FROM ${scanSql(source.paths, source.isUniform)}`,
  )
  const found = await numbers(
    connection,
    `SELECT merge_place // ${size} AS chunk, merge_file, min(merge_row), max(merge_row), count(*)
     FROM ${KEYS} GROUP BY chunk, merge_file ORDER BY chunk, min(merge_place)`,
  )
  const byChunk = new Map<number, Slice[]>()
  const fileRows = new Map<number, number>()
  for (const [chunk, file, first, last, count] of found as [number, number, number, number, number][]) {
    fileRows.set(file, (fileRows.get(file) ?? 0) + count)
    const slices = byChunk.get(chunk) ?? []
    slices.push({ file, first, last, rows: count })
    byChunk.set(chunk, slices)
  }
  return [...byChunk].map(([chunk, slices]) => {
    const places = { from: chunk * size, to: (chunk + 1) * size }
    const sliced = source.isUniform
      ? (rangeQuery(source, slices, fileRows) ?? sliceQuery(source, slices, fileRows, places))
      : undefined
    return {
      rows: slices.reduce((sum, slice) => sum + slice.rows, 0),
      query: sliced ?? lookupQuery(source, slices, places),
    }
  })
}

export function scanSql(paths: readonly string[], isUniform: boolean): string {
  const list = paths.map(quoteSqlString).join(', ')
  return `read_parquet([${list}], hive_partitioning=false, file_row_number=true${isUniform ? '' : ', union_by_name=true'})`
}

/** @param rest what follows the scan `w` */
function scanQuery({ columns, isUniform }: MergeSource, paths: readonly string[], rest = ''): string {
  const list = columns.map(({ name, expression }) => `${expression} AS ${quoteSqlName(name)}`).join(', ')
  return `SELECT ${list} FROM ${scanSql(paths, isUniform)} w${rest}`
}

/**
 * One scan of all slices: the engine begins a row group with every scan. It reads files as a whole, so those that are not wanted whole must be
 * small. Undefined where they are not, or where a slice has gaps.
 */
function rangeQuery(
  source: MergeSource,
  slices: readonly Slice[],
  fileRows: ReadonlyMap<number, number>,
): string | undefined {
  const ranges: string[] = []
  for (const [i, { file, first, last, rows }] of slices.entries()) {
    const all = fileRows.get(file)!
    if (rows === all) continue
    if (all > ROW_GROUP_SIZE || last - first + 1 !== rows) return undefined
    ranges.push(`WHEN ${i} THEN w.file_row_number BETWEEN ${first} AND ${last}`)
  }
  const condition = ranges.length === 0 ? '' : ` WHERE CASE w.file_index::BIGINT ${ranges.join(' ')} ELSE true END`
  return scanQuery(
    source,
    slices.map(({ file }) => source.paths[file]!),
    condition,
  )
}

/** A scan for each slice. Undefined where that makes so many that one scan over all of the files is the lesser cost. */
function sliceQuery(
  source: MergeSource,
  slices: readonly Slice[],
  fileRows: ReadonlyMap<number, number>,
  places: Places,
): string | undefined {
  const parts: string[] = []
  /** Whole files that follow each other are one scan. */
  let whole: string[] = []
  const flush = () => {
    if (whole.length > 0) parts.push(scanQuery(source, whole))
    whole = []
  }
  for (const { file, first, last, rows } of slices) {
    const path = source.paths[file]!
    if (rows === fileRows.get(file)) {
      whole.push(path)
      continue
    }
    flush()
    const range = ` WHERE w.file_row_number BETWEEN ${first} AND ${last}`
    const isGapless = last - first + 1 === rows
    parts.push(scanQuery(source, [path], isGapless ? range : ` ${semiJoin([file], places)}${range}`))
  }
  flush()
  return parts.length > MAX_SCANS ? undefined : parts.join(' UNION ALL ')
}

/** The rows of some places, wherever in the files they lie. */
function lookupQuery(source: MergeSource, slices: readonly Slice[], places: Places): string {
  // Where columns differ it takes all files to know them.
  const files = source.isUniform ? slices.map((slice) => slice.file) : source.paths.map((_, i) => i)
  const paths = files.map((file) => source.paths[file]!)
  return scanQuery(source, paths, ` ${semiJoin(files, places)}`)
}

/** Leaves those rows of a scan over `files` that belong to the places. */
function semiJoin(files: readonly number[], { from, to }: Places): string {
  return `SEMI JOIN (SELECT merge_file, merge_row FROM ${KEYS} WHERE merge_place >= ${from} AND merge_place < ${to}) k
    ON k.merge_file = [${files.join(', ')}][w.file_index::BIGINT + 1] AND k.merge_row = w.file_row_number`
}

export async function numbers(connection: DuckDBConnection, sql: string): Promise<readonly (readonly number[])[]> {
  const result = await connection.runAndReadAll(sql)
  return result.getRows().map((row) => row.map(Number))
}
