import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import type { Analysis, RelationColumn, RelationLeaf } from './analysis.ts'
import type { FactFinder } from './facts.ts'
import { bare } from './names.ts'

/** Columns by which files are skipped. */
const PRUNING: ReadonlySet<string> = new Set(['eventtime', 'calendarday', 'recipientaccountid', 'awsregion', 'eventid'])

/**
 * Remembers, with the tables they speak of, the parts of a condition that name a column by which files could be skipped and yet
 * prove nothing about it: what somebody who wonders why everything was read wants to see.
 */
export function recordIdleConditions(analysis: Analysis, finder: FactFinder, condition: ast.Expression): void {
  const inner = bare(condition)
  if (inner.kind === 'Logical' && inner.operator === 'AND') {
    for (const term of inner.terms) recordIdleConditions(analysis, finder, term)
    return
  }
  const facts = finder.facts(inner)
  if (facts === 'never' || facts.size > 0 || finder.equalColumns(inner).length > 0) return
  walk(inner, (node) => {
    if (node.kind === 'Query') return false
    const reference =
      node.kind === 'Identifier' || node.kind === 'Dereference' ? analysis.references.get(node) : undefined
    const leaf = reference?.kind === 'column' ? prunedBy(reference.column) : undefined
    if (leaf?.source.kind === 'table') leaf.source.idle.add(inner)
    return true
  })
}

/** The table that has the column as one by which its files are skipped. */
function prunedBy({ origin }: RelationColumn): RelationLeaf | undefined {
  if (origin.kind === 'same') return prunedBy(origin.column)
  if (origin.kind === 'using') return prunedBy(origin.left)
  return origin.catalog && PRUNING.has(origin.catalog.name) ? origin.relation : undefined
}
