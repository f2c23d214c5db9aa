import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { fault, NOBODY, newFolder, newLake, newServer, ok, trails, until } from '../support.ts'

const bucket = newFolder()
let lake: Lake
let url: string
let arn: string
beforeAll(async () => {
  cpSync(trails, join(bucket, 'trail'), { recursive: true })
  lake = await newLake()
  arn = (await lake.createEventDataStore({ name: 'org' })).arn
  url = (await newServer(lake, { buckets: { 'trail-bucket': bucket } })).url
})

const from = (S3LocationUri: string) => ({
  S3: { S3LocationUri, S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: 'arn:aws:iam::111122223333:role/import' },
})

async function run(input: object, at = url) {
  const { ImportId } = await ok(at, 'StartImport', input)
  return until(
    () => ok(at, 'GetImport', { ImportId }),
    ({ ImportStatus }) => !['INITIALIZING', 'IN_PROGRESS'].includes(ImportStatus),
  )
}

describe('an import', () => {
  it('takes the files whose names lie in the range of time, and all of them once', async () => {
    const [StartEventTime, EndEventTime] = ['2023-07-10T12:00:00Z', '2023-07-10T12:10:00Z'].map(
      (time) => Date.parse(time) / 1000,
    )
    const inRange = readdirSync(trails, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /_20230710T12(0\d|10)Z_/.test(name),
    ).length
    expect(inRange).toBeGreaterThan(2)
    const some = await run({
      Destinations: [arn],
      ImportSource: from('s3://trail-bucket/trail'),
      StartEventTime,
      EndEventTime,
    })
    expect(some).toMatchObject({
      ImportStatus: 'COMPLETED',
      StartEventTime,
      EndEventTime,
      ImportStatistics: { FilesCompleted: inRange },
    })
    const none = await run({
      Destinations: [arn],
      ImportSource: from('s3://trail-bucket/trail'),
      StartEventTime: 0,
      EndEventTime: 1,
    })
    expect(none).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportStatistics: { FilesCompleted: 0, EventsCompleted: 0 },
    })
    const all = await run({ Destinations: [arn.slice(-36)], ImportSource: from(`file://${bucket}/trail`) })
    expect(all).toMatchObject({ ImportStatus: 'COMPLETED', ImportStatistics: { FilesCompleted: 55 } })
    expect((await lake.describe('org')).events).toBe(2900)
    // Newest first.
    const listed = (await ok(url, 'ListImports', { MaxResults: 2 })) as { Imports: object[]; NextToken: string }
    expect(listed.Imports).toMatchObject([{ ImportId: all.ImportId }, { ImportId: none.ImportId }])
    expect((await ok(url, 'ListImports', { MaxResults: 2, NextToken: listed.NextToken })).Imports).toMatchObject([
      { ImportId: some.ImportId },
    ])
    expect((await ok(url, 'ListImports', { ImportStatus: 'FAILED' })).Imports).toEqual([])
  })

  it('with a file that cannot be read is FAILED, says which, and can be tried again', async () => {
    mkdirSync(join(bucket, 'broken'))
    const file = join(bucket, 'broken', '111122223333_CloudTrail_us-east-1_20240501T1200Z_AAAA.json.gz')
    writeFileSync(file, gzipSync('{"Records":[').subarray(0, 20))
    const failed = await run({ Destinations: [arn], ImportSource: from('s3://trail-bucket/broken') })
    expect(failed).toMatchObject({ ImportStatus: 'FAILED', ImportStatistics: { FilesCompleted: 0, FailedEntries: 1 } })
    const { ImportId } = failed
    const { Failures } = await ok(url, 'ListImportFailures', { ImportId })
    expect(Failures).toMatchObject([{ Location: expect.stringContaining('20240501T1200Z_AAAA'), Status: 'FAILED' }])
    const record = {
      eventVersion: '1.08',
      eventTime: '2024-05-01T12:00:00Z',
      eventID: NOBODY,
      eventCategory: 'Management',
    }
    writeFileSync(file, gzipSync(JSON.stringify({ Records: [record] })))
    expect(await run({ ImportId })).toMatchObject({
      ImportId,
      ImportStatus: 'COMPLETED',
      ImportStatistics: { FilesCompleted: 1, EventsCompleted: 1, FailedEntries: 0 },
    })
    expect((await ok(url, 'ListImportFailures', { ImportId })).Failures).toEqual([])
    expect((await fault(url, 'StartImport', { ImportId })).name).toBe('InvalidParameterException')
  })

  it('with records that cannot be read is FAILED, and says which', async () => {
    mkdirSync(join(bucket, 'records'))
    const file = join(bucket, 'records', '111122223333_CloudTrail_us-east-1_20240501T1200Z_BBBB.json.gz')
    const good = { eventVersion: '1.08', eventTime: '2024-05-01T12:00:00Z', eventID: randomUUID() }
    writeFileSync(file, gzipSync(JSON.stringify({ Records: [good, { ...good, eventTime: 'noon' }, 'text'] })))
    const failed = await run({ Destinations: [arn], ImportSource: from('s3://trail-bucket/records') })
    expect(failed).toMatchObject({
      ImportStatus: 'FAILED',
      ImportStatistics: { FilesCompleted: 1, EventsCompleted: 1, FailedEntries: 2 },
    })
    const { Failures } = await ok(url, 'ListImportFailures', { ImportId: failed.ImportId })
    expect(Failures).toMatchObject([
      { Location: expect.stringContaining('_BBBB.json.gz'), ErrorMessage: expect.stringMatching(/^record 1: /) },
      { Location: expect.stringContaining('_BBBB.json.gz'), ErrorMessage: expect.stringMatching(/^record 2: /) },
    ])
  })

  it('of an empty folder is FAILED with the reason', async () => {
    mkdirSync(join(bucket, 'empty'))
    const { ImportId, ImportStatus } = await run({ Destinations: [arn], ImportSource: from('s3://trail-bucket/empty') })
    expect(ImportStatus).toBe('FAILED')
    expect((await ok(url, 'ListImportFailures', { ImportId })).Failures).toMatchObject([{ ErrorType: 'NO_LOG_FILES' }])
  })

  it('runs alone in its lake, holds its store, is stopped by anyone, and is FAILED once its server is gone', async () => {
    const own = await newLake()
    const store = await own.createEventDataStore({ name: 'org' })
    const server = await newServer(own, { buckets: { 'trail-bucket': bucket } })
    const record = {
      id: NOBODY,
      store: { id: store.id, arn: store.arn },
      source: { uri: 's3://trail-bucket/trail', region: 'us-east-1', role: 'x' },
      status: 'IN_PROGRESS',
      server: 'other',
      createdAt: '2024-05-01T12:00:00.000Z',
      updatedAt: '2024-05-01T12:00:00.000Z',
      statistics: { prefixesCompleted: 0, files: 0, events: 0, failed: 0 },
      failures: [],
    }
    const lease = (ms: number) =>
      own.documents.update('servers', 'other', () => ({ until: new Date(Date.now() + ms).toISOString() }))
    const begin = async () => {
      await own.documents.update('imports', NOBODY, () => record)
      await own.documents.update('import-turn', 'holder', () => NOBODY)
    }
    await lease(600_000)
    await begin()
    const another = { Destinations: [store.arn], ImportSource: from('s3://trail-bucket/trail') }
    expect((await fault(server.url, 'StartImport', another)).name).toBe('AccountHasOngoingImportException')
    expect((await fault(server.url, 'StartImport', { ImportId: NOBODY })).name).toBe('AccountHasOngoingImportException')
    expect((await fault(server.url, 'DeleteEventDataStore', { EventDataStore: store.arn })).name).toBe(
      'EventDataStoreHasOngoingImportException',
    )
    expect(await ok(server.url, 'StopImport', { ImportId: NOBODY })).toMatchObject({ ImportStatus: 'STOPPED' })
    await begin()
    await lease(-1)
    expect((await ok(server.url, 'GetImport', { ImportId: NOBODY })).ImportStatus).toBe('FAILED')
    expect((await ok(server.url, 'ListImportFailures', { ImportId: NOBODY })).Failures).toMatchObject([
      { ErrorType: 'ServerStopped' },
    ])
    expect(await run({ ImportId: NOBODY }, server.url)).toMatchObject({ ImportStatus: 'COMPLETED' })
    expect((await own.describe('org')).events).toBe(2900)
  })
})

describe('StartImport refuses', () => {
  const source = from('s3://trail-bucket/trail')
  test.each([
    [{}, 'InvalidParameterException'],
    [{ ImportSource: source }, 'InvalidParameterException'],
    [{ ImportId: NOBODY }, 'ImportNotFoundException'],
    [{ ImportId: NOBODY, ImportSource: source }, 'InvalidParameterException'],
    [{ Destinations: ['org'], ImportSource: source }, 'EventDataStoreARNInvalidException'],
    [{ Destinations: [NOBODY], ImportSource: source }, 'EventDataStoreNotFoundException'],
    [{ Destinations: 'store', ImportSource: { S3: {} } }, 'InvalidImportSourceException'],
    [{ Destinations: 'store', ImportSource: from('s3://other/trail') }, 'InvalidImportSourceException'],
    [{ Destinations: 'store', ImportSource: from('s3://trail-bucket/../..') }, 'InvalidImportSourceException'],
    [{ Destinations: 'store', ImportSource: from('file:///etc') }, 'InvalidImportSourceException'],
    [{ Destinations: 'store', ImportSource: from('trail') }, 'InvalidImportSourceException'],
    [{ Destinations: 'store', ImportSource: source, StartEventTime: 2, EndEventTime: 1 }, 'InvalidParameterException'],
    [{ Destinations: 'insights', ImportSource: source }, 'InvalidEventDataStoreCategoryException'],
  ])('%j with %s', async (input, name) => {
    const stores = await lake.listEventDataStores()
    const insights =
      stores.find((store) => store.name === 'insights') ??
      (await lake.createEventDataStore({
        name: 'insights',
        advancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Insight'] }] }],
      }))
    const named = { store: [arn], insights: [insights.arn] }[(input as { Destinations?: string }).Destinations ?? '']
    expect((await fault(url, 'StartImport', { ...input, ...(named ? { Destinations: named } : {}) })).name).toBe(name)
  })
})
