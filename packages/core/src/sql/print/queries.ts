import type * as ast from '../ast.ts'
import { orderByText, windowText } from './calls.ts'
import { beforeDot } from './expressions.ts'
import { columnsText, nameText, quantified } from './names.ts'
import { list, type Printer, words } from './printer.ts'

/** A query, without brackets around it. */
export function queryText(query: ast.Query, p: Printer): string {
  return words(
    query.with && withText(query.with, p),
    p.body(query.body),
    orderByText(query.orderBy, p),
    query.offset && `OFFSET ${p.expression(query.offset)}`,
    query.limit && limitText(query.limit, p),
  )
}

function withText({ recursive, queries }: ast.With, p: Printer): string {
  const named = list(queries, (q) => `${nameText(q.name)}${columnsText(q.columns)} AS (${p.query(q.query)})`)
  return words('WITH', recursive && 'RECURSIVE', named)
}

function limitText({ count, withTies }: ast.Limit, p: Printer): string {
  if (withTies) return `FETCH FIRST ${count ? p.expression(count) : 1} ROWS WITH TIES`
  return `LIMIT ${count ? p.expression(count) : 'ALL'}`
}

export function bodyText(body: ast.QueryBody, p: Printer): string {
  switch (body.kind) {
    case 'Query':
      return `(${p.query(body)})`
    case 'TableStatement':
      return `TABLE ${p.relation(body.table)}`
    case 'Values':
      return `VALUES ${list(body.rows, (row) => p.expression(row))}`
    case 'SetOperation':
      return words(
        operandText(body.left, tightness(body), p),
        body.operator,
        body.all && 'ALL',
        operandText(body.right, tightness(body) + 1, p),
      )
    case 'QuerySpecification':
      return selectText(body, p)
  }
}

function operandText(body: ast.QueryBody, min: number, p: Printer): string {
  const text = p.body(body)
  return tightness(body) < min ? `(${text})` : text
}

/** INTERSECT binds tighter than UNION and EXCEPT; all are read from the left. */
function tightness(body: ast.QueryBody): number {
  if (body.kind !== 'SetOperation') return 3
  return body.operator === 'INTERSECT' ? 2 : 1
}

function selectText(node: ast.QuerySpecification, p: Printer): string {
  const windows = list(node.windows, (w) => `${nameText(w.name)} AS ${windowText(w.window, p)}`)
  return words(
    `SELECT ${quantified(node.distinct, p.items(node))}`,
    node.from.length > 0 && `FROM ${list(node.from, (relation) => p.relation(relation))}`,
    node.where && `WHERE ${p.expression(node.where)}`,
    node.groupBy && groupByText(node.groupBy, p),
    node.having && `HAVING ${p.expression(node.having)}`,
    windows !== '' && `WINDOW ${windows}`,
  )
}

/** A SELECT list as it was written. */
export function itemsText(node: ast.QuerySpecification, p: Printer): string {
  return list(node.items, (item) => itemText(item, p))
}

export function itemText(item: ast.SelectItem, p: Printer): string {
  if (item.kind === 'SingleColumn') {
    return words(p.expression(item.expression), item.alias && `AS ${nameText(item.alias)}`)
  }
  if (!item.target) return '*'
  return words(`${beforeDot(item.target, p)}.*`, item.aliases && `AS ${columnsText(item.aliases)}`)
}

function groupByText({ distinct, elements }: ast.GroupBy, p: Printer): string {
  return `GROUP BY ${quantified(
    distinct,
    list(elements, (element) => elementText(element, p)),
  )}`
}

function elementText(element: ast.GroupingElement, p: Printer): string {
  if (element.kind === 'SimpleGroupBy') {
    const [only, second] = element.expressions
    // Its own brackets would be taken for those of a list.
    const bare = only && !second && only.kind !== 'Parenthesized' && only.kind !== 'Row'
    return bare ? p.expression(only) : setText(element.expressions, p)
  }
  const name = element.kind === 'GroupingSets' ? 'GROUPING SETS' : element.kind.toUpperCase()
  return `${name} (${list(element.sets, (set) => setText(set, p))})`
}

function setText(set: readonly ast.Expression[], p: Printer): string {
  const text = list(set, (e) => p.expression(e))
  // A query in brackets of its own, twice, is one query.
  return set.length === 1 && set[0]!.kind === 'Subquery' ? text : `(${text})`
}
