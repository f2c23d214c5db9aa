import type * as ast from '../../ast.ts'
import { bodyText } from '../../print/queries.ts'
import type { TrinoPrinter } from './emit-trino.ts'
import { storeOf } from './relations.ts'
import { storeText } from './store.ts'

type Texts = { readonly [N in ast.QueryBody as N['kind']]: (node: N, p: TrinoPrinter) => string }

/** Every kind of query body. */
export const bodyTexts: Texts = {
  QuerySpecification: bodyText,
  SetOperation: bodyText,
  Values: bodyText,
  Query: bodyText,
  TableStatement: (n, p) => {
    const store = storeOf(n.table, p)
    return store ? storeText(store, p.environment) : bodyText(n, p)
  },
}
