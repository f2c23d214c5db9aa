import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTableEngine, type TableEngine } from '../../../src/engine/table-engine.ts'
import { joinParquet } from '../../../src/lake/compact/join-parquet.ts'
import { type MergeOptions, mergeFiles } from '../../../src/lake/compact/merge-files.ts'
import { readThrift, writeThrift } from '../../../src/lake/compact/thrift.ts'
import { parseStats } from '../../../src/table/index.ts'
import { cleanUpAfterEach, newFolder } from '../support.ts'

cleanUpAfterEach()

const STATISTICS = { account: 'string', time: 'timestamp', n: 'integer', flag: 'none' } as const

function options(staging: string, more: Partial<MergeOptions> = {}): MergeOptions {
  return {
    tableColumns: ['account', 'time', 'n', 'flag', 'tags', 'text'],
    partitionColumns: ['date'],
    order: ['account', 'time'],
    identity: ['n', 'text'],
    statistics: STATISTICS,
    staging,
    // The least there is: row groups of 1,024 rows.
    memoryBytes: 1,
    described: new Map(),
    checkStopped: () => undefined,
    ...more,
  }
}

/** Rows of a file: `count` of them, every `step`-th of a sequence from `first` on, so that files interlace. */
function fileSql(first: number, count: number, step: number, extra = ''): string {
  return `SELECT CASE WHEN n % 7 = 0 THEN NULL ELSE 'account ' || (n // 3000) END AS account,
      TIMESTAMP '2024-05-01 00:00:00' + to_milliseconds((n // 2) * 10) AS time, n, n % 5 = 0 AS flag,
      CASE WHEN n % 3 = 0 THEN NULL ELSE [{'k': n, 'm': MAP{'a': n::VARCHAR, 'b': NULL}}, NULL] END AS tags,
      repeat(md5(n::VARCHAR), 4) AS text${extra}
    FROM (SELECT unnest(range(${count}))::BIGINT * ${step} + ${first} AS n)`
}

const ORDER = 'account NULLS LAST, time'

async function write(engine: TableEngine, folder: string, name: string, sql: string, sorted = true): Promise<string> {
  const path = join(folder, name)
  await engine.run(
    `COPY (${sql}${sorted ? ` ORDER BY ${ORDER}, n` : ''}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
  )
  return path
}

async function texts(engine: TableEngine, sql: string): Promise<string[]> {
  const rows: string[] = []
  for await (const batch of engine.rows(sql)) for (const [text] of batch) rows.push(text!)
  return rows
}

async function withEngine(
  work: (engine: TableEngine, folder: string) => Promise<void>,
  memoryBytes?: number,
): Promise<void> {
  const folder = newFolder()
  const engine = createTableEngine({ scratch: folder, threads: 1, ...(memoryBytes ? { memoryBytes } : {}) })
  try {
    await work(engine, folder)
  } finally {
    await engine.close()
  }
}

const json = (source: string) => `SELECT to_json(t)::VARCHAR FROM (${source}) t`

/** The rows of files as JSON, in order; of those with equal keys the ones of the first file first. */
function inOrder(engine: TableEngine, paths: readonly string[]): Promise<string[]> {
  const list = `read_parquet([${paths.map((path) => `'${path}'`).join(', ')}])`
  return texts(
    engine,
    json(`SELECT account, time, n, flag, tags, text FROM ${list} ORDER BY ${ORDER}, file_index, file_row_number`),
  )
}

/**
 * Each row group holds the next rows of the order, in any order of its own, and the least memory gives small ones.
 *
 * @returns how many there are
 */
async function expectRowGroups(engine: TableEngine, path: string, wanted: readonly string[]): Promise<number> {
  const rows = await texts(engine, json(`SELECT * FROM '${path}'`))
  const groups = await texts(
    engine,
    `SELECT any_value(row_group_num_rows)::VARCHAR FROM parquet_metadata('${path}') GROUP BY row_group_id ORDER BY row_group_id`,
  )
  let at = 0
  for (const size of groups.map(Number)) {
    expect(size).toBeLessThanOrEqual(1024)
    expect(rows.slice(at, at + size).sort()).toEqual(wanted.slice(at, at + size).sort())
    at += size
  }
  expect(at).toBe(wanted.length)
  return groups.length
}

describe('merging', () => {
  test('files that follow each other make as few row groups as memory allows, wherever one ends and the next begins', async () => {
    const memoryBytes = 400_000_000
    await withEngine(async (engine, folder) => {
      const paths: string[] = []
      for (const [i, first] of [0, 16_600, 33_200, 49_800].entries())
        paths.push(await write(engine, folder, `${i}.parquet`, fileSql(first, 16_600, 1)))
      const merged = await mergeFiles(engine, paths, options(folder, { memoryBytes }))
      const groups = await texts(
        engine,
        `SELECT row_group_num_rows::VARCHAR FROM parquet_metadata('${merged.path}') WHERE column_id = 0 ORDER BY row_group_id`,
      )
      // 66,400 rows, 32,768 at most.
      expect(groups.map(Number)).toEqual([22_134, 22_134, 22_132])
    }, memoryBytes)
  })

  test.each([
    [
      'one after the other',
      [
        [0, 3000, 1],
        [3000, 3000, 1],
        [6000, 10, 1],
      ],
    ],
    [
      'interlaced',
      [
        [0, 3000, 3],
        [1, 3000, 3],
        [2, 3000, 3],
      ],
    ],
    [
      'a late row here and there',
      [
        [0, 5000, 1],
        [100, 40, 97],
        [5000, 2000, 1],
      ],
    ],
    ['many tiny ones', Array.from({ length: 300 }, (_, i) => [i * 7, 9, 1])],
    [
      'the same rows twice',
      [
        [0, 1500, 1],
        [0, 1500, 1],
      ],
    ],
  ])('%s: row groups follow each other in order, files with equal keys in theirs', async (_, files) => {
    await withEngine(async (engine, folder) => {
      const paths: string[] = []
      for (const [i, [first, count, step]] of files.entries()) {
        paths.push(await write(engine, folder, `${i}.parquet`, fileSql(first!, count!, step!)))
      }
      const wanted = await inOrder(engine, paths)
      const merged = await mergeFiles(engine, paths, options(folder))
      expect(merged.rows).toBe(wanted.length)
      await expectRowGroups(engine, merged.path, wanted)
      const [bounds] = await texts(
        engine,
        json(`SELECT min(n) AS a, max(n) AS b, min(account) AS c, max(account) AS d, count(*) FILTER (account IS NULL) AS e,
          count(*) FILTER (flag IS NULL) AS f FROM '${merged.path}'`),
      )
      const { min, max, nullCount } = parseStats(merged.stats)
      expect({ a: min.n, b: max.n, c: min.account, d: max.account, e: nullCount.account, f: nullCount.flag }).toEqual(
        JSON.parse(bounds!),
      )
    })
  })

  test('files that do not interlace come out as their rows sorted, whatever row groups they make', async () => {
    await withEngine(async (engine, folder) => {
      // No NULL accounts, so that the files lie one after the other.
      const sql = (first: number, count: number) => fileSql(first, count, 1).replace('n % 7 = 0', 'n < 0')
      const paths: string[] = []
      for (const [first, count] of [
        [0, 700],
        [700, 2300],
        [3000, 2],
        [3002, 1500],
      ] as const) {
        paths.push(await write(engine, folder, `${first}.parquet`, sql(first, count)))
      }
      const merged = await mergeFiles(engine, paths, options(folder))
      const rows = await texts(engine, json(`SELECT * FROM '${merged.path}'`))
      expect(rows).toEqual(await inOrder(engine, paths))
    })
  })

  test('files without rows make one without rows', async () => {
    await withEngine(async (engine, folder) => {
      const paths = [
        await write(engine, folder, 'a.parquet', fileSql(0, 0, 1)),
        await write(engine, folder, 'b.parquet', fileSql(0, 0, 1)),
      ]
      const merged = await mergeFiles(engine, paths, options(folder))
      expect(merged.rows).toBe(0)
      expect(await texts(engine, json(`SELECT * FROM '${merged.path}'`))).toEqual([])
    })
  })

  test('any files, sorted or not, give row groups that follow each other in order', async () => {
    const file = fc.record({
      first: fc.nat(9000),
      count: fc.integer({ min: 1, max: 2500 }),
      step: fc.integer({ min: 1, max: 9 }),
      sorted: fc.boolean(),
    })
    await withEngine(async (engine, folder) => {
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(file, { minLength: 2, maxLength: 6 }), async (files) => {
          round += 1
          const paths: string[] = []
          for (const [i, { first, count, step, sorted }] of files.entries()) {
            const sql = fileSql(first, count, step)
            const shuffled = sorted ? sql : `${sql} ORDER BY hash(n)`
            paths.push(await write(engine, folder, `${round}-${i}.parquet`, shuffled, sorted))
          }
          const merged = await mergeFiles(engine, paths, options(folder))
          await expectRowGroups(engine, merged.path, await inOrder(engine, paths))
          // What was merged once is merged again, with rows that come before, between and after.
          const more = await write(engine, folder, `${round}-more.parquet`, fileSql(0, 900, 13))
          const again = await mergeFiles(engine, [more, merged.path], options(folder))
          await expectRowGroups(engine, again.path, await inOrder(engine, [more, merged.path]))
        }),
        { numRuns: 8 },
      )
    })
  }, 60_000)

  test('files of different age: what one lacks is NULL, what the table does not know stays, partition columns go', async () => {
    await withEngine(async (engine, folder) => {
      const old = await write(engine, folder, 'old.parquet', fileSql(0, 1500, 2).replace(/,\s*repeat\(.*AS text/, ''))
      const newer = await write(
        engine,
        folder,
        'new.parquet',
        fileSql(1, 1500, 2, ", 'x' || n AS later, DATE '2024-05-01' AS date").replace("'k': n", "'k': n, 'more': -n"),
      )
      const merged = await mergeFiles(engine, [old, newer], options(folder))
      const rows = (await texts(engine, json(`SELECT * FROM '${merged.path}'`))).map((text) => JSON.parse(text))
      expect(rows).toHaveLength(3000)
      for (const row of rows) {
        const isNew = row.n % 2 === 1
        expect(Object.keys(row)).toEqual(['account', 'time', 'n', 'flag', 'tags', 'text', 'later'])
        expect([row.text === null, row.later]).toEqual([!isNew, isNew ? `x${row.n}` : null])
        if (row.tags)
          expect(row.tags[0]).toEqual({ k: row.n, m: { a: String(row.n), b: null }, more: isNew ? -row.n : null })
      }
      // Every row group has the same columns, also those made of old rows alone.
      expect(rows.map((row) => row.n).sort((a, b) => a - b)).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    })
  })

  test('what is known of the columns of some files is not taken for those of others', async () => {
    await withEngine(async (engine, folder) => {
      const shared = options(folder)
      const columnsOf = async (name: string, extra: string) => {
        const paths = [0, 1].map((first) => write(engine, folder, `${name}${first}`, fileSql(first, 10, 2, extra)))
        const merged = await mergeFiles(engine, await Promise.all(paths), shared)
        return (await texts(engine, `SELECT column_name FROM (DESCRIBE FROM '${merged.path}')`)).slice(6)
      }
      expect(await columnsOf('a', '')).toEqual([])
      expect(await columnsOf('b', ', n AS later')).toEqual(['later'])
      expect(await columnsOf('c', ", 'x' AS later, 1 AS last")).toEqual(['later', 'last'])
      expect(await columnsOf('d', '')).toEqual([])
      expect(shared.described.size).toBe(3)
    })
  })

  test('a column that is NULL throughout, rows much wider than others', async () => {
    await withEngine(async (engine, folder) => {
      const none = await write(
        engine,
        folder,
        'a.parquet',
        fileSql(0, 1200, 2).replace(/CASE WHEN n % 7[\s\S]*?END AS account/, 'NULL::VARCHAR AS account'),
      )
      const wide = await write(engine, folder, 'b.parquet', fileSql(1, 50, 2).replace('4) AS text', '9000) AS text'))
      const merged = await mergeFiles(engine, [none, wide], options(folder))
      expect(merged.rows).toBe(1250)
      const { min, nullCount } = parseStats(merged.stats)
      expect(min.account).toBe('account 0')
      expect(nullCount.account).toBe(1200 + Math.ceil(50 / 7) - 1)
    })
  })
})

describe('joining', () => {
  const python = process.env.TRAILLAKE_PYTHON ?? 'python3'
  const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow.parquet, polars']).status === 0
  if (!hasPyarrow) console.warn(`SKIPPED: ${python} lacks pyarrow or polars; name one in TRAILLAKE_PYTHON`)

  test.runIf(hasPyarrow)('other readers find every row group, its statistics and its bloom filters', async () => {
    await withEngine(async (engine, folder) => {
      const parts = [0, 1, 2].map((i) => join(folder, `${i}.parquet`))
      for (const [i, path] of parts.entries()) {
        // The engine's probe below takes a column's place for its leaf's: no nested column may come first.
        await engine.run(`COPY (SELECT text, * EXCLUDE (text) FROM (${fileSql(i * 5000, 5000, 1)})) TO '${path}' (FORMAT parquet, COMPRESSION zstd,
          DICTIONARY_SIZE_LIMIT 8192, STRING_DICTIONARY_PAGE_SIZE_LIMIT 1500000)`)
      }
      const path = join(folder, 'joined.parquet')
      await joinParquet(parts, path)
      const [filters] = await texts(
        engine,
        `SELECT count(bloom_filter_offset)::VARCHAR FROM parquet_metadata('${path}') WHERE path_in_schema = 'text'`,
      )
      expect(filters).toBe('3')
      const text = createHash('md5').update('7000').digest('hex').repeat(4)
      const probed = await texts(engine, json(`FROM parquet_bloom_probe('${path}', 'text', '${text}')`))
      expect(probed.map((row) => JSON.parse(row).bloom_filter_excludes)).toEqual([true, false, true])
      const found = await texts(engine, `SELECT n::VARCHAR FROM '${path}' WHERE text = '${text}'`)
      expect(found).toEqual(['7000'])
      const program = `
import json, sys, pyarrow.parquet as pq, polars as pl
f = pq.ParquetFile(sys.argv[1])
t = f.read()
g = [f.metadata.row_group(i) for i in range(f.metadata.num_row_groups)]
p = pl.read_parquet(sys.argv[1])
print(json.dumps({"n": t.column("n").to_pylist() == list(range(15000)), "groups": [x.num_rows for x in g],
  "min": [x.column(3).statistics.min for x in g], "polars": p["n"].to_list() == list(range(15000)) and p["text"].n_unique() == 15000}))`
      const { stdout, stderr } = spawnSync(python, ['-c', program, path], { encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(JSON.parse(stdout)).toEqual({ n: true, groups: [5000, 5000, 5000], min: [0, 5000, 10000], polars: true })
    })
  })

  test('files of other columns, and what is no Parquet file, are refused', async () => {
    await withEngine(async (engine, folder) => {
      const one = await write(engine, folder, 'one.parquet', fileSql(0, 10, 1))
      const other = await write(engine, folder, 'other.parquet', fileSql(0, 10, 1, ', 1 AS more'))
      await expect(joinParquet([one, other], join(folder, 'x'))).rejects.toThrow('another schema')
      const text = join(folder, 'text')
      writeFileSync(text, 'PAR1 no file at all PAR1')
      await expect(joinParquet([text], join(folder, 'y'))).rejects.toThrow('no Parquet file')
      await expect(joinParquet([], join(folder, 'z'))).rejects.toThrow('nothing to join')
    })
  })

  test('a footer that is read and written again has the same bytes', async () => {
    await withEngine(async (engine, folder) => {
      const bytes = readFileSync(await write(engine, folder, 'a.parquet', fileSql(0, 5000, 1)))
      const length = bytes.readUInt32LE(bytes.length - 8)
      const footer = bytes.subarray(bytes.length - 8 - length, bytes.length - 8)
      expect(writeThrift(readThrift(footer)).equals(footer)).toBe(true)
    })
  })
})
