import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { lookTogether } from '../storage/look-together.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** The newest state of a small piece of control-plane data. */
export interface Document<T> {
  readonly id: string
  /** From 1; the number of the object that holds it. */
  readonly version: number
  readonly value: T
}

const DIGITS = 10
const MAX_ATTEMPTS = 100

/**
 * Documents lie in `documents/<kind>/<id>/<n>.json`. Each is immutable, the highest number wins, and a new one is written by
 * put-if-absent: so any number of processes change documents without a lock, and a crash leaves the old state or the new.
 */
function folderOf(kind: string, id: string): string {
  return `documents/${kind}/${id}/`
}

/** The newest state of a document, or undefined when there is none. */
export async function readDocument<T>(
  storage: ObjectStore,
  kind: string,
  id: string,
): Promise<Document<T> | undefined> {
  const folder = folderOf(kind, id)
  for (let attempt = 1; ; attempt++) {
    let newest: string | undefined
    // The numbers have a fixed width, so the last key is the highest one.
    for await (const { key } of storage.list(folder)) if (NUMBERED.test(key)) newest = key
    if (newest === undefined) return undefined
    try {
      return parseDocument(id, newest, await storage.get(newest))
    } catch (error) {
      // Removed between the two looks: there is a newer state, or none any more.
      if (!isTraillakeError(error, 'SOURCE_NOT_FOUND') || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/**
 * Reads a document again and again: where no state came after the one read last, it gives the same object after one look at the storage.
 * Not for documents that are trimmed or removed: the state after the last may be gone.
 */
export function documentReader<T>(
  storage: ObjectStore,
  kind: string,
  id: string,
): () => Promise<Document<T> | undefined> {
  let known: Document<T> | undefined
  let hasRead = false
  return lookTogether(async () => {
    const isNewest = hasRead && !(await storage.head(numberedKey(folderOf(kind, id), (known?.version ?? 0) + 1)))
    if (!isNewest) known = await readDocument<T>(storage, kind, id)
    hasRead = true
    return known
  })
}

function parseDocument<T>(id: string, newest: string, bytes: Buffer): Document<T> {
  try {
    return { id, version: Number(NUMBERED.exec(newest)![1]), value: JSON.parse(bytes.toString('utf8')) as T }
  } catch (cause) {
    throw new TraillakeError('STORAGE_ERROR', { operation: 'read', key: newest, reason: 'it is no JSON' }, { cause })
  }
}

function numberedKey(folder: string, version: number): string {
  return `${folder}${String(version).padStart(DIGITS, '0')}.json`
}

const NUMBERED = /\/(\d{10})\.json$/

/** Ids of all documents of a kind, in order. */
export function listDocumentIds(storage: ObjectStore, kind: string): Promise<readonly string[]> {
  return storage.listFolders(`documents/${kind}/`)
}

/**
 * Writes the state after `version` (0: the first one). Undefined when somebody else wrote that number before.
 */
export async function writeDocument<T>(
  storage: ObjectStore,
  kind: string,
  id: string,
  version: number,
  value: T,
): Promise<Document<T> | undefined> {
  const next = version + 1
  const key = numberedKey(folderOf(kind, id), next)
  const won = await storage.putIfAbsent(key, Buffer.from(`${JSON.stringify(value)}\n`))
  return won ? { id, version: next, value } : undefined
}

/** Removes a document with all its states. */
export async function removeDocument(storage: ObjectStore, kind: string, id: string): Promise<void> {
  await trimDocument(storage, kind, id, 0)
}

/** Removes the older states of a document that changes often; `keep` are left for those who are about to read them. */
export async function trimDocument(storage: ObjectStore, kind: string, id: string, keep: number): Promise<void> {
  const keys: string[] = []
  for await (const { key } of storage.list(folderOf(kind, id))) if (NUMBERED.test(key)) keys.push(key)
  // Oldest first: whatever interrupts it, the newest state stays the newest.
  for (const key of keys.slice(0, keys.length - keep)) await storage.delete(key)
}

/**
 * Changes a document: `change` gets the newest state and gives the next one, or undefined to leave it as it is. It is asked
 * again, with what is there then, as long as others come first. What it throws leaves everything unchanged.
 */
export async function updateDocument<T>(
  storage: ObjectStore,
  kind: string,
  id: string,
  change: (current: T | undefined) => T | undefined,
): Promise<Document<T> | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = await readDocument<T>(storage, kind, id)
    const next = change(current?.value)
    if (next === undefined) return current
    const written = await writeDocument(storage, kind, id, current?.version ?? 0, next)
    if (written) return written
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, 1 << attempt)))
  }
  throw new TraillakeError('COMMIT_CONFLICT', {
    table: folderOf(kind, id),
    reason: `${MAX_ATTEMPTS} others came first`,
  })
}
