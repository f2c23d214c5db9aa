import type { RelationLeaf } from '../../analyze/analysis.ts'
import type * as ast from '../../ast.ts'
import { qualifiedText } from '../../print/names.ts'
import { relationText } from '../../print/relations.ts'
import type { TrinoPrinter } from './emit-trino.ts'
import { relationName, trinoName } from './names.ts'
import { storeText } from './store.ts'

type Texts = { readonly [N in ast.Relation as N['kind']]: (node: N, p: TrinoPrinter) => string }

/** The store that a relation is; undefined for other relations. */
export function storeOf(node: ast.Relation, { environment }: TrinoPrinter): RelationLeaf | undefined {
  const leaf = environment.analysis.leaves.get(node)
  return leaf?.source.kind === 'table' ? leaf : undefined
}

/** Every kind of relation: stores are derived tables, all others are written as they were. */
export const relationTexts: Texts = {
  Table: (n, p) => {
    const store = storeOf(n, p)
    return store ? `(${storeText(store, p.environment)}) AS ${relationName(n.name)}` : qualifiedText(n.name)
  },
  AliasedRelation: (n, p) => {
    const store = storeOf(n.relation, p)
    const inner = store ? `(${storeText(store, p.environment)})` : p.relation(n.relation)
    const columns = n.columns ? `(${n.columns.map(trinoName).join(', ')})` : ''
    return `${inner} AS ${trinoName(n.alias)}${columns}`
  },
  TableSubquery: relationText,
  Lateral: relationText,
  Unnest: relationText,
  Join: relationText,
  SampledRelation: relationText,
  ParenthesizedRelation: relationText,
}
