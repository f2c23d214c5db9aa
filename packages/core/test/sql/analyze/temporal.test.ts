import { describe, expect, test } from 'vitest'
import { parseDate, parseLakeTimestamp, parseTimestamp } from '../../../src/sql/analyze/temporal.ts'

const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n

describe('timestamps as literals', () => {
  test.each([
    ['2024-01-02', '2024-01-02T00:00:00Z', 0],
    ['2024-1-2 3:04', '2024-01-02T03:04:00Z', 0],
    ['2024-01-02 03:04:05.678', '2024-01-02T03:04:05.678Z', 3],
    ['2024-01-02 03:04:05 UTC', '2024-01-02T03:04:05Z', 0],
    ['2024-01-02 03:04:05+05:30', '2024-01-01T21:34:05Z', 0],
    ['2024-07-01 00:00:00 America/New_York', '2024-07-01T04:00:00Z', 0],
    ['2024-01-01 00:00:00.5 Europe/Berlin', '2023-12-31T23:00:00.500Z', 1],
    ['1969-12-31 23:59:59.999', '1969-12-31T23:59:59.999Z', 3],
  ])('%s', (text, iso, precision) => {
    expect(parseTimestamp(text)).toMatchObject({ micros: micros(iso), precision })
  })

  test.each([
    '',
    'x',
    '2024-02-30',
    '2024-01-01 24:00:00',
    '2024-01-01 01',
    '2024-01-01 00:00:00 Nowhere/X',
    '2024-01-01 00:00:00 +15:00',
    '2024-03-10 02:30:00 America/New_York',
    '20240101',
  ])('%j is none', (text) => expect(parseTimestamp(text)).toBeUndefined())

  test('of two instants that read alike when clocks go back, the earlier', () => {
    expect(parseTimestamp('2024-11-03 01:30:00 America/New_York')?.micros).toBe(micros('2024-11-03T05:30:00Z'))
  })
})

describe('texts that Lake compares with timestamps', () => {
  test.each([
    ['2024-01-02', '2024-01-02T00:00:00Z'],
    ['2024-01-02 03:04:05', '2024-01-02T03:04:05Z'],
    ['2024-01-02 03:04:05.678', '2024-01-02T03:04:05.678Z'],
    ['2024-01-02T03:04:05', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05.678Z'],
    ['2024-01-02T03:04:05+02:00', '2024-01-02T01:04:05Z'],
    ['2024-01-02T03:04:05-0530', '2024-01-02T08:34:05Z'],
  ])('%s', (text, iso) => {
    expect(parseLakeTimestamp(text)?.micros).toBe(micros(iso))
  })

  test.each(['yesterday', '', '2024', '2024-13-01', '2024-01-01T25:00:00', '2024-01-01 00:00:00+99:00', "2024-01-01'"])(
    '%j is none',
    (text) => expect(parseLakeTimestamp(text)).toBeUndefined(),
  )
})

test('dates', () => {
  expect(parseDate('1970-01-02')).toBe(1)
  expect(parseDate('0001-01-01')).toBe(-719162)
  expect(parseDate('2023-02-29')).toBeUndefined()
})
