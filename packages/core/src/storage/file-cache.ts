import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { copyFile, link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { TraillakeError } from '../errors/index.ts'
import { createUseNotes, makeRoom, partOf } from './cache-folder.ts'
import { createDownload, createReadPool } from './download.ts'
import { isMissing, storageError } from './errors.ts'
import type { ObjectStore, SparseFile } from './object-store.ts'
import { fillSparseFiles, isFilled, rangeReader, readRanges, type SparseState } from './sparse-file.ts'

export interface FileCacheOptions {
  /** The local folder; made for this user alone. Processes and lakes may share it. */
  readonly folder: string
  /** Beyond this, files that were not used for longest go. */
  readonly maxBytes: number
}

/** Sparse files whose marks are remembered. */
const MOST_STATES = 50_000
/** Files of tables. */
const COPIED = '.parquet'
/** How often a sparse file is filled that others delete meanwhile. */
const FILL_TRIES = 3

/**
 * Gives a store on no local disk local copies of objects that are never written twice, such as data files, in a folder
 * where they stay for next time. A copy appears whole, by renaming; who else makes the same one makes the same bytes.
 */
export function withFileCache(store: ObjectStore, options: FileCacheOptions): ObjectStore {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const folder = realpathSync(options.folder)
  const { maxBytes } = options
  const inTurn = createReadPool()
  const noteUse = createUseNotes()
  const download = createDownload(inTurn)
  const underWay = new Map<string, Promise<string>>()
  const states = new Map<string, SparseState>()
  /** Objects whose sparse files are being filled: one call after the other. */
  const filling = new Map<string, Promise<unknown>>()
  /** Bytes fetched since the folder was last looked through; at first it was never. */
  let unseen = Number.POSITIVE_INFINITY
  let fetchedBytes = 0

  async function countFetched(bytes: number): Promise<void> {
    fetchedBytes += bytes
    await countKept(bytes)
  }

  async function countKept(bytes: number): Promise<void> {
    unseen += bytes
    if (unseen <= maxBytes / 20) return
    unseen = 0
    await makeRoom(folder, maxBytes)
  }

  /** Makes a file under another name first: it appears whole. */
  async function makeWhole(path: string, make: (part: string) => Promise<number>): Promise<void> {
    const part = partOf(path)
    try {
      const bytes = await make(part)
      await rename(part, path)
      await countFetched(bytes)
    } catch (error) {
      await rm(part, { force: true })
      throw storageError(error, 'write', path, path)
    }
  }

  async function copy(key: string, path: string, size: number | undefined): Promise<string> {
    const found = await stat(path).catch(() => undefined)
    if (found) {
      noteUse(path)
      return path
    }
    const info = size === undefined ? await store.head(key) : { key, size }
    if (!info) throw new TraillakeError('SOURCE_NOT_FOUND', { source: store.uri(key) })
    await makeWhole(path, async (part) => {
      await download(store, info, part)
      return info.size
    })
    return path
  }

  async function fill(key: string, etag: string, files: readonly SparseFile[], signal?: AbortSignal): Promise<void> {
    const reader = rangeReader(store, inTurn, key, etag, signal)
    let bytes = 0
    for (let tries = 1; ; tries++) {
      const open = files.filter((file) => !isFilled(file, states.get(file.path)))
      if (open.length === 0) break
      if (tries > FILL_TRIES) throw storageError(new Error('others delete its files'), 'write', folder, folder)
      const filled = await fillSparseFiles(async (range) => {
        bytes += range.length
        return reader(range)
      }, open).catch((error: unknown) => {
        throw storageError(error, 'write', open[0]!.path, open[0]!.path)
      })
      for (const [i, { path }] of open.entries()) states.set(path, filled[i]!)
    }
    for (const oldest of states.keys()) {
      if (states.size <= MOST_STATES) break
      states.delete(oldest)
    }
    if (bytes > 0) await countFetched(bytes)
  }

  const pathOf = (key: string, part?: string) => {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    const name = hash(store.uri(key)).slice(0, 40)
    return join(folder, `${name}${part === undefined ? '' : `-${hash(part).slice(0, 16)}`}${extname(key)}`)
  }
  return {
    ...store,
    async putFile(key, localPath) {
      if (extname(key) !== COPIED) return store.putFile(key, localPath)
      // Whoever writes a table's file reads it soon, to look for duplicates or to join it with others.
      const part = partOf(pathOf(key))
      const forget = () => rm(part, { force: true })
      // A copy that cannot be made is fetched when it is needed.
      await link(localPath, part)
        .catch(() => copyFile(localPath, part))
        .catch(forget)
      try {
        const info = await store.putFile(key, localPath)
        await rename(part, pathOf(key))
          .then(() => countKept(info.size))
          .catch(forget)
        return info
      } catch (error) {
        await forget()
        throw error
      }
    },
    copies: {
      folder,
      get fetchedBytes() {
        return fetchedBytes
      },
      pathOf,
      async keep(key, part, make) {
        const path = pathOf(key, part)
        const kept = await readFile(path).catch((error: unknown) => {
          if (!isMissing(error)) throw storageError(error, 'read', path, path)
        })
        if (kept) {
          noteUse(path)
          return kept
        }
        const made = await make()
        await makeWhole(path, async (temporary) => {
          await writeFile(temporary, made, { mode: 0o600 })
          return made.length
        })
        return made
      },
      forget: (key, part) => rm(pathOf(key, part), { force: true }),
      read: (key, etag, ranges, signal) => readRanges(rangeReader(store, inTurn, key, etag, signal), ranges),
      async fetchParts(key, etag, files, signal) {
        while (!files.every((file) => isFilled(file, states.get(file.path)))) {
          const before = filling.get(key)
          if (before) await before.catch(() => undefined)
          else {
            const work = fill(key, etag, files, signal).finally(() => filling.delete(key))
            filling.set(key, work)
            await work
          }
        }
        for (const { path } of files) noteUse(path)
      },
      async fetch(key, size) {
        const path = pathOf(key)
        const known = underWay.get(path)
        if (known) return known
        const copying = copy(key, path, size).finally(() => underWay.delete(path))
        underWay.set(path, copying)
        return copying
      },
    },
  }
}
