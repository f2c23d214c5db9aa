import type { ObjectInfo, ObjectStore } from '../../storage/object-store.ts'
import type { EventDataStore } from '../types.ts'

const CATALOG = 'documents/stores/catalog/'
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/**
 * Folders of stores that are in the lake no more, with the time from which they count as unused: when the store was deleted,
 * or when the newest of its files was written, whichever is later. A store that is being made is in no catalog yet either.
 */
export async function findDeletedStores(
  storage: ObjectStore,
  live: readonly EventDataStore[],
): Promise<readonly { readonly files: readonly ObjectInfo[]; readonly unusedSinceMs: number }[]> {
  const known = new Set(live.map((store) => store.id))
  const gone = (await storage.listFolders('stores/')).filter((name) => UUID.test(name) && !known.has(name))
  if (gone.length === 0) return []
  const states: ObjectInfo[] = []
  for await (const info of storage.list(CATALOG)) states.push(info)
  const found: { files: readonly ObjectInfo[]; unusedSinceMs: number }[] = []
  for (const id of gone) {
    const files: ObjectInfo[] = []
    for await (const info of storage.list(`stores/${id}/`)) files.push(info)
    if (files.length === 0) continue
    const written = Math.max(...files.map((file) => file.modifiedMs))
    found.push({ files, unusedSinceMs: Math.max(written, (await deletedAt(storage, states, id)) ?? 0) })
  }
  return found
}

/**
 * When a store left the lake: by the time that its deletion named, else when the first state of the catalog without it was
 * written. Undefined when no state had it; never (Infinity) while the newest one has it.
 */
async function deletedAt(storage: ObjectStore, states: readonly ObjectInfo[], id: string): Promise<number | undefined> {
  for (let i = states.length - 1; i >= 0; i--) {
    const bytes = await storage.get(states[i]!.key)
    if (!bytes.includes(`"${id}"`)) continue
    const { stores } = JSON.parse(bytes.toString('utf8')) as { readonly stores: readonly StoredStore[] }
    const deletedFrom = stores.find((store) => store.id === id)?.deletedFrom
    const leftMs = states[i + 1]?.modifiedMs
    if (deletedFrom === undefined) return leftMs ?? Infinity
    return Math.max(Date.parse(deletedFrom), leftMs ?? 0)
  }
  return undefined
}

interface StoredStore {
  readonly id: string
  /** ISO time. */
  readonly deletedFrom?: string
}
