import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { FunctionDefinition } from '../functions/types.ts'
import type { Argument } from './bind.ts'
import { canCast } from './cast.ts'
import { isOrderable } from './coercion.ts'
import { typeExpression } from './expression.ts'
import { expressionKey } from './expression-key.ts'
import { formatExpression } from './format-expression.ts'
import type { Scope } from './scope.ts'
import { fail, type State } from './state.ts'

/** Refuses clauses of a call that its kind of function does not take. */
export function checkClauses(state: State, node: ast.FunctionCall, { kind }: FunctionDefinition): void {
  const name = node.name.parts.map((part) => part.value).join('.')
  if (kind !== 'aggregate') {
    const clause = node.filter
      ? 'Filter is only valid for aggregation functions'
      : 'ORDER BY is only valid for aggregation functions'
    if (node.distinct)
      fail(
        state,
        'FUNCTION_NOT_AGGREGATE',
        { message: 'DISTINCT is not supported for non-aggregation functions' },
        node,
      )
    if (node.filter || node.orderBy.length > 0) fail(state, 'FUNCTION_NOT_AGGREGATE', { message: clause }, node)
  }
  if (kind === 'window' && node.over === undefined) {
    fail(
      state,
      'MISSING_OVER',
      { message: `Window function system.builtin.${name.toLowerCase()} requires an OVER clause` },
      node,
    )
  }
  if (node.nulls && kind !== 'window') {
    fail(
      state,
      'NULL_TREATMENT_NOT_ALLOWED',
      { message: `Cannot specify null treatment clause for ${name} function` },
      node,
    )
  }
}

/** What Trino asks of the arguments of single functions beyond their signatures. */
export function checkBeforeBinding(
  state: State,
  node: ast.FunctionCall,
  name: string,
  args: readonly Argument[],
): void {
  const [first, ...rest] = args
  if (first?.kind !== 'value') return
  if (name === 'listagg' && first.type.kind !== 'varchar' && first.type.kind !== 'unknown') {
    const message = `Expected expression of varchar, but '${formatExpression(node.arguments[0]!)}' has ${formatType(first.type)} type`
    fail(state, 'TYPE_MISMATCH', { message }, node)
  }
  if (name === 'array_join' && first.type.kind === 'array' && !canCast(first.type.element, { kind: 'varchar' })) {
    fail(state, 'OPERATOR_NOT_FOUND', { message: `Cannot cast ${formatType(first.type.element)} to varchar` }, node)
  }
  if (name === 'format') {
    if (first.type.kind !== 'varchar') {
      const message = `Type of first argument to format() must be VARCHAR (actual: ${formatType(first.type)})`
      fail(state, 'TYPE_MISMATCH', { message }, node.arguments[0]!)
    }
    for (const [i, arg] of rest.entries()) {
      if (arg.kind !== 'value' || (arg.type.kind !== 'json' && !canCast(arg.type, { kind: 'varchar' }))) {
        const type = arg.kind === 'value' ? formatType(arg.type) : 'function'
        fail(state, 'NOT_SUPPORTED', { message: `Type not supported for formatting: ${type}` }, node.arguments[i + 1]!)
      }
    }
  }
}

/** ORDER BY of an aggregate: orderable, and with DISTINCT nothing but arguments. */
export function checkOrderBy(state: State, node: ast.FunctionCall, scope: Scope): void {
  for (const { expression } of node.orderBy) {
    const type = typeExpression(state, expression, scope)
    if (!isOrderable(type)) {
      fail(
        state,
        'TYPE_MISMATCH',
        { message: `ORDER BY can only be applied to orderable types (actual: ${formatType(type)})` },
        expression,
      )
    }
  }
  if (!node.distinct || node.orderBy.length === 0) return
  const args = new Set(node.arguments.map((arg) => expressionKey(state, arg)))
  for (const { expression } of node.orderBy) {
    if (args.has(expressionKey(state, expression))) continue
    const message = 'For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments'
    fail(state, 'EXPRESSION_NOT_IN_DISTINCT', { message }, expression)
  }
}
