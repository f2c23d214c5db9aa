import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openInstance } from '../../../src/engine/instance.ts'
import { NO_ID, NO_TAPE, type RawRecord } from '../../../src/events/index.ts'
import { newFileState, type Row } from '../../../src/lake/import/batch-state.ts'
import { createEventWriter } from '../../../src/lake/import/batch-write.ts'
import { partitionRows } from '../../../src/lake/import/partition-rows.ts'
import type { QuarantineItem } from '../../../src/lake/import/quarantine-writer.ts'
import { cleanUpAfterEach, newFolder } from '../support.ts'

cleanUpAfterEach()

const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId: 'abc' })

/** A row whose typed text is what is given, as if the scanner had let it through. */
function row(index: number, typed: string, values: Partial<RawRecord> = {}): Row {
  const raw = Buffer.from(`{"delivered":${index}}`)
  const record: RawRecord = {
    index,
    start: 0,
    end: raw.length,
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
  const batch = { raw, read: 1, records: [record], unusable: [], tape: new Int32Array() }
  return {
    file,
    record,
    batch,
    day: '1970-01-01',
    digest: undefined,
    fate: 'kept',
    first: undefined,
    sibling: undefined,
  }
}

const good = (index: number) => row(index, `{"eventTime":"1970-01-01T00:00:00Z","eventName":"N${index}"}`)

async function write(rows: readonly Row[]) {
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
    const staged = await writer.write(rows, quarantine)
    const names: unknown[] = []
    for (const { path } of staged)
      names.push(...(await connection.runAndReadAll(`SELECT eventname FROM '${path}'`)).getRows().flat())
    return { staged, items, names, left: readdirSync(staging).length }
  } finally {
    connection.closeSync()
    instance.close()
  }
}

test('records that the engine cannot read go to quarantine as they were delivered, the others are written', async () => {
  const rows = [
    good(0),
    row(1, '{"eventTime":'),
    good(2),
    row(3, '{"eventTime":"1970-01-01T00:00:00Z","eventName":"\\ud800"}'),
  ]
  const { staged, items, names } = await write(rows)
  expect(names).toEqual(['N0', 'N2'])
  expect(staged.map((part) => part.rows)).toEqual([2])
  expect(rows.map((r) => r.fate)).toEqual(['kept', 'malformed', 'kept', 'malformed'])
  expect(items.map(({ record, reason, bytes }) => [record, reason, Buffer.from(bytes).toString()])).toEqual([
    [1, 'malformed JSON', '{"delivered":1}'],
    [3, 'malformed JSON', '{"delivered":3}'],
  ])
})

test('a partition of unreadable records only gives no file', async () => {
  const { staged, items, left } = await write([row(0, '{'), row(1, '[')])
  expect([staged, items.length, left]).toEqual([[], 2, 0])
})

test('a row whose time is not the one that the scan found is an error, not a wrong statistic', async () => {
  const rows = [row(0, '{"eventTime":"1970-01-02T00:00:00Z"}')]
  await expect(write(rows)).rejects.toMatchObject({ code: 'GENERIC_INTERNAL_ERROR' })
})

test('rows of one instant keep their order; partitions come sorted', () => {
  const at = (index: number, account: string | null, region: string, eventTimeMs: number) =>
    row(index, '', { account, region, eventTimeMs })
  const rows = [
    at(0, '2'.repeat(12), 'b', 5),
    at(1, '1'.repeat(12), 'b', 7),
    at(2, '1'.repeat(12), 'b', 7),
    at(3, '1'.repeat(12), 'a', 9),
    at(4, '1'.repeat(12), 'b', 1),
    at(5, null, 'a', 0),
  ]
  const shape = (layout: 'date' | 'account-region-date') =>
    partitionRows(rows, layout).map((part) => part.rows.map((r) => r.record.index))
  expect(shape('account-region-date')).toEqual([[3], [4, 1, 2], [0], [5]])
  expect(shape('date')).toEqual([[3, 4, 1, 2, 0, 5]])
})
