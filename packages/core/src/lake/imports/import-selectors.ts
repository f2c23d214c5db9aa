import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '../../storage/object-store.ts'
import { listDocumentIds, readDocument, writeDocument } from '../documents.ts'
import type { BasicEventSelector } from '../types.ts'

/** Documents of imports that were given basic event selectors, by import id; other imports have none. */
const KIND = 'import-selectors'

type Selectors = readonly BasicEventSelector[]

/** Remembers what an import filters by, for whoever reads its files again. To be called before its first commit. */
export async function saveImportSelectors(
  storage: ObjectStore,
  importId: string,
  eventSelectors: Selectors,
): Promise<void> {
  await writeDocument(storage, KIND, importId, 0, { eventSelectors })
}

/** What imports filtered by, besides the store's selectors. */
export interface ImportSelectors {
  /** Undefined for an import that was given none. */
  of(importId: string): Promise<Selectors | undefined>
}

/** Looks up which imports there are at the first question, and reads each one's selectors once. */
export function openImportSelectors(storage: ObjectStore): ImportSelectors {
  let ids: Promise<ReadonlySet<string>> | undefined
  const found = new Map<string, Promise<Selectors | undefined>>()

  async function read(importId: string): Promise<Selectors | undefined> {
    ids ??= listDocumentIds(storage, KIND).then((all) => new Set(all))
    if (!(await ids).has(importId)) return undefined
    const document = await readDocument<{ readonly eventSelectors: Selectors }>(storage, KIND, importId)
    return document?.value.eventSelectors
  }

  return {
    of(importId) {
      let selectors = found.get(importId)
      if (!selectors) {
        selectors = read(importId)
        found.set(importId, selectors)
      }
      return selectors
    },
  }
}

/** Imports that come out of others: one for all that were filtered alike. */
export interface ImportSuccessors {
  /** The id of the import that follows one. */
  of(importId: string): Promise<string>
  /** Those asked for that filter: to be saved before they are committed. */
  readonly filtering: ReadonlyMap<string, Selectors>
}

export function createSuccessors(selectors: ImportSelectors): ImportSuccessors {
  const ids = new Map<string, string>()
  const filtering = new Map<string, Selectors>()
  return {
    filtering,
    async of(importId) {
      const eventSelectors = await selectors.of(importId)
      const key = JSON.stringify(eventSelectors ?? null)
      let id = ids.get(key)
      if (id === undefined) {
        id = randomUUID()
        ids.set(key, id)
        if (eventSelectors) filtering.set(id, eventSelectors)
      }
      return id
    },
  }
}
