import { request } from 'node:http'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { operations, unsupportedOperations } from '../../src/aws/operations/index.ts'
import { call, fault, newLake, newServer } from '../support.ts'

let url: string
beforeAll(async () => {
  url = (await newServer(await newLake())).url
})

function post(headers: Record<string, string>, body: string | Uint8Array): Promise<Response> {
  return fetch(`${url}/`, { method: 'POST', headers, body: body as string })
}

const LIST = 'CloudTrail_20131101.ListEventDataStores'

describe('a request', () => {
  test.each([LIST, `com.amazonaws.cloudtrail.v20131101.${LIST}`])('of the target %s is understood', async (target) => {
    const response = await post({ 'content-type': 'application/x-amz-json-1.1', 'X-Amz-Target': target }, '{}')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1')
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    expect(response.headers.get('content-length')).toBe('22')
    expect(await response.text()).toBe('{"EventDataStores":[]}')
  })

  test.each(['text/plain', 'application/json', 'application/x-www-form-urlencoded'])(
    'of the type %s is judged by its bytes',
    async (type) => {
      expect((await post({ 'content-type': type, 'x-amz-target': LIST }, '{}')).status).toBe(200)
    },
  )

  it('may have no body, and members that are null or unknown', async () => {
    expect((await post({ 'x-amz-target': LIST }, '')).status).toBe(200)
    expect((await call(url, 'ListEventDataStores', { MaxResults: null, Other: 1 })).status).toBe(200)
  })

  test.each([
    ['no target', {}, '{}', 'UnknownOperationException'],
    ['another service', { 'x-amz-target': 'Kinesis_20131202.ListStreams' }, '{}', 'UnknownOperationException'],
    ['an unknown operation', { 'x-amz-target': 'CloudTrail_20131101.Fly' }, '{}', 'UnknownOperationException'],
    ['a name of objects', { 'x-amz-target': 'CloudTrail_20131101.constructor' }, '{}', 'UnknownOperationException'],
    ['broken JSON', { 'x-amz-target': LIST }, '{', 'SerializationException'],
    ['bytes that are no UTF-8', { 'x-amz-target': LIST }, new Uint8Array([0x22, 0xff, 0x22]), 'SerializationException'],
    ['a list', { 'x-amz-target': LIST }, '[]', 'SerializationException'],
    ['null', { 'x-amz-target': LIST }, 'null', 'SerializationException'],
    ['two megabytes', { 'x-amz-target': LIST }, `"${'x'.repeat(2_000_000)}"`, 'RequestEntityTooLargeException'],
  ] as const)('with %s is refused as AWS does', async (_, headers, body, name) => {
    const response = await post(headers, body)
    expect(response.status).toBe(400)
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    const { __type, message } = await response.json()
    expect(__type).toBe(name)
    expect(message).toBeTruthy()
  })

  it('with headers without end is cut off', async () => {
    const status = await new Promise((resolve) => {
      const headers = { 'x-amz-target': LIST, 'x-filler': 'x'.repeat(100_000) }
      request(`${url}/`, { method: 'POST', headers }, (response) => resolve(response.statusCode))
        .once('error', () => resolve('closed'))
        .end('{}')
    })
    expect([431, 'closed']).toContain(status)
    expect((await call(url, 'ListEventDataStores')).status).toBe(200)
  })
})

test('all 60 operations of the API are known, each once', () => {
  const names = [...operations.keys(), ...unsupportedOperations.keys()]
  expect(new Set(names).size).toBe(60)
  expect(names).toHaveLength(60)
})

test.each([...unsupportedOperations.keys()])('%s says that it is not supported', async (name) => {
  expect(await fault(url, name)).toMatchObject({
    name: 'UnsupportedOperationException',
    message: expect.stringContaining(name),
  })
})

/** Bodies of all shapes, from a seed: whatever comes, the answer is a proper error or a success, never an internal failure. */
test('no body makes any operation fail inside', async () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const scalar = () =>
    [null, true, -1, 0, 1e300, 1.5, '', 'x', 'é\u0000', 'x'.repeat(300), '2024-05-01T00:00:00Z', 'arn:aws:cloudtrail'][
      random(12)
    ]
  const value = (depth: number): unknown => {
    if (depth === 0 || random(3) > 0) return scalar()
    if (random(2) === 0) return Array.from({ length: random(4) }, () => value(depth - 1))
    return { Key: value(depth - 1), S3: value(depth - 1), Field: value(depth - 1), AttributeKey: 'EventName' }
  }
  for (const { name, input } of operations.values()) {
    for (let i = 0; i < 25; i++) {
      const body = Object.fromEntries(Object.keys(input).flatMap((member) => (random(3) ? [[member, value(3)]] : [])))
      const answer = await call(url, name, body)
      expect(answer.body.__type, `${name} ${JSON.stringify(body)}`).not.toBe('InternalFailure')
      expect([200, 400]).toContain(answer.status)
    }
  }
})
