import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openInstance } from '../../../src/engine/instance.ts'
import { Found, NO_ID, NO_TAPE, type RawRecord, RecordBatch } from '../../../src/events/index.ts'
import { newFileState } from '../../../src/lake/import/batch-state.ts'
import { createEventWriter } from '../../../src/lake/import/batch-write.ts'
import { partitionRows } from '../../../src/lake/import/partition-rows.ts'
import type { QuarantineItem } from '../../../src/lake/import/quarantine-writer.ts'
import { Fate, Rows } from '../../../src/lake/import/rows.ts'
import { cleanUpAfterEach, newFolder } from '../support.ts'

cleanUpAfterEach()

const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId: 'abc' })

/** A record whose typed text is what is given, as if the scanner had let it through. */
function record(index: number, typed: string, values: Partial<RawRecord> = {}): RawRecord {
  return {
    index,
    start: 0,
    end: delivered(index).length,
    eventTimeMs: 0,
    idStart: NO_ID,
    idEnd: NO_ID,
    eventId: `id-${index}`,
    account: null,
    region: null,
    category: 'Management',
    typed: Buffer.from(typed),
    compact: null,
    tape: NO_TAPE,
    ...values,
  }
}

const delivered = (index: number) => Buffer.from(`{"delivered":${index}}`)

/** Rows of these records, each in a text of its own. */
function rowsOf(records: readonly RawRecord[]) {
  const rows = new Rows()
  for (const one of records) {
    const found = new Found()
    found.add(one)
    rows.add(file, new RecordBatch(delivered(one.index), new Int32Array(), found), true)
  }
  return { rows, all: records.map((_, row) => row) }
}

const good = (index: number) => record(index, `{"eventTime":"1970-01-01T00:00:00Z","eventName":"N${index}"}`)

async function write(records: readonly RawRecord[]) {
  const { rows, all } = rowsOf(records)
  const staging = newFolder()
  const instance = await openInstance({ threads: 1 })
  const connection = await instance.connect()
  const items: QuarantineItem[] = []
  const quarantine = {
    add: async (item: QuarantineItem) => void items.push(item),
    finish: async () => undefined,
    abandon: () => undefined,
  }
  try {
    const writer = createEventWriter(async () => connection, {
      schema: 'events',
      layout: 'account-region-date',
      staging,
    })
    const staged = await writer.write(rows, all, quarantine)
    const names: unknown[] = []
    for (const { path } of staged)
      names.push(...(await connection.runAndReadAll(`SELECT eventname FROM '${path}'`)).getRows().flat())
    const fates = all.map((row) => rows.fate(row))
    return { staged, items, names, fates, left: readdirSync(staging).length }
  } finally {
    connection.closeSync()
    instance.close()
  }
}

test('records that the engine cannot read go to quarantine as they were delivered, the others are written', async () => {
  const records = [
    good(0),
    record(1, '{"eventTime":'),
    good(2),
    record(3, '{"eventTime":"1970-01-01T00:00:00Z","eventName":"\\ud800"}'),
  ]
  const { staged, items, names, fates } = await write(records)
  expect(names).toEqual(['N0', 'N2'])
  expect(staged.map((part) => part.rows)).toEqual([2])
  expect(fates).toEqual([Fate.kept, Fate.malformed, Fate.kept, Fate.malformed])
  expect(items.map(({ record, reason, bytes }) => [record, reason, Buffer.from(bytes).toString()])).toEqual([
    [1, 'malformed JSON', '{"delivered":1}'],
    [3, 'malformed JSON', '{"delivered":3}'],
  ])
})

test('a partition of unreadable records only gives no file', async () => {
  const { staged, items, left } = await write([record(0, '{'), record(1, '[')])
  expect([staged, items.length, left]).toEqual([[], 2, 0])
})

test('a row whose time is not the one that the scan found is an error, not a wrong statistic', async () => {
  const records = [record(0, '{"eventTime":"1970-01-02T00:00:00Z"}')]
  await expect(write(records)).rejects.toMatchObject({ code: 'GENERIC_INTERNAL_ERROR' })
})

test('rows of one instant keep their order; partitions come sorted', () => {
  const at = (index: number, account: string | null, region: string, eventTimeMs: number) =>
    record(index, '', { account, region, eventTimeMs })
  const { rows, all } = rowsOf([
    at(0, '2'.repeat(12), 'b', 5),
    at(1, '1'.repeat(12), 'b', 7),
    at(2, '1'.repeat(12), 'b', 7),
    at(3, '1'.repeat(12), 'a', 9),
    at(4, '1'.repeat(12), 'b', 1),
    at(5, null, 'a', 0),
  ])
  const shape = (layout: 'date' | 'account-region-date') =>
    partitionRows(rows, all, layout).map((part) => part.rows.map((row) => rows.index(row)))
  expect(shape('account-region-date')).toEqual([[3], [4, 1, 2], [0], [5]])
  expect(shape('date')).toEqual([[3, 4, 1, 2, 0, 5]])
})
