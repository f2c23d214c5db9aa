/*
 * Dates and times as literals and casts write them. Instants are microseconds since 1970, as bigint: local time without a zone, UTC with one.
 */

export interface ParsedTimestamp {
  /** Microseconds since 1970-01-01 of the local time, or of the instant when there is a zone. */
  readonly micros: bigint
  /** Digits of the fraction as written, 0 to 12. */
  readonly precision: number
  /** As written; undefined without one. */
  readonly zone: string | undefined
}

const DATE_TEXT = /^([+-]?\d{4,})-(\d{1,2})-(\d{1,2})$/
const TIMESTAMP_TEXT =
  /^([+-]?\d{4,})-(\d{1,2})-(\d{1,2})(?: (?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*(.+)?)?$/
const TIME_TEXT = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*([+-]\d\d(?::?\d\d)?)?$/
const DAY_MICROS = 86_400_000_000n

/** Days since 1970 of the text of a DATE literal; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const match = DATE_TEXT.exec(text)
  return match ? daysOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

/** Reads the text of a TIMESTAMP literal, with or without time of day and zone; undefined when it is none. */
export function parseTimestamp(text: string): ParsedTimestamp | undefined {
  const match = TIMESTAMP_TEXT.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match
  const days = daysOf(Number(year), Number(month), Number(day))
  const time = timeMicros(hour ?? '0', minute ?? '0', second ?? '0', fraction)
  if (days === undefined || time === undefined || fraction.length > 12) return undefined
  const local = BigInt(days) * DAY_MICROS + time
  if (zone === undefined) return { micros: local, precision: fraction.length, zone }
  const micros = toInstant(local, zone)
  return micros === undefined ? undefined : { micros, precision: fraction.length, zone }
}

/** Reads the text of a TIME literal; undefined when it is none. */
export function parseTime(text: string): { readonly precision: number; readonly hasZone: boolean } | undefined {
  const match = TIME_TEXT.exec(text.trim())
  if (!match) return undefined
  const [, hour, minute, second, fraction = '', offset] = match
  if (timeMicros(hour!, minute!, second ?? '0', fraction) === undefined || fraction.length > 12) return undefined
  if (offset !== undefined && offsetMinutes(offset) === undefined) return undefined
  return { precision: fraction.length, hasZone: offset !== undefined }
}

const LAKE_TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?(?:\d{2})?)?)?$/i

/**
 * Reads a text that Lake compares with a timestamp: a date, a date and a time joined by a blank or `T`, the latter also with `Z` or an offset,
 * which makes it that instant in UTC.
 *
 * @returns microseconds since 1970, or undefined when the text is of no such form
 */
export function parseLakeTimestamp(text: string): { readonly micros: bigint; readonly precision: number } | undefined {
  const match = LAKE_TEXT.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const days = daysOf(Number(year), Number(month), Number(day))
  const time = timeMicros(hour, minute, second, fraction)
  const offset = zone === undefined || /^(z|utc)$/i.test(zone) ? 0 : offsetMinutes(zone)
  if (days === undefined || time === undefined || offset === undefined) return undefined
  return { micros: BigInt(days) * DAY_MICROS + time - BigInt(offset) * 60_000_000n, precision: fraction.length }
}

function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? Math.round(date.getTime() / 86_400_000) : undefined
}

function timeMicros(hour: string, minute: string, second: string, fraction: string): bigint | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)]
  if (h > 23 || m > 59 || s > 59) return undefined
  return BigInt((h * 60 + m) * 60 + s) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}

/** Minutes of `+05:30`, `-08`, `+0530`; undefined beyond 14 hours. */
function offsetMinutes(offset: string): number | undefined {
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(offset)
  if (!match) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return Number(match[3] ?? 0) > 59 || minutes > 14 * 60 ? undefined : match[1] === '-' ? -minutes : minutes
}

/** The instant of a local time in a zone; undefined for an unknown zone, and for a local time that the zone skips. */
function toInstant(local: bigint, zone: string): bigint | undefined {
  if (/^(utc|z|gmt|ut)$/i.test(zone)) return local
  const offset = offsetMinutes(zone.replace(/^(?:UTC|GMT|UT)(?=[+-])/i, ''))
  if (offset !== undefined) return local - BigInt(offset) * 60_000_000n
  if (!/^[A-Za-z][\w+/-]+$/.test(zone)) return undefined
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  const localMs = Number(local / 1000n)
  // The offset before the local time, and the one after it where clocks change: the earlier instant that reads so wins.
  for (const guess of [localMs - 86_400_000, localMs + 86_400_000]) {
    const candidate = localMs - zoneOffsetMs(format, guess)
    if (candidate + zoneOffsetMs(format, candidate) === localMs) return BigInt(candidate) * 1000n + (local % 1000n)
  }
  return undefined
}

function zoneOffsetMs(format: Intl.DateTimeFormat, instant: number): number {
  const parts = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]))
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
  const local = new Date(0)
  local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day))
  local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second), 0)
  return local.getTime() - Math.floor(instant / 1000) * 1000
}
