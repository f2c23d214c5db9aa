import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatEventTime, parseEventTime } from '../../src/events/index.ts'
import { modelTime } from './model.ts'

test.each([
  ['2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000Z'],
  ['2024-05-01T10:00:00.1239Z', '2024-05-01T10:00:00.123Z'],
  ['2024-05-01T10:00:00.9999999999Z', '2024-05-01T10:00:00.999Z'],
  ['2024-05-01T10:00:00', '2024-05-01T10:00:00.000Z'],
  ['20240501T100000Z', '2024-05-01T10:00:00.000Z'],
  ['20240501T100000.5Z', '2024-05-01T10:00:00.500Z'],
  ['2024-05-01T10:00:00+00:00', '2024-05-01T10:00:00.000Z'],
  ['2024-05-01T01:00:00+02:00', '2024-04-30T23:00:00.000Z'],
  ['2024-05-01T01:00:00-0330', '2024-05-01T04:30:00.000Z'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('%s is %s', (text, wanted) => {
  expect(formatEventTime(parseEventTime(text)!)).toBe(wanted)
})

test.each([
  '',
  '...',
  'yesterday',
  '2024-05-01',
  '2024-05-01T10:00Z',
  '2024-05-01 10:00:00',
  '2024-05-01t10:00:00z',
  '2024-05-01T10:00:00.Z',
  '2024-05-01T10:00:00,5Z',
  '2024-05-01T10:00:00 Z',
  ' 2024-05-01T10:00:00Z',
  '2024-05-01T10:00:00Z\n',
  '2024-05-01T10:00:00UTC',
  '2024-05-01T10:00:00+2',
  '2024-05-01T10:00:00+19:00',
  '2023-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2024-04-31T00:00:00Z',
  '2024-13-01T00:00:00Z',
  '2024-00-01T00:00:00Z',
  '2024-01-00T00:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T00:60:00Z',
  '2016-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '12024-05-01T10:00:00Z',
  '1714557600',
])('%j is no time', (text) => {
  expect(parseEventTime(text)).toBeUndefined()
})

test('every instant is read back, whatever the form', () => {
  const instant = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  fc.assert(
    fc.property(instant, fc.integer({ min: -1080, max: 1080 }), (date, offset) => {
      const ms = date.getTime()
      expect(parseEventTime(date.toISOString())).toBe(ms)
      expect(parseEventTime(date.toISOString().replace(/[-:]/g, ''))).toBe(ms)
      const size = Math.abs(offset)
      const zone = `${offset < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
      const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1)
      expect(parseEventTime(local + zone)).toBe(ms)
    }),
  )
})

test('near misses agree with a model on top of Date', () => {
  const two = fc.integer({ min: 0, max: 70 }).map((n) => String(n).padStart(2, '0'))
  fc.assert(
    fc.property(
      fc.constantFrom('2023', '2024', '1900', '2000'),
      fc.array(two, { minLength: 5, maxLength: 5 }),
      (year, [a, b, c, d, e]) => {
        const text = `${year}-${a}-${b}T${c}:${d}:${e}Z`
        const ms = parseEventTime(text)
        expect(ms === undefined ? null : new Date(ms).toISOString().replace('T', ' ').slice(0, -1)).toBe(
          modelTime(text),
        )
      },
    ),
    { numRuns: 2000 },
  )
})
