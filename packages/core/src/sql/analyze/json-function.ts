import { BOOLEAN, formatType, type LakeType, VARCHAR } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { canCast } from './cast.ts'
import { commonSuperType, isNumeric } from './coercion.ts'
import { typeExpression } from './expression.ts'
import type { Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'
import { analyzeType } from './type-node.ts'

/** JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT, JSON_ARRAY. They read and give JSON as text. */
export function typeJsonFunction(state: State, node: ast.JsonFunction, scope: Scope): LakeType {
  const isBuilder = node.name === 'JSON_OBJECT' || node.name === 'JSON_ARRAY'
  for (const key of node.keys ?? []) {
    const type = typeExpression(state, key, scope)
    if (type.kind !== 'varchar' && type.kind !== 'unknown') {
      fail(state, 'INVALID_FUNCTION_ARGUMENT', { message: `Invalid type of JSON object key: ${formatType(type)}` }, key)
    }
  }
  for (const [i, arg] of node.arguments.entries()) {
    const type = typeExpression(state, arg, scope)
    if (isBuilder && !node.formatJson?.[i]) checkValue(state, arg, type)
    else checkJsonText(state, arg, type)
  }
  for (const { value, formatJson } of node.passing ?? []) {
    const type = typeExpression(state, value, scope)
    if (formatJson) checkJsonText(state, value, type)
    else checkValue(state, value, type)
  }
  const result = resultType(state, node)
  for (const behavior of [node.onEmpty, node.onError]) {
    if (behavior?.kind === 'DEFAULT') checkDefault(state, behavior.value, result, scope)
  }
  return result
}

function resultType(state: State, node: ast.JsonFunction): LakeType {
  const returning = node.returning && analyzeType(state, node.returning)
  if (node.name === 'JSON_EXISTS') return BOOLEAN
  const isScalar =
    returning &&
    (isNumeric(returning) || ['boolean', 'varchar', 'char', 'date', 'time', 'timestamp'].includes(returning.kind))
  if (returning && node.name === 'JSON_VALUE' && !isScalar) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Invalid return type of function JSON_VALUE: ${formatType(returning)}` },
      node,
    )
  }
  if (returning && node.name !== 'JSON_VALUE' && !['varchar', 'char', 'varbinary'].includes(returning.kind)) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Cannot output JSON value as ${formatType(returning)} using formatting JSON` },
      node,
    )
  }
  return returning ?? VARCHAR
}

function checkJsonText(state: State, node: ast.Expression, type: LakeType): void {
  if (['varchar', 'char', 'varbinary', 'unknown'].includes(type.kind)) return
  fail(
    state,
    'TYPE_MISMATCH',
    { message: `Cannot read input of type ${formatType(type)} as JSON using formatting JSON` },
    node,
  )
}

/** A value that becomes JSON: a scalar of SQL, or JSON text from another of these functions. */
function checkValue(state: State, node: ast.Expression, type: LakeType): void {
  if (
    type.kind === 'array' ||
    type.kind === 'map' ||
    type.kind === 'row' ||
    !(type.kind === 'json' || canCast(type, VARCHAR))
  ) {
    fail(state, 'NOT_SUPPORTED', { message: `Unsupported type of JSON value: ${formatType(type)}` }, node)
  }
}

function checkDefault(state: State, node: ast.Expression, result: LakeType, scope: Scope): void {
  const type = typeExpression(state, node, scope)
  if (!commonSuperType(type, result)) {
    fail(
      state,
      'TYPE_MISMATCH',
      {
        message: `Function JSON_VALUE default ON EMPTY result must evaluate to a ${formatType(result)} (actual: ${formatType(type)})`,
      },
      node,
    )
  }
  coerce(state, node, result, type)
}
