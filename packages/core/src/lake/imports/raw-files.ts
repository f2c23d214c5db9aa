import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGunzip, gunzipSync } from 'node:zlib'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { type ObjectInfo, type ObjectStore, openObjectStore, type StorageOptions } from '../../storage/index.ts'
import { archiveOf } from '../import/archives.ts'
import type { LedgerRow } from './ledger-rows.ts'
import { createRawArchives } from './raw-archives.ts'

/** Raw files by the URI that the ledger has for them. */
export interface RawFiles {
  /** Undefined when there is nothing under this URI, or no way to it. */
  head(uri: string): Promise<ObjectInfo | undefined>
  /** The bytes as they are stored. Errors: SOURCE_NOT_FOUND and those of the storage. */
  get(uri: string): Promise<Buffer>
  /**
   * Whether a raw file can be read again as the ledger knows it: `same` by size and etag, else by its SHA-256 (a copy that
   * was put back has another time); `changed` when something else is there.
   */
  check(row: LedgerRow): Promise<'same' | 'changed' | 'gone'>
  /** Frees what reading files in archives took. */
  close(): Promise<void>
}

/**
 * @param options for files in S3
 * @param folder a local folder for what has to be fetched or unpacked
 */
export function openRawFiles(options: StorageOptions, folder: string): RawFiles {
  const stores = new Map<string, Promise<ObjectStore>>()
  const archives = createRawArchives(folder, find)

  async function find(uri: string): Promise<{ readonly store: ObjectStore; readonly key: string }> {
    const [folder, key] = split(uri)
    let store = stores.get(folder)
    if (!store) {
      store = openObjectStore(folder, options)
      stores.set(folder, store)
    }
    return { store: await store, key }
  }

  async function head(uri: string): Promise<ObjectInfo | undefined> {
    try {
      if (archiveOf(uri) !== undefined) return await archives.head(uri)
      const { store, key } = await find(uri)
      return await store.head(key)
    } catch (error) {
      if (isTraillakeError(error) && error.kind !== 'INTERNAL_ERROR') return undefined
      throw error
    }
  }

  async function get(uri: string): Promise<Buffer> {
    if (archiveOf(uri) !== undefined) return archives.get(uri)
    const { store, key } = await find(uri)
    return store.get(key)
  }

  return {
    head,
    get,
    async check(row) {
      const info = await head(row.source)
      if (!info) return 'gone'
      if (info.etag === row.etag && info.size === row.size) return 'same'
      const bytes = await get(row.source).catch(() => undefined)
      if (!bytes) return 'gone'
      return row.sha256 !== null && (await digests(bytes)).includes(row.sha256) ? 'same' : 'changed'
    },
    close: archives.close,
  }
}

function split(uri: string): readonly [string, string] {
  if (uri.startsWith('file:')) {
    const path = fileURLToPath(uri)
    return [dirname(path), basename(path)]
  }
  // One store serves all of a bucket.
  const [, bucket, key] = /^(s3:\/\/[^/]+)\/(.+)$/s.exec(uri) ?? []
  if (bucket !== undefined && key !== undefined) return [bucket, key]
  const at = uri.lastIndexOf('/')
  if (at < 0) throw new TraillakeError('SOURCE_NOT_FOUND', { source: uri })
  return [uri.slice(0, at), uri.slice(at + 1)]
}

/** Above this many bytes a file is inflated piece by piece. */
const WHOLE_BYTES = 4_000_000

/** Hex SHA-256 of the bytes as they are, and of what they inflate to where they are sound gzip. */
async function digests(bytes: Buffer): Promise<readonly string[]> {
  const stored = createHash('sha256').update(bytes).digest('hex')
  try {
    if (bytes.length <= WHOLE_BYTES) {
      const raw = gunzipSync(bytes, { maxOutputLength: WHOLE_BYTES * 20 })
      return [stored, createHash('sha256').update(raw).digest('hex')]
    }
    const gunzip = createGunzip()
    gunzip.end(bytes)
    const hash = createHash('sha256')
    for await (const piece of gunzip) hash.update(piece as Buffer)
    return [stored, hash.digest('hex')]
  } catch {
    return [stored]
  }
}
