import { listDocumentIds, readDocument } from '../../lake/documents.ts'
import type { LakeContext } from '../../lake/lake-context.ts'

/** Queries that a server ran, as it writes them down, and those that were asked to be remembered. */
export const SERVER_KIND = 'queries'
export const HISTORY_KIND = 'history'

/** What both kinds of documents say of a query; times are ISO texts. */
export interface RememberedQuery {
  readonly id: string
  readonly statement: string
  /** Ids of the event data stores that it reads. */
  readonly stores: readonly string[]
  readonly status: string
  readonly caller?: string
  readonly createdAt: string
  readonly finishedAt?: string
  readonly error?: string
  readonly rows?: number
  readonly statistics?: { readonly bytesScanned: number; readonly executionMs: number }
  /** Of the rows; see `digest.ts`. */
  readonly digest?: string
}

/** All queries that the lake remembers, newest first. */
export async function listRememberedQueries(lake: LakeContext): Promise<readonly RememberedQuery[]> {
  const all: RememberedQuery[] = []
  for (const kind of [SERVER_KIND, HISTORY_KIND]) {
    for (const id of await listDocumentIds(lake.storage, kind)) {
      const value = (await readDocument<RememberedQuery & ServerRecord>(lake.storage, kind, id))?.value
      if (value) all.push(value.result ? { ...value, rows: value.result.rows } : value)
    }
  }
  return all.sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
}

/** Where a server keeps the number of rows. */
interface ServerRecord {
  readonly result?: { readonly rows: number }
}
