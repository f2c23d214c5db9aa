import type { LakeType } from '../../../schema/types.ts'

/**
 * The statement's instant as a literal of a date or time type; undefined for other types.
 *
 * It is written out since the days of the scan were found from it: the text gives the same answer whenever it runs.
 */
export function instantText(type: LakeType, now: Date): string | undefined {
  const micros = BigInt(now.getTime()) * 1000n
  switch (type.kind) {
    case 'date':
      return `DATE '${now.toISOString().slice(0, 10)}'`
    case 'timestamp':
      return timestampText(micros, type.precision, type.withTimeZone)
    case 'time': {
      const clock = digits(micros, type.precision).split(' ')[1]
      return `TIME '${clock}${type.withTimeZone ? '+00:00' : ''}'`
    }
    default:
      return undefined
  }
}

/** A TIMESTAMP literal of so many digits; microseconds since 1970 are rounded to them, as a cast does. */
export function timestampText(micros: bigint, precision: number, withTimeZone: boolean): string {
  return `TIMESTAMP '${digits(micros, precision)}${withTimeZone ? ' UTC' : ''}'`
}

function digits(micros: bigint, precision: number): string {
  const unit = 10n ** BigInt(6 - Math.min(precision, 6))
  const rounded = floorDivide(micros + unit / 2n, unit) * unit
  const seconds = floorDivide(rounded, 1_000_000n)
  const fraction = (rounded - seconds * 1_000_000n).toString().padStart(6, '0').padEnd(12, '0').slice(0, precision)
  const [date, time] = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).split('T')
  return `${date} ${time}${fraction === '' ? '' : `.${fraction}`}`
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}
