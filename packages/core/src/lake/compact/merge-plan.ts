import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'

/** How the rows of some files are read as those of one. */
export interface MergeSource {
  readonly paths: readonly string[]
  /** Columns of the output, in order: names and the SQL of their values. */
  readonly columns: readonly { readonly name: string; readonly expression: string }[]
  /** Columns to order by; those that no file has are left out. NULL comes last. */
  readonly order: readonly string[]
  /** False: the files differ in their columns or types, so that each scan has to look at all of them. */
  readonly isUniform: boolean
}

/** One row group of the output: which rows of which files it takes, as a SELECT that gives them in order. */
export interface MergeChunk {
  readonly rows: number
  readonly query: string
}

/** Holds the place of every row in the output. */
const KEYS = 'merge_keys'

/** Each scan of a query holds memory of its own, a megabyte or so, and is planned by itself. */
const MAX_SCANS = 16

/** Rows of one file in one chunk. */
interface Slice {
  readonly file: number
  readonly first: number
  readonly last: number
  readonly rows: number
  /** Pieces that lie together in the output. */
  readonly runs: number
  /** Place of the first one in the output. */
  readonly place: number
}

/**
 * Orders the rows of files by their narrow keys and divides them into chunks. Wide rows are not touched.
 *
 * Where each file adds one piece to a chunk, the pieces are read one after the other. Where pieces interlace, only that
 * chunk's rows are sorted. Files whose own rows are in no order, or that differ in their columns, are looked up row by row.
 */
export async function planMerge(
  connection: DuckDBConnection,
  source: MergeSource,
  chunkRows: number,
): Promise<{ readonly rows: number; readonly chunks: readonly MergeChunk[] }> {
  const order = source.order.map((name) => `${quoteSqlName(name)} NULLS LAST`)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${KEYS} AS
     SELECT (row_number() OVER (ORDER BY ${[...order, 'file_index', 'file_row_number'].join(', ')})) - 1 AS merge_place,
       file_index AS merge_file, file_row_number AS merge_row FROM ${scanSql(source.paths, source.isUniform)}`,
  )
  const [[count] = [0]] = await numbers(connection, `SELECT count(*) FROM ${KEYS}`)
  const rows = count!
  const chunkCount = Math.max(1, Math.ceil(rows / chunkRows))
  const size = Math.max(1, Math.ceil(rows / chunkCount))
  const chunks: MergeChunk[] = []
  if (rows === 0) return { rows, chunks }
  const found = await numbers(
    connection,
    `SELECT chunk, merge_file, min(first), max(last), sum(n), count(*), min(place)
     FROM (SELECT merge_place // ${size} AS chunk, merge_file, min(merge_row) AS first, max(merge_row) AS last,
             count(*) AS n, min(merge_place) AS place
           FROM ${KEYS} GROUP BY chunk, merge_file, merge_row - merge_place)
     GROUP BY chunk, merge_file ORDER BY chunk, merge_file`,
  )
  const byChunk = new Map<number, Slice[]>()
  const fileRows = new Map<number, number>()
  for (const [chunk, file, first, last, n, runs, place] of found as number[][]) {
    const slice = { file: file!, first: first!, last: last!, rows: n!, runs: runs!, place: place! }
    fileRows.set(file!, (fileRows.get(file!) ?? 0) + n!)
    const slices = byChunk.get(chunk!)
    if (slices) slices.push(slice)
    else byChunk.set(chunk!, [slice])
  }
  for (const [chunk, slices] of byChunk) {
    const isOrdered = slices.every((slice) => slice.last - slice.first + 1 === slice.rows)
    const sliced = source.isUniform && isOrdered ? sliceQuery(source, slices, fileRows) : undefined
    const query = sliced ?? lookupQuery(source, slices, chunk * size, size)
    chunks.push({ rows: slices.reduce((sum, slice) => sum + slice.rows, 0), query })
  }
  return { rows, chunks }
}

export function scanSql(paths: readonly string[], isUniform: boolean): string {
  const list = paths.map(quoteSqlString).join(', ')
  return `read_parquet([${list}], hive_partitioning=false, file_row_number=true${isUniform ? '' : ', union_by_name=true'})`
}

function columnsSql(source: MergeSource): string {
  return source.columns.map(({ name, expression }) => `${expression} AS ${quoteSqlName(name)}`).join(', ')
}

/** Undefined where the chunk takes parts of so many files that one scan over all of them is the lesser cost. */
function sliceQuery(
  source: MergeSource,
  slices: readonly Slice[],
  fileRows: ReadonlyMap<number, number>,
): string | undefined {
  const needsSort = slices.some((slice) => slice.runs > 1)
  const inOrder = needsSort ? slices : [...slices].sort((a, b) => a.place - b.place)
  const columns = columnsSql(source)
  const parts: string[] = []
  /** Whole files that follow each other are one scan. */
  let whole: Slice[] = []
  const scan = (files: readonly Slice[], where: string) => {
    const ordinals = `[${files.map((slice) => slice.file).join(', ')}][file_index::BIGINT + 1]`
    const place = needsSort ? `, ${ordinals} AS merge_file, file_row_number AS merge_row` : ''
    const paths = files.map((slice) => source.paths[slice.file]!)
    parts.push(`SELECT ${columns}${place} FROM ${scanSql(paths, true)}${where}`)
  }
  const flush = () => {
    if (whole.length > 0) scan(whole, '')
    whole = []
  }
  for (const slice of inOrder) {
    if (slice.rows === fileRows.get(slice.file)) whole.push(slice)
    else {
      flush()
      scan([slice], ` WHERE file_row_number BETWEEN ${slice.first} AND ${slice.last}`)
    }
  }
  flush()
  if (parts.length > MAX_SCANS) return undefined
  const union = parts.join(' UNION ALL ')
  if (!needsSort) return union
  const names = source.columns.map(({ name }) => quoteSqlName(name)).join(', ')
  const order = source.order.map((name) => `${quoteSqlName(name)} NULLS LAST`)
  return `SELECT ${names} FROM (${union}) ORDER BY ${[...order, 'merge_file', 'merge_row'].join(', ')}`
}

/** The rows of `count` places from `from` on, wherever in the files they lie. */
function lookupQuery(source: MergeSource, slices: readonly Slice[], from: number, count: number): string {
  // Where columns differ it takes all files to know them.
  const files = source.isUniform ? slices.map((slice) => slice.file) : source.paths.map((_, i) => i)
  const paths = files.map((file) => source.paths[file]!)
  return `SELECT ${columnsSql(source)} FROM ${scanSql(paths, source.isUniform)} w
    JOIN (SELECT * FROM ${KEYS} WHERE merge_place >= ${from} AND merge_place < ${from + count}) k
    ON k.merge_file = [${files.join(', ')}][w.file_index::BIGINT + 1] AND k.merge_row = w.file_row_number
    ORDER BY k.merge_place`
}

export async function numbers(connection: DuckDBConnection, sql: string): Promise<readonly (readonly number[])[]> {
  const result = await connection.runAndReadAll(sql)
  return result.getRows().map((row) => row.map(Number))
}
