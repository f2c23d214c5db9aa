import type { QueryEngine } from '../engine/query-engine.ts'
import { macroStatement } from '../sql/emit/library.ts'
import { udfsByName } from '../sql/emit/udfs.ts'
import { checkQueryOptions } from './check-options.ts'
import { explainFailure } from './engine-failure.ts'
import { type PlanContext, type PlanOptions, planQuery, type QueryPlan } from './plan-query.ts'
import { createQueryResult } from './query-result.ts'
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
 */
export async function runQuery(context: QueryContext, text: string, options: QueryOptions = {}): Promise<QueryResult> {
  checkQueryOptions(options)
  return (await startQuery(context, text, options)).result
}

/** As `runQuery`, with what the query was planned to be, and for options that were checked. */
export async function startQuery(
  context: QueryContext,
  text: string,
  options: QueryOptions & PlanOptions,
): Promise<{ readonly plan: QueryPlan; readonly result: QueryResult }> {
  const receivedAt = performance.now()
  const plan = await planQuery(context, text, options)
  const { translation, translateMs, pruneMs } = plan
  try {
    const startedAt = performance.now()
    const engine = await context.engine()
    const result = await engine.execute(
      {
        sql: translation.sql,
        views: plan.views,
        macros: Object.fromEntries(translation.macros.map((name) => [name, macroStatement(name)])),
        functions: translation.udfs.map((name) => known(udfsByName(), name)),
        ...(plan.planKey === undefined ? {} : { planKey: plan.planKey }),
      },
      options,
    )
    try {
      const made = createQueryResult({
        fields: translation.columns,
        result,
        options,
        statistics: { ...plan.statistics, translateMs, pruneMs },
        receivedAt,
        startedAt,
        explain: (error) => explainFailure(error, text),
      })
      return { plan, result: made }
    } catch (error) {
      await result.close()
      throw error
    }
  } catch (error) {
    throw explainFailure(error, text)
  }
}

function known<T>(library: ReadonlyMap<string, T>, name: string): T {
  const found = library.get(name)
  if (found === undefined) throw new Error(`the emitted text needs ${name}, which there is not`)
  return found
}
