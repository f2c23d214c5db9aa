import type * as ast from '../../ast.ts'
import type { TrinoEnvironment } from './emit-trino.ts'

/** A column of a FROM clause as the emitted text shows it. */
export interface VisibleColumn {
  readonly name: string | undefined
  /** The relation's name in lower case. */
  readonly qualifier: string | undefined
  /** A hidden column that is there because the query names it. */
  readonly hidden: boolean
}

/** The columns of a relation in order. */
export function visibleColumns(node: ast.Relation, environment: TrinoEnvironment): readonly VisibleColumn[] {
  switch (node.kind) {
    case 'ParenthesizedRelation':
    case 'SampledRelation':
      return visibleColumns(node.relation, environment)
    case 'AliasedRelation':
      return aliased(node, visibleColumns(node.relation, environment))
    case 'Join':
      return joined(node, visibleColumns(node.left, environment), visibleColumns(node.right, environment))
    default: {
      const leaf = environment.analysis.leaves.get(node)!
      const qualifier = node.kind === 'Table' ? node.name.parts.at(-1)!.value.toLowerCase() : undefined
      return leaf.columns
        .filter((column) => !column.hidden || environment.uses.hidden.has(column))
        .map(({ name, hidden }) => ({ name, qualifier, hidden }))
    }
  }
}

function aliased({ alias, columns }: ast.AliasedRelation, inner: readonly VisibleColumn[]): readonly VisibleColumn[] {
  const qualifier = alias.value.toLowerCase()
  if (!columns) return inner.map((column) => ({ ...column, qualifier }))
  return columns.map(({ value }) => ({ name: value, qualifier, hidden: false }))
}

/** The columns of USING come first, once, and belong to neither side. */
function joined(
  { criteria }: ast.Join,
  left: readonly VisibleColumn[],
  right: readonly VisibleColumn[],
): readonly VisibleColumn[] {
  if (criteria?.kind !== 'Using') return [...left, ...right]
  const names = criteria.columns.map((column) => column.value)
  const merged = names.map((name) => ({ name, qualifier: undefined, hidden: false }))
  const lower = new Set(names.map((name) => name.toLowerCase()))
  return [...merged, ...[...left, ...right].filter(({ name }) => name === undefined || !lower.has(name.toLowerCase()))]
}
