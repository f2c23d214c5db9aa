import { TraillakeError } from '../errors/index.ts'
import {
  type Document,
  listDocumentIds,
  readDocument,
  removeDocument,
  trimDocument,
  updateDocument,
} from './documents.ts'
import type { LakeContext } from './lake-context.ts'

/** Small state that programs around a lake share through it: queries, imports, keys. Any number of processes may change it. */
export interface LakeDocuments {
  /** Undefined when there is none. */
  read<T>(kind: string, id: string): Promise<Document<T> | undefined>
  /** Ids, in order. */
  list(kind: string): Promise<readonly string[]>
  /**
   * One atomic step from the newest state to the next one; undefined leaves it as it is. Asked again when others came first.
   * Errors: LAKE_READ_ONLY, COMMIT_CONFLICT.
   */
  update<T>(
    kind: string,
    id: string,
    change: (current: T | undefined) => T | undefined,
  ): Promise<Document<T> | undefined>
  /** Forgets older states of a document that changes often. */
  trim(kind: string, id: string): Promise<void>
  remove(kind: string, id: string): Promise<void>
}

/** Answers that are kept in the lake: named files, by query id. */
export interface SavedResults {
  /** Query ids, in order. */
  list(): Promise<readonly string[]>
  write(queryId: string, name: string, bytes: Uint8Array): Promise<void>
  /** Moves a finished local file there. */
  writeFile(queryId: string, name: string, localPath: string): Promise<void>
  /** Errors: SOURCE_NOT_FOUND. */
  read(queryId: string, name: string, range?: { readonly start: number; readonly length: number }): Promise<Uint8Array>
  /** Removes all files of a query. */
  remove(queryId: string): Promise<void>
}

/** Raw files that came over a wire, kept as they came: what is imported from them can be traced and read again. */
export interface ReceivedFiles {
  /** Keeps a file of raw records that are for a store. @returns its URI, to be imported */
  write(storeId: string, name: string, bytes: Uint8Array): Promise<string>
}

/** Below the lake's root; of all that lies there only this may be imported. */
export const RECEIVED = 'received/'

export function receivedFiles(lake: LakeContext): ReceivedFiles {
  return {
    async write(storeId, name, bytes) {
      await lake.requireWritable('receive events')
      const day = new Date().toISOString().slice(0, 10)
      const key = `${RECEIVED}${checkSegment('store', storeId)}/${day}/${checkSegment('name', name)}`
      await lake.storage.put(key, bytes)
      return lake.storage.uri(key)
    },
  }
}

/** States that somebody who listed the document a moment ago may still read. */
const STATES_KEPT = 3

/** The documents of a lake; those of its own (`stores`) are not to be changed this way. */
export function lakeDocuments(lake: LakeContext): LakeDocuments {
  const write = async (kind: string, id: string) => {
    checkSegment('id', id)
    if (kind === 'stores') throw new TraillakeError('INVALID_OPTION', { option: 'kind', reason: 'stores is taken' })
    await lake.requireWritable(`change ${kind}`)
  }
  return {
    async read(kind, id) {
      checkSegment('kind', kind)
      checkSegment('id', id)
      return readDocument(lake.storage, kind, id)
    },
    async list(kind) {
      checkSegment('kind', kind)
      return listDocumentIds(lake.storage, kind)
    },
    async update(kind, id, change) {
      await write(checkSegment('kind', kind), id)
      return updateDocument(lake.storage, kind, id, change)
    },
    async trim(kind, id) {
      await write(checkSegment('kind', kind), id)
      await trimDocument(lake.storage, kind, id, STATES_KEPT)
    },
    async remove(kind, id) {
      await write(checkSegment('kind', kind), id)
      await removeDocument(lake.storage, kind, id)
    },
  }
}

export function savedResults(lake: LakeContext): SavedResults {
  const folder = (queryId: string) => `results/${checkSegment('query id', queryId)}/`
  const keyOf = (queryId: string, name: string) => folder(queryId) + checkSegment('name', name)
  return {
    list: async () => lake.storage.listFolders('results/'),
    async write(queryId, name, bytes) {
      await lake.requireWritable('keep a result')
      await lake.storage.put(keyOf(queryId, name), bytes)
    },
    async writeFile(queryId, name, localPath) {
      await lake.requireWritable('keep a result')
      await lake.storage.putFile(keyOf(queryId, name), localPath)
    },
    read: async (queryId, name, range) => lake.storage.get(keyOf(queryId, name), range ? { range } : {}),
    async remove(queryId) {
      await lake.requireWritable('remove a result')
      const keys: string[] = []
      for await (const { key } of lake.storage.list(folder(queryId))) keys.push(key)
      for (const key of keys) await lake.storage.delete(key)
    },
  }
}

/** One segment of a key: what comes from outside never leaves its folder. */
function checkSegment(option: string, text: string): string {
  if (typeof text === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text)) return text
  throw new TraillakeError('INVALID_OPTION', { option, reason: 'must be 1 to 128 letters, digits, ".", "_" or "-"' })
}
