import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { TraillakeError } from '../errors/index.ts'
import { guardConnection, type QueryControl } from './guard.ts'
import { quoteSqlString } from './instance.ts'
import { createRegistry } from './registry.ts'
import { openSandbox, type SandboxOptions, widenStream } from './sandbox.ts'
import type { ScalarFunction } from './scalar-function.ts'
import { prepareSelect } from './statement.ts'
import { type EngineResult, readChunks, startStream } from './stream.ts'
import { createViews, type View } from './views.ts'

export interface EngineRequest {
  /** One SELECT over the views. */
  readonly sql: string
  readonly views: readonly View[]
  /** `CREATE MACRO` texts by name, of all macros that `sql` calls, in any order. */
  readonly macros?: Readonly<Record<string, string>>
  readonly functions?: readonly ScalarFunction[]
  /** Two requests with one key read exactly the same files in the same words: the engine may use what it planned before. */
  readonly planKey?: string
  /**
   * Writes the rows as a Parquet file into the engine's own scratch folder. The result is then one row, the number of rows and a list of
   * that file, which is whoever's read the result.
   */
  readonly asParquet?: boolean
}

/** Runs SELECTs over lists of Parquet files. Any number of results may be open at once. */
export interface QueryEngine {
  /**
   * Starts a query; rows come as they are asked for.
   *
   * Throws CANCELLED, EXCEEDED_TIME_LIMIT, LAKE_CLOSED, or the engine's own Error. Each result must be closed or read to its end.
   */
  execute(request: EngineRequest, control?: QueryControl): Promise<EngineResult>
  /** Engine processes that were lost while they had a query; absent where there are none. */
  readonly restarts?: number
  /** Stops what runs, closes what is open, frees the instance. */
  close(): Promise<void>
}

/** Plans that are kept while nobody uses them: each holds a connection and its list of files. */
const IDLE_PLANS = 24

/** A connection with its views, and the statement that was prepared over them. */
interface Plan {
  readonly connection: DuckDBConnection
  readonly prepared: DuckDBPreparedStatement
}

/** Opens an engine of its own: one locked DuckDB, a connection for every open result. */
export async function openQueryEngine(options: SandboxOptions): Promise<QueryEngine> {
  const instance = await openSandbox(options)
  const registry = createRegistry(await instance.connect())
  const open = new Set<{ close(): Promise<void> }>()
  const idle = new Map<string, Plan>()
  let closing: Promise<void> | undefined

  function takePlan(key: string | undefined): Plan | undefined {
    const plan = key === undefined ? undefined : idle.get(key)
    if (plan) idle.delete(key!)
    return plan
  }

  /** Keeps the plan of a result that was read to its end; the one not used for longest goes. */
  function keepPlan(key: string, plan: Plan): void {
    if (closing || idle.has(key)) {
      freePlan(plan)
      return
    }
    idle.set(key, plan)
    for (const [oldest, old] of idle) {
      if (idle.size <= IDLE_PLANS) break
      idle.delete(oldest)
      freePlan(old)
    }
  }

  /** @param file where the rows are written, if they are */
  async function makePlan(connection: DuckDBConnection, request: EngineRequest, file?: string): Promise<Plan> {
    await registry.ensure(request.macros ?? {}, request.functions ?? [])
    await widenStream(connection)
    await createViews(connection, request.views)
    const prepared = await prepareSelect(connection, request.sql)
    if (file === undefined) return { connection, prepared }
    // What passed the gate is one SELECT: it cannot end the COPY that it stands in.
    prepared.destroySync()
    return { connection, prepared: await connection.prepare(parquetCopy(request.sql, file)) }
  }

  return {
    async execute(request, control = {}) {
      if (closing) throw new TraillakeError('LAKE_CLOSED', {})
      const kept = request.asParquet ? undefined : takePlan(request.planKey)
      const connection: DuckDBConnection = kept?.connection ?? (await instance.connect())
      const guard = guardConnection(connection, control, () => void held.close())
      let plan = kept
      let closed: Promise<void> | undefined
      let isRead = false
      const file = request.asParquet ? join(instance.tempDirectory, `${randomUUID()}.parquet`) : undefined
      const held = {
        close() {
          closed ??= guard.stop().finally(() => {
            open.delete(held)
            if (file !== undefined && !isRead) rmSync(file, { force: true })
            if (plan && isRead && request.planKey !== undefined && !file) keepPlan(request.planKey, plan)
            else if (plan) freePlan(plan)
            else connection.closeSync()
          })
          return closed
        },
      }
      open.add(held)
      try {
        const ready = await guard.run(async () => {
          plan ??= await makePlan(connection, request, file)
          return startStream(plan.prepared)
        })
        return {
          types: ready.types,
          chunks: () => readChunks(ready, guard, held.close, () => (isRead = true)),
          close: held.close,
        }
      } catch (error) {
        // Whoever stopped the query need not wait until the engine has.
        void held.close()
        throw closing ? new TraillakeError('LAKE_CLOSED', {}) : error
      }
    },
    close() {
      closing ??= (async () => {
        // A query may be on its way between two calls: what it opens meanwhile is closed by its own failure.
        while (open.size > 0) await Promise.all([...open].map((held) => held.close()))
        for (const plan of idle.values()) freePlan(plan)
        await registry.close()
        instance.close()
      })()
      return closing
    },
  }
}

function parquetCopy(select: string, file: string): string {
  return `COPY (${select}) TO ${quoteSqlString(file)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, RETURN_FILES)`
}

function freePlan({ prepared, connection }: Plan): void {
  prepared.destroySync()
  connection.closeSync()
}
