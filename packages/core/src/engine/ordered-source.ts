import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import { loadDuckDb, loadDuckDbBindings } from './duckdb.ts'

/** A SQL table function whose rows are whatever `set` was given last. */
export interface RowsSource<Rows> {
  set(rows: Rows): void
  /** Lets go of the rows; the function yields none until the next `set`. */
  clear(): void
}

/**
 * Registers the table function `name()`, by which a query reads rows from JavaScript memory, in their order, one chunk of up
 * to 2,048 a call. A function cannot be taken back from a connection, so one is registered once and its rows are changed
 * between queries.
 *
 * @param fill puts rows from `start` on into an empty chunk
 */
export function registerOrderedSource<Rows extends { readonly rowCount: number }>(
  connection: DuckDBConnection,
  name: string,
  columns: readonly { readonly name: string; readonly type: DuckDBType }[],
  fill: (output: DuckDBDataChunk, rows: Rows, start: number, count: number) => void,
): RowsSource<Rows> {
  const chunkRows = loadDuckDbBindings().vector_size()
  let rows: Rows | undefined
  const source = loadDuckDb().DuckDBTableFunction.create({
    name,
    bindFunction(info) {
      for (const column of columns) info.addResultColumn(column.name, column.type)
      info.setCardinality(rows?.rowCount ?? 0, true)
    },
    initFunction(info) {
      // One scanning thread: the rows come in their order, and the callback runs in one place.
      info.setMaxThreads(1)
      info.setInitData({ next: 0 })
    },
    mainFunction(info, output) {
      try {
        const cursor = info.initData as { next: number }
        const start = cursor.next
        const count = rows ? Math.min(chunkRows, rows.rowCount - start) : 0
        output.rowCount = count
        cursor.next = start + count
        if (rows && count > 0) fill(output, rows, start, count)
      } catch (error) {
        info.setError(error instanceof Error ? error.message : String(error))
      }
    },
  })
  connection.registerTableFunction(source)
  return {
    set(next) {
      rows = next
    },
    clear() {
      rows = undefined
    },
  }
}
