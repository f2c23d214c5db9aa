import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openInstance } from '../../src/engine/instance.ts'
import { type EngineRequest, openQueryEngine, type QueryEngine } from '../../src/engine/query-engine.ts'
import { isNull } from '../../src/engine/vectors.ts'
import { isTraillakeError } from '../../src/errors/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'traillake-engine-'))
const stores = join(folder, 'stores')
const outside = join(folder, 'outside')
let engine: QueryEngine

async function writeFiles(): Promise<void> {
  mkdirSync(stores)
  mkdirSync(outside)
  const instance = await openInstance()
  const connection = await instance.connect()
  const write = (path: string, sql: string) => connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`)
  await write(join(stores, 'a.parquet'), 'SELECT range AS id, range::varchar AS name FROM range(5000)')
  await write(join(stores, 'b.parquet'), 'SELECT range + 5000 AS id, NULL::varchar AS name FROM range(10)')
  await write(join(stores, 'newer.parquet'), "SELECT 1::bigint AS id, 'x' AS name, {'a': 1, 'b': 'y'} AS extra")
  await write(join(outside, 'secret.parquet'), "SELECT 1 AS id, 'secret' AS name")
  connection.closeSync()
  instance.close()
}

beforeAll(async () => {
  await writeFiles()
  engine = await openQueryEngine({ allowedDirectories: [stores], memoryBytes: 1 << 30 })
})
afterAll(async () => {
  await engine.close()
  rmSync(folder, { recursive: true })
})

const COLUMNS = [
  { name: 'id', type: 'BIGINT' },
  { name: 'name', type: 'VARCHAR' },
]
const view = (files: readonly string[], columns = COLUMNS) => ({
  name: 'v',
  files: files.map((f) => join(stores, f)),
  columns,
})

async function rows(request: EngineRequest, on = engine): Promise<unknown[][]> {
  const result = await on.execute(request)
  const out: unknown[][] = []
  for await (const chunk of result.chunks()) {
    for (let i = 0; i < chunk.length; i++) {
      out.push(
        chunk.columns.map((c) => {
          if (isNull(c, i)) return null
          if (c.layout === 'bytes') return Buffer.from(c.values.subarray(c.offsets[i], c.offsets[i + 1])).toString()
          if (c.layout === 'fixed' && c.type.kind === 'fixed' && c.type.name === 'BIGINT')
            return Number(new BigInt64Array(c.values.buffer)[i])
          if (c.layout === 'fixed' && c.type.kind === 'fixed' && c.type.name === 'DOUBLE')
            return new Float64Array(c.values.buffer)[i]
          if (c.layout === 'fixed' && c.type.kind === 'fixed' && c.type.width === 1) return c.values[i]
          return c.layout
        }),
      )
    }
  }
  return out
}

const select = (sql: string) => rows({ sql, views: [] })

describe('views over lists of files', () => {
  test('hold the rows of exactly the files named', async () => {
    const counted = (files: string[]) =>
      rows({ sql: 'SELECT count(*), count(name), sum(id)::bigint FROM v', views: [view(files)] })
    expect(await counted(['a.parquet'])).toEqual([[5000, 5000, 12497500]])
    expect(await counted(['a.parquet', 'b.parquet'])).toEqual([[5010, 5000, 12547545]])
  })

  test('without a file are empty and have the column types', async () => {
    expect(await rows({ sql: 'SELECT id + 1, name || name FROM v', views: [view([])] })).toEqual([])
    expect(await rows({ sql: 'SELECT count(*), typeof(max(id)) FROM v', views: [view([])] })).toEqual([[0, 'BIGINT']])
  })

  test('a column that older files lack is NULL there, at any depth, in any order of the files', async () => {
    const columns = [
      ...COLUMNS,
      { name: 'extra', type: 'STRUCT("a" INTEGER, "b" VARCHAR, "c" VARCHAR)' },
      { name: 'never', type: 'VARCHAR' },
    ]
    const sql = 'SELECT extra.b, extra.c, never FROM v WHERE id = 1 ORDER BY extra.b NULLS FIRST'
    const expected = [
      [null, null, null],
      ['y', null, null],
    ]
    expect(await rows({ sql, views: [view(['a.parquet', 'newer.parquet'], columns)] })).toEqual(expected)
    expect(await rows({ sql, views: [view(['newer.parquet', 'a.parquet'], columns)] })).toEqual(expected)
  })

  test('belong to one result alone', async () => {
    const first = await engine.execute({ sql: 'SELECT count(*) FROM v', views: [view(['a.parquet'])] })
    expect(await rows({ sql: 'SELECT count(*) FROM v', views: [view(['b.parquet'])] })).toEqual([[10]])
    await expect(select('SELECT count(*) FROM v')).rejects.toThrow('does not exist')
    await first.close()
  })

  test('a path with pattern characters is that file and never a pattern', async () => {
    const odd = join(stores, 'odd[a]*')
    mkdirSync(odd)
    copyFileSync(join(stores, 'b.parquet'), join(odd, 'x.parquet'))
    const count = (file: string) => rows({ sql: 'SELECT count(*) FROM v', views: [view([file])] })
    expect(await count('odd[a]*/x.parquet')).toEqual([[10]])
    await expect(count('?.parquet')).rejects.toThrow('no file')
  })

  test('a missing or damaged file fails the query', async () => {
    writeFileSync(join(stores, 'damaged.parquet'), 'PAR1 not really')
    const count = (file: string) => rows({ sql: 'SELECT count(*) FROM v', views: [view(['a.parquet', file])] })
    await expect(count('missing.parquet')).rejects.toThrow()
    await expect(
      rows({ sql: 'SELECT sum(id) FROM v', views: [view(['a.parquet', 'damaged.parquet'])] }),
    ).rejects.toThrow()
  })
})

describe('the sandbox', () => {
  test.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM glob('/tmp/*')",
    `SELECT * FROM read_parquet('${join(outside, 'secret.parquet')}')`,
    `SELECT * FROM read_parquet('${join(stores, '../outside/secret.parquet')}')`,
    `SELECT * FROM read_parquet('${join(stores, 'link.parquet')}')`,
    `SELECT * FROM read_parquet('${join(stores, 'linked/secret.parquet')}')`,
    `SELECT * FROM parquet_metadata('${join(outside, 'secret.parquet')}')`,
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT getenv('HOME')",
  ])('refuses %s', async (sql) => {
    symlinkSync(join(outside, 'secret.parquet'), join(stores, 'link.parquet'))
    symlinkSync(outside, join(stores, 'linked'))
    try {
      await expect(select(sql)).rejects.toThrow()
    } finally {
      rmSync(join(stores, 'link.parquet'))
      rmSync(join(stores, 'linked'))
    }
  })

  test.each([
    `COPY (SELECT 1) TO '${join(stores, 'new.parquet')}'`,
    `COPY (SELECT 1) TO '${join(stores, 'a.parquet')}' (FORMAT parquet, USE_TMP_FILE false)`,
    `EXPORT DATABASE '${stores}'`,
    `ATTACH '${join(stores, 'x.db')}'`,
    "ATTACH ':memory:' AS other",
    'CREATE TABLE t (a integer)',
    'CREATE OR REPLACE TEMP VIEW v AS SELECT 1',
    'DROP VIEW IF EXISTS v',
    'SET threads = 1',
    "SET TimeZone = 'Asia/Tokyo'",
    'RESET memory_limit',
    'PRAGMA enable_profiling',
    'CALL enable_logging()',
    'INSTALL httpfs',
    'LOAD httpfs',
    'EXPLAIN SELECT 1',
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${join(stores, 'new.parquet')}'`,
    'SELECT 1; SELECT 2',
    `SELECT 1; COPY (SELECT 1) TO '${join(stores, 'new.parquet')}'`,
    `PREPARE p AS COPY (SELECT 1) TO '${join(stores, 'new.parquet')}'`,
    'BEGIN',
    'CHECKPOINT',
    '',
    '-- nothing',
    'SELECT 1 \u0000',
  ])('does not run %j', async (sql) => {
    const before = readdirSync(stores).sort()
    await expect(select(sql)).rejects.toThrow()
    expect(readdirSync(stores).sort()).toEqual(before)
    expect(await rows({ sql: 'SELECT count(*) FROM v', views: [view(['a.parquet'])] })).toEqual([[5000]])
  })

  test('settings hold in every connection', async () => {
    const names = [
      'TimeZone',
      'late_materialization_max_rows',
      'parquet_metadata_cache',
      'enable_external_access',
      'lock_configuration',
    ]
    const settings = `SELECT ${names.map((name) => `current_setting('${name}')::varchar`).join(', ')}`
    const first = await engine.execute({ sql: settings, views: [] })
    expect(await select(settings)).toEqual([['UTC', '10000', 'true', 'false', 'true']])
    await first.close()
  })

  test('the zone of the host does not matter', () => {
    const script = `
      import { openQueryEngine } from ${JSON.stringify(new URL('../../build/engine/query-engine.js', import.meta.url).href)}
      const engine = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1e8 })
      const sql = "SELECT (TIMESTAMPTZ '2024-01-01 00:00:00+00')::varchar || current_setting('TimeZone')"
      const held = await engine.execute({ sql, views: [] })
      const result = await engine.execute({ sql, views: [] })
      for await (const chunk of result.chunks()) console.log(Buffer.from(chunk.columns[0].values).toString())
      await engine.close()`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ: 'Asia/Tokyo' },
      encoding: 'utf8',
    })
    expect(child.stderr).toBe('')
    expect(child.stdout.trim()).toBe('2024-01-01 00:00:00+00UTC')
  })

  test('an instance keeps to its memory and threads', async () => {
    const small = await openQueryEngine({ allowedDirectories: [], memoryBytes: 60_000_000, threads: 1 })
    expect(
      await rows(
        { sql: "SELECT current_setting('threads')::varchar, current_setting('memory_limit')", views: [] },
        small,
      ),
    ).toEqual([['1', '57.2 MiB']])
    await small.close()
  })
})

/** A query of minutes that can only be stopped. */
const SLOW = 'SELECT count(*) FROM range(100000000000) AS t(a) WHERE a % 7 = sqrt(a)'

describe('stopping', () => {
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'finished',
      (error: unknown) => (isTraillakeError(error) ? error.code : String(error)),
    )

  test('a signal stops what runs, at once', async () => {
    const controller = new AbortController()
    const running = codeOf(engine.execute({ sql: SLOW, views: [] }, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 30)
    expect(await running).toBe('CANCELLED')
  })

  test('a signal that came before stops before anything runs', async () => {
    expect(await codeOf(engine.execute({ sql: SLOW, views: [] }, { signal: AbortSignal.abort() }))).toBe('CANCELLED')
  })

  test('an interrupt at any instant of the start is not lost', async () => {
    for (let delay = 0; delay < 6; delay++) {
      const controller = new AbortController()
      const running = codeOf(engine.execute({ sql: SLOW, views: [view(['a.parquet'])] }, { signal: controller.signal }))
      if (delay === 0) controller.abort()
      else setTimeout(() => controller.abort(), delay)
      expect(await running).toBe('CANCELLED')
    }
  })

  test('a time limit stops it with its own code', async () => {
    expect(await codeOf(engine.execute({ sql: SLOW, views: [] }, { timeoutMs: 30 }))).toBe('EXCEEDED_TIME_LIMIT')
  })

  test('a signal stops a stream between its rows', async () => {
    const controller = new AbortController()
    const result = await engine.execute(
      { sql: 'SELECT * FROM range(1000000000)', views: [] },
      { signal: controller.signal },
    )
    const seen: number[] = []
    const reading = (async () => {
      for await (const chunk of result.chunks()) {
        seen.push(chunk.length)
        if (seen.length === 3) controller.abort()
      }
    })()
    expect(await codeOf(reading)).toBe('CANCELLED')
    expect(seen).toEqual([2048, 2048, 2048])
  })

  test('leaving the loop early frees the connection and stops the query', async () => {
    const own = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1 << 28 })
    const result = await own.execute({ sql: 'SELECT * FROM range(100000000000)', views: [] })
    for await (const chunk of result.chunks()) if (chunk.length > 0) break
    await result.close()
    await own.close()
    expect(await codeOf(own.execute({ sql: 'SELECT 1', views: [] }))).toBe('LAKE_CLOSED')
  })

  test('more slow queries than worker threads leave files readable, and those that wait can be stopped', async () => {
    const controllers = Array.from({ length: 6 }, () => new AbortController())
    const running = controllers.map(({ signal }) => codeOf(engine.execute({ sql: SLOW, views: [] }, { signal })))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await readFile(join(stores, 'a.parquet'))).length).toBeGreaterThan(0)
    const last = select('SELECT 1::bigint')
    controllers[5]?.abort()
    expect(await running[5]).toBe('CANCELLED')
    for (const controller of controllers) controller.abort()
    expect(await Promise.all(running)).toEqual(Array(6).fill('CANCELLED'))
    expect(await last).toEqual([[1]])
  })

  test('closing the engine stops what runs', async () => {
    const own = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1 << 28 })
    const running = codeOf(own.execute({ sql: SLOW, views: [] }))
    const open = await own.execute({ sql: 'SELECT * FROM range(100000000000)', views: [] })
    await own.close()
    expect(await running).toBe('LAKE_CLOSED')
    expect(await codeOf(open.chunks().next())).toBe('CANCELLED')
  })
})

test('results open at once do not disturb each other', async () => {
  const sum = async (from: number) => {
    const result = await engine.execute({ sql: `SELECT ${from} + range FROM range(20000)`, views: [] })
    let total = 0
    for await (const chunk of result.chunks()) {
      const [column] = chunk.columns
      if (column?.layout !== 'fixed') throw new Error('a bigint column')
      for (const value of new BigInt64Array(column.values.buffer)) total += Number(value)
    }
    return total
  }
  const totals = await Promise.all([0, 1, 2, 3, 4].map(sum))
  expect(totals).toEqual([0, 1, 2, 3, 4].map((from) => 199990000 + from * 20000))
})

describe('macros and functions', () => {
  test('are made when asked for, in whatever order they come', async () => {
    const macros = {
      outer_one: 'CREATE MACRO outer_one(a) AS inner_one(a) + 1',
      inner_one: 'CREATE MACRO inner_one(a) AS a * 2',
    }
    await expect(select('SELECT outer_one(5)')).rejects.toThrow()
    expect(await rows({ sql: 'SELECT outer_one(5)::bigint', views: [], macros })).toEqual([[11]])
    expect(await select('SELECT outer_one(6)::bigint')).toEqual([[13]])
  })

  test('a macro that cannot be made fails the query that asks for it, and only that', async () => {
    const macros = { broken: 'CREATE MACRO broken(a) AS (' }
    await expect(rows({ sql: 'SELECT 1::bigint', views: [], macros })).rejects.toThrow()
    expect(await select('SELECT 1::bigint')).toEqual([[1]])
  })

  test.each([
    {
      name: 'upper_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: (a: string) => a.toUpperCase(),
      sql: "upper_js('é' || chr(0) || 'x')",
      value: 'É\u0000X',
    },
    {
      name: 'long_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: (a: string) => a.repeat(1000),
      sql: "length(long_js('añ'))::bigint",
      value: 2000,
    },
    {
      name: 'null_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: () => 'called',
      sql: 'null_js(NULL)',
      value: null,
    },
    {
      name: 'nulls_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: (a: string | null) => String(a),
      nulls: true,
      sql: 'nulls_js(NULL)',
      value: 'null',
    },
    {
      name: 'none_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: () => null,
      sql: "none_js('a')",
      value: null,
    },
    {
      name: 'big_js',
      parameters: ['BIGINT'],
      result: 'BIGINT',
      evaluate: (a: bigint) => a * 2n,
      sql: 'big_js(4000000000)',
      value: 8000000000,
    },
    {
      name: 'double_js',
      parameters: ['DOUBLE', 'BOOLEAN'],
      result: 'DOUBLE',
      evaluate: (a: number, b: boolean) => (b ? a / 4 : a),
      sql: 'double_js(1, true)',
      value: 0.25,
    },
    {
      name: 'bool_js',
      parameters: ['VARCHAR'],
      result: 'BOOLEAN',
      evaluate: (a: string) => a === 'x',
      sql: "bool_js('x')",
      value: 1,
    },
    {
      name: 'blob_js',
      parameters: ['BLOB'],
      result: 'BLOB',
      evaluate: (a: Uint8Array) => a.map((b) => b + 1),
      sql: "blob_js('ab'::blob)::varchar",
      value: 'bc',
    },
    {
      name: 'list_js',
      parameters: ['VARCHAR[]'],
      result: 'VARCHAR[]',
      evaluate: (a: readonly (string | null)[]) => [...a, null, 'a\u0000'].reverse(),
      sql: "array_to_string([coalesce(x, '-') for x in list_js(['x', NULL])], ',')",
      value: 'a\u0000,-,-,x',
    },
  ] as const)('a function in JavaScript: $sql', async ({ sql, value, ...definition }) => {
    const result = await rows({ sql: `SELECT ${sql}`, views: [], functions: [definition] })
    expect(result).toEqual([[value]])
  })

  test('functions see every row of every chunk, and their NULLs', async () => {
    const definition = {
      name: 'twice_js',
      parameters: ['VARCHAR'],
      result: 'VARCHAR',
      evaluate: (a: string) => a + a,
    } as const
    const sql =
      'SELECT count(*) FROM (SELECT CASE WHEN id % 3 = 0 THEN NULL ELSE name END AS n FROM v) WHERE twice_js(n) IS DISTINCT FROM n || n'
    expect(await rows({ sql, views: [view(['a.parquet'])], functions: [definition] })).toEqual([[0]])
  })

  test('what a function throws fails the query with its message', async () => {
    const evaluate = () => {
      throw new Error('Cannot do it')
    }
    const functions = [{ name: 'throw_js', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate }] as const
    await expect(rows({ sql: "SELECT throw_js('a')", views: [], functions })).rejects.toThrow('Cannot do it')
    expect(await select('SELECT 1::bigint')).toEqual([[1]])
  })
})
