import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ErrorCode, isTraillakeError } from '../../errors/index.ts'
import { readTrailKey } from '../../events/index.ts'
import { createDownload, createReadPool, type ObjectStore, readListed, readsOf } from '../../storage/index.ts'
import type { ImportPlan } from '../types.ts'
import type { Archives } from './archives.ts'
import type { BatchWorker, SourceFile } from './protocol.ts'
import { describeError } from './thread-worker.ts'

/** What reading these files asks for. */
export function planReads(files: readonly SourceFile[], list: number): ImportPlan {
  const partitions = new Set(
    files.map(({ uri }) => {
      const { account, region, date } = readTrailKey(uri)
      return [account, region, date].join('/')
    }),
  )
  return {
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    partitions: partitions.size,
    requests: { list, get: files.reduce((sum, file) => sum + readsOf(file.size), 0) },
  }
}

/** Brings objects and members of archives to the local disk for as long as a batch is worked on. */
export interface Fetcher {
  /** A worker whose batches are fetched before it reads them. */
  wrap(worker: BatchWorker): BatchWorker
}

/** A small file is handed over in memory: writing, reading and removing it takes as long as fetching it. */
const SMALL_BYTES = 1024 * 1024
/** So much of them at a time; beyond that they go to the disk, as large ones do. */
const HELD_BYTES = 48 * 1024 * 1024

/**
 * Fetches source files, large ones into a local folder: one pool of connections serves all workers. The batch after the newest
 * that was asked for is fetched ahead.
 *
 * @param batches in the order in which they will be asked for
 */
export function createFetcher(options: {
  readonly folder: string
  readonly batches: readonly (readonly SourceFile[])[]
  /** True for files that the worker reads where they lie. */
  readonly isAtHand: (file: SourceFile) => boolean
  readonly storeOf: (file: SourceFile) => ObjectStore
  readonly archives: Pick<Archives, 'fetch' | 'release'>
  readonly signal: AbortSignal
  /** Of small files in memory at a time; default HELD_BYTES. */
  readonly mostHeld?: number
}): Fetcher {
  const { batches, isAtHand, storeOf, archives, signal, mostHeld = HELD_BYTES } = options
  const folder = join(options.folder, 'fetched')
  mkdirSync(folder, { recursive: true })
  const fetched = new Map<string, Promise<SourceFile>>()
  const inTurn = createReadPool()
  const download = createDownload(inTurn)
  /** Bytes of small files that are held, by file. */
  const held = new Map<string, number>()
  let heldBytes = 0
  let newest = -1

  /** False when there is no room for it. */
  function hold({ sourceId, size }: SourceFile): boolean {
    if (size > SMALL_BYTES || heldBytes + size > mostHeld) return false
    held.set(sourceId, size)
    heldBytes += size
    return true
  }

  async function fetchOne(file: SourceFile): Promise<SourceFile> {
    const path = join(folder, file.sourceId)
    try {
      if (file.member) return await archives.fetch(file, path)
      if (hold(file)) {
        const bytes = await inTurn(() => readListed(storeOf(file), file, { signal }))
        return { ...file, fetched: { bytes } }
      }
      await download(storeOf(file), file, path, signal)
      return { ...file, fetched: { path } }
    } catch (error) {
      if (concernsAll(error)) throw error
      return { ...file, fetched: { error: describeError(error) } }
    }
  }

  function start(files: readonly SourceFile[]): Promise<readonly SourceFile[]> {
    const all = files.map((file) => {
      if (file.fetched || isAtHand(file)) return Promise.resolve(file)
      const known = fetched.get(file.sourceId)
      if (known) return known
      const fetching = fetchOne(file)
      fetched.set(file.sourceId, fetching)
      return fetching
    })
    return Promise.all(all)
  }

  /** What a batch that is written out was read from is not needed any more. */
  async function release(files: readonly SourceFile[]): Promise<void> {
    for (const file of files) {
      if (!fetched.delete(file.sourceId)) continue
      heldBytes -= held.get(file.sourceId) ?? 0
      if (held.delete(file.sourceId)) continue
      await rm(join(folder, file.sourceId), { force: true })
      if (file.member) await archives.release(file)
    }
  }

  return {
    wrap(worker) {
      const read = new Map<number, readonly SourceFile[]>()
      return {
        ...worker,
        async scan({ number, files }) {
          const ready = start(files)
          // A batch that is made again has been followed by others already.
          if (number > newest) {
            newest = number
            // What fails there is told when it is asked for.
            start(batches[number + 1] ?? []).catch(() => undefined)
          }
          read.set(number, files)
          return worker.scan({ number, files: await ready })
        },
        async write(number, decision) {
          const result = await worker.write(number, decision)
          await release(read.get(number) ?? [])
          read.delete(number)
          return result
        },
      }
    },
  }
}

const OF_ONE: ReadonlySet<ErrorCode> = new Set([
  'SOURCE_NOT_FOUND',
  'SOURCE_CHANGED',
  'STORAGE_DENIED',
  'STORAGE_ERROR',
])

/** An error of one object is told of it, and the others go on; any other would only come again. */
function concernsAll(error: unknown): boolean {
  return !(isTraillakeError(error) && OF_ONE.has(error.code))
}
