import type * as ast from '../ast.ts'
import { fail, type State } from './state.ts'

/** Checks OFFSET, LIMIT and FETCH FIRST: their parameters, and that ties have an order. */
export function analyzeLimit(state: State, { limit, offset, orderBy }: ast.Query): void {
  if (offset) checkCount(state, offset, 'OFFSET', 0n)
  if (!limit) return
  if (limit.count) checkCount(state, limit.count, limit.withTies ? 'FETCH FIRST' : 'LIMIT', limit.withTies ? 1n : 0n)
  if (limit.withTies && orderBy.length === 0) {
    fail(state, 'MISSING_ORDER_BY', { message: 'FETCH FIRST WITH TIES clause requires ORDER BY' }, limit)
  }
}

function checkCount(state: State, node: ast.RowCount, clause: string, least: bigint): void {
  const value = node.kind === 'LongLiteral' ? node.value : state.options.parameters?.[node.index]
  const isCount = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  if (!isCount) {
    fail(
      state,
      'INVALID_LIMIT_CLAUSE',
      { message: `${clause} row count must be an integer (actual value: ${String(value)})` },
      node,
    )
  } else if (BigInt(value) < least) {
    const bound = least === 0n ? 'greater or equal to 0' : 'positive'
    fail(
      state,
      'NUMERIC_VALUE_OUT_OF_RANGE',
      { message: `${clause} row count must be ${bound} (actual value: ${value})` },
      node,
    )
  }
}
