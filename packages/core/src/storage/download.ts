import { open, writeFile } from 'node:fs/promises'
import { TraillakeError } from '../errors/index.ts'
import { storageError } from './errors.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

/** How many objects or parts of objects are on their way at once; each is held in memory until it is written. */
const PARALLEL_READS = 16
/** A larger object comes in parts of this size. */
export const PART_BYTES = 8 * 1024 * 1024

/** How many reads an object takes. */
export function readsOf(size: number): number {
  return Math.max(1, Math.ceil(size / PART_BYTES))
}

/**
 * Writes an object into a local file; `info` is what it was listed as, without an etag where it is never written twice.
 *
 * Errors: SOURCE_CHANGED, STORAGE_FULL, those of the store.
 */
export type Download = (
  store: ObjectStore,
  info: Pick<ObjectInfo, 'key' | 'size'> & Partial<Pick<ObjectInfo, 'etag'>>,
  path: string,
  signal?: AbortSignal,
) => Promise<void>

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

/** Makes a download: its calls share a pool, by default one of their own. */
export function createDownload(inTurn: InTurn = createReadPool()): Download {
  return async (store, { key, size, etag }, path, signal) => {
    const read = (range?: { start: number; length: number }) =>
      inTurn(() =>
        store.get(key, {
          ...(etag === undefined ? {} : { ifMatch: etag }),
          ...(signal ? { signal } : {}),
          ...(range ? { range } : {}),
        }),
      )
    const check = (bytes: Buffer, expected: number) => {
      if (bytes.length === expected) return bytes
      throw new TraillakeError('SOURCE_CHANGED', { source: store.uri(key) })
    }
    try {
      if (size <= PART_BYTES) {
        await writeFile(path, check(await read(), size))
        return
      }
      const file = await open(path, 'w')
      try {
        const parts = await Promise.allSettled(
          Array.from({ length: readsOf(size) }, async (_, i) => {
            const start = i * PART_BYTES
            const length = Math.min(PART_BYTES, size - start)
            await file.write(check(await read({ start, length }), length), 0, length, start)
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
