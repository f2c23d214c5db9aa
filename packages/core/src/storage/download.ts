import { open, writeFile } from 'node:fs/promises'
import { TraillakeError } from '../errors/index.ts'
import { storageError } from './errors.ts'
import type { GetOptions, ObjectInfo, ObjectStore } from './object-store.ts'

/** How many objects or parts of objects are on their way at once; each is held in memory until it is written. */
const PARALLEL_READS = 16
/** A larger object comes in parts of this size. */
export const PART_BYTES = 8 * 1024 * 1024

/** How many reads an object takes. */
export function readsOf(size: number): number {
  return Math.max(1, Math.ceil(size / PART_BYTES))
}

/** Writes an object into a local file. Errors: SOURCE_CHANGED, STORAGE_FULL, those of the store. */
export type Download = (store: ObjectStore, info: ListedObject, path: string, signal?: AbortSignal) => Promise<void>

/** Lets reads wait for one another. */
export type InTurn = <T>(read: () => Promise<T>) => Promise<T>

/** A pool of reads: as many at once as memory is meant for. */
export function createReadPool(): InTurn {
  let running = 0
  const waiting: (() => void)[] = []
  return async (read) => {
    if (running >= PARALLEL_READS) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await read()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

/** An object as it was listed, without an etag where it is never written twice. */
export type ListedObject = Pick<ObjectInfo, 'key' | 'size'> & Partial<Pick<ObjectInfo, 'etag'>>

/**
 * Reads an object, or a part of it, that must be what it was listed as.
 *
 * Errors: SOURCE_CHANGED, those of the store.
 */
export async function readListed(
  store: ObjectStore,
  { key, size, etag }: ListedObject,
  { range, signal }: Pick<GetOptions, 'range' | 'signal'> = {},
): Promise<Buffer> {
  const bytes = await store.get(key, {
    ...(etag === undefined ? {} : { ifMatch: etag }),
    ...(signal ? { signal } : {}),
    ...(range ? { range } : {}),
  })
  if (bytes.length !== (range?.length ?? size)) throw new TraillakeError('SOURCE_CHANGED', { source: store.uri(key) })
  return bytes
}

/** Makes a download: its calls share a pool, by default one of their own. */
export function createDownload(inTurn: InTurn = createReadPool()): Download {
  return async (store, info, path, signal) => {
    const { size } = info
    const read = (range?: { start: number; length: number }) =>
      inTurn(() => readListed(store, info, { ...(range ? { range } : {}), ...(signal ? { signal } : {}) }))
    try {
      if (size <= PART_BYTES) {
        await writeFile(path, await read())
        return
      }
      const file = await open(path, 'w')
      try {
        const parts = await Promise.allSettled(
          Array.from({ length: readsOf(size) }, async (_, i) => {
            const start = i * PART_BYTES
            const length = Math.min(PART_BYTES, size - start)
            await file.write(await read({ start, length }), 0, length, start)
          }),
        )
        for (const part of parts) if (part.status === 'rejected') throw part.reason
      } finally {
        await file.close()
      }
    } catch (error) {
      throw storageError(error, 'write', path, path)
    }
  }
}
