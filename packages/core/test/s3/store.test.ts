import { describe, expect, test } from 'vitest'
import { openS3Store } from '../../src/storage/s3/store.ts'
import { describeObjectStore } from '../storage/contract.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'

describe.skipIf(!python)('S3', async () => {
  const server = python ? await startS3() : undefined!

  describeObjectStore('S3Store', async () => openS3Store(`s3://${await newBucket(server)}`, server.s3))
  describeObjectStore('S3Store under a prefix', async () =>
    openS3Store(`s3://${await newBucket(server)}/a b/ü/`, server.s3),
  )

  test('a store under a prefix sees its own keys alone, by their full names', async () => {
    const bucket = await newBucket(server)
    for (const key of ['logs/a', 'logs/', 'logs', 'logs2/b', 'z']) await putObject(server, bucket, key, key && 'x')
    await putObject(server, bucket, 'logs/empty/', '')
    const store = openS3Store(`s3://${bucket}/logs/`, server.s3)
    const keys: string[] = []
    for await (const { key } of store.list('')) keys.push(key)
    expect(keys).toEqual(['a'])
    expect(store.location).toBe(`s3://${bucket}/logs`)
    expect(store.uri('a')).toBe(`s3://${bucket}/logs/a`)
    expect(await store.listFolders('')).toEqual(['empty'])
  })
})
