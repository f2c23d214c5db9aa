import { expect, test } from 'vitest'
import { contentDigest, createRecordScanner, eventIdentity, readLogFile, utcDate } from '../../src/events/index.ts'

test.each([
  [{ eventId: 'a', account: '111122223333' }, { eventId: 'a', account: '111122223333' }, true],
  [{ eventId: 'a', account: '111122223333' }, { eventId: 'a', account: '444455556666' }, false],
  [{ eventId: 'a', account: null }, { eventId: 'a', account: null }, true],
  [{ eventId: 'a', account: null }, { eventId: 'a', account: '' }, false],
  [{ eventId: 'bc', account: 'a' }, { eventId: 'c', account: 'ab' }, false],
  [{ eventId: 'a', account: null }, { eventId: 'b', account: null }, false],
])('%j and %j are one event: %s', (a, b, wanted) => {
  expect(eventIdentity(a) === eventIdentity(b)).toBe(wanted)
})

test.each([null, ''])('a record with the event id %j is never a duplicate', (eventId) => {
  expect(eventIdentity({ eventId, account: '111122223333' })).toBeUndefined()
})

test.each([
  [Date.UTC(2024, 4, 1), '2024-05-01'],
  [Date.UTC(2024, 4, 1) - 1, '2024-04-30'],
  [-1, '1969-12-31'],
])('%d lies on %s', (ms, date) => {
  expect(utcDate(ms)).toBe(date)
})

test('deliveries of one event have one digest, whatever their white space; other content has another', () => {
  const records = [
    '{"eventTime":"2024-05-01T10:00:00Z","a":"x y"}',
    '{ "eventTime" : "2024-05-01T10:00:00Z",\n"a": "x y" }',
    '{"eventTime":"2024-05-01T10:00:00Z","a":"xy"}',
    '{"a":"x y","eventTime":"2024-05-01T10:00:00Z"}',
  ]
  const read = readLogFile(Buffer.from(`{"Records":[${records.join(',')}]}`), createRecordScanner('events'))
  if (read.outcome !== 'records') throw new Error(read.outcome)
  const { batch } = read
  const [first, spaced, other, reordered] = batch.records.map((record) => contentDigest(batch, record))
  expect(spaced).toBe(first)
  expect(new Set([first, other, reordered]).size).toBe(3)
})
