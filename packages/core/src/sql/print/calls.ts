import type * as ast from '../ast.ts'
import { level } from '../parser/levels.ts'
import { nameText, qualifiedText, quantified, quoteString } from './names.ts'
import { list, type Printer, words } from './printer.ts'

/** A call of a function, with all that may follow it. */
export function callText(call: ast.FunctionCall, p: Printer): string {
  return words(
    plainCall(call, p),
    call.filter && `FILTER (WHERE ${p.expression(call.filter)})`,
    call.nulls && `${call.nulls} NULLS`,
    call.over && `OVER ${call.over.kind === 'Name' ? nameText(call.over) : windowText(call.over, p)}`,
  )
}

function plainCall(call: ast.FunctionCall, p: Printer): string {
  const [first, second] = call.name.parts
  const reserved = second === undefined && !first!.quoted ? first!.value.toUpperCase() : ''
  if (reserved === 'LISTAGG') return listaggText(call, p)
  if (reserved === 'NORMALIZE') return normalizeText(call, p)
  const parameters = list(call.arguments, (a) => p.expression(a))
  const inner = words(call.star ? '*' : quantified(call.distinct, parameters), orderByText(call.orderBy, p))
  return `${qualifiedText(call.name)}(${inner})`
}

function listaggText(call: ast.FunctionCall, p: Printer): string {
  const overflow = call.overflow && [
    ...['ON OVERFLOW TRUNCATE', call.overflow.filler !== undefined && quoteString(call.overflow.filler)],
    call.overflow.withCount ? 'WITH COUNT' : 'WITHOUT COUNT',
  ]
  const parameters = quantified(
    call.distinct,
    list(call.arguments, (a) => p.expression(a)),
  )
  return `${call.name.parts[0]!.value}(${words(parameters, ...(overflow ?? []))}) WITHIN GROUP (${orderByText(call.orderBy, p)})`
}

function normalizeText(call: ast.FunctionCall, p: Printer): string {
  const [text, form] = call.arguments
  const name = form?.kind === 'StringLiteral' ? `, ${form.value}` : ''
  return `${call.name.parts[0]!.value}(${p.expression(text!, level.concat)}${name})`
}

export function sortText(item: ast.SortItem, p: Printer): string {
  return words(p.expression(item.expression), item.descending && 'DESC', item.nulls && `NULLS ${item.nulls}`)
}

/** `ORDER BY …`, or nothing. */
export function orderByText(items: readonly ast.SortItem[], p: Printer): string {
  return items.length > 0 ? `ORDER BY ${list(items, (item) => sortText(item, p))}` : ''
}

/** A window, with its brackets. */
export function windowText(window: ast.Window, p: Printer): string {
  const inner = words(
    window.base && nameText(window.base),
    window.partitionBy.length > 0 && `PARTITION BY ${list(window.partitionBy, (e) => p.expression(e))}`,
    orderByText(window.orderBy, p),
    window.frame && frameText(window.frame, p),
  )
  return `(${inner})`
}

function frameText({ unit, start, end }: ast.WindowFrame, p: Printer): string {
  if (!end) return `${unit} ${boundText(start, p)}`
  return `${unit} BETWEEN ${boundText(start, p)} AND ${boundText(end, p)}`
}

function boundText(bound: ast.FrameBound, p: Printer): string {
  return words(bound.value && p.expression(bound.value), bound.type)
}
