import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { quoteSqlString } from './instance.ts'
import { physicalType } from './physical-type.ts'
import {
  type BytesColumn,
  type Column,
  type FixedColumn,
  type ListColumn,
  readColumns,
  type StructColumn,
} from './vectors.ts'

/**
 * Rows in a row group. In a large file the dictionary limit equals it, so that even a column of distinct ids gets a dictionary
 * and thereby a bloom filter. DuckDB makes that much room in every column, so a smaller file asks for less: its ids are read
 * as fast as a filter, and dictionaries of ids make it larger.
 */
export const ROW_GROUP_SIZE = 32_768
const STRING_DICTIONARY_BYTES = 1_500_000
/** Twenty ids ask the filters of every row group twenty times, and each one let through for nothing costs a dictionary. */
const FALSE_POSITIVES = 0.001
/** From here on a bloom filter on distinct ids pays for what it costs to write. */
export const LARGE_FILE_ROWS = 8_192
/** Distinct values that a smaller file's dictionary holds: four times as many take a quarter more time, and 4 % more bytes. */
const SMALL_DICTIONARY = 1024

export interface WriteParquetOptions {
  /** A SELECT; its row order is kept. */
  readonly query: string
  /** A local file that does not exist yet. It is not synced: `ObjectStore.putFile` does that. */
  readonly path: string
  /** The query gives no more rows than this: spares DuckDB making room for the dictionaries of a whole row group. */
  readonly maxRows?: number
  readonly compression?: 'zstd' | 'snappy'
  /**
   * A file that compaction writes again later: takes two fifths less time and memory, is 4 % larger and has no Bloom filters on
   * distinct ids.
   */
  readonly isDraft?: boolean
}

/** What one written column holds; texts in DuckDB's form. */
export interface ColumnStatistics {
  /** Absent where DuckDB wrote none, as for a column that is NULL throughout. */
  readonly min?: string
  readonly max?: string
  readonly nullCount?: number
}

export interface WrittenParquet {
  readonly rows: number
  /** Size of the file. */
  readonly bytes: number
  /** By column name, without members of structs. */
  readonly columns: ReadonlyMap<string, ColumnStatistics>
}

/** Writes the rows of a query as one Parquet file and tells what is in it. Errors are DuckDB's own. */
export async function writeParquet(
  connection: DuckDBConnection,
  options: WriteParquetOptions,
): Promise<WrittenParquet> {
  return toWritten(await connection.run(copyStatement(options)))
}

/** A COPY that is planned once: planning takes as long as writing a small file. */
export interface PreparedParquet {
  /** Writes what the query gives now to the path, over what may be there. */
  write(): Promise<WrittenParquet>
  close(): void
}

/** Prepares what `writeParquet` does, to be done many times. */
export async function prepareParquet(
  connection: DuckDBConnection,
  options: WriteParquetOptions,
): Promise<PreparedParquet> {
  const statement = await connection.prepare(copyStatement(options))
  return {
    write: async () => toWritten(await statement.run()),
    close: () => statement.destroySync(),
  }
}

function copyStatement({
  query,
  path,
  maxRows = ROW_GROUP_SIZE,
  compression,
  isDraft = false,
}: WriteParquetOptions): string {
  const codec =
    compression === 'snappy' ? 'COMPRESSION snappy' : `COMPRESSION zstd, COMPRESSION_LEVEL ${isDraft ? 1 : 3}`
  const dictionary =
    isDraft || maxRows < LARGE_FILE_ROWS
      ? `DICTIONARY_SIZE_LIMIT ${Math.min(SMALL_DICTIONARY, Math.ceil(maxRows / 4))}`
      : `DICTIONARY_SIZE_LIMIT ${Math.min(ROW_GROUP_SIZE, maxRows)}, STRING_DICTIONARY_PAGE_SIZE_LIMIT ${STRING_DICTIONARY_BYTES}, BLOOM_FILTER_FALSE_POSITIVE_RATIO ${FALSE_POSITIVES}`
  return `COPY (${query}) TO ${quoteSqlString(path)} (FORMAT parquet, ${codec}, PARQUET_VERSION V1,
    ROW_GROUP_SIZE ${ROW_GROUP_SIZE}, ${dictionary}, PRESERVE_ORDER true, RETURN_STATS)`
}

async function toWritten(result: DuckDBResult): Promise<WrittenParquet> {
  const chunk = await result.fetchChunk()
  // No row comes back for a query without rows, though a file is there.
  if (!chunk || chunk.rowCount === 0) return { rows: 0, bytes: 0, columns: new Map() }
  const values = readColumns(chunk.chunk, result.columnTypes().map(physicalType))
  const column = (name: string) => values[result.columnNames().indexOf(name)]!
  return {
    rows: numberOf(column('count')),
    bytes: numberOf(column('file_size_bytes')),
    columns: readStatistics(column('column_statistics')),
  }
}

/** From a map of columns to maps of texts. The client's own values of it would take as long as writing a small file. */
function readStatistics(statistics: Column): Map<string, ColumnStatistics> {
  const columns = new Map<string, ColumnStatistics>()
  const { offsets, keys, values } = mapOf(statistics)
  const inner = mapOf(values)
  for (let i = offsets[0]!; i < offsets[1]!; i++) {
    const name = unquote(textAt(keys, i))
    if (name === undefined) continue
    const found = new Map<string, string>()
    for (let k = inner.offsets[i]!; k < inner.offsets[i + 1]!; k++) {
      found.set(textAt(inner.keys, k), textAt(inner.values, k))
    }
    const [min, max, nulls] = [found.get('min'), found.get('max'), found.get('null_count')]
    columns.set(name, {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(nulls === undefined ? {} : { nullCount: Number(nulls) }),
    })
  }
  return columns
}

function numberOf(column: Column): number {
  const { values } = column as FixedColumn
  return Number(new DataView(values.buffer, values.byteOffset).getBigUint64(0, true))
}

function mapOf(column: Column): { readonly offsets: Int32Array; readonly keys: Column; readonly values: Column } {
  const { offsets, child } = column as ListColumn
  const [keys, values] = (child as StructColumn).children
  return { offsets, keys: keys!, values: values! }
}

function textAt(column: Column, i: number): string {
  const { offsets, values } = column as BytesColumn
  return Buffer.from(values.buffer, values.byteOffset + offsets[i]!, offsets[i + 1]! - offsets[i]!).toString('utf8')
}

/** `"eventtime"` -> `eventtime`; undefined for a path of several parts. */
function unquote(name: string): string | undefined {
  const match = /^"((?:[^"]|"")*)"$/.exec(name)
  return match?.[1]?.replaceAll('""', '"')
}
