import { expect, test } from 'vitest'
import { call, newLake, newServer, trails } from './support.ts'

/** Samples by name and labels; throws for a line that Prometheus would not read. */
function samples(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const line of text.trimEnd().split('\n')) {
    if (/^# (?:HELP|TYPE) \w+ \S/.test(line)) continue
    const [, name, value] = /^(\w+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})?) (-?[\d.e+-]+)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`no sample: ${line}`)
    if (found.has(name)) throw new Error(`twice: ${name}`)
    found.set(name, Number(value))
  }
  return found
}

test('metrics tell requests, stores and what came of raw files', async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  await lake.createEventDataStore({ name: 'empty' })
  const { url } = await newServer(lake)
  await call(url, 'ListEventDataStores')
  await call(url, 'ListEventDataStores', { MaxResults: 0 })
  await call(url, 'NobodyKnowsThis')
  const body = JSON.stringify({ statement: 'SELECT 1' })
  await (
    await fetch(`${url}/v1/queries`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  ).text()
  const response = await fetch(`${url}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const found = samples(await response.text())
  expect(
    Object.fromEntries(
      [...found].filter(([name]) =>
        /requests_total|seconds_count|^traillake_(?:store_events|records|source|queries)/.test(name),
      ),
    ),
  ).toEqual({
    'traillake_requests_total{operation="ListEventDataStores",outcome="ok"}': 1,
    'traillake_requests_total{operation="ListEventDataStores",outcome="InvalidMaxResults"}': 1,
    'traillake_requests_total{operation="Unknown",outcome="UnknownOperation"}': 1,
    'traillake_requests_total{operation="Query",outcome="ok"}': 1,
    'traillake_request_seconds_count{operation="ListEventDataStores"}': 2,
    'traillake_request_seconds_count{operation="Unknown"}': 1,
    'traillake_request_seconds_count{operation="Query"}': 1,
    'traillake_queries{state="queued"}': 0,
    'traillake_queries{state="running"}': 0,
    'traillake_store_events{store="org"}': 2900,
    'traillake_store_events{store="empty"}': 0,
    'traillake_records{store="org",outcome="read"}': 2900,
    'traillake_records{store="org",outcome="kept"}': 2900,
    'traillake_records{store="org",outcome="duplicate"}': 0,
    'traillake_records{store="org",outcome="filtered"}': 0,
    'traillake_records{store="org",outcome="quarantined"}': 0,
    'traillake_source_files{store="org",status="imported"}': 55,
  })
  expect(found.get('traillake_store_newest_event_timestamp_seconds{store="org"}')).toBe(
    Date.parse('2023-07-10T12:37:50Z') / 1000,
  )
  expect(found.get('traillake_request_seconds_bucket{operation="Query",le="+Inf"}')).toBe(1)
})

test('metrics want a token where there are credentials', async () => {
  const policy = { Statement: [{ Effect: 'Allow' as const, Action: 'cloudtrail:StartQuery', Resource: '*' }] }
  const tokens = [
    { name: 'all', token: 'token-of-the-admin' },
    { name: 'some', token: 'token-of-a-reader', policy },
  ]
  const { url } = await newServer(await newLake(), { credentials: { tokens } })
  const status = async (token?: string) =>
    (await fetch(`${url}/metrics`, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status
  expect([await status(), await status('token-of-a-reader'), await status('token-of-the-admin')]).toEqual([
    401, 403, 200,
  ])
  expect((await fetch(`${url}/health`)).status).toBe(200)
})
