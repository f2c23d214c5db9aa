import { isTraillakeError } from '@traillake/core/errors'
import { AwsFault } from '../faults.ts'
import type { Call } from '../operation.ts'

/** The text of the saved query that an alias names. */
export async function savedStatement({ context: { lake } }: Call, alias: string): Promise<string> {
  try {
    return (await lake.savedQueries.get(alias)).sql
  } catch (error) {
    if (!isTraillakeError(error, 'QUERY_NOT_FOUND')) throw error
    throw new AwsFault('InvalidParameterException', `There is no saved query ${alias}.`, { cause: error })
  }
}

/** The id of the query that was started last by an alias. There are no dashboards whose refresh it could be. */
export async function lastOfAlias({ context }: Call, alias: string, refreshId: string | undefined): Promise<string> {
  const last = (await context.queries.store.list()).find((record) => record.alias === alias)
  if (last && refreshId === undefined) return last.id
  throw new AwsFault('QueryIdNotFoundException', `No query was started with the alias ${alias} in the last seven days.`)
}
