import { TraillakeError } from '../../../errors/index.ts'
import type { OutputItem } from '../../analyze/analysis.ts'
import { bare, lower, nameParts } from '../../analyze/names.ts'
import { hasSuffix } from '../../analyze/scope.ts'
import type * as ast from '../../ast.ts'
import { itemText } from '../../print/queries.ts'
import type { TrinoPrinter } from './emit-trino.ts'
import { memberOf } from './expressions.ts'
import { columnName } from './names.ts'
import { type VisibleColumn, visibleColumns } from './visible.ts'

/** A SELECT list; `*` over a store is spread into Lake's columns. */
export function itemsText(node: ast.QuerySpecification, p: TrinoPrinter): string {
  const { items, writtenAs } = p.environment.analysis.specifications.get(node)!
  const labels = p.environment.analysis.outputs.get(node)!.map((column) => column.name)
  return node.items
    .map((item) => {
      if (item.kind === 'SingleColumn') return singleText(item, p)
      const places = writtenAs.flatMap((written, i) => (written === item ? [i] : []))
      return starText(
        node,
        item,
        places.map((i) => ({ item: items[i]!, label: labels[i]! })),
        p,
      )
    })
    .join(', ')
}

/** A member that was called by another of its names keeps that as its label. */
function singleText(item: ast.SingleColumn, p: TrinoPrinter): string {
  const text = itemText(item, p)
  const inner = bare(item.expression)
  if (item.alias || inner.kind !== 'Dereference') return text
  const member = memberOf(inner, p.environment)
  const isRenamed = member !== undefined && member.toLowerCase() !== inner.field.value.toLowerCase()
  return isRenamed ? `${text} AS ${columnName(inner.field.value)}` : text
}

interface Spread {
  readonly item: OutputItem
  readonly label: string
}

function starText(
  node: ast.QuerySpecification,
  star: ast.AllColumns,
  spread: readonly Spread[],
  p: TrinoPrinter,
): string {
  const isStored = spread.some(({ item }) => item.kind === 'column' && isOfStore(item.column))
  const all = node.from.flatMap((relation) => visibleColumns(relation, p.environment))
  if (isStored) {
    const names = spreadNames(star, all)
    if (names?.length === spread.length) return names.map((name, i) => labelled(name, spread[i]!.label)).join(', ')
  }
  if (all.some((column) => column.hidden)) {
    const message =
      '* beside a hidden column, over columns that have no names of their own, is not supported for target trino'
    throw new TraillakeError('NOT_SUPPORTED', { message }, { span: star.span })
  }
  return itemText(star, p)
}

function isOfStore(column: Extract<OutputItem, { kind: 'column' }>['column']): boolean {
  const { origin } = column
  if (origin.kind === 'same') return isOfStore(origin.column)
  return origin.kind === 'using' ? isOfStore(origin.left) || isOfStore(origin.right) : origin.catalog !== undefined
}

interface Named {
  readonly text: string
  readonly name: string
}

/** Names for what `*` or `t.*` stands for; undefined where one of them has no name that means it alone. */
function spreadNames(star: ast.AllColumns, all: readonly VisibleColumn[]): readonly Named[] | undefined {
  const target = star.target && nameParts(star.target)
  if (star.target && !target) return undefined
  const wanted = all.filter(
    (column) =>
      !column.hidden && (!target || (column.qualifier !== undefined && hasSuffix([column.qualifier], lower(target)))),
  )
  const named = wanted.map((column): Named | undefined => {
    const { name, qualifier } = column
    if (name === undefined) return undefined
    const alike = all.filter((other) => other.name?.toLowerCase() === name.toLowerCase())
    if (alike.length === 1) return { text: columnName(name), name }
    if (qualifier === undefined || alike.filter((other) => other.qualifier === qualifier).length > 1) return undefined
    return { text: `${columnName(qualifier)}.${columnName(name)}`, name }
  })
  return named.every((name) => name !== undefined) ? named : undefined
}

function labelled({ text, name }: Named, label: string): string {
  return name === label ? text : `${text} AS ${columnName(label)}`
}
