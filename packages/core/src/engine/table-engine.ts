import type { DuckDBConnection } from '@duckdb/node-api'
import { type EngineInstance, openInstance } from './instance.ts'

/** Runs SQL for tables: checkpoints, ledgers, checks. An in-memory DuckDB, opened on first use. */
export interface TableEngine {
  /** A local folder for temporary files. */
  readonly scratch: string
  /** Runs a statement without result. */
  run(sql: string): Promise<void>
  /** Runs a query whose columns are all VARCHAR and gives its rows, in batches, in order. */
  rows(sql: string): AsyncIterable<readonly (readonly (string | null)[])[]>
  /** Lets `use` work on a connection of its own, closed afterwards. */
  withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  close(): void
}

export interface TableEngineOptions {
  readonly scratch: string
  readonly threads?: number
  /** Default 256 MB. */
  readonly memoryBytes?: number
}

export function createTableEngine(options: TableEngineOptions): TableEngine {
  let opened: Promise<EngineInstance> | undefined
  let closed = false

  async function connect(): Promise<DuckDBConnection> {
    if (closed) throw new Error('the engine is closed')
    opened ??= openInstance({
      tempRoot: options.scratch,
      threads: options.threads ?? 1,
      memoryBytes: options.memoryBytes ?? 256_000_000,
    })
    return (await opened).connect()
  }

  async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await connect()
    try {
      return await use(connection)
    } finally {
      connection.closeSync()
    }
  }

  return {
    scratch: options.scratch,
    withConnection,
    run: (sql) =>
      withConnection(async (connection) => {
        await connection.run(sql)
      }),
    async *rows(sql) {
      const connection = await connect()
      try {
        const result = await connection.stream(sql)
        for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
          yield chunk.getRows() as unknown as (string | null)[][]
        }
      } finally {
        connection.closeSync()
      }
    },
    close() {
      closed = true
      opened?.then(
        (instance) => instance.close(),
        () => undefined,
      )
    },
  }
}
