import { BOOLEAN, formatType, type LakeType, row, timestamp } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { RelationColumn } from './analysis.ts'
import { commonSuperType, commonSuperTypeOf, isComparable, isOrderable } from './coercion.ts'
import { typeExpression, unifyTypes } from './expression.ts'
import { bare } from './names.ts'
import { analyzeSubquery } from './query.ts'
import type { Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'
import { parseLakeTimestamp } from './temporal.ts'

/** Trino has operators only for `=`, `<` and `<=`; messages name those. */
const operatorInMessages: Readonly<Record<ast.ComparisonOperator, string>> = {
  '=': '=',
  '<>': '=',
  '<': '<',
  '>': '<',
  '<=': '<=',
  '>=': '<=',
}

export function typeComparison(state: State, node: ast.Comparison, scope: Scope): LakeType {
  const left = typeExpression(state, node.left, scope)
  const right = typeExpression(state, node.right, scope)
  const isEquality = node.operator === '=' || node.operator === '<>'
  if (isEquality && comparesFlagText(state, node.left, node.right)) return coerceFlag(state, node.right, left)
  if (isEquality && comparesFlagText(state, node.right, node.left)) return coerceFlag(state, node.left, right)
  const [l, r] = withTimeTexts(state, [node.left, node.right], [left, right]) as [LakeType, LakeType]
  const common = commonSuperType(l, r)
  if (!common || !(isEquality ? isComparable(common) : isOrderable(common))) {
    const message = `Cannot apply operator: ${formatType(left)} ${operatorInMessages[node.operator]} ${formatType(right)}`
    return fail(state, 'TYPE_MISMATCH', { message }, node, comparisonHint(state, node, left, right))
  }
  coerce(state, node.left, common, left)
  coerce(state, node.right, common, right)
  return BOOLEAN
}

export function typeIsDistinct(state: State, node: ast.IsDistinctFrom, scope: Scope): LakeType {
  const left = typeExpression(state, node.left, scope)
  const right = typeExpression(state, node.right, scope)
  const common = commonSuperType(left, right)
  if (!common || !isComparable(common)) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Cannot apply operator: ${formatType(left)} IDENTICAL ${formatType(right)}` },
      node,
    )
  }
  coerce(state, node.left, common, left)
  coerce(state, node.right, common, right)
  return BOOLEAN
}

export function typeBetween(state: State, node: ast.Between, scope: Scope): LakeType {
  const nodes = [node.value, node.min, node.max]
  const types = nodes.map((part) => typeExpression(state, part, scope))
  const common = commonSuperTypeOf(withTimeTexts(state, nodes, types))
  if (!common || !isOrderable(common)) {
    const [value, min, max] = types.map(formatType)
    return fail(state, 'TYPE_MISMATCH', { message: `Cannot check if ${value} is BETWEEN ${min} and ${max}` }, node)
  }
  for (const [i, part] of nodes.entries()) coerce(state, part, common, types[i]!)
  return BOOLEAN
}

export function typeIn(state: State, node: ast.In, scope: Scope): LakeType {
  if ('kind' in node.list) return typeInQuery(state, node, node.list, scope)
  const nodes = [node.value, ...node.list]
  const types = nodes.map((part) => typeExpression(state, part, scope))
  const common = unifyTypes(state, nodes, withTimeTexts(state, nodes, types), 'IN value and list items', types)
  // The texts among them are converted, too: their own type differs from the one they were unified by.
  for (const [i, part] of nodes.entries()) coerce(state, part, common, types[i]!)
  if (!isComparable(common)) {
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `Cannot apply operator: ${formatType(common)} = ${formatType(common)}` },
      node,
    )
  }
  return BOOLEAN
}

function typeInQuery(state: State, node: ast.In, query: ast.Query, scope: Scope): LakeType {
  const value = typeExpression(state, node.value, scope)
  const common = commonWithQuery(state, node, value, query, scope)
  coerce(state, node.value, common, value)
  return BOOLEAN
}

export function typeQuantified(state: State, node: ast.QuantifiedComparison, scope: Scope): LakeType {
  const value = typeExpression(state, node.value, scope)
  const common = commonWithQuery(state, node, value, node.query, scope)
  const isEquality = node.operator === '=' || node.operator === '<>'
  if (!(isEquality ? isComparable(common) : isOrderable(common))) {
    const ability = isEquality ? 'comparable' : 'orderable'
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `Type [${formatType(common)}] must be ${ability} in order to be used in quantified comparison` },
      node,
    )
  }
  coerce(state, node.value, common, value)
  return BOOLEAN
}

/** The type in which a value is compared with the column, or the columns as a row, of a query. */
function commonWithQuery(
  state: State,
  node: ast.Expression,
  value: LakeType,
  query: ast.Query,
  scope: Scope,
): LakeType {
  const columns = analyzeSubquery(state, query, node, scope)
  const fields = columns.map(({ name, type }) => (name === undefined ? { type } : { name, type }))
  const asRow = row(fields)
  const result = columns.length === 1 && value.kind !== 'row' ? columns[0]!.type : asRow
  const common = commonSuperType(value, result)
  if (common) return common
  const given = value.kind === 'row' ? value : row([{ type: value }])
  const message = `Value expression and result of subquery must be of the same type: ${formatType(given)} vs ${formatType(asRow)}`
  return fail(state, 'TYPE_MISMATCH', { message }, node)
}

/**
 * Lake compares timestamps with text that is written in the query: such texts count as timestamps where all the rest are timestamps or dates.
 *
 * @returns the types to compare by; those of texts in no known form stay text
 */
function withTimeTexts(
  state: State,
  nodes: readonly ast.Expression[],
  types: readonly LakeType[],
): readonly LakeType[] {
  const texts = nodes.map((node) => literalText(state, node))
  const others = types.filter((_, i) => texts[i] === undefined)
  const areTimes = others.every(
    (t) => (t.kind === 'timestamp' && !t.withTimeZone) || t.kind === 'date' || t.kind === 'unknown',
  )
  if (!areTimes || !others.some((t) => t.kind === 'timestamp')) return types
  return types.map((type, i) => {
    const parsed = texts[i] === undefined ? undefined : parseLakeTimestamp(texts[i])
    return parsed ? timestamp(parsed.precision) : type
  })
}

/** The text of a string literal or of a parameter with one. */
export function literalText(state: State, node: ast.Expression): string | undefined {
  const inner = bare(node)
  if (inner.kind === 'StringLiteral') return inner.value
  const value = inner.kind === 'Parameter' ? state.options.parameters?.[inner.index] : undefined
  return typeof value === 'string' ? value : undefined
}

/** The one column that holds 'true' and 'false' as text and that AWS's samples compare with a boolean. */
const FLAG_COLUMN = 'sessioncredentialfromconsole'

function comparesFlagText(state: State, column: ast.Expression, literal: ast.Expression): boolean {
  const inner = bare(column)
  if (bare(literal).kind !== 'BooleanLiteral' || (inner.kind !== 'Identifier' && inner.kind !== 'Dereference'))
    return false
  const reference = state.references.get(inner)
  return reference?.kind === 'column' && catalogName(reference.column) === FLAG_COLUMN
}

function catalogName(column: RelationColumn): string | undefined {
  const { origin } = column
  return origin.kind === 'own' ? origin.catalog?.name : origin.kind === 'same' ? catalogName(origin.column) : undefined
}

function coerceFlag(state: State, literal: ast.Expression, text: LakeType): LakeType {
  state.coerceTo.set(literal, text)
  return BOOLEAN
}

function comparisonHint(state: State, node: ast.Comparison, left: LakeType, right: LakeType): string | undefined {
  for (const [literal, type, other] of [
    [node.right, right, left],
    [node.left, left, right],
  ] as const) {
    const inner = bare(literal)
    const text = literalText(state, literal)
    if (other.kind === 'varchar' && inner.kind === 'LongLiteral')
      return `the other side is text: write '${inner.value}'`
    if (other.kind === 'varchar' && inner.kind === 'BooleanLiteral')
      return `the other side is text: write '${inner.value}'`
    if (text === undefined || type.kind !== 'varchar') continue
    if (other.kind === 'timestamp' && other.withTimeZone) return `write TIMESTAMP '${text}'`
    if (other.kind === 'timestamp')
      return "write the time as 'YYYY-MM-DD', 'YYYY-MM-DD HH:MM:SS' or 'YYYY-MM-DDTHH:MM:SSZ'"
    if (other.kind === 'boolean' && /^(?:true|false)$/i.test(text)) return `write ${text.toLowerCase()} without quotes`
    if (other.kind === 'date') return `write DATE '${text}'`
  }
  return undefined
}
