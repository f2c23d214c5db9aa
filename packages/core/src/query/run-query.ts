import { randomUUID } from 'node:crypto'
import type { EngineRequest, QueryEngine } from '../engine/query-engine.ts'
import { macroStatement } from '../sql/emit/library.ts'
import { udfsByName } from '../sql/emit/udfs.ts'
import { fetchViews } from './copies/local-views.ts'
import { explainFailure } from './engine-failure.ts'
import { type PlanContext, type PlanOptions, planQuery, type QueryPlan } from './plan-query.ts'
import { createQueryResult, type RunningQuery } from './query-result.ts'
import type { QueryOptions, QueryResult } from './types.ts'

/** What a query needs of the lake. */
export interface QueryContext extends PlanContext {
  /** Opens the engine on first use. */
  readonly engine: () => Promise<QueryEngine>
}

/**
 * Runs one Lake query: translate, pin a version of every table, leave out the files that cannot match, execute.
 *
 * Rows come as they are taken. Errors are TraillakeErrors with Trino's code, message and place where the query is at fault;
 * those of execution may come while rows are taken.
 *
 * @param watch made for the query's plan; sees its rows and its end
 */
export async function startQuery(
  context: QueryContext,
  text: string,
  options: QueryOptions & PlanOptions,
  watch?: (plan: QueryPlan) => NonNullable<RunningQuery['watch']>,
): Promise<QueryResult> {
  const receivedAt = performance.now()
  // The first query opens the engine, in other threads: meanwhile the text is translated.
  const opening = Promise.resolve().then(() => context.engine())
  opening.catch(() => undefined)
  const plan = await planQuery(context, text, options)
  const { translation, translateMs, pruneMs } = plan
  const queryId = randomUUID()
  const watcher = watch?.(plan)
  const startedAt = performance.now()
  const statistics = { ...plan.statistics, translateMs, pruneMs }
  try {
    const engine = await opening
    const views = await fetchViews(context.lake, context.footers, plan, options.signal)
    const result = await engine.execute(engineRequest({ ...plan, views }), options)
    try {
      return createQueryResult({
        fields: translation.columns,
        result,
        options,
        queryId,
        statistics,
        receivedAt,
        startedAt,
        explain: (error) => explainFailure(error, text),
        ...(watcher ? { watch: watcher } : {}),
      })
    } catch (error) {
      await result.close()
      throw error
    }
  } catch (failure) {
    const error = explainFailure(failure, text)
    const now = performance.now()
    await watcher?.end({
      queryId,
      status: error.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED',
      error,
      statistics: { ...statistics, rows: 0, executeMs: now - startedAt, totalMs: now - receivedAt },
    })
    throw error
  }
}

/** What the engine is asked for. */
export function engineRequest({ translation, views, planKey }: QueryPlan): EngineRequest {
  return {
    sql: translation.sql,
    views,
    macros: Object.fromEntries(translation.macros.map((name) => [name, macroStatement(name)])),
    functions: translation.udfs.map((name) => known(udfsByName(), name)),
    ...(planKey === undefined ? {} : { planKey }),
  }
}

function known<T>(library: ReadonlyMap<string, T>, name: string): T {
  const found = library.get(name)
  if (found === undefined) throw new Error(`the emitted text needs ${name}, which there is not`)
  return found
}
