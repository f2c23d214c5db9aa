import { expect, test } from 'vitest'
import { type Answer, call, ENDLESS, newFolder, newLake, newServer, ok, runQuery, trails } from './support.ts'

const SECRETS = [
  'token-of-the-admin',
  'token-of-nobody',
  'AWS4-HMAC',
  'the-session',
  'the-literal',
  'row-cell',
  'CanaryUser',
]

interface Line {
  readonly level: number
  readonly msg: string
  readonly operation?: string
  readonly outcome?: string
  readonly status?: number
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string }
}

test('each request is a line of JSON that tells what it was, and neither secrets, statements nor rows', async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const written: string[] = []
  const stream = { write: (line: string) => void written.push(line) }
  const tokens = [{ name: 'all', token: 'token-of-the-admin' }]
  const { url } = await newServer(lake, { credentials: { tokens }, log: { level: 'info', stream } })
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-the-admin', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }).then((response) => response.text())
  const statement = "SELECT 'the-literal' AS row_cell, eventID FROM org LIMIT 3"
  await post('/v1/queries', { statement })
  await post('/v1/queries?secret=the-literal', { statement: "SELECT the-literal FROM org WHERE 'the-literal'" })
  await post('/v1/queries', { statement: "SELECT CAST('row-cell' AS bigint)" })
  await post('/v1/queries', { statement }, { authorization: 'Bearer token-of-nobody' })
  await post('/', { QueryStatement: statement }, { 'x-amz-target': 'CloudTrail_20131101.StartQuery' })
  await post(
    '/',
    {},
    {
      'x-amz-target': 'CloudTrail_20131101.ListQueries',
      authorization: 'AWS4-HMAC-SHA256 Credential=a',
      'x-amz-security-token': 'the-session',
    },
  )
  await fetch(`${url}/nowhere?name=CanaryUser`)
  const lines = written.map((line) => JSON.parse(line) as Line)
  for (const secret of SECRETS) expect(written.join('')).not.toContain(secret)
  expect(
    lines.filter(({ msg }) => msg === 'request').map(({ operation, outcome, status }) => [operation, outcome, status]),
  ).toEqual([
    ['Query', 'ok', 200],
    ['Query', 'COLUMN_NOT_FOUND', 400],
    ['Query', 'INVALID_CAST_ARGUMENT', 400],
    ['Query', 'UNAUTHENTICATED', 401],
    ['StartQuery', 'ok', 200],
    ['ListQueries', 'IncompleteSignature', 400],
    ['other', 'error', 404],
  ])
})

test('an error that nobody foresaw is told by its place, not by its words', async () => {
  const lake = await newLake()
  const written: string[] = []
  const broken = { ...lake, listEventDataStores: () => Promise.reject(new TypeError('row-cell of a customer')) }
  const { url } = await newServer(broken as typeof lake, {
    log: { level: 'error', stream: { write: (line) => void written.push(line) } },
  })
  const answer: Answer = await call(url, 'ListEventDataStores')
  expect(answer).toMatchObject({ status: 500, body: { __type: 'InternalFailure', message: 'internal error' } })
  expect((await fetch(`${url}/v1/stores`)).status).toBe(500)
  expect(written.join('')).not.toContain('row-cell')
  for (const line of written) expect((JSON.parse(line) as Line).err).toMatchObject({ type: 'TypeError', message: '' })
  expect(written).toHaveLength(2)
})

test('a server that closes lets answers and queries end that are under way', { timeout: 60_000 }, async () => {
  const lake = await newLake(newFolder())
  await lake.import(trails, { into: 'org' })
  const written: string[] = []
  const stream = { write: (line: string) => void written.push(line) }
  const server = await newServer(lake, { drainMs: 50_000, log: { level: 'info', stream } })
  const finished = await runQuery(server.url, 'SELECT count(*) AS n FROM org')
  const { QueryId } = await ok(server.url, 'StartQuery', {
    QueryStatement: 'SELECT count(*) AS n FROM org a CROSS JOIN org b WHERE a.eventID <> b.eventID',
  })
  const response = await fetch(`${server.url}/v1/queries`, {
    method: 'POST',
    headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' },
    body: JSON.stringify({ statement: 'SELECT a.eventID FROM org a CROSS JOIN (SELECT 1 FROM org LIMIT 100) b' }),
  })
  const closing = server.close()
  // What is asked meanwhile is refused in the words of each protocol.
  const late = await fetch(`${server.url}/ready`)
  expect([late.status, await late.json()]).toEqual([
    503,
    { error: { code: 'SERVER_CLOSING', message: 'the server is about to stop' } },
  ])
  expect(await call(server.url, 'ListQueries')).toMatchObject({
    status: 503,
    body: { __type: 'ServiceUnavailableException', message: 'the server is about to stop' },
  })
  expect((await response.text()).trimEnd().split('\n')).toHaveLength(290_000)
  await closing
  expect(written.filter((line) => (JSON.parse(line) as Line).level > 30)).toEqual([])
  await expect(fetch(`${server.url}/health`)).rejects.toThrow()
  const next = await newServer(lake)
  for (const id of [finished.QueryId, QueryId]) {
    expect((await ok(next.url, 'DescribeQuery', { QueryId: id })).QueryStatus).toBe('FINISHED')
  }
  expect((await ok(next.url, 'GetQueryResults', { QueryId })).QueryResultRows).toEqual([[{ n: String(2900 * 2899) }]])
})

test('an answer whose time is up when the server stops is an error that says so', { timeout: 60_000 }, async () => {
  const lake = await newLake(newFolder())
  await lake.import(trails, { into: 'org' })
  const server = await newServer(lake, { drainMs: 300 })
  const ask = (statement: string, accept = 'application/json') =>
    fetch(`${server.url}/v1/queries`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify({ statement }),
    })
  const running = (['application/json', 'text/csv'] as const).map((accept) => ask(ENDLESS('org'), accept))
  // More rows than it has time for: the answer is under way.
  const rows = await ask('SELECT a.eventJson FROM org a CROSS JOIN org b')
  const closing = server.close()
  const error = { code: 'SERVER_CLOSING', message: 'the server was stopped before the query was finished' }
  for (const response of await Promise.all(running)) {
    expect([response.status, await response.json()]).toEqual([503, { error }])
  }
  expect(rows.status).toBe(200)
  expect(JSON.parse(await rows.text())).toMatchObject({ columns: [{ name: 'eventJson' }], error })
  await closing
})

test('that the lake is being closed is no error', async () => {
  const lake = await newLake()
  const written: string[] = []
  const stream = { write: (line: string) => void written.push(line) }
  const { url } = await newServer(lake, { log: { level: 'info', stream } })
  await lake.close()
  expect((await call(url, 'ListEventDataStores')).status).toBe(503)
  const body = JSON.stringify({ statement: 'SELECT 1' })
  const query = await fetch(`${url}/v1/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(query.status).toBe(503)
  const lines = written.map((line) => JSON.parse(line) as Line)
  expect(lines.map(({ level }) => level)).toEqual(lines.map(() => 30))
  expect(lines.filter(({ msg }) => msg === 'the server is closing')).toHaveLength(2)
})
