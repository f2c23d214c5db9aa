import { engineFieldName } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { ComparisonOperator } from '../ast.ts'
import { bind, bindAll, quoteString } from '../emit/text.ts'
import { lambda } from './cast/lambda.ts'
import { identityOf } from './identity.ts'
import { raise } from './raise.ts'

/** Which of two values cannot be NaN. */
export interface Comparands {
  readonly leftIsNumber?: boolean
  readonly rightIsNumber?: boolean
}

/** Compares two values of one type as Trino does: three-valued also inside arrays, rows and maps, NaN equal to nothing. */
export function compareSql(
  operator: ComparisonOperator,
  left: string,
  right: string,
  type: LakeType,
  known: Comparands = {},
): string {
  if (operator === '=') return equalSql(left, right, type, known)
  if (operator === '<>') return `(NOT ${equalSql(left, right, type, known)})`
  return orderSql(operator, left, right, type, known)
}

/** True when `=` of the engine is Trino's for the type. */
function comparesPlainly(type: LakeType): boolean {
  return (
    !['double', 'real', 'array', 'row', 'map'].includes(type.kind) &&
    !((type.kind === 'timestamp' || type.kind === 'time') && type.withTimeZone)
  )
}

function equalSql(left: string, right: string, type: LakeType, known: Comparands): string {
  if (comparesPlainly(type)) return `(${left} = ${right})`
  switch (type.kind) {
    case 'double':
    case 'real':
      // Where one cannot be NaN the engine is right.
      if (known.leftIsNumber || known.rightIsNumber) return `(${left} = ${right})`
      return bindAll(
        [left, right],
        ([a, b]) => `(CASE WHEN isnan(${a}) AND isnan(${b}) THEN false ELSE ${a} = ${b} END)`,
      )
    case 'array':
      return bindAll([left, right], ([a, b]) => equalArrays(a!, b!, type.element))
    case 'row':
      return bindAll([left, right], ([a, b]) => equalRows(a!, b!, type))
    case 'map':
      return bindAll([left, right], ([a, b]) => equalMaps(a!, b!, type))
    default:
      return `(${identityOf(left, type)} = ${identityOf(right, type)})`
  }
}

function equalArrays(a: string, b: string, element: LakeType): string {
  const pair = lambda((p) => equalSql(`${p}[1]`, `${p}[2]`, element, {}))
  const pairs = `list_transform(list_zip(${a}, ${b}), ${pair})`
  return `(CASE WHEN len(${a}) <> len(${b}) THEN false WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${bind(pairs, (m) => `trino_all(${m})`)} END)`
}

function equalRows(a: string, b: string, type: LakeType & { readonly kind: 'row' }): string {
  const members = type.fields.map((field, i) => {
    const name = quoteString(engineFieldName(type.fields, i))
    return equalSql(`struct_extract(${a}, ${name})`, `struct_extract(${b}, ${name})`, field.type, {})
  })
  return members.length === 0 ? `(${a} = ${b})` : `(${members.join(' AND ')})`
}

function equalMaps(a: string, b: string, type: LakeType & { readonly kind: 'map' }): string {
  const same = lambda(
    (k) =>
      `CASE WHEN NOT map_contains(${b}, ${k}) THEN false ELSE ${equalSql(`${a}[${k}]`, `${b}[${k}]`, type.value, {})} END`,
  )
  const all = bind(`list_transform(map_keys(${a}), ${same})`, (m) => `trino_all(${m})`)
  return `(CASE WHEN cardinality(${a}) <> cardinality(${b}) THEN false WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${all} END)`
}

function orderSql(
  operator: '<' | '<=' | '>' | '>=',
  left: string,
  right: string,
  type: LakeType,
  known: Comparands,
): string {
  switch (type.kind) {
    case 'double':
    case 'real': {
      // The engine takes NaN for the largest value: an answer of false there needs no guard.
      const greater = operator === '>' || operator === '>='
      const mayBeNan = { left: !known.leftIsNumber && greater, right: !known.rightIsNumber && !greater }
      if (operator.length === 2 && !known.leftIsNumber && !known.rightIsNumber) mayBeNan.left = mayBeNan.right = true
      if (!mayBeNan.left && !mayBeNan.right) return `(${left} ${operator} ${right})`
      return bindAll([left, right], ([a, b]) => {
        const tests = [
          mayBeNan.left ? `(isnan(${a}) AND ${b} IS NOT NULL)` : '',
          mayBeNan.right ? `(isnan(${b}) AND ${a} IS NOT NULL)` : '',
        ]
        return `(CASE WHEN ${tests.filter((t) => t !== '').join(' OR ')} THEN false ELSE ${a} ${operator} ${b} END)`
      })
    }
    case 'row':
      return bindAll([left, right], ([a, b]) => orderRows(operator, a!, b!, type))
    case 'array':
      return bindAll([left, right], ([a, b]) => orderArrays(operator, a!, b!, type.element))
    default:
      return `(${identityOf(left, type)} ${operator} ${identityOf(right, type)})`
  }
}

/** The first members that differ decide; a NULL among the members before them fails. */
function orderRows(
  operator: '<' | '<=' | '>' | '>=',
  a: string,
  b: string,
  type: LakeType & { readonly kind: 'row' },
): string {
  const failing = raise('NOT_SUPPORTED', 'ROW comparison not supported for fields with null elements', {
    kind: 'boolean',
  })
  const whens = type.fields.flatMap((field, i) => {
    const name = quoteString(engineFieldName(type.fields, i))
    const [x, y] = [`struct_extract(${a}, ${name})`, `struct_extract(${b}, ${name})`]
    const strict = operator.slice(0, 1) as '<' | '>'
    return [
      `WHEN ${x} IS NULL OR ${y} IS NULL THEN ${failing}`,
      `WHEN NOT ${equalSql(x, y, field.type, {})} THEN ${orderSql(strict, x, y, field.type, {})}`,
    ]
  })
  return `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN CAST(NULL AS BOOLEAN) ${whens.join(' ')} ELSE ${operator.length === 2} END)`
}

/** As rows, element by element; of two arrays of which one begins the other, the shorter comes first. */
function orderArrays(operator: '<' | '<=' | '>' | '>=', a: string, b: string, element: LakeType): string {
  const failing = raise('NOT_SUPPORTED', 'ARRAY comparison not supported for arrays with null elements', {
    kind: 'boolean',
  })
  const differs = lambda(
    (i) => `(${a}[${i}] IS NULL OR ${b}[${i}] IS NULL OR NOT ${equalSql(`${a}[${i}]`, `${b}[${i}]`, element, {})})`,
  )
  const first = `list_filter(range(1, least(len(${a}), len(${b})) + 1), ${differs})[1]`
  const decided = bind(first, (d) => {
    const [x, y] = [`${a}[${d}]`, `${b}[${d}]`]
    const ordered = orderSql(operator, x, y, element, {})
    return `CASE WHEN ${d} IS NULL THEN len(${a}) ${operator} len(${b}) WHEN ${x} IS NULL OR ${y} IS NULL THEN ${failing} ELSE ${ordered} END`
  })
  return `(CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${decided} END)`
}

/** `IS [NOT] DISTINCT FROM`: identity, so that NULL is NULL and NaN is NaN. */
export function distinctSql(negated: boolean, left: string, right: string, type: LakeType): string {
  return `(${identityOf(left, type)} IS ${negated ? 'NOT ' : ''}DISTINCT FROM ${identityOf(right, type)})`
}

/** `value IN (items)`: three-valued like a chain of `=`. */
export function inListSql(value: string, items: readonly string[], type: LakeType, literals: boolean): string {
  const plain = comparesPlainly(type) || ((type.kind === 'double' || type.kind === 'real') && literals)
  if (plain) return `(${value} IN (${items.join(', ')}))`
  return bind(value, (v) => `(${items.map((item) => equalSql(v, item, type, {})).join(' OR ')})`)
}
