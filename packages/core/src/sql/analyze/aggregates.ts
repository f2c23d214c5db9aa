import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import { definitionOf } from './call.ts'
import { formatExpression } from './format-expression.ts'
import { fail, type State } from './state.ts'

/** Calls of aggregate functions in an expression that are not windowed; sub-queries are not looked into. */
export function findAggregates(state: State, nodes: readonly ast.Expression[]): ast.FunctionCall[] {
  return findCalls(nodes, (node) => node.over === undefined && definitionOf(state, node.name)?.kind === 'aggregate')
}

/** Calls with OVER. */
export function findWindowed(nodes: readonly ast.Expression[]): ast.FunctionCall[] {
  return findCalls(nodes, (node) => node.over !== undefined)
}

export function findGroupings(nodes: readonly ast.Expression[]): ast.Grouping[] {
  const found: ast.Grouping[] = []
  for (const node of nodes) walkExpression(node, (child) => child.kind === 'Grouping' && found.push(child))
  return found
}

function findCalls(nodes: readonly ast.Expression[], wanted: (node: ast.FunctionCall) => boolean): ast.FunctionCall[] {
  const found: ast.FunctionCall[] = []
  for (const node of nodes)
    walkExpression(node, (child) => child.kind === 'FunctionCall' && wanted(child) && found.push(child))
  return found
}

/** Visits an expression and all within it, but for sub-queries. */
export function walkExpression(node: ast.Expression, visit: (node: ast.Node) => unknown): void {
  walk(node, (child) => {
    if (child.kind === 'Query') return false
    visit(child)
    return true
  })
}

/** Throws EXPRESSION_NOT_SCALAR when a clause that sees single rows holds an aggregate, a window function or GROUPING. */
export function refuseAggregates(state: State, node: ast.Expression, clause: string): void {
  const found = [...findAggregates(state, [node]), ...findWindowed([node]), ...findGroupings([node])]
  if (!found[0]) return
  const message = `${clause} cannot contain aggregations, window functions or grouping operations: [${found.map(formatExpression).join(', ')}]`
  const hint = clause === 'WHERE clause' ? 'put the condition into HAVING, or filter a sub-query' : undefined
  fail(state, 'EXPRESSION_NOT_SCALAR', { message }, node, hint)
}
