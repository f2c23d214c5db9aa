import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { findAggregates, refuseAggregates } from './aggregates.ts'
import { checkAggregation } from './aggregation.ts'
import type { GroupingAnalysis } from './analysis.ts'
import { isComparable } from './coercion.ts'
import { typeCondition, typeExpression } from './expression.ts'
import { formatExpression } from './format-expression.ts'
import { analyzeGroupBy } from './group-by.ts'
import { lateralScope } from './join.ts'
import { checkDistinctOrder, sortSelect } from './order-by.ts'
import { type QueryColumn, setOutputs } from './query.ts'
import { analyzeRelation, isLateral } from './relation.ts'
import { innerQuery, type Scope, type ScopeField, withFields } from './scope.ts'
import { analyzeSelect, type SelectColumn } from './select.ts'
import { attempt, errorAt, type State, throwErrors } from './state.ts'
import { checkWindows, defineWindows } from './window.ts'

/** Analyzes SELECT … FROM … WHERE … GROUP BY … HAVING …; `query` brings the ORDER BY that sees the FROM clause, too. */
export function analyzeSpecification(
  state: State,
  node: ast.QuerySpecification,
  outer: Scope,
  query: ast.Query | undefined,
): readonly QueryColumn[] {
  const from = analyzeFrom(state, node.from, innerQuery(outer))
  const scope = defineWindows(state, node, from)

  if (node.where) {
    const where = node.where
    attempt(state, () => {
      refuseAggregates(state, where, 'WHERE clause')
      typeCondition(state, where, scope, (actual) => `WHERE clause must evaluate to a boolean: actual type ${actual}`)
    })
  }
  const columns = analyzeSelect(state, node, scope)
  if (columns === undefined) {
    checkGroupingNames(state, node, scope)
    return throwErrors(state) as never
  }
  checkDistinct(state, node, columns)
  const grouping = attempt(state, () => analyzeGroupBy(state, node, columns, scope))
  if (node.having) {
    const having = node.having
    attempt(state, () =>
      typeCondition(
        state,
        having,
        scope,
        (actual) => `HAVING clause must evaluate to a boolean: actual type ${actual}`,
      ),
    )
  }
  throwErrors(state)

  const outputs = columns.map(({ name, type }) => ({ name, type }))
  const sortItems = query?.orderBy ?? []
  if (query && sortItems.length > 0) {
    attempt(state, () => sortSelect(state, query, node, columns, scope))
    throwErrors(state)
  }
  setOutputs(state, node, outputs)
  const specification = {
    items: columns.map((column) => column.item),
    writtenAs: columns.map((column) => column.node),
    grouping: aggregation(state, node, columns, sortItems, grouping),
  }
  state.specifications.set(node, specification)
  checkAggregation(state, node, specification, columns, sortItems, scope)
  checkWindows(state, node, [...columns.flatMap(expressionOf), ...sortItems.map((item) => item.expression)])
  if (node.distinct && sortItems.length > 0) checkDistinctOrder(state, node, columns, sortItems)
  return outputs
}

/** Errors of GROUP BY that do not depend on the SELECT list, when that is wrong itself. */
function checkGroupingNames(state: State, node: ast.QuerySpecification, scope: Scope): void {
  for (const element of node.groupBy?.elements ?? []) {
    const expressions = element.kind === 'SimpleGroupBy' ? element.expressions : element.sets.flat()
    for (const expression of expressions) attempt(state, () => typeExpression(state, expression, scope))
  }
}

function expressionOf({ item }: SelectColumn): readonly ast.Expression[] {
  return item.kind === 'expression' ? [item.expression] : []
}

/** The scope of a FROM clause: relations joined by commas, each lateral one seeing those before it. */
function analyzeFrom(state: State, relations: readonly ast.Relation[], scope: Scope): Scope {
  let fields: readonly ScopeField[] = []
  for (const relation of relations) {
    fields = [...fields, ...analyzeRelation(state, relation, isLateral(relation) ? lateralScope(scope, fields) : scope)]
  }
  return withFields(scope, fields)
}

function checkDistinct(state: State, node: ast.QuerySpecification, columns: readonly SelectColumn[]): void {
  if (!node.distinct) return
  for (const { item, type } of columns) {
    if (isComparable(type)) continue
    const of = item.kind === 'expression' ? `: ${formatExpression(item.expression)}` : ''
    const message = `DISTINCT can only be applied to comparable types (actual: ${formatType(type)})${of}`
    state.errors.push(errorAt(state, 'TYPE_MISMATCH', { message }, node))
  }
}

/** The grouping of a query that aggregates: by GROUP BY, or all rows into one where there is an aggregate or HAVING. */
function aggregation(
  state: State,
  node: ast.QuerySpecification,
  columns: readonly SelectColumn[],
  sortItems: readonly ast.SortItem[],
  grouping: GroupingAnalysis | undefined,
): GroupingAnalysis | undefined {
  if (grouping) return grouping
  const expressions = [...columns.flatMap(expressionOf), ...sortItems.map((item) => item.expression)]
  const aggregates = node.having !== undefined || findAggregates(state, expressions).length > 0
  return aggregates ? { expressions: [], sets: [[]] } : undefined
}
