import { existsSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteSqlName, quoteSqlString } from './instance.ts'

/** A view over exactly these Parquet files. */
export interface ViewOfFiles {
  readonly name: string
  /** Absolute paths, oldest first: a column that came later is then missed at once, not in the middle of a result. */
  readonly files: readonly string[]
  /** The columns that the view has, in this order, with their engine types. A file without one gives NULL. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/**
 * Makes temporary views, seen by this connection alone.
 *
 * Hive partitioning is off: what a row says comes from the file, never from its path.
 */
export async function createViews(connection: DuckDBConnection, views: readonly ViewOfFiles[]): Promise<void> {
  for (const view of views) {
    const create = (select: string) => connection.run(`CREATE TEMP VIEW ${quoteSqlName(view.name)} AS ${select}`)
    if (view.files.length === 0) {
      await create(`SELECT ${view.columns.map(nullColumn).join(', ')} WHERE false`)
      continue
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
      await create(
        `SELECT ${view.columns.map((c) => unionColumn(c, present.get(c.name.toLowerCase()))).join(', ')} FROM ${source}`,
      )
    }
  }
}

function nullColumn({ name, type }: ViewOfFiles['columns'][number]): string {
  return `CAST(NULL AS ${type}) AS ${quoteSqlName(name)}`
}

function unionColumn(column: ViewOfFiles['columns'][number], found: string | undefined): string {
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
