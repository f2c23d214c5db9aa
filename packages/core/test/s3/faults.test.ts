import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { DeleteBucketCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../../src/storage/index.ts'
import type { S3Limits } from '../../src/storage/s3/client.ts'
import { openS3Store } from '../../src/storage/s3/store.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket, putObject } from './buckets.ts'
import { KEYS, python, startS3 } from './moto.ts'
import { type S3Fault, type S3Request, startProxy } from './proxy.ts'

describe.skipIf(!python)('S3 that fails', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!
  const LIMITS = { silentMs: 10_000, attempts: 3 }

  async function newStore(limits: S3Limits = LIMITS) {
    const bucket = await newBucket(server)
    return { bucket, store: openS3Store(`s3://${bucket}/x`, proxy.s3, limits) }
  }
  /** The first call of a method goes wrong in this way. */
  const once =
    (method: string, fault: S3Fault, isMeant = true) =>
    (call: S3Request) => {
      if (!isMeant || call.method !== method) return undefined
      isMeant = false
      return fault
    }
  const always = (fault: S3Fault) => () => fault
  const refusal = (status: number, code: string, extra = ''): S3Fault => ({ kind: 'answer', status, code, extra })

  describe('for a moment', () => {
    test.each<S3Fault>([
      { kind: 'reset' },
      { kind: 'lost-answer' },
      { kind: 'truncate' },
      { kind: 'stall' },
      { kind: 'slow' },
      refusal(503, 'SlowDown'),
      refusal(500, 'InternalError'),
    ])('reading after $kind $code gives the whole object', async (fault) => {
      const { bucket, store } = await newStore(fault.kind === 'stall' ? { silentMs: 500 } : LIMITS)
      const body = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i}`).join('\n'))
      await putObject(server, bucket, 'x/a', body)
      proxy.reset(once('GET', fault))
      expect((await store.get('a')).equals(body)).toBe(true)
      proxy.reset(once('GET', fault))
      expect((await store.get('a', { range: { start: 5, length: 900 } })).equals(body.subarray(5, 905))).toBe(true)
      proxy.reset(once('GET', fault))
      const keys: string[] = []
      for await (const { key } of store.list('')) keys.push(key)
      expect(keys).toEqual(['a'])
    })

    test.each<S3Fault>([
      { kind: 'reset' },
      { kind: 'lost-answer' },
      refusal(503, 'SlowDown'),
      refusal(409, 'ConditionalRequestConflict'),
    ])('a write after $kind $code is made once, and is ours', async (fault) => {
      const { store } = await newStore()
      const folder = await temporaryFolder()
      proxy.reset(once('PUT', fault))
      expect(await store.putIfAbsent('commit', Buffer.from('ours'))).toBe(true)
      expect(proxy.counts().PUT).toBe(2)
      expect(await store.putIfAbsent('commit', Buffer.from('ours'))).toBe(false)
      // A large file is sent as a stream, which the client cannot send again by itself.
      for (const size of [5, 17_000_000]) {
        await writeFile(join(folder, 'f'), Buffer.alloc(size, 'x'))
        proxy.reset(once('PUT', fault))
        expect(await store.putFile(`file-${size}`, join(folder, 'f'))).toMatchObject({ size })
      }
    })

    test('an answer is lost to a write that came second: it is not ours', async () => {
      const { bucket, store } = await newStore()
      await putObject(server, bucket, 'x/commit', 'theirs')
      proxy.reset(once('PUT', { kind: 'lost-answer' }))
      expect(await store.putIfAbsent('commit', Buffer.from('ours'))).toBe(false)
      expect((await store.get('commit')).toString()).toBe('theirs')
    })

    test('every conditional write says so', async () => {
      const { store } = await newStore()
      proxy.reset()
      await store.putIfAbsent('a', Buffer.from('1'))
      await store.probe()
      const puts = proxy.requests.filter(({ method }) => method === 'PUT')
      expect(puts.length).toBe(3)
      for (const { headers } of puts) expect(headers['if-none-match']).toBe('*')
    })
  })

  describe('for good', () => {
    const secret = 'FwoGZXIvYXdzEXAMPLETOKEN'
    test.each([
      [refusal(503, 'SlowDown'), 'STORAGE_ERROR', /503 SlowDown.*\(3 attempts\)/],
      [{ kind: 'reset' } as const, 'STORAGE_ERROR', /\(3 attempts\)/],
      [refusal(403, 'AccessDenied'), 'STORAGE_DENIED', /^no right to \w+ s3:\/\//],
      [refusal(400, 'ExpiredToken', `<Token-0>${secret}</Token-0>`), 'STORAGE_CREDENTIALS', /have expired/],
      [refusal(403, 'InvalidAccessKeyId'), 'STORAGE_CREDENTIALS', /are not accepted/],
      [refusal(403, 'SignatureDoesNotMatch'), 'STORAGE_CREDENTIALS', /are not accepted/],
      [refusal(403, 'RequestTimeTooSkewed'), 'STORAGE_ERROR', /clock of this machine/],
      [refusal(404, 'NoSuchBucket'), 'BUCKET_NOT_FOUND', /there is no bucket traillake-test-\d+/],
      [refusal(403, 'InvalidObjectState'), 'STORAGE_ERROR', /archived/],
      [refusal(301, 'PermanentRedirect'), 'STORAGE_ERROR', /another region/],
    ])('%j is %s', async (fault, code, message) => {
      const { store } = await newStore()
      proxy.reset(always(fault))
      const calls = {
        get: () => store.get('a'),
        list: async () => {
          for await (const _ of store.list('')) return
        },
        putIfAbsent: () => store.putIfAbsent('a', Buffer.from('1')),
        delete: () => store.delete('a'),
      }
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        expect(error, name).toMatchObject({ code })
        expect((error as Error).message, name).toMatch(message)
        const shown = inspect(error, { depth: 9, showHidden: true })
        for (const hidden of [secret, KEYS.secretAccessKey]) expect(shown).not.toContain(hidden)
      }
    })

    test('a bucket that is not there, or no more', async () => {
      const { bucket, store } = await newStore()
      await server.client.send(new DeleteBucketCommand({ Bucket: bucket }))
      proxy.reset()
      await expect(store.get('a')).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
      await expect(store.probe()).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
      await expect(store.listFolders('')).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
    })

    test('no region, no credentials', async () => {
      const { AWS_REGION, AWS_DEFAULT_REGION, ...env } = process.env
      const before = process.env
      process.env = { ...env, AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none' }
      process.env.AWS_EC2_METADATA_DISABLED = 'true'
      try {
        await expect(openS3Store('s3://bucket', {}).get('a')).rejects.toMatchObject({
          code: 'INVALID_OPTION',
          hint: expect.stringContaining('AWS_REGION'),
        })
        const { credentials: _, ...others } = proxy.s3
        await expect(openS3Store('s3://bucket', others).get('a')).rejects.toMatchObject({
          code: 'STORAGE_CREDENTIALS',
          message: expect.stringContaining('are not to be had'),
        })
      } finally {
        process.env = before
      }
    })

    test('nothing answers', async () => {
      const store = openS3Store('s3://bucket', { ...proxy.s3, endpoint: 'http://127.0.0.1:1' }, LIMITS)
      await expect(store.get('a')).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
      await expect(store.get('a')).rejects.toThrow(/ECONNREFUSED/)
    })
  })

  test('an object that was replaced is not read', async () => {
    const { bucket, store } = await newStore()
    await putObject(server, bucket, 'x/a', 'one')
    const { etag = '' } = (await store.head('a')) ?? {}
    expect((await store.get('a', { ifMatch: etag })).toString()).toBe('one')
    await putObject(server, bucket, 'x/a', 'two')
    const changed = { code: 'SOURCE_CHANGED', message: `s3://${bucket}/x/a was replaced while it was read` }
    proxy.reset()
    await expect(store.get('a', { ifMatch: etag })).rejects.toMatchObject(changed)
    // Also where the store does not look at If-Match.
    const now = (await store.head('a'))!.etag
    proxy.reset(always({ kind: 'etag' }))
    await expect(store.get('a', { ifMatch: now })).rejects.toMatchObject(changed)
  })

  test('a store that ignores conditions is refused, and nothing is left in it', async () => {
    const { store } = await newStore()
    proxy.reset(always({ kind: 'unconditional' }))
    await expect(store.probe()).rejects.toMatchObject({
      code: 'UNSUPPORTED_STORAGE',
      message: expect.stringContaining('ignores conditional writes'),
    })
    proxy.reset(once('PUT', refusal(501, 'NotImplemented')))
    await expect(store.probe()).rejects.toMatchObject({ code: 'UNSUPPORTED_STORAGE' })
    proxy.reset()
    for await (const { key } of store.list('')) expect.fail(key)
  })

  test('a call in progress can be stopped', async () => {
    const { bucket, store } = await newStore()
    await putObject(server, bucket, 'x/a', 'one')
    for (const reason of [undefined, new Error('of my own')]) {
      const controller = new AbortController()
      proxy.reset(() => {
        setTimeout(() => controller.abort(reason), 50)
        return { kind: 'stall' }
      })
      await expect(store.get('a', { signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    }
  })
})

test.each([
  ['s3://', {}, 'UNSUPPORTED_STORAGE'],
  ['s3:///key', {}, 'UNSUPPORTED_STORAGE'],
  ['s3://a bucket/x', {}, 'UNSUPPORTED_STORAGE'],
  ['s3://bucket', { region: 1 }, 'INVALID_OPTION'],
  ['s3://bucket', { endpoint: 'localhost:9000' }, 'INVALID_OPTION'],
  ['s3://bucket', { endpoint: 'http://user:pass@localhost' }, 'INVALID_OPTION'],
  ['s3://bucket', { forcePathStyle: 'yes' }, 'INVALID_OPTION'],
  ['s3://bucket', { credentials: {} }, 'INVALID_OPTION'],
  ['s3://bucket', { regoin: 'x' }, 'INVALID_OPTION'],
])('%s with %j is %s', async (location, s3, code) => {
  await expect(openObjectStore(location, { s3: s3 as object })).rejects.toMatchObject({ code })
})
