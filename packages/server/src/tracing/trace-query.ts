import type { Lake, QueryOptions, QueryResult } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { Span, Tracing } from './span.ts'

/** An answer whose way to the reader is followed. */
export interface TracedResult {
  readonly result: QueryResult
  /** To be called once, when all rows were taken or no more will be. */
  end(error?: unknown): void
}

/**
 * Asks a query inside a span `query` with the phases `translate`, `plan`, `execute` (to the first rows) and `deliver` (to the last).
 */
export async function tracedQuery(
  lake: Lake,
  tracing: Tracing,
  parent: Span,
  statement: string,
  options: QueryOptions,
): Promise<TracedResult> {
  const startedAt = performance.now()
  const span = parent.begin('query', tracing.statements ? { 'db.query.text': statement } : {}, startedAt)
  let result: QueryResult
  try {
    result = await lake.query(statement, options)
  } catch (error) {
    span.end({ error: codeOf(error) })
    throw error
  }
  const { translateMs, pruneMs, filesKnown, filesScanned, bytesScanned, eventsScanned } = result.statistics
  const phases = [
    ['translate', startedAt, startedAt + translateMs],
    ['plan', startedAt + translateMs, startedAt + translateMs + pruneMs],
    ['execute', startedAt + translateMs + pruneMs, performance.now()],
  ] as const
  for (const [name, from, at] of phases) span.begin(name, {}, from).end({ at })
  span.set({
    'traillake.query_id': result.queryId,
    'traillake.files_known': filesKnown,
    'traillake.files_scanned': filesScanned,
    'traillake.bytes_scanned': bytesScanned,
    'traillake.events_scanned': eventsScanned,
  })
  const deliver = span.begin('deliver')
  return {
    result,
    end(error) {
      const outcome = error === undefined ? {} : { error: codeOf(error) }
      span.set({ 'db.response.returned_rows': result.statistics.rows })
      deliver.end(outcome)
      span.end(outcome)
    },
  }
}

/** Never the message: it may quote rows. */
export function codeOf(error: unknown): string {
  return isTraillakeError(error) ? error.code : 'INTERNAL_ERROR'
}
