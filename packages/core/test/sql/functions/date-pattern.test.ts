import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VARCHAR } from '../../../src/schema/types.ts'
import {
  ParseError,
  PatternError,
  parseJodaPattern,
  parseMysqlPattern,
  parsePattern,
  parseTeradataPattern,
  printPattern,
  strftimePattern,
} from '../../../src/sql/functions/date-pattern/index.ts'
import {
  readIso8601Day,
  readIso8601Instant,
  readIso8601Nanos,
} from '../../../src/sql/functions/date-pattern/iso8601.ts'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'
import { engineQuery } from './support.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

const at = (iso: string) => ({ local: Date.parse(`${iso}Z`), offset: 0, zone: 'UTC' })
const iso = (millis: number) => new Date(millis).toISOString().slice(0, -1)

const mysql = fc
  .array(fc.constantFrom(...[...'abcdefHhIijklMmprSsTvWxYy%q'].map((c) => `%${c}`), '-', ' ', ':', 'é', 'T'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((p) => p.join(''))
const joda = fc
  .array(
    fc.constantFrom(
      'yyyy',
      'yy',
      'MM',
      'M',
      'MMM',
      'MMMM',
      'dd',
      'd',
      'HH',
      'H',
      'hh',
      'h',
      'mm',
      'm',
      'ss',
      's',
      'SSS',
      'SSSSSS',
      'a',
      'EEE',
      'EEEE',
      'D',
      'DDD',
      'e',
      'ww',
      'xxxx',
      'Q',
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((p) => p.filter((x) => x !== 'Q').join("'-'"))
  .filter((p) => p !== '')
const instant = fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })

describe('two roads', () => {
  test("the engine's strftime prints what JavaScript prints", async () => {
    const patterned = fc.oneof(
      mysql.map((p) => parseMysqlPattern(p)),
      joda.map((p) => parseJodaPattern(p)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(patterned, instant), { minLength: 10, maxLength: 20 }), async (cases) => {
        const native = cases.flatMap(([pattern, date]) => {
          const text = strftimePattern(pattern)
          return text === undefined ? [] : [{ pattern, date, text }]
        })
        fc.pre(native.length > 0)
        const calls = native.map(
          ({ date, text }) => `strftime(make_timestamp(${date.getTime() * 1000}), '${text.replaceAll("'", "''")}')`,
        )
        const { rows } = await evaluator.run(
          engineQuery(
            `SELECT ${calls.join(', ')}`,
            calls.map(() => VARCHAR),
          ),
        )
        const printed = native.map(({ pattern, date }) =>
          printPattern(pattern, { local: date.getTime(), offset: 0, zone: 'UTC' }),
        )
        expect(rows[0]).toEqual(printed)
      }),
      { numRuns: 40 },
    )
  })

  test('what a full pattern prints it reads again', () => {
    const full = fc.constantFrom(
      '%Y-%m-%d %H:%i:%s.%f',
      '%d.%c.%Y %T',
      '%W %M %e %Y %r',
      '%b %d %Y %k:%i:%S',
      '%Y %j %h:%i:%s %p',
      '%x-%v %a %H %i %s',
    )
    fc.assert(
      fc.property(full, instant, (text, date) => {
        const pattern = parseMysqlPattern(text)
        const millis = text.includes('%f') ? date.getTime() : Math.floor(date.getTime() / 1000) * 1000
        expect(parsePattern(pattern, printPattern(pattern, { local: millis, offset: 0, zone: 'UTC' })).local).toBe(
          millis,
        )
      }),
    )
  })

  test('weeks are those of the calendar', () => {
    fc.assert(
      fc.property(instant, (date) => {
        const printed = printPattern(parseJodaPattern('xxxx-ww-e'), { local: date.getTime(), offset: 0, zone: 'UTC' })
        // The week of a day is that of its Thursday.
        const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000)
        const week =
          Math.floor(
            (Date.UTC(thursday.getUTCFullYear(), thursday.getUTCMonth(), thursday.getUTCDate()) -
              Date.UTC(thursday.getUTCFullYear(), 0, 1)) /
              604_800_000,
          ) + 1
        expect(printed).toBe(`${thursday.getUTCFullYear()}-${String(week).padStart(2, '0')}-${date.getUTCDay() || 7}`)
      }),
    )
  })
})

describe('printing', () => {
  test.each([
    ['G C YYYY', 'AD 20 2022'],
    ['KK kk hh h', '00 24 12 12'],
    ['S SS SSS SSSS', '1 12 123 1230'],
    ["h 'o''clock' a", "12 o'clock AM"],
    ["'open", 'open'],
    ['Z ZZ ZZZ', '+0000 +00:00 UTC'],
    ['yy y yyyyy', '22 2022 02022'],
  ])('%s', (text, printed) => {
    expect(printPattern(parseJodaPattern(text), at('2022-01-05T00:07:09.123'))).toBe(printed)
  })

  test('a zone is printed as its offset and its name', () => {
    const pattern = parseJodaPattern('HH:mm Z ZZ ZZZ z')
    const value = { local: Date.parse('2022-07-05T15:07:09Z'), offset: -240, zone: 'America/New_York' }
    expect(printPattern(pattern, value)).toBe('15:07 -0400 -04:00 America/New_York EDT')
  })
})

describe('reading', () => {
  test.each([
    ['%Y-%m-%d', '2022-1-5', '2022-01-05T00:00:00.000'],
    ['%y', '69', '2069-01-01T00:00:00.000'],
    ['%y', '70', '1970-01-01T00:00:00.000'],
    ['%H:%i', '10:05', '1970-01-01T10:05:00.000'],
    ['%m', '05', '2000-05-01T00:00:00.000'],
    ['%a', 'Mon', '2000-12-25T00:00:00.000'],
    ['%M %e %Y', 'oct 5 2022', '2022-10-05T00:00:00.000'],
    ['%M %e %Y', 'OCTOBER 5 2022', '2022-10-05T00:00:00.000'],
    ['%h:%i %p', '12:30 am', '1970-01-01T00:30:00.000'],
    ['%s.%f', '0.123456789', '1970-01-01T00:00:00.123'],
    ['%x-%v', '2020-53', '2020-12-28T00:00:00.000'],
    ['%Y %j', '2020 366', '2020-12-31T00:00:00.000'],
    ['x%Y', 'X2020', '2020-01-01T00:00:00.000'],
  ])('%s of %j', (pattern, text, wanted) => {
    expect(iso(parsePattern(parseMysqlPattern(pattern), text).local)).toBe(wanted)
  })

  test.each([
    ['%Y', 'x', 'Invalid format: "x"'],
    ['%Y-%m-%d', '2022-10-20 extra', 'Invalid format: "2022-10-20 extra" is malformed at " extra"'],
    ['%Y-%m-%d', '2022-10', 'Invalid format: "2022-10" is too short'],
    ['%Y-%m', '2022-13', 'Cannot parse "2022-13": Value 13 for monthOfYear must be in the range [1,12]'],
    ['%Y-%m-%d', '2021-02-29', 'Cannot parse "2021-02-29": Value 29 for dayOfMonth must be in the range [1,28]'],
    ['%H', '24', 'Cannot parse "24": Value 24 for hourOfDay must be in the range [0,23]'],
    ['%x-%v', '2022-53', 'Cannot parse "2022-53": Value 53 for weekOfWeekyear must be in the range [1,52]'],
    ['%b', 'oCt', 'Invalid format: "oCt"'],
    [
      '%Y',
      `2022${'x'.repeat(50)}`,
      `Invalid format: "2022${'x'.repeat(32)}..." is malformed at "${'x'.repeat(32)}..."`,
    ],
  ])('%s does not fit %j', (pattern, text, message) => {
    expect(() => parsePattern(parseMysqlPattern(pattern), text)).toThrow(new ParseError(message))
  })

  test.each([
    ['yyyy-MM-dd HH:mm Z', '2020-01-01 10:00 +0530', 330],
    ['yyyy-MM-dd HH:mm ZZ', '2020-01-01 10:00 -03:30', -210],
    ['yyyy-MM-dd HH:mm Z', '2020-01-01 10:00 Z', 0],
    ['yyyy-MM-dd HH:mm ZZZ', '2020-01-01 10:00 America/New_York', 'America/New_York'],
    ['yyyy-MM-dd HH:mm z', '2020-01-01 10:00 EST', 'America/New_York'],
    ['yyyy-MM-dd HH:mm', '2020-01-01 10:00', undefined],
  ])('%s of %s is in zone %s', (pattern, text, zone) => {
    expect(parsePattern(parseJodaPattern(pattern), text)).toEqual({ local: Date.parse('2020-01-01T10:00Z'), zone })
  })

  test('a year of two digits lies in the hundred years around thirty ago', () => {
    const year = (text: string) => new Date(parsePattern(parseJodaPattern('yy', 2026), text).local).getUTCFullYear()
    expect(['45', '46', '99', '00', '1850', '7'].map(year)).toEqual([2045, 1946, 1999, 2000, 1850, 7])
  })
})

test.each([
  [parseMysqlPattern, '', 'Both printing and parsing not supported'],
  [parseMysqlPattern, '%', 'Both printing and parsing not supported'],
  [parseMysqlPattern, '%D', '%D not supported in date format string'],
  [parseJodaPattern, '', 'Invalid pattern specification: Pattern is null or empty'],
  [parseJodaPattern, 'yyyy-q', 'Illegal pattern component: q'],
  [parseTeradataPattern, 'yyyy q', 'Failed to tokenize string [yyyy q] at offset [5]'],
  [parseTeradataPattern, '', 'Both printing and parsing not supported'],
])('%o refuses %j', (parse, text, message) => {
  expect(() => (parse as (text: string) => unknown)(text)).toThrow(new PatternError(message))
})

describe('ISO 8601', () => {
  test.each([
    ['2020-05-11T11:15:05.123456Z', '2020-05-11T11:15:05.123', 0],
    ['2020-05-11T11:15:05,5', '2020-05-11T11:15:05.500', 0],
    ['2020-05-11t11z', '2020-05-11T11:00:00.000', 0],
    ['2020-05-11T', '2020-05-11T00:00:00.000', 0],
    ['2020-W10-3', '2020-03-04T00:00:00.000', 0],
    ['2020-123', '2020-05-02T00:00:00.000', 0],
    ['2020-05', '2020-05-01T00:00:00.000', 0],
    ['2020-05-11T11:15-08', '2020-05-11T11:15:00.000', -480],
    ['2020-05-11T11:15+0530', '2020-05-11T11:15:00.000', 330],
    ['2020-05-11T11.5Z', '2020-05-11T11:30:00.000', 0],
    ['T10:00Z', '1970-01-01T10:00:00.000', 0],
  ])('%s', (text, local, offset) => {
    expect(readIso8601Instant(text)).toEqual({ local: Date.parse(`${local}Z`), offset })
  })

  test.each([
    '',
    'x',
    '2020-13-01',
    '2020-02-30',
    '2020-05-11 10:00',
    '2020-05-11T24:00',
    '2020-05-11T10:60',
    '2020-05-11T10:00 UTC',
    '2020-05-11Z',
    '2021-366',
    '2021-W53',
  ])('%j is none', (text) => {
    expect(() => readIso8601Instant(text)).toThrow(ParseError)
  })

  test('days take no time', () => {
    expect(readIso8601Day('2020-W53')).toBe(Date.parse('2020-12-28'))
    expect(() => readIso8601Day('2020-05-11T00:00')).toThrow(ParseError)
    expect(() => readIso8601Day('20200511')).toThrow('Value 7377365611 exceeds MAX_INT for type date')
  })

  test('nanoseconds are kept', () => {
    expect(readIso8601Nanos('2020-05-11T11:15:05.123456789+05:30')).toEqual({
      nanos: 1_589_175_905_123_456_789n,
      offset: 330,
    })
    expect(() => readIso8601Nanos('2020-05-11')).toThrow("Text '2020-05-11' could not be parsed at index 10")
  })
})
