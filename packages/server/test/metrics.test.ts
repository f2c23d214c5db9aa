import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMonitoring } from '../src/index.ts'
import { call, newFolder, newLake, newServer, runQuery, trails, until } from './support.ts'

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

const measured = async (url: string) => samples(await (await fetch(`${url}/metrics`)).text())

test('what is measured against expectations tells success, errors, duplicates, backlog, coverage, integrity and cost', async () => {
  const folder = newFolder()
  const logs = join(trails, 'AWSLogs/123837392027/CloudTrail/us-east-1/2023/07/10')
  const names = readdirSync(logs).slice(0, 3)
  for (const name of names) copyFileSync(join(logs, name), join(folder, name))
  writeFileSync(
    join(folder, names[0]!.replace(/_[^_]+$/, '_brokenbrokenbrok.json.gz')),
    readFileSync(join(logs, names[0]!)).subarray(0, 200),
  )
  const lake = await newLake()
  const report = await lake.import(folder, { into: 'org' })
  // The same events again under another name, and a file that nobody read yet.
  const again = join(newFolder(), names[0]!.replace('us-east-1', 'us-west-2'))
  copyFileSync(join(folder, names[0]!), again)
  const { duplicate } = await lake.import(again, { into: 'org' })
  expect(duplicate).toBeGreaterThan(0)
  copyFileSync(join(logs, readdirSync(logs)[3]!), join(folder, readdirSync(logs)[3]!))
  const { url } = await newServer(lake, {
    monitoring: {
      accounts: ['123837392027', '999999999999'],
      regions: ['us-east-1'],
      sources: { org: [folder] },
      pricePerGbMonth: 2,
      verifyEveryHours: 24,
    },
  })
  await runQuery(url, 'SELECT 1')
  const found = await until(
    () => measured(url),
    (all) => all.has('traillake_integrity_ratio{store="org"}'),
  )
  const of = (name: string) => found.get(`traillake_${name}`)
  const read = report.read + duplicate
  expect(of('delivery_success_ratio{store="org"}')).toBeCloseTo(4 / 5)
  expect(of('duplicate_ratio{store="org"}')).toBeCloseTo(duplicate / read)
  expect(of('parser_error_ratio{store="org"}')).toBe(0)
  expect(of('backlog_files{store="org"}')).toBe(1)
  expect(of('integrity_ratio{store="org"}')).toBe(1)
  expect(of('verification_errors{store="org"}')).toBe(0)
  expect(of('account_coverage_ratio')).toBe(0.5)
  expect(of('expected_account_seen{account="999999999999"}')).toBe(0)
  expect(of('region_coverage_ratio')).toBe(1)
  const { bytes, events } = await lake.describe('org')
  expect(of('cost_per_million_events{store="org"}')).toBeCloseTo((bytes / events / 1e9) * 1e6 * 2)
  expect(of('newest_day_events{store="org",category="Management"}')).toBe(events)
  expect(of('query_seconds_count{status="FINISHED"}')).toBe(1)
  expect(of('engine_restarts_total')).toBe(0)
  // Years have gone by since those events.
  const [p50, p95] = [0.5, 0.95].map((q) => of(`ingest_latency_seconds{store="org",quantile="${q}"}`)!)
  const age = (Date.now() - Date.parse('2023-07-10T12:00:00Z')) / 1000
  expect(Math.abs(p50! - age)).toBeLessThan(86_400)
  expect(p95).toBeGreaterThanOrEqual(p50!)

  // The same figures in SQL, once the server has written them down; they go with it.
  const rows = async () => {
    const result = await lake.query(`SELECT metric, value FROM traillake.metrics WHERE metric LIKE '%backlog%'`, {
      rowMode: 'array',
    })
    return result.toArray()
  }
  expect(await until(rows, (all) => all.length > 0)).toEqual([['traillake_backlog_files', 1]])
})

test('without expectations nothing is measured against them, and nothing is written down', async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const { url } = await newServer(lake)
  const names = [...(await measured(url)).keys()].join('\n')
  expect(names).not.toMatch(/coverage|backlog|cost|integrity|verification/)
  expect(names).toContain('traillake_ingest_latency_seconds{store="org",quantile="0.95"}')
  expect(await lake.documents.list('metrics')).toEqual([])
})

test('the figures of a server go with it', async () => {
  const lake = await newLake()
  const server = await newServer(lake, { monitoring: {} })
  await until(
    () => lake.documents.list('metrics'),
    (servers) => servers.length === 1,
  )
  await server.close()
  const result = await lake.query('SELECT count(*) FROM traillake.metrics', { rowMode: 'array' })
  expect(await result.toArray()).toEqual([[0]])
})

test.each([
  ['[]', 'no JSON object'],
  ['{', 'JSON'],
  ['{"account": []}', 'unknown member account'],
  ['{"accounts": ["1"]}', 'twelve digits'],
  ['{"sources": {"org": "folder"}}', 'lists of folders'],
  ['{"pricePerGbMonth": 0}', 'above 0'],
])('expectations of the form %s are refused', (text, reason) => {
  const file = join(newFolder(), 'monitor.json')
  writeFileSync(file, text)
  expect(() => readMonitoring(file)).toThrow(expect.objectContaining({ message: expect.stringContaining(reason) }))
})
