import { describe, expect, test } from 'vitest'
import { type Lake, openLake, type WatchOptions, type WatchRound } from '../../src/index.ts'
import { readNotification } from '../../src/lake/queue/notifications.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { startProxy } from './proxy.ts'
import { newQueue } from './queues.ts'
import { deliver } from './trails.ts'

const into = 'org'
const encoded = (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')

/** A notification in each form that a queue can get it. */
const forms = {
  S3: (bucket: string, key: string) =>
    JSON.stringify({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2024-05-01T10:05:00.000Z',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: bucket }, object: { key: encoded(key), sequencer: '00' } },
        },
      ],
    }),
  SNS: (bucket: string, key: string) =>
    JSON.stringify({ Type: 'Notification', MessageId: 'm', TopicArn: 't', Message: forms.S3(bucket, key) }),
  EventBridge: (bucket: string, key: string) =>
    JSON.stringify({
      version: '0',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      time: '2024-05-01T10:05:00Z',
      detail: { bucket: { name: bucket }, object: { key, 'version-id': 'v' } },
    }),
  'CloudTrail by SNS': (bucket: string, key: string) =>
    JSON.stringify({ Type: 'Notification', Message: JSON.stringify({ s3Bucket: bucket, s3ObjectKey: [key] }) }),
} as const

describe('a message', () => {
  test.each(Object.entries(forms))('of %s names its object', (_, form) => {
    const key = 'AWSLogs/1/a b+ü%41.json.gz'
    expect(readNotification(form('trail', key))?.map(({ uri }) => uri)).toEqual([`s3://trail/${key}`])
  })

  test('with size, etag and time spares asking for the object', () => {
    const record = (object: object, eventTime: unknown) =>
      readNotification(
        JSON.stringify({
          Records: [
            { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', eventTime, s3: { bucket: { name: 'b' }, object } },
          ],
        }),
      )
    const info = { size: 5, etag: 'e', modifiedMs: Date.UTC(2024, 4, 1) }
    expect(record({ key: 'k', size: 5, eTag: 'e' }, '2024-05-01T00:00:00Z')).toEqual([{ uri: 's3://b/k', info }])
    expect(record({ key: 'k', size: 5 }, '2024-05-01T00:00:00Z')).toEqual([{ uri: 's3://b/k' }])
    expect(record({ key: 'k', size: 5, eTag: 'e' }, 'yesterday')).toEqual([{ uri: 's3://b/k' }])
    expect(record({ key: '%E0%A4%A' }, '')).toBeUndefined()
  })

  test.each([
    ['{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}', []],
    ['{"Records":[{"eventSource":"aws:s3","eventName":"ObjectRemoved:Delete","s3":{}}]}', []],
    ['{"source":"aws.s3","detail-type":"Object Deleted","detail":{}}', []],
    ['{"Records":[]}', []],
    ['hello', undefined],
    ['null', undefined],
    ['[]', undefined],
    ['{}', undefined],
    ['{"Records":[{"eventSource":"aws:sns"}]}', undefined],
    ['{"Records":[null]}', undefined],
    ['{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}', undefined],
    ['{"s3Bucket":"b","s3ObjectKey":[1]}', undefined],
    ['{"Type":"Notification","Message":"hello"}', undefined],
  ])('%s', (body, expected) => {
    expect(readNotification(body)).toEqual(expected)
  })
})

describe.skipIf(!python)('a queue', { timeout: 120_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!

  /** Watches until a round satisfies; all rounds that told something. */
  async function watchUntil(
    lake: Lake,
    bucket: string,
    queue: string,
    isDone: (rounds: readonly WatchRound[]) => boolean,
  ) {
    const end = new AbortController()
    const rounds: WatchRound[] = []
    const options: WatchOptions = { into, queue, compact: false, intervalMs: 10, signal: end.signal }
    await lake.watch(`s3://${bucket}`, {
      ...options,
      onRound(round) {
        rounds.push(round)
        if (isDone(rounds)) end.abort()
      },
    })
    return rounds
  }
  const newLake = async () => openLake(await temporaryFolder(), { create: true, s3: proxy.s3 })
  const keptOf = (rounds: readonly WatchRound[]) => rounds.reduce((sum, { report }) => sum + (report?.kept ?? 0), 0)
  const deletedOf = (rounds: readonly WatchRound[]) =>
    rounds.reduce((sum, { messages }) => sum + (messages?.deleted ?? 0), 0)

  test('what its messages name is imported, and they are deleted; nothing is listed', async () => {
    const [bucket, queue] = [await newBucket(server), await newQueue(server)]
    await using lake = await newLake()
    await queue.send('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}')
    for (const [i, form] of Object.values(forms).entries())
      await queue.send(form(bucket, await deliver(server, bucket, `2024-05-0${i + 1}T10:00:00Z`)))
    const digest =
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/05/01/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20240501T100000Z.json.gz'
    await putObject(server, bucket, digest, 'a digest')
    await queue.send(forms.S3(bucket, digest))
    // It comes at least once: twice, say.
    const twice = forms.SNS(bucket, await deliver(server, bucket, '2024-05-09T10:00:00Z'))
    for (let i = 0; i < 2; i++) await queue.send(twice)
    proxy.reset()
    const rounds = await watchUntil(lake, bucket, queue.url, (all) => deletedOf(all) === 8)
    expect(keptOf(rounds)).toBe(5)
    expect(proxy.counts()).not.toHaveProperty('LIST')
    expect(await queue.length()).toBe(0)
  })

  test('messages that cannot be used are told, and stay; the others are not held up', async () => {
    const [bucket, queue] = [await newBucket(server), await newQueue(server)]
    await using lake = await newLake()
    await queue.send('hello')
    await queue.send(forms.S3('another-bucket', 'AWSLogs/x.json.gz'))
    await queue.send(forms.S3(bucket, 'AWSLogs/gone.json.gz'))
    await queue.send(forms.S3(bucket, await deliver(server, bucket, '2024-05-01T10:00:00Z')))
    const rounds = await watchUntil(lake, bucket, queue.url, (all) => deletedOf(all) === 1)
    const reasons = rounds.flatMap(({ messages }) => messages?.left ?? []).map(({ reason }) => reason)
    expect(reasons.join('\n')).toMatch(/it is no notification/)
    expect(reasons.join('\n')).toMatch(/s3:\/\/another-bucket\/AWSLogs\/x.json.gz lies in none of the sources/)
    expect(reasons.join('\n')).toMatch(/gone.json.gz could not be read: it is not there/)
    expect(keptOf(rounds)).toBe(1)
    expect(await queue.length()).toBe(3)
  })

  test('a message is deleted only once its events are committed', async () => {
    const [bucket, queue] = [await newBucket(server), await newQueue(server)]
    await using lake = await newLake()
    const key = await deliver(server, bucket, '2024-05-01T10:00:00Z')
    await queue.send(forms.EventBridge(bucket, key))
    // No right to read it at first; then the watcher is stopped in the middle.
    proxy.reset(({ method, key: asked }) =>
      method === 'GET' && asked === key ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
    )
    const [round] = await watchUntil(lake, bucket, queue.url, () => true)
    expect(round!.messages).toMatchObject({ received: 1, deleted: 0, left: [{ reason: expect.stringContaining(key) }] })
    expect(await queue.length()).toBe(1)
    const stop = new AbortController()
    proxy.reset(({ method }) => {
      if (method === 'GET') stop.abort()
      return undefined
    })
    await lake.watch(`s3://${bucket}`, { into, queue: queue.url, signal: stop.signal })
    expect(await queue.length()).toBe(1)
    proxy.reset()
    expect(keptOf(await watchUntil(lake, bucket, queue.url, (all) => deletedOf(all) === 1))).toBe(1)
    expect(await queue.length()).toBe(0)
    // Another that is told of it again adds nothing.
    await queue.send(forms.S3(bucket, key))
    expect(keptOf(await watchUntil(lake, bucket, queue.url, (all) => deletedOf(all) === 1))).toBe(0)
  })

  test('a damaged file is accounted for, and its message deleted', async () => {
    const [bucket, queue] = [await newBucket(server), await newQueue(server)]
    await using lake = await newLake()
    await putObject(server, bucket, 'x.json.gz', Buffer.from('1f8b0800000000000003', 'hex'))
    await queue.send(forms.S3(bucket, 'x.json.gz'))
    const rounds = await watchUntil(lake, bucket, queue.url, (all) => deletedOf(all) === 1)
    expect(rounds.at(-1)!.report).toMatchObject({ filesFailed: 1, failures: [{ source: `s3://${bucket}/x.json.gz` }] })
  })

  test('a queue that is not there, or is none, ends it', async () => {
    await using lake = await newLake()
    const watch = (queue: string) => lake.watch('s3://bucket', { into, queue })
    await expect(watch(`${server.endpoint}/123456789012/none`)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    for (const url of ['trail', 'arn:aws:sqs:us-east-1:1:trail', 's3://bucket/key', 'https://key:secret@host/1/q'])
      await expect(watch(url)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
