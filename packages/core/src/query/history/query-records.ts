import { listDocumentIds, readDocument } from '../../lake/documents.ts'
import type { LakeContext } from '../../lake/lake-context.ts'
import type { ParameterValue } from '../types.ts'
import type { PinnedVersion } from './pinned-versions.ts'

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

/** A query that was asked to be remembered, with all that asking it again takes. */
export interface HistoryRecord extends RememberedQuery {
  readonly status: 'FINISHED' | 'FAILED' | 'CANCELLED'
  readonly placeholders?: Readonly<Record<string, string>>
  readonly parameters?: readonly StoredParameter[]
  /** The version that each store was read at, by id. */
  readonly versions: Readonly<Record<string, number>>
  /** All versions that it read, those that its text names included. Absent in records of older releases. */
  readonly pins?: readonly PinnedVersion[]
  readonly settings: { readonly release: string; readonly engine: string }
  readonly statistics: { readonly bytesScanned: number; readonly eventsScanned: number; readonly executionMs: number }
}

/** JSON has no BigInt. */
export type StoredParameter = string | number | boolean | null | { readonly bigint: string }

export function storedParameters(values: readonly ParameterValue[]): readonly StoredParameter[] {
  return values.map((value) => (typeof value === 'bigint' ? { bigint: String(value) } : value))
}

export function revivedParameters(values: readonly StoredParameter[]): readonly ParameterValue[] {
  return values.map((value) => (typeof value === 'object' && value !== null ? BigInt(value.bigint) : value))
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
