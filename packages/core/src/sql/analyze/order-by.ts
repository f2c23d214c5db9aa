import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { OutputItem } from './analysis.ts'
import { isOrderable } from './coercion.ts'
import { typeExpression } from './expression.ts'
import { columnKey, expressionKey } from './expression-key.ts'
import { formatExpression } from './format-expression.ts'
import { bare } from './names.ts'
import { withOutputs } from './query.ts'
import type { Scope } from './scope.ts'
import type { SelectColumn } from './select.ts'
import { fail, type State } from './state.ts'

/** Analyzes ORDER BY of a SELECT: names mean output columns first, then those of FROM. */
export function sortSelect(
  state: State,
  query: ast.Query,
  node: ast.QuerySpecification,
  columns: readonly SelectColumn[],
  from: Scope,
): void {
  const outputs = withOutputs({ ...from, parent: from, isQueryBoundary: false }, columns)
  sortOutputs(state, query, node, outputs)
}

/** Analyzes the sort items of a query over its output columns, which are the fields of `scope`. */
export function sortOutputs(state: State, query: ast.Query, at: ast.QueryBody, scope: Scope): void {
  for (const item of query.orderBy) {
    const position = ordinal(state, item, scope)
    if (position !== undefined) {
      state.sortPositions.set(item, position)
      state.typeOf.set(item.expression, scope.fields[position]!.type)
    } else {
      typeExpression(state, item.expression, scope)
      const inner = bare(item.expression)
      const reference = inner.kind === 'Identifier' ? state.references.get(inner) : undefined
      if (reference?.kind === 'output') state.sortPositions.set(item, reference.index)
    }
    const type = state.typeOf.get(item.expression)!
    if (!isOrderable(type)) {
      const message = `Type ${formatType(type)} is not orderable, and therefore cannot be used in ORDER BY: ${formatExpression(item.expression)}`
      fail(state, 'TYPE_MISMATCH', { message }, at)
    }
  }
}

/** The output column that an integer names, from 0. */
function ordinal(state: State, { expression }: ast.SortItem, scope: Scope): number | undefined {
  const inner = bare(expression)
  if (inner.kind !== 'LongLiteral') return undefined
  if (inner.value >= 1n && inner.value <= BigInt(scope.fields.length)) return Number(inner.value) - 1
  return fail(
    state,
    'INVALID_COLUMN_REFERENCE',
    { message: `ORDER BY position ${inner.value} is not in select list` },
    expression,
  )
}

/** SELECT DISTINCT sorts by nothing but what it selects. */
export function checkDistinctOrder(
  state: State,
  node: ast.QuerySpecification,
  columns: readonly SelectColumn[],
  sortItems: readonly ast.SortItem[],
): void {
  const keys = columns.map(({ item }) => outputKey(state, item))
  for (const item of sortItems) {
    const isSelected =
      state.sortPositions.has(item) || keys.includes(expressionKey(state, item.expression, (index) => keys[index]!))
    if (isSelected) continue
    fail(
      state,
      'EXPRESSION_NOT_IN_DISTINCT',
      { message: 'For SELECT DISTINCT, ORDER BY expressions must appear in select list' },
      node,
    )
  }
}

/** The key of an item of a SELECT list. */
export function outputKey(state: State, item: OutputItem): string {
  if (item.kind === 'column') return columnKey(item.column)
  return item.kind === 'expression'
    ? expressionKey(state, item.expression)
    : `${expressionKey(state, item.base)} field ${item.field}`
}
