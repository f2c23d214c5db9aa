import type { Lake } from '@traillake/core'
import type { Lease } from '../lease.ts'
import { isOver, type QueryRecord } from './query-record.ts'

const KIND = 'queries'
const DAY_MS = 86_400_000
/** Records and results are kept for seven days, as CloudTrail does. */
export const KEPT_MS = 7 * DAY_MS
const REMEMBERED = 10_000

/** The queries of a lake, whichever server runs them. */
export interface QueryStore {
  create(record: QueryRecord): Promise<void>
  /** Changes a query unless it is over already; gives its newest state either way. */
  change(id: string, change: (current: QueryRecord) => QueryRecord): Promise<QueryRecord | undefined>
  /** Notes what came of the delivery of a query that is over. */
  setDelivery(id: string, status: NonNullable<QueryRecord['delivery']>['status']): Promise<void>
  /** Undefined when there is none, or none any more. One whose server is gone is FAILED from then on. */
  read(id: string): Promise<QueryRecord | undefined>
  /** Newest first. */
  list(): Promise<readonly QueryRecord[]>
  /** Removes what is older than it has to be. */
  sweep(): Promise<void>
}

export function createQueryStore(lake: Lake, lease: Lease, now: () => Date): QueryStore {
  /** Records that change no more, so that listing reads each once. */
  const over = new Map<string, QueryRecord>()
  const isKept = (record: QueryRecord) =>
    Date.parse(record.finishedAt ?? record.createdAt) + KEPT_MS > now().getTime() || !isOver(record)

  const remember = (record: QueryRecord | undefined) => {
    if (record && isOver(record) && record.delivery?.status !== 'PENDING') {
      if (over.size >= REMEMBERED) over.delete(over.keys().next().value!)
      over.set(record.id, record)
    }
    return record
  }

  const change: QueryStore['change'] = async (id, next) => {
    const written = await lake.documents.update<QueryRecord>(KIND, id, (current) =>
      current === undefined || isOver(current) ? undefined : next(current),
    )
    return remember(written?.value)
  }

  async function read(id: string): Promise<QueryRecord | undefined> {
    const known = over.get(id) ?? (await lake.documents.read<QueryRecord>(KIND, id))?.value
    if (known === undefined) return undefined
    const record = isOver(known) || (await lease.isAlive(known.server)) ? known : await change(id, abandoned)
    remember(record)
    return record && isKept(record) ? record : undefined
  }

  function abandoned(record: QueryRecord): QueryRecord {
    return {
      ...record,
      status: 'FAILED',
      error: 'the server that ran the query stopped before it was finished: start it again',
      finishedAt: now().toISOString(),
    }
  }

  async function all(): Promise<readonly QueryRecord[]> {
    const records: QueryRecord[] = []
    for (const id of await lake.documents.list(KIND)) {
      const record = await read(id)
      if (record) records.push(record)
    }
    return records.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  }

  return {
    async create(record) {
      await lake.documents.update<QueryRecord>(KIND, record.id, () => record)
    },
    change,
    async setDelivery(id, status) {
      const written = await lake.documents.update<QueryRecord>(KIND, id, (current) =>
        current?.delivery ? { ...current, delivery: { ...current.delivery, status } } : undefined,
      )
      remember(written?.value)
    },
    read,
    list: all,
    async sweep() {
      for (const id of await lake.documents.list(KIND)) {
        const record = over.get(id) ?? (await lake.documents.read<QueryRecord>(KIND, id))?.value
        if (record === undefined || isKept(record)) continue
        await lake.results.remove(id)
        await lake.documents.remove(KIND, id)
        over.delete(id)
      }
    },
  }
}
