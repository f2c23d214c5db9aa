import { createHash, createHmac } from 'node:crypto'
import { CloudTrailClient, ListEventDataStoresCommand } from '@aws-sdk/client-cloudtrail'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { verifySignature } from '../../src/auth/sigv4.ts'
import type { RunningServer } from '../../src/index.ts'
import { call, newLake, newServer } from '../support.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const accessKeys = [
  { accessKeyId: 'AKIAPERMANENT', secretAccessKey: SECRET },
  { accessKeyId: 'ASIATEMPORARY', secretAccessKey: SECRET, sessionToken: 'the-token' },
  { accessKeyId: 'ASIAOVER', secretAccessKey: SECRET, sessionToken: 'the-token', expiresAt: '2024-01-01T00:00:00Z' },
]
let server: RunningServer
beforeAll(async () => {
  server = await newServer(await newLake(), { credentials: { accessKeys } })
})

interface Given {
  readonly accessKeyId: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly clockMs?: number
}

/** Asks with the SDK, which signs by itself; `ok`, or the name of the error. */
async function ask({ accessKeyId, secretAccessKey = SECRET, sessionToken, clockMs = 0 }: Given): Promise<string> {
  const client = new CloudTrailClient({
    endpoint: server.url,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    systemClockOffset: clockMs,
    maxAttempts: 1,
  })
  try {
    await client.send(new ListEventDataStoresCommand({}))
    return 'ok'
  } catch (error) {
    return (error as Error).name
  } finally {
    client.destroy()
  }
}

describe('a request that the SDK signs', () => {
  test.each<[Given, string]>([
    [{ accessKeyId: 'AKIAPERMANENT' }, 'ok'],
    [{ accessKeyId: 'AKIAPERMANENT', clockMs: 240_000 }, 'ok'],
    [{ accessKeyId: 'AKIAPERMANENT', clockMs: 360_000 }, 'InvalidSignatureException'],
    [{ accessKeyId: 'AKIAPERMANENT', clockMs: -360_000 }, 'InvalidSignatureException'],
    [{ accessKeyId: 'AKIAPERMANENT', clockMs: -86_400_000 }, 'InvalidSignatureException'],
    [{ accessKeyId: 'AKIAPERMANENT', secretAccessKey: 'another-secret' }, 'InvalidSignatureException'],
    [{ accessKeyId: 'AKIAPERMANENT', sessionToken: 'the-token' }, 'UnrecognizedClientException'],
    [{ accessKeyId: 'AKIAUNKNOWN' }, 'UnrecognizedClientException'],
    [{ accessKeyId: 'ASIATEMPORARY', sessionToken: 'the-token' }, 'ok'],
    [{ accessKeyId: 'ASIATEMPORARY', sessionToken: 'another' }, 'UnrecognizedClientException'],
    [{ accessKeyId: 'ASIATEMPORARY' }, 'UnrecognizedClientException'],
    [{ accessKeyId: 'ASIAOVER', sessionToken: 'the-token' }, 'ExpiredTokenException'],
  ])('with %j is %s', async (given, outcome) => {
    expect(await ask(given)).toBe(outcome)
  })
})

it('a request without a signature is refused', async () => {
  expect((await call(server.url, 'ListEventDataStores')).body.__type).toBe('MissingAuthenticationTokenException')
  expect((await fetch(`${server.url}/v1/queries`, { method: 'POST' })).status).toBe(401)
})

/** Signs step by step as the documentation of Signature Version 4 tells it. */
function sign(
  url: string,
  headers: Record<string, string>,
  body: string,
  changes: Partial<Record<'service' | 'date' | 'signed', string>> = {},
) {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()
  const { service = 'cloudtrail', date = headers['x-amz-date']!.slice(0, 8) } = changes
  const signed = changes.signed ?? Object.keys(headers).sort().join(';')
  const [path, query = ''] = url.split('?')
  const lines = signed.split(';').map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`)
  const canonical = ['POST', path, query, lines.join(''), signed, hash(body)].join('\n')
  const scope = `${date}/us-east-1/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n')
  const key = ['us-east-1', service, 'aws4_request'].reduce(hmac, hmac(`AWS4${SECRET}`, date))
  const credential = `Credential=AKIAPERMANENT/${scope}`
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${hmac(key, text).toString('hex')}`
}

describe('a signature', () => {
  const now = new Date('2024-05-01T12:00:00Z')
  const keys = new Map(accessKeys.map((key) => [key.accessKeyId, key]))
  const plain = {
    host: 'localhost:4580',
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-date': '20240501T120000Z',
    'x-amz-target': 'CloudTrail_20131101.ListTrails',
  }
  const outcome = (headers: Record<string, string>, body = '{}', url = '/') => {
    try {
      return verifySignature({ method: 'POST', url, headers, body: Buffer.from(body) }, 'cloudtrail', keys, now)
        .accessKeyId
    } catch (error) {
      return (error as { fault: string }).fault
    }
  }
  const authorization = sign('/', plain, '{}')

  test.each<[string, Record<string, string>, string?, string?]>([
    ['as it should be', { ...plain, authorization }],
    [
      'over spaces',
      { ...plain, 'x-amz-meta': ' a   b ', authorization: sign('/', { ...plain, 'x-amz-meta': ' a   b ' }, '{}') },
    ],
    ['over a query', { ...plain, authorization: sign('/?a=%20b&c=', plain, '{}') }, '{}', '/?c=&a=%20b'],
    ['beside headers that are not of AWS', { ...plain, 'amz-sdk-request': 'attempt=1', authorization }],
  ])('%s holds', (_, headers, body, url) => {
    expect(outcome(headers, body, url)).toBe('AKIAPERMANENT')
  })

  const INVALID = 'InvalidSignatureException'
  const INCOMPLETE = 'IncompleteSignatureException'
  test.each<[string, string, Record<string, string>, string?, string?]>([
    ['over another body', INVALID, { ...plain, authorization }, '{ }'],
    ['over another path', INVALID, { ...plain, authorization }, '{}', '/x'],
    ['over another query', INVALID, { ...plain, authorization }, '{}', '/?x=1'],
    ['over another target', INVALID, { ...plain, 'x-amz-target': 'CloudTrail_20131101.DeleteTrail', authorization }],
    ['over another host', INVALID, { ...plain, host: 'elsewhere', authorization }],
    ['of another service', INVALID, { ...plain, authorization: sign('/', plain, '{}', { service: 's3' }) }],
    ['scoped to another day', INVALID, { ...plain, authorization: sign('/', plain, '{}', { date: '20240430' }) }],
    [
      'that leaves the target out',
      INVALID,
      { ...plain, authorization: sign('/', plain, '{}', { signed: 'host;x-amz-date' }) },
    ],
    [
      'that leaves the host out',
      INVALID,
      { ...plain, authorization: sign('/', plain, '{}', { signed: 'x-amz-date;x-amz-target' }) },
    ],
    [
      'over a header that is not there',
      INVALID,
      { ...plain, authorization: sign('/', plain, '{}', { signed: 'host;x-amz-date;x-amz-target;x-gone' }) },
    ],
    ['cut short', INVALID, { ...plain, authorization: authorization.slice(0, -2) }],
    ['that is no hex', INVALID, { ...plain, authorization: authorization.replace(/Signature=.*/, 'Signature=zz') }],
    [
      'beside a hash of another body',
      INVALID,
      {
        ...plain,
        'x-amz-content-sha256': 'a'.repeat(64),
        authorization: sign('/', { ...plain, 'x-amz-content-sha256': 'a'.repeat(64) }, '{}'),
      },
    ],
    ['without a date', INCOMPLETE, { ...plain, 'x-amz-date': '', authorization }],
    ['of another algorithm', INCOMPLETE, { ...plain, authorization: authorization.replace('AWS4', 'AWS3') }],
    ['without a credential', INCOMPLETE, { ...plain, authorization: authorization.replace('Credential=', 'C=') }],
    ['with half a scope', INCOMPLETE, { ...plain, authorization: authorization.replace('/aws4_request', '') }],
    [
      'in disorder',
      INCOMPLETE,
      { ...plain, authorization: sign('/', plain, '{}', { signed: 'x-amz-target;x-amz-date;host' }) },
    ],
  ])('%s is %s', (_, fault, headers, body, url) => {
    expect(outcome(headers, body, url)).toBe(fault)
  })
})
