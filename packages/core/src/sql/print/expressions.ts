import type * as ast from '../ast.ts'
import { level } from '../parser/levels.ts'
import { callText } from './calls.ts'
import { jsonText } from './json.ts'
import { nameText, quoteString } from './names.ts'
import { list, type Printer, words } from './printer.ts'
import { typeText } from './types.ts'

type Texts = { readonly [N in ast.Expression as N['kind']]: (node: N, p: Printer) => string }

const value = level.concat
const not = (negated: boolean) => (negated ? 'NOT ' : '')

/** The text of each kind of expression, without brackets around it. */
export const expressionTexts: Texts = {
  NullLiteral: () => 'NULL',
  BooleanLiteral: (n) => (n.value ? 'TRUE' : 'FALSE'),
  LongLiteral: (n) => String(n.value),
  DecimalLiteral: (n) => n.text,
  DoubleLiteral: (n) => n.text,
  StringLiteral: (n) => quoteString(n.value),
  BinaryLiteral: (n) => `X'${n.hex}'`,
  GenericLiteral: (n) => `${nameText({ value: n.type, quoted: false })} ${quoteString(n.value)}`,
  IntervalLiteral: (n) =>
    words('INTERVAL', n.sign < 0 && '-', quoteString(n.value), n.from, n.to !== undefined && `TO ${n.to}`),
  Parameter: () => '?',
  Identifier: (n) => nameText(n),
  Dereference: (n, p) => `${beforeDot(n.base, p)}.${nameText(n.field)}`,
  Subscript: (n, p) => `${p.expression(n.base, level.primary)}[${p.expression(n.index, value)}]`,
  Parenthesized: (n, p) => `(${p.expression(n.expression)})`,
  Row: (n, p) => `${n.items.length < 2 ? 'ROW' : ''}(${list(n.items, (item) => p.expression(item))})`,
  ArrayConstructor: (n, p) => `ARRAY[${list(n.items, (item) => p.expression(item))}]`,
  Arithmetic: (n, p) => {
    const own = looseness(n).loose
    return `${p.expression(n.left, own)} ${n.operator} ${p.expression(n.right, own + 1)}`
  },
  Negation: (n, p) => {
    const operand = p.expression(n.value, level.unary)
    // Before a plain number the sign would be taken into the literal; two signs would start a comment.
    if (n.operator === '-' && /^[0-9.]/.test(operand)) return `-(${operand})`
    return operand.startsWith(n.operator) ? `${n.operator} ${operand}` : n.operator + operand
  },
  Concatenation: (n, p) => `${p.expression(n.left, level.concat)} || ${p.expression(n.right, level.sum)}`,
  AtTimeZone: (n, p) => `${p.expression(n.value, level.zone)} AT TIME ZONE ${p.expression(n.zone, level.primary)}`,
  Comparison: (n, p) => `${p.expression(n.left, value)} ${n.operator} ${p.expression(n.right, value)}`,
  QuantifiedComparison: (n, p) => `${p.expression(n.value, value)} ${n.operator} ${n.quantifier} (${p.query(n.query)})`,
  IsDistinctFrom: (n, p) =>
    `${p.expression(n.left, value)} IS ${not(n.negated)}DISTINCT FROM ${p.expression(n.right, value)}`,
  Between: (n, p) => {
    const [min, max] = [p.expression(n.min, value), p.expression(n.max, value)]
    return `${p.expression(n.value, value)} ${not(n.negated)}BETWEEN ${min} AND ${max}`
  },
  In: (n, p) => {
    const inner = 'kind' in n.list ? p.query(n.list) : list(n.list, (item) => p.expression(item))
    return `${p.expression(n.value, value)} ${not(n.negated)}IN (${inner})`
  },
  Like: (n, p) =>
    words(
      `${p.expression(n.value, value)} ${not(n.negated)}LIKE ${p.expression(n.pattern, value)}`,
      n.escape && `ESCAPE ${p.expression(n.escape, value)}`,
    ),
  IsNull: (n, p) => `${p.expression(n.value, value)} IS ${not(n.negated)}NULL`,
  Exists: (n, p) => `EXISTS (${p.query(n.query)})`,
  Subquery: (n, p) => `(${p.query(n.query)})`,
  Not: (n, p) => `NOT ${p.expression(n.value, level.not)}`,
  Logical: (n, p) => {
    const own = looseness(n).loose
    return n.terms.map((term) => p.expression(term, own + 1)).join(` ${n.operator} `)
  },
  SimpleCase: (n, p) => `CASE ${p.expression(n.operand)} ${caseRest(n, p)}`,
  SearchedCase: (n, p) => `CASE ${caseRest(n, p)}`,
  Cast: (n, p) => `${n.safe ? 'TRY_CAST' : 'CAST'}(${p.expression(n.value)} AS ${typeText(n.type)})`,
  FunctionCall: callText,
  Lambda: (n, p) => {
    const names = n.parameters.map(nameText)
    return `${names.length === 1 ? names[0] : `(${names.join(', ')})`} -> ${p.expression(n.body)}`
  },
  Extract: (n, p) => `EXTRACT(${n.field} FROM ${p.expression(n.value, value)})`,
  Trim: (n, p) => {
    const characters = n.characters && p.expression(n.characters, value)
    return `TRIM(${words(n.side, characters, 'FROM', p.expression(n.value, value))})`
  },
  CurrentValue: (n) => {
    const name = n.name.startsWith('LOCAL') ? n.name : `CURRENT_${n.name}`
    return n.precision === undefined ? name : `${name}(${n.precision})`
  },
  Grouping: (n, p) => `GROUPING(${list(n.arguments, (a) => p.expression(a))})`,
  JsonFunction: jsonText,
}

function caseRest(node: ast.SimpleCase | ast.SearchedCase, p: Printer): string {
  return words(
    ...node.whens.map((when) => `WHEN ${p.expression(when.operand)} THEN ${p.expression(when.result)}`),
    node.otherwise && `ELSE ${p.expression(node.otherwise)}`,
    'END',
  )
}

/** What a dot follows: after an integer it would be its decimal point. */
export function beforeDot(base: ast.Expression, p: Printer): string {
  const text = p.expression(base, level.primary)
  return base.kind === 'LongLiteral' ? `${text} ` : text
}

/** How loosely an expression holds together, and whether an operator holds it. */
export function looseness(node: ast.Expression): { readonly loose: number; readonly operator: boolean } {
  const loose = looseLevel(node)
  return { loose, operator: loose > 0 && loose < level.primary }
}

function looseLevel(node: ast.Expression): number {
  switch (node.kind) {
    // Everything to the right belongs to its body.
    case 'Lambda':
      return 0
    case 'Logical':
      return node.operator === 'OR' ? level.or : level.and
    case 'Not':
      return level.not
    case 'Comparison':
    case 'QuantifiedComparison':
    case 'IsDistinctFrom':
    case 'Between':
    case 'In':
    case 'Like':
    case 'IsNull':
      return level.predicate
    case 'Concatenation':
      return level.concat
    case 'Arithmetic':
      return node.operator === '+' || node.operator === '-' ? level.sum : level.product
    case 'Negation':
      return level.unary
    case 'AtTimeZone':
      return level.zone
    default:
      return level.primary
  }
}
