import { randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { storageError } from '../errors.ts'
import { checkFolder, checkKey, checkPrefix, TEMPORARY_PREFIX } from '../keys.ts'
import type { ObjectInfo, ObjectStore } from '../object-store.ts'
import { createAbsentObjects } from './absent.ts'
import { createS3Client, DEFAULT_ATTEMPTS, DEFAULT_SILENT_MS, type S3Limits } from './client.ts'
import { type S3Call, s3Error, statusOf } from './errors.ts'
import { decodeListed, inCodeUnitOrder, startAfter } from './list.ts'
import { parseS3Location, type S3Options } from './options.ts'
import { readObject, unquote } from './read.ts'
import { fileBody, probeConditionalWrites, putOnce, putOver } from './write.ts'

/**
 * A bucket, or the keys under a prefix of it, as an ObjectStore.
 *
 * Nothing is asked of S3 yet. Errors of later calls besides those of every store: BUCKET_NOT_FOUND, STORAGE_CREDENTIALS,
 * SOURCE_CHANGED, INVALID_OPTION without a region. No message holds a key or token.
 */
export function openS3Store(location: string, options: S3Options = {}, limits: S3Limits = {}): ObjectStore {
  const { bucket, prefix } = parseS3Location(location)
  const client = createS3Client(options, limits)
  const attempts = limits.attempts ?? DEFAULT_ATTEMPTS
  const requestPayer = options.requesterPays ? ({ RequestPayer: 'requester' } as const) : {}
  const absent = createAbsentObjects({ client, bucket, requestPayer, silentMs: limits.silentMs ?? DEFAULT_SILENT_MS })
  const uriOf = (key: string) => `s3://${bucket}/${prefix}${key}`
  const place = (key: string) => ({ bucket, key: `${prefix}${key}`, requestPayer, attempts })

  async function attempt<T>(
    operation: S3Call['operation'],
    key: string,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    checkKey(key, operation)
    try {
      return await work()
    } catch (error) {
      throw s3Error(error, { operation, bucket, uri: uriOf(key), signal })
    }
  }

  const head = (key: string) =>
    attempt('look at', key, async (): Promise<ObjectInfo | undefined> => {
      if (await absent.isStill(`${prefix}${key}`)) return undefined
      try {
        const found = await client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}${key}`, ...requestPayer }),
        )
        return infoOf(key, found.ContentLength, found.LastModified, found.ETag)
      } catch (error) {
        if (statusOf(error) !== 404) throw error
        absent.note(`${prefix}${key}`)
        return undefined
      }
    })

  /** Pages of a listing, one request each. */
  async function* pages(query: { Prefix: string; Delimiter?: string; StartAfter?: string }, signal?: AbortSignal) {
    const call: S3Call = { operation: 'list', bucket, uri: `s3://${bucket}/${query.Prefix}`, signal }
    for (let token: string | undefined; ; ) {
      try {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            EncodingType: 'url',
            ...query,
            ...requestPayer,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          signal ? { abortSignal: signal } : {},
        )
        yield page
        token = page.IsTruncated ? page.NextContinuationToken : undefined
      } catch (error) {
        throw s3Error(error, call)
      }
      if (token === undefined) return
    }
  }

  async function* listed(under: string, after: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
    const start = startAfter(after)
    const query = { Prefix: `${prefix}${under}`, ...(start === '' ? {} : { StartAfter: `${prefix}${start}` }) }
    for await (const page of pages(query, signal)) {
      for (const { Key = '', Size, LastModified, ETag } of page.Contents ?? []) {
        const key = decodeListed(Key, page.EncodingType).slice(prefix.length)
        // Consoles mark folders by empty objects whose keys end in `/`.
        if ((key === '' || key.endsWith('/')) && Size === 0) continue
        if (key > after) yield infoOf(key, Size, LastModified, ETag)
      }
    }
  }

  return {
    location: `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`,
    uri: uriOf,
    localPath: () => undefined,
    async get(key, read = {}) {
      const notFound = () => new TraillakeError('SOURCE_NOT_FOUND', { source: uriOf(key) })
      const work = async () => {
        if (await absent.isStill(`${prefix}${key}`, read.signal)) throw notFound()
        if (read.range?.length !== 0) return readObject(client, { ...read, ...place(key), uri: uriOf(key) })
        // No range of HTTP is empty.
        if (!(await head(key))) throw notFound()
        return Buffer.alloc(0)
      }
      try {
        return await attempt('read', key, work, read.signal)
      } catch (error) {
        if (isTraillakeError(error, 'SOURCE_NOT_FOUND')) absent.note(`${prefix}${key}`)
        throw error
      }
    },
    head,
    async *list(under, { after = '', signal } = {}) {
      checkPrefix(under, 'list')
      yield* inCodeUnitOrder(listed(under, after, signal))
    },
    async listFolders(folder) {
      checkFolder(folder, 'list')
      const under = `${prefix}${folder}`
      const names: string[] = []
      for await (const page of pages({ Prefix: under, Delimiter: '/' })) {
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
          const name = decodeListed(Prefix, page.EncodingType).slice(under.length, -1)
          if (name !== '') names.push(name)
        }
      }
      return names.sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
    },
    put: (key, bytes) => attempt('write', key, () => putOver(client, place(key), bytes)),
    putIfAbsent: (key, bytes) => attempt('write', key, () => putOnce(client, place(key), bytes)),
    putFile: async (key, localPath) => {
      checkKey(key, 'write')
      const { size } = await stat(localPath).catch((error: unknown) => {
        throw storageError(error, 'write', key, localPath)
      })
      const body = await fileBody(localPath, size)
      if (!(await attempt('write', key, () => putOnce(client, place(key), body)))) {
        throw storageError(new Error('something is there already'), 'write', uriOf(key), uriOf(key))
      }
      await rm(localPath, { force: true })
      return (await head(key))!
    },
    delete: (key) =>
      attempt('delete', key, async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}${key}`, ...requestPayer }))
      }),
    async probe() {
      const key = `${TEMPORARY_PREFIX}probe-${randomUUID()}`
      const call: S3Call = { operation: 'write', bucket, uri: uriOf(key) }
      try {
        await probeConditionalWrites(client, place(key), uriOf(''))
      } catch (error) {
        throw s3Error(error, call)
      } finally {
        const { bucket: Bucket, key: Key } = place(key)
        await client.send(new DeleteObjectCommand({ Bucket, Key, ...requestPayer })).catch(() => undefined)
      }
    },
  }
}

function infoOf(key: string, size = 0, modified: Date | undefined, etag: string | undefined): ObjectInfo {
  return { key, size, modifiedMs: modified?.getTime() ?? 0, etag: unquote(etag) }
}
