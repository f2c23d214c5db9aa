import type * as ast from '../ast.ts'
import { children, walk } from '../visit.ts'
import { findAggregates, findGroupings, findWindowed, walkExpression } from './aggregates.ts'
import type { GroupingAnalysis, SpecificationAnalysis } from './analysis.ts'
import { columnId, expressionKey } from './expression-key.ts'
import { formatExpression, formatName } from './format-expression.ts'
import { bare } from './names.ts'
import type { Scope } from './scope.ts'
import type { SelectColumn } from './select.ts'
import { attempt, fail, type State, throwErrors } from './state.ts'

/** Checks that what an aggregating SELECT gives, keeps by HAVING and sorts by has one value for each group. */
export function checkAggregation(
  state: State,
  node: ast.QuerySpecification,
  { grouping }: SpecificationAnalysis,
  columns: readonly SelectColumn[],
  sortItems: readonly ast.SortItem[],
  scope: Scope,
): void {
  const selected = columns.flatMap(({ item }) =>
    item.kind === 'expression' ? [item.expression] : item.kind === 'field' ? [item.base] : [],
  )
  const sorted = sortItems.flatMap((item) => (state.sortPositions.has(item) ? [] : [item.expression]))
  const windowed = node.having ? findWindowed([node.having]) : []
  if (windowed[0])
    fail(
      state,
      'NESTED_WINDOW',
      { message: 'HAVING clause cannot contain window functions or row pattern measures' },
      windowed[0],
    )
  const [grouped] = findGroupings([...selected, ...(node.having ? [node.having] : []), ...sorted])
  if (grouped && !node.groupBy) {
    const message =
      'A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause'
    fail(state, 'MISSING_GROUP_BY', { message }, grouped)
  }
  if (!grouping) return
  const checker = new GroupChecker(state, grouping, scope)
  for (const column of columns) {
    const { item } = column
    if (item.kind === 'column') attempt(state, () => checker.checkColumn(column))
    else attempt(state, () => checker.check(item.kind === 'expression' ? item.expression : item.base))
  }
  if (node.having) {
    const having = node.having
    attempt(state, () => checker.check(having))
  }
  for (const expression of sorted) attempt(state, () => checker.checkSorted(expression))
  throwErrors(state)
}

class GroupChecker {
  readonly #state: State
  readonly #scope: Scope
  readonly #keys: ReadonlySet<string>
  /** Grouping expressions that are plain columns. */
  readonly #grouped: ReadonlySet<number>
  /** All columns of the FROM clause: those of outer queries are constants here. */
  readonly #source: ReadonlySet<number>

  constructor(state: State, grouping: GroupingAnalysis, scope: Scope) {
    this.#state = state
    this.#scope = scope
    this.#keys = new Set(grouping.expressions.map((expression) => expressionKey(state, expression)))
    this.#grouped = new Set(grouping.expressions.flatMap((expression) => this.#columnOf(expression) ?? []))
    this.#source = new Set(
      scope.fields.flatMap(({ meaning }) => (meaning.kind === 'column' ? [columnId(meaning.column)] : [])),
    )
  }

  check(node: ast.Expression): void {
    if (this.#isInvariant(node)) return
    const message = `'${formatExpression(node)}' must be an aggregate expression or appear in GROUP BY clause`
    fail(this.#state, 'EXPRESSION_NOT_AGGREGATE', { message }, node)
  }

  /** As `check`, for ORDER BY, where names can mean output columns: aggregates are computed before there are any. */
  checkSorted(node: ast.Expression): void {
    for (const aggregate of findAggregates(this.#state, [node])) this.#refuseOutputs(aggregate)
    this.check(node)
  }

  checkColumn({ item, name, node }: SelectColumn): void {
    if (item.kind !== 'column' || this.#grouped.has(columnId(item.column))) return
    const field = this.#scope.fields.find(({ meaning }) => meaning.kind === 'column' && meaning.column === item.column)
    const qualified = [...(field?.qualifier ?? []), name ?? '?'].join('.')
    fail(this.#state, 'EXPRESSION_NOT_AGGREGATE', { message: `Column '${qualified}' not in GROUP BY clause` }, node)
  }

  #columnOf(node: ast.Expression): number | undefined {
    const inner = bare(node)
    const reference =
      inner.kind === 'Identifier' || inner.kind === 'Dereference' ? this.#state.references.get(inner) : undefined
    return reference?.kind === 'column' ? columnId(reference.column) : undefined
  }

  #isInvariant(node: ast.Expression): boolean {
    if (this.#keys.has(expressionKey(this.#state, node))) return true
    switch (node.kind) {
      case 'Identifier':
      case 'Dereference': {
        const reference = this.#state.references.get(node)
        if (reference?.kind === 'column') {
          const id = columnId(reference.column)
          return !this.#source.has(id) || this.#grouped.has(id)
        }
        return node.kind === 'Identifier' || reference?.kind !== 'field' || this.#isInvariant(node.base)
      }
      case 'FunctionCall':
        return this.#isInvariantCall(node)
      case 'Grouping':
        this.#checkGrouping(node)
        return true
      case 'Subquery':
      case 'Exists':
        this.#checkQuery(node.query)
        return true
      case 'QuantifiedComparison':
        this.#checkQuery(node.query)
        return this.#isInvariant(node.value)
      case 'In':
        if (!('kind' in node.list)) return [node.value, ...node.list].every((part) => this.#isInvariant(part))
        this.#checkQuery(node.list)
        return this.#isInvariant(node.value)
      default:
        return children(node).every((child) => this.#isInvariantChild(child))
    }
  }

  #isInvariantChild(node: ast.Node): boolean {
    if (node.kind === 'WhenClause') return this.#isInvariant(node.operand) && this.#isInvariant(node.result)
    return isExpression(node) ? this.#isInvariant(node) : true
  }

  #isInvariantCall(node: ast.FunctionCall): boolean {
    if (findAggregates(this.#state, [node])[0] === node) {
      this.#checkAggregate(node)
      return true
    }
    const window = this.#state.windows.get(node)
    if (window) this.#checkWindow(window)
    return node.arguments.every((arg) => this.#isInvariant(arg))
  }

  #checkAggregate(node: ast.FunctionCall): void {
    const parts = [
      ...node.arguments,
      ...node.orderBy.map((item) => item.expression),
      ...(node.filter ? [node.filter] : []),
    ]
    const aggregates = findAggregates(this.#state, parts)
    const name = node.name.parts.map(formatName).join('.')
    if (aggregates.length > 0) {
      const message = `Cannot nest aggregations inside aggregation '${name}': [${aggregates.map(formatExpression).join(', ')}]`
      fail(this.#state, 'NESTED_AGGREGATION', { message }, node)
    }
    const windowed = findWindowed(parts)
    if (windowed.length > 0) {
      const message = `Cannot nest window functions or row pattern measures inside aggregation '${name}': [${windowed.map(formatExpression).join(', ')}]`
      fail(this.#state, 'NESTED_WINDOW', { message }, node)
    }
  }

  #refuseOutputs(aggregate: ast.FunctionCall): void {
    walkExpression(aggregate, (child) => {
      if (child.kind !== 'Identifier' || this.#state.references.get(child)?.kind !== 'output') return
      const message = 'Invalid reference to output projection attribute from ORDER BY aggregation'
      fail(this.#state, 'REFERENCE_TO_OUTPUT_ATTRIBUTE_WITHIN_ORDER_BY_AGGREGATION', { message }, child)
    })
  }

  #checkWindow(window: ast.Window): void {
    const check = (node: ast.Expression, what: string) => {
      if (this.#isInvariant(node)) return
      const message = `${what} expression '${formatExpression(node)}' must be an aggregate expression or appear in GROUP BY clause`
      fail(this.#state, 'EXPRESSION_NOT_AGGREGATE', { message }, node)
    }
    for (const node of window.partitionBy) check(node, 'PARTITION BY')
    for (const item of window.orderBy) check(item.expression, 'ORDER BY')
    for (const bound of [window.frame?.start, window.frame?.end]) if (bound?.value) check(bound.value, 'WINDOW FRAME')
  }

  #checkGrouping(node: ast.Grouping): void {
    const wrong = node.arguments.find((arg) => !this.#keys.has(expressionKey(this.#state, arg)))
    if (!wrong) return
    const message = `The arguments to GROUPING() must be expressions referenced by the GROUP BY at the associated query level. Mismatch due to ${formatExpression(wrong)}.`
    fail(this.#state, 'INVALID_ARGUMENTS', { message }, node)
  }

  /** A sub-query may use grouped columns of this query only. */
  #checkQuery(query: ast.Query): void {
    walk(query, (node) => {
      if (node.kind !== 'Identifier' && node.kind !== 'Dereference') return true
      const id = this.#columnOf(node)
      if (id === undefined) return true
      if (!this.#source.has(id) || this.#grouped.has(id)) return false
      const message = `Subquery uses '${formatExpression(node)}' which must appear in GROUP BY clause`
      return fail(this.#state, 'EXPRESSION_NOT_AGGREGATE', { message }, node)
    })
  }
}

const notExpressions: readonly string[] = [
  'Query',
  'Name',
  'QualifiedName',
  'GenericType',
  'DateTimeType',
  'IntervalType',
  'RowType',
  'SortItem',
  'Window',
]

function isExpression(node: ast.Node): node is ast.Expression {
  return !notExpressions.includes(node.kind)
}
