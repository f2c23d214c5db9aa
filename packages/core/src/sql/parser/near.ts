/** Keywords that someone may have meant to type where a query went wrong. */
const keywords = [
  ...['SELECT', 'DISTINCT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'OFFSET', 'LIMIT', 'FETCH'],
  ...['UNION', 'INTERSECT', 'EXCEPT', 'VALUES', 'WITH', 'RECURSIVE', 'UNNEST', 'LATERAL'],
  ...['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'CROSS', 'USING', 'BETWEEN', 'LIKE', 'ESCAPE', 'EXISTS'],
  ...['CASE', 'WHEN', 'THEN', 'ELSE', 'OVER', 'PARTITION', 'DESC', 'NULLS', 'AND'],
]

/** The keyword that a word is a slip of the finger away from: one letter changed, missing or too many, or two swapped. */
export function nearestKeyword(word: string): string | undefined {
  const upper = word.toUpperCase()
  return keywords.find((keyword) => isSlip(upper, keyword))
}

function isSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  if (restA.length <= 1 && restB.length <= 1) return true
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0]
}
