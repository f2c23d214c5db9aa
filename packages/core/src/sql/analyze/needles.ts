import type { ScanBounds } from '../../schema/bounds.ts'
import type * as ast from '../ast.ts'
import type { Analysis } from './analysis.ts'
import type { FactFinder } from './facts.ts'
import { bare } from './names.ts'
import { type OnlyTable, onlyTable } from './only-table.ts'

/** A use of a table whose rows have one of some event ids or one of some access keys. */
export interface Needles {
  readonly source: OnlyTable['source']
  readonly needles: NonNullable<ScanBounds['needles']>
  /** The condition that says so. */
  readonly condition: ast.Expression
}

/**
 * Finds `eventID = … OR userIdentity.accessKeyId = …` among the conditions of WHERE: each alternative must name an event id or a key, whatever
 * else it asks. Alternatives about one column alone are facts about that column.
 */
export function findNeedles(analysis: Analysis, finder: FactFinder, node: ast.QuerySpecification): Needles | undefined {
  const table = node.where && onlyTable(analysis, node)
  const [eventId, identity] = [table?.keyOf('eventid'), table?.keyOf('useridentity')]
  if (!table || eventId === undefined || identity === undefined) return undefined
  for (const condition of termsOf(node.where!, 'AND')) {
    const needles = alternatives(finder, termsOf(condition, 'OR'), eventId, `${identity}.accesskeyid`)
    if (needles) return { source: table.source, needles, condition }
  }
  return undefined
}

function alternatives(
  finder: FactFinder,
  terms: readonly ast.Expression[],
  eventId: string,
  accessKey: string,
): Needles['needles'] | undefined {
  const eventIds = new Set<string>()
  const accessKeyIds = new Set<string>()
  for (const term of terms) {
    const facts = finder.facts(term)
    if (facts === 'never') continue
    const [ids, keys] = [facts.get(eventId)?.values, facts.get(accessKey)?.values]
    if (!ids && !keys) return undefined
    if (ids) for (const id of ids) eventIds.add(id)
    else for (const key of keys!) accessKeyIds.add(key)
  }
  return eventIds.size > 0 && accessKeyIds.size > 0 ? { eventIds, accessKeyIds } : undefined
}

/** What AND or OR connects, however it is bracketed. */
function termsOf(node: ast.Expression, operator: 'AND' | 'OR'): readonly ast.Expression[] {
  const inner = bare(node)
  const isList = inner.kind === 'Logical' && inner.operator === operator
  return isList ? inner.terms.flatMap((term) => termsOf(term, operator)) : [inner]
}
