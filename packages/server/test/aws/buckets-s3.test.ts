import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openObjectStore } from '@traillake/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBucket, putObject } from '../../../core/test/s3/buckets.ts'
import { python, startS3 } from '../../../core/test/s3/moto.ts'
import { startProxy } from '../../../core/test/s3/proxy.ts'
import { deliver, logKey, upload } from '../../../core/test/s3/trails.ts'
import { botoClient, type Client } from '../clients/clients.ts'
import { fault, newLake, newServer, ok, runQuery, trails, until } from '../support.ts'

const isOver = ({ ImportStatus }: { ImportStatus: string }) => !['INITIALIZING', 'IN_PROGRESS'].includes(ImportStatus)
const source = (S3LocationUri: string) => ({
  S3: { S3LocationUri, S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: 'arn:aws:iam::111122223333:role/import' },
})

describe.skipIf(!python)('buckets in S3', { timeout: 180_000 }, async () => {
  const s3 = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(s3) : undefined!

  /** A server that knows `trail-bucket` as `bucket/inside`, and a bucket that is not there. */
  async function serve() {
    const bucket = await newBucket(s3)
    const lake = await newLake()
    const { arn } = await lake.createEventDataStore({ name: 'org' })
    const place = (location: string) => ({ location, s3: proxy.s3 })
    const buckets = { 'trail-bucket': place(`s3://${bucket}/inside`), 'gone-bucket': place('s3://no-such-bucket') }
    proxy.reset()
    const { url } = await newServer(lake, { buckets })
    return { bucket, lake, arn, url }
  }
  async function run(url: string, input: object) {
    const { ImportId } = await ok(url, 'StartImport', input)
    return until(() => ok(url, 'GetImport', { ImportId }), isOver)
  }

  describe('an import through boto3', () => {
    let at: Awaited<ReturnType<typeof serve>>
    let client: Client
    beforeAll(async () => {
      at = await serve()
      client = botoClient(python!, at.url)
    })
    afterAll(() => client?.close())
    const call = async (operation: string, input: object) => {
      const outcome = await client.call(operation, input)
      if ('error' in outcome) throw new Error(`${operation}: ${outcome.error}: ${outcome.message}`)
      // biome-ignore lint/suspicious/noExplicitAny: outputs are looked into member by member
      return outcome.output as any
    }

    test('reads the trail once, and only what lies below the place', async () => {
      await upload(s3, at.bucket, trails, 'inside/logs/')
      await deliver(s3, at.bucket, '2023-07-10T12:00:00Z', { prefix: 'outside/' })
      const ImportSource = source('s3://trail-bucket/logs/')
      const started = await call('StartImport', { Destinations: [at.arn], ImportSource })
      expect(started).toMatchObject({ ImportSource, Destinations: [at.arn] })
      const { ImportId } = started
      const finished = await until(() => call('GetImport', { ImportId }), isOver)
      expect(finished).toMatchObject({
        ImportStatus: 'COMPLETED',
        ImportStatistics: {
          ...{ FilesCompleted: 55, EventsCompleted: 2900, FailedEntries: 0 },
          ...{ PrefixesFound: 1, PrefixesCompleted: 1 },
        },
      })
      expect((await at.lake.describe('org')).events).toBe(2900)
      expect(await call('ListImports', {})).toMatchObject({ Imports: [{ ImportId, ImportStatus: 'COMPLETED' }] })
      expect(await call('ListImportFailures', { ImportId })).toEqual({ Failures: [] })
      proxy.reset()
      expect(await run(at.url, { Destinations: [at.arn], ImportSource })).toMatchObject({
        ImportStatistics: { FilesCompleted: 55, EventsCompleted: 0, PrefixesFound: 0 },
      })
      expect(proxy.counts()).not.toHaveProperty('GET')
    })
  })

  test('takes the files of a range of time, to the minute', async () => {
    const { bucket, arn, url, lake } = await serve()
    for (const time of ['08:00', '09:30', '10:00', '10:01']) {
      await deliver(s3, bucket, `2024-05-01T${time}:00Z`, { prefix: 'inside/' })
    }
    await deliver(s3, bucket, '2024-05-01T09:45:00Z', { prefix: 'inside/', region: 'eu-west-1' })
    const range = (from: string, to: string) => ({
      Destinations: [arn],
      ImportSource: source('s3://trail-bucket'),
      StartEventTime: Date.parse(`2024-05-01T${from}:00Z`) / 1000,
      EndEventTime: Date.parse(`2024-05-01T${to}:00Z`) / 1000,
    })
    expect(await run(url, range('09:30', '10:00'))).toMatchObject({
      ImportStatistics: { EventsCompleted: 3, PrefixesFound: 2, PrefixesCompleted: 2 },
    })
    expect(await run(url, range('11:00', '12:00'))).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportStatistics: { FilesCompleted: 0, EventsCompleted: 0 },
    })
    expect((await lake.describe('org')).events).toBe(3)
  })

  test('names the objects that could not be read, and reads them when they are mended', async () => {
    const { bucket, arn, url } = await serve()
    const key = `inside/${logKey('111122223333', 'us-east-1', '2024-05-01T10:00:00Z')}`
    await putObject(s3, bucket, key, gzipSync('{"Records":[').subarray(0, 20))
    await deliver(s3, bucket, '2024-05-01T11:00:00Z', { prefix: 'inside/' })
    const failed = await run(url, { Destinations: [arn], ImportSource: source('s3://trail-bucket/AWSLogs/') })
    expect(failed).toMatchObject({
      ImportStatus: 'FAILED',
      ImportStatistics: { FilesCompleted: 1, EventsCompleted: 1, FailedEntries: 1 },
    })
    const { ImportId } = failed
    expect((await ok(url, 'ListImportFailures', { ImportId })).Failures).toMatchObject([
      { Location: `s3://${bucket}/${key}`, Status: 'FAILED' },
    ])
    await putObject(s3, bucket, key, gzipSync(JSON.stringify({ Records: [] })))
    expect(await run(url, { ImportId })).toMatchObject({ ImportStatus: 'COMPLETED' })
    expect((await ok(url, 'ListImportFailures', { ImportId })).Failures).toEqual([])
  })

  test('is FAILED with the reason where there is no bucket', async () => {
    const { arn, url } = await serve()
    const failed = await run(url, { Destinations: [arn], ImportSource: source('s3://gone-bucket/AWSLogs/') })
    expect(failed.ImportStatus).toBe('FAILED')
    expect((await ok(url, 'ListImportFailures', { ImportId: failed.ImportId })).Failures).toMatchObject([
      { ErrorType: 'BUCKET_NOT_FOUND', Location: 's3://gone-bucket/AWSLogs/' },
    ])
  })

  test('is stopped in the middle, keeps what was committed, and goes on when it is started again', async () => {
    const { bucket, arn, url, lake } = await serve()
    for (let hour = 10; hour < 20; hour++) {
      await deliver(s3, bucket, `2024-05-01T${hour}:00:00Z`, { prefix: 'inside/' })
    }
    let reads = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    proxy.reset(async ({ method, key }) => {
      if (method === 'GET' && key !== '' && ++reads > 5) await held
      return undefined
    })
    const { ImportId } = await ok(url, 'StartImport', {
      Destinations: [arn],
      ImportSource: source('s3://trail-bucket/AWSLogs/'),
    })
    await until(
      async () => reads,
      (count) => count > 5,
    )
    const shown = await until(
      async () => (await fetch(`${url}/v1/imports/${ImportId}`)).json(),
      ({ statistics }) => statistics.filesFound !== undefined,
    )
    expect(shown).toMatchObject({
      status: 'IN_PROGRESS',
      statistics: { prefixesFound: 1, prefixesCompleted: 0, filesFound: 10, files: 0, events: 0 },
    })
    const another = { Destinations: [arn], ImportSource: source('s3://trail-bucket/AWSLogs/') }
    expect((await fault(url, 'StartImport', another)).name).toBe('AccountHasOngoingImportException')
    expect(await ok(url, 'StopImport', { ImportId })).toMatchObject({ ImportStatus: 'STOPPED' })
    release()
    proxy.reset()
    expect((await lake.describe('org')).events).toBe(0)
    expect(await run(url, { ImportId })).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportStatistics: { FilesCompleted: 10, EventsCompleted: 10 },
    })
    expect((await lake.describe('org')).events).toBe(10)
  })

  test.each([
    ['s3://trail-bucket/../other', 'InvalidImportSourceException'],
    ['s3://trail-bucket/a/./b', 'InvalidImportSourceException'],
    ['s3://unknown/a', 'InvalidImportSourceException'],
    ['file:///inside', 'InvalidImportSourceException'],
  ])('%s is refused', async (uri, name) => {
    const { arn, url } = await serve()
    expect((await fault(url, 'StartImport', { Destinations: [arn], ImportSource: source(uri) })).name).toBe(name)
    expect(proxy.requests).toEqual([])
  })

  test('its backlog is what an import would read', async () => {
    const { bucket, lake, arn } = await serve()
    const backlog = async (sources: Readonly<Record<string, readonly string[]>>) => {
      const buckets = { 'trail-bucket': { location: `s3://${bucket}/inside`, s3: proxy.s3 } }
      const { url } = await newServer(lake, { buckets, monitoring: { sources } })
      const figures = await (await fetch(`${url}/metrics`)).text()
      return Number(/^traillake_backlog_files\{store="org"\} (\d+)$/m.exec(figures)?.[1])
    }
    const sources = { org: ['s3://trail-bucket/AWSLogs'] }
    expect(await backlog(sources)).toBe(0)
    for (const hour of ['10', '11', '12']) await deliver(s3, bucket, `2024-05-01T${hour}:00:00Z`, { prefix: 'inside/' })
    expect(await backlog(sources)).toBe(3)
    await lake.import(`s3://${bucket}/inside/AWSLogs`, { into: arn, s3: proxy.s3 })
    expect(await backlog(sources)).toBe(0)
    await deliver(s3, bucket, '2024-05-01T13:00:00Z', { prefix: 'inside/' })
    expect(await backlog(sources)).toBe(1)
    await expect(backlog({ org: ['s3://unknown/AWSLogs'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('answers are delivered there, signed, below the place', async () => {
    const { bucket, lake, url } = await serve()
    const described = await runQuery(url, "SELECT 1 AS n, 'a,b' AS t", { DeliveryS3Uri: 's3://trail-bucket/answers' })
    expect(described).toMatchObject({ DeliveryStatus: 'SUCCESS', DeliveryS3Uri: 's3://trail-bucket/answers' })
    const store = await openObjectStore(`s3://${bucket}`, { s3: s3.s3 })
    const found: string[] = []
    for await (const { key } of store.list('')) found.push(key)
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
    const folder = `inside/answers/AWSLogs/${lake.accountId}/CloudTrail-Lake/Query/${day}/${described.QueryId}`
    expect(found).toEqual([`${folder}/result_1.csv.gz`, `${folder}/result_sign.json`])
    const bytes = await store.get(found[0]!)
    expect(gunzipSync(bytes).toString()).toBe('n,t\n1,"a,b"\n')
    const sign = JSON.parse((await store.get(found[1]!)).toString())
    expect(sign.files[0].fileHashValue).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('a delivery to where there is no bucket is refused, one that fails later says so', async () => {
    const { url } = await serve()
    const to = (DeliveryS3Uri: string) => ({ QueryStatement: 'SELECT 1', DeliveryS3Uri })
    expect((await fault(url, 'StartQuery', to('s3://gone-bucket/x'))).name).toBe('S3BucketDoesNotExistException')
    expect((await fault(url, 'StartQuery', to('s3://trail-bucket/../x'))).name).toBe('InvalidS3PrefixException')
    proxy.reset(({ method }) => (method === 'PUT' ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined))
    expect(await runQuery(url, 'SELECT 1', { DeliveryS3Uri: 's3://trail-bucket/x' })).toMatchObject({
      QueryStatus: 'FINISHED',
      DeliveryStatus: 'FAILED',
    })
    const expired = { kind: 'answer', status: 400, code: 'ExpiredToken' } as const
    proxy.reset(() => expired)
    expect((await fault(url, 'StartQuery', to('s3://trail-bucket/x'))).name).toBe('InsufficientS3BucketPolicyException')
  })
})
