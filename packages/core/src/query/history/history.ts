import { TraillakeError } from '../../errors/index.ts'
import { listDocumentIds, readDocument, removeDocument } from '../../lake/documents.ts'
import { type QueryContext, startQuery } from '../run-query.ts'
import type { QueryOptions } from '../types.ts'
import { createRowDigest } from './digest.ts'
import { HISTORY_KIND, type HistoryRecord, revivedParameters } from './query-records.ts'

/** What came of asking a remembered query again. */
export interface RepeatedQuery {
  readonly query: HistoryRecord
  readonly rows: number
  readonly digest: string
  /** True where the rows are the same as then; their order counts where ORDER BY fixes it. */
  readonly isSame: boolean
}

/** Queries that were run with `remember`. Those that finished keep the files of the versions they read from being vacuumed. */
export interface History {
  /** Newest first. */
  list(): Promise<readonly HistoryRecord[]>
  /** @param id whole, or its beginning where no other begins so. Throws QUERY_NOT_FOUND. */
  get(id: string): Promise<HistoryRecord>
  /**
   * Asks a finished query again: the same text and values, at the same moment, over the same versions of its stores, and compares the digests.
   *
   * Errors: QUERY_NOT_FOUND, TABLE_VERSION_NOT_FOUND, TABLE_VERSION_VACUUMED, and those of `query`.
   */
  repeat(id: string, options?: Pick<QueryOptions, 'signal' | 'timeoutMs'>): Promise<RepeatedQuery>
  /** Forgets one; what only it has kept may then be vacuumed. Errors: QUERY_NOT_FOUND, LAKE_READ_ONLY. */
  remove(id: string): Promise<void>
}

export function createHistory(context: QueryContext, requireOpen: () => void): History {
  const { storage } = context.lake
  const read = async (id: string) => (await readDocument<HistoryRecord>(storage, HISTORY_KIND, id))?.value

  async function get(id: string): Promise<HistoryRecord> {
    requireOpen()
    const matching = (await listDocumentIds(storage, HISTORY_KIND)).filter((known) => id !== '' && known.startsWith(id))
    const found = matching.length === 1 ? await read(matching[0]!) : undefined
    if (found) return found
    const hint =
      matching.length > 1 ? `${matching.length} queries begin so: write more of the id` : 'traillake queries lists them'
    throw new TraillakeError('QUERY_NOT_FOUND', { query: id }, { hint })
  }

  return {
    get,
    async list() {
      requireOpen()
      const records = await Promise.all((await listDocumentIds(storage, HISTORY_KIND)).map(read))
      return records
        .filter((record) => record !== undefined)
        .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
    },
    async repeat(id, options = {}) {
      const query = await get(id)
      // Digests of older releases say nothing of the order.
      const isSorted = query.digest?.startsWith('sorted:') ?? false
      let digest = createRowDigest()
      const result = await startQuery(
        context,
        query.statement,
        {
          ...options,
          now: new Date(query.createdAt),
          versions: new Map(Object.entries(query.versions)),
          ...(query.placeholders ? { placeholders: query.placeholders } : {}),
          ...(query.parameters ? { parameters: revivedParameters(query.parameters) } : {}),
        },
        ({ translation }) => {
          if (isSorted) digest = createRowDigest(translation.sortedBy)
          return { rows: (rows) => digest.add(rows), end: async () => undefined }
        },
      )
      for await (const _ of result.batches());
      const value = digest.value()
      return { query, rows: result.statistics.rows, digest: value, isSame: value === query.digest }
    },
    async remove(id) {
      const { id: whole } = await get(id)
      await context.lake.requireWritable('forget a query')
      await removeDocument(storage, HISTORY_KIND, whole)
    },
  }
}
