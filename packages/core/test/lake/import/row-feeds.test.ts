import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DuckDBConnection } from '../../../src/engine/duckdb.ts'
import { type EngineInstance, openInstance } from '../../../src/engine/instance.ts'
import { createRecordScanner, NO_TAPE, readLogFile, recordTree } from '../../../src/events/index.ts'
import { newFileState, type Row } from '../../../src/lake/import/batch-state.ts'
import { createParsedFeed, createTapedFeed, type RowFeed } from '../../../src/lake/import/row-feeds.ts'
import { type LayoutName, layouts } from '../../../src/schema/index.ts'
import { readTrailFile, trailFiles } from '../../events/corpus.ts'
import { render, treeOfFields } from '../../events/json-tree.ts'

/*
 * Columns filled from tapes must be those that the engine's own JSON reader makes of the same records.
 */

let instance: EngineInstance
let connection: DuckDBConnection
beforeAll(async () => {
  instance = await openInstance({ threads: 1 })
  connection = await instance.connect()
})
afterAll(() => {
  connection.closeSync()
  instance.close()
})

let feeds = 0

function feedsOf(layout: LayoutName): { readonly taped: RowFeed; readonly parsed: RowFeed } {
  feeds++
  return {
    taped: createTapedFeed(connection, `taped_${feeds}`, layout, recordTree(layout)!),
    parsed: createParsedFeed(connection, `parsed_${feeds}`, layout),
  }
}

/** The rows of a log file; every file has a name of its own length. */
function rowsOf(bytes: Buffer, layout: LayoutName, normalizeAll: boolean, fileNumber = 1): readonly Row[] {
  const read = readLogFile(bytes, createRecordScanner(layout, { normalizeAll }))
  if (read.outcome !== 'records') return []
  const sourceId = 's'.repeat(fileNumber % 40)
  const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId })
  return read.batch.records.map((record) => ({
    file,
    record,
    batch: read.batch,
    day: '2024-05-01',
    digest: undefined,
    fate: 'kept',
    first: undefined,
    sibling: undefined,
  }))
}

/** Rows that one feed gives and the other does not, at the same position. */
async function differences({ taped, parsed }: ReturnType<typeof feedsOf>, rows: readonly Row[]) {
  taped.offer(rows)
  parsed.offer(rows)
  const numbered = (feed: RowFeed) => `SELECT row_number() OVER () AS position, f.* FROM (${feed.query}) f`
  await connection.run(`CREATE OR REPLACE TEMP TABLE left_rows AS ${numbered(taped)}`)
  await connection.run(`CREATE OR REPLACE TEMP TABLE right_rows AS ${numbered(parsed)}`)
  const result = await connection.runAndReadAll(
    `SELECT (SELECT count(*) FROM left_rows), 'taped', r::VARCHAR FROM (FROM left_rows EXCEPT ALL FROM right_rows) r
     UNION ALL SELECT (SELECT count(*) FROM right_rows), 'parsed', r::VARCHAR FROM (FROM right_rows EXCEPT ALL FROM left_rows) r`,
  )
  const count = await connection.runAndReadAll('SELECT count(*) FROM left_rows')
  expect(Number(count.getRows()[0]![0])).toBe(rows.length)
  return result.getRows()
}

const withTree = (Object.keys(layouts) as LayoutName[]).filter((layout) => recordTree(layout) !== undefined)

test('events have a tape; layouts with numbers do not', () => {
  expect(withTree).toContain('events')
  expect(withTree).not.toContain('insights')
})

describe.each(withTree)('%s', (layout) => {
  test.each([{ normalizeAll: false }, { normalizeAll: true }])('any records: %o', async ({ normalizeAll }) => {
    const both = feedsOf(layout)
    const fields = layouts[layout].columns.filter((column) => column.json !== '')
    const record = treeOfFields(fields).map((tree) =>
      'members' in tree
        ? {
            members: [
              ...tree.members.filter(([key]) => !/eventtime/i.test(key)),
              ['"eventTime"', { token: '"2024-05-01T10:00:00Z"' }] as const,
            ],
          }
        : tree,
    )
    let [taped, all] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 12 }), async (trees) => {
        const text = `{"Records":[${trees.map((tree) => render(tree)).join(',')}]}`
        const rows = rowsOf(Buffer.from(text), layout, normalizeAll)
        const withTape = rows.filter((row) => row.record.tape !== NO_TAPE)
        all += rows.length
        taped += withTape.length
        expect(await differences(both, withTape)).toEqual([])
      }),
      { numRuns: 40 },
    )
    // Odd strings that only the engine reads are rare even here.
    expect(taped / all).toBeGreaterThan(0.5)
  })

  test('times before 1970 and in the year 9999, texts around the length that is held inline', async () => {
    const both = feedsOf(layout)
    const records = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z'].flatMap((eventTime) =>
      Array.from({ length: 30 }, (_, length) => ({
        eventTime,
        eventName: 'é'.repeat(length >> 1) + 'x'.repeat(length & 1),
        awsRegion: `${'\\'.repeat(length)}\n"`,
        eventID: 'a'.repeat(length),
      })),
    )
    for (const normalizeAll of [false, true]) {
      const rows = rowsOf(Buffer.from(JSON.stringify({ Records: records })), layout, normalizeAll)
      expect(rows.filter((row) => row.record.tape === NO_TAPE)).toHaveLength(0)
      expect(await differences(both, rows)).toEqual([])
    }
  })
})

test('real records, thousands at a time', async () => {
  const both = feedsOf('events')
  for (const normalizeAll of [false, true]) {
    const rows = trailFiles('invictus-2023').flatMap((file, i) =>
      rowsOf(readTrailFile(file)!, 'events', normalizeAll, i),
    )
    expect(rows.length).toBeGreaterThan(2048)
    expect(rows.filter((row) => row.record.tape === NO_TAPE)).toHaveLength(0)
    expect(await differences(both, rows)).toEqual([])
    // The same feed again, with fewer rows than before and in another order.
    expect(await differences(both, [...rows].reverse().slice(0, 77))).toEqual([])
  }
})

test('rows of many files among each other: many of each, and few of each with much between them', async () => {
  const both = feedsOf('events')
  const files = trailFiles('invictus-2023').map((file, i) => rowsOf(readTrailFile(file)!, 'events', false, i))
  // In turns, one of each file: most chunks hold a few rows of every file.
  const longest = Math.max(...files.map((rows) => rows.length))
  const inTurns = Array.from({ length: longest }, (_, i) => files.flatMap((rows) => rows[i] ?? [])).flat()
  const sparse = inTurns.filter((_, i) => i % 13 === 0)
  const rewritten = files.flatMap((_, i) => rowsOf(readTrailFile(trailFiles('invictus-2023')[i]!)!, 'events', true, i))
  const mixed = inTurns.map((row, i) => (i % 3 === 0 ? (rewritten[i] ?? row) : row))
  for (const rows of [inTurns, sparse, mixed]) expect(await differences(both, rows)).toEqual([])
})
