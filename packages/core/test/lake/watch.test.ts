import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ImportReport, type Lake, openLake, type WatchOptions, type WatchRound } from '../../src/index.ts'
import { newBucket } from '../s3/buckets.ts'
import { python, startS3 } from '../s3/moto.ts'
import { startProxy } from '../s3/proxy.ts'
import { deliver } from '../s3/trails.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { writeLog } from './trail-files.ts'

const into = 'org'

/** Watches until told to stop; rounds are asked for one by one. */
function watching(lake: Lake, source: string, options: Partial<WatchOptions> = {}) {
  const controller = new AbortController()
  const waiting: { isMeant: (round: WatchRound) => boolean; resolve: (round: WatchRound) => void }[] = []
  const ended = lake.watch(source, {
    into,
    intervalMs: 20,
    signal: controller.signal,
    onRound(round) {
      for (const wait of waiting.filter(({ isMeant }) => isMeant(round))) {
        waiting.splice(waiting.indexOf(wait), 1)
        wait.resolve(round)
      }
    },
    ...options,
  })
  ended.catch(() => undefined)
  return {
    ended,
    next: (isMeant: (round: WatchRound) => boolean = () => true) =>
      Promise.race([
        new Promise<WatchRound>((resolve) => waiting.push({ isMeant, resolve })),
        ended.then(() => {
          throw new Error('it ended')
        }),
      ]),
    async stop() {
      controller.abort()
      await ended
    },
  }
}

const brought = (count: number) => (round: WatchRound) => (round.report?.files ?? 0) >= count
const counts = async (lake: Lake) => (await lake.query(`SELECT count(*) AS n FROM ${into}`)).toArray()

describe('watch', { timeout: 120_000 }, () => {
  test('imports what appears, and each file once, also after a restart', async () => {
    const folder = await temporaryFolder()
    const location = await temporaryFolder()
    {
      await using lake = await openLake(location, { create: true })
      const watch = watching(lake, folder)
      // Nothing is there yet, and that is no error.
      expect(await watch.next()).toEqual({})
      writeLog(folder, 'a', [{ id: '1' }])
      const { report } = await watch.next(brought(1))
      expect(report).toMatchObject({ files: 1, kept: 1 })
      expect((report as ImportReport).lagMs).toBeGreaterThanOrEqual(0)
      expect(await counts(lake)).toEqual([{ n: 1 }])
      const idle = await watch.next()
      expect(idle.report).toMatchObject({ files: 0, filesAlreadyImported: 1 })
      expect(idle.report).not.toHaveProperty('lagMs')
      await watch.stop()
    }
    writeLog(folder, 'b', [{ id: '2' }])
    await using lake = await openLake(location)
    const watch = watching(lake, folder)
    expect((await watch.next(brought(1))).report).toMatchObject({ files: 1, kept: 1, filesAlreadyImported: 1 })
    await watch.stop()
    expect(await counts(lake)).toEqual([{ n: 2 }])
  })

  test('ends when the lake is closed', async () => {
    const lake = await openLake(await temporaryFolder(), { create: true })
    const watch = watching(lake, await temporaryFolder(), { intervalMs: 1_000_000 })
    await watch.next()
    await lake.close()
    await watch.ended
  })

  test.each([
    { options: { intervalMs: -1 }, code: 'INVALID_OPTION' },
    { options: { dryRun: true } as object, code: 'INVALID_OPTION' },
    { options: { into: '?' }, code: 'INVALID_EVENT_DATA_STORE_NAME' },
    { options: { accounts: ['x'] }, code: 'INVALID_OPTION' },
  ])('$options ends it with $code', async ({ options, code }) => {
    const folder = await temporaryFolder()
    writeLog(folder, 'a', [{ id: '1' }])
    await using lake = await openLake(await temporaryFolder(), { create: true })
    await expect(watching(lake, folder, options).ended).rejects.toMatchObject({ code })
  })

  test('a place that is not there ends it', async () => {
    const folder = join(await temporaryFolder(), 'gone')
    mkdirSync(folder)
    await using lake = await openLake(await temporaryFolder(), { create: true })
    const watch = watching(lake, folder)
    await watch.next()
    rmSync(folder, { recursive: true })
    await expect(watch.ended).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  })
})

describe.skipIf(!python)('watch in S3', { timeout: 120_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!

  test('one listing a folder and look; what fails outside is told and tried again', async () => {
    const bucket = await newBucket(server)
    await using lake = await openLake(await temporaryFolder(), { create: true, s3: proxy.s3 })
    await deliver(server, bucket, '2024-05-01T10:00:00Z')
    const watch = watching(lake, `s3://${bucket}/AWSLogs/111122223333/CloudTrail`)
    await watch.next(brought(1))
    await watch.next()
    proxy.reset(() => ({ kind: 'answer', status: 400, code: 'ExpiredToken' }))
    const { error } = await watch.next((round) => round.error !== undefined)
    expect(error).toMatchObject({ code: 'STORAGE_CREDENTIALS' })
    await deliver(server, bucket, '2024-05-01T10:05:00Z')
    proxy.reset()
    expect((await watch.next(brought(1))).report).toMatchObject({ files: 1, kept: 1 })
    await watch.next()
    await watch.next()
    const next = watch.next()
    proxy.reset()
    await next
    await watch.stop()
    expect(proxy.counts().GET).toBeUndefined()
    // Regions, and one region: a look or a part of two.
    expect(proxy.counts().LIST).toBeLessThanOrEqual(4)
    expect(await counts(lake)).toEqual([{ n: 2 }])
  })
})
