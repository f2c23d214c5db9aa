import type { LakeType } from '../schema/types.ts'

/** A column as queries see it. */
export interface CatalogColumn {
  /** In SQL, lower case. */
  readonly name: string
  readonly type: LakeType
  /** The column's name in the engine's view; `name` unless told. */
  readonly physical?: string
  /** Not part of `SELECT *`. */
  readonly hidden?: boolean
  /** Not stored: the emitter computes it from `eventjson`. */
  readonly computed?: 'eventjsonchecksum'
}

/** A table that a query may name: an event data store or a system table. */
export interface CatalogTable {
  /** Unique; the engine's view of the table has this name. */
  readonly id: string
  readonly columns: readonly CatalogColumn[]
  /** Other spellings of nested members, by lower-case dotted path (`useridentity.inscopeof.credentialsissuedto`), and the member each means. */
  readonly memberAliases?: ReadonlyMap<string, string>
  /** True where WHERE bounds on eventtime, account and region may skip files. */
  readonly prunable?: boolean
}

/** A query that can be named in FROM. */
export interface CatalogView {
  /** As it was written when the view was made. */
  readonly name: string
  readonly sql: string
}

/** What queries can name. Pure: everything is known before a text is analyzed. */
export interface Catalog {
  /**
   * Finds a table by the parts of its name as written (without quotes); undefined when there is none.
   *
   * May throw AMBIGUOUS_NAME when two stores match in different letter case.
   */
  table(parts: readonly string[]): CatalogTable | undefined
  /** The view of this name (letter case does not count), which is looked for after tables. */
  view?(name: string): CatalogView | undefined
  /** Names for "did you mean". */
  tableNames(): readonly string[]
}
