import { type BigIntStats, type Dirent, readdirSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { TraillakeError } from '../errors/index.ts'
import { errnoOf, isMissing, storageError } from './errors.ts'
import { checkPrefix, TEMPORARY_PREFIX } from './keys.ts'
import type { ObjectInfo } from './object-store.ts'

/** How many files are looked at in one go while listing. */
const STAT_BATCH = 64

/** The files below `root` whose keys start with `prefix` and come after `after`, in the order of their keys. */
export async function* listFiles(
  root: string,
  prefix: string,
  after: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  checkPrefix(prefix, 'list')
  const disk = new Disk()
  let batch: string[] = []
  for await (const keys of walk({ root, prefix, after, disk }, prefix.slice(0, prefix.lastIndexOf('/') + 1), [])) {
    for (const key of keys) {
      if (signal?.aborted) throw new TraillakeError('CANCELLED', { what: `list ${prefix}` })
      batch.push(key)
      if (batch.length < STAT_BATCH) continue
      yield* await infosOf(root, batch, disk)
      batch = []
    }
  }
  yield* await infosOf(root, batch, disk)
}

/** The names of the folders in a folder, in the order of the keys. */
export async function foldersIn(root: string, folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(root, folder, new Disk())
  return entries.filter((entry) => entry.isFolder).map((entry) => entry.name)
}

/** What lies at a path; undefined where that is no file. */
export async function statFile(path: string): Promise<BigIntStats | undefined> {
  return fileOnly(stat(path, { bigint: true }))
}

async function fileOnly(look: Promise<BigIntStats>): Promise<BigIntStats | undefined> {
  try {
    const stats = await look
    return stats.isFile() ? stats : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export function infoOf(key: string, stats: BigIntStats | undefined): ObjectInfo | undefined {
  return (
    stats && {
      key,
      size: Number(stats.size),
      modifiedMs: Number(stats.mtimeMs),
      etag: `${stats.size}-${stats.mtimeNs}`,
    }
  )
}

/** A look that takes longer, in milliseconds, goes over a network; a folder may take so long for every hundred names. */
const QUICK_MS = 0.5

/** Many looks at a disk. This thread looks by itself in a fifth of the time; what turns out to be slow is asked for side by side. */
class Disk {
  private slow = 0
  private done = 0

  stat(path: string): Promise<BigIntStats> {
    return this.look(
      () => statSync(path, { bigint: true }),
      () => stat(path, { bigint: true }),
    )
  }

  names(path: string): Promise<Dirent[]> {
    return this.look(
      () => readdirSync(path, { withFileTypes: true }),
      () => readdir(path, { withFileTypes: true }),
      (found) => found.length / 100,
    )
  }

  private async look<T>(now: () => T, later: () => Promise<T>, looksOf: (found: T) => number = () => 1): Promise<T> {
    if (this.slow > 0) {
      this.slow--
      return later()
    }
    // Others have their turn: a look need not have waited for anything.
    if (++this.done % STAT_BATCH === 0) await setImmediate()
    const started = performance.now()
    let looks = 1
    try {
      const found = now()
      looks = Math.max(1, looksOf(found))
      return found
    } finally {
      if (performance.now() - started > QUICK_MS * looks) this.slow = STAT_BATCH
    }
  }
}

interface Entry {
  readonly name: string
  readonly isFolder: boolean
  /** `device:inode` of a folder. */
  readonly id: string
}

/** What lies in a folder, in the order of the keys: a folder counts as its name and `/`. Nothing when there is no folder. */
async function entriesOf(root: string, folder: string, disk: Disk): Promise<readonly Entry[]> {
  const path = join(root, folder)
  let found: Dirent[]
  try {
    found = await disk.names(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw storageError(error, 'list', folder, path)
  }
  const entries: Entry[] = []
  for (const item of found) {
    if (item.name.startsWith(TEMPORARY_PREFIX)) continue
    if (item.isFile()) entries.push({ name: item.name, isFolder: false, id: '' })
    else if (item.isDirectory() || item.isSymbolicLink()) {
      const target = await disk.stat(join(path, item.name)).catch((error: unknown) => {
        if (isMissing(error) || errnoOf(error) === 'ELOOP') return undefined
        throw storageError(error, 'list', `${folder}${item.name}`, path)
      })
      if (target?.isDirectory()) entries.push({ name: item.name, isFolder: true, id: `${target.dev}:${target.ino}` })
      else if (target?.isFile()) entries.push({ name: item.name, isFolder: false, id: '' })
    }
  }
  const orderOf = (e: Entry) => (e.isFolder ? `${e.name}/` : e.name)
  return entries.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

interface Listing {
  readonly root: string
  readonly prefix: string
  readonly after: string
  readonly disk: Disk
}

/**
 * Keys below `folder` that the listing wants, in order: those of files that no folder comes between, together.
 *
 * @param above the folders on the way here, which a link may lead back to
 */
async function* walk(listing: Listing, folder: string, above: readonly string[]): AsyncGenerator<readonly string[]> {
  const { root, prefix, after, disk } = listing
  let keys: string[] = []
  for (const entry of await entriesOf(root, folder, disk)) {
    const key = `${folder}${entry.name}`
    if (entry.isFolder) {
      const below = `${key}/`
      const matches = below.startsWith(prefix) || prefix.startsWith(below)
      const passed = after >= below && !after.startsWith(below)
      if (!matches || passed || above.includes(entry.id)) continue
      yield keys
      keys = []
      yield* walk(listing, below, [...above, entry.id])
    } else if (key.startsWith(prefix) && key > after) keys.push(key)
  }
  yield keys
}

async function infosOf(root: string, keys: readonly string[], disk: Disk): Promise<readonly ObjectInfo[]> {
  const infos = await Promise.all(
    keys.map(async (key) => {
      const path = join(root, key)
      const stats = await fileOnly(disk.stat(path)).catch((error: unknown) =>
        Promise.reject(storageError(error, 'look at', key, path)),
      )
      // Node shows a name that is no UTF-8 with U+FFFD in it, and such a file cannot be opened: better said than left out.
      if (!stats && key.includes('\uFFFD')) {
        throw new TraillakeError('STORAGE_ERROR', { operation: 'list', key, reason: 'the file name is no UTF-8 text' })
      }
      return infoOf(key, stats)
    }),
  )
  return infos.filter((info) => info !== undefined)
}
