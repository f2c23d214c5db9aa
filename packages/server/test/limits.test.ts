import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRateLimit, Throttled } from '../src/auth/rate-limit.ts'
import { serve } from './programs/serve.ts'
import { answerOf, exchange, open } from './sockets.ts'
import { call, ENDLESS, fault, newFolder, newLake, newServer, ok, trails, until } from './support.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const query = (url: string, statement: string, headers = {}) =>
  fetch(`${url}/v1/queries`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify({ statement }),
  })

describe('the rate of requests', () => {
  test('lets twice as many in at once as it does a second, for each caller by itself', () => {
    let now = 0
    const take = createRateLimit(2, () => now)
    const taken = (caller: string) => {
      try {
        take(caller)
        return 0
      } catch (error) {
        return (error as Throttled).retryAfterS
      }
    }
    expect([1, 2, 3, 4, 5].map(() => taken('a'))).toEqual([0, 0, 0, 0, 1])
    expect(taken('b')).toBe(0)
    now = 499
    expect(taken('a')).toBe(1)
    now = 500
    expect([taken('a'), taken('a')]).toEqual([0, 1])
    now = 60_000
    expect([1, 2, 3, 4, 5].map(() => taken('a'))).toEqual([0, 0, 0, 0, 1])
  })

  test('less than one a second tells how long to wait, however many others there are', () => {
    let now = 0
    const take = createRateLimit(0.1, () => now)
    take('a')
    expect(() => take('a')).toThrow(expect.objectContaining({ retryAfterS: 10 }))
    for (let i = 0; i < 20_000; i++) take(`caller ${i}`)
    expect(() => take('a')).toThrow(Throttled)
    now = 10_000
    take('a')
  })

  test('is answered in the words of each protocol, and asks nothing of /health', async () => {
    const tokens = [
      { name: 'one', token: 'token-of-the-first' },
      { name: 'two', token: 'token-of-the-second' },
    ]
    const { url } = await newServer(await newLake(), {
      credentials: { tokens },
      limits: { requestsPerSecond: 0.01 },
    })
    const stores = (token: string) => fetch(`${url}/v1/stores`, { headers: { authorization: `Bearer ${token}` } })
    expect((await stores('token-of-the-first')).status).toBe(200)
    const refused = await stores('token-of-the-first')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await refused.json()).error.code).toBe('THROTTLED')
    expect((await stores('token-of-the-second')).status).toBe(200)
    // Secrets are not to be tried out: wrong ones share what their address has.
    expect((await stores('token-of-nobody-1')).status).toBe(401)
    expect((await stores('token-of-nobody-2')).status).toBe(429)
    expect(await call(url, 'ListEventDataStores')).toMatchObject({
      status: 400,
      body: { __type: 'ThrottlingException', message: 'Rate exceeded' },
    })
    for (let i = 0; i < 3; i++) expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test('has no limit on loopback', async () => {
    const { url } = await newServer(await newLake())
    const answers = await Promise.all(Array.from({ length: 200 }, () => call(url, 'ListEventDataStores')))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  })
})

test('the queries of a lake are counted over all its servers', { timeout: 60_000 }, async () => {
  const folder = newFolder()
  const lake = await newLake(folder)
  await lake.import(trails, { into: 'org' })
  const options = { queries: { maxQueries: 3 } }
  const servers = [await newServer(lake, options), await newServer(await newLake(folder), options)]
  const start = (server: number, QueryStatement = ENDLESS('org')) =>
    call(servers[server]!.url, 'StartQuery', { QueryStatement })
  const started = await Promise.all([0, 1, 0, 1, 0, 1].map((server) => start(server)))
  expect(started.map(({ body }) => body.__type ?? 'started').sort()).toEqual([
    ...Array(3).fill('MaxConcurrentQueriesException'),
    ...Array(3).fill('started'),
  ])
  const { QueryId } = started.find(({ status }) => status === 200)!.body
  await ok(servers[0]!.url, 'CancelQuery', { QueryId })
  // Its slot is free once the server that runs it has seen that.
  const again = await until(
    () => start(1, 'SELECT 1'),
    ({ status }) => status === 200,
  )
  expect(again.body.QueryId).toMatch(/^[0-9a-f-]{36}$/)
  for (const { body } of started)
    if (body.QueryId) await call(servers[0]!.url, 'CancelQuery', { QueryId: body.QueryId })
})

describe('a connection', () => {
  test.each([
    ['without a byte', []],
    ['with half a request line', ['POST / HT']],
    ['with headers that do not end', ['GET /health HTTP/1.1\r\nHost: localhost\r\n', 'X-A: 1\r\n']],
    ['with a body that does not end', ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n', '{']],
  ])('%s is closed in time', async (_, parts) => {
    const { url } = await newServer(await newLake(), { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } })
    expect(await exchange(url, ...parts)).toMatch(/^HTTP\/1\.1 408 .*REQUEST_TIMEOUT/s)
  })

  test('that drips its headers byte by byte is closed all the same', async () => {
    const { url } = await newServer(await newLake(), { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } })
    const socket = await open(url)
    const answer = answerOf(socket)
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    while (!socket.destroyed && socket.writable) {
      socket.write('a')
      await sleep(10)
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  test.each([
    ['huge headers', [`GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`], 431],
    ['many headers', [`GET /health HTTP/1.1\r\nHost: localhost\r\n${'X-Name: value\r\n'.repeat(5000)}\r\n`], 431],
    ['no HTTP', ['\x16\x03\x01 hello\r\n\r\n'], 400],
    ['a length that is none', ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n'], 400],
    [
      'two lengths of a body',
      ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
      400,
    ],
  ])('with %s is refused', async (_, parts, status) => {
    const { url } = await newServer(await newLake())
    expect(await exchange(url, ...parts)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test('too many is closed at once', async () => {
    const { url } = await newServer(await newLake(), { limits: { connections: 2 } })
    const held = [await open(url), await open(url)]
    expect(await exchange(url, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('')
    held[0]!.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(await answerOf(held[0]!)).toMatch(/^HTTP\/1\.1 200 /)
    held[1]!.destroy()
  })
})

test('a reader that takes nothing is cut off, and its engine is free', { timeout: 60_000 }, async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const { url } = await newServer(lake, { limits: { stalledMs: 300 } })
  const body = JSON.stringify({ statement: 'SELECT a.eventJson FROM org a CROSS JOIN org b' })
  const socket = await open(url)
  socket.write(
    `POST /v1/queries HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await once(socket, 'data')
  // Nothing more is read before the server has given up: 8 million rows fit into no buffer between the two.
  socket.pause()
  await sleep(5000)
  const ended = once(socket, 'close')
  socket.resume()
  await ended
  expect((await query(url, 'SELECT 1')).status).toBe(200)
})

test.each([
  ['/v1/queries', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['/v1/queries', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['/v1/queries', 'nonsense', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['/v1/translate', 'application/xml', 415, 'UNSUPPORTED_MEDIA_TYPE'],
])('%s with the type %s is refused', async (path, type, status, code) => {
  const { url } = await newServer(await newLake())
  const response = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': type }, body: '{}' })
  expect(response.status).toBe(status)
  expect((await response.json()).error.code).toBe(code)
})

test.each(['text/plain', 'application/json', 'application/x-amz-json-1.0'])(
  'the CloudTrail API goes by the bytes, whatever type they are said to be: %s',
  async (type) => {
    const { url } = await newServer(await newLake())
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type, 'x-amz-target': 'CloudTrail_20131101.ListEventDataStores' },
      body: '{}',
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ EventDataStores: [] })
  },
)

test('a statement of more than 10,000 characters is refused by StartQuery', async () => {
  const { url } = await newServer(await newLake())
  const refused = await fault(url, 'StartQuery', { QueryStatement: `SELECT '${'x'.repeat(10_000)}'` })
  expect(refused).toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining('10000') })
})

test('10,000 idle connections do not keep the others waiting', { timeout: 120_000 }, async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const server = await serve(lake.location)
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const files = Number(report.userLimits?.open_files?.soft ?? Infinity)
  const count = Math.min(10_000, (Number.isNaN(files) ? Infinity : files) - 1000)
  const idle = []
  while (idle.length < count) idle.push(...(await Promise.all(Array.from({ length: 500 }, () => open(server.url)))))
  const response = await query(server.url, 'SELECT count(*) AS n FROM org')
  expect((await response.json()).rows).toEqual([[2900]])
  await ok(server.url, 'ListEventDataStores')
  for (const socket of idle) socket.destroy()
  await server.kill()
})
