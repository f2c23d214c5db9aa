import { analyze, type ast, type Catalog, parse } from '@traillake/core/sql'
import type { StartedQuery } from './query-service.ts'

/** What came of a query that ran to its end. */
interface Outcome {
  readonly rows: number
  readonly eventsScanned: number
}

/**
 * How many events satisfied a query's WHERE, where its outcome tells: it is over one store alone, and either every event of it counts,
 * or each event that counts is a row. Undefined elsewhere: the engine does not say what passed its filters.
 */
export function eventsMatched(
  statement: string,
  values: Pick<StartedQuery, 'placeholders' | 'parameters'>,
  catalog: Catalog,
  { rows, eventsScanned }: Outcome,
): number | undefined {
  try {
    const query = parse(statement)
    const { leaves, specifications } = analyze(query, { ...values, catalog, now: new Date() })
    const { body } = query
    if (body.kind !== 'QuerySpecification' || body.from.length !== 1) return undefined
    const table = plainTable(body.from[0]!)
    const source = table && leaves.get(table)?.source
    if (source?.kind !== 'table' || !source.table.prunable) return undefined
    if (!body.where) return new Set(leaves.values()).size === 1 ? eventsScanned : undefined
    const isRowPerEvent = !body.distinct && !specifications.get(body)?.grouping && !query.offset
    return isRowPerEvent && rows < limitOf(query) ? rows : undefined
  } catch {
    // A store may be gone since the query began, or the text be as deep as the stack allows: the answer does not suffer for it.
    return undefined
  }
}

/** The table that a FROM is, but for its alias and parentheses. */
function plainTable(relation: ast.Relation): ast.Table | undefined {
  switch (relation.kind) {
    case 'Table':
      return relation
    case 'AliasedRelation':
    case 'ParenthesizedRelation':
      return plainTable(relation.relation)
    default:
      return undefined
  }
}

/** As many rows as a query may have; fewer mean that none was cut off. */
function limitOf({ limit }: ast.Query): number {
  if (!limit) return Number.POSITIVE_INFINITY
  const { count } = limit
  return count?.kind === 'LongLiteral' ? Number(count.value) : 0
}
