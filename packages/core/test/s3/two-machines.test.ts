import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'
import { spawnImport } from '../lake/processes.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket } from './buckets.ts'
import { python, startS3 } from './moto.ts'

const source = fileURLToPath(new URL('../../../../test-data/trails/invictus-2023', import.meta.url))
const EVENTS = 2900
const into = 'org'

describe.skipIf(!python)('machines that share a lake in S3', { timeout: 240_000 }, async () => {
  const server = python ? await startS3() : undefined!

  async function open(location: string, create = false): Promise<Lake> {
    return openLake(location, { s3: server.s3, cacheDirectory: await temporaryFolder(), create })
  }
  const count = async (lake: Lake, rest = '') =>
    (await (await lake.query(`SELECT count(*) AS n, count(DISTINCT eventID) AS ids FROM ${into} ${rest}`)).toArray())[0]

  test('import, compact and query it at once, each with its own cache, some of them killed', async () => {
    const location = `s3://${await newBucket(server)}/lake`
    await using one = await open(location, true)
    await one.createEventDataStore({ name: into })
    await using two = await open(location)
    let isOver = false

    /** Sees the lake grow, event by event once. */
    async function watchGrow(lake: Lake): Promise<number> {
      let looks = 0
      for (let last = 0; !isOver; looks++) {
        const found = await count(lake)
        expect(found!.ids).toBe(found!.n)
        expect(found!.n).toBeGreaterThanOrEqual(last)
        last = Number(found!.n)
      }
      return looks
    }

    async function importInTurns(kills: number): Promise<void> {
      for (let turn = 0; ; turn++) {
        let commits = 0
        const { child, ended } = spawnImport(location, source, {
          tuning: { batchBytes: 500_000 },
          options: { s3: server.s3 },
          onEvent(event, process) {
            if (event.kind === 'committed' && ++commits === 2 && turn < kills) process.kill('SIGKILL')
          },
        })
        await ended
        if (child.signalCode !== 'SIGKILL') return
      }
    }

    async function compactNowAndThen(): Promise<void> {
      while (!isOver) await two.compact({ stores: [into] })
    }

    const watchers = [watchGrow(one), watchGrow(two), compactNowAndThen()] as const
    await Promise.all([importInTurns(2), importInTurns(1)]).finally(() => (isOver = true))
    const [looks, others] = await Promise.all(watchers)
    expect(Math.min(looks, others)).toBeGreaterThan(2)
    await using fresh = await open(location)
    for (const lake of [one, two, fresh]) expect(await count(lake)).toEqual({ n: EVENTS, ids: EVENTS })
    await one.compact({ stores: [into] })
    expect(await fresh.verify()).toMatchObject({ ok: true, errors: 0 })

    await using disk = await openLake(join(await temporaryFolder(), 'lake'), { create: true })
    await disk.import(source, { into })
    const all = `SELECT * FROM ${into} ORDER BY eventTime, eventID`
    expect(await (await fresh.query(all)).toJson()).toEqual(await (await disk.query(all)).toJson())
  })
})
