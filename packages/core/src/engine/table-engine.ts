import type { DuckDBConnection } from '@duckdb/node-api'
import { type EngineInstance, type InstanceOptions, openInstance } from './instance.ts'

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
  /** Stops what is under way and frees everything. */
  close(): Promise<void>
}

export interface TableEngineOptions {
  readonly scratch: string
  readonly threads?: number
  /** Default 256 MB. */
  readonly memoryBytes?: number
  /** More settings of the engine, by name. */
  readonly settings?: InstanceOptions['settings']
}

export function createTableEngine(options: TableEngineOptions): TableEngine {
  let opened: Promise<EngineInstance> | undefined
  let closed = false

  /** Connections in use, with what is under way on them. */
  const busy = new Map<DuckDBConnection, Promise<unknown>>()

  async function connect(): Promise<DuckDBConnection> {
    if (closed) throw new Error('the engine is closed')
    opened ??= openInstance({
      tempRoot: options.scratch,
      threads: options.threads ?? 1,
      memoryBytes: options.memoryBytes ?? 256_000_000,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    })
    return (await opened).connect()
  }

  /** Lets `close` wait: an instance that is freed while it works takes the process with it. */
  async function track<T>(connection: DuckDBConnection, work: Promise<T>): Promise<T> {
    busy.set(connection, work)
    try {
      return await work
    } finally {
      busy.delete(connection)
    }
  }

  async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await connect()
    try {
      return await track(connection, use(connection))
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
        const result = await track(connection, connection.stream(sql))
        for (;;) {
          const chunk = await track(connection, result.fetchChunk())
          if (!chunk || chunk.rowCount === 0) return
          yield chunk.getRows() as unknown as (string | null)[][]
        }
      } finally {
        connection.closeSync()
      }
    },
    async close() {
      closed = true
      for (const connection of busy.keys()) connection.interrupt()
      await Promise.allSettled(busy.values())
      const instance = await opened?.catch(() => undefined)
      instance?.close()
    },
  }
}
