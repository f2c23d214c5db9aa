import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { EventDataStore, Lake } from '@traillake/core'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { python } from '../clients/clients.ts'
import { NOBODY, newLake, newServer } from '../support.ts'

let lake: Lake
let store: EventDataStore
let url: string
beforeAll(async () => {
  lake = await newLake()
  const of = (category: string) => [{ FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }] }]
  store = await lake.createEventDataStore({ name: 'activity', advancedEventSelectors: of('ActivityAuditLog') })
  url = (await newServer(lake)).url
})

const data = {
  version: '1.0',
  userIdentity: { type: 'CustomUserIdentity', principalId: 'bob', details: { team: 'payroll' } },
  eventSource: 'payroll.example.com',
  eventName: 'ApprovePayment',
  eventTime: '2024-06-10T06:51:54Z',
  UID: 'uid-1',
  recipientAccountId: '000000000000',
  requestParameters: { amount: 12 },
}
const event = (id: string, changes: object = {}) => ({ id, eventData: JSON.stringify({ ...data, ...changes }) })
const channel = (id = store.id, account = '000000000000') => `arn:aws:cloudtrail:us-east-1:${account}:channel/${id}`

async function put(auditEvents: unknown, channelArn = channel()) {
  const response = await fetch(`${url}/PutAuditEvents?channelArn=${encodeURIComponent(channelArn)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auditEvents }),
  })
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: await response.json() }
}

it('good events are taken and bad ones told, each by its id', async () => {
  const sum = createHash('sha256').update(event('a').eventData).digest('base64')
  const { status, body } = await put([
    { ...event('a'), eventDataChecksum: sum },
    { ...event('b'), eventDataChecksum: `x${sum}` },
    { id: 'c', eventData: '{' },
    { id: 'd', eventData: '[]' },
    event('e', { UID: undefined }),
    event('f', { userIdentity: { type: 'x' } }),
    event('g', { eventName: 'x'.repeat(1025) }),
    event('h', { recipientAccountId: '111122223333' }),
    event('i', { eventTime: 'yesterday' }),
    event('j', { requestParameters: { x: 'x'.repeat(102_400) } }),
    event('k', { eventTime: '2024-06-10T06:51:55', UID: 'uid-2' }),
  ])
  expect(status).toBe(200)
  expect(body.successful.map(({ id }: { id: string }) => id)).toEqual(['a', 'k'])
  expect(body.failed.map(({ id, errorCode }: { id: string; errorCode: string }) => `${id} ${errorCode}`)).toEqual([
    'b InvalidChecksum',
    'c InvalidData',
    'd InvalidData',
    'e FieldNotFound',
    'f FieldNotFound',
    'g FieldTooLong',
    'h InvalidRecipient',
    'i InvalidData',
    'j FieldTooLong',
  ])
  const rows = await lake.query(
    `SELECT eventID, eventTime, eventData.uid, metadata.channelarn, element_at(eventData.requestParameters, 'amount') AS amount
     FROM activity ORDER BY eventTime`,
    { rowMode: 'array' },
  )
  expect(await rows.toArray()).toEqual([
    [body.successful[0].eventID, '2024-06-10 06:51:54.000', 'uid-1', channel(), '12'],
    [body.successful[1].eventID, '2024-06-10 06:51:55.000', 'uid-2', channel(), '12'],
  ])
})

it('requests at the same time are all kept', async () => {
  const before = (await lake.describe('activity')).events
  const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => put([event('x', { UID: `same-${i}` })])))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect((await lake.describe('activity')).events).toBe(before + 5)
})

describe('a request is refused', () => {
  test.each<[string, () => ReturnType<typeof put>, string]>([
    ['no channel', () => put([event('a')], ''), 'InvalidChannelARN'],
    ['the ARN of a store', () => put([event('a')], store.arn), 'InvalidChannelARN'],
    ['an unknown channel', () => put([event('a')], channel(NOBODY)), 'ChannelNotFound'],
    ['another account', () => put([event('a')], channel(store.id, '111122223333')), 'ChannelNotFound'],
    ['ids that come twice', () => put([event('a'), event('a')]), 'DuplicatedAuditEventId'],
    ['no events', () => put([]), 'ValidationException'],
    ['101 events', () => put(Array.from({ length: 101 }, (_, i) => event(`e${i}`))), 'ValidationException'],
    ['a bad id', () => put([event('a b')]), 'ValidationException'],
    ['no list', () => put('x'), 'SerializationException'],
  ])('for %s', async (_, ask, name) => {
    const { status, type, body } = await ask()
    expect([status, type, body.__type]).toEqual([400, name, name])
  })

  it('for a store of another kind', async () => {
    const { id } = await lake.createEventDataStore({ name: 'trail' })
    expect((await put([event('a')], channel(id))).type).toBe('ChannelUnsupportedSchema')
  })
})

test.skipIf(!python)('boto3 understands the answers', () => {
  const run = (channelArn: string) => {
    const script = fileURLToPath(new URL('../clients/put_events.py', import.meta.url))
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'thing' }
    return new Promise((resolve, reject) => {
      const child = execFile(python!, [script], { env }, (error, out) =>
        error ? reject(error) : resolve(JSON.parse(out)),
      )
      child.stdin!.end(JSON.stringify([url, channelArn, [event('a'), { id: 'b', eventData: '{' }]]))
    })
  }
  return Promise.all([
    expect(run(channel())).resolves.toMatchObject({
      successful: [{ id: 'a' }],
      failed: [{ id: 'b', errorCode: 'InvalidData' }],
    }),
    expect(run(channel(NOBODY))).resolves.toEqual({ error: 'ChannelNotFound' }),
  ])
})

test.skipIf(!python)('the AWS CLI understands the answers', { timeout: 120_000 }, async () => {
  const run = (channelArn: string) => {
    const events = JSON.stringify([event('a'), { id: 'b', eventData: '{' }])
    const args = ['cloudtrail-data', 'put-audit-events', '--channel-arn', channelArn, '--audit-events', events]
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL_CLOUDTRAIL_DATA: url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'thing',
    }
    return promisify(execFile)(python!, ['-m', 'awscli', ...args, '--output', 'json'], { env })
  }
  expect(JSON.parse((await run(channel())).stdout)).toMatchObject({
    successful: [{ id: 'a' }],
    failed: [{ id: 'b', errorCode: 'InvalidData' }],
  })
  await expect(run(channel(NOBODY))).rejects.toThrow('(ChannelNotFound)')
})
