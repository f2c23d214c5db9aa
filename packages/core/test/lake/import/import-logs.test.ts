import { cpSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  createEventDataStore,
  getEventDataStore,
  type ImportProgress,
  importLogs,
  listEventDataStores,
} from '../../../src/lake/index.ts'
import { fileStats } from '../../../src/table/index.ts'
import {
  cleanUpAfterEach,
  fingerprint,
  keysOf,
  newFolder,
  newLakePlace,
  onS3,
  openLake,
  queryEvents,
  querySources,
  readQuarantine,
} from '../support.ts'
import { type Event, record, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const inline = { inline: true }

describe('what is imported', () => {
  test('a folder, a file, a file: URI and several of them, each file once', async () => {
    const source = newFolder()
    const file = writeLog(source, 'a/one', [{ id: '1' }])
    writeLog(source, 'b/two', [{ id: '2' }, { id: '3' }])
    const lake = await openLake()
    expect(await importLogs(lake, file, { into: 'one' }, inline)).toMatchObject({ files: 1, kept: 1 })
    expect(await importLogs(lake, pathToFileURL(file).href, { into: 'two' }, inline)).toMatchObject({
      files: 1,
      kept: 1,
    })
    expect(await importLogs(lake, source, { into: 'three' }, inline)).toMatchObject({ files: 2, kept: 3 })
    expect(await importLogs(lake, [file, join(source, 'b'), source], { into: 'four' }, inline)).toMatchObject({
      files: 2,
      kept: 3,
    })
    expect(await importLogs(lake, source, { into: 'one' }, inline)).toMatchObject({
      files: 1,
      filesAlreadyImported: 1,
      kept: 2,
    })
  })

  test('nothing is parsed that no log file can be, and all of it is named', async () => {
    const source = newFolder()
    writeLog(source, 'log', [{ id: '1' }])
    writeFileSync(join(source, 'README.md'), '# read me')
    writeFileSync(join(source, '.DS_Store'), 'x')
    writeFileSync(join(source, 'other.json'), '[1, 2]')
    writeFileSync(join(source, 'access-2024-05-01-10-00-00-0123456789ABCDEF'), 'x')
    const delivered = 'events-1-2024-05-01-10-00-00-5f4d2b51-8f4b-4f0e-9c9f-0a2d3a5b7c11'
    writeFileSync(join(source, delivered), JSON.stringify({ eventVersion: '1.08', ...record({ id: '2' }) }))
    const lake = await openLake()
    const report = await importLogs(lake, source, { into: 'org' }, inline)
    expect(report).toMatchObject({ read: 2, kept: 2 })
    const named = [...report.skipped, ...report.failures].map(({ source: uri }) => uri.slice(uri.lastIndexOf('/') + 1))
    expect(named.sort()).toEqual([
      '.DS_Store',
      'README.md',
      'access-2024-05-01-10-00-00-0123456789ABCDEF',
      'other.json',
    ])
  })

  // In S3: s3/lake.test.ts.
  test.skipIf(onS3)('a lake inside the source is not its own source', async () => {
    const source = newFolder()
    writeLog(source, 'log', [{ id: '1' }])
    const lake = await openLake(join(source, 'lake'))
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({ files: 1, skipped: [] })
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({
      files: 0,
      filesAlreadyImported: 1,
      skipped: [],
    })
  })

  test.each([
    { from: 'nowhere', code: 'SOURCE_NOT_FOUND' },
    { from: 'gs://bucket/AWSLogs/', code: 'UNSUPPORTED_STORAGE' },
    { from: '', code: 'NO_LOG_FILES' },
  ])('$from is refused with $code, and no store is made', async ({ from, code }) => {
    const lake = await openLake()
    const folder = newFolder()
    writeFileSync(join(folder, 'README.md'), 'no log')
    await expect(
      importLogs(lake, from.includes(':') ? from : join(folder, from), { into: 'org' }),
    ).rejects.toMatchObject({ code })
    expect(await listEventDataStores(lake)).toEqual([])
  })
})

describe('where it goes', () => {
  test('an unknown name makes the store and says so; an unknown id or ARN does not', async () => {
    const source = newFolder()
    writeLog(source, 'log', [{ id: '1' }])
    const lake = await openLake()
    const said: ImportProgress[] = []
    const report = await importLogs(
      lake,
      source,
      { into: 'New.Store', layout: 'date', onProgress: (p) => said.push(p) },
      inline,
    )
    expect(said.map((progress) => progress.kind)).toEqual(['store-created', 'discovered', 'committed', 'progress'])
    expect(report.store).toMatchObject({ name: 'New.Store', layout: 'date' })
    expect(report.store).toEqual(await getEventDataStore(lake, 'new.store'))
    expect(await importLogs(lake, source, { into: report.store.arn }, inline)).toMatchObject({
      filesAlreadyImported: 1,
    })
    for (const into of [
      '00000000-0000-4000-8000-000000000000',
      'arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/nothing',
    ]) {
      await expect(importLogs(lake, source, { into }, inline)).rejects.toMatchObject({
        code: 'EVENT_DATA_STORE_NOT_FOUND',
      })
    }
    await expect(importLogs(lake, source, { into: 'x' }, inline)).rejects.toMatchObject({
      code: 'INVALID_EVENT_DATA_STORE_NAME',
    })
    expect(await listEventDataStores(lake)).toHaveLength(1)
  })

  const events: readonly Event[] = [
    { id: '1', time: '2024-05-01T23:59:59Z' },
    { id: '2', time: '2024-05-02T00:00:00Z', account: '444455556666' },
    { id: '3', account: 'no account' },
    { id: '4', region: 'Bad/Region' },
    { id: '5', extra: { recipientAccountId: null, awsRegion: 7 } },
    // No file system has folders with names this long.
    { id: '6', region: 'x'.repeat(5000) },
  ]

  test('partition values come from the record; what is malformed is NULL', async () => {
    const source = newFolder()
    writeLog(source, 'AWSLogs/999999999999/CloudTrail/eu-west-1/2001/01/01/log', events)
    const lake = await openLake()
    const { store } = await importLogs(lake, source, { into: 'org' }, inline)
    const rows = await queryEvents(lake, store, 'SELECT eventid, account, region, date FROM events ORDER BY eventid')
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['1', '111122223333', 'us-east-1', '2024-05-01'],
      ['2', '444455556666', 'us-east-1', '2024-05-02'],
      ['3', null, 'us-east-1', '2024-05-01'],
      ['4', '111122223333', null, '2024-05-01'],
      ['5', null, '7', '2024-05-01'],
      ['6', '111122223333', null, '2024-05-01'],
    ])
    const snapshot = (await lake.eventsTable(store.id)).current()
    for (const file of snapshot.files.values()) {
      expect(file.key).toContain(`account=${file.partitionValues.account ?? '__HIVE_DEFAULT_PARTITION__'}/region=`)
      expect(await lake.storage.head(file.key)).toMatchObject({ size: file.size })
    }
  })

  test("layout 'date' has one file a day, by account, region and time; statistics are exact", async () => {
    const source = newFolder()
    const times = ['2024-05-01T12:00:00.123Z', '2024-05-01T08:00:00Z', '2024-05-01T10:00:00Z']
    writeLog(
      source,
      'log',
      ['444455556666', '111122223333'].flatMap((account) =>
        ['us-west-2', 'eu-west-1'].flatMap((region) =>
          times.map((time, i) => ({ id: `${account}${region}${i}`, account, region, time })),
        ),
      ),
    )
    const lake = await openLake()
    const { store } = await importLogs(lake, source, { into: 'org', layout: 'date' }, inline)
    const [file, ...others] = [...(await lake.eventsTable(store.id)).current().files.values()]
    expect(others).toEqual([])
    expect(file!.partitionValues).toEqual({ date: '2024-05-01' })
    expect(fileStats(file!)).toEqual({
      numRecords: 12,
      min: {
        eventtime: '2024-05-01T08:00:00.000',
        calendarday: 20240501,
        eventsource: 's3.amazonaws.com',
        eventname: 'A',
        awsregion: 'eu-west-1',
        recipientaccountid: '111122223333',
        eventcategory: 'Management',
      },
      max: {
        eventtime: '2024-05-01T12:00:00.123',
        calendarday: 20240501,
        eventsource: 's3.amazonaws.com',
        eventname: 'A',
        awsregion: 'us-west-2',
        recipientaccountid: '444455556666',
        eventcategory: 'Management',
      },
      nullCount: {
        eventtime: 0,
        calendarday: 0,
        eventsource: 0,
        eventname: 0,
        awsregion: 0,
        recipientaccountid: 0,
        eventcategory: 0,
        readonly: 12,
      },
    })
    const rows = await queryEvents(
      lake,
      store,
      'SELECT recipientaccountid || awsregion || eventtime AS place FROM events',
    )
    const places = rows.map((row) => row.place)
    expect(places).toEqual([...places].sort())
  })

  test('selectors of the store and of the trail decide, the rest is counted as filtered', async () => {
    const source = newFolder()
    const object = {
      eventCategory: 'Data',
      readOnly: true,
      resources: [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/k' }],
    }
    writeLog(source, 'log', [
      { id: '1', extra: { readOnly: true } },
      { id: '2', extra: { readOnly: false } },
      { id: '3', extra: object },
    ])
    const lake = await openLake()
    await createEventDataStore(lake, {
      name: 'writes',
      advancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Management'] },
            { Field: 'readOnly', Equals: ['false'] },
          ],
        },
      ],
    })
    expect(await importLogs(lake, source, { into: 'writes' }, inline)).toMatchObject({ read: 3, kept: 1, filtered: 2 })
    const eventSelectors = [
      { ReadWriteType: 'ReadOnly' as const, DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::b/'] }] },
    ]
    expect(await importLogs(lake, source, { into: 'reads', eventSelectors }, inline)).toMatchObject({
      read: 3,
      kept: 2,
      filtered: 1,
    })
    const wrong = [{ ReadWriteType: 'Both' as 'All' }]
    await expect(importLogs(lake, source, { into: 'wrong', eventSelectors: wrong }, inline)).rejects.toMatchObject({
      code: 'INVALID_EVENT_SELECTORS',
    })
  })
})

describe('events that come twice', () => {
  test('the same content is a duplicate, other content is in conflict, whatever the form', async () => {
    const source = newFolder()
    writeLog(source, '1', [{ id: 'x', name: 'First' }])
    const lake = await openLake()
    const { store } = await importLogs(lake, source, { into: 'org' }, inline)
    const spaced = JSON.stringify({ Records: [record({ id: 'x', name: 'First' })] }, null, 2)
    writeFileSync(join(source, '2.json'), spaced)
    writeLog(source, '3', [{ id: 'x', name: 'Second' }])
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({
      read: 2,
      duplicate: 1,
      quarantined: 1,
      kept: 0,
    })
    const [entry, ...others] = await readQuarantine(lake, store)
    expect(others).toEqual([])
    expect(entry).toMatchObject({ reason: 'conflicting', record: 0, event_id: 'x', encoding: 'utf-8' })
    expect(JSON.parse(entry!.bytes!)).toMatchObject({ eventName: 'Second' })
    const raw = gunzipSync(readFileSync(join(source, '3.json.gz')))
    expect(raw.subarray(entry!.offset!, entry!.offset! + entry!.length).toString()).toBe(entry!.bytes)
    expect(await queryEvents(lake, store, 'SELECT eventname FROM events')).toEqual([{ eventname: 'First' }])
  })

  test('another account, another day or no id is another event; another region is not', async () => {
    const source = newFolder()
    writeLog(source, '1', [{ id: 'x' }, {}, {}])
    const lake = await openLake()
    await importLogs(lake, source, { into: 'org' }, inline)
    writeLog(source, '2', [
      { id: 'x', account: '444455556666' },
      { id: 'x', time: '2024-05-02T10:00:00Z' },
      {},
      { id: 'x', region: 'eu-west-1' },
    ])
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({
      kept: 3,
      quarantined: 1,
      duplicate: 0,
    })
  })

  test('an overlapping import keeps each event once, in both layouts', async () => {
    for (const layout of ['account-region-date', 'date'] as const) {
      const lake = await openLake()
      const copy = newFolder()
      cpSync(join(trails, 'versions'), copy, { recursive: true })
      await importLogs(lake, join(trails, 'versions'), { into: 'org', layout }, inline)
      // One record of the set has no event id: it cannot be told from another event.
      const again = await importLogs(lake, copy, { into: 'org' }, { ...inline, batchBytes: 1 })
      expect(again).toMatchObject({ read: 20, kept: 1, duplicate: 19, quarantined: 0 })
    }
  })
})

describe('imported again', () => {
  test('a changed file is read again and its known events are duplicates', async () => {
    const source = newFolder()
    writeLog(source, 'log', [{ id: '1' }])
    const lake = await openLake()
    const { store } = await importLogs(lake, source, { into: 'org' }, inline)
    writeLog(source, 'log', [{ id: '1' }, { id: '2' }])
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({ read: 2, kept: 1, duplicate: 1 })
    const ledger = await querySources(
      lake,
      store,
      'SELECT count(*) AS rows, count(DISTINCT source_key) AS keys, count(DISTINCT source_id) AS ids FROM sources',
    )
    expect(ledger).toEqual([{ rows: 2, keys: 1, ids: 2 }])
  })

  test('a file that failed is tried again once it changes', async () => {
    const source = newFolder()
    const path = writeLog(source, 'log', [{ id: '1' }])
    const good = readFileSync(path)
    writeFileSync(path, good.subarray(0, good.length - 10))
    const lake = await openLake()
    const said: ImportProgress[] = []
    expect(await importLogs(lake, source, { into: 'org', onProgress: (p) => said.push(p) }, inline)).toMatchObject({
      filesFailed: 1,
      read: 0,
    })
    expect(said.filter((progress) => progress.kind === 'file-failed')).toMatchObject([{ code: 'TRUNCATED_GZIP' }])
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({ files: 0, filesAlreadyImported: 1 })
    writeFileSync(path, good)
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({ files: 1, filesFailed: 0, kept: 1 })
    utimesSync(path, new Date(), new Date(Date.now() - 60_000))
    expect(await importLogs(lake, source, { into: 'org' }, inline)).toMatchObject({ files: 1, duplicate: 1 })
  })
})

describe('a dry run', () => {
  test('counts what an import would, and writes nothing', async () => {
    const place = newLakePlace()
    const lake = await openLake(place)
    const files = () => keysOf(lake.storage)
    const before = await files()
    const source = [join(trails, 'layout-quirks'), join(trails, 'synthetic-org')]
    const dry = await importLogs(lake, source, { into: 'org', dryRun: true }, inline)
    expect(await files()).toEqual(before)
    const real = await importLogs(lake, source, { into: 'org' }, inline)
    const { read, kept, duplicate, filtered, quarantined, files: count, filesFailed } = real
    expect(dry).toMatchObject({
      read,
      kept,
      duplicate,
      filtered,
      quarantined,
      files: count,
      filesFailed,
      dryRun: true,
      dataFilesWritten: 0,
    })
    const after = await files()
    const readOnly = await openLake(place, { readOnly: true })
    expect(await importLogs(readOnly, source, { into: 'org', dryRun: true }, inline)).toMatchObject({
      read: 0,
      filesAlreadyImported: count + 2,
    })
    expect(await files()).toEqual(after)
    await expect(importLogs(readOnly, source, { into: 'org' }, inline)).rejects.toMatchObject({
      code: 'LAKE_READ_ONLY',
    })
  })

  test('knows events of its own earlier batches', async () => {
    const source = newFolder()
    writeLog(source, '1', [{ id: '1' }, { id: '2' }])
    writeLog(source, '2', [{ id: '2' }, { id: '3' }])
    const lake = await openLake()
    for (const workers of [1, 2]) {
      const report = await importLogs(
        lake,
        source,
        { into: 'org', dryRun: true, workers },
        { ...inline, batchBytes: 1 },
      )
      expect(report).toMatchObject({ read: 4, kept: 3, duplicate: 1 })
    }
  })
})

describe('cancelling', () => {
  test('keeps what was committed and says how to go on', async () => {
    const lake = await openLake()
    const controller = new AbortController()
    const source = join(trails, 'invictus-2023')
    const tuning = { batchBytes: 400_000 }
    let commits = 0
    const stopped = importLogs(
      lake,
      source,
      {
        into: 'org',
        signal: controller.signal,
        onProgress(progress) {
          if (progress.kind === 'committed' && ++commits === 2) controller.abort()
        },
      },
      tuning,
    )
    await expect(stopped).rejects.toMatchObject({
      code: 'CANCELLED',
      hint: expect.stringContaining('run the same import again'),
    })
    const store = await getEventDataStore(lake, 'org')
    expect((await lake.eventsTable(store.id)).current().version).toBe(2)
    const rest = await importLogs(lake, source, { into: 'org' }, tuning)
    expect(rest.files + rest.filesAlreadyImported).toBe(55)
    expect(rest.filesAlreadyImported).toBeGreaterThan(0)
    const whole = await openLake()
    const { store: other } = await importLogs(whole, source, { into: 'org' })
    expect(await fingerprint(lake, store)).toEqual(await fingerprint(whole, other))
  })

  test('closing the lake stops the import and waits for it', async () => {
    const place = newLakePlace()
    const lake = await openLake(place)
    const source = join(trails, 'invictus-2023')
    let closed: Promise<void> | undefined
    const stopped = importLogs(
      lake,
      source,
      {
        into: 'org',
        onProgress(progress) {
          if (progress.kind === 'committed') closed ??= lake.close()
        },
      },
      { batchBytes: 400_000 },
    )
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' })
    await closed
    const again = await openLake(place)
    const { store } = await importLogs(again, source, { into: 'org' })
    expect(await queryEvents(again, store, 'SELECT count(*) AS rows FROM events')).toEqual([{ rows: 2900 }])
  })

  test('before it began, nothing is read', async () => {
    const lake = await openLake()
    await expect(
      importLogs(lake, join(trails, 'versions'), { into: 'org', signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await listEventDataStores(lake)).toEqual([])
  })
})

test.each([{ workers: 0 }, { workers: 1.5 }, { memoryBytes: 1000 }])('%o is no option', async (options) => {
  const lake = await openLake()
  await expect(importLogs(lake, trails, { into: 'org', ...options })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('progress tells how many folders are done, of those that hold files to be read', async () => {
  const source = newFolder()
  const days = ['01', '02', '03']
  for (const day of days) for (const n of [1, 2]) writeLog(source, `2024/05/${day}/log-${n}`, [{ id: `${day}-${n}` }])
  const lake = await openLake()
  const said: ImportProgress[] = []
  const onProgress = (progress: ImportProgress) => said.push(progress)
  const one = { ...inline, batchBytes: 1 }
  await importLogs(lake, source, { into: 'org', onProgress }, one)
  expect(said.find(({ kind }) => kind === 'discovered')).toMatchObject({ files: 6, folders: 3 })
  // A file a batch, in order: a folder is done with its second file.
  expect(said.flatMap((one) => (one.kind === 'progress' ? [one.foldersDone] : []))).toEqual([0, 1, 1, 2, 2, 3])
  said.length = 0
  writeLog(source, '2024/05/03/log-3', [{ id: 'new' }])
  await importLogs(lake, source, { into: 'org', onProgress }, one)
  expect(said.find(({ kind }) => kind === 'discovered')).toMatchObject({ alreadyImported: 6, folders: 1 })
  expect(said.at(-1)).toMatchObject({ kind: 'progress', foldersDone: 1 })
})

test('many tiny partitions are worth a word', async () => {
  const source = newFolder()
  const days = Array.from({ length: 120 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10))
  writeLog(
    source,
    'log',
    days.map((day, i) => ({ id: String(i), time: `${day}T00:00:00Z` })),
  )
  const lake = await openLake()
  const said: ImportProgress[] = []
  const onProgress = (progress: ImportProgress) => said.push(progress)
  await importLogs(lake, source, { into: 'org', onProgress }, inline)
  expect(said.filter((progress) => progress.kind === 'advice')).toMatchObject([
    { message: expect.stringContaining("layout 'date'") },
  ])
})
