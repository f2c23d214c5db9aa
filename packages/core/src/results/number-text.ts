/** The shortest decimal that reads back as the same 32-bit float, as a number: 1.1, not 1.10000002384. */
export function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(9))
}

/**
 * Prints a double as Java's `Double.toString`, which Trino's text output uses: `1.0`, `9.82222E-5`, `1.0E7`, `NaN`.
 *
 * Both languages print the fewest digits that read back as the same value; they differ in where exponents begin.
 */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}

/** An unscaled integer as a decimal of `scale` digits after the point. */
export function decimalText(unscaled: bigint | number, scale: number): string {
  const text = unscaled.toString()
  if (scale === 0) return text
  const negative = text.startsWith('-')
  const digits = (negative ? text.slice(1) : text).padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
