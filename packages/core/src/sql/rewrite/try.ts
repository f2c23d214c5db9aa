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
  return bind(value, (v) => `TRY(${body(v)})`)
}

/** TRY(value): sub-queries and volatile calls inside are not supported by the engine. */
export function isTryable(sql: string): boolean {
  return !REFUSED.test(withoutTexts(sql))
}
