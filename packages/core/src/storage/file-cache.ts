import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { TraillakeError } from '../errors/index.ts'
import { createDownload } from './download.ts'
import type { ObjectStore } from './object-store.ts'

export interface FileCacheOptions {
  /** The local folder; made for this user alone. Processes and lakes may share it. */
  readonly folder: string
  /** Beyond this, files that were not used for longest go. */
  readonly maxBytes: number
}

/** A file that was used within this time stays, also beyond the bound: a query may be about to open it. */
const IN_USE_MS = 3_600_000
/** A use is noted this often at most. */
const TOUCH_MS = 60_000
const PART = /\.part-/
const LEFT_PART_MS = 86_400_000

/**
 * Gives a store on no local disk local copies of objects that are never written twice, such as data files, in a folder
 * where they stay for next time. A copy appears whole, by renaming; who else makes the same one makes the same bytes.
 */
export function withFileCache(store: ObjectStore, options: FileCacheOptions): ObjectStore {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const folder = realpathSync(options.folder)
  const { maxBytes } = options
  const download = createDownload()
  const underWay = new Map<string, Promise<string>>()
  /** Bytes fetched since the folder was last looked through; at first it was never. */
  let unseen = Number.POSITIVE_INFINITY

  async function copy(key: string, path: string, size: number | undefined): Promise<string> {
    const found = await stat(path).catch(() => undefined)
    if (found) {
      if (Date.now() - found.mtimeMs > TOUCH_MS) await touch(path)
      return path
    }
    const info = size === undefined ? await store.head(key) : { key, size }
    if (!info) throw new TraillakeError('SOURCE_NOT_FOUND', { source: store.uri(key) })
    const part = `${path}.part-${process.pid}-${randomUUID()}`
    try {
      await download(store, info, part)
      await rename(part, path)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    unseen += info.size
    if (unseen > maxBytes / 20) {
      unseen = 0
      await makeRoom(folder, maxBytes)
    }
    return path
  }

  const pathOf = (key: string) => {
    const name = createHash('sha256').update(store.uri(key)).digest('hex').slice(0, 40)
    return join(folder, name + extname(key))
  }
  return {
    ...store,
    copies: {
      folder,
      pathOf,
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

/** Its time of change is that of its last use. */
async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

async function makeRoom(folder: string, maxBytes: number): Promise<void> {
  const files: { path: string; size: number; usedMs: number }[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) continue
    if (!PART.test(name)) files.push({ path, size: found.size, usedMs: found.mtimeMs })
    else if (Date.now() - found.mtimeMs > LEFT_PART_MS) await rm(path, { force: true })
  }
  let bytes = files.reduce((sum, { size }) => sum + size, 0)
  for (const { path, size, usedMs } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    if (bytes <= maxBytes || Date.now() - usedMs < IN_USE_MS) return
    await rm(path, { force: true })
    bytes -= size
  }
}
