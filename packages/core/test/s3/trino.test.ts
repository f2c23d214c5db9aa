import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findJdk, findServer, startTrino } from '../../../../scripts/trino-server.mjs'
import { type Lake, openLake } from '../../src/index.ts'
import { createLakeContext, type EventDataStore, openLakeFile, storeFolders } from '../../src/lake/index.ts'
import { translate } from '../../src/sql/translate.ts'
import { openObjectStore } from '../../src/storage/index.ts'
import { compareAnswer } from '../golden-compare.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { askTrino, trinoUrl } from '../trino/client.ts'
import { registerTable } from '../trino/lake.ts'
import { newBucket } from './buckets.ts'
import { KEYS, python, startS3 } from './moto.ts'
import { deliver, upload } from './trails.ts'

const trails = fileURLToPath(new URL('../../../../test-data/trails/', import.meta.url))
const jdk = trinoUrl === undefined && findServer() ? findJdk() : undefined
const hasTrino = trinoUrl !== undefined || jdk !== undefined
if (!hasTrino)
  console.warn(
    'SKIPPED: a lake in S3 as Trino reads it: `npm run test:trino` brings the server, which needs JDK 24 or newer',
  )

/** Statements whose answers depend on partitions, statistics, nested members, maps and the exact text of events. */
const QUERIES = [
  'SELECT count(*) AS n, count(DISTINCT eventID) AS ids, min(eventTime) AS first, max(eventTime) AS last FROM org',
  'SELECT recipientAccountId, awsRegion, count(*) AS n FROM org GROUP BY 1, 2',
  "SELECT count(*) AS n FROM org WHERE eventTime >= '2024-05-01 00:00:00' AND eventTime < '2024-05-02 00:00:00'",
  "SELECT eventID, eventName FROM org WHERE recipientAccountId = '111122223333' AND awsRegion = 'eu-central-1'",
  'SELECT userIdentity.type, userIdentity.sessionContext.sessionIssuer.userName, count(*) AS n FROM org GROUP BY 1, 2',
  `SELECT eventID, userIdentity.sessionContext.attributes.mfaAuthenticated, element_at(requestParameters, 'bucketName') AS bucket,
     cardinality(resources) AS resources, tlsDetails.tlsVersion FROM org`,
  'SELECT eventID, requestParameters, responseElements, resources, additionalEventData FROM org',
  'SELECT sum(length(eventJson)) AS bytes, sum(cardinality(requestParameters)) AS parameters, count(readOnly) AS known FROM org',
  'SELECT eventID, eventTime, eventJson, errorCode, sourceIPAddress FROM org ORDER BY eventTime DESC, eventID LIMIT 50',
]

describe.skipIf(!python || !hasTrino)('a lake in S3, and Trino', { timeout: 600_000 }, async () => {
  const server = python && hasTrino ? await startS3() : undefined!
  const catalog = `s3_${process.pid}`
  const into = 'org'
  let url: string
  let stopTrino: () => Promise<void> = async () => undefined
  let bucket: string
  let lake: Lake
  let store: EventDataStore
  let checkpointVersion: number
  /** What Trino calls the events of the store. */
  let table: string

  beforeAll(async () => {
    if (trinoUrl === undefined) {
      const started = await startTrino(jdk)
      url = started.url
      stopTrino = started.stop
    } else url = trinoUrl
    bucket = await newBucket(server)
    lake = await openLake(`s3://${bucket}/lake`, {
      create: true,
      s3: server.s3,
      cacheDirectory: await temporaryFolder(),
      tempDirectory: await temporaryFolder(),
    })
    await fillLake()
    await askTrino(
      `CREATE CATALOG ${catalog} USING delta_lake WITH (
         "hive.metastore" = 'file', "hive.metastore.catalog.dir" = 's3://${bucket}/metastore',
         "fs.native-s3.enabled" = 'true', "s3.endpoint" = '${server.s3.endpoint}', "s3.path-style-access" = 'true',
         "s3.region" = '${server.s3.region}', "s3.aws-access-key" = '${KEYS.accessKeyId}', "s3.aws-secret-key" = '${KEYS.secretAccessKey}',
         "delta.register-table-procedure.enabled" = 'true')`,
      url,
    )
    await register('events')
  }, 600_000)
  afterAll(async () => {
    if (trinoUrl !== undefined) await askTrino(`DROP CATALOG IF EXISTS ${catalog}`, trinoUrl)
    await lake?.close()
    await stopTrino()
  }, 60_000)

  async function register(name: string): Promise<void> {
    await registerTable(url, catalog, name, `s3://${bucket}/lake/${storeFolders(store.id).events}`)
    table = name
  }

  /** A log with removed files of a compaction and of an undone import, and with a checkpoint between its commits. */
  async function fillLake(): Promise<void> {
    const sets = ['invictus-2023', 'versions', 'synthetic-org']
    for (const set of sets) await upload(server, bucket, join(trails, set), `logs/${set}/`)
    const read = (set: string) => lake.import(`s3://${bucket}/logs/${set}`, { into, compact: false })
    store = await lake.createEventDataStore({ name: into })
    await read('invictus-2023')
    await read('versions')
    for (const hour of ['10', '11', '12']) await importHour(hour)
    const { stores } = await lake.compact()
    expect(stores[0]!.events.filesRemoved).toBeGreaterThan(0)
    await writeCheckpoint()
    await read('synthetic-org')
    const undone = (await lake.imports.list()).at(-3)!
    expect(await lake.imports.undo(undone.importId)).toMatchObject({ events: 2 })
  }

  /** An import of two events, always into one partition. */
  async function importHour(hour: string): Promise<void> {
    const region = 'eu-central-1'
    const events = ['a', 'b'].map((name) => ({
      id: `${hour}-${name}`,
      name,
      extra: { requestParameters: { hour, name } },
    }))
    await deliver(server, bucket, `2024-05-01T${hour}:00:00Z`, { prefix: `hours/${hour}/`, region, events })
    expect(await lake.import(`s3://${bucket}/hours/${hour}`, { into, compact: false })).toMatchObject({ kept: 2 })
  }

  /** Writes one as a large lake does by itself. */
  async function writeCheckpoint(): Promise<void> {
    const storage = await openObjectStore(lake.location, { s3: server.s3 })
    const context = createLakeContext(storage, await openLakeFile(storage))
    const table = await context.eventsTable(store.id)
    expect(await table.checkpoint()).toBe(true)
    checkpointVersion = table.current().version
    await context.close()
  }

  /** Removes commits that are in the checkpoint, as the clean-up does in time. */
  async function removeOldCommits(): Promise<void> {
    const log = `lake/${storeFolders(store.id).events}/_delta_log/`
    const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: log }))
    const isOld = (key: string) => Number(/(\d{20})\.json$/.exec(key)?.[1] ?? Infinity) < checkpointVersion
    const Objects = Contents.flatMap(({ Key }) => (isOld(Key!) ? [{ Key: Key! }] : []))
    expect(Objects).toHaveLength(checkpointVersion)
    await server.client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }))
  }

  const ours = async (sql: string) => (await lake.query(sql)).toJson()
  const theirs = async (sql: string) => {
    const trinoTable = () => [catalog, 'default', table]
    return askTrino(translate(sql, { target: 'trino', catalog: await lake.catalog(), trinoTable }).sql, url)
  }
  /** Runs a statement of Trino's own over the table, `$table` in it. */
  const inTrino = async (sql: string) =>
    (await askTrino(sql.replaceAll('$table', `${catalog}.default.${table}`), url)).rows

  async function expectEqualAnswers(): Promise<void> {
    for (const sql of QUERIES) {
      const { columns, rows } = await theirs(sql)
      expect(rows.length, sql).toBeGreaterThan(0)
      const ordered = sql.includes('ORDER BY')
      const golden = { id: '', sql, stores: [], ordered, columns, rows, row_count: rows.length }
      expect(compareAnswer(golden, await ours(sql)), sql).toBeUndefined()
    }
  }
  const everything = () => ours(`SELECT * FROM ${into} ORDER BY eventTime, eventID, eventJson`)

  test('it answers as traillake does, and sees the same partitions', async () => {
    await expectEqualAnswers()
    const partitions = await ours(
      'SELECT account, region, date, sum(events) AS n, count(*) AS files FROM traillake.data_files GROUP BY 1, 2, 3 ORDER BY 1, 2, 3',
    )
    expect(partitions.rows.length).toBeGreaterThan(10)
    expect(
      await inTrino(
        `SELECT account, region, CAST(date AS varchar), count(*), count(DISTINCT "$path") FROM $table GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      ),
    ).toEqual(partitions.rows)
    expect(
      await inTrino(
        "SELECT count(*), sum(_record) FROM $table WHERE region = 'eu-central-1' AND date = DATE '2024-05-01'",
      ),
    ).toEqual([[4, 2]])
  })

  test('what it joins, adds and deletes is read back', async () => {
    for (const hour of ['13', '14']) await importHour(hour)
    const before = await everything()
    const dataFiles = async () => Number((await ours('SELECT count(*) FROM traillake.data_files')).rows[0]![0])
    const files = await dataFiles()
    await inTrino('ALTER TABLE $table EXECUTE optimize')
    expect(await dataFiles()).toBeLessThan(files)
    expect(await everything()).toEqual(before)
    expect(await lake.verify()).toMatchObject({ ok: true, errors: 0, warnings: 0 })

    const columns = (await inTrino('DESCRIBE $table')).map(([name]) => `"${name}"`)
    const others: Record<string, string> = { '"eventid"': "eventid || '-again'", '"_source"': "'another writer'" }
    const values = columns.map((name) => others[name] ?? name).join(', ')
    await inTrino(
      `INSERT INTO $table (${columns.join(', ')}) SELECT ${values} FROM $table WHERE region = 'eu-central-1'`,
    )
    const added = await ours(
      "SELECT eventID, element_at(requestParameters, 'hour') AS hour FROM org WHERE eventID LIKE '%-again' ORDER BY eventID",
    )
    expect(added.rows).toEqual(
      ['10', '12', '13', '14'].flatMap((hour) => ['a', 'b'].map((name) => [`${hour}-${name}-again`, hour])),
    )
    // Nothing is wrong with what it wrote, but that no import brought it.
    expect(await lake.verify({ raw: false })).toMatchObject({
      errors: 1,
      stores: [{ events: before.rows.length + 8, findings: [{ code: 'SOURCE_UNKNOWN' }] }],
    })
    await inTrino("DELETE FROM $table WHERE _source = 'another writer'")
    expect(await everything()).toEqual(before)
    expect(await lake.verify()).toMatchObject({ ok: true, errors: 0, warnings: 0 })
  })

  test('what traillake joins of that, it reads with a checkpoint in place of the first commits', async () => {
    for (const hour of ['15', '16']) await importHour(hour)
    const { stores } = await lake.compact()
    expect(stores[0]!.events.filesRemoved).toBeGreaterThan(1)
    await removeOldCommits()
    await register('again')
    await expectEqualAnswers()
  })
})
