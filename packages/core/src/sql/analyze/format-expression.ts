import type * as ast from '../ast.ts'

/** Prints an expression as Trino's messages quote it: fully bracketed, names as written. */
export function formatExpression(node: ast.Expression): string {
  return (formatters[node.kind] as (node: ast.Expression) => string)(node)
}

type Formatters = { readonly [K in ast.Expression['kind']]: (node: Extract<ast.Expression, { kind: K }>) => string }

const list = (nodes: readonly ast.Expression[], separator = ', '): string => nodes.map(formatExpression).join(separator)
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
const not = (negated: boolean): string => (negated ? 'NOT ' : '')

const formatters: Formatters = {
  NullLiteral: () => 'null',
  BooleanLiteral: (n) => String(n.value),
  LongLiteral: (n) => String(n.value),
  DecimalLiteral: (n) => `DECIMAL '${n.text}'`,
  DoubleLiteral: (n) => formatDouble(Number(n.text)),
  StringLiteral: (n) => text(n.value),
  BinaryLiteral: (n) => `X'${n.hex.toUpperCase()}'`,
  GenericLiteral: (n) => `${n.type.toUpperCase()} ${text(n.value)}`,
  IntervalLiteral: (n) =>
    `INTERVAL ${n.sign === -1 ? '-' : ''}'${n.value}' ${n.from}${n.to === undefined ? '' : ` TO ${n.to}`}`,
  Parameter: () => '?',
  Identifier: (n) => formatName(n),
  Dereference: (n) => `${formatExpression(n.base)}.${formatName(n.field)}`,
  Subscript: (n) => `${formatExpression(n.base)}[${formatExpression(n.index)}]`,
  Parenthesized: (n) => formatExpression(n.expression),
  Row: (n) => `ROW (${list(n.items)})`,
  ArrayConstructor: (n) => `ARRAY[${list(n.items, ',')}]`,
  Arithmetic: (n) => `(${formatExpression(n.left)} ${n.operator} ${formatExpression(n.right)})`,
  Negation: (n) => `${n.operator}${formatExpression(n.value)}`,
  Concatenation: (n) => `concat(${formatExpression(n.left)}, ${formatExpression(n.right)})`,
  AtTimeZone: (n) => `${formatExpression(n.value)} AT TIME ZONE ${formatExpression(n.zone)}`,
  Comparison: (n) => `(${formatExpression(n.left)} ${n.operator} ${formatExpression(n.right)})`,
  QuantifiedComparison: (n) => `(${formatExpression(n.value)} ${n.operator} ${n.quantifier} (subquery))`,
  IsDistinctFrom: (n) => `(${formatExpression(n.left)} IS ${not(n.negated)}DISTINCT FROM ${formatExpression(n.right)})`,
  Between: (n) =>
    negate(
      n.negated,
      `(${formatExpression(n.value)} BETWEEN ${formatExpression(n.min)} AND ${formatExpression(n.max)})`,
    ),
  In: (n) =>
    negate(n.negated, `(${formatExpression(n.value)} IN ${'kind' in n.list ? '(subquery)' : `(${list(n.list)})`})`),
  Like: (n) =>
    negate(
      n.negated,
      `(${formatExpression(n.value)} LIKE ${formatExpression(n.pattern)}${n.escape ? ` ESCAPE ${formatExpression(n.escape)}` : ''})`,
    ),
  IsNull: (n) => `(${formatExpression(n.value)} IS ${not(n.negated)}NULL)`,
  Exists: () => '(EXISTS (subquery))',
  Subquery: () => '(subquery)',
  Not: (n) => `(NOT ${formatExpression(n.value)})`,
  Logical: (n) => `(${list(n.terms, ` ${n.operator} `)})`,
  SimpleCase: (n) => `(CASE ${formatExpression(n.operand)} ${formatWhens(n)})`,
  SearchedCase: (n) => `(CASE ${formatWhens(n)})`,
  Cast: (n) => `${n.safe ? 'TRY_CAST' : 'CAST'}(${formatExpression(n.value)} AS ${formatTypeNode(n.type)})`,
  FunctionCall: formatCall,
  Lambda: (n) => `(${n.parameters.map(formatName).join(', ')}) -> ${formatExpression(n.body)}`,
  Extract: (n) => `EXTRACT(${n.field} FROM ${formatExpression(n.value)})`,
  Trim: (n) =>
    `trim(${n.side} ${n.characters ? `${formatExpression(n.characters)} ` : ''}FROM ${formatExpression(n.value)})`,
  CurrentValue: (n) =>
    `${n.name.startsWith('LOCAL') ? n.name : `CURRENT_${n.name}`}${n.precision === undefined ? '' : `(${n.precision})`}`,
  Grouping: (n) => `GROUPING (${list(n.arguments)})`,
  JsonFunction: (n) => `${n.name}(${list(n.arguments)}${n.path === undefined ? '' : `, ${text(n.path)}`})`,
}

/** A name as Trino prints it back: quoted only where it was. */
export function formatName({ value, quoted }: { readonly value: string; readonly quoted: boolean }): string {
  return quoted ? `"${value.replaceAll('"', '""')}"` : value
}

/** `1.5E0`: Java's scientific form. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const [digits, exponent] = value.toExponential().split('e')
  return `${digits!.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

function negate(negated: boolean, formatted: string): string {
  return negated ? `(NOT ${formatted})` : formatted
}

function formatWhens({ whens, otherwise }: ast.SimpleCase | ast.SearchedCase): string {
  const parts = whens.map((when) => `WHEN ${formatExpression(when.operand)} THEN ${formatExpression(when.result)}`)
  if (otherwise) parts.push(`ELSE ${formatExpression(otherwise)}`)
  return `${parts.join(' ')} END`
}

function formatCall(n: ast.FunctionCall): string {
  const name = n.name.parts.map(formatName).join('.')
  const order = n.orderBy.length === 0 ? '' : ` ORDER BY ${n.orderBy.map(formatSortItem).join(', ')}`
  const args = n.star ? '*' : `${n.distinct ? 'DISTINCT ' : ''}${list(n.arguments)}${order}`
  const nulls = n.nulls ? ` ${n.nulls} NULLS` : ''
  const filter = n.filter ? ` FILTER (WHERE ${formatExpression(n.filter)})` : ''
  const over =
    n.over === undefined ? '' : ` OVER ${n.over.kind === 'Name' ? formatName(n.over) : `(${formatWindow(n.over)})`}`
  return `${name}(${args})${nulls}${filter}${over}`
}

export function formatSortItem({ expression, descending, nulls }: ast.SortItem): string {
  return `${formatExpression(expression)} ${descending ? 'DESC' : 'ASC'}${nulls ? ` NULLS ${nulls}` : ''}`
}

function formatWindow(window: ast.Window): string {
  const parts: string[] = []
  if (window.base) parts.push(formatName(window.base))
  if (window.partitionBy.length > 0) parts.push(`PARTITION BY ${list(window.partitionBy)}`)
  if (window.orderBy.length > 0) parts.push(`ORDER BY ${window.orderBy.map(formatSortItem).join(', ')}`)
  if (window.frame) parts.push(formatFrame(window.frame))
  return parts.join(' ')
}

function formatFrame({ unit, start, end }: ast.WindowFrame): string {
  const bound = (b: ast.FrameBound) => (b.value ? `${formatExpression(b.value)} ${b.type}` : b.type)
  return end ? `${unit} BETWEEN ${bound(start)} AND ${bound(end)}` : `${unit} ${bound(start)}`
}

/** A type as written, in one spelling. */
export function formatTypeNode(node: ast.TypeNode): string {
  switch (node.kind) {
    case 'GenericType': {
      const args = node.arguments.map((arg) => (typeof arg === 'number' ? String(arg) : formatTypeNode(arg)))
      return args.length === 0 ? node.name : `${node.name}(${args.join(', ')})`
    }
    case 'DateTimeType':
      return `${node.name}${node.precision === undefined ? '' : `(${node.precision})`}${node.withTimeZone ? ' with time zone' : ''}`
    case 'IntervalType':
      return `interval ${node.from.toLowerCase()} to ${node.to.toLowerCase()}`
    case 'RowType':
      return `row(${node.fields.map((f) => (f.name ? `${formatName(f.name)} ${formatTypeNode(f.type)}` : formatTypeNode(f.type))).join(', ')})`
  }
}
