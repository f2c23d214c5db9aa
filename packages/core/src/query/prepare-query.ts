import { TraillakeError } from '../errors/index.ts'
import { parse } from '../sql/parse.ts'
import { walk } from '../sql/visit.ts'
import { askQuery } from './ask-query.ts'
import { checkParameters, checkQueryOptions } from './check-options.ts'
import type { QueryContext } from './run-query.ts'
import type { ParameterValue, QueryOptions, QueryResult } from './types.ts'

/** A query that was read once and is asked many times, with other values for its `?`. */
export interface PreparedQuery {
  readonly sql: string
  /** How many `?` the text has. */
  readonly parameterCount: number
  /**
   * Runs it over the lake as it is then. Values are values, never SQL: a text stays a text whatever it holds.
   *
   * Errors: INVALID_PARAMETER_USAGE for too few or too many values, and those of `query`.
   */
  query(
    parameters?: readonly ParameterValue[],
    options?: Omit<QueryOptions, 'parameters' | 'placeholders'>,
  ): Promise<QueryResult>
}

/** Reads a text once. Errors of its grammar are found here; names and types, which depend on the values, when it runs. */
export function prepareQuery(
  context: QueryContext,
  sql: string,
  { placeholders }: Pick<QueryOptions, 'placeholders'> = {},
): PreparedQuery {
  if (typeof sql !== 'string') throw new TraillakeError('INVALID_OPTION', { option: 'sql', reason: 'must be text' })
  checkQueryOptions(placeholders ? { placeholders } : {})
  let parameterCount = 0
  walk(parse(sql), (node) => {
    if (node.kind === 'Parameter') parameterCount = Math.max(parameterCount, node.index + 1)
    return true
  })
  return {
    sql,
    parameterCount,
    async query(parameters = [], options = {}) {
      checkParameters(parameters)
      return askQuery(context, sql, { ...options, parameters, ...(placeholders ? { placeholders } : {}) })
    },
  }
}
