import { existsSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteSqlName, quoteSqlString } from './instance.ts'

export type View = ViewOfFiles | ViewOfRows | ViewOfParts

interface ViewBase {
  readonly name: string
  /** The columns that the view has, in this order, with their engine types. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** A view over exactly these Parquet files. A file without one of the columns gives NULL. */
export interface ViewOfFiles extends ViewBase {
  /** Absolute paths, oldest first: a column that came later is then missed at once, not in the middle of a result. */
  readonly files: readonly string[]
}

/** Several lists of files as one view. */
export interface ViewOfParts extends ViewBase {
  readonly parts: readonly {
    readonly files: readonly string[]
    /** Of a single file: no more than those of its rows, from the first to the last, that have one of the values. */
    readonly only?: {
      readonly rows: readonly [first: number, last: number]
      readonly column: string
      readonly values: readonly string[]
    }
    /** Values of columns that need not be read from the files, by name. */
    readonly constants: Readonly<Record<string, string>>
  }[]
  /** All parts are read before the first row is given: several at once, where they would be read one after the other. */
  readonly hasFewRows?: boolean
}

/** A view of rows made in JavaScript: cells are texts that the column's type reads. */
export interface ViewOfRows extends ViewBase {
  readonly rows: readonly (readonly (string | null)[])[]
}

/**
 * Makes temporary views, seen by this connection alone.
 *
 * Hive partitioning is off: what a row says comes from the file, never from its path.
 */
export async function createViews(connection: DuckDBConnection, views: readonly View[]): Promise<void> {
  for (const view of views) {
    const create = (select: string) => connection.run(`CREATE TEMP VIEW ${quoteSqlName(view.name)} AS ${select}`)
    if ('rows' in view) {
      await create(selectRows(view))
      continue
    }
    const parts = 'parts' in view ? view.parts : [{ files: view.files, constants: {} }]
    const filled = parts.filter((part) => part.files.length > 0)
    if (filled.length === 0) {
      await create(selectNothing(view))
      continue
    }
    try {
      await create(
        selectParts(
          view,
          filled.map((part) => selectPlainly(view, part)),
        ),
      )
    } catch (error) {
      if (!isMissingColumn(error)) throw error
      const selects: string[] = []
      for (const part of filled) selects.push(await selectByName(connection, view, part))
      await create(selectParts(view, selects))
    }
  }
}

type Part = ViewOfParts['parts'][number]

function selectParts(view: View, selects: readonly string[]): string {
  const all = selects.join(' UNION ALL ')
  return 'hasFewRows' in view && view.hasFewRows ? `WITH parts AS MATERIALIZED (${all}) SELECT * FROM parts` : all
}

function selectPlainly(view: View, part: Part): string {
  const columns = view.columns.map((column) => constantColumn(column, part.constants) ?? quoteSqlName(column.name))
  return `SELECT ${columns.join(', ')} FROM ${sourceOf(part)}`
}

function sourceOf({ files, only }: Part, options = ''): string {
  const numbered = only ? ', file_row_number = true' : ''
  const source = `read_parquet([${files.map(fileName).join(', ')}], hive_partitioning = false${options}${numbered})`
  if (!only) return source
  const { rows, column, values } = only
  const texts = values.map(quoteSqlString)
  // The engine asks a Bloom filter only for what equals one value.
  const test = texts.length === 1 ? `= ${texts[0]}` : `IN (${texts.join(', ')})`
  // By the numbers of its rows the engine skips row groups.
  return `${source} WHERE file_row_number BETWEEN ${rows[0]} AND ${rows[1]} AND ${quoteSqlName(column)} ${test}`
}

/** Files of different age: columns are matched by name, which opens all of them. */
async function selectByName(connection: DuckDBConnection, view: View, part: Part): Promise<string> {
  const source = sourceOf(part, ', union_by_name = true')
  const present = await columnTypes(connection, source)
  const columns = view.columns.map(
    (column) => constantColumn(column, part.constants) ?? unionColumn(column, present.get(column.name.toLowerCase())),
  )
  return `SELECT ${columns.join(', ')} FROM ${source}`
}

function constantColumn({ name, type }: View['columns'][number], constants: Part['constants']): string | undefined {
  const value = constants[name]
  return value === undefined ? undefined : `CAST(${quoteSqlString(value)} AS ${type}) AS ${quoteSqlName(name)}`
}

function selectRows(view: ViewOfRows): string {
  if (view.rows.length === 0) return selectNothing(view)
  const rows = view.rows.map(
    (row) => `(${row.map((cell) => (cell === null ? 'NULL' : quoteSqlString(cell))).join(', ')})`,
  )
  const columns = view.columns.map(({ name, type }, i) => `CAST(c${i} AS ${type}) AS ${quoteSqlName(name)}`)
  return `SELECT ${columns.join(', ')} FROM (VALUES ${rows.join(', ')}) AS t(${view.columns.map((_, i) => `c${i}`).join(', ')})`
}

function selectNothing(view: View): string {
  return `SELECT ${view.columns.map(nullColumn).join(', ')} WHERE false`
}

function nullColumn({ name, type }: View['columns'][number]): string {
  return `CAST(NULL AS ${type}) AS ${quoteSqlName(name)}`
}

function unionColumn(column: View['columns'][number], found: string | undefined): string {
  if (found === undefined) return nullColumn(column)
  const name = quoteSqlName(column.name)
  return found === column.type ? name : `CAST(${name} AS ${column.type}) AS ${name}`
}

function isMissingColumn(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.message.startsWith('Binder Error') &&
    error.message.includes('not found in FROM clause')
  )
}

async function columnTypes(connection: DuckDBConnection, source: string): Promise<ReadonlyMap<string, string>> {
  const rows = await (await connection.run(`DESCRIBE SELECT * FROM ${source}`)).getRowsJson()
  return new Map(rows.map((row) => [String(row[0]).toLowerCase(), String(row[1])]))
}

/**
 * Of a path with `*`, `?` or `[` in it the engine opens the file of exactly that name, and takes it for a pattern only where
 * there is none: then another file must not stand in.
 */
function fileName(path: string): string {
  if (/[*?[]/.test(path) && !existsSync(path)) throw new Error(`IO Error: no file ${path}`)
  return quoteSqlString(path)
}
