import type { LakeType } from '../../../schema/types.ts'
import type { Analysis, RelationColumn, RelationLeaf } from '../../analyze/analysis.ts'
import { bare } from '../../analyze/names.ts'
import type * as ast from '../../ast.ts'
import { children } from '../../visit.ts'

/** Which columns of tables a query needs, beyond those that every derived table has as they are stored. */
export interface Uses {
  /** Hidden columns that the query names. */
  readonly hidden: ReadonlySet<RelationColumn>
  /** Columns of rows of which a timestamp can come to light: these are converted, others are read as they lie. */
  readonly converted: ReadonlySet<RelationColumn>
}

export function usesOf(analysis: Analysis): Uses {
  const hidden = new Set<RelationColumn>()
  const converted = new Set<RelationColumn>()
  const note = (column: RelationColumn, type: LakeType): void => {
    const { origin } = column
    if (origin.kind === 'same') note(origin.column, type)
    else if (origin.kind === 'using') for (const side of [origin.left, origin.right]) note(side, side.type)
    else if (origin.catalog) {
      if (origin.catalog.hidden) hidden.add(column)
      if (holdsTimestamp(type)) converted.add(column)
    }
  }
  const visit = (node: ast.Node): void => {
    const column = node.kind === 'Identifier' || node.kind === 'Dereference' ? columnBelow(node, analysis) : undefined
    if (column) note(column, analysis.typeOf.get(node as ast.Expression) ?? column.type)
    else for (const child of children(node)) visit(child)
  }
  visit(analysis.query)
  for (const { items } of analysis.specifications.values())
    for (const item of items) if (item.kind === 'column') note(item.column, item.column.type)
  for (const columns of analysis.usings?.values() ?? []) for (const column of columns) note(column, column.type)
  for (const leaf of tableStatements(analysis)) for (const column of leaf.columns) note(column, column.type)
  return { hidden, converted }
}

/** The column of which an expression is a member, at any depth, or which it is. */
function columnBelow(node: ast.Expression, analysis: Analysis): RelationColumn | undefined {
  const inner = bare(node)
  if (inner.kind !== 'Identifier' && inner.kind !== 'Dereference') return undefined
  const reference = analysis.references.get(inner)
  if (reference?.kind === 'column') return reference.column
  return reference?.kind === 'field' && inner.kind === 'Dereference' ? columnBelow(inner.base, analysis) : undefined
}

/** Tables as whole queries show every column but the hidden ones. */
function* tableStatements(analysis: Analysis): Iterable<{ readonly columns: readonly RelationColumn[] }> {
  for (const body of analysis.outputs.keys()) {
    if (body.kind !== 'TableStatement') continue
    const leaf: RelationLeaf = analysis.leaves.get(body.table)!
    yield { columns: leaf.columns.filter((column) => !column.hidden) }
  }
}

export function holdsTimestamp(type: LakeType): boolean {
  switch (type.kind) {
    case 'timestamp':
      return true
    case 'array':
      return holdsTimestamp(type.element)
    case 'map':
      return holdsTimestamp(type.key) || holdsTimestamp(type.value)
    case 'row':
      return type.fields.some((field) => holdsTimestamp(field.type))
    default:
      return false
  }
}
