import type { EventDataStore, Lake } from '@traillake/core'
import { attributes } from './attributes.ts'
import { type HistoryEvent, historyEvent } from './history-event.ts'
import { endOf, type HistoryPosition, newestFirst } from './position.ts'
import { type HistoryFilter, historyStatement } from './statement.ts'
import { createStretches, type StoredEvent, type Stretch } from './stretches.ts'

export interface StoreRequest extends HistoryFilter {
  /** Epoch milliseconds, both included. */
  readonly fromMs: number
  readonly toMs: number
  readonly after?: HistoryPosition
}

export interface StorePage {
  /** Newest first. */
  readonly events: readonly HistoryEvent[]
  /** How far everything was looked at; undefined: there is no more. */
  readonly end: HistoryPosition | undefined
}

/** Reads histories of single stores. */
export interface StoreHistory {
  /** The newest `count` events that match. */
  read(store: EventDataStore, request: StoreRequest, count: number): Promise<StorePage>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/**
 * Events that are read at a time. Texts of a data file lie in large pages, and what takes the time is to unpack these: a thousand events of
 * them take little longer than fifty, and the next pages are then at hand.
 */
const AHEAD = 1000
/** Characters of text that are kept. */
const KEPT_LENGTH = 16_000_000

/**
 * Asks for an hour first, then a day, and for longer and longer spans as long as events are missing: the newest page of a long history
 * does not read all of it. What was read is kept as long as the store stays as it is: a commit changes its version.
 */
export function createStoreHistory(lake: Lake): StoreHistory {
  const stretches = createStretches(KEPT_LENGTH)
  const underWay = new Map<string, Promise<Stretch>>()

  /** Whoever asks for what is being read already waits for it. */
  function fetchStretch(key: string, sql: string, limit: number, start: HistoryPosition, fromMs: number) {
    const id = `${key} ${sql}`
    const known = underWay.get(id)
    if (known) return known
    const reading = rowsOf(lake, sql).then((events) => {
      const stretch = { start, events, end: events.length === limit ? events.at(-1)! : endOf(fromMs) }
      stretches.add(key, stretch)
      return stretch
    })
    underWay.set(id, reading)
    return reading.finally(() => underWay.delete(id))
  }

  return {
    async read(store, { fromMs, toMs, after, ...filter }, count) {
      const { attribute } = filter
      const times = await lake.eventTimes(store.id)
      const key = JSON.stringify([store.id, store.createdAt, times.version, filter])
      const oldestMs = Math.max(fromMs, times.fromMs)
      const newest = endOf(Math.min(toMs, times.toMs) + 1)
      let place = after && newestFirst(after, newest) > 0 ? after : newest
      // One id is in one place: looking for it in parts would only take longer.
      let spanMs = attribute?.key === 'EventId' ? Infinity : HOUR_MS
      const events: HistoryEvent[] = []
      while (newestFirst(place, endOf(oldestMs)) < 0) {
        let stretch = stretches.find(key, place)
        if (!stretch) {
          const from = Math.max(oldestMs, place.timeMs - spanMs)
          // Rare events of a long span lie in as many files: only who asks for a second page may want them all.
          const limit = spanMs <= DAY_MS || after ? AHEAD : count
          stretch = await fetchStretch(key, historyStatement(store, filter, place, from, limit), limit, place, from)
        }
        for (const stored of stretch.events) {
          if (newestFirst(stored, place) <= 0) continue
          if (stored.timeMs < oldestMs) return { events, end: undefined }
          const event = historyEvent(stored.text, stored.timeMs)
          if (attribute && !attributes[attribute.key].has(event, attribute.value)) continue
          events.push(event)
          if (events.length === count) return { events, end: stored }
        }
        place = stretch.end
        spanMs *= 24
      }
      return { events, end: undefined }
    },
  }
}

async function rowsOf(lake: Lake, sql: string): Promise<readonly StoredEvent[]> {
  const result = await lake.query(sql, { rowMode: 'array' })
  const events: StoredEvent[] = []
  try {
    for await (const batch of result.textBatches())
      for (const [timeMs, id, text] of batch) events.push({ timeMs: Number(timeMs), id: id!, text: text! })
  } finally {
    await result.close()
  }
  return events
}
