import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Lake, type OpenLakeOptions, openLake } from '../../src/index.ts'
import { spawnImport } from '../lake/processes.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { startProxy } from './proxy.ts'
import { deliver, upload } from './trails.ts'

const trails = fileURLToPath(new URL('../../../../test-data/trails/', import.meta.url))
const sample = join(trails, 'synthetic-org')

describe.skipIf(!python)('a lake in S3', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!
  const into = 'org'

  async function newLocation(): Promise<string> {
    return `s3://${await newBucket(server)}/lakes/one`
  }
  /** Opens a lake as a machine does that has not seen it before. */
  async function open(location: string, options: OpenLakeOptions = {}): Promise<Lake> {
    const cacheDirectory = await temporaryFolder()
    const tempDirectory = await temporaryFolder()
    return openLake(location, { s3: proxy.s3, cacheDirectory, tempDirectory, ...options })
  }
  const ask = async (lake: Lake, sql: string) => (await lake.query(sql)).toArray()
  const everything = async (lake: Lake) =>
    (await lake.query(`SELECT * FROM ${into} ORDER BY eventTime, eventID, eventJson`)).toJson()

  test('is what the same lake on disk is: imported from disk and from S3, compacted, verified, queried', async () => {
    const bucket = await newBucket(server)
    const location = `s3://${bucket}/lake`
    await upload(server, bucket, sample, 'trail/')
    await using disk = await openLake(await temporaryFolder(), { create: true })
    await using lake = await open(location, { create: true })
    expect(lake.location).toBe(location)
    const expected = await disk.import(sample, { into, compact: false })
    const report = await lake.import(`s3://${bucket}/trail`, { into, compact: false })
    expect(report).toMatchObject({ read: expected.read, kept: expected.kept, quarantined: expected.quarantined })
    expect(await everything(lake)).toEqual(await everything(disk))
    // Other names of the same files: known events, all of them.
    const again = await lake.import(sample, { into })
    expect(again).toMatchObject({ read: report.read, kept: 0 })
    const [version] = await ask(lake, `SELECT count(*) AS n FROM ${into} FOR VERSION AS OF ${report.version}`)
    expect(version).toEqual({ n: report.kept })

    // Two data files of one partition.
    for (const time of ['2024-05-01T10:00:00Z', '2024-05-01T11:00:00Z']) {
      await deliver(server, bucket, time, { prefix: 'trail/' })
      for (const each of [disk, lake]) {
        const added = await each.import(`s3://${bucket}/trail`, {
          into,
          s3: proxy.s3,
          from: '2024-05-01',
          to: '2024-05-01',
        })
        expect(added).toMatchObject({ files: 1, kept: 1 })
      }
    }
    const { version: before } = await lake.describe(into)
    const old = `SELECT count(*) AS n FROM ${into} FOR VERSION AS OF ${before}`
    const { stores } = await lake.compact()
    expect(stores[0]!.events.filesRemoved).toBeGreaterThan(stores[0]!.events.filesAdded)
    expect(await everything(lake)).toEqual(await everything(disk))
    await using other = await open(location, { readOnly: true })
    expect(await everything(other)).toEqual(await everything(disk))
    expect(await ask(other, old)).toEqual([{ n: report.kept + 2 }])
    expect(await other.verify()).toMatchObject({ ok: true, errors: 0, warnings: 0 })
    const vacuumed = await lake.vacuum({ graceHours: 0, force: true })
    expect(vacuumed.deleted.length).toBeGreaterThan(0)
    expect(await everything(lake)).toEqual(await everything(disk))
    expect(await lake.verify()).toMatchObject({ ok: true })
    // Who read it before has it still; who has not cannot.
    expect(await ask(other, old)).toEqual([{ n: report.kept + 2 }])
    await using late = await open(location, { readOnly: true })
    await expect(ask(late, old)).rejects.toMatchObject({ code: 'TABLE_VERSION_VACUUMED' })
  })

  test('what lies under a place of the lake is not taken for logs', async () => {
    const bucket = await newBucket(server)
    await using lake = await open(`s3://${bucket}/logs/lake`, { create: true })
    await lake.createEventDataStore({ name: into })
    await deliver(server, bucket, '2024-05-01T10:00:00Z', { prefix: 'logs/lake/' })
    await expect(lake.import(`s3://${bucket}/logs`, { into })).rejects.toMatchObject({ code: 'NO_LOG_FILES' })
  })

  test('a query fetches what it reads once, and only that', async () => {
    const location = await newLocation()
    await using writer = await open(location, { create: true })
    await writer.import(sample, { into, compact: false })
    const [all] = await ask(writer, 'SELECT count(*) AS files FROM traillake.data_files')
    const cacheDirectory = await temporaryFolder()
    const dataReads = () =>
      proxy.requests.filter(({ method, key }) => method === 'GET' && key.endsWith('.parquet')).length
    for (const round of ['cold', 'warm', 'next process']) {
      await using reader = await open(location, { readOnly: true, cacheDirectory })
      proxy.reset()
      await ask(reader, `SELECT count(*) FROM ${into} WHERE eventTime >= '2024-06-01 00:00:00'`)
      const reads = dataReads()
      if (round === 'cold') {
        expect(reads).toBeGreaterThan(0)
        // Their sizes are known.
        expect(proxy.counts().HEAD ?? 0).toBeLessThanOrEqual(2)
      }
      if (round !== 'cold') expect(reads, round).toBe(0)
      expect(reads).toBeLessThan(all!.files as number)
      proxy.reset()
      await ask(reader, `SELECT count(*) FROM ${into} WHERE eventTime >= '2024-06-01 00:00:00'`)
      // Is there a newer version? Are there other stores?
      expect(dataReads()).toBe(0)
      expect(proxy.requests.length).toBeLessThanOrEqual(4)
      await reader.explain(`SELECT count(*) FROM ${into}`)
      expect(dataReads(), 'explain reads nothing').toBe(0)
    }
  })

  test('the copies are bounded, and those of a running hour stay', async () => {
    const location = await newLocation()
    await using writer = await open(location, { create: true })
    await writer.import(sample, { into, compact: false })
    const cacheDirectory = await temporaryFolder()
    await using reader = await open(location, { readOnly: true, cacheDirectory, cacheBytes: 0 })
    const expected = await everything(writer)
    expect(await everything(reader)).toEqual(expected)
    expect(readdirSync(cacheDirectory).length).toBeGreaterThan(0)
    expect(await everything(reader)).toEqual(expected)
    for (const name of readdirSync(cacheDirectory)) expect(statSync(join(cacheDirectory, name)).size).toBeGreaterThan(0)
  })

  test('two writers of the same logs keep every event once', async () => {
    const location = await newLocation()
    await using one = await open(location, { create: true })
    await one.createEventDataStore({ name: into })
    await using two = await open(location)
    const reports = await Promise.all([one, two].map((lake) => lake.import(sample, { into, compact: false })))
    await using disk = await openLake(await temporaryFolder(), { create: true })
    const alone = await disk.import(sample, { into, compact: false })
    expect(reports[0]!.kept + reports[1]!.kept).toBe(alone.kept)
    await using reader = await open(location, { readOnly: true })
    expect(await everything(reader)).toEqual(await everything(disk))
    expect(await reader.verify()).toMatchObject({ ok: true })
  })

  test('answers that are lost, commits among them, lose and double nothing', async () => {
    const location = await newLocation()
    await using lake = await open(location, { create: true })
    let faults = 0
    proxy.reset(({ method, count }) => {
      if (count % 5 !== 0 || method === 'HEAD') return undefined
      faults += 1
      return faults % 3 === 0 ? { kind: 'answer', status: 503, code: 'SlowDown' } : { kind: 'lost-answer' }
    })
    const report = await lake.import(sample, { into })
    proxy.reset()
    expect(faults).toBeGreaterThan(10)
    await using disk = await openLake(await temporaryFolder(), { create: true })
    expect(report).toMatchObject({ kept: (await disk.import(sample, { into })).kept, filesFailed: 0 })
    expect(await everything(lake)).toEqual(await everything(disk))
    expect(await lake.verify()).toMatchObject({ ok: true })
  })

  test('an import that is killed at any write leaves a lake that the next one completes', async () => {
    const source = join(trails, 'invictus-2023')
    const location = await newLocation()
    const tuning = { batchBytes: 1_000_000 }
    let kills = 0
    for (const writes of [1, 2, 4, 7, 10, 14, 19]) {
      let seen = 0
      let kill = () => undefined as unknown
      proxy.reset(({ method }) => {
        if (method === 'PUT' && ++seen === writes) kill()
        return undefined
      })
      const { child, ended } = spawnImport(location, source, { tuning, options: { s3: proxy.s3 } })
      kill = () => child.kill('SIGKILL')
      await ended
      if (child.signalCode === 'SIGKILL') kills += 1
    }
    expect(kills).toBeGreaterThan(3)
    proxy.reset()
    await using lake = await open(location)
    await lake.import(source, { into })
    expect(await ask(lake, `SELECT count(*) AS n, count(DISTINCT eventID) AS ids FROM ${into}`)).toEqual([
      { n: 2900, ids: 2900 },
    ])
    expect(await lake.verify()).toMatchObject({ ok: true })
  }, 180_000)

  test('a store that ignores conditions is no place for a lake', async () => {
    const location = await newLocation()
    proxy.reset(() => ({ kind: 'unconditional' }))
    await expect(open(location, { create: true })).rejects.toMatchObject({ code: 'UNSUPPORTED_STORAGE' })
    proxy.reset()
    await expect(open(location)).rejects.toMatchObject({ code: 'LAKE_NOT_FOUND' })
    await expect(open('s3://there-is-no-such-bucket/lake')).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
  })
})
