import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/table/prune.ts'
import { buildStats, parseStats, parseTimestampStat, timestampText } from '../../src/table/stats.ts'

describe('statistics that we write', () => {
  test('have the shape that other readers expect', () => {
    const ms = Date.UTC(2023, 6, 10, 11, 42, 18)
    const text = buildStats(500, [
      { name: 'eventtime', kind: 'timestamp', min: ms, max: ms + 979_123, nullCount: 0 },
      { name: 'eventname', kind: 'string', min: 'AddRole', max: 'PutObject', nullCount: 3 },
      { name: 'calendarday', kind: 'integer', min: 20230710, max: 20230710n, nullCount: 0 },
      { name: 'date', kind: 'date', min: '2023-07-10', max: '2023-07-11', nullCount: 0 },
      { name: 'readonly', kind: 'none', nullCount: 7 },
      { name: 'awsregion', kind: 'string', min: null, max: null, nullCount: 500 },
    ])
    expect(JSON.parse(text)).toEqual({
      numRecords: 500,
      minValues: {
        eventtime: '2023-07-10T11:42:18.000',
        eventname: 'AddRole',
        calendarday: 20230710,
        date: '2023-07-10',
      },
      maxValues: {
        eventtime: '2023-07-10T11:58:37.123',
        eventname: 'PutObject',
        calendarday: 20230710,
        date: '2023-07-11',
      },
      nullCount: { eventtime: 0, eventname: 3, calendarday: 0, date: 0, readonly: 7, awsregion: 500 },
    })
  })

  test('integers keep every digit, and what is no exact integer is left out', () => {
    const write = (max: number | bigint) => buildStats(1, [{ name: 'n', kind: 'integer', min: 0, max, nullCount: 0 }])
    expect(write(9223372036854775807n)).toContain('"maxValues":{"n":9223372036854775807}')
    expect(write(2 ** 60)).toContain('"maxValues":{}')
    expect(write(Number.NaN)).toContain('"maxValues":{}')
  })

  test('times outside the years that can be written are left out; fractions round outwards', () => {
    const write = (min: number, max: number) =>
      JSON.parse(buildStats(1, [{ name: 't', kind: 'timestamp', min, max, nullCount: 0 }]))
    expect(write(-1e15, 1e15)).toMatchObject({ minValues: {}, maxValues: {} })
    expect(write(0.5, 0.5)).toMatchObject({
      minValues: { t: '1970-01-01T00:00:00.000' },
      maxValues: { t: '1970-01-01T00:00:00.001' },
    })
  })

  const strings = (value: string) => {
    const { min, max } = parseStats(
      buildStats(1, [{ name: 's', kind: 'string', min: value, max: value, nullCount: 0 }]),
    )
    return [min.s, max.s] as [string, string]
  }

  test.each([
    ['a'.repeat(32), 'a'.repeat(32), 'a'.repeat(32)],
    ['a'.repeat(33), 'a'.repeat(32), `${'a'.repeat(32)}\u{10FFFF}`],
    // 20 code points in 40 UTF-16 units: nothing is cut.
    ['😀'.repeat(20), '😀'.repeat(20), '😀'.repeat(20)],
    ['😀'.repeat(33), '😀'.repeat(32), `${'😀'.repeat(32)}\u{10FFFF}`],
    [`${'a'.repeat(31)}😀b`, `${'a'.repeat(31)}😀`, `${'a'.repeat(31)}😀\u{10FFFF}`],
    ['', '', ''],
  ])('%j is between %j and %j', (value, min, max) => {
    expect(strings(value)).toEqual([min, max])
  })

  test('bounds hold for any text in the order of UTF-8 bytes, and are cut to 33 code points', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\uFFFF', '😀', '\u{10FFFF}', 'é', '"', '\\'),
      maxLength: 40,
    })
    fc.assert(
      fc.property(text, (value) => {
        const [min, max] = strings(value)
        expect(Buffer.compare(Buffer.from(min), Buffer.from(value))).toBeLessThanOrEqual(0)
        expect(Buffer.compare(Buffer.from(max), Buffer.from(value))).toBeGreaterThanOrEqual(0)
        expect([...max].length).toBeLessThanOrEqual(33)
        expect(min.isWellFormed()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

test('strings are compared as their UTF-8 bytes are', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\uE000', '\uFFFF', '😀', '\u{10FFFF}', '\u{10000}', ''),
    maxLength: 5,
  })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { numRuns: 1000 },
  )
})

describe('statistics of other writers', () => {
  const midnight = Date.UTC(2023, 6, 10)
  test.each([
    ['2023-07-10T00:00:00.000', midnight],
    ['2023-07-10T00:00:00Z', midnight],
    ['2023-07-10 00:00:00', midnight],
    ['2023-07-10T00:00:00.000Z', midnight],
    ['2023-07-10 00:00:00.123456', midnight + 123],
    ['2023-07-10T00:00:00.1', midnight + 100],
    ['2023-07-10T00:00:00.000000+00:00', midnight],
    ['2023-07-10', midnight],
    ['2023-07-10T00:00:00+02:00', undefined],
    ['2023-13-10T00:00:00', undefined],
    ['10.07.2023', undefined],
    ['', undefined],
    [1688947200000, undefined],
    [null, undefined],
  ])('%j is %j', (text, ms) => {
    expect(parseTimestampStat(text)).toBe(ms)
  })

  test('what we write we read', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) }), (ms) => {
        const text = timestampText(ms)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
        expect(parseTimestampStat(text)).toBe(ms)
      }),
    )
  })

  test.each([
    undefined,
    null,
    '',
    'no json',
    '[]',
    '7',
    'null',
    '{"minValues":[],"maxValues":7,"nullCount":null,"numRecords":"7"}',
    '{"numRecords":-1}',
  ])('%j tells nothing', (text) => {
    expect(parseStats(text)).toEqual({ min: {}, max: {}, nullCount: {} })
  })
})
