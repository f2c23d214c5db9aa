import { DeleteBucketCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { openS3Store } from '../../src/storage/s3/store.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { type S3Fault, type S3Request, startProxy } from './proxy.ts'

/** Asked by an address that is signed once, not by the client. */
const isQuick = ({ query }: S3Request) => query.has('X-Amz-Signature')

describe.skipIf(!python)('an object that is absent, asked for again and again', { timeout: 60_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!

  async function newStore(options = {}) {
    const bucket = await newBucket(server)
    const store = openS3Store(`s3://${bucket}/x`, { ...proxy.s3, ...options }, { silentMs: 500, attempts: 2 })
    proxy.reset()
    return { bucket, store }
  }
  const ways = [
    ['head', (store: ReturnType<typeof openS3Store>, key: string) => store.head(key)],
    [
      'get',
      (store: ReturnType<typeof openS3Store>, key: string) =>
        store.get(key).then(
          (bytes) => bytes.toString(),
          ({ code }: { code: string }) => {
            expect(code).toBe('SOURCE_NOT_FOUND')
          },
        ),
    ],
  ] as const

  test.each(ways)('%s costs a request each time, by the same address', async (_, ask) => {
    const { store } = await newStore()
    for (let i = 0; i < 5; i++) expect(await ask(store, 'a key, with +%/é')).toBeUndefined()
    expect(proxy.requests.map(isQuick)).toEqual([false, true, true, true, true])
    expect(new Set(proxy.requests.slice(1).map(({ query }) => String(query))).size).toBe(1)
    expect(new Set(proxy.requests.map(({ key }) => key))).toEqual(new Set(['x/a key, with +%/é']))
  })

  test.each(ways)('%s finds it as soon as it is there, and misses it when it is gone', async (_, ask) => {
    const { bucket, store } = await newStore()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3; i++) expect(await ask(store, 'a')).toBeUndefined()
      await putObject(server, bucket, 'x/a', 'one')
      for (let i = 0; i < 2; i++) expect(await ask(store, 'a')).toBeDefined()
      await store.delete('a')
    }
  })

  test('whoever pays for requests pays for these', async () => {
    const { store } = await newStore({ requesterPays: true })
    for (let i = 0; i < 2; i++) await store.head('a')
    const [first, second] = proxy.requests
    expect(first!.headers['x-amz-request-payer']).toBe('requester')
    expect(second!.query.get('x-amz-request-payer')).toBe('requester')
  })

  test.each<readonly [S3Fault, again: boolean]>([
    [{ kind: 'reset' }, true],
    [{ kind: 'lost-answer' }, true],
    [{ kind: 'truncate' }, true],
    [{ kind: 'stall' }, true],
    [{ kind: 'answer', status: 404, code: 'NoSuchWebsite' }, false],
    [{ kind: 'answer', status: 403, code: 'AccessDenied' }, false],
    [{ kind: 'answer', status: 503, code: 'SlowDown' }, false],
  ])('where that answers with %j the client is asked; the quick way is tried again soon: %s', async (fault, again) => {
    const { bucket, store } = await newStore()
    await store.head('a')
    await store.head('a')
    await putObject(server, bucket, 'x/a', 'one')
    proxy.reset((request) => (isQuick(request) ? fault : undefined))
    expect(await store.head('a')).toMatchObject({ size: 3 })
    expect(proxy.requests.map(isQuick)).toEqual([true, false])
    await store.delete('a')
    proxy.reset()
    for (let i = 0; i < 2; i++) expect(await store.head('a')).toBeUndefined()
    expect(proxy.requests.map(isQuick)).toEqual([false, again])
  })

  test('of a bucket that is gone nothing is merely absent', async () => {
    const { bucket, store } = await newStore()
    for (let i = 0; i < 2; i++) await expect(store.get('a')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    await server.client.send(new DeleteBucketCommand({ Bucket: bucket }))
    await expect(store.get('a')).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
  })
})
