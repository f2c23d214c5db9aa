import { localToUtc } from '../../rewrite/temporal-literal.ts'
import {
  ParseError,
  type Pattern,
  PatternError,
  parseJodaPattern,
  parseMysqlPattern,
  parsePattern,
  parseTeradataPattern,
  printPattern,
} from '../date-pattern/index.ts'
import { DayOverflow, readIso8601Day, readIso8601Instant, readIso8601Nanos } from '../date-pattern/iso8601.ts'
import type { ScalarUdf } from '../types.ts'
import { badArgument, UdfError } from './udf-error.ts'

const languages: Readonly<Record<string, (text: string) => Pattern>> = {
  mysql: parseMysqlPattern,
  joda: (text) => parseJodaPattern(text),
  teradata: parseTeradataPattern,
}

const patterns = new Map<string, Pattern>()

function patternOf(language: string, text: string): Pattern {
  const key = `${language} ${text}`
  let pattern = patterns.get(key)
  if (!pattern) {
    pattern = told(() => languages[language]!(text))
    if (patterns.size > 500) patterns.clear()
    patterns.set(key, pattern)
  }
  return pattern
}

function told<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof DayOverflow) throw new UdfError('GENERIC_INTERNAL_ERROR', error.message)
    throw error instanceof PatternError || error instanceof ParseError ? badArgument(error.message) : error
  }
}

function print(language: string, pattern: string, local: bigint, offset: bigint, zone: string): string {
  const read = patternOf(language, pattern)
  if (zone === '' && read.elements.some((e) => e.kind === 'zone')) {
    throw badArgument(
      "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information",
    )
  }
  return printPattern(read, { local: Number(local), offset: Number(offset), zone })
}

/** Microseconds of the instant and the zone's text, parted by a blank. */
function parse(language: string, pattern: string, text: string): string {
  if (language === 'mysql' && pattern === '%Y-%m-%d' && /^\d{4}-\d\d-\d\d$/.test(text)) told(() => checkDay(text))
  const { local, zone } = told(() => parsePattern(patternOf(language, pattern), text))
  if (zone === undefined) return `${local * 1000} UTC`
  if (typeof zone === 'number') return `${(local - zone * 60_000) * 1000} ${offsetText(zone)}`
  const instant = localToUtc(BigInt(Math.floor(local / 1000)), zone)
  if (instant === undefined)
    throw badArgument(`Cannot parse "${text}": Illegal instant due to time zone offset transition (${zone})`)
  return `${(instant * 1000n + BigInt(local - Math.floor(local / 1000) * 1000)) * 1000n} ${zone === 'GMT' || zone === 'Etc/UTC' ? 'UTC' : zone}`
}

export function offsetText(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
}

/** Plain days have a reader of their own in Trino, with other messages. */
function checkDay(text: string): void {
  const [year, month, day] = text.split('-').map(Number) as [number, number, number]
  if (month < 1 || month > 12) throw new ParseError(`Invalid value for MonthOfYear (valid values 1 - 12): ${month}`)
  if (day < 1 || day > 31) throw new ParseError(`Invalid value for DayOfMonth (valid values 1 - 28/31): ${day}`)
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCDate() !== day) {
    const name = [
      'JANUARY',
      'FEBRUARY',
      'MARCH',
      'APRIL',
      'MAY',
      'JUNE',
      'JULY',
      'AUGUST',
      'SEPTEMBER',
      'OCTOBER',
      'NOVEMBER',
      'DECEMBER',
    ][month - 1]
    throw new ParseError(
      day === 29 ? `Invalid date 'February 29' as '${year}' is not a leap year` : `Invalid date '${name} ${day}'`,
    )
  }
}

/** False for a name that the engine would fail on with an error that TRY does not catch; it knows the same zones, and `UTC+1`. */
function isZone(name: string): boolean {
  if (/^(?:UTC|GMT|UT)[+-]/i.test(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const dateUdfs: readonly ScalarUdf[] = [
  { name: 'trino_is_zone', parameters: ['VARCHAR'], result: 'BOOLEAN', evaluate: isZone, fails: [] },
  {
    name: 'trino_js_print_date',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT', 'VARCHAR'],
    result: 'VARCHAR',
    evaluate: print,
  },
  { name: 'trino_js_parse_date', parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'], result: 'VARCHAR', evaluate: parse },
  {
    name: 'trino_js_iso8601',
    parameters: ['VARCHAR'],
    result: 'VARCHAR',
    evaluate: (text: string) => {
      const { local, offset } = told(() => readIso8601Instant(text))
      return `${(local - offset * 60_000) * 1000} ${offsetText(offset)}`
    },
  },
  {
    name: 'trino_js_iso8601_nanos',
    parameters: ['VARCHAR'],
    result: 'VARCHAR',
    evaluate: (text: string) => {
      const { nanos, offset } = told(() => readIso8601Nanos(text))
      return `${nanos} ${offsetText(offset)}`
    },
  },
  {
    name: 'trino_js_iso8601_day',
    parameters: ['VARCHAR'],
    result: 'BIGINT',
    evaluate: (text: string) => BigInt(told(() => readIso8601Day(text))) * 1000n,
  },
]
