import { expect, test } from 'vitest'
import { contentDigest, createRecordScanner, eventIdOf, hashText, readLogFile } from '../../src/events/index.ts'

const time = '"eventTime":"2024-05-01T10:00:00Z"'

function readOne(record: string) {
  const read = readLogFile(Buffer.from(`{"Records":[${record}]}`), createRecordScanner('events'))
  if (read.outcome !== 'records') throw new Error(read.outcome)
  return read.batch
}

test.each([
  ['an id as it is', `{${time},"eventID":"4f0c-A"}`, '4f0c-A'],
  ['an escape', `{${time},"eventID":"a\\u0041\\"b"}`, 'aA"b'],
  ['another alphabet', `{${time},"eventID":"ид"}`, 'ид'],
  ['a rewritten record', `{ ${time}, "EventID": "4f0c-A" }`, '4f0c-A'],
  ['a number', `{${time},"eventID":12}`, '12'],
  ['an empty id', `{${time},"eventID":""}`, ''],
  ['null', `{${time},"eventID":null}`, null],
  ['none', `{${time}}`, null],
])('%s: the id and its hash', (_, text, wanted) => {
  const batch = readOne(text)
  expect(eventIdOf(batch, batch.record(0))).toBe(wanted)
  expect(batch.list.idHash(0)).toBe(wanted ? hashText(wanted) : Number.NaN)
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
