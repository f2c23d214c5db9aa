import { randomUUID } from 'node:crypto'
import { lstatSync, realpathSync } from 'node:fs'
import { link, open, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TraillakeError } from '../errors/index.ts'
import { errnoOf, isMissing, storageError } from './errors.ts'
import { checkFolder, checkKey, TEMPORARY_PREFIX } from './keys.ts'
import { foldersIn, infoOf, listFiles, statFile } from './local-list.ts'
import { makeFolder, moveIfAbsent, writeIfAbsent, writeOver } from './local-write.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

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
  const uriOf = createFileUri()
  const head = (key: string) => attempt('look at', key, async (path) => infoOf(key, await statFile(path)))

  return {
    location: root,
    uri: (key) => uriOf(pathOf(key, 'name')),
    localPath: (key) => pathOf(key, 'name'),
    get: (key, options = {}) =>
      attempt('read', key, async (path) => {
        options.signal?.throwIfAborted()
        if (!options.range) return readFile(path, options.signal ? { signal: options.signal } : {})
        return readRange(path, options.range.start, options.range.length)
      }),
    head,
    list: (prefix, options = {}) => listFiles(root, prefix, options.after ?? '', options.signal),
    listFolders: async (prefix) => {
      checkFolder(prefix, 'list')
      return foldersIn(root, prefix)
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
/** A name that is in a URI what it is in a path. */
const PLAIN_NAME = /^[\w.-]+$/

/** The `file:` URI of the real path of many files of one folder, each in a tenth of the time. */
function createFileUri(): (path: string) => string {
  let last = { folder: '', uri: '', at: Number.NEGATIVE_INFINITY }
  return (path) => {
    const name = basename(path)
    if (!PLAIN_NAME.test(name) || mayBeLink(path)) return pathToFileURL(realPath(path)).href
    const folder = dirname(path)
    const now = performance.now()
    if (folder !== last.folder || now - last.at > SAME_FOLDER_MS) {
      last = { folder, uri: pathToFileURL(join(realPath(folder), '/')).href, at: now }
    }
    return last.uri + name
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
