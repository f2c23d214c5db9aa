import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { partOf } from './cache-folder.ts'
import { openLocalStore } from './local.ts'
import type { ObjectStore } from './object-store.ts'

/** What the lake is: read before anything else of it. */
const LAKE = 'traillake.json'
/** What a query needs of a lake besides data files: what the lake is, its documents, the logs of its tables. */
const MIRRORED = /^(traillake\.json$|documents\/|stores\/[^/]+\/(events|sources)\/_delta_log\/)/
/** Objects that change; all others are written once. */
const CHANGING = /(^|\/)(traillake\.json|_last_checkpoint)$/
/** Objects that must be there: that others are not is an answer. */
const NEEDED = /(\.parquet|^traillake\.json)$/
const LOG = /\/_delta_log\/[^/]+$/

function mirrorOf(store: ObjectStore, cacheFolder: string): string {
  return join(cacheFolder, 'lakes', createHash('sha256').update(store.uri('')).digest('hex').slice(0, 40))
}

/** Keeps what is read of a lake besides its data files in a folder, for `openMirror`. */
export function withMirror(store: ObjectStore, cacheFolder: string): ObjectStore {
  const folder = mirrorOf(store, cacheFolder)

  /** Where another lake was made in the place of one, nothing of that one is kept. */
  async function forgetOther(path: string, bytes: Uint8Array): Promise<void> {
    const before = await readFile(path).catch(() => undefined)
    if (before && !before.equals(bytes)) await rm(folder, { recursive: true, force: true })
  }

  /** That it cannot be kept is no reason to fail. */
  async function keep(key: string, bytes: Uint8Array): Promise<void> {
    const path = join(folder, key)
    if (!MIRRORED.test(key) || (!CHANGING.test(key) && existsSync(path))) return
    const part = partOf(path)
    try {
      if (key === LAKE) await forgetOther(path, bytes)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFile(part, bytes, { mode: 0o600 })
      await rename(part, path)
    } catch {
      await rm(part, { force: true }).catch(() => undefined)
    }
  }

  return {
    ...store,
    async get(key, options) {
      const bytes = await store.get(key, options)
      if (!options?.range) await keep(key, bytes)
      return bytes
    },
    async put(key, bytes) {
      await store.put(key, bytes)
      await keep(key, bytes)
    },
    async putIfAbsent(key, bytes) {
      const isOurs = await store.putIfAbsent(key, bytes)
      if (isOurs) await keep(key, bytes)
      return isOurs
    },
  }
}

/** A lake as it was when it was read last, without asking the store: NOT_CACHED for what was not read then. For reading only. */
export function openMirror(store: ObjectStore, cacheFolder: string): ObjectStore {
  const folder = mirrorOf(store, cacheFolder)
  const kept = openLocalStore(folder)
  /** A table has a log: where nothing of it is known, the table was not read. */
  const isNeeded = (key: string) => NEEDED.test(key) || (LOG.test(key) && !existsSync(dirname(join(folder, key))))
  const notCached = (key: string) =>
    new TraillakeError(
      'NOT_CACHED',
      { source: store.uri(key) },
      { hint: 'ask for less, or ask once without offline; traillake cache warm fetches what queries will need' },
    )
  return {
    ...kept,
    location: store.location,
    uri: (key) => store.uri(key),
    localPath: () => undefined,
    async get(key, options) {
      try {
        return await kept.get(key, options)
      } catch (error) {
        throw isNeeded(key) && isTraillakeError(error, 'SOURCE_NOT_FOUND') ? notCached(key) : error
      }
    },
    async head(key) {
      const found = await kept.head(key)
      if (!found && isNeeded(key)) throw notCached(key)
      return found
    },
  }
}
