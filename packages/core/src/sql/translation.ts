import type { Span } from '../errors/index.ts'
import type { ScanBounds } from '../schema/bounds.ts'
import type { OutputColumn, TableVersion } from './analyze/analysis.ts'
import type { Catalog, CatalogTable } from './catalog.ts'

export interface TranslateOptions {
  /** What the text may name; by default every UUID and ARN names a store with the columns of CloudTrail events. */
  readonly catalog?: Catalog
  readonly target?: 'duckdb' | 'trino'
  /**
   * Target trino: the parts of the qualified name by which Trino knows a store's `events` table; by default `delta`, `default` and the store's id.
   */
  readonly trinoTable?: (table: CatalogTable) => readonly string[]
  /** Values of `$NAME` placeholders that stand for stores, by name without the `$`. */
  readonly placeholders?: Readonly<Record<string, string>>
  /** Values of `?` in order, as SQL literals' values. */
  readonly parameters?: readonly (string | number | bigint | boolean | null)[]
  /** The statement's instant; now() and current_* are this. Default: the time of the call. */
  readonly now?: Date
}

/** A table that the emitted SQL names. */
export interface TranslatedTable {
  readonly table: CatalogTable
  /**
   * The engine view to make for this use: every use has its own, so that each is pruned by its own bounds. Target trino: the qualified name.
   */
  readonly view: string
  readonly bounds: ScanBounds
  /** FOR … AS OF; absent: the newest version. */
  readonly asOf?: TableVersion
  /** Places of the conditions that speak of columns by which files are skipped, in a form that proves nothing. */
  readonly idle: readonly Span[]
}

/** A Lake query in another engine's words. */
export interface Translation {
  readonly sql: string
  readonly columns: readonly OutputColumn[]
  readonly tables: readonly TranslatedTable[]
  /**
   * The output columns, from 0, by which ORDER BY sorts the rows, as far as equal cells mean equal places: up to the first item that is no
   * output column, or an instant with a zone, which may be the same in two zones.
   */
  readonly sortedBy: readonly number[]
  /** Names of the macros and JavaScript functions that `sql` calls, those they call in turn included. */
  readonly macros: readonly string[]
  readonly udfs: readonly string[]
}
