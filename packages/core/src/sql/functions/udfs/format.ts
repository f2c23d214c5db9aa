import { printFormat } from '../java-format/print.ts'
import { FormatError } from '../java-format/read.ts'
import type { ScalarUdf } from '../types.ts'
import { badArgument } from './udf-error.ts'

function format(pattern: string, values: readonly string[]): string {
  try {
    return printFormat(pattern, values)
  } catch (error) {
    throw error instanceof FormatError ? badArgument(`Invalid format string: ${pattern} (${error.message})`) : error
  }
}

const UNITS = ['', 'K', 'M', 'B', 'T', 'Q'] as const

/** Three significant digits at most and a unit, cut off rather than rounded below the unit. */
function formatNumber(text: string): string {
  const value = toLong(Number(text))
  let fraction = Math.abs(value)
  let unit = 0
  while (fraction >= 1000 && unit < UNITS.length - 1) {
    fraction /= 1000
    unit += 1
  }
  const digits = unit === 0 ? 0 : fraction < 10 ? 2 : fraction < 100 ? 1 : 0
  const shown = unit === 0 ? String(fraction) : halfEven(fraction, digits)
  return `${value < 0 ? '-' : ''}${shown}${UNITS[unit]}`
}

/** Java's cast of a double to long. */
const toLong = (x: number): number => (Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, -(2 ** 63)), 2 ** 63)))

/** Rounds to the even neighbour at a half, and drops zeros at the end, as Java's DecimalFormat. */
function halfEven(x: number, digits: number): string {
  const scale = 10 ** digits
  const scaled = x * scale
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  return String(rounded / scale)
}

export const formatUdfs: readonly ScalarUdf[] = [
  { name: 'trino_js_format', parameters: ['VARCHAR', 'VARCHAR[]'], result: 'VARCHAR', evaluate: format },
  { name: 'trino_format_number', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate: formatNumber },
]
