import { bind, withoutTexts } from '../emit/text.ts'

/** Text that TRY of the engine refuses around it. */
const REFUSED = /\b(?:SELECT|random|uuid)\b/

/**
 * `body(value)`, NULL where it fails.
 *
 * Only the body's failures are caught: TRY_CAST(1 / 0 AS varchar) fails. Sub-queries stand outside, where the engine wants them.
 */
export function trySql(value: string, body: (value: string) => string): string {
  const whole = body(value)
  if (whole === value) return value
  return bind(value, (v) => tried(body(v)))
}

/**
 * NULL where `sql` fails.
 *
 * After a failure DuckDB 1.5 computes the rows one by one into a vector of one value, and a COALESCE writes into it at the row's place among
 * all rows: that gave wrong values and crashed the process. Inside of a function COALESCE has a vector of its own.
 */
export function tried(sql: string): string {
  return `TRY(struct_extract(struct_pack(v := ${sql}), 'v'))`
}

/** TRY(value): sub-queries and volatile calls inside are not supported by the engine. */
export function isTryable(sql: string): boolean {
  return !REFUSED.test(withoutTexts(sql))
}
