import type { EventDataStore } from '@traillake/core'
import type { HistoryEvent } from './history-event.ts'
import { type HistoryPosition, newestFirst } from './position.ts'
import type { StoreHistory, StoreRequest } from './store-history.ts'

export interface LookupRequest extends StoreRequest {
  readonly stores: readonly EventDataStore[]
  /** Events wanted. */
  readonly count: number
}

/** Events of several stores as one history: newest first, each once. */
export async function lookupEvents(
  history: StoreHistory,
  { stores, count, ...request }: LookupRequest,
): Promise<readonly HistoryEvent[]> {
  const found: HistoryEvent[] = []
  let after = request.after
  do {
    const wanted = count - found.length
    const place: StoreRequest = { ...request, ...(after ? { after } : {}) }
    const pages = await Promise.all(stores.map((store) => history.read(store, place, wanted)))
    // Only down to the highest end of a page that was cut off is everything known.
    const end: HistoryPosition | undefined = pages.flatMap((page) => (page.end ? [page.end] : [])).sort(newestFirst)[0]
    const known = pages
      .flatMap(({ events }) => events)
      .filter((event) => end === undefined || newestFirst(event, end) <= 0)
      .sort(newestFirst)
    const once = new Map(known.map((event, i) => [event.id === '' ? `#${i}` : event.id, event]))
    found.push(...[...once.values()].slice(0, wanted))
    after = end
  } while (after && found.length < count)
  return found
}
