import { readFile, rm } from 'node:fs/promises'
import { TraillakeError } from '../errors/index.ts'
import { storageError } from './errors.ts'
import { checkFolder, checkKey, checkPrefix } from './keys.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

interface Stored {
  readonly bytes: Buffer
  readonly info: ObjectInfo
}

/** Objects kept in memory, for tests and for trying things out. */
export function openMemoryStore(name = 'memory'): ObjectStore {
  const objects = new Map<string, Stored>()
  let writes = 0

  const save = (key: string, bytes: Uint8Array): ObjectInfo => {
    writes += 1
    const info = { key, size: bytes.byteLength, modifiedMs: Date.now(), etag: `${bytes.byteLength}-${writes}` }
    objects.set(key, { bytes: Buffer.from(bytes), info })
    return info
  }

  return {
    location: `memory:${name}`,
    uri: (key) => `memory:${name}/${encodeURI(key)}`,
    localPath: () => undefined,
    async get(key, options = {}) {
      checkKey(key, 'read')
      if (options.signal?.aborted) throw new TraillakeError('CANCELLED', { what: `read ${key}` })
      const stored = objects.get(key)
      if (!stored) throw new TraillakeError('SOURCE_NOT_FOUND', { source: `memory:${name}/${key}` })
      const { start, length } = options.range ?? { start: 0, length: stored.bytes.length }
      return Buffer.from(stored.bytes.subarray(start, start + length))
    },
    async head(key) {
      checkKey(key, 'look at')
      return objects.get(key)?.info
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix, 'list')
      const { after = '' } = options
      for (const key of [...objects.keys()].sort()) {
        if (options.signal?.aborted) throw new TraillakeError('CANCELLED', { what: `list ${prefix}` })
        const stored = objects.get(key)
        if (stored && key.startsWith(prefix) && key > after) yield stored.info
      }
    },
    async listFolders(prefix) {
      checkFolder(prefix, 'list')
      const names = new Set<string>()
      for (const key of objects.keys()) {
        const end = key.startsWith(prefix) ? key.indexOf('/', prefix.length) : -1
        if (end !== -1) names.add(key.slice(prefix.length, end))
      }
      return [...names].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
    },
    async put(key, bytes) {
      checkKey(key, 'write')
      save(key, bytes)
    },
    async putIfAbsent(key, bytes) {
      checkKey(key, 'write')
      if (objects.has(key)) return false
      save(key, bytes)
      return true
    },
    async putFile(key, localPath) {
      checkKey(key, 'write')
      const bytes = await readFile(localPath).catch((error: unknown) => {
        throw storageError(error, 'write', key, key)
      })
      if (objects.has(key))
        throw new TraillakeError('STORAGE_ERROR', { operation: 'write', key, reason: 'something is there already' })
      const info = save(key, bytes)
      await rm(localPath, { force: true })
      return info
    },
    async delete(key) {
      checkKey(key, 'delete')
      objects.delete(key)
    },
    async probe() {},
  }
}
