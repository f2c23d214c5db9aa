import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, type OpenLakeOptions, openLake, type QueryOptions } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-limits-'))
const location = join(folder, 'lake')
const temp = mkdtempSync(join(folder, 'temp-'))

beforeAll(async () => {
  const lake = await openLake(location, { create: true })
  await lake.import(join(trails, 'invictus-2023'), { into: 'org' })
  await lake.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const opened: Lake[] = []
const open = async (options: OpenLakeOptions) => {
  const lake = await openLake(location, { readOnly: true, tempDirectory: temp, ...options })
  opened.push(lake)
  return lake
}
afterAll(async () => {
  for (const lake of opened) await lake.close()
  expect(readdirSync(temp)).toEqual([])
})

const failure = async (lake: Lake, sql: string, options?: QueryOptions) => {
  try {
    const result = await lake.query(sql, options)
    for await (const _ of result.batches());
  } catch (error) {
    if (isTraillakeError(error)) return error
    throw error
  }
  throw new Error('no failure')
}

/** Whole rows many times over, in an order that none is in. */
const WIDE_SORT = `SELECT a.eventJson || cast(b.n AS varchar) AS x FROM org a CROSS JOIN UNNEST(sequence(1, 200)) AS b(n) ORDER BY 1`
const CROSS_JOIN = `SELECT count(*) FROM ${['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((n) => `org ${n}`).join(' CROSS JOIN ')} WHERE a.eventID || b.eventID < c.eventID || j.eventID`

describe.each(['none', 'process'] as const)('isolation %s', (isolation) => {
  test('too little memory is said so, and the next query works', async () => {
    const lake = await open({ isolation, memoryBytes: isolation === 'none' ? 40_000_000 : 120_000_000, tempBytes: 0 })
    const error = await failure(lake, WIDE_SORT)
    expect(['EXCEEDED_MEMORY_LIMIT', 'EXCEEDED_SPILL_LIMIT']).toContain(error.code)
    expect(error.kind).toBe('INSUFFICIENT_RESOURCES')
    expect(await (await lake.query('SELECT count(*) AS n FROM org')).toArray()).toEqual([{ n: 2900 }])
  })

  test('a join of ten stores is stopped by its time limit and by a signal', async () => {
    const lake = await open({ isolation })
    expect((await failure(lake, CROSS_JOIN, { timeoutMs: 200 })).code).toBe('EXCEEDED_TIME_LIMIT')
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    expect((await failure(lake, CROSS_JOIN, { signal: controller.signal })).code).toBe('CANCELLED')
    expect(await (await lake.query('SELECT 1 AS n')).toArray()).toEqual([{ n: 1 }])
  })

  test('a text search over every event fits into little memory', async () => {
    const lake = await open({ isolation, memoryBytes: isolation === 'none' ? 300_000_000 : 900_000_000 })
    const sql = "SELECT count(*) AS n FROM org WHERE eventJson LIKE '%amazonaws%'"
    expect(await (await lake.query(sql)).toArray()).toEqual([{ n: 2900 }])
  })

  test('a damaged data file names itself, and only the queries that need it fail', async () => {
    const damaged = join(folder, `damaged-${isolation}`)
    const writer = await openLake(damaged, { create: true })
    const { store } = await writer.import(join(trails, 'versions'), { into: 'org', layout: 'date' })
    await writer.close()
    const events = join(damaged, 'stores', store.id, 'events')
    const [victim] = readdirSync(events, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.parquet'),
    )
    writeFileSync(join(events, victim!), 'PAR1 and nothing else')
    const lake = await openLake(damaged, { readOnly: true, isolation })
    const error = await failure(lake, 'SELECT max(eventName) FROM org')
    expect([error.code, error.message]).toEqual(['DATA_FILE_DAMAGED', expect.stringContaining(victim!)])
    const day = /date=(\d{4}-\d\d-\d\d)/.exec(victim!)![1]
    const others = `SELECT count(*) AS n FROM org WHERE date(eventTime) > DATE '${day}' + INTERVAL '1' DAY OR date(eventTime) < DATE '${day}'`
    const { tables } = await lake.explain(`SELECT 1 FROM org WHERE date(eventTime) > DATE '${day}' + INTERVAL '1' DAY`)
    expect(tables[0]!.filesKept).toBeLessThan(tables[0]!.filesKnown)
    expect((await failure(lake, others)).code).toBe('DATA_FILE_DAMAGED')
    expect(
      await (
        await lake.query(`SELECT count(*) > 0 AS n FROM org WHERE date(eventTime) > DATE '${day}' + INTERVAL '1' DAY`)
      ).toArray(),
    ).toEqual([{ n: true }])
    await lake.close()
  })

  test('many at once, some stopped, some too slow, some wrong: each gets its own answer', async () => {
    const lake = await open({ isolation })
    const answers = await Promise.all(
      Array.from({ length: isolation === 'none' ? 100 : 50 }, async (_, i): Promise<unknown> => {
        const controller = new AbortController()
        try {
          switch (i % 5) {
            case 0:
              return (await (await lake.query(`SELECT ${i} + count(*) FROM org`, { rowMode: 'array' })).toArray())[0]
            case 1:
              setTimeout(() => controller.abort(), i % 40)
              return await (await lake.query(CROSS_JOIN, { signal: controller.signal })).toArray()
            case 2:
              return await (await lake.query(CROSS_JOIN, { timeoutMs: 1 + (i % 60) })).toArray()
            case 3:
              return await (await lake.query('SELECT CAST(eventName AS bigint) FROM org')).toArray()
            default: {
              const result = await lake.query('SELECT eventID FROM org ORDER BY 1')
              for await (const _ of result) break
              return 'left'
            }
          }
        } catch (error) {
          return isTraillakeError(error) ? error.code : error
        }
      }),
    )
    const wanted = (i: number) =>
      [[i + 2900], 'CANCELLED', 'EXCEEDED_TIME_LIMIT', 'INVALID_CAST_ARGUMENT', 'left'][i % 5]
    expect(answers).toEqual(answers.map((_, i) => wanted(i)))
  })
})

test('options of limits that mean nothing are refused', async () => {
  for (const options of [{ isolation: 'thread' }, { tempBytes: -1 }, { tempBytes: 1.5 }])
    await expect(openLake(location, options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
