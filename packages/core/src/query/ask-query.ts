import { checkQueryOptions } from './check-options.ts'
import { rememberQuery } from './history/remember-query.ts'
import { type QueryContext, startQuery } from './run-query.ts'
import type { QueryOptions, QueryResult } from './types.ts'

/** Answers one Lake query, as `lake.query` does. */
export async function askQuery(context: QueryContext, text: string, options: QueryOptions = {}): Promise<QueryResult> {
  checkQueryOptions(options)
  return options.remember ? rememberQuery(context, text, options) : startQuery(context, text, options)
}
