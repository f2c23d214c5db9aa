import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, it, test } from 'vitest'
import type { RunningServer } from '../../src/index.ts'
import { ENDLESS, fault, NOBODY, newFolder, newLake, newServer, ok, runQuery, trails, until } from '../support.ts'

let lake: Lake
let arn: string
let server: RunningServer
const bucket = newFolder()
beforeAll(async () => {
  lake = await newLake()
  arn = (await lake.import(trails, { into: 'org' })).store.arn
  await lake.savedQueries.save('by-name', 'SELECT count(*) AS n FROM org WHERE eventName = ?')
  server = await newServer(lake, { buckets: { answers: bucket } })
})

const all = 'SELECT eventID, eventName FROM org ORDER BY eventID'

describe('the answer of a query', () => {
  it('comes in pages of any size, every row once and in order', async () => {
    const { QueryId } = await runQuery(server.url, all)
    const expected = (await (await lake.query(all, { rowMode: 'array' })).toArray()).map((row) => (row as string[])[0])
    for (const size of [1000, 999, 301, undefined]) {
      const ids: string[] = []
      let NextToken: string | undefined
      do {
        const page = await ok(server.url, 'GetQueryResults', { QueryId, MaxQueryResults: size, NextToken })
        expect(page.QueryStatistics).toMatchObject({
          ResultsCount: page.QueryResultRows.length,
          TotalResultsCount: 2900,
        })
        ids.push(...page.QueryResultRows.map(([{ eventID }]: [{ eventID: string }]) => eventID))
        NextToken = page.NextToken
      } while (NextToken)
      expect(ids).toEqual(expected)
    }
  })

  it('has single-entry maps of text, labels that come twice, and null', async () => {
    const { QueryId } = await runQuery(
      server.url,
      `SELECT 1 AS a, 1.5E0 AS a, NULL, true AS t, ARRAY['x', NULL] AS l, TIMESTAMP '2024-05-01 12:00:00.000' AS at, '' AS e`,
    )
    expect((await ok(server.url, 'GetQueryResults', { QueryId })).QueryResultRows).toEqual([
      [
        { a: '1' },
        { a: '1.5' },
        { _col2: null },
        { t: 'true' },
        { l: '[x, null]' },
        { at: '2024-05-01 12:00:00.000' },
        { e: '' },
      ],
    ])
  })

  it('may be empty', async () => {
    const { QueryId } = await runQuery(
      server.url,
      "SELECT eventID FROM org WHERE eventTime < TIMESTAMP '1999-01-01 00:00:00'",
    )
    expect(await ok(server.url, 'GetQueryResults', { QueryId })).toEqual({
      QueryStatus: 'FINISHED',
      QueryStatistics: { ResultsCount: 0, TotalResultsCount: 0, BytesScanned: 0 },
      QueryResultRows: [],
    })
  })

  it('that fails while it is computed says why', async () => {
    const { QueryStatus, ErrorMessage, QueryId } = await runQuery(server.url, 'SELECT 1 / (count(*) - 2900) FROM org')
    expect([QueryStatus, ErrorMessage]).toEqual(['FAILED', 'Division by zero'])
    expect(await ok(server.url, 'GetQueryResults', { QueryId })).toMatchObject({ QueryStatus: 'FAILED', ErrorMessage })
  })
})

describe('a saved query, as QueryAlias', () => {
  it('runs with its parameters, and the last run is found by the alias', async () => {
    const run = async (name: string) => {
      const input = { QueryAlias: 'by-name', QueryParameters: [name] }
      const { QueryId } = await ok(server.url, 'StartQuery', input)
      await until(
        () => ok(server.url, 'DescribeQuery', { QueryId }),
        ({ QueryStatus }) => QueryStatus === 'FINISHED',
      )
      return { QueryId, rows: (await ok(server.url, 'GetQueryResults', { QueryId })).QueryResultRows }
    }
    expect((await run('Decrypt')).rows).toEqual([[{ n: '178' }]])
    const { QueryId, rows } = await run("it's nothing")
    expect(rows).toEqual([[{ n: '0' }]])
    expect(await ok(server.url, 'DescribeQuery', { QueryAlias: 'by-name' })).toMatchObject({
      QueryId,
      QueryStatus: 'FINISHED',
    })
    const refresh = { QueryAlias: 'by-name', RefreshId: '20240501120000' }
    expect((await fault(server.url, 'DescribeQuery', refresh)).name).toBe('QueryIdNotFoundException')
    expect((await fault(server.url, 'DescribeQuery', { QueryAlias: 'x' })).name).toBe('QueryIdNotFoundException')
  })
})

describe('StartQuery refuses', () => {
  test.each([
    [{}, 'InvalidParameterException'],
    [{ QueryStatement: 'SELECT 1', QueryAlias: 'x' }, 'InvalidParameterException'],
    [{ QueryAlias: 'x' }, 'InvalidParameterException'],
    [{ QueryAlias: 'by-name', QueryParameters: ['a', 'b'] }, 'InvalidParameterException'],
    [{ QueryAlias: 'by-name' }, 'InvalidParameterException'],
    [{ QueryStatement: 'SELECT 1', QueryParameters: ['a'] }, 'InvalidParameterException'],
    [{ QueryStatement: 'SELECT ?' }, 'InvalidQueryStatementException'],
    [{ QueryStatement: 'SELECT 1', QueryParameters: ['x'] }, 'InvalidParameterException'],
    [{ QueryStatement: 'SELECT 1', EventDataStoreOwnerAccountId: '999999999999' }, 'InvalidParameterException'],
    [{ QueryStatement: '' }, 'InvalidParameterException'],
    [{ QueryStatement: `SELECT '${'x'.repeat(10_000)}'` }, 'InvalidParameterException'],
    [{ QueryStatement: 'DELETE FROM org' }, 'InvalidQueryStatementException'],
    [{ QueryStatement: 'SELECT nothing FROM org' }, 'InvalidQueryStatementException'],
    [{ QueryStatement: "SELECT eventName + 1 FROM org WHERE eventTime > 'x'" }, 'InvalidQueryStatementException'],
    [{ QueryStatement: `SELECT 1 FROM ${NOBODY}` }, 'EventDataStoreNotFoundException'],
    [{ QueryStatement: 'SELECT 1', DeliveryS3Uri: 's3://unknown/x' }, 'S3BucketDoesNotExistException'],
    [{ QueryStatement: 'SELECT 1', DeliveryS3Uri: 's3://answers/../../etc' }, 'InvalidS3PrefixException'],
    [{ QueryStatement: 'SELECT 1', DeliveryS3Uri: 'file:///etc' }, 'InvalidS3PrefixException'],
    [{ QueryStatement: 'SELECT 1', DeliveryS3Uri: 'https://x' }, 'InvalidS3BucketNameException'],
  ])('%j with %s', async (input, name) => {
    expect((await fault(server.url, 'StartQuery', input)).name).toBe(name)
  })

  it('a delivery that leaves its folder through a link', async () => {
    symlinkSync(newFolder(), join(bucket, 'out'))
    const input = { QueryStatement: 'SELECT 1', DeliveryS3Uri: 's3://answers/out' }
    expect((await fault(server.url, 'StartQuery', input)).name).toBe('InvalidS3PrefixException')
  })

  it('more than are allowed at a time; a cancelled one makes room', { timeout: 60_000 }, async () => {
    const { url } = await newServer(lake, { queries: { maxQueries: 2, maxRunning: 1 } })
    const start = () => ok(url, 'StartQuery', { QueryStatement: ENDLESS('org') })
    const [one, two] = [await start(), await start()]
    expect((await fault(url, 'StartQuery', { QueryStatement: 'SELECT 1' })).name).toBe('MaxConcurrentQueriesException')
    const statusOf = async ({ QueryId }: { QueryId: string }) =>
      (await ok(url, 'DescribeQuery', { QueryId })).QueryStatus
    expect([await statusOf(one), await statusOf(two)]).toEqual(['RUNNING', 'QUEUED'])
    expect(await ok(url, 'GetQueryResults', one)).toEqual({ QueryStatus: 'RUNNING', QueryStatistics: {} })
    for (const query of [two, one]) {
      expect(await ok(url, 'CancelQuery', query)).toEqual({ ...query, QueryStatus: 'CANCELLED' })
      expect((await fault(url, 'CancelQuery', query)).name).toBe('InactiveQueryException')
    }
    await until(
      async () => (await fault(url, 'StartQuery', { QueryStatement: 'SELECT' })).name,
      (name) => name === 'InvalidQueryStatementException',
    )
    await until(
      () =>
        runQuery(url, 'SELECT 1').then(
          () => true,
          () => false,
        ),
      (isDone) => isDone,
    )
    expect(await statusOf(one)).toBe('CANCELLED')
  })
})

it('a query that takes too long, or whose answer is too large, is ended', { timeout: 60_000 }, async () => {
  const slow = await newServer(lake, { queries: { timeoutMs: 200 } })
  expect((await runQuery(slow.url, ENDLESS('org'))).QueryStatus).toBe('TIMED_OUT')
  const small = await newServer(lake, { queries: { maxResultBytes: 1000 } })
  expect(await runQuery(small.url, all)).toMatchObject({
    QueryStatus: 'FAILED',
    ErrorMessage: 'Query response is too large',
  })
})

describe('ListQueries', () => {
  it('shows the queries of one store, newest first, by status and time, in pages', async () => {
    const own = await newLake()
    const { arn: EventDataStore } = await own.createEventDataStore({ name: 'one' })
    await own.createEventDataStore({ name: 'two' })
    let now = Date.parse('2024-05-01T00:00:00Z')
    const { url } = await newServer(own, { now: () => new Date(now) })
    const started: string[] = []
    for (const statement of [
      'SELECT 1 FROM one',
      'SELECT 2 FROM one',
      'SELECT 3 FROM two',
      'SELECT 1 / count(*) FROM one',
    ]) {
      now += 60_000
      started.push((await runQuery(url, statement)).QueryId)
    }
    const ids = async (more: object = {}) =>
      (await ok(url, 'ListQueries', { EventDataStore, ...more })).Queries.map(
        ({ QueryId }: { QueryId: string }) => QueryId,
      )
    const [first, second, , failed] = started
    expect(await ids()).toEqual([failed, second, first])
    expect(await ids({ QueryStatus: 'FAILED' })).toEqual([failed])
    const at = (minutes: number) => Date.parse('2024-05-01T00:00:00Z') / 1000 + minutes * 60
    expect(await ids({ StartTime: at(1), EndTime: at(2) })).toEqual([second, first])
    const page = await ok(url, 'ListQueries', { EventDataStore, MaxResults: 2 })
    // One that comes meanwhile does not shift the next page.
    now += 60_000
    await runQuery(url, 'SELECT 5 FROM one')
    expect(await ids({ MaxResults: 2, NextToken: page.NextToken })).toEqual([first])
  })
})

describe('a query is kept', () => {
  it('seven days, then it and its answer are gone', async () => {
    const own = await newLake()
    await own.createEventDataStore({ name: 'one' })
    let now = Date.now()
    const first = await newServer(own, { now: () => new Date(now) })
    const { QueryId } = await runQuery(first.url, 'SELECT 1 FROM one')
    now += 7 * 86_400_000 - 60_000
    expect((await ok(first.url, 'GetQueryResults', { QueryId })).QueryStatus).toBe('FINISHED')
    now += 120_000
    expect((await fault(first.url, 'GetQueryResults', { QueryId })).name).toBe('QueryIdNotFoundException')
    await newServer(own, { now: () => new Date(now) })
    await until(
      async () => existsSync(join(own.location, 'results', QueryId, 'rows.ndjson')),
      (isThere) => !isThere,
    )
    expect(await own.documents.read('queries', QueryId)).toBeUndefined()
  })

  it('and is seen and cancelled by another server of the lake', { timeout: 60_000 }, async () => {
    const [a, b] = [
      await newServer(lake, { lease: { leaseMs: 600, renewMs: 100 } }),
      await newServer(lake, { lease: { leaseMs: 600, renewMs: 100 } }),
    ]
    const { QueryId: done } = await runQuery(a.url, 'SELECT count(*) AS n FROM org')
    expect((await ok(b.url, 'GetQueryResults', { QueryId: done })).QueryResultRows).toEqual([[{ n: '2900' }]])
    const { QueryId } = await ok(a.url, 'StartQuery', { QueryStatement: ENDLESS('org') })
    // It outlives several leases, for they are renewed.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect((await ok(b.url, 'DescribeQuery', { QueryId })).QueryStatus).toBe('RUNNING')
    expect((await ok(b.url, 'CancelQuery', { QueryId })).QueryStatus).toBe('CANCELLED')
    await until(
      () => ok(a.url, 'DescribeQuery', { QueryId }),
      ({ QueryStatus }) => QueryStatus === 'CANCELLED',
    )
  })

  it('FAILED once the lease of its server is over, and not before', async () => {
    const id = NOBODY
    const record = {
      id,
      statement: 'SELECT 1',
      stores: [],
      status: 'RUNNING',
      caller: 'x',
      createdAt: new Date().toISOString(),
    }
    await lake.documents.update('queries', id, () => ({ ...record, server: 'gone' }))
    await lake.documents.update('servers', 'gone', () => ({ until: new Date(Date.now() + 1000).toISOString() }))
    expect((await ok(server.url, 'DescribeQuery', { QueryId: id })).QueryStatus).toBe('RUNNING')
    const over = await until(
      () => ok(server.url, 'DescribeQuery', { QueryId: id }),
      ({ QueryStatus }) => QueryStatus !== 'RUNNING',
    )
    expect(over).toMatchObject({ QueryStatus: 'FAILED', ErrorMessage: expect.stringContaining('stopped') })
    await lake.documents.remove('queries', id)
  })

  it('FAILED with the reason when its server is stopped', async () => {
    const stopping = await newServer(lake, { drainMs: 50 })
    const { QueryId } = await ok(stopping.url, 'StartQuery', { QueryStatement: ENDLESS('org') })
    await stopping.close()
    expect(await ok(server.url, 'DescribeQuery', { QueryId })).toMatchObject({
      QueryStatus: 'FAILED',
      ErrorMessage: 'the server was stopped before the query was finished',
    })
  })
})

describe('a delivered answer', () => {
  /** What the verification of CloudTrail does; the reason when it fails. */
  async function verifyDelivery(url: string, folder: string): Promise<string> {
    const sign = JSON.parse(readFileSync(join(folder, 'result_sign.json'), 'utf8'))
    expect(sign).toMatchObject({
      version: '1.0',
      region: 'us-east-1',
      hashAlgorithm: 'SHA-256',
      signatureAlgorithm: 'SHA256withRSA',
      queryCompleteTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    const files: { fileName: string; fileHashValue: string }[] = sign.files
    for (const { fileName, fileHashValue } of files) {
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, fileName)))
        .digest('hex')
      if (hash !== fileHashValue) return `hash of ${fileName}`
    }
    const StartTime = Date.parse(sign.queryCompleteTime) / 1000
    const { PublicKeyList } = await ok(url, 'ListPublicKeys', { StartTime, EndTime: StartTime + 20 * 86_400 })
    const key = PublicKeyList.find(
      ({ Fingerprint }: { Fingerprint: string }) => Fingerprint === sign.publicKeyFingerprint,
    )
    if (!key) return 'no key'
    const pem = createPublicKey({ key: Buffer.from(key.Value, 'base64'), format: 'der', type: 'pkcs1' })
    const text = files.map(({ fileHashValue }) => fileHashValue).join(' ')
    return verify('sha256', Buffer.from(text), pem, Buffer.from(sign.hashSignature, 'hex')) ? 'valid' : 'signature'
  }

  const folderOf = (root: string, id: string) => {
    const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(id))
    return join(root, found!)
  }

  it('is CSV with a signature that holds, and holds no more after one changed byte', async () => {
    const statement = `SELECT eventID, CASE WHEN eventName LIKE 'A%' THEN 'a "quoted", text' END AS c FROM org ORDER BY 1`
    const { QueryId, DeliveryStatus } = await runQuery(server.url, statement, {
      DeliveryS3Uri: 's3://answers/some/prefix',
    })
    expect(DeliveryStatus).toBe('SUCCESS')
    const folder = folderOf(join(bucket, 'some/prefix'), QueryId)
    expect(folder).toMatch(/AWSLogs\/000000000000\/CloudTrail-Lake\/Query\/\d{4}\/\d\d\/\d\d\/[0-9a-f-]{36}$/)
    expect(readdirSync(folder).sort()).toEqual(['result_1.csv.gz', 'result_sign.json'])
    const lines = gunzipSync(readFileSync(join(folder, 'result_1.csv.gz')))
      .toString()
      .split('\n')
    expect(lines).toHaveLength(2902)
    expect(lines[0]).toBe('eventID,c')
    expect(lines.slice(1, -1).every((line) => /^[0-9a-f-]{36},(?:"a ""quoted"", text")?$/.test(line))).toBe(true)
    expect(await verifyDelivery(server.url, folder)).toBe('valid')
    const result = join(folder, 'result_1.csv.gz')
    const bytes = readFileSync(result)
    bytes[100]! ^= 1
    writeFileSync(result, bytes)
    expect(await verifyDelivery(server.url, folder)).toBe('hash of result_1.csv.gz')
    const sign = readFileSync(join(folder, 'result_sign.json'), 'utf8')
    const hash = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(
      join(folder, 'result_sign.json'),
      sign.replace(/"fileHashValue":"[^"]*"/, `"fileHashValue":"${hash}"`),
    )
    expect(await verifyDelivery(server.url, folder)).toBe('signature')
  })

  it('goes to a folder inside a bucket, is signed by the key of a file, and stays verifiable by another server', async () => {
    const signingKey = join(newFolder(), 'key.pem')
    const first = await newServer(lake, { buckets: { answers: bucket }, signingKey })
    const one = await runQuery(first.url, 'SELECT 1 AS x FROM org LIMIT 1', {
      DeliveryS3Uri: `file://${bucket}/direct`,
    })
    expect(statSync(signingKey).mode & 0o777).toBe(0o600)
    await first.close()
    const second = await newServer(lake, { buckets: { answers: bucket }, signingKey })
    const two = await runQuery(second.url, 'SELECT 1 AS x FROM org LIMIT 1', {
      DeliveryS3Uri: `file://${bucket}/direct`,
    })
    const folders = [one, two].map(({ QueryId }) => folderOf(join(bucket, 'direct'), QueryId))
    for (const folder of folders) expect(await verifyDelivery(server.url, folder)).toBe('valid')
    const [a, b] = folders.map((folder) => JSON.parse(readFileSync(join(folder, 'result_sign.json'), 'utf8')))
    expect(a.publicKeyFingerprint).toBe(b.publicKeyFingerprint)
  })

  it('that cannot be written is FAILED, and the query is FINISHED all the same', async () => {
    mkdirSync(join(bucket, 'blocked'))
    writeFileSync(join(bucket, 'blocked/AWSLogs'), 'a file where a folder has to be')
    const query = await runQuery(server.url, 'SELECT 1 AS x FROM org LIMIT 1', {
      DeliveryS3Uri: 's3://answers/blocked',
    })
    expect(query).toMatchObject({ QueryStatus: 'FINISHED', DeliveryStatus: 'FAILED' })
  })
})

it('the store of a query that is deleted takes its queries along', async () => {
  const { arn: other } = await lake.createEventDataStore({ name: 'other' })
  const { QueryId } = await runQuery(server.url, 'SELECT count(*) FROM other')
  expect((await fault(server.url, 'DescribeQuery', { QueryId, EventDataStore: arn })).name).toBe(
    'QueryIdNotFoundException',
  )
  await ok(server.url, 'DeleteEventDataStore', { EventDataStore: other })
  for (const operation of ['DescribeQuery', 'GetQueryResults', 'CancelQuery']) {
    expect((await fault(server.url, operation, { QueryId })).name).toBe('InactiveEventDataStoreException')
  }
  expect((await fault(server.url, 'ListQueries', { EventDataStore: other })).name).toBe(
    'InactiveEventDataStoreException',
  )
})
