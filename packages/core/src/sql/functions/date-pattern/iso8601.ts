import { DAY_MS, dayMillis, daysInMonth, daysInYear, weeksInWeekyear, weekyearStart } from './civil.ts'
import { ParseError } from './parse.ts'

/** A day that a date cannot hold; the message is Trino's. */
export class DayOverflow extends Error {}

/** Days since 1970 of the first of a year, exact for nine digits of it. */
function yearStart(year: number): number {
  const before = year - 1
  return before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
}

function checkYear(year: number): void {
  const days = yearStart(year)
  if (Math.abs(days) > 0x7fff_ffff) throw new DayOverflow(`Value ${days} exceeds MAX_INT for type date`)
}

interface Scan {
  readonly text: string
  at: number
}

const fail = (text: string, at: number): never => {
  if (at <= 0) throw new ParseError(`Invalid format: "${text}"`)
  if (at >= text.length) throw new ParseError(`Invalid format: "${text}" is too short`)
  throw new ParseError(`Invalid format: "${text}" is malformed at "${text.slice(at)}"`)
}

function digits(scan: Scan, most: number): number | undefined {
  const match = new RegExp(`^\\d{1,${most}}`).exec(scan.text.slice(scan.at))
  if (!match) return undefined
  scan.at += match[0].length
  return Number(match[0])
}

function take(scan: Scan, pattern: RegExp): string | undefined {
  const match = pattern.exec(scan.text.slice(scan.at))
  if (!match) return undefined
  scan.at += match[0].length
  return match[0]
}

function inRange(text: string, name: string, value: number, low: number, high: number): number {
  if (value < low || value > high)
    throw new ParseError(`Cannot parse "${text}": Value ${value} for ${name} must be in the range [${low},${high}]`)
  return value
}

/** year [-month [-day] | -Www [-d] | -ddd]: milliseconds of the day. */
function readDay(scan: Scan): number {
  const sign = take(scan, /^[+-](?=\d)/) === '-' ? -1 : 1
  const year = digits(scan, 9)
  if (year === undefined) return fail(scan.text, scan.at)
  const written = sign * year
  if (take(scan, /^-(?=W\d)/i) !== undefined) {
    scan.at += 1
    const week = inRange(scan.text, 'weekOfWeekyear', digits(scan, 2)!, 1, weeksInWeekyear(written))
    const weekday = take(scan, /^-(?=\d)/) === undefined ? 1 : inRange(scan.text, 'dayOfWeek', digits(scan, 1)!, 1, 7)
    return weekyearStart(written) + ((week - 1) * 7 + weekday - 1) * DAY_MS
  }
  if (take(scan, /^-(?=\d{3}(?!\d))/) !== undefined) {
    return dayMillis(written, 1, inRange(scan.text, 'dayOfYear', digits(scan, 3)!, 1, daysInYear(written)))
  }
  if (take(scan, /^-(?=\d)/) === undefined) return dayMillis(written, 1, 1)
  const month = inRange(scan.text, 'monthOfYear', digits(scan, 2)!, 1, 12)
  if (take(scan, /^-(?=\d)/) === undefined) return dayMillis(written, month, 1)
  return dayMillis(written, month, inRange(scan.text, 'dayOfMonth', digits(scan, 2)!, 1, daysInMonth(written, month)))
}

/** [hh [:mm [:ss]]] with a fraction after the last: milliseconds of the day. */
function readClock(scan: Scan): number {
  let millis = 0
  for (const [name, unit, high] of CLOCK) {
    if (name !== 'hourOfDay' && take(scan, /^:(?=\d)/) === undefined) break
    const value = digits(scan, 2)
    if (value === undefined) break
    millis += inRange(scan.text, name, value, 0, high) * unit
    const fraction = take(scan, /^[.,]\d+/)
    if (fraction !== undefined) return millis + Math.floor(Number(`0.${fraction.slice(1)}`) * unit + 1e-6)
  }
  return millis
}

const CLOCK = [
  ['hourOfDay', 3_600_000, 23],
  ['minuteOfHour', 60_000, 59],
  ['secondOfMinute', 1000, 59],
] as const

/** Minutes east of UTC. */
function readOffset(scan: Scan): number | undefined {
  if (take(scan, /^z/i) !== undefined) return 0
  const match = /^([+-])(\d\d)(?::?(\d\d))?/.exec(scan.text.slice(scan.at))
  if (!match) return undefined
  scan.at += match[0].length
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0))
}

/**
 * Reads a text of from_iso8601_timestamp: calendar, week and ordinal dates, a time after `T`, an offset.
 *
 * @returns milliseconds of the wall clock, and minutes east of UTC (0 where the text has none)
 * @throws ParseError with Joda's message
 */
export function readIso8601Instant(text: string): { readonly local: number; readonly offset: number } {
  const scan: Scan = { text, at: 0 }
  let local = /^t/i.test(text) ? 0 : readDay(scan)
  let offset = 0
  if (take(scan, /^t/i) !== undefined) {
    local += readClock(scan)
    offset = readOffset(scan) ?? 0
  }
  if (scan.at < text.length) fail(text, scan.at)
  return { local, offset }
}

/** Reads a text of from_iso8601_date. @returns milliseconds of the day @throws ParseError */
export function readIso8601Day(text: string): number {
  const scan: Scan = { text, at: 0 }
  const day = readDay(scan)
  if (scan.at < text.length) fail(text, scan.at)
  checkYear(Number.parseInt(text, 10))
  if (Number.isNaN(day)) throw new ParseError(`Invalid format: "${text}"`)
  return day
}

/** Reads a text of from_iso8601_timestamp_nanos. @returns nanoseconds of the instant, and minutes east of UTC @throws ParseError */
export function readIso8601Nanos(text: string): { readonly nanos: bigint; readonly offset: number } {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?(Z|[+-]\d\d:\d\d)$/i.exec(text)
  if (!match) throw new ParseError(`Text '${text}' could not be parsed at index ${mismatch(text)}`)
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = match
  const valid =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= daysInMonth(Number(year), Number(month)) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60
  if (!valid) throw new ParseError(`Text '${text}' could not be parsed`)
  const offset = /^z$/i.test(zone!)
    ? 0
    : (zone!.startsWith('-') ? -1 : 1) * (Number(zone!.slice(1, 3)) * 60 + Number(zone!.slice(4, 6)))
  const millis =
    dayMillis(Number(year), Number(month), Number(day)) +
    (Number(hour) * 60 + Number(minute) - offset) * 60_000 +
    Number(second) * 1000
  return { nanos: BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0')), offset }
}

/** Where a text stops looking like a timestamp. */
function mismatch(text: string): number {
  const shape = '0000-00-00T00:00:00'
  for (let i = 0; i < shape.length; i++) {
    const c = text[i]
    if (c === undefined || (shape[i] === '0' ? !/\d/.test(c) : c.toUpperCase() !== shape[i])) return i
  }
  return shape.length
}
