import { existsSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteSqlName, quoteSqlString } from './instance.ts'

export type View = ViewOfFiles | ViewOfRows

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
    if ('rows' in view) await create(selectRows(view))
    else await createViewOfFiles(connection, view, create)
  }
}

async function createViewOfFiles(
  connection: DuckDBConnection,
  view: ViewOfFiles,
  create: (select: string) => Promise<unknown>,
): Promise<void> {
  if (view.files.length === 0) {
    await create(selectNothing(view))
    return
  }
  const list = view.files.map(fileName).join(', ')
  const columns = view.columns.map(({ name }) => quoteSqlName(name)).join(', ')
  try {
    await create(`SELECT ${columns} FROM read_parquet([${list}], hive_partitioning = false)`)
  } catch (error) {
    if (!isMissingColumn(error)) throw error
    // Files of different age: matched by name, which opens all of them.
    const source = `read_parquet([${list}], hive_partitioning = false, union_by_name = true)`
    const present = await columnTypes(connection, source)
    const found = view.columns.map((column) => unionColumn(column, present.get(column.name.toLowerCase())))
    await create(`SELECT ${found.join(', ')} FROM ${source}`)
  }
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
