import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ServerOptions } from '../../src/index.ts'
import { openTracing } from '../../src/tracing/open-tracing.ts'
import { call, newFolder, newLake, newServer, ok, trails, until } from '../support.ts'
import { type CollectedSpan, startCollector } from './collector.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

/** A server over a lake with events, and what arrives at its collector once it has closed. */
async function traced(options: Partial<ServerOptions> = {}, statements = false) {
  const collector = await startCollector()
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const server = await newServer(lake, { tracing: { endpoint: collector.endpoint, statements }, ...options })
  return { collector, lake, server, url: server.url }
}

const query = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }).then((response) => response.text())

const below = (spans: readonly CollectedSpan[], parent: CollectedSpan) =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId)

test('a query is a part of the trace that its caller names, phase by phase', async () => {
  const { collector, server, url } = await traced()
  const traceparent = `00-${TRACE}-${PARENT}-01`
  const begun = BigInt(Date.now()) * 1_000_000n
  await query(url, { statement: "SELECT eventID FROM org WHERE eventName <> 'the-literal'" }, { traceparent })
  await server.close()
  const [request] = collector.spans.filter(({ kind }) => kind === 2)
  expect(request).toMatchObject({
    name: 'POST /v1/queries',
    traceId: TRACE,
    parentSpanId: PARENT,
    isError: false,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/queries',
      'http.response.status_code': 200,
      'traillake.operation': 'Query',
    },
    resource: { 'service.name': 'traillake', 'service.version': expect.stringMatching(/^\d+\.\d+/) },
  })
  expect(request!.from).toBeGreaterThanOrEqual(begun - 1_000_000n)
  const [asked] = below(collector.spans, request!)
  expect(asked).toMatchObject({
    name: 'query',
    attributes: { 'traillake.events_scanned': 2900, 'db.response.returned_rows': 2900, 'traillake.files_scanned': 1 },
  })
  const phases = below(collector.spans, asked!).sort((a, b) => (a.from < b.from ? -1 : 1))
  expect(phases.map(({ name }) => name)).toEqual(['translate', 'plan', 'execute', 'deliver'])
  for (const [i, { from, to, traceId }] of phases.entries()) {
    expect(traceId).toBe(TRACE)
    expect(to).toBeGreaterThanOrEqual(from)
    // Phases follow one another, within the query, within the request.
    expect(from).toBeGreaterThanOrEqual(i === 0 ? asked!.from : phases[i - 1]!.to)
    expect(to).toBeLessThanOrEqual(asked!.to)
  }
  expect(asked!.from).toBeGreaterThanOrEqual(request!.from)
  expect(collector.bodies.join('')).not.toContain('the-literal')
})

test('a query of StartQuery goes on in the trace of its request, from the queue to its files', async () => {
  const bucket = newFolder()
  const { collector, server, url } = await traced({ buckets: { answers: bucket } })
  const { QueryId } = await ok(url, 'StartQuery', {
    QueryStatement: 'SELECT 1 AS n',
    DeliveryS3Uri: 's3://answers/x',
  })
  await until(
    () => ok(url, 'DescribeQuery', { QueryId }),
    ({ DeliveryStatus }) => DeliveryStatus === 'SUCCESS',
  )
  await server.close()
  const [request] = collector.spans.filter(({ attributes }) => attributes['traillake.operation'] === 'StartQuery')
  expect(request).toMatchObject({
    name: 'POST /',
    parentSpanId: undefined,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(
    below(collector.spans, request!)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['deliver-files', 'query', 'queue'])
  const described = collector.spans.find(({ attributes }) => attributes['traillake.operation'] === 'DescribeQuery')
  expect(described!.traceId).not.toBe(request!.traceId)
})

test('an import tells its batches', async () => {
  const bucket = newFolder()
  cpSync(trails, join(bucket, 'AWSLogs'), { recursive: true })
  const { collector, lake, server, url } = await traced({ buckets: { 'trail-bucket': bucket } })
  const { arn } = await lake.createEventDataStore({ name: 'other' })
  const role = { S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: 'arn:aws:iam::111122223333:role/import' }
  const { ImportId } = await ok(url, 'StartImport', {
    Destinations: [arn],
    ImportSource: { S3: { S3LocationUri: 's3://trail-bucket/AWSLogs', ...role } },
  })
  await until(
    () => ok(url, 'GetImport', { ImportId }),
    ({ ImportStatus }) => ImportStatus === 'COMPLETED',
  )
  await server.close()
  const imported = collector.spans.find(({ name }) => name === 'import')!
  expect(imported.attributes).toEqual({ 'traillake.import_id': ImportId })
  const [discovered, ...batches] = below(collector.spans, imported).sort((a, b) => (a.from < b.from ? -1 : 1))
  expect(discovered).toMatchObject({ name: 'discover', attributes: { 'traillake.files': 55 } })
  expect(batches.length).toBeGreaterThan(0)
  const sum = (name: string) => batches.reduce((total, { attributes }) => total + Number(attributes[name]), 0)
  expect([sum('traillake.files'), sum('traillake.events')]).toEqual([55, 2900])
})

test('what failed says so by its code, and neither rows nor texts', async () => {
  const { collector, server, url } = await traced()
  await query(url, { statement: "SELECT CAST('row-cell' AS bigint)" })
  // The rows before it are out when this one fails.
  const statement = 'SELECT 1 / (5000 - n) FROM UNNEST(sequence(1, 10000)) AS t (n)'
  await query(url, { statement, timeoutMs: 60_000 })
  await query(url, { statement: 'SELEC' })
  await call(url, 'GetQueryResults', { QueryId: 'x' })
  await fetch(`${url}/nowhere?name=the-literal`)
  await server.close()
  const failed = collector.spans.filter(({ isError }) => isError)
  expect(failed.map(({ name, attributes }) => `${name}: ${attributes['error.type']}`).sort()).toEqual(
    [
      ...['POST /v1/queries: INVALID_CAST_ARGUMENT', 'query: INVALID_CAST_ARGUMENT'],
      ...['POST /v1/queries: DIVISION_BY_ZERO', 'query: DIVISION_BY_ZERO'],
      ...['POST /v1/queries: SYNTAX_ERROR', 'query: SYNTAX_ERROR'],
      ...['POST /: InvalidParameter', 'GET: error'],
    ].sort(),
  )
  for (const secret of ['row-cell', 'SELEC', 'the-literal']) expect(collector.bodies.join('')).not.toContain(secret)
})

test('statements are told where they are asked for', async () => {
  const { collector, server, url } = await traced({}, true)
  await query(url, { statement: "SELECT 'the-literal' AS t" })
  await server.close()
  const asked = collector.spans.find(({ name }) => name === 'query')
  expect(asked!.attributes['db.query.text']).toBe("SELECT 'the-literal' AS t")
})

test('a caller that does not want a trace gets none', async () => {
  const { collector, server, url } = await traced()
  await query(url, { statement: 'SELECT 1' }, { traceparent: `00-${TRACE}-${PARENT}-00` })
  await server.close()
  expect(collector.spans).toEqual([])
})

test('the line of the log names the trace', async () => {
  const lines: string[] = []
  const log = { level: 'info', stream: { write: (line: string) => void lines.push(line) } } as const
  const { server, url } = await traced({ log })
  await query(url, { statement: 'SELECT 1' }, { traceparent: `00-${TRACE}-${PARENT}-01` })
  await server.close()
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'request', operation: 'Query', trace: TRACE }),
  )
})

test('a collector that fails is told of in the log, and holds up nobody', async () => {
  const collector = await startCollector({ status: 400 })
  const lines: string[] = []
  const log = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } } as const
  const server = await newServer(await newLake(), { tracing: { endpoint: collector.endpoint }, log })
  expect(await query(server.url, { statement: 'SELECT 1 AS n' })).toContain('"rows":[[1]]')
  await server.close()
  expect(collector.requests).toBe(1)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ msg: 'traces could not be sent to their collector', reason: '400' }),
  ])
})

test('an outage of the collector is told of once, with its reason', async () => {
  const nobody = createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const { port } = nobody.address() as AddressInfo
  nobody.close()
  await once(nobody, 'close')
  const lost: string[] = []
  // What is to be sent waits for a full batch, or for the end.
  vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '1')
  // No second attempt fits into it.
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500')
  onTestFinished(() => vi.unstubAllEnvs())
  const tracing = openTracing({ endpoint: `http://127.0.0.1:${port}` }, '0.0.0', (reason) => lost.push(reason))
  for (let i = 0; i < 3; i++) tracing.request({}).end()
  await tracing.close()
  expect(lost).toEqual(['ECONNREFUSED'])
})

test.each(['localhost:4318', 'ftp://collector', ''])('%j is no collector', async (endpoint) => {
  await expect(newServer(await newLake(), { tracing: { endpoint } })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
