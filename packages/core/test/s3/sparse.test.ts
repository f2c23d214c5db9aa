import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cacheInfo, clearCache, type Lake, type OpenLakeOptions, openLake } from '../../src/index.ts'
import { writeLog } from '../lake/trail-files.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { type S3Request, startProxy } from './proxy.ts'
import { upload } from './trails.ts'

const DAYS = 24
/** Enough for filters on ids. */
const PER_DAY = 9000
const dayOf = (i: number) => `2024-05-${String(i + 1).padStart(2, '0')}`
const idOf = (day: number, i: number) => `${String(day).padStart(8, '0')}-0000-4000-8000-${String(i).padStart(12, '0')}`

describe.skipIf(!python)('data files of a lake in S3', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!
  let location: string
  let bucket: string
  let disk: Lake
  /** Of all data files. */
  let dataBytes: number

  beforeAll(async () => {
    const folder = await temporaryFolder()
    for (let day = 0; day < DAYS; day++) {
      const events = Array.from({ length: PER_DAY }, (_, i) => ({
        id: idOf(day, i),
        time: `${dayOf(day)}T${new Date(i * 9500).toISOString().slice(11, 19)}Z`,
        name: `Name${i % 23}`,
        extra: {
          userAgent: `agent ${(i * 7919) % 5003}`,
          requestParameters: { bucketName: `bucket-${(i * 104_729) % 100_003}`, key: `${day}/${i}/${i * 31}` },
        },
      }))
      // What two imports brought is joined, which makes filters on ids.
      for (const half of [0, 1])
        writeLog(
          join(folder, `logs-${half}`),
          dayOf(day),
          events.filter((_, i) => i % 2 === half),
        )
    }
    disk = await openLake(join(folder, 'lake'), { create: true })
    for (const half of [0, 1]) await disk.import(join(folder, `logs-${half}`), { into: 'org', compact: false })
    await disk.compact()
    await disk.vacuum({ graceHours: 0, force: true })
    bucket = await newBucket(server)
    await upload(server, bucket, disk.location, 'lake/')
    location = `s3://${bucket}/lake`
    const sizes = await (await disk.query('SELECT sum(size) AS n FROM traillake.data_files')).toArray()
    dataBytes = Number(sizes[0]!.n)
  }, 180_000)

  beforeEach(() => proxy.reset())

  async function open(options: OpenLakeOptions = {}): Promise<Lake> {
    const [cacheDirectory, tempDirectory] = [await temporaryFolder(), await temporaryFolder()]
    return openLake(location, { s3: proxy.s3, readOnly: true, cacheDirectory, tempDirectory, ...options })
  }
  const ask = async (lake: Lake, sql: string) => (await (await lake.query(sql)).toJson()).rows
  const isData = ({ method, key }: S3Request) => method === 'GET' && /events\/account.*\.parquet$/.test(key)
  const dataReads = () => proxy.requests.filter(isData).length
  const ONE_DAY = `SELECT eventName, count(*) AS n FROM org
    WHERE eventTime >= '2024-05-07 00:00:00' AND eventTime < '2024-05-08 00:00:00' GROUP BY eventName ORDER BY n DESC, eventName`

  // Most of what all but the first fetch are the ends of the files: in lakes of larger files their share is smaller.
  test.each([
    ['one day', ONE_DAY, 0.05],
    ['a count', 'SELECT count(*) AS n FROM org', 0.08],
    ['one event', `SELECT * FROM org WHERE eventID = '${idOf(11, 4321)}'`, 0.2],
    [
      'one column of everything',
      'SELECT eventName, count(*) AS n FROM org GROUP BY eventName ORDER BY eventName',
      0.08,
    ],
  ])('%s: a query fetches what it needs, once', async (name, sql, most) => {
    const expected = await ask(disk, sql)
    expect(expected.length).toBeGreaterThan(0)
    const cacheDirectory = await temporaryFolder()
    await using lake = await open({ cacheDirectory })
    proxy.reset()
    expect(await ask(lake, sql)).toEqual(expected)
    const share = proxy.bytes() / dataBytes
    console.log(`${name}: ${proxy.bytes()} of ${dataBytes} bytes (${(share * 100).toFixed(2)} %), ${dataReads()} reads`)
    // Everything counts: the log, its checkpoint, and the footers.
    expect(share).toBeLessThan(most)
    await using next = await open({ cacheDirectory })
    for (const again of [lake, next]) {
      proxy.reset()
      expect(await ask(again, sql)).toEqual(expected)
      expect(dataReads()).toBe(0)
    }
  })

  test('what one query fetched serves the next, and only the rest is fetched', async () => {
    await using lake = await open()
    await ask(lake, ONE_DAY)
    proxy.reset()
    const sql = ONE_DAY.replaceAll('eventName', 'awsRegion')
    expect(await ask(lake, sql)).toEqual(await ask(disk, sql))
    const reads = proxy.requests.filter(isData)
    // The pages of a column, and its filter.
    expect(reads.length).toBe(2)
    for (const { headers } of reads) {
      expect(headers.range).toMatch(/^bytes=\d+-\d+$/)
      expect(headers['if-match']).toBeDefined()
    }
  })

  test('two that use one cache at once, one of them deleting: answers are right', async () => {
    const cacheDirectory = await temporaryFolder()
    await using one = await open({ cacheDirectory })
    await using two = await open({ cacheDirectory })
    const queries = ['eventName', 'awsRegion', 'userAgent', 'eventSource'].map((column) =>
      ONE_DAY.replaceAll('eventName', column),
    )
    const expected = new Map<string, unknown>()
    for (const sql of queries) expected.set(sql, await ask(disk, sql))
    // An engine that keeps holes of files in memory fails in one of fifteen or so.
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        [one, two].flatMap((lake) =>
          queries.map(async (sql) => expect(await ask(lake, sql)).toEqual(expected.get(sql))),
        ),
      )
      rmSync(cacheDirectory, { recursive: true })
      await open({ cacheDirectory }).then((lake) => lake.close())
    }
  })

  test('reads that fail for a moment change nothing', async () => {
    await using lake = await open()
    let faults = 0
    proxy.reset((call) => {
      if (!isData(call) || ++faults % 2 === 0) return undefined
      return faults % 3 === 0 ? { kind: 'truncate' } : { kind: 'answer', status: 503, code: 'SlowDown' }
    })
    expect(await ask(lake, ONE_DAY)).toEqual(await ask(disk, ONE_DAY))
    expect(faults).toBeGreaterThan(1)
  })

  test('a file that is replaced is never mixed with what was there before', async () => {
    await using lake = await open()
    await ask(lake, ONE_DAY)
    proxy.reset((call) => (isData(call) ? { kind: 'etag' } : undefined))
    const sql = ONE_DAY.replaceAll('eventName', 'userAgent')
    await expect(ask(lake, sql)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    proxy.reset()
    expect(await ask(lake, sql)).toEqual(await ask(disk, sql))
  })

  test('a file that is gone is named', async () => {
    await using lake = await open()
    proxy.reset((call) => (isData(call) ? { kind: 'answer', status: 404, code: 'NoSuchKey' } : undefined))
    await expect(ask(lake, ONE_DAY)).rejects.toMatchObject({ code: 'DATA_FILE_DAMAGED' })
  })

  test('what was warmed is answered without S3, and nothing else', async () => {
    const cacheDirectory = await temporaryFolder()
    await using lake = await open({ cacheDirectory })
    const warm = { stores: ['ORG'], from: dayOf(3), to: dayOf(4), columns: ['eventTime', 'eventName'] }
    expect(await lake.warmCache(warm)).toMatchObject({ files: 2, fetchedBytes: expect.any(Number) })
    expect(await lake.warmCache(warm)).toEqual({ files: 2, fetchedBytes: 0 })
    await expect(lake.warmCache({ from: 'May' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(lake.warmCache({ columns: ['nothing'] })).rejects.toMatchObject({ code: 'COLUMN_NOT_FOUND' })

    proxy.reset()
    await using offline = await open({ cacheDirectory, offline: true })
    expect(offline.readOnly).toBe(true)
    const days = ONE_DAY.replaceAll('05-07', '05-04').replaceAll('05-08', '05-06')
    expect(await ask(offline, days)).toEqual(await ask(disk, days))
    const version = (await disk.describe('org')).version
    expect(await ask(offline, days.replace('org', `org FOR VERSION AS OF ${version}`))).toEqual(await ask(disk, days))
    for (const other of [days.replaceAll('eventName', 'userAgent'), ONE_DAY])
      await expect(ask(offline, other)).rejects.toMatchObject({ code: 'NOT_CACHED' })
    await expect(ask(offline, 'SELECT count(*) FROM traillake.source_files')).rejects.toMatchObject({
      code: 'NOT_CACHED',
    })
    expect(await offline.describe('org')).toEqual(await disk.describe('org'))
    expect(proxy.requests).toEqual([])
    await expect(open({ offline: true })).rejects.toMatchObject({ code: 'NOT_CACHED' })

    // What another machine adds is seen once it was read.
    const added = await temporaryFolder()
    writeLog(added, 'more', [{ id: idOf(99, 1), time: `${dayOf(3)}T10:00:00Z`, name: 'Name0' }])
    await using writer = await openLake(location, { s3: proxy.s3, cacheDirectory: await temporaryFolder() })
    await writer.import(added, { into: 'org', compact: false })
    const count = days.replace('eventName, count(*) AS n', 'count(*) AS n, min(eventName)').replace(/GROUP.*/s, '')
    const [[before]] = (await ask(offline, count)) as [[number]]
    const [[now]] = (await ask(lake, count)) as [[number]]
    expect(now).toBe(before + 1)
    await using later = await open({ cacheDirectory, offline: true })
    expect((await ask(later, count))[0]![0]).toBe(now)
  })

  test('the cache says how much it holds, and is cleared of what is not in use', async () => {
    const cacheDirectory = await temporaryFolder()
    await using lake = await open({ cacheDirectory })
    await ask(lake, ONE_DAY)
    const { files, bytes, folder } = await cacheInfo({ cacheDirectory })
    expect(folder).toBe(cacheDirectory)
    expect(files).toBeGreaterThan(3)
    // Holes do not count.
    expect(bytes).toBeLessThan(dataBytes / 10)
    expect(await clearCache({ cacheDirectory })).toEqual({ folder, files: 0, bytes: 0, inUse: files })
    expect(await clearCache({ cacheDirectory, force: true })).toEqual({ folder, files, bytes, inUse: 0 })
    expect(await cacheInfo({ cacheDirectory })).toEqual({ folder, files: 0, bytes: 0 })
    expect(await ask(lake, ONE_DAY)).toEqual(await ask(disk, ONE_DAY))
    expect(await cacheInfo({ cacheDirectory: join(cacheDirectory, 'none') })).toMatchObject({ files: 0, bytes: 0 })
  })
})
