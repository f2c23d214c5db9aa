import type { EventDataStore, Lake } from '@traillake/core'
import { type AttributeKey, attributes, quote } from './attributes.ts'
import { type HistoryEvent, historyEvent } from './history-event.ts'

/** Where the last page ended. */
export interface HistoryPosition {
  readonly timeMs: number
  readonly id: string
}

export interface LookupRequest {
  readonly stores: readonly EventDataStore[]
  readonly category: 'Management' | 'Insight'
  readonly attribute?: { readonly key: AttributeKey; readonly value: string }
  /** Epoch milliseconds, both included. */
  readonly fromMs: number
  readonly toMs: number
  readonly after?: HistoryPosition
  /** Events wanted. */
  readonly count: number
  readonly signal?: AbortSignal
}

const HOUR_MS = 3_600_000

/**
 * Events of several stores as one history: newest first, each once.
 *
 * Asks for an hour first, then a day, and for longer and longer spans as long as events are missing: the newest page of a long
 * history does not read all of it.
 */
export async function lookupEvents(lake: Lake, request: LookupRequest): Promise<readonly HistoryEvent[]> {
  const { fromMs, after, count } = request
  const found: HistoryEvent[] = []
  let to = after ? Math.min(request.toMs, after.timeMs) : request.toMs
  let span = HOUR_MS
  let hasJumped = false
  while (to >= fromMs && found.length < count) {
    const from = Math.max(fromMs, to - span + 1)
    const position: { current: HistoryPosition | undefined } = { current: after }
    for (;;) {
      const wanted = count - found.length
      const page = await newest(lake, request, { from, to }, position.current, wanted)
      found.push(...page.events.slice(0, wanted))
      if (found.length >= count || page.last === undefined) break
      position.current = page.last
    }
    to = from - 1
    if (found.length === 0 && !hasJumped) {
      // Nothing new at all: the logs of the tables tell where the newest event is.
      hasJumped = true
      to = Math.min(to, await newestTime(lake, request.stores))
    } else {
      span *= 24
    }
  }
  return found
}

/** Epoch milliseconds of the newest event; -Infinity when there is none. */
async function newestTime(lake: Lake, stores: readonly EventDataStore[]): Promise<number> {
  const described = await Promise.all(stores.map((store) => lake.describe(store.id)))
  return Math.max(...described.map(({ newestEventTime }) => newestEventTime?.getTime() ?? Number.NEGATIVE_INFINITY))
}

interface Page {
  readonly events: readonly HistoryEvent[]
  /** Set while there may be more in the span: how far everything was looked at. */
  readonly last: HistoryPosition | undefined
}

/** The newest events of a span in all stores, after a position. */
async function newest(
  lake: Lake,
  request: LookupRequest,
  span: { readonly from: number; readonly to: number },
  after: HistoryPosition | undefined,
  count: number,
): Promise<Page> {
  const pages = await Promise.all(
    request.stores.map(async (store) => {
      const rows = await rowsOf(lake, statement(store, request, span, after, count), request.signal)
      const events = rows.map(([timeMs, text]) => historyEvent(text!, Number(timeMs)))
      return { events, isFull: rows.length === count }
    }),
  )
  const ends = pages.flatMap(({ events, isFull }) => (isFull ? [events.at(-1)!] : []))
  // Only down to the highest end of a page that was cut off is everything known.
  const end = ends.sort(newestFirst)[0]
  const known = pages
    .flatMap(({ events }) => events)
    .filter((event) => end === undefined || newestFirst(event, end) <= 0)
  const { attribute } = request
  const exact = attribute ? known.filter((event) => attributes[attribute.key].has(event, attribute.value)) : known
  const once = new Map(exact.sort(newestFirst).map((event, i) => [event.id === '' ? `#${i}` : event.id, event]))
  return { events: [...once.values()], last: end && { timeMs: end.timeMs, id: end.id } }
}

function newestFirst(a: HistoryPosition, b: HistoryPosition): number {
  return b.timeMs - a.timeMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

function statement(
  store: EventDataStore,
  { category, attribute }: LookupRequest,
  span: { readonly from: number; readonly to: number },
  after: HistoryPosition | undefined,
  count: number,
): string {
  const conditions = [
    `eventTime >= ${literal(span.from)}`,
    `eventTime <= ${literal(span.to)}`,
    ...(category === 'Management'
      ? ["(eventCategory = 'Management' OR (eventCategory IS NULL AND coalesce(managementEvent, true)))"]
      : []),
    ...(attribute ? [attributes[attribute.key].sql(attribute.value)] : []),
    ...(after
      ? [
          `(eventTime < ${literal(after.timeMs)} OR (eventTime = ${literal(after.timeMs)} AND coalesce(eventID, '') < ${quote(after.id)}))`,
        ]
      : []),
  ]
  return `SELECT CAST(to_unixtime(eventTime) * 1000 AS bigint), eventJson FROM ${quoteName(store.arn)}
WHERE ${conditions.join(' AND ')}
ORDER BY eventTime DESC, coalesce(eventID, '') DESC LIMIT ${count}`
}

async function rowsOf(lake: Lake, sql: string, signal?: AbortSignal): Promise<(string | null)[][]> {
  const result = await lake.query(sql, { rowMode: 'array', ...(signal ? { signal } : {}) })
  const rows: (string | null)[][] = []
  try {
    for await (const batch of result.textBatches()) rows.push(...batch.map((row) => [...row]))
  } finally {
    await result.close()
  }
  return rows
}

function literal(ms: number): string {
  return `TIMESTAMP '${new Date(ms).toISOString().replace('T', ' ').slice(0, 23)}'`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
