import { expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { newLake, newServer, trails } from './support.ts'

test('the OpenAPI document tells every route, with the schema that requests are checked by', async () => {
  const lake = await newLake()
  const app = await createApp(lake)
  await app.ready()
  const document = (await app.inject('/openapi.json')).json()
  // The routes as the router prints them: a tree of segments.
  const above: string[] = []
  const known = app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \(([^)]+)\))?$/.exec(line) ?? []
      const depth = indent.length / 4
      above.splice(depth, above.length, segment)
      return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${above.join('')}`)
    })
    .filter((route) => !route.startsWith('HEAD'))
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  expect([...told, 'POST /', 'POST /PutAuditEvents'].sort()).toEqual(known.sort())
  expect(document.openapi).toBe('3.1.0')
  const { requestBody, responses } = document.paths['/v1/queries'].post
  expect(requestBody.content['application/json'].schema.required).toEqual(['statement'])
  expect(Object.keys(responses[200].content)).toEqual([
    'application/json',
    'application/x-ndjson',
    'text/csv',
    'application/vnd.apache.arrow.stream',
  ])
  await app.close()
})

test('stores are shown with what they hold, statements in the words of engines', async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const tokens = [
    { name: 'all', token: 'token-of-the-admin' },
    {
      name: 'none',
      token: 'token-of-a-reader',
      policy: { Statement: [{ Effect: 'Allow' as const, Action: 'cloudtrail:X', Resource: '*' }] },
    },
  ]
  const { url } = await newServer(lake, { credentials: { tokens } })
  const get = async (token: string) =>
    (await (await fetch(`${url}/v1/stores`, { headers: { authorization: `Bearer ${token}` } })).json()).stores
  expect(await get('token-of-the-admin')).toMatchObject([
    { name: 'org', events: 2900, newestEventTime: '2023-07-10T12:37:50.000Z' },
  ])
  expect(await get('token-of-a-reader')).toEqual([])
  const { id, arn } = await lake.getEventDataStore('org')
  const one = async (store: string, token = 'token-of-the-admin') => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}/v1/stores/${encodeURIComponent(store)}`, { headers })
    return { status: response.status, body: await response.json() }
  }
  for (const name of ['ORG', id, arn]) {
    expect((await one(name)).body).toMatchObject({
      ...{ id, arn, name: 'org', events: 2900 },
      columns: expect.arrayContaining([{ name: 'eventtime', type: 'timestamp(3)', hidden: false }]),
    })
  }
  expect(await one('org', 'token-of-a-reader')).toMatchObject({
    status: 403,
    body: { error: { code: 'ACCESS_DENIED' } },
  })
  expect(await one('nobody')).toMatchObject({ status: 404, body: { error: { code: 'EVENT_DATA_STORE_NOT_FOUND' } } })
  const translated = async (body: object) => {
    const headers = { authorization: 'Bearer token-of-the-admin', 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/translate`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  const statement = "SELECT element_at(requestParameters, 'x') FROM org"
  expect((await translated({ statement })).body).toMatchObject({
    target: 'duckdb',
    sql: expect.stringContaining('SELECT'),
  })
  expect((await translated({ statement, target: 'trino' })).body.sql).toContain('delta')
  expect(await translated({ statement: 'SELEC' })).toMatchObject({
    status: 400,
    body: { error: { code: 'SYNTAX_ERROR', line: 1 } },
  })
  expect((await translated({ statement, target: 'spark' })).status).toBe(400)
})
