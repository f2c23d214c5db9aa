import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecordScanner, eventIdOf, eventJsonBytes, readLogFile } from '../../src/events/index.ts'
import { layouts } from '../../src/schema/index.ts'
import { type Golden, layoutOfStore, readGoldens, readTrailFile } from './corpus.ts'
import { type EngineRows, openEngineRows } from './engine-rows.ts'

const goldens = readGoldens()
const byFile = new Map<string, Golden[]>()
for (const golden of goldens) byFile.set(golden.file, [...(byFile.get(golden.file) ?? []), golden])
const present = [...byFile.keys()].filter((file) => readTrailFile(file) !== undefined)

let engine: EngineRows
beforeAll(async () => {
  engine = await openEngineRows()
})
afterAll(() => engine.close())

test('the golden files are at hand', ({ skip }) => {
  const absent = byFile.size - present.length
  expect(present.length).toBeGreaterThan(250)
  if (absent > 0) skip(`${absent} golden files are not in this checkout: their rows are not compared`)
})

describe.each([
  { path: 'records as they come', normalizeAll: false },
  { path: 'every record rewritten', normalizeAll: true },
])('$path', ({ normalizeAll }) => {
  test.each(['events', 'config', 'activity', 'insight'] as const)('every %s row equals its golden', async (store) => {
    const layout = layoutOfStore[store]
    const scanner = createRecordScanner(layout, { normalizeAll })
    let compared = 0
    for (const file of present) {
      const wanted = byFile.get(file)!.filter((golden) => golden.store === store && golden.index !== undefined)
      if (wanted.length === 0) continue
      const read = readLogFile(readTrailFile(file)!, scanner)
      if (read.outcome !== 'records') throw new Error(`${file}: ${JSON.stringify(read)}`)
      const rows = await engine.rowsOf(layout, read.batch)
      for (const { index, row, unusable } of wanted) {
        const place = `${file} [${index}]`
        if (unusable !== undefined) {
          expect(read.batch.unusable.find((entry) => entry.index === index)?.reason, place).toBe(unusable)
        } else {
          const { _source, _record, _accesskeyid, _arn, calendarday, ...columns } = rows.get(index!) ?? {}
          const checksum = createHash('sha256').update(String(columns.eventjson)).digest('base64')
          const actual = store === 'events' ? { ...columns, eventjsonchecksum: checksum } : columns
          expect(actual, place).toEqual(row)
          expect(Object.keys(actual).sort(), place).toEqual(Object.keys(row!).sort())
          expect(_record).toBe(index)
          const identity = row!.useridentity as Record<string, unknown> | null | undefined
          expect(_accesskeyid, place).toBe(identity?.accesskeyid ?? null)
          expect(_arn, place).toBe(identity?.arn ?? null)
          expect(calendarday, place).toBe(Number(String(row!.eventtime).slice(0, 10).replaceAll('-', '')))
        }
        compared++
      }
      for (const record of read.batch.records) {
        const row = rows.get(record.index)!
        expect(eventIdOf(read.batch, record)).toBe(row.eventid)
        expect(record.account).toBe(row.recipientaccountid)
        expect(record.region).toBe(row.awsregion)
        expect(record.category).toBe(row.eventcategory)
        expect(new Date(record.eventTimeMs).toISOString()).toBe(`${String(row.eventtime).replace(' ', 'T')}Z`)
        expect(eventJsonBytes(read.batch, record).toString()).toBe(row.eventjson)
      }
    }
    const expected = goldens.filter(({ store: s, file }) => s === store && present.includes(file)).length
    expect(compared).toBe(expected)
    expect(compared).toBeGreaterThan(10)
  })
})

test('columns come in the order of SELECT *', async () => {
  const scanner = createRecordScanner('events')
  const read = readLogFile(Buffer.from('{"Records":[{"eventTime":"2024-01-01T00:00:00Z"}]}'), scanner)
  if (read.outcome !== 'records') throw new Error(read.outcome)
  const [row] = (await engine.rowsOf('events', read.batch)).values()
  const lake = layouts.events.columns.map((column) => column.name).filter((name) => name !== 'eventjsonchecksum')
  expect(Object.keys(row!)).toEqual([...lake, '_source', '_record', '_accesskeyid', '_arn', 'calendarday'])
})

test.each(goldens.filter((golden) => golden.index === undefined))('$file is $unusable', ({ file, unusable }) => {
  const read = readLogFile(readTrailFile(file)!, createRecordScanner('events'))
  const said = read.outcome === 'failed' ? read.reason : read.outcome === 'skipped' ? read.kind : read.outcome
  expect(said).toBe(unusable!.replace('not a log file', 'not-a-log-file'))
})
