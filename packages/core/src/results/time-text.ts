const DAY_SECONDS = 86_400
const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** `2024-05-01` from days since 1970; years outside 0 to 9999 carry a sign: `-0001-12-31`, `+12345-01-01`. */
export function dateText(days: number): string {
  // Proleptic Gregorian, in eras of 400 years that begin on the first of March.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${yearText(year)}-${two(month)}-${two(day)}`
}

function yearText(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0')
  return year < 0 ? `-${digits}` : year > 9999 ? `+${digits}` : digits
}

/** A point in time or of the day: whole seconds, and nanoseconds within the second. */
export interface Instant {
  readonly seconds: number
  readonly nanos: number
}

/** Splits a count of `perSecond` units (1, 1e3, 1e6 or 1e9) since 1970 or midnight. */
export function instantOf(value: bigint, perSecond: number): Instant {
  const unit = BigInt(perSecond)
  let seconds = value / unit
  let rest = value - seconds * unit
  if (rest < 0n) {
    seconds -= 1n
    rest += unit
  }
  return { seconds: Number(seconds), nanos: Number(rest) * (1e9 / perSecond) }
}

/** The same for a count that a number holds exactly. */
export function instantOfNumber(value: number, perSecond: number): Instant {
  const seconds = Math.floor(value / perSecond)
  return { seconds, nanos: (value - seconds * perSecond) * (1e9 / perSecond) }
}

/** `03:04:05.678`, cut to `precision` digits. */
export function timeText({ seconds, nanos }: Instant, precision: number): string {
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  if (precision === 0) return clock
  const fraction = nanos === 0 ? '' : String(nanos).padStart(9, '0').slice(0, precision)
  return `${clock}.${fraction.padEnd(precision, '0')}`
}

let lastDays = Number.NaN
let lastDate = ''

/** `2024-05-01 03:04:05.678`, cut to `precision` digits. */
export function timestampText(instant: Instant, precision: number): string {
  const days = Math.floor(instant.seconds / DAY_SECONDS)
  // Rows come sorted by time more often than not.
  if (days !== lastDays) {
    lastDate = dateText(days)
    lastDays = days
  }
  return `${lastDate} ${timeText({ seconds: instant.seconds - days * DAY_SECONDS, nanos: instant.nanos }, precision)}`
}

/** `+05:30` from minutes. */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** Trino's `interval day to second`: `1 02:03:04.005`, a sign before the whole. */
export function dayTimeText(milliseconds: number | bigint): string {
  const total = BigInt(milliseconds)
  const size = total < 0n ? -total : total
  const days = size / 86_400_000n
  return `${total < 0n ? '-' : ''}${days} ${timeText(instantOf(size - days * 86_400_000n, 1e3), 3)}`
}

/** Trino's `interval year to month`: `1-2`, a sign before the whole. */
export function yearMonthText(months: number): string {
  const size = Math.abs(months)
  return `${months < 0 ? '-' : ''}${Math.floor(size / 12)}-${size % 12}`
}
