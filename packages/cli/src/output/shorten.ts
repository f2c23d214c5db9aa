/** A query on one line, cut off where it is long. */
export function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
