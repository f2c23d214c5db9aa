import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Lake, openLake } from '@traillake/core'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type RunningServer, startServer } from '../src/index.ts'

const trails = fileURLToPath(new URL('../../../test-data/trails/invictus-2023', import.meta.url))
let folder: string
let lake: Lake
let server: RunningServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traillake-server-'))
  lake = await openLake(folder, { create: true })
  await lake.import(trails, { into: 'org' })
  server = await startServer({ lake, port: 0 })
})

afterAll(async () => {
  await server.close()
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

function ask(body: unknown, accept?: string): Promise<Response> {
  return fetch(`${server.url}/v1/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(accept ? { accept } : {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const statement = 'SELECT eventVersion, count(*) AS n FROM org GROUP BY 1 ORDER BY 2 DESC'
const rows = [
  ['1.08', 2865],
  ['1.09', 35],
]

it('says that it is well', async () => {
  const response = await fetch(`${server.url}/health`)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ status: 'ok', eventDataStores: 1 })
})

describe('an answer', () => {
  it('is JSON by default, with types and statistics', async () => {
    const response = await ask({ statement })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const body = await response.json()
    expect(body).toMatchObject({
      columns: [
        { name: 'eventVersion', type: 'varchar' },
        { name: 'n', type: 'bigint' },
      ],
      rows,
      statistics: { rows: 2, filesScanned: 1 },
    })
    expect(response.headers.get('x-traillake-query-id')).toBe(body.queryId)
  })

  it('is NDJSON, CSV or Arrow when asked for', async () => {
    expect(await (await ask({ statement }, 'application/x-ndjson')).text()).toBe(
      '{"eventVersion":"1.08","n":2865}\n{"eventVersion":"1.09","n":35}\n',
    )
    expect(await (await ask({ statement }, 'text/csv')).text()).toBe('eventVersion,n\n1.08,2865\n1.09,35\n')
    const arrow = tableFromIPC(
      new Uint8Array(await (await ask({ statement }, 'application/vnd.apache.arrow.stream')).arrayBuffer()),
    )
    expect(arrow.toArray().map((row) => [row?.eventVersion, Number(row?.n)])).toEqual(rows)
  })

  it('goes by the weights of Accept', async () => {
    expect(
      (await ask({ statement }, 'text/html;q=0.9, text/csv;q=0.8, application/json;q=0.1')).headers.get('content-type'),
    ).toBe('text/csv; charset=utf-8')
  })

  it('of many rows arrives whole', async () => {
    const lines = (
      await (await ask({ statement: 'SELECT eventID, eventJson FROM org' }, 'application/x-ndjson')).text()
    )
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(2900)
    expect(new Set(lines.map((line) => JSON.parse(line).eventID)).size).toBe(2900)
  })
})

describe('an error', () => {
  test.each([
    ['an unknown column', { statement: 'SELECT eventNme FROM org' }, 400, 'COLUMN_NOT_FOUND'],
    ['an unknown store', { statement: 'SELECT 1 FROM nowhere' }, 404, 'TABLE_NOT_FOUND'],
    ['no query', { statement: 'DROP TABLE org' }, 400, 'NOT_A_QUERY'],
    ['a failure at run time', { statement: 'SELECT 1 / 0' }, 400, 'DIVISION_BY_ZERO'],
    ['its own time limit', { statement: 'SELECT count(*) FROM org', timeoutMs: 1 }, 400, 'EXCEEDED_TIME_LIMIT'],
    ['no statement', {}, 400, 'INVALID_REQUEST'],
    ['an unknown member', { statement: 'SELECT 1', other: 1 }, 400, 'INVALID_REQUEST'],
    ['a member of another type', { statement: 1 }, 400, 'INVALID_REQUEST'],
    ['broken JSON', '{', 400, 'INVALID_REQUEST'],
    ['two million characters', { statement: `SELECT '${'x'.repeat(2_000_000)}'` }, 413, 'REQUEST_TOO_LARGE'],
  ])('for %s has its status and code', async (_, body, status, code) => {
    const response = await ask(body)
    expect(response.status).toBe(status)
    expect((await response.json()).error.code).toBe(code)
  })

  it('has its place in the statement', async () => {
    expect((await (await ask({ statement: 'SELECT\n  eventNme FROM org' })).json()).error).toMatchObject({
      line: 2,
      column: 3,
      hint: expect.stringContaining('did you mean'),
    })
  })

  it('of the path says what there is', async () => {
    const response = await fetch(`${server.url}/v2`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  it('of Accept lists what is spoken', async () => {
    expect((await ask({ statement }, 'image/png')).status).toBe(406)
  })
})

it('a query whose client goes away is cancelled, and the next one is answered', async () => {
  const controller = new AbortController()
  const slow = fetch(`${server.url}/v1/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      statement: 'SELECT count(*) FROM org a CROSS JOIN org b CROSS JOIN org c WHERE a.eventJson <> b.eventJson',
    }),
    signal: controller.signal,
  })
  setTimeout(() => controller.abort(), 100)
  await expect(slow).rejects.toThrow()
  expect((await ask({ statement })).status).toBe(200)
})

test.each([
  ['evil.example', 403],
  ['evil.example:80', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost:4580', 200],
  ['[::1]:4580', 200],
])('a request for the host %s has status %i', async (host, status) => {
  const { request } = await import('node:http')
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    request(`${server.url}/health`, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .once('error', reject)
      .end()
  })
  expect(answer).toBe(status)
})

test.each(['0.0.0.0', '::', '192.168.1.1'])('does not listen on %s', async (host) => {
  await expect(startServer({ lake, host, port: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

it('says so when the port is taken', async () => {
  const port = Number(new URL(server.url).port)
  await expect(startServer({ lake, port })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('in use'),
  })
})

test('an engine is warmed up once the server is there, and not for one that was closed by then', async () => {
  let asked = 0
  const query: Lake['query'] = (...args) => {
    asked += 1
    return lake.query(...args)
  }
  const closed = await startServer({ lake: { ...lake, query }, port: 0 })
  await closed.close()
  const open = await startServer({ lake: { ...lake, query }, port: 0 })
  expect(asked).toBe(0)
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(1)
  await open.close()
})
