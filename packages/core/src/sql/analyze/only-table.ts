import type * as ast from '../ast.ts'
import type { Analysis, RelationLeaf } from './analysis.ts'
import { columnKeyOf } from './facts.ts'

/** The table that a SELECT reads, where it reads no other. */
export interface OnlyTable {
  readonly source: RelationLeaf['source'] & { readonly kind: 'table' }
  /** The key of a column of the table, by which facts are known. */
  keyOf(column: string): string | undefined
}

export function onlyTable(analysis: Analysis, { from }: ast.QuerySpecification): OnlyTable | undefined {
  const [only, ...more] = from
  const relation = only?.kind === 'AliasedRelation' ? only.relation : only
  if (more.length > 0 || relation?.kind !== 'Table') return undefined
  const leaf = analysis.leaves.get(relation)
  if (leaf?.source.kind !== 'table') return undefined
  return {
    source: leaf.source,
    keyOf(name) {
      const column = leaf.columns.find(({ origin }) => origin.kind === 'own' && origin.catalog?.name === name)
      return column && columnKeyOf(column)
    },
  }
}
