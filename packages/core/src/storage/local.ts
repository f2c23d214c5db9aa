import { randomUUID } from 'node:crypto'
import { type BigIntStats, type Dirent, lstatSync, realpathSync, statSync } from 'node:fs'
import { link, open, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { TraillakeError } from '../errors/index.ts'
import { errnoOf, isMissing, storageError } from './errors.ts'
import { checkFolder, checkKey, checkPrefix, TEMPORARY_PREFIX } from './keys.ts'
import { makeFolder, moveIfAbsent, writeIfAbsent, writeOver } from './local-write.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

/** How many files are looked at in one go while listing. */
const STAT_BATCH = 64

/**
 * A folder as an ObjectStore. Nothing is made before the first write.
 *
 * Links to files and folders are followed, also out of the folder (a link may be where the logs really are); a folder
 * that contains itself is walked once, a link to nothing is left out.
 */
export function openLocalStore(folder: string): ObjectStore {
  const root = resolve(folder)
  const pathOf = (key: string, operation: string) => {
    checkKey(key, operation)
    return join(root, key)
  }
  const attempt = async <T>(operation: string, key: string, work: (path: string) => Promise<T>): Promise<T> => {
    const path = pathOf(key, operation)
    try {
      return await work(path)
    } catch (error) {
      throw storageError(error, operation, key, path)
    }
  }
  const realFile = createRealFile()
  const head = (key: string) => attempt('look at', key, async (path) => infoOf(key, await statFile(path)))

  return {
    location: root,
    uri: (key) => pathToFileURL(realFile(pathOf(key, 'name'))).href,
    localPath: (key) => pathOf(key, 'name'),
    get: (key, options = {}) =>
      attempt('read', key, async (path) => {
        options.signal?.throwIfAborted()
        if (!options.range) return readFile(path, options.signal ? { signal: options.signal } : {})
        return readRange(path, options.range.start, options.range.length)
      }),
    head,
    list: (prefix, options = {}) => listKeys(root, prefix, options.after ?? '', options.signal),
    listFolders: async (prefix) => {
      checkFolder(prefix, 'list')
      const entries = await entriesOf(join(root, prefix), prefix)
      return entries.filter((entry) => entry.isFolder).map((entry) => entry.name)
    },
    put: (key, bytes) => attempt('write', key, (path) => writeOver(path, bytes)),
    putIfAbsent: (key, bytes) => attempt('write', key, (path) => writeIfAbsent(path, bytes)),
    putFile: (key, localPath) =>
      attempt('write', key, async (path) => {
        if (!(await moveIfAbsent(localPath, path))) throw new Error('something is there already')
        return infoOf(key, await statFile(path)) as ObjectInfo
      }),
    delete: (key) =>
      attempt('delete', key, async (path) => {
        try {
          await unlink(path)
        } catch (error) {
          // A folder is no object: unlink says EISDIR on Linux and EPERM on macOS.
          if (!isMissing(error) && !(errnoOf(error) === 'EPERM' && (await statFile(path)) === undefined)) throw error
        }
      }),
    probe: () => probe(root),
  }
}

/** So long the path of a folder is taken for what it was, in milliseconds: files of one folder are asked for together. */
const SAME_FOLDER_MS = 100

/** `realPath` of many files of one folder, each in a fifth of the time. */
function createRealFile(): (path: string) => string {
  let last = { folder: '', real: '', at: Number.NEGATIVE_INFINITY }
  return (path) => {
    if (mayBeLink(path)) return realPath(path)
    const folder = dirname(path)
    const now = performance.now()
    if (folder !== last.folder || now - last.at > SAME_FOLDER_MS) last = { folder, real: realPath(folder), at: now }
    return join(last.real, basename(path))
  }
}

function mayBeLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  } catch {
    return true
  }
}

/** The path without links; a path that is not there yet is taken as it is below the part that is. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = resolve(path, '..')
    return parent === path ? path : join(realPath(parent), path.slice(parent.length))
  }
}

type StatFile = (path: string) => Promise<BigIntStats | undefined>

const statFile: StatFile = (path) => fileStats(() => stat(path, { bigint: true }))

async function fileStats(look: () => BigIntStats | Promise<BigIntStats>): Promise<BigIntStats | undefined> {
  try {
    const stats = await look()
    return stats.isFile() ? stats : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** A look at a file that takes longer goes over a network. */
const QUICK_MS = 0.5

/** `statFile` of many files. On a disk this thread looks by itself in a fifth of the time; what turns out to be slow is asked for side by side. */
function createStatFile(): StatFile {
  let slow = 0
  return (path) => {
    if (slow > 0) {
      slow--
      return statFile(path)
    }
    return fileStats(() => {
      const started = performance.now()
      try {
        return statSync(path, { bigint: true })
      } finally {
        if (performance.now() - started > QUICK_MS) slow = STAT_BATCH
      }
    })
  }
}

function infoOf(key: string, stats: BigIntStats | undefined): ObjectInfo | undefined {
  return (
    stats && {
      key,
      size: Number(stats.size),
      modifiedMs: Number(stats.mtimeMs),
      etag: `${stats.size}-${stats.mtimeNs}`,
    }
  )
}

async function readRange(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - start)))
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  } finally {
    await file.close()
  }
}

interface Entry {
  readonly name: string
  readonly isFolder: boolean
  /** `device:inode` of a folder. */
  readonly id: string
}

/** What lies in a folder, in the order of the keys: a folder counts as its name and `/`. Nothing when there is no folder. */
async function entriesOf(path: string, prefix: string): Promise<readonly Entry[]> {
  let found: Dirent[]
  try {
    found = await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw storageError(error, 'list', prefix, path)
  }
  const entries: Entry[] = []
  for (const item of found) {
    if (item.name.startsWith(TEMPORARY_PREFIX)) continue
    if (item.isFile()) entries.push({ name: item.name, isFolder: false, id: '' })
    else if (item.isDirectory() || item.isSymbolicLink()) {
      const target = await stat(join(path, item.name)).catch((error: unknown) => {
        if (isMissing(error) || errnoOf(error) === 'ELOOP') return undefined
        throw storageError(error, 'list', `${prefix}${item.name}`, path)
      })
      if (target?.isDirectory()) entries.push({ name: item.name, isFolder: true, id: `${target.dev}:${target.ino}` })
      else if (target?.isFile()) entries.push({ name: item.name, isFolder: false, id: '' })
    }
  }
  const orderOf = (e: Entry) => (e.isFolder ? `${e.name}/` : e.name)
  return entries.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

async function* listKeys(
  root: string,
  prefix: string,
  after: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  checkPrefix(prefix, 'list')
  const cut = prefix.lastIndexOf('/') + 1
  const look = createStatFile()
  let batch: string[] = []
  for await (const key of walk(root, prefix.slice(0, cut), prefix, after, new Set())) {
    if (signal?.aborted) throw new TraillakeError('CANCELLED', { what: `list ${prefix}` })
    batch.push(key)
    if (batch.length < STAT_BATCH) continue
    yield* await infosOf(root, batch, look)
    batch = []
    // Others have their turn: a look need not have waited for anything.
    await setImmediate()
  }
  yield* await infosOf(root, batch, look)
}

/** Keys below `folder` that start with `prefix` and come after `after`, in order. `above` holds the folders on the way here. */
async function* walk(
  root: string,
  folder: string,
  prefix: string,
  after: string,
  above: ReadonlySet<string>,
): AsyncGenerator<string> {
  for (const entry of await entriesOf(join(root, folder), folder)) {
    const key = `${folder}${entry.name}`
    if (entry.isFolder) {
      const below = `${key}/`
      const matches = below.startsWith(prefix) || prefix.startsWith(below)
      const passed = after >= below && !after.startsWith(below)
      if (matches && !passed && !above.has(entry.id))
        yield* walk(root, below, prefix, after, new Set([...above, entry.id]))
    } else if (key.startsWith(prefix) && key > after) yield key
  }
}

async function infosOf(root: string, keys: readonly string[], look: StatFile): Promise<readonly ObjectInfo[]> {
  const infos = await Promise.all(
    keys.map(async (key) => {
      const path = join(root, key)
      const info = infoOf(
        key,
        await look(path).catch((error: unknown) => Promise.reject(storageError(error, 'look at', key, path))),
      )
      // Node shows a name that is no UTF-8 with U+FFFD in it, and such a file cannot be opened: better said than left out.
      if (!info && key.includes('\uFFFD')) {
        throw new TraillakeError('STORAGE_ERROR', { operation: 'list', key, reason: 'the file name is no UTF-8 text' })
      }
      return info
    }),
  )
  return infos.filter((info) => info !== undefined)
}

/** Tries out that `link` refuses a taken name here, which every commit relies on. */
async function probe(root: string): Promise<void> {
  const base = join(root, `${TEMPORARY_PREFIX}probe-${process.pid}-${randomUUID()}`)
  const [first, second] = [`${base}-a`, `${base}-b`]
  const refuse = (reason: string, cause?: unknown) =>
    new TraillakeError('UNSUPPORTED_STORAGE', { location: root, reason }, { cause })
  try {
    await makeFolder(root)
    await writeFile(first, 'a', { flag: 'wx' })
    await writeFile(second, 'b', { flag: 'wx' })
  } catch (error) {
    throw storageError(error, 'write to', root, root)
  }
  try {
    const taken = await link(first, second).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (errnoOf(taken) !== 'EEXIST') throw refuse('the file system does not refuse to link onto a taken name', taken)
    await unlink(second)
    await link(first, second).catch((error: unknown) => {
      throw refuse(`the file system has no hard links (${errnoOf(error) ?? String(error)})`, error)
    })
    if ((await readFile(second, 'utf8')) !== 'a') throw refuse('a hard link does not show the bytes of its file')
  } finally {
    await rm(first, { force: true })
    await rm(second, { force: true })
  }
}
