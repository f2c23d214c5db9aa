import type { ArrowTable } from '../results/index.ts'

/** One cell: null, boolean, number, bigint, string, Uint8Array, array, or an object without prototype (rows and maps). */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value }

export interface QueryOptions {
  readonly signal?: AbortSignal
  /** `auto`: a bigint is a number inside ±(2^53 - 1), else a BigInt. `always`: always a BigInt. */
  readonly bigints?: 'auto' | 'always'
  /** `array` gives rows as arrays: needed when two columns share a label. */
  readonly rowMode?: 'object' | 'array'
  /** Values of `$NAME` placeholders that stand for stores. */
  readonly placeholders?: Readonly<Record<string, string>>
  /** Values of `?` in the text, in order. They are values, never SQL. */
  readonly parameters?: readonly ParameterValue[]
  /** Milliseconds, waiting for other queries included; default: none. Then EXCEEDED_TIME_LIMIT. */
  readonly timeoutMs?: number
  /** Rows, and bytes as the engine holds them, that a result may have; default: no limit. Then EXCEEDED_RESULT_LIMIT. */
  readonly maxRows?: number
  readonly maxBytes?: number
  /** False reads every file, also those that cannot hold a matching row: to check that skipping them changes nothing. */
  readonly prune?: boolean
  /**
   * Writes the query down in the lake once its rows were taken: text, values, versions of the tables, settings, and a digest of the rows, so
   * that `lake.history.repeat` can ask it again. Nothing is written down unless this is set.
   */
  readonly remember?: boolean
}

export type ParameterValue = string | number | bigint | boolean | null

export interface ResultColumn {
  /** Trino's label. */
  readonly name: string
  /** Trino's type. */
  readonly type: string
}

export interface QueryStatistics {
  readonly rows: number
  readonly filesKnown: number
  readonly filesScanned: number
  readonly bytesScanned: number
  /** Events in the scanned files, as far as the log counts them. */
  readonly eventsScanned: number
  readonly translateMs: number
  readonly pruneMs: number
  readonly executeMs: number
  readonly totalMs: number
}

/** `{ columns, rows }` in the canonical form of test-data/golden/README.md. */
export interface CanonicalResult {
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The answer of a query: iterate it once, or take it whole. Leaving a loop early frees what it held. */
export interface QueryResult
  extends AsyncIterable<Readonly<Record<string, Value>> | readonly Value[]>,
    AsyncDisposable {
  readonly queryId: string
  readonly columns: readonly ResultColumn[]
  toArray(): Promise<readonly (Readonly<Record<string, Value>> | readonly Value[])[]>
  toArrow(): Promise<ArrowTable>
  /** Arrow IPC stream bytes. */
  arrowStream(): AsyncIterable<Uint8Array>
  toJson(): Promise<CanonicalResult>
  /** Rows in batches of JSON cells, as they come: the forms of `toJson()`, but doubles keep every digit. */
  batches(): AsyncIterable<readonly (readonly unknown[])[]>
  /** Rows in batches of text cells: what tables, CSV and `GetQueryResults` show. NULL is null. */
  textBatches(): AsyncIterable<readonly (readonly (string | null)[])[]>
  /** Rows in batches of JSON objects, already text; the second of two equal labels gets a number. */
  jsonBatches(): AsyncIterable<readonly string[]>
  /** Final once all rows were taken. */
  readonly statistics: QueryStatistics
  close(): Promise<void>
}
