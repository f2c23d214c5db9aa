import { describe, expect, test } from 'vitest'
import { type LakeType, time, timestamp } from '../../../src/schema/types.ts'
import { parseTemporal } from '../../../src/sql/rewrite/temporal-literal.ts'

const date: LakeType = { kind: 'date' }

describe('texts of dates and times', () => {
  test.each<[string, LakeType, string | undefined]>([
    ['2024-02-29', date, `DATE '2024-02-29'`],
    ['2023-02-29', date, undefined],
    ['2024-1-2', date, `DATE '2024-01-02'`],
    ['2024-01-01 00:00:00', date, undefined],
    ['2024-01-02 03:04:05.678', timestamp(3), `TIMESTAMP '2024-01-02 03:04:05.678'`],
    ['2024-01-02 03:04', timestamp(0), `TIMESTAMP '2024-01-02 03:04:00'`],
    ['2024-01-02 24:00:00', timestamp(0), undefined],
    // Lake's forms: what follows the date must not be taken for a zone and dropped.
    ['2024-01-02T03:04:05Z', timestamp(0), `TIMESTAMP '2024-01-02 03:04:05'`],
    ['2024-01-02T03:04:05.5+02:00', timestamp(1), `TIMESTAMP '2024-01-02 01:04:05.5'`],
    ['2024-01-02T25:00:00', timestamp(0), undefined],
    ['2024-01-02 nonsense', timestamp(0), undefined],
    ['2024-01-02 03:04:05.123456789', timestamp(9), `TIMESTAMP_NS '2024-01-02 03:04:05.123456789'`],
    ['2024-01-02 03:04:05 +05:30', timestamp(0, true), `{'t': TIMESTAMP '2024-01-01 21:34:05', 'z': '+05:30'}`],
    [
      '2024-07-01 00:00:00 America/New_York',
      timestamp(0, true),
      `{'t': TIMESTAMP '2024-07-01 04:00:00', 'z': 'America/New_York'}`,
    ],
    // The clock goes from 1:59 to 3:00, and shows 1:30 twice in autumn: the first counts.
    ['2022-03-13 02:30:00 America/New_York', timestamp(0, true), undefined],
    [
      '2022-11-06 01:30:00 America/New_York',
      timestamp(0, true),
      `{'t': TIMESTAMP '2022-11-06 05:30:00', 'z': 'America/New_York'}`,
    ],
    ['1969-12-31 23:59:59.9', timestamp(1), `TIMESTAMP '1969-12-31 23:59:59.9'`],
    ['0001-01-01 00:00:00', timestamp(0), `TIMESTAMP '0001-01-01 00:00:00'`],
    ['1:2:3', time(0), `TIME '01:02:03'`],
    ['01:02:03+02:00', time(0, true), `{'t': TIME '01:02:03', 'o': 120}`],
    ['25:00', time(0), undefined],
  ])('%s', (text, type, sql) => {
    expect(parseTemporal(text, type)).toBe(sql)
  })
})
