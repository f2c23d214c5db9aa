import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake, type QueryOptions } from '../../src/index.ts'
import { createRowDigest } from '../../src/query/history/digest.ts'
import { engineProcesses } from '../engine/engine-processes.ts'
import { createRandom, type Random, seedOfRun } from '../soak/random.ts'

const QUERIES = Number(process.env.TRAILLAKE_QUERIES ?? 120)
const AT_ONCE = 12

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-query-soak-'))
const location = join(folder, 'lake')
const temp = mkdtempSync(join(folder, 'temp-'))

const QUICK = [
  'SELECT eventName, count(*) AS n FROM org GROUP BY 1 ORDER BY 2 DESC, 1',
  'SELECT * FROM org ORDER BY eventTime DESC, eventID LIMIT 50',
  "SELECT eventID, eventTime FROM org WHERE userIdentity.type = 'Root'",
  'SELECT date(eventTime), approx_distinct(sourceIPAddress) >= 0, count(DISTINCT userIdentity.arn) FROM org GROUP BY 1',
  'SELECT eventName, row_number() OVER (PARTITION BY eventSource ORDER BY eventTime, eventID) AS n FROM org',
  "SELECT json_extract_scalar(eventJson, '$.eventVersion') AS v, count(*) FROM org GROUP BY 1",
  "SELECT count(*) FROM org a JOIN org b ON a.eventID = b.eventID WHERE a.awsRegion <> ''",
  'SELECT r.type, count(*) FROM org CROSS JOIN UNNEST(resources) AS r GROUP BY 1',
  "SELECT regexp_replace(eventName, '([A-Z])', '_$1') FROM org",
  'SELECT count(*) FROM traillake.data_files',
]
const SLOW = `SELECT count(*) FROM ${Array.from({ length: 6 }, (_, i) => `org t${i}`).join(' CROSS JOIN ')} WHERE t0.eventID || t1.eventID < t5.eventID`

type Answer = string

beforeAll(async () => {
  const lake = await openLake(location, { create: true })
  await lake.import(join(trails, 'invictus-2023'), { into: 'org' })
  await lake.close()
})
afterAll(() => {
  expect(readdirSync(temp)).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

async function answer(lake: Lake, sql: string, options: QueryOptions = {}): Promise<Answer> {
  const digest = createRowDigest()
  const { rows } = await (await lake.query(sql, options)).toJson()
  digest.add(rows)
  return digest.value()
}

/** One thing that a user may do; tells what was wrong. */
async function doOne(lake: Lake, random: Random, wanted: ReadonlyMap<string, Answer>, kills: boolean): Promise<string> {
  const sql = random.pick(QUICK)
  const expectCode = async (work: Promise<unknown>, ...codes: readonly string[]) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    const code = isTraillakeError(error) ? error.code : error === undefined ? 'an answer' : String(error)
    return [...codes, ...(kills ? ['ENGINE_FAILED'] : [])].includes(code) ? '' : `${codes.join()} wanted, found ${code}`
  }
  switch (random.below(kills ? 8 : 7)) {
    case 0:
      return expectCode(answer(lake, SLOW, { timeoutMs: 1 + random.below(60) }), 'EXCEEDED_TIME_LIMIT')
    case 1: {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), random.below(60))
      return expectCode(answer(lake, SLOW, { signal: controller.signal }), 'CANCELLED')
    }
    case 2: {
      // Whether it comes in time is open; a wrong answer is not.
      const controller = new AbortController()
      setTimeout(() => controller.abort(), random.below(20))
      const work = answer(lake, sql, { signal: controller.signal }).then((value) => value === wanted.get(sql))
      return (await work.catch(() => true)) ? '' : `another answer of ${sql}`
    }
    case 3: {
      const left = lake.query(sql).then(async (result) => {
        for await (const _ of result) break
      })
      return expectCode(left, 'an answer')
    }
    case 4: {
      const path = join(folder, `${Math.floor(random.next() * 1e9)}.parquet`)
      const written = lake.writeParquet(path, sql).finally(() => rmSync(path, { force: true }))
      return expectCode(written, 'an answer')
    }
    case 7: {
      const victims = engineProcesses()
      if (victims.length > 0) process.kill(random.pick(victims), 'SIGKILL')
      return ''
    }
    default: {
      const work = answer(lake, sql).then((value) => (value === wanted.get(sql) ? '' : `another answer of ${sql}`))
      return work.catch((error: unknown) =>
        kills && isTraillakeError(error, 'ENGINE_FAILED') ? '' : `${sql}: ${String(error)}`,
      )
    }
  }
}

const openFiles = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0)
const megabytes = () => {
  globalThis.gc?.()
  return process.memoryUsage().rss / 1e6
}

describe.each([
  { isolation: 'none', kills: false },
  { isolation: 'process', kills: false },
  { isolation: 'process', kills: process.platform === 'linux' },
] as const)('isolation $isolation, killed: $kills', ({ isolation, kills }) => {
  test('queries at once, some stopped: right answers, nothing left behind', { timeout: 600_000 }, async () => {
    const seed = seedOfRun()
    const random = createRandom(seed)
    const files = openFiles()
    const lake = await openLake(location, { readOnly: true, isolation, tempDirectory: temp, memoryBytes: 600_000_000 })
    const wanted = new Map<string, Answer>()
    for (const sql of QUICK) wanted.set(sql, await answer(lake, sql, { prune: false }))
    const wrong: string[] = []
    let started = 0
    const run = async (until: number) => {
      const worker = async () => {
        while (started < until) {
          started += 1
          const told = await doOne(lake, random, wanted, kills)
          if (told !== '') wrong.push(told)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    }
    await run(Math.ceil(QUERIES / 3))
    const [filesWarm, warm] = [openFiles(), megabytes()]
    await run(QUERIES)
    expect(wrong, `seed ${seed}`).toEqual([])
    expect(megabytes() - warm).toBeLessThan(250)
    expect(openFiles() - filesWarm).toBeLessThan(40)
    for (const sql of QUICK) {
      // The process that a kill met last may be the one that is asked next.
      const again = () => answer(lake, sql)
      expect(await again().catch((error: unknown) => (kills ? again() : Promise.reject(error)))).toBe(wanted.get(sql))
    }
    await lake.close()
    expect(engineProcesses()).toEqual([])
    expect(openFiles()).toBeLessThanOrEqual(files + 2)
  })
})
