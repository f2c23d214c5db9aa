/**
 * AND and OR of which a later term may fail.
 *
 * Trino stops at the first term that decides; the engine computes every term for every row, and orders the terms of a WHERE as it likes.
 * `cardinality(a) > 0 AND a[1] = 'x'` must not fail for an empty array, so the terms before one that may fail guard it.
 */
export function logicalSql(operator: 'AND' | 'OR', terms: readonly string[], mayFail: readonly boolean[]): string {
  const all = `(${terms.join(` ${operator} `)})`
  const last = mayFail.lastIndexOf(true)
  if (last <= 0) return all
  const decided = operator === 'AND' ? 'false' : 'true'
  const guards = terms.slice(0, last).map((term) => `WHEN ${operator === 'AND' ? `NOT ${term}` : term} THEN ${decided}`)
  return `(CASE ${guards.join(' ')} ELSE ${all} END)`
}

/**
 * The terms of a WHERE or ON, where NULL counts as false: terms that cannot fail stay as they are, for the engine to push down; one that may
 * fail is computed only where all before it hold.
 */
export function conjunctionSql(terms: readonly string[], mayFail: readonly boolean[]): string {
  const written = terms.map((term, i) =>
    mayFail[i] && i > 0 ? `CASE WHEN (${terms.slice(0, i).join(' AND ')}) THEN ${term} ELSE false END` : term,
  )
  // A guard that may itself fail must be guarded too: then the terms nest instead.
  if (mayFail.filter(Boolean).length <= 1) return written.length === 1 ? written[0]! : `(${written.join(' AND ')})`
  const safe = terms.filter((_, i) => !mayFail[i])
  const nested = terms.reduceRight(
    (inner, term) => (inner === '' ? term : `CASE WHEN ${term} THEN ${inner} ELSE false END`),
    '',
  )
  return `(${[...safe, nested].join(' AND ')})`
}
