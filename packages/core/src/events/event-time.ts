const EXTENDED = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})?$/
const BASIC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})?$/

/** The times that a four-digit year can print: 0001-01-01 to 9999-12-31, as UTC milliseconds. */
const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999

/**
 * Reads a time as records carry it, in UTC milliseconds; undefined for anything that is not exactly one instant.
 *
 * `2024-05-01T10:00:00Z`, the same with a fraction (cut to milliseconds, not rounded), with an offset (applied), without a
 * zone (UTC, as integrations send it), and the basic form `20240501T100000Z`. Impossible dates, hour 24 and second 60 are
 * not read.
 */
export function parseEventTime(text: string): number | undefined {
  const match = EXTENDED.exec(text) ?? BASIC.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const wall = utcMillis(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))
  const offset = offsetMinutes(zone)
  if (wall === undefined || offset === undefined) return undefined
  const ms = wall + Number(fraction.padEnd(3, '0').slice(0, 3)) - offset * 60_000
  return ms < FIRST_MS || ms > LAST_MS ? undefined : ms
}

/** Prints UTC milliseconds in the one form that the engine is given: `2024-05-01T10:00:00.000Z`. */
export function formatEventTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** UTC milliseconds of a calendar date and time of day; undefined when there is no such date or time. */
export function utcMillis(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  if (day > 28 && day > daysInMonth(year, month)) return undefined
  return (daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1000
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; years counted from March, so that leap days come last. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((marchMonth * 153 + 2) / 5) + day - 1 - 719_468
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 18 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
