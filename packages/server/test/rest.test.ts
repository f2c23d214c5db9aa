import { randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { ENDLESS, NOBODY, newFolder, newLake, newServer, ok, runQuery, trails, until } from './support.ts'

let lake: Lake
let url: string
let bucket: string
beforeAll(async () => {
  bucket = newFolder()
  cpSync(trails, join(bucket, 'AWSLogs'), { recursive: true })
  lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const secret = await lake.createEventDataStore({ name: 'secret' })
  const statement = { Effect: 'Allow' as const, Action: 'cloudtrail:*' }
  const org = await lake.getEventDataStore('org')
  const tokens = [
    { name: 'all', token: 'token-of-the-admin' },
    { name: 'one', token: 'token-of-a-reader', policy: { Statement: [{ ...statement, Resource: org.arn }] } },
  ]
  expect(secret.name).toBe('secret')
  const server = await newServer(lake, { credentials: { tokens }, buckets: { 'trail-bucket': bucket }, audit: true })
  url = server.url
})

const ADMIN = 'token-of-the-admin'
const READER = 'token-of-a-reader'

async function send(path: string, body?: object, { token = ADMIN, accept = '*/*' } = {}) {
  const response = await fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, accept, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

describe('a query in the background', () => {
  const statement = 'SELECT eventID, eventName, NULL AS nothing FROM $store ORDER BY 1'
  const placeholders = { store: 'org' }
  const finished = (id: string) =>
    until(
      () => send(`/v1/queries/${id}`),
      ({ body }) => body.status !== 'QUEUED' && body.status !== 'RUNNING',
    )

  test('is answered at once, and its rows can be read from any row on', async () => {
    const begun = await send('/v1/queries', { statement, placeholders, background: true })
    expect(begun.status).toBe(202)
    const id = begun.body.queryId
    expect(begun.headers.get('location')).toBe(`/v1/queries/${id}`)
    expect((await finished(id)).body).toMatchObject({ queryId: id, status: 'FINISHED', statement, totalRows: 2900 })
    const whole = await send(`/v1/queries/${id}/rows`, undefined, { accept: 'application/x-ndjson' })
    const rows = (whole.body as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(2900)
    expect(new Set(rows.map(({ eventID }) => eventID)).size).toBe(2900)
    expect(rows[0].nothing).toBeNull()
    for (const from of [0, 1, 999, 1000, 1001, 2899, 2900, 3000]) {
      const { body } = await send(`/v1/queries/${id}/rows?from=${from}`)
      expect(body).toEqual({
        columns: ['eventID', 'eventName', 'nothing'],
        totalRows: 2900,
        rows: rows.slice(from).map(({ eventID, eventName }) => [eventID, eventName, null]),
      })
    }
    const csv = await send(`/v1/queries/${id}/rows?from=2899`, undefined, { accept: 'text/csv' })
    expect(csv.body).toBe(`eventID,eventName,nothing\n${rows[2899].eventID},${rows[2899].eventName},\n`)
  })

  test('that fails has no rows, and says why', async () => {
    const { body } = await send('/v1/queries', { statement: 'SELECT 1 / 0 FROM org', background: true })
    expect((await finished(body.queryId)).body).toMatchObject({ status: 'FAILED', error: 'Division by zero' })
    expect(await send(`/v1/queries/${body.queryId}/rows`)).toMatchObject({
      status: 409,
      body: { error: { code: 'NO_ROWS', message: expect.stringContaining('Division by zero') } },
    })
  })

  test('ends at its own time limit, and counts as one of the lake', async () => {
    const { body } = await send('/v1/queries', { statement: ENDLESS('org'), background: true, timeoutMs: 200 })
    expect((await finished(body.queryId)).body.status).toBe('TIMED_OUT')
  })

  test('is cancelled; one that is over stays what it is', async () => {
    const { body } = await send('/v1/queries', { statement: ENDLESS('org'), background: true })
    expect((await send(`/v1/queries/${body.queryId}/cancel`, {})).body).toMatchObject({
      queryId: body.queryId,
      status: 'CANCELLED',
    })
    expect((await finished(body.queryId)).body.status).toBe('CANCELLED')
    const done = await send('/v1/queries', { statement: 'SELECT 1 AS n', background: true })
    const { body: before } = await finished(done.body.queryId)
    expect(before.status).toBe('FINISHED')
    expect((await send(`/v1/queries/${done.body.queryId}/cancel`, {})).body).toEqual(before)
    expect((await send(`/v1/queries/${NOBODY}/cancel`, {})).status).toBe(404)
  })

  test('is not shown to those who may not read its stores', async () => {
    const { body } = await send('/v1/queries', { statement: 'SELECT 1 FROM secret', background: true })
    await finished(body.queryId)
    expect((await send(`/v1/queries/${body.queryId}`, undefined, { token: READER })).status).toBe(403)
    expect((await send(`/v1/queries/${body.queryId}/rows`, undefined, { token: READER })).status).toBe(403)
    expect((await send(`/v1/queries/${body.queryId}/cancel`, {}, { token: READER })).status).toBe(403)
    expect((await send(`/v1/queries/${NOBODY}`)).status).toBe(404)
    expect((await send('/v1/queries/nonsense')).status).toBe(400)
    expect((await send(`/v1/queries/${body.queryId}/rows?from=-1`)).status).toBe(400)
  })

  test('of an AWS client is read by the same way', async () => {
    const plain = await newServer(lake)
    const { QueryId } = await runQuery(plain.url, 'SELECT count(*) AS n FROM org')
    expect((await send(`/v1/queries/${QueryId}/rows`)).body.rows).toEqual([['2900']])
    const { body } = await send('/v1/queries', { statement: 'SELECT 7 AS n', background: true })
    await finished(body.queryId)
    expect((await ok(plain.url, 'GetQueryResults', { QueryId: body.queryId })).QueryResultRows).toEqual([[{ n: '7' }]])
  })
})

describe('an import', () => {
  const source = 's3://trail-bucket/AWSLogs'
  const imported = (id: string) =>
    until(
      () => send(`/v1/imports/${id}`),
      ({ body }) => body.status === 'COMPLETED',
    )

  test('tells its progress until it is over', async () => {
    const begun = await send('/v1/imports', { store: 'secret', source })
    expect(begun).toMatchObject({ status: 202, body: { status: 'INITIALIZING', source } })
    const { importId } = begun.body
    const stream = await send(`/v1/imports/${importId}/events`)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const events = (stream.body as string)
      .trimEnd()
      .split('\n\n')
      .map((event) => {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? []
        return { name, ...JSON.parse(data!) }
      })
    expect(events.map(({ name }) => name)).toEqual([...Array(events.length - 1).fill('progress'), 'end'])
    const end = { status: 'COMPLETED', statistics: { files: 55, events: 2900, failed: 0 }, failures: [] }
    expect(events.at(-1)).toMatchObject(end)
    expect((await send(`/v1/imports/${importId}`)).body).toMatchObject(end)
    // Whoever comes late sees the end at once.
    expect((await send(`/v1/imports/${importId}/events`)).body).toMatch(/^event: end\ndata: /)
  })

  test.each([
    ['an unknown store', { store: 'nobody', source }, ADMIN, 404, 'EVENT_DATA_STORE_NOT_FOUND'],
    ['a store of others', { store: 'secret', source }, READER, 403, 'ACCESS_DENIED'],
    ['a place outside', { store: 'org', source: 's3://trail-bucket/../..' }, ADMIN, 400, 'INVALID_SOURCE'],
    ['a place that is none', { store: 'org', source: 'nonsense' }, ADMIN, 400, 'INVALID_SOURCE'],
    ['no time', { store: 'org', source, from: 'yesterday' }, ADMIN, 400, 'INVALID_REQUEST'],
    ['an unknown member', { store: 'org', source, into: 'x' }, ADMIN, 400, 'INVALID_REQUEST'],
  ])('of %s is refused', async (_, body, token, status, code) => {
    expect(await send('/v1/imports', body, { token })).toMatchObject({ status, body: { error: { code } } })
  })

  test('that is not there, or is of a store of others, is not shown', async () => {
    expect((await send(`/v1/imports/${NOBODY}`)).status).toBe(404)
    expect((await send(`/v1/imports/${NOBODY}/events`)).status).toBe(404)
    expect((await send(`/v1/imports/${NOBODY}/stop`, {})).status).toBe(404)
    const { body } = await send('/v1/imports', { store: 'secret', source })
    expect((await send(`/v1/imports/${body.importId}`, undefined, { token: READER })).status).toBe(403)
    expect((await send(`/v1/imports/${body.importId}/stop`, {}, { token: READER })).status).toBe(403)
    await imported(body.importId)
  })

  test('is listed, newest first, by store and state, in pages', async () => {
    const { body } = await send('/v1/imports', { store: 'org', source })
    await imported(body.importId)
    const list = async (query: string, token = ADMIN) =>
      (await send(`/v1/imports${query}`, undefined, { token })).body.imports as { importId: string; store: string }[]
    const all = await list('')
    expect(all.length).toBeGreaterThan(1)
    expect(all[0]).toMatchObject({ importId: body.importId, status: 'COMPLETED', statistics: { filesFound: 55 } })
    const pages = [...(await list('?limit=1')), ...(await list(`?limit=1000&after=${body.importId}`))]
    expect(pages).toEqual(all)
    expect(await list('?status=STOPPED')).toEqual([])
    expect(await list('?store=ORG&status=COMPLETED')).toEqual([all[0]])
    // A reader of one store is told of its imports alone.
    expect(await list('', READER)).toEqual([all[0]])
    expect((await send(`/v1/imports?after=${NOBODY}`)).status).toBe(404)
    expect((await send('/v1/imports?store=nobody')).status).toBe(404)
    for (const wrong of ['limit=0', 'limit=1001', 'status=DONE', 'page=2']) {
      expect((await send(`/v1/imports?${wrong}`)).status, wrong).toBe(400)
    }
  })

  test('that is under way is stopped; one that is over stays what it is', async () => {
    const [done] = (await send('/v1/imports?status=COMPLETED')).body.imports
    // One that another server of the lake runs does not end meanwhile.
    const id = randomUUID()
    const record = (await lake.documents.read<object>('imports', done.importId))!.value
    await lake.documents.update('servers', 'other', () => ({ until: new Date(Date.now() + 600_000).toISOString() }))
    await lake.documents.update('imports', id, () => ({ ...record, id, server: 'other', status: 'IN_PROGRESS' }))
    expect((await send(`/v1/imports/${id}`)).body.status).toBe('IN_PROGRESS')
    expect((await send(`/v1/imports/${id}/stop`, {})).body).toMatchObject({ importId: id, status: 'STOPPED' })
    const stream = await send(`/v1/imports/${id}/events`)
    expect(stream.body).toMatch(/^event: end\ndata: .*"status":"STOPPED"/)
    expect((await send(`/v1/imports/${done.importId}/stop`, {})).body).toEqual(done)
  })
})

test('completions and translations know the stores that the caller may look at, and no others', async () => {
  const labels = async (statement: string, token: string, offset?: number) => {
    const { body } = await send('/v1/complete', { statement, ...(offset === undefined ? {} : { offset }) }, { token })
    return body.items.map(({ label }: { label: string }) => label)
  }
  expect(await labels('SELECT * FROM ', ADMIN)).toEqual(expect.arrayContaining(['org', 'secret']))
  const seen = await labels('SELECT * FROM ', READER)
  expect(seen).toContain('org')
  expect(seen).not.toContain('secret')
  expect(await labels('SELECT eventN FROM org', READER, 13)).toEqual(['eventname'])
  expect(await labels('', READER)).toContain('SELECT')
  expect((await send('/v1/translate', { statement: 'SELECT 1 FROM secret' }, { token: READER })).status).toBe(404)
  expect((await send('/v1/translate', { statement: 'SELECT 1 FROM secret' })).status).toBe(200)
})

test('a view gives nobody more than the stores that it reads', async () => {
  await lake.views.create('open_view', 'SELECT eventName FROM org')
  await lake.views.create('secret_view', 'SELECT eventName FROM secret')
  const statusOf = async (path: string, view: string, token: string) =>
    (await send(path, { statement: `SELECT * FROM ${view} LIMIT 1` }, { token })).status
  expect(await statusOf('/v1/queries', 'secret_view', ADMIN)).toBe(200)
  expect(await statusOf('/v1/queries', 'open_view', READER)).toBe(200)
  expect(await statusOf('/v1/queries', 'secret_view', READER)).toBe(403)
  expect(await statusOf('/v1/translate', 'open_view', READER)).toBe(200)
  expect(await statusOf('/v1/translate', 'secret_view', READER)).toBe(404)
})

test('the reference page tells every route, and needs nothing from elsewhere', async () => {
  const { paths } = (await send('/openapi.json')).body
  const { body, headers } = await send('/v1/docs')
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  for (const path of Object.keys(paths)) expect(body).toContain(`${path}</h2>`)
  expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
})

test('every call of these routes is in the audit store', { timeout: 180_000 }, async () => {
  await send('/v1/stores', undefined, { token: 'token-of-nobody-known' })
  await send('/v1/translate', { statement: 'SELEC' })
  const { body } = await until(
    () =>
      send('/v1/queries', {
        statement: `SELECT eventName, errorCode, count(*) FROM "traillake-audit" WHERE eventSource = 'traillake'
          AND (eventName IN ('StartImport', 'Complete') OR errorCode IN ('UNAUTHENTICATED', 'SYNTAX_ERROR')) GROUP BY 1, 2 ORDER BY 1, 2`,
      }),
    ({ body: answer }) => answer.rows.some(([, code]: string[]) => code === 'SYNTAX_ERROR'),
  )
  expect(body.rows).toEqual(
    expect.arrayContaining([
      ['Complete', null, 4],
      ['ListStores', 'UNAUTHENTICATED', 1],
      ['StartImport', 'ACCESS_DENIED', 1],
      ['StartImport', 'INVALID_SOURCE', 2],
      ['StartImport', null, 3],
      ['Translate', 'SYNTAX_ERROR', 1],
    ]),
  )
})
