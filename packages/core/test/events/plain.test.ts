import { describe, expect, test } from 'vitest'
import { createRecordScanner, Found, NO_TAPE, type RawRecord, readLogFile } from '../../src/events/index.ts'

/*
 * That plain records give the rows of the careful path is for `typed-rows` and `taped-writer` to show; here are the bounds of the reader's memory.
 */

const common = { eventTime: '2024-05-01T10:00:00Z', recipientAccountId: '111122223333', awsRegion: 'eu-west-1' }

function recordsOf(texts: readonly string[], options = {}): readonly RawRecord[] {
  const read = readLogFile(Buffer.from(`{"Records":[${texts.join(',')}]}`), createRecordScanner('events', options))
  if (read.outcome !== 'records') throw new Error(JSON.stringify(read))
  expect(read.batch.unusable).toEqual([])
  return read.batch.records
}

const essence = ({ index, start, end, eventTimeMs, account, region, category }: RawRecord) => ({
  index,
  start,
  end,
  eventTimeMs,
  account,
  region,
  category,
})

describe('keys that no layout names', () => {
  test.each([
    ['more than are remembered of a struct', 3000, 20],
    ['longer than are remembered', 50, 5000],
    ['more than all their room holds', 1000, 250],
  ])('%s', (_, count, length) => {
    const key = (i: number, at: string) => `${at}${i}${'k'.repeat(length)}`
    const texts = Array.from({ length: count }, (_, i) =>
      JSON.stringify({
        [key(i, 'a')]: [1, { x: 'y' }],
        ...common,
        userIdentity: { [key(i, 'b')]: true, sessionContext: { [key(i, 'c')]: 'z', attributes: { [key(i, 'd')]: 1 } } },
        resources: [{ [key(i, 'e')]: null }],
        tlsDetails: { [key(i, 'f')]: 'q' },
      }),
    )
    const found = recordsOf(texts)
    expect(found.map(essence)).toEqual(recordsOf(texts, { normalizeAll: true }).map(essence))
    // Those that are not remembered are rewritten, and have a tape all the same.
    expect(found.filter(({ tape }) => tape === NO_TAPE)).toEqual([])
  })

  test('twice in one record: not plain, remembered or not', () => {
    for (const key of ['new', 'n'.repeat(1000)]) {
      const [first, second] = recordsOf([
        JSON.stringify(common),
        `{"${key}":1,${JSON.stringify(common).slice(1, -1)},"${key}":2}`,
      ])
      expect([first!.typed, second!.typed === null]).toEqual([null, false])
    }
  })
})

test('a rewritten record of more than a megabyte has no tape', () => {
  const long = (length: number) => JSON.stringify({ ...common, eventtype: 'odd case', userAgent: 'x'.repeat(length) })
  const [small, large] = recordsOf([long(1000), long(2 << 20)])
  expect([small!.tape === NO_TAPE, large!.tape === NO_TAPE]).toEqual([false, true])
})

test('a text whose tape is longer than itself, and a small one after it', () => {
  const map = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i]))
  const texts = Array.from({ length: 20_000 }, () => JSON.stringify({ ...common, requestParameters: map }))
  const scanner = createRecordScanner('events')
  const raw = Buffer.from(`{"Records":[${texts.join(',')}]}`)
  const large = readLogFile(raw, scanner)
  if (large.outcome !== 'records') throw new Error(large.outcome)
  const largeTape = large.batch.tape.slice()
  const small = readLogFile(Buffer.from(`{"Records":[${texts[0]}]}`), scanner)
  if (small.outcome !== 'records') throw new Error(small.outcome)
  expect(large.batch.records).toHaveLength(texts.length)
  // Every stretch but its own place is that of the one record.
  const stretch = small.batch.tape.slice(1)
  for (const { tape, start } of large.batch.records) {
    const own = largeTape.subarray(tape + 1, tape + 1 + stretch.length)
    const moved = start - small.batch.records[0]!.start
    const isSame = own.every((value, i) => value === stretch[i] || value - moved === stretch[i])
    if (!isSame || largeTape[tape]! - tape !== small.batch.tape[0]) throw new Error(`record at ${start}`)
  }
})

test('nothing of an earlier text is taken for the end of a shorter one', () => {
  const record = JSON.stringify({
    ...common,
    requestParameters: { a: 'b', n: 12.5 },
    readOnly: true,
    resources: [{ ARN: 'x' }],
  })
  const scanner = createRecordScanner('events')
  const whole = Buffer.from(record)
  for (let length = 1; length < whole.length; length++) {
    scanner.open(whole)
    expect(scanner.readEntries(0, 0, new Found())).toBe(whole.length)
    scanner.open(whole.subarray(0, length))
    const found = new Found()
    expect(scanner.readEntries(0, 0, found)).toBeLessThan(0)
    expect([found.list.count, found.odd.size, found.unusable]).toEqual([0, 0, []])
  }
})
