/**
 * AND and OR of which a later term may fail.
 *
 * Trino stops at the first term that decides; the engine computes every term for every row, and orders the terms of a WHERE as it likes.
 * `cardinality(a) > 0 AND a[1] = 'x'` must not fail for an empty array, so the terms before one that may fail guard it.
 */
export function logicalSql(operator: 'AND' | 'OR', terms: readonly string[], mayFail: readonly boolean[]): string {
  const last = mayFail.lastIndexOf(true)
  const joined = operator === 'OR' && last === -1 ? joinEqualities(terms) : terms
  const all = joined.length === 1 ? joined[0]! : `(${joined.join(` ${operator} `)})`
  if (last <= 0) return all
  const decided = operator === 'AND' ? 'false' : 'true'
  const guards = terms.slice(0, last).map((term) => `WHEN ${operator === 'AND' ? `NOT ${term}` : term} THEN ${decided}`)
  return `(CASE ${guards.join(' ')} ELSE ${all} END)`
}

/** A column, or a member of one, compared with a text: `("r0"."eventid" = 'x')`. */
const EQUALITY = /^\(("r\d+"(?:\."[^"]+")+|struct_extract\("r\d+"\."[^"]+", '[^']+'\)) = ('(?:[^']|'')*')\)$/

/**
 * `a = 'x' OR b OR a = 'y'` as `a IN ('x', 'y') OR b`: the engine takes a minute to plan thirty thousand terms, and a second for as long a
 * list. Which of them holds first makes no difference where none can fail.
 */
function joinEqualities(terms: readonly string[]): readonly string[] {
  const lists = new Map<string, string[]>()
  const keys = terms.map((term) => {
    const [, column, text] = EQUALITY.exec(term) ?? []
    if (column === undefined || text === undefined) return undefined
    const list = lists.get(column)
    if (list) list.push(text)
    else lists.set(column, [text])
    return column
  })
  const first = new Map<string | undefined, number>()
  for (const [i, key] of keys.entries()) if (!first.has(key)) first.set(key, i)
  return terms.flatMap((term, i) => {
    const column = keys[i]
    const list = column === undefined ? undefined : lists.get(column)
    if (column === undefined || !list || list.length === 1) return [term]
    return first.get(column) === i ? [`(${column} IN (${list.join(', ')}))`] : []
  })
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
