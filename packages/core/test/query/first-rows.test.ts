import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'
import { type DataFile, pruneFiles } from '../../src/table/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-first-'))
let lake: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import([join(trails, 'panther-org'), join(trails, 'versions'), join(trails, 'invictus-2023')], {
    into: 'org',
  })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the first rows by time', () => {
  test.each([
    ['SELECT eventTime FROM org ORDER BY eventTime DESC LIMIT 3', { rows: 3, descending: true }],
    ['SELECT eventTime AS t, eventID FROM org AS o ORDER BY 1 DESC, 2 OFFSET 4 LIMIT 3', { rows: 7, descending: true }],
    ['SELECT * FROM org ORDER BY eventTime, eventID FETCH FIRST 5 ROWS ONLY', { rows: 5, descending: false }],
    ['SELECT eventTime FROM org ORDER BY eventTime FETCH FIRST 2 ROWS WITH TIES', { rows: 2, descending: false }],
    [
      'SELECT x.eventTime FROM (SELECT * FROM org ORDER BY eventTime DESC LIMIT 9) x WHERE true',
      { rows: 9, descending: true },
    ],
    ['SELECT upper(eventName), eventID FROM org ORDER BY eventTime DESC, 2 LIMIT 4', { rows: 4, descending: true }],
    ['SELECT eventTime FROM org ORDER BY eventTime LIMIT 0', { rows: 0, descending: false }],
  ])('%s', async (sql, first) => {
    expect((await lake.explain(sql)).tables[0]?.bounds).toEqual({ first })
    const ask = async (prune: boolean) => {
      const result = await lake.query(sql, { prune })
      return [(await result.toJson()).rows, result.statistics.filesScanned] as const
    }
    const [[rows, files], [all, known]] = [await ask(true), await ask(false)]
    expect(rows).toEqual(all)
    if (first.rows > 0) expect(files).toBeLessThan(known)
  })

  test.each([
    'SELECT eventTime FROM org ORDER BY eventTime DESC',
    'SELECT eventTime FROM org LIMIT 3',
    'SELECT eventTime FROM org ORDER BY eventTime DESC NULLS FIRST LIMIT 3',
    "SELECT eventTime FROM org WHERE eventName <> 'x' ORDER BY eventTime DESC LIMIT 3",
    'SELECT DISTINCT eventTime FROM org ORDER BY eventTime DESC LIMIT 3',
    'SELECT eventTime, count(*) FROM org GROUP BY 1 ORDER BY 1 DESC LIMIT 3',
    'SELECT max(eventTime) AS eventTime FROM org ORDER BY eventTime DESC LIMIT 3',
    'SELECT eventTime, row_number() OVER (ORDER BY eventName) FROM org ORDER BY 1 DESC LIMIT 3',
    'SELECT eventName AS eventTime FROM org ORDER BY eventTime DESC LIMIT 3',
    "SELECT eventTime - INTERVAL '1' DAY AS eventTime FROM org ORDER BY eventTime DESC LIMIT 3",
    'SELECT eventID, eventTime FROM org ORDER BY 1, 2 DESC LIMIT 3',
    'SELECT a.eventTime FROM org a CROSS JOIN UNNEST(resources) AS r ORDER BY 1 DESC LIMIT 3',
    'SELECT eventTime FROM org TABLESAMPLE BERNOULLI (50) ORDER BY eventTime DESC LIMIT 3',
    'SELECT a.eventTime FROM org a, org b ORDER BY 1 DESC LIMIT 3',
    'SELECT eventTime FROM org UNION ALL SELECT eventTime FROM org ORDER BY 1 DESC LIMIT 3',
    'SELECT x.eventTime FROM (SELECT eventTime FROM org ORDER BY eventTime DESC) x LIMIT 3',
  ])('are not all that counts: %s', async (sql) => {
    for (const { bounds } of (await lake.explain(sql)).tables) expect(bounds).not.toHaveProperty('first')
  })
})

test('files with one of the first rows are kept, whatever their statistics leave out', () => {
  const file = fc.record({
    times: fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }),
    nulls: fc.nat(2),
    hasTimes: fc.boolean(),
    hasCounts: fc.boolean(),
  })
  const stamp = (seconds: number) => new Date(Date.UTC(2024, 0, 1, 0, 0, seconds)).toISOString().slice(0, -1)
  fc.assert(
    fc.property(fc.array(file, { maxLength: 8 }), fc.nat(12), fc.boolean(), (files, rows, descending) => {
      const data = files.map(({ times, nulls, hasTimes, hasCounts }, i): DataFile => {
        const minValues = hasTimes ? { t: stamp(Math.min(...times)) } : {}
        const maxValues = hasTimes ? { t: stamp(Math.max(...times)) } : {}
        const counts = hasCounts ? { numRecords: times.length + nulls, nullCount: { t: nulls } } : {}
        const stats = JSON.stringify({ minValues, maxValues, ...counts })
        return { path: `${i}`, key: `${i}`, partitionValues: {}, size: 1, modificationTime: 0, stats }
      })
      const kept = new Set(
        pruneFiles(data, { first: { rows, descending } }, { time: 't' }).map(({ path }) => Number(path)),
      )
      const all = files.flatMap(({ times }, i) => times.map((time) => ({ time: descending ? -time : time, i })))
      const sorted = all.sort((a, b) => a.time - b.time)
      const last = sorted[Math.min(rows, sorted.length) - 1]?.time
      for (const { time, i } of sorted) if (last !== undefined && time <= last) expect(kept).toContain(i)
      // Rows without a time come last: where the others are too few, every file may have one that is wanted.
      if (sorted.length < rows) expect(kept.size).toBe(files.length)
    }),
    { numRuns: 500 },
  )
})
