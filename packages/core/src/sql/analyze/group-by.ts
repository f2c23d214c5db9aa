import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { refuseAggregates } from './aggregates.ts'
import type { GroupingAnalysis } from './analysis.ts'
import { isComparable } from './coercion.ts'
import { typeExpression } from './expression.ts'
import { expressionKey } from './expression-key.ts'
import { formatExpression } from './format-expression.ts'
import { bare } from './names.ts'
import type { Scope } from './scope.ts'
import type { SelectColumn } from './select.ts'
import { attempt, fail, type State } from './state.ts'

/** More sets than this are refused, as in Trino. */
const MAX_GROUPING_SETS = 2048

/** Analyzes GROUP BY: positions become their items, and the sets of all elements are multiplied out. Undefined without GROUP BY. */
export function analyzeGroupBy(
  state: State,
  node: ast.QuerySpecification,
  columns: readonly SelectColumn[],
  scope: Scope,
): GroupingAnalysis | undefined {
  const { groupBy } = node
  if (!groupBy) return undefined
  const collector = new Collector(state)
  let sets: readonly (readonly number[])[] = [[]]
  for (const element of groupBy.elements) {
    const factor = attempt(state, () => elementSets(state, element, columns, scope, collector))
    if (!factor) continue
    if (sets.length * factor.length > MAX_GROUPING_SETS) {
      fail(
        state,
        'NOT_SUPPORTED',
        {
          message: `GROUP BY has ${sets.length * factor.length} grouping sets but can contain at most ${MAX_GROUPING_SETS}`,
        },
        groupBy,
      )
    }
    sets = sets.flatMap((set) => factor.map((other) => unique([...set, ...other])))
  }
  const { expressions } = collector
  for (const expression of expressions) {
    const type = state.typeOf.get(expression)!
    if (!isComparable(type)) {
      fail(
        state,
        'TYPE_MISMATCH',
        { message: `${formatType(type)} is not comparable, and therefore cannot be used in GROUP BY` },
        node,
      )
    }
  }
  return { expressions, sets: groupBy.distinct ? distinctSets(sets) : sets }
}

/** The distinct grouping expressions, in the order they are met. */
class Collector {
  readonly expressions: ast.Expression[] = []
  readonly #indexes = new Map<string, number>()
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  add(expression: ast.Expression): number {
    const key = expressionKey(this.#state, expression)
    let index = this.#indexes.get(key)
    if (index === undefined) {
      index = this.expressions.push(expression) - 1
      this.#indexes.set(key, index)
    }
    return index
  }
}

function elementSets(
  state: State,
  element: ast.GroupingElement,
  columns: readonly SelectColumn[],
  scope: Scope,
  collector: Collector,
): readonly (readonly number[])[] {
  if (element.kind === 'SimpleGroupBy') {
    return [
      unique(
        element.expressions.map((expression) => collector.add(simpleExpression(state, expression, columns, scope))),
      ),
    ]
  }
  const sets = element.sets.map((set) =>
    unique(set.map((expression) => collector.add(columnExpression(state, expression, scope)))),
  )
  switch (element.kind) {
    case 'GroupingSets':
      return sets
    case 'Rollup':
      return Array.from({ length: sets.length + 1 }, (_, i) => unique(sets.slice(0, sets.length - i).flat()))
    case 'Cube':
      return subsets(sets)
  }
}

function simpleExpression(
  state: State,
  expression: ast.Expression,
  columns: readonly SelectColumn[],
  scope: Scope,
): ast.Expression {
  const inner = bare(expression)
  if (inner.kind !== 'LongLiteral') {
    refuseAggregates(state, expression, 'GROUP BY clause')
    typeExpression(state, expression, scope)
    return expression
  }
  const column = columns[Number(inner.value) - 1]
  if (inner.value < 1n || !column) {
    return fail(
      state,
      'INVALID_COLUMN_REFERENCE',
      { message: `GROUP BY position ${inner.value} is not in select list` },
      expression,
    )
  }
  const item = asExpression(state, column, expression)
  refuseAggregates(state, item, 'GROUP BY clause')
  return item
}

/** What a position stands for; a column that `*` brought in gets a name to stand for it. */
function asExpression(state: State, { item, name, type }: SelectColumn, at: ast.Expression): ast.Expression {
  if (item.kind === 'expression') return item.expression
  if (item.kind === 'column') {
    const identifier: ast.Identifier = { kind: 'Identifier', value: name ?? '', quoted: true, span: at.span }
    state.references.set(identifier, { kind: 'column', column: item.column, depth: 0 })
    state.typeOf.set(identifier, type)
    return identifier
  }
  const field: ast.Name = { kind: 'Name', value: name ?? '', quoted: true, span: at.span }
  const dereference: ast.Dereference = { kind: 'Dereference', base: item.base, field, span: at.span }
  state.references.set(dereference, { kind: 'field', index: item.field })
  state.typeOf.set(dereference, type)
  return dereference
}

/** GROUPING SETS, ROLLUP and CUBE take columns only. */
function columnExpression(state: State, expression: ast.Expression, scope: Scope): ast.Expression {
  typeExpression(state, expression, scope)
  const inner = bare(expression)
  const isColumn =
    (inner.kind === 'Identifier' || inner.kind === 'Dereference') && state.references.get(inner)?.kind === 'column'
  if (isColumn) return expression
  const message = `GROUP BY expression must be a column reference: ${formatExpression(expression)}`
  return fail(state, 'INVALID_COLUMN_REFERENCE', { message }, expression)
}

function subsets(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const all: (readonly number[])[] = []
  for (let mask = (1 << sets.length) - 1; mask >= 0; mask--) {
    all.push(unique(sets.filter((_, i) => mask & (1 << (sets.length - 1 - i))).flat()))
  }
  return all
}

function unique(indexes: readonly number[]): readonly number[] {
  return [...new Set(indexes)]
}

function distinctSets(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const seen = new Map(sets.map((set) => [set.toSorted((a, b) => a - b).join(), set]))
  return [...seen.values()]
}
