import type { DuckDBConnection } from '@duckdb/node-api'
import { TraillakeError } from '../errors/index.ts'
import { guardConnection, type QueryControl } from './guard.ts'
import { createRegistry } from './registry.ts'
import { openSandbox, type SandboxOptions } from './sandbox.ts'
import type { ScalarFunction } from './scalar-function.ts'
import { type EngineResult, streamResult } from './stream.ts'
import { createViews, type View } from './views.ts'

export interface EngineRequest {
  /** One SELECT over the views. */
  readonly sql: string
  readonly views: readonly View[]
  /** `CREATE MACRO` texts by name, of all macros that `sql` calls, in any order. */
  readonly macros?: Readonly<Record<string, string>>
  readonly functions?: readonly ScalarFunction[]
}

/** Runs SELECTs over lists of Parquet files. Any number of results may be open at once. */
export interface QueryEngine {
  /**
   * Starts a query; rows come as they are asked for.
   *
   * Throws CANCELLED, EXCEEDED_TIME_LIMIT, LAKE_CLOSED, or the engine's own Error. Each result must be closed or read to its end.
   */
  execute(request: EngineRequest, control?: QueryControl): Promise<EngineResult>
  /** Stops what runs, closes what is open, frees the instance. */
  close(): Promise<void>
}

/** Opens an engine of its own: one locked DuckDB, a connection for every open result. */
export async function openQueryEngine(options: SandboxOptions): Promise<QueryEngine> {
  const instance = await openSandbox(options)
  const registry = createRegistry(await instance.connect())
  const open = new Set<{ close(): Promise<void> }>()
  let closing: Promise<void> | undefined

  return {
    async execute(request, control = {}) {
      if (closing) throw new TraillakeError('LAKE_CLOSED', {})
      const connection: DuckDBConnection = await instance.connect()
      const guard = guardConnection(connection, control, () => void held.close())
      let closed: Promise<void> | undefined
      const held = {
        close() {
          closed ??= guard.stop().finally(() => {
            connection.closeSync()
            open.delete(held)
          })
          return closed
        },
      }
      open.add(held)
      try {
        await guard.run(async () => {
          await registry.ensure(request.macros ?? {}, request.functions ?? [])
          await createViews(connection, request.views)
        })
        return await streamResult(connection, request.sql, guard, held.close)
      } catch (error) {
        await held.close()
        throw closing ? new TraillakeError('LAKE_CLOSED', {}) : error
      }
    },
    close() {
      closing ??= (async () => {
        // A query may be on its way between two calls: what it opens meanwhile is closed by its own failure.
        while (open.size > 0) await Promise.all([...open].map((held) => held.close()))
        await registry.close()
        instance.close()
      })()
      return closing
    },
  }
}
