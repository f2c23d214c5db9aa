import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import type { ImportOptions } from '../../src/index.ts'
import { type Lake, openLake } from '../../src/index.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { startProxy } from './proxy.ts'
import { deliver, logKey, upload } from './trails.ts'

const trails = fileURLToPath(new URL('../../../../test-data/trails/', import.meta.url))

describe.skipIf(!python)('import from S3', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!
  const into = 'org'

  async function newLake(): Promise<Lake> {
    return openLake(await temporaryFolder(), { create: true, s3: proxy.s3, accountId: '111122223333' })
  }
  async function read(lake: Lake, bucket: string, options: Partial<ImportOptions> = {}) {
    return lake.import(`s3://${bucket}`, { into, ...options })
  }
  /** Requests since the last reset. */
  const counts = () => proxy.counts()

  test('gives the lake that the same files on disk give', async () => {
    const bucket = await newBucket(server)
    const folder = join(trails, 'panther-org')
    await upload(server, bucket, folder)
    await using remote = await newLake()
    await using local = await newLake()
    proxy.reset()
    const fromS3 = await remote.import(`s3://${bucket}`, { into })
    const fromDisk = await local.import(folder, { into })
    for (const name of [
      'read',
      'kept',
      'duplicate',
      'filtered',
      'quarantined',
      'files',
      'bytesRead',
      'rawBytes',
    ] as const)
      expect(fromS3[name], name).toBe(fromDisk[name])
    expect(fromS3.kept).toBeGreaterThan(0)
    const rows = async (lake: Lake) => (await lake.query(`SELECT * FROM ${into} ORDER BY eventTime, eventID`)).toJson()
    expect(await rows(remote)).toEqual(await rows(local))
    const sources = await (await remote.query('SELECT source_key FROM traillake.source_files')).toArray()
    for (const { source_key } of sources) expect(source_key).toMatch(`s3://${bucket}/AWSLogs/`)
    const { stores } = await remote.verify()
    expect(stores[0]).toMatchObject({ ok: true, findings: [], checked: { rawFiles: fromS3.files, rawMissing: 0 } })
  })

  test('lists folders, not files, and each folder of a region once', async () => {
    const bucket = await newBucket(server)
    for (const account of ['111122223333', '444455556666']) {
      for (const region of ['us-east-1', 'eu-west-1']) {
        for (const day of ['2024-05-01', '2024-05-02', '2024-05-03'])
          await deliver(server, bucket, `${day}T10:00:00Z`, { account, region })
      }
      await putObject(server, bucket, logKey(account, 'us-east-1', '2024-05-01T10:00:00Z', 'CloudTrail-Digest'), 'no')
      await putObject(server, bucket, `AWSLogs/${account}/Config/us-east-1/x.json.gz`, 'no')
    }
    await putObject(server, bucket, 'elsewhere/a.json.gz', 'no')
    await using lake = await newLake()
    proxy.reset()
    expect(await read(lake, bucket)).toMatchObject({ files: 12, kept: 12, skipped: [] })
    // The bucket, AWSLogs, two accounts, two kinds of files, four regions; each object once.
    expect(counts()).toEqual({ LIST: 1 + 1 + 2 + 2 + 4, GET: 12 })
    for (const { key, query } of proxy.requests)
      expect(`${key}${query.get('prefix')}`).not.toMatch(/Digest|Config|elsewhere/)

    await using one = await newLake()
    proxy.reset()
    const filter = { accounts: ['444455556666'], regions: ['eu-west-1'], from: '2024-05-02', to: '2024-05-02' }
    expect(await read(one, bucket, filter)).toMatchObject({ files: 1, kept: 1 })
    expect(counts()).toEqual({ LIST: 1 + 1 + 1 + 1 + 1, GET: 1 })
    expect(proxy.requests.at(-2)!.query.get('start-after')).toBe('AWSLogs/444455556666/CloudTrail/eu-west-1/2024/05/02')
  })

  test.each([
    '',
    '/AWSLogs',
    '/AWSLogs/111122223333/',
    '/AWSLogs/111122223333/CloudTrail/us-east-1',
    '/AWSLogs/111122223333/CloudTrail/us-east-1/2024/05',
  ])('the place may be anywhere in a trail: s3://bucket%s', async (place) => {
    const bucket = await newBucket(server)
    await deliver(server, bucket, '2024-05-01T10:00:00Z')
    await deliver(server, bucket, '2024-05-02T10:00:00Z')
    await using lake = await newLake()
    const at = (options: Partial<ImportOptions>) => lake.import(`s3://${bucket}${place}`, { into, ...options })
    expect(await at({ from: '2024-05-02' })).toMatchObject({ files: 1 })
    expect(await at({})).toMatchObject({ files: 1, filesAlreadyImported: 1 })
  })

  test('trails below prefixes, an organization, one object, loose files', async () => {
    const bucket = await newBucket(server)
    await deliver(server, bucket, '2024-05-01T10:00:00Z', { prefix: 'org/prod/' })
    const one = await deliver(server, bucket, '2024-05-01T10:00:00Z', { prefix: 'dev/' })
    await putObject(server, bucket, 'loose/b.json', '{"Records":[]}')
    await using lake = await newLake()
    expect(await lake.import(`s3://${bucket}/${one}`, { into })).toMatchObject({ files: 1, kept: 1 })
    expect(await read(lake, bucket)).toMatchObject({ files: 1, filesAlreadyImported: 1 })
    expect(await lake.import(`s3://${bucket}/loose`, { into })).toMatchObject({ files: 1, kept: 0 })
    await expect(lake.import(`s3://${bucket}/none`, { into })).rejects.toMatchObject({ code: 'NO_LOG_FILES' })
  })

  test('a dry run reads nothing and says what there is to read', async () => {
    const bucket = await newBucket(server)
    for (const day of ['01', '02']) await deliver(server, bucket, `2024-05-${day}T10:00:00Z`)
    await putObject(
      server,
      bucket,
      logKey('111122223333', 'us-east-1', '2024-05-02T11:00:00Z'),
      Buffer.alloc(20_000_000),
    )
    await using lake = await newLake()
    proxy.reset()
    const { planned } = await read(lake, bucket, { dryRun: true })
    expect(planned).toMatchObject({ files: 3, partitions: 2, requests: { list: counts().LIST, get: 1 + 1 + 3 } })
    expect(planned!.bytes).toBeGreaterThan(20_000_000)
    expect(counts().GET).toBeUndefined()
    expect(await lake.listEventDataStores()).toEqual([])
  })

  describe('the next time', () => {
    const regions = ['us-east-1', 'eu-west-1', 'ap-south-1']
    /** A trail of ten days, some files a day, imported. */
    async function imported() {
      const bucket = await newBucket(server)
      for (const region of regions) {
        for (let day = 1; day <= 10; day++)
          for (const hour of ['03', '15'])
            await deliver(server, bucket, `2024-05-${String(day).padStart(2, '0')}T${hour}:00:00Z`, { region })
      }
      const lake = await newLake()
      expect(await read(lake, bucket)).toMatchObject({ kept: 60 })
      return { bucket, lake }
    }
    /** Files that the listings of folders of regions gave. */
    const starts = () => proxy.requests.filter(({ query }) => query.has('list-type') && !query.has('delimiter'))

    test('only what is new is listed, one request a folder, and looked back for', async () => {
      const { bucket, lake } = await imported()
      await using _ = lake
      await deliver(server, bucket, '2024-05-10T16:00:00Z')
      // An hour within the last 48 of its region, and one long before.
      await deliver(server, bucket, '2024-05-08T16:00:00Z', { region: 'eu-west-1' })
      await deliver(server, bucket, '2024-05-03T16:00:00Z', { region: 'eu-west-1' })
      proxy.reset()
      expect(await read(lake, bucket)).toMatchObject({ files: 2, kept: 2, filesAlreadyImported: 3 * 5 })
      expect(counts()).toEqual({ LIST: 1 + 1 + 1 + 1 + 3, GET: 2 })
      for (const { query } of starts()) expect(query.get('start-after')).toMatch(/2024\/05\/08\/.*_20240508T1500$/)
      // Everything again finds what came too late.
      expect(await read(lake, bucket, { lookBackHours: Infinity })).toMatchObject({
        files: 1,
        filesAlreadyImported: 62,
      })
      proxy.reset()
      expect(await read(lake, bucket, { lookBackHours: 0 })).toMatchObject({ files: 0, filesAlreadyImported: 3 })
    })

    test('what a limited import left out is found by the next', async () => {
      const bucket = await newBucket(server)
      for (let day = 1; day <= 9; day++) await deliver(server, bucket, `2024-05-0${day}T10:00:00Z`)
      await using lake = await newLake()
      expect(await read(lake, bucket, { from: '2024-05-04', to: '2024-05-06' })).toMatchObject({ files: 3 })
      expect(await read(lake, bucket, { from: '2024-05-05' })).toMatchObject({ files: 3 })
      expect(await read(lake, bucket)).toMatchObject({ files: 3, filesAlreadyImported: 6 })
      expect(await read(lake, bucket)).toMatchObject({ files: 0, filesAlreadyImported: 3 })
    })

    test('what an import of a part of a day left out is found by the next', async () => {
      const bucket = await newBucket(server)
      for (const hour of ['08', '09', '10', '11']) await deliver(server, bucket, `2024-05-01T${hour}:00:00Z`)
      await using lake = await newLake()
      const part = { from: '2024-05-01T09:00:00Z', to: '2024-05-01T10:00:00Z' }
      expect(await read(lake, bucket, part)).toMatchObject({ files: 2 })
      expect(await read(lake, bucket, { from: '2024-05-01', lookBackHours: 0 })).toMatchObject({ files: 2 })
    })

    test('an import of one region leaves what is known of the others', async () => {
      const { bucket, lake } = await imported()
      await using _ = lake
      await deliver(server, bucket, '2024-05-10T16:00:00Z')
      expect(await read(lake, bucket, { regions: ['us-east-1'] })).toMatchObject({ files: 1 })
      proxy.reset()
      expect(await read(lake, bucket)).toMatchObject({ files: 0 })
      for (const { query } of starts()) expect(query.get('start-after')).toMatch(/2024\/05\/08\//)
      // A late file is known the next time, too.
      await deliver(server, bucket, '2024-05-10T13:00:00Z')
      expect(await read(lake, bucket)).toMatchObject({ files: 1 })
      proxy.reset()
      expect(await read(lake, bucket)).toMatchObject({ files: 0 })
      for (const { query } of starts()) expect(query.get('start-after')).toMatch(/2024\/05\/08\//)
      expect(proxy.requests.filter(({ method }) => method === 'PUT')).toEqual([])
    })

    test('what was taken back is found again', async () => {
      const { bucket, lake } = await imported()
      await using _ = lake
      await deliver(server, bucket, '2024-05-20T16:00:00Z')
      await read(lake, bucket)
      const [, first] = [...(await lake.imports.list())].sort((a, b) => b.read - a.read).reverse()
      await lake.imports.undo(first!.importId)
      expect(await read(lake, bucket)).toMatchObject({ files: 60, kept: 60 })
    })

    test('a file that could not be read is tried again, however old', async () => {
      const bucket = await newBucket(server)
      const old = await deliver(server, bucket, '2024-01-01T10:00:00Z')
      await deliver(server, bucket, '2024-05-01T10:00:00Z')
      await using lake = await newLake()
      proxy.reset(({ method, key }) =>
        method === 'GET' && key === old ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
      )
      const report = await read(lake, bucket)
      expect(report).toMatchObject({ kept: 1, filesFailed: 1 })
      expect(report.failures).toEqual([
        expect.objectContaining({ source: `s3://${bucket}/${old}`, code: 'STORAGE_DENIED' }),
      ])
      proxy.reset()
      expect(await read(lake, bucket)).toMatchObject({ kept: 1, filesFailed: 0, filesAlreadyImported: 1 })
    })
  })

  test('an object that is replaced while it is read is named and read whole the next time', async () => {
    const bucket = await newBucket(server)
    const key = await deliver(server, bucket, '2024-05-01T10:00:00Z')
    const big = logKey('111122223333', 'us-east-1', '2024-05-01T11:00:00Z')
    const noise = (fill: string) => Buffer.alloc(17_000_000, fill)
    await putObject(server, bucket, big, noise('{'))
    await using lake = await newLake()
    let parts = 0
    proxy.reset(async (call) => {
      // Before the object, and between the parts of another one.
      if (call.method === 'GET' && call.key === key) await deliver2(key)
      if (call.method === 'GET' && call.key === big && ++parts === 2) await putObject(server, bucket, big, noise('['))
      return undefined
    })
    const deliver2 = (at: string) => putObject(server, bucket, at, '{"Records":[]}')
    const report = await read(lake, bucket)
    expect(report.failures.map(({ source, code }) => [source, code]).sort()).toEqual([
      [`s3://${bucket}/${key}`, 'SOURCE_CHANGED'],
      [`s3://${bucket}/${big}`, 'SOURCE_CHANGED'],
    ])
    proxy.reset()
    await server.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: big }))
    expect(await read(lake, bucket)).toMatchObject({ files: 1, filesFailed: 0, read: 0 })
  })

  test('credentials that run out in mid-import stop it; what was committed stays, and the next import goes on', async () => {
    const bucket = await newBucket(server)
    for (let day = 10; day < 22; day++) await deliver(server, bucket, `2024-05-${day}T10:00:00Z`)
    await using lake = await newLake()
    expect(await read(lake, bucket, { to: '2024-05-15' })).toMatchObject({ kept: 6 })
    let reads = 0
    proxy.reset(({ key }) =>
      key !== '' && ++reads > 2 ? { kind: 'answer', status: 400, code: 'ExpiredToken' } : undefined,
    )
    await expect(read(lake, bucket)).rejects.toMatchObject({ code: 'STORAGE_CREDENTIALS' })
    expect(await lake.describe(into)).toMatchObject({ events: 6, sourceFiles: 6 })
    proxy.reset()
    expect(await read(lake, bucket)).toMatchObject({ kept: 6 })
    expect(await lake.describe(into)).toMatchObject({ events: 12, sourceFiles: 12 })
  })

  test.each([
    { accounts: [] },
    { accounts: ['1'] },
    { regions: 'us-east-1' as never },
    { from: '2024-02-30' },
    { from: '2024-05-02', to: '2024-05-01' },
    { from: '2024-05-02T00:00:00Z', to: '2024-05-01' },
    { from: '2024-05-02T10:00:00.500Z', to: '2024-05-02T10:00:00Z' },
    { to: '2024-05-02T10:00:60Z' },
    { to: '2024-05-02T10:00' },
    { lookBackHours: -1 },
    { s3: { endpoint: 'x' } },
  ])('refuses %j', async (options) => {
    await using lake = await newLake()
    await expect(lake.import('s3://bucket', { into, ...options })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
