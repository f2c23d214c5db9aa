import { didYouMean, TraillakeError } from '../../errors/index.ts'
import { listDocumentIds, readDocument, removeDocument, updateDocument } from '../../lake/documents.ts'
import type { LakeContext } from '../../lake/lake-context.ts'
import { parse } from '../../sql/parse.ts'
import { checkDocumentName, isDocumentName } from '../check-options.ts'

/** A query with a name, kept in the lake for everybody who uses it. */
export interface SavedQuery {
  /** 1 to 128 letters, digits, dots, dashes, underscores. */
  readonly name: string
  readonly sql: string
  readonly description?: string
  readonly updatedAt: string
}

/** Queries by name. */
export interface SavedQueries {
  /** By name. */
  list(): Promise<readonly SavedQuery[]>
  /** Throws QUERY_NOT_FOUND. */
  get(name: string): Promise<SavedQuery>
  /** Keeps a query, in place of one of the same name. Its grammar is checked, its names are not. Errors: those of `parse`, LAKE_READ_ONLY. */
  save(name: string, sql: string, options?: { readonly description?: string }): Promise<SavedQuery>
  /** Errors: QUERY_NOT_FOUND, LAKE_READ_ONLY. */
  remove(name: string): Promise<void>
}

const KIND = 'saved-queries'

export function createSavedQueries(lake: LakeContext, requireOpen: () => void): SavedQueries {
  const names = () => listDocumentIds(lake.storage, KIND)

  async function get(name: string): Promise<SavedQuery> {
    requireOpen()
    const found = isDocumentName(name) ? await readDocument<SavedQuery>(lake.storage, KIND, name) : undefined
    if (found) return found.value
    throw new TraillakeError('QUERY_NOT_FOUND', { query: name }, { hint: didYouMean(name, await names()) })
  }

  return {
    get,
    async list() {
      requireOpen()
      return Promise.all((await names()).map(get))
    },
    async save(name, sql, { description } = {}) {
      requireOpen()
      checkDocumentName(name)
      await lake.requireWritable('save a query')
      parse(sql)
      const saved = { name, sql, ...(description ? { description } : {}), updatedAt: new Date().toISOString() }
      await updateDocument<SavedQuery>(lake.storage, KIND, name, () => saved)
      return saved
    },
    async remove(name) {
      await get(name)
      await lake.requireWritable('remove a saved query')
      await removeDocument(lake.storage, KIND, name)
    },
  }
}
