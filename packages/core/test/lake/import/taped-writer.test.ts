import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WrittenParquet } from '../../../src/engine/write-parquet.ts'
import { createRecordScanner, NO_TAPE, readLogFile, recordTree } from '../../../src/events/index.ts'
import { newFileState } from '../../../src/lake/import/batch-state.ts'
import { createParsedFeed, type ParsedFeed } from '../../../src/lake/import/parsed-feed.ts'
import { Rows } from '../../../src/lake/import/rows.ts'
import { createTapedWriter, type TapedWriter } from '../../../src/lake/import/taped-writer.ts'
import { type LayoutName, layouts } from '../../../src/schema/index.ts'
import { useConnection } from '../../engine/connection.ts'
import { readTrailFile, trailFiles } from '../../events/corpus.ts'
import { render, treeOfFields } from '../../events/json-tree.ts'

/*
 * Files written from tapes must hold what the engine's own JSON reader makes of the same records.
 */

const engine = useConnection()
const { folder } = engine

let feeds = 0

interface Both {
  readonly layout: LayoutName
  readonly taped: TapedWriter
  readonly parsed: ParsedFeed
}

function bothOf(layout: LayoutName): Both {
  feeds++
  return {
    layout,
    taped: createTapedWriter(layout, recordTree(layout)!),
    parsed: createParsedFeed(engine.connection, `parsed_${feeds}`, layout),
  }
}

/** Adds the rows of a log file; every file has a name of its own length. */
function addRows(rows: Rows, bytes: Buffer, layout: LayoutName, normalizeAll: boolean, fileNumber = 1): number[] {
  const read = readLogFile(bytes, createRecordScanner(layout, { normalizeAll }))
  if (read.outcome !== 'records') return []
  const sourceId = 's'.repeat(fileNumber % 40)
  const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId })
  const first = rows.count
  rows.add(file, read.batch, true)
  return Array.from({ length: rows.count - first }, (_, i) => first + i)
}

/** Rows that the file has and the feed does not, or the other way round, at the same position; and where they are of other types. */
async function differences({ taped, parsed }: Both, rows: Rows, some: readonly number[]) {
  const path = join(folder, 'taped.parquet')
  rmSync(path, { force: true })
  const written = await taped.write(rows, some, path)
  parsed.offer(rows, some)
  const numbered = (source: string) => `SELECT row_number() OVER () AS position, f.* FROM ${source} f`
  await engine.connection.run(`CREATE OR REPLACE TEMP TABLE left_rows AS ${numbered(`read_parquet('${path}')`)}`)
  await engine.connection.run(`CREATE OR REPLACE TEMP TABLE right_rows AS ${numbered(`(${parsed.query})`)}`)
  const result = await engine.connection.runAndReadAll(
    `SELECT 'taped', r::VARCHAR FROM (FROM left_rows EXCEPT ALL FROM right_rows) r
     UNION ALL SELECT 'parsed', r::VARCHAR FROM (FROM right_rows EXCEPT ALL FROM left_rows) r
     UNION ALL SELECT 'type', l::VARCHAR FROM (SELECT column_name, column_type FROM (DESCRIBE left_rows) EXCEPT SELECT column_name, column_type FROM (DESCRIBE right_rows)) l
     LIMIT 6`,
  )
  const count = await engine.connection.runAndReadAll('SELECT count(*) FROM left_rows')
  expect([Number(count.getRows()[0]![0]), written.rows]).toEqual([some.length, some.length])
  return [...result.getRows(), ...(await wrongBounds(path, written))]
}

/** Bounds and numbers of NULLs that are not those of the rows, in what the writer says and in the file. */
async function wrongBounds(path: string, written: WrittenParquet): Promise<readonly unknown[]> {
  const wrong: unknown[] = []
  for (const [name, { min, max, nullCount }] of written.columns) {
    const value = name === 'eventtime' ? `strftime("${name}", '%Y-%m-%dT%H:%M:%S.%g')` : `"${name}"::VARCHAR`
    const [row] = (
      await engine.connection.runAndReadAll(
        `SELECT arg_min(${value}, "${name}"), arg_max(${value}, "${name}"), (count(*) - count("${name}"))::INT FROM left_rows`,
      )
    ).getRows()
    const [least, greatest, nulls] = row!
    const isLong = [least, greatest].some((text) => typeof text === 'string' && Buffer.byteLength(text) > 256)
    const expected = isLong || name === 'eventjson' ? [null, null, nulls] : [least, greatest, nulls]
    if (!isDeepStrictEqual([min ?? null, max ?? null, nullCount], expected))
      wrong.push([name, min, max, nullCount, row])
  }
  const footer = await engine.connection.runAndReadAll(
    `SELECT path_in_schema, sum(stats_null_count)::INT FROM parquet_metadata('${path}') WHERE path_in_schema NOT LIKE '%,%' GROUP BY ALL`,
  )
  for (const [name, nulls] of footer.getRows()) {
    const told = written.columns.get(name as string)?.nullCount
    if (told !== nulls) wrong.push([name, told, nulls])
  }
  return wrong
}

const withTree = (Object.keys(layouts) as LayoutName[]).filter((layout) => recordTree(layout) !== undefined)

test('events have a tape; layouts with numbers do not', () => {
  expect(withTree).toContain('events')
  expect(withTree).not.toContain('insights')
})

describe.each(withTree)('%s', (layout) => {
  test.each([{ normalizeAll: false }, { normalizeAll: true }])('any records: %o', async ({ normalizeAll }) => {
    const both = bothOf(layout)
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
        const rows = new Rows()
        const added = addRows(rows, Buffer.from(text), layout, normalizeAll)
        const withTape = added.filter((row) => rows.tape(row) !== NO_TAPE)
        all += added.length
        taped += withTape.length
        expect(await differences(both, rows, withTape)).toEqual([])
      }),
      { numRuns: 40 },
    )
    // Odd strings that only the engine reads are rare even here.
    expect(taped / all).toBeGreaterThan(0.5)
  })

  test('times before 1970 and in the year 9999, texts around the length that is held inline', async () => {
    const both = bothOf(layout)
    const records = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z'].flatMap((eventTime) =>
      Array.from({ length: 30 }, (_, length) => ({
        eventTime,
        eventName: 'é'.repeat(length >> 1) + 'x'.repeat(length & 1),
        awsRegion: `${'\\'.repeat(length)}\n"`,
        eventID: 'a'.repeat(length),
      })),
    )
    for (const normalizeAll of [false, true]) {
      const rows = new Rows()
      const added = addRows(rows, Buffer.from(JSON.stringify({ Records: records })), layout, normalizeAll)
      expect(added.filter((row) => rows.tape(row) === NO_TAPE)).toHaveLength(0)
      expect(await differences(both, rows, added)).toEqual([])
    }
  })
})

test('real records, thousands at a time', async () => {
  const both = bothOf('events')
  for (const normalizeAll of [false, true]) {
    const rows = new Rows()
    const added = trailFiles('invictus-2023').flatMap((file, i) =>
      addRows(rows, readTrailFile(file)!, 'events', normalizeAll, i),
    )
    expect(added.length).toBeGreaterThan(2048)
    expect(added.filter((row) => rows.tape(row) === NO_TAPE)).toHaveLength(0)
    expect(await differences(both, rows, added)).toEqual([])
    // The same feed again, with fewer rows than before and in another order.
    expect(await differences(both, rows, added.toReversed().slice(0, 77))).toEqual([])
  }
})

test('rows of many files among each other: many of each, and few of each with much between them', async () => {
  const both = bothOf('events')
  const all = new Rows()
  const files = trailFiles('invictus-2023').map((file, i) => addRows(all, readTrailFile(file)!, 'events', false, i))
  // In turns, one of each file: most chunks hold a few rows of every file.
  const longest = Math.max(...files.map((rows) => rows.length))
  const inTurns = Array.from({ length: longest }, (_, i) => files.flatMap((rows) => rows[i] ?? [])).flat()
  const sparse = inTurns.filter((_, i) => i % 13 === 0)
  const rewritten = files.flatMap((_, i) =>
    addRows(all, readTrailFile(trailFiles('invictus-2023')[i]!)!, 'events', true, i),
  )
  const mixed = inTurns.map((row, i) => (i % 3 === 0 ? (rewritten[i] ?? row) : row))
  // Of each file one row in thirteen, one file after the other, and its last row before its first.
  const scattered = files.flatMap((rows) => rows.filter((_, i) => i % 13 === 0).toReversed())
  for (const some of [inTurns, sparse, mixed, scattered]) expect(await differences(both, all, some)).toEqual([])
})
