import { TraillakeError } from '../../errors/index.ts'
import { engineFieldName, engineType } from '../../schema/engine-type.ts'
import { BOOLEAN, type LakeType } from '../../schema/types.ts'
import { intervalValue } from '../analyze/literals.ts'
import type * as ast from '../ast.ts'
import { arithmeticSql, negateSql } from '../rewrite/arithmetic.ts'
import { atTimeZoneSql } from '../rewrite/at-time-zone.ts'
import { castSql, tryCastSql } from '../rewrite/cast/cast.ts'
import { compareSql, distinctSql, inListSql } from '../rewrite/comparison.ts'
import { identityOf } from '../rewrite/identity.ts'
import { likeSql } from '../rewrite/like.ts'
import { logicalSql } from '../rewrite/short-circuit.ts'
import { subscriptSql } from '../rewrite/subscript.ts'
import { isTemporal, temporalArithmeticSql } from '../rewrite/temporal-arithmetic.ts'
import { trySql } from '../rewrite/try.ts'
import { callSql, namedCallSql } from './calls.ts'
import { columnSql } from './columns.ts'
import { currentValue } from './current-value.ts'
import type { Emit, Emitters } from './emitter.ts'
import { jsonFunctionSql } from './json-functions.ts'
import { lambdaParameter } from './lambdas.ts'
import {
  binaryLiteral,
  booleanLiteral,
  decimalLiteral,
  doubleLiteral,
  genericLiteral,
  integerLiteral,
  nullOf,
  parameterLiteral,
} from './literals.ts'
import { mayFail } from './may-fail.ts'
import { existsSql, inQuerySql, quantifiedSql, scalarSql } from './subqueries.ts'
import { bind, bindAll, quoteName, quoteString } from './text.ts'

/** True when a value cannot be NaN: a literal, or a number of a type that has none. */
function isNumber(node: ast.Expression, emit: Emit): boolean {
  return isLiteral(node) || !['double', 'real'].includes(emit.analysis.typeOf.get(node)?.kind ?? 'double')
}

/**
 * Values to compare, and the type in which they are.
 *
 * Timestamps with a zone are compared as instants, and so a column without one stays as it is and can prune.
 */
function comparands(
  nodes: readonly ast.Expression[],
  emit: Emit,
): { readonly values: readonly string[]; readonly type: LakeType } {
  const type = nodes.map(emit.type).reduce(comparedType)
  if (type.kind !== 'timestamp' || !type.withTimeZone) return { values: nodes.map(emit), type }
  const instant: LakeType = { ...type, withTimeZone: false }
  const values = nodes.map((node) => {
    const from = emit.analysis.typeOf.get(node)!
    const isZoned = from.kind === 'timestamp' && from.withTimeZone
    return isZoned ? identityOf(emit(node), type) : castSql(emit.raw(node), from, instant)
  })
  return { values, type: instant }
}

export const isLiteral = (node: ast.Expression): boolean =>
  node.kind === 'Parenthesized'
    ? isLiteral(node.expression)
    : [
        'LongLiteral',
        'DecimalLiteral',
        'DoubleLiteral',
        'StringLiteral',
        'BooleanLiteral',
        'NullLiteral',
        'GenericLiteral',
        'Parameter',
      ].includes(node.kind)

/** Every kind of expression in the words of the engine, in its own type. */
export const expressionEmitters: Emitters<ast.Expression> = {
  NullLiteral: (n, emit) => nullOf(own(n, emit)),
  BooleanLiteral: (n) => booleanLiteral(n.value),
  LongLiteral: (n, emit) => {
    const { kind } = own(n, emit)
    return integerLiteral(n.value, kind === 'integer' ? 'integer' : 'bigint')
  },
  DecimalLiteral: (n, emit) => decimalLiteral(n.text, own(n, emit)),
  DoubleLiteral: (n) => doubleLiteral(n.text),
  StringLiteral: (n) => quoteString(n.value),
  BinaryLiteral: (n) => binaryLiteral(n.hex),
  GenericLiteral: genericLiteral,
  IntervalLiteral: (n, emit) =>
    own(n, emit).kind === 'interval day to second'
      ? integerLiteral(wholeUnits(n), 'bigint')
      : integerLiteral(wholeUnits(n), 'integer'),
  Parameter: (n, emit) => parameterLiteral(emit.environment.parameters[n.index] ?? null, own(n, emit)),
  Identifier: (n, emit) => referenceSql(n, emit),
  Dereference: (n, emit) => referenceSql(n, emit),
  Subscript: (n, emit) => subscriptSql(emit(n.base), emit(n.index), emit.type(n.base), n),
  Parenthesized: (n, emit) => emit(n.expression),
  Row: (n, emit) => {
    const type = own(n, emit)
    if (type.kind !== 'row') throw new TypeError('a row without a row type')
    const members = n.items.map(
      (item, i) => `${quoteName(engineFieldName(type.fields, i))} := ${emit.as(item, type.fields[i]!.type)}`,
    )
    return `struct_pack(${members.join(', ')})`
  },
  ArrayConstructor: (n, emit) => {
    const type = own(n, emit)
    if (type.kind !== 'array') throw new TypeError('an array without an array type')
    if (n.items.length === 0) return `CAST([] AS ${engineType(type)})`
    return `[${n.items.map((item) => emit.as(item, type.element)).join(', ')}]`
  },
  Arithmetic: (n, emit) => {
    const types = { left: emit.type(n.left), right: emit.type(n.right), result: own(n, emit) }
    const [left, right] = [emit(n.left), emit(n.right)]
    if (!isTemporal(types.left) && !isTemporal(types.right)) return arithmeticSql(n.operator, left, right, types)
    const sql = temporalArithmeticSql(n.operator, left, right, types)
    return sql ?? unsupported(`${types.left.kind} ${n.operator} ${types.right.kind}`, n)
  },
  Negation: (n, emit) => (n.operator === '+' ? emit(n.value) : negateSql(emit(n.value), own(n, emit))),
  Concatenation: (n, emit) => {
    const result = own(n, emit)
    const [left, right] = [emit.type(n.left), emit.type(n.right)]
    // A bare NULL among arrays is no array and no element.
    if (result.kind === 'array' && [n.left, n.right].some((operand) => own(operand, emit).kind === 'unknown'))
      return nullOf(result)
    if (result.kind === 'array' && left.kind !== 'array')
      return joinedLists(emit.as(n.left, result.element), emit.as(n.right, result), 'list_prepend')
    // An array of arrays and an array: the right is an element.
    if (result.kind === 'array' && (right.kind !== 'array' || sameDepth(right, result.element)))
      return joinedLists(emit.as(n.left, result), emit.as(n.right, result.element), 'list_append')
    if (result.kind === 'array') return joinedLists(emit.as(n.left, result), emit.as(n.right, result), 'list_concat')
    return `(${emit(n.left)} || ${emit(n.right)})`
  },
  AtTimeZone: (n, emit) => atTimeZoneSql(emit(n.value), emit.type(n.value), emit(n.zone), emit.type(n.zone), n),
  Comparison: (n, emit) => {
    const { values, type } = comparands([n.left, n.right], emit)
    return compareSql(n.operator, values[0]!, values[1]!, type, {
      leftIsNumber: isNumber(n.left, emit),
      rightIsNumber: isNumber(n.right, emit),
    })
  },
  QuantifiedComparison: quantifiedSql,
  IsDistinctFrom: (n, emit) => {
    const { values, type } = comparands([n.left, n.right], emit)
    return distinctSql(n.negated, values[0]!, values[1]!, type)
  },
  Between: (n, emit) => {
    const { values, type } = comparands([n.value, n.min, n.max], emit)
    const [value, min, max] = values as [string, string, string]
    const plain = !['double', 'real', 'row', 'array'].includes(type.kind)
    const between = bind(value, (v) => {
      if (plain || (isNumber(n.min, emit) && isNumber(n.max, emit))) {
        return `(${identityOf(v, type)} BETWEEN ${identityOf(min, type)} AND ${identityOf(max, type)})`
      }
      return `(${compareSql('>=', v, min, type)} AND ${compareSql('<=', v, max, type)})`
    })
    return n.negated ? `(NOT ${between})` : between
  },
  In: (n, emit) => {
    if ('kind' in n.list) return inQuerySql(n, n.list, emit)
    const { values, type } = comparands([n.value, ...n.list], emit)
    const sql = inListSql(
      values[0]!,
      values.slice(1),
      type,
      n.list.every((item) => isNumber(item, emit)),
    )
    return n.negated ? `(NOT ${sql})` : sql
  },
  Like: (n, emit) => {
    const literal = (node: ast.Expression | undefined): string | undefined =>
      node?.kind === 'StringLiteral' ? node.value : undefined
    const escapeBy = n.escape === undefined ? undefined : emit(n.escape)
    const sql = likeSql(
      emit(n.value),
      emit(n.pattern),
      escapeBy,
      { pattern: literal(n.pattern), escape: literal(n.escape) },
      n.span,
    )
    return n.negated ? `(NOT ${sql})` : sql
  },
  IsNull: (n, emit) => `(${emit(n.value)} IS ${n.negated ? 'NOT ' : ''}NULL)`,
  Exists: existsSql,
  Subquery: scalarSql,
  Not: (n, emit) => `(NOT ${emit(n.value)})`,
  Logical: (n, emit) =>
    logicalSql(
      n.operator,
      n.terms.map((term, i) => (i === 0 ? emit(term) : emit.lazy(term, BOOLEAN))),
      n.terms.map((term) => mayFail(term, emit)),
    ),
  SimpleCase: (n, emit) => {
    const result = own(n, emit)
    return bind(emit(n.operand), (operand) => {
      const whens = n.whens.map((when) => {
        const type = comparedType(emit.type(n.operand), emit.type(when.operand))
        const test = compareSql('=', operand, emit(when.operand), type, { rightIsNumber: isNumber(when.operand, emit) })
        return `WHEN ${test} THEN ${emit.lazy(when.result, result)}`
      })
      return `CASE ${whens.join(' ')} ELSE ${n.otherwise ? emit.lazy(n.otherwise, result) : nullOf(result)} END`
    })
  },
  SearchedCase: (n, emit) => {
    const result = own(n, emit)
    const whens = n.whens.map((when) => `WHEN ${emit(when.operand)} THEN ${emit.lazy(when.result, result)}`)
    return `CASE ${whens.join(' ')} ELSE ${n.otherwise ? emit.lazy(n.otherwise, result) : nullOf(result)} END`
  },
  Cast: (n, emit) => {
    const [from, to] = [emit.type(n.value), own(n, emit)]
    const convert = (value: string): string => {
      try {
        return castSql(value, from, to)
      } catch (error) {
        throw error instanceof TraillakeError && error.span === undefined && error.code === 'NOT_SUPPORTED'
          ? new TraillakeError('NOT_SUPPORTED', { message: error.reason }, { span: n.span })
          : error
      }
    }
    if (!n.safe) return convert(emit(n.value))
    return tryCastSql(emit(n.value), from, to) ?? trySql(emit(n.value), convert)
  },
  FunctionCall: callSql,
  Lambda: (n) => unsupported('a lambda outside a function call', n),
  Extract: (n, emit) => namedCallSql(n, [n.value], emit),
  Trim: (n, emit) => namedCallSql(n, n.characters === undefined ? [n.value] : [n.value, n.characters], emit),
  CurrentValue: currentValue,
  Grouping: (n, emit) => `CAST(GROUPING(${n.arguments.map((a) => emit(a)).join(', ')}) AS ${engineType(own(n, emit))})`,
  JsonFunction: jsonFunctionSql,
}

/** Milliseconds or months of an interval; what is smaller is cut off. */
function wholeUnits(node: ast.IntervalLiteral): bigint {
  // Sums of fractions of a second carry an error of 10^-12 or so.
  return BigInt(Math.trunc(Number(intervalValue(node).toFixed(6))))
}

/** NULL where either side is, also where that is an element. */
function joinedLists(left: string, right: string, by: 'list_prepend' | 'list_append' | 'list_concat'): string {
  return bindAll(
    [left, right],
    ([l, r]) => `CASE WHEN ${l} IS NOT NULL AND ${r} IS NOT NULL THEN ${by}(${l}, ${r}) END`,
  )
}

function own(node: ast.Expression, emit: Emit): LakeType {
  const type = emit.analysis.typeOf.get(node)
  if (type === undefined) throw new TypeError(`no type for ${node.kind}`)
  return type
}

/** The type in which two coerced operands are compared: one of them may be a bare NULL, or differ in a length only. */
export function comparedType(a: LakeType, b: LakeType): LakeType {
  return a.kind === 'unknown' ? b : a
}

function sameDepth(a: LakeType, b: LakeType): boolean {
  return a.kind === 'array'
    ? b.kind === 'array' && (sameDepth(a.element, b.element) || a.element.kind === 'unknown')
    : b.kind !== 'array'
}

function referenceSql(node: ast.Identifier | ast.Dereference, emit: Emit): string {
  const reference = emit.analysis.references.get(node)
  switch (reference?.kind) {
    case 'column':
      return columnSql(reference.column)
    case 'output':
      return emit.scope.outputs![reference.index]!
    case 'lambda':
      return lambdaParameter(reference.lambda, reference.index)
    case 'field': {
      if (node.kind !== 'Dereference') throw new TypeError('a field without a base')
      return fieldSql(emit(node.base), emit.type(node.base), reference.index)
    }
    case undefined:
      throw new TypeError(`unresolved ${node.kind}`)
  }
}

/** A member of a row value. */
export function fieldSql(base: string, type: LakeType, index: number): string {
  if (type.kind !== 'row') throw new TypeError(`a member of ${type.kind}`)
  return `struct_extract(${base}, ${quoteString(engineFieldName(type.fields, index))})`
}

export function unsupported(what: string, node: ast.Located): never {
  throw new TraillakeError('NOT_SUPPORTED', { message: `${what} is not supported` }, { span: node.span })
}
