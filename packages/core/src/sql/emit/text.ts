/** A name for the engine, always quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal for the engine. */
export function quoteString(value: string): string {
  // The engine's parser ends a text at NUL.
  if (!value.includes('\0')) return `'${value.replaceAll("'", "''")}'`
  return `(${value
    .split('\0')
    .map((part) => quoteString(part))
    .join(' || chr(0) || ')})`
}

const VOLATILE = /\b(?:random|uuid|gen_random_uuid|setseed)\s*\(/

/** True when `sql` may be written several times at no cost: a column, a bound name, or a literal. */
function isCheap(sql: string): boolean {
  return (
    sql.length <= 80 &&
    !VOLATILE.test(sql) &&
    /^(?:[^(]*|CAST\((?:[^()']|'[^']*')*(?:\(\d+(?:,\d+)?\))?\)|struct_extract\([^()]*\)|(?:[^()']|'[^']*')*)$/.test(
      sql,
    )
  )
}

/**
 * Uses a value more than once without computing it more than once.
 *
 * Cheap values are repeated; others are bound to a name through a one-element list, the only binding an expression can have.
 */
export function bind(sql: string, body: (name: string) => string): string {
  return isCheap(sql) ? body(sql) : bindAlways(sql, body)
}

/** As `bind`, also for cheap values: takes sub-queries and volatile calls out of `body`. */
export function bindAlways(sql: string, body: (name: string) => string): string {
  const probe = body('"$"')
  // Sub-queries and window functions cannot stand inside a lambda: then the value is repeated after all.
  if (OUTSIDE_LAMBDAS.test(withoutTexts(probe))) return body(sql)
  const name = freshName(`${sql}${probe}`)
  return `(list_transform([${sql}], lambda ${name}: ${body(name)})[1])`
}

/** SQL without what its string literals hold. */
export function withoutTexts(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'/g, "''")
}

const OUTSIDE_LAMBDAS = /\bSELECT\b|\bOVER \(/

/** A name not used in `text`, so that bodies nest; made from the text alone, so that equal values give equal text. */
export function freshName(text: string): string {
  let depth = 1
  for (const [, used] of text.matchAll(/"\$(\d+)"/g)) depth = Math.max(depth, Number(used) + 1)
  return `"$${depth}"`
}

/** `bind` for several values: all that are worth it share one binding, as members of a struct. */
export function bindAll(values: readonly string[], body: (names: readonly string[]) => string): string {
  const costly = values.filter((value) => !isCheap(value))
  if (costly.length === 0) return body(values)
  if (costly.length === 1)
    return bind(costly[0]!, (name) => body(values.map((value) => (value === costly[0] ? name : value))))
  const members = [...new Set(costly)]
  const struct = `struct_pack(${members.map((value, i) => `v${i + 1} := ${value}`).join(', ')})`
  return bindAlways(struct, (name) =>
    body(values.map((value) => (isCheap(value) ? value : `struct_extract(${name}, 'v${members.indexOf(value) + 1}')`))),
  )
}
