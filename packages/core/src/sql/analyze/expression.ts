import {
  array,
  BIGINT,
  BOOLEAN,
  formatType,
  INTEGER,
  type LakeType,
  map,
  row,
  time,
  timestamp,
  VARCHAR,
} from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { typeCall, typeConcatenation, typeCurrentValue, typeExtract, typeTrim } from './call.ts'
import { canCast, canCastToJson, isDated } from './cast.ts'
import { commonSuperType, isInteger } from './coercion.ts'
import { typeBetween, typeComparison, typeIn, typeIsDistinct, typeQuantified } from './compare.ts'
import { typeJsonFunction } from './json-function.ts'
import { literalType, parameterType } from './literals.ts'
import { bare } from './names.ts'
import { arithmetic, isSigned } from './operators.ts'
import { analyzeSubquery } from './query.ts'
import { typeDereference, typeIdentifier } from './reference.ts'
import type { Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'
import { analyzeType } from './type-node.ts'

/** Finds the type of an expression and of everything in it, and what its names and calls mean; all of it is kept in `state`. */
export function typeExpression(state: State, node: ast.Expression, scope: Scope): LakeType {
  const type = (typers[node.kind] as Typer)(state, node, scope)
  state.typeOf.set(node, type)
  return type
}

type Typer<N = ast.Expression> = (state: State, node: N, scope: Scope) => LakeType
type Typers = { readonly [K in ast.Expression['kind']]: Typer<Extract<ast.Expression, { kind: K }>> }

/** Types an expression that must be boolean; a NULL counts as one. `what` begins the message: `WHERE clause`. */
export function typeCondition(
  state: State,
  node: ast.Expression,
  scope: Scope,
  message: (actual: string) => string,
): void {
  const type = typeExpression(state, node, scope)
  if (type.kind === 'unknown') coerce(state, node, BOOLEAN, type)
  else if (type.kind !== 'boolean') fail(state, 'TYPE_MISMATCH', { message: message(formatType(type)) }, node)
}

/**
 * Converts expressions to their common type and returns it.
 *
 * @param what begins the message of the error when there is none: `All CASE results`
 * @param shown the types that the message lists
 */
export function unifyTypes(
  state: State,
  nodes: readonly ast.Expression[],
  types: readonly LakeType[],
  what: string,
  shown: readonly LakeType[] = types,
): LakeType {
  let common: LakeType = { kind: 'unknown' }
  for (const [i, type] of types.entries()) {
    const wider = commonSuperType(common, type)
    if (!wider) {
      const all = [...new Set(shown.map(formatType))].join(', ')
      const message = `${what} must be the same type or coercible to a common type. Cannot find common type between ${formatType(common)} and ${formatType(type)}, all types (without duplicates): [${all}]`
      return fail(state, 'TYPE_MISMATCH', { message }, nodes[i]!)
    }
    common = wider
  }
  for (const [i, node] of nodes.entries()) coerce(state, node, common, types[i]!)
  return common
}

const typeAll = (state: State, nodes: readonly ast.Expression[], scope: Scope) =>
  nodes.map((node) => typeExpression(state, node, scope))

const typeLiteral: Typer<ast.Literal> = (state, node) => literalType(state, node)

const typers: Typers = {
  NullLiteral: typeLiteral,
  BooleanLiteral: typeLiteral,
  LongLiteral: typeLiteral,
  DecimalLiteral: typeLiteral,
  DoubleLiteral: typeLiteral,
  StringLiteral: typeLiteral,
  BinaryLiteral: typeLiteral,
  GenericLiteral: typeLiteral,
  IntervalLiteral: typeLiteral,
  Parameter: (state, node) => parameterType(state.options.parameters?.[node.index] ?? null),
  Identifier: (state, node, scope) => typeIdentifier(state, node, scope),
  Dereference: (state, node, scope) => typeDereference(state, node, scope),
  Subscript: typeSubscript,
  Parenthesized: (state, node, scope) => typeExpression(state, node.expression, scope),
  Row: (state, node, scope) => row(typeAll(state, node.items, scope).map((type) => ({ type }))),
  ArrayConstructor: (state, node, scope) =>
    array(unifyTypes(state, node.items, typeAll(state, node.items, scope), 'All ARRAY elements')),
  Arithmetic: typeArithmetic,
  Negation: (state, node, scope) => {
    const type = typeExpression(state, node.value, scope)
    if (isSigned(type)) return type
    return fail(
      state,
      'TYPE_MISMATCH',
      {
        message:
          node.operator === '-'
            ? `Cannot negate ${formatType(type)}`
            : `Unary '+' operator cannot by applied to ${formatType(type)} type`,
      },
      node,
    )
  },
  Concatenation: (state, node, scope) => typeConcatenation(state, node, scope),
  AtTimeZone: typeAtTimeZone,
  Comparison: (state, node, scope) => typeComparison(state, node, scope),
  QuantifiedComparison: (state, node, scope) => typeQuantified(state, node, scope),
  IsDistinctFrom: (state, node, scope) => typeIsDistinct(state, node, scope),
  Between: (state, node, scope) => typeBetween(state, node, scope),
  In: (state, node, scope) => typeIn(state, node, scope),
  Like: typeLike,
  IsNull: (state, node, scope) => {
    typeExpression(state, node.value, scope)
    return BOOLEAN
  },
  Exists: (state, node, scope) => {
    analyzeSubquery(state, node.query, node, scope)
    return BOOLEAN
  },
  Subquery: (state, node, scope) => {
    const columns = analyzeSubquery(state, node.query, node, scope)
    if (columns.length === 1) return columns[0]!.type
    return row(columns.map(({ name, type }) => (name === undefined ? { type } : { name, type })))
  },
  Not: (state, node, scope) => {
    typeCondition(
      state,
      node.value,
      scope,
      (actual) => `Value of logical NOT expression must evaluate to a boolean (actual: ${actual})`,
    )
    return BOOLEAN
  },
  Logical: (state, node, scope) => {
    for (const term of node.terms) {
      typeCondition(
        state,
        term,
        scope,
        (actual) => `Logical expression term must evaluate to a boolean (actual: ${actual})`,
      )
    }
    return BOOLEAN
  },
  SimpleCase: typeSimpleCase,
  SearchedCase: (state, node, scope) => {
    for (const when of node.whens) {
      typeCondition(
        state,
        when.operand,
        scope,
        (actual) => `CASE WHEN clause must evaluate to a boolean (actual: ${actual})`,
      )
    }
    return typeResults(state, node, scope)
  },
  Cast: (state, node, scope) => {
    const to = analyzeType(state, node.type, node)
    const from = typeExpression(state, node.value, scope)
    if (canCast(from, to)) return to
    if (to.kind === 'json' && canCastToJson(from, isDated))
      return fail(state, 'INVALID_CAST_ARGUMENT', { message: `Cannot cast ${formatType(from)} to JSON` }, node)
    return fail(state, 'TYPE_MISMATCH', { message: `Cannot cast ${formatType(from)} to ${formatType(to)}` }, node)
  },
  FunctionCall: (state, node, scope) => typeCall(state, node, scope),
  Lambda: (state, node) =>
    fail(state, 'TYPE_MISMATCH', { message: 'Lambda expression should always be used inside a function' }, node),
  Extract: (state, node, scope) => typeExtract(state, node, scope),
  Trim: (state, node, scope) => typeTrim(state, node, scope),
  CurrentValue: (state, node) => typeCurrentValue(state, node),
  Grouping: (state, node, scope) => {
    typeAll(state, node.arguments, scope)
    return node.arguments.length <= 31 ? INTEGER : BIGINT
  },
  JsonFunction: (state, node, scope) => typeJsonFunction(state, node, scope),
}

function typeArithmetic(state: State, node: ast.Arithmetic, scope: Scope): LakeType {
  const left = typeExpression(state, node.left, scope)
  const right = typeExpression(state, node.right, scope)
  const operation = arithmetic(node.operator, left, right)
  if (!operation) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Cannot apply operator: ${formatType(left)} ${node.operator} ${formatType(right)}` },
      node,
    )
  }
  coerce(state, node.left, operation.left, left)
  coerce(state, node.right, operation.right, right)
  return operation.result
}

function typeSubscript(state: State, node: ast.Subscript, scope: Scope): LakeType {
  const base = typeExpression(state, node.base, scope)
  const index = typeExpression(state, node.index, scope)
  if (base.kind === 'row') {
    const literal = bare(node.index)
    if (literal.kind !== 'LongLiteral') {
      return fail(
        state,
        'EXPRESSION_NOT_SCALAR',
        { message: 'Subscript expression on ROW requires a constant index' },
        node.index,
      )
    }
    if (literal.value < 1n)
      return fail(
        state,
        'INVALID_FUNCTION_ARGUMENT',
        { message: `Invalid subscript index: ${literal.value}. ROW indices start at 1` },
        node.index,
      )
    const field = base.fields[Number(literal.value) - 1]
    const message = `Subscript index out of bounds: ${literal.value}, max value is ${base.fields.length}`
    return field?.type ?? fail(state, 'INVALID_FUNCTION_ARGUMENT', { message }, node.index)
  }
  if (base.kind === 'array' && (isInteger(index) || index.kind === 'unknown')) {
    coerce(state, node.index, BIGINT, index)
    return base.element
  }
  if (base.kind === 'map') {
    const key = commonSuperType(base.key, index)
    if (key) {
      coerce(state, node.base, map(key, base.value), base)
      coerce(state, node.index, key, index)
      return base.value
    }
  }
  return fail(
    state,
    'TYPE_MISMATCH',
    { message: `Cannot use ${formatType(index)} for subscript of ${formatType(base)}` },
    node,
  )
}

function typeAtTimeZone(state: State, node: ast.AtTimeZone, scope: Scope): LakeType {
  const type = typeExpression(state, node.value, scope)
  const zone = typeExpression(state, node.zone, scope)
  if (type.kind !== 'time' && type.kind !== 'timestamp') {
    const message = `Type of value must be a time or timestamp with or without time zone (actual ${formatType(type)})`
    return fail(state, 'TYPE_MISMATCH', { message }, node.value)
  }
  if (zone.kind !== 'varchar' && zone.kind !== 'interval day to second') {
    return fail(state, 'TYPE_MISMATCH', { message: `Unsupported type for time zone: ${formatType(zone)}` }, node.zone)
  }
  const result = type.kind === 'time' ? time(type.precision, true) : timestamp(type.precision, true)
  coerce(state, node.value, result, type)
  return result
}

function typeLike(state: State, node: ast.Like, scope: Scope): LakeType {
  const value = typeExpression(state, node.value, scope)
  if (value.kind === 'unknown') coerce(state, node.value, VARCHAR, value)
  else if (value.kind !== 'varchar' && value.kind !== 'char') {
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `Left side of LIKE expression must evaluate to a varchar (actual: ${formatType(value)})` },
      node.value,
    )
  }
  for (const [part, name] of [
    [node.pattern, 'Pattern'],
    [node.escape, 'Escape'],
  ] as const) {
    if (!part) continue
    const type = typeExpression(state, part, scope)
    if (type.kind === 'unknown') coerce(state, part, VARCHAR, type)
    else if (type.kind !== 'varchar') {
      fail(
        state,
        'TYPE_MISMATCH',
        { message: `${name} for LIKE expression must evaluate to a varchar (actual: ${formatType(type)})` },
        part,
      )
    }
  }
  return BOOLEAN
}

function typeSimpleCase(state: State, node: ast.SimpleCase, scope: Scope): LakeType {
  const operand = typeExpression(state, node.operand, scope)
  const operands = [operand]
  for (const when of node.whens) {
    const type = typeExpression(state, when.operand, scope)
    operands.push(type)
    if (!commonSuperType(operand, type)) {
      const message = `CASE operand type does not match WHEN clause operand type: ${formatType(operand)} vs ${formatType(type)}`
      fail(state, 'TYPE_MISMATCH', { message }, when.operand)
    }
  }
  unifyTypes(
    state,
    [node.operand, ...node.whens.map((when) => when.operand)],
    operands,
    'CASE operand type and WHEN clause operand types',
  )
  return typeResults(state, node, scope)
}

function typeResults(state: State, node: ast.SimpleCase | ast.SearchedCase, scope: Scope): LakeType {
  const results = node.whens.map((when) => when.result)
  if (node.otherwise) results.push(node.otherwise)
  return unifyTypes(state, results, typeAll(state, results, scope), 'All CASE results')
}
