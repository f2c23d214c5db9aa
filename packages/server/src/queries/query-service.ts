import { randomUUID } from 'node:crypto'
import type { Lake } from '@traillake/core'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'
import { translate } from '@traillake/core/sql'
import type { Lease } from '../lease.ts'
import { createHistogram, type Histogram } from '../metrics/registry.ts'
import { noSpan, type Span, type Tracing } from '../tracing/span.ts'
import { tracedQuery } from '../tracing/trace-query.ts'
import type { Delivery } from './delivery.ts'
import { eventsMatched } from './events-matched.ts'
import { isOver, type QueryRecord } from './query-record.ts'
import { createQuerySlots } from './query-slots.ts'
import { createQueryStore, type QueryStore } from './query-store.ts'
import { createRowWriter } from './saved-rows.ts'

export interface QueryLimits {
  /** Queries queued or running in the lake, on whichever server. Default 10, as CloudTrail has it. */
  readonly maxQueries?: number
  /** How many of them this server runs at a time; the others are QUEUED. Default 4. */
  readonly maxRunning?: number
  /** Default one hour. */
  readonly timeoutMs?: number
  /** Bytes of one answer as text; default 1 GB. */
  readonly maxResultBytes?: number
}

export interface StartedQuery {
  readonly statement: string
  /** Ids of what the statement reads, from `storesOf`. */
  readonly stores: readonly string[]
  readonly caller: string
  /** Where to deliver the answer, checked. */
  readonly deliveryUri?: string
  /** Stores that `$NAME` stand for. */
  readonly placeholders?: Readonly<Record<string, string>>
  /** Values of `?`, in order. */
  readonly parameters?: readonly string[]
  /** The name of the saved query that the statement is. */
  readonly alias?: string
  /** Default: the limit of the server. */
  readonly timeoutMs?: number
  /** Of the request that starts it. */
  readonly span?: Span
}

/** Runs queries in the background and keeps what came of them in the lake. */
export interface QueryService {
  readonly store: QueryStore
  /** Checks a statement and gives the ids of what it reads: stores, and system tables as `traillake.<name>`. Errors are those of `translate`. */
  storesOf(statement: string, values?: Pick<StartedQuery, 'placeholders' | 'parameters'>): Promise<readonly string[]>
  /** Undefined when as many as allowed are under way. */
  start(query: StartedQuery): Promise<QueryRecord | undefined>
  read(id: string): Promise<QueryRecord | undefined>
  /** Undefined when there is none; `isCancelled` false when it was over already. */
  cancel(id: string): Promise<{ readonly record: QueryRecord; readonly isCancelled: boolean } | undefined>
  readonly counts: { readonly queued: number; readonly running: number }
  /** From the start to the end of each query, by how it ended. */
  readonly durations: Histogram
  /** Waits for what runs, up to `graceMs`, then ends it. */
  close(graceMs: number): Promise<void>
}

interface Active {
  record: QueryRecord
  readonly slot: number
  readonly options: Pick<StartedQuery, 'placeholders' | 'parameters' | 'timeoutMs'>
  readonly controller: AbortController
  readonly span: Span
  /** Ends when the query begins. */
  readonly queued: Span
}

/** RUNNING is written to the lake only for a query that takes this long: the others see it QUEUED, then over. */
const SHORT_MS = 250

export interface QueryParts {
  readonly lake: Lake
  readonly lease: Lease
  readonly delivery: Delivery
  readonly tracing: Tracing
  readonly now: () => Date
}

export function createQueryService(
  { lake, lease, delivery, tracing, now }: QueryParts,
  { maxQueries = 10, maxRunning = 4, timeoutMs = 3_600_000, maxResultBytes = 1_000_000_000 }: QueryLimits = {},
): QueryService {
  const store = createQueryStore(lake, lease, now)
  const slots = createQuerySlots(lake, lease, maxQueries)
  const active = new Map<string, Active>()
  const waiting: Active[] = []
  const durations = createHistogram('status')
  const running = new Set<Promise<void>>()
  let isClosing = false

  /** A long query that another server cancelled is stopped at the next renewal. */
  lease.onRenew(() => {
    for (const [id, { controller }] of active) {
      store.read(id).then(
        (record) => record && isOver(record) && controller.abort(),
        () => undefined,
      )
    }
  })

  function pump(): void {
    while (running.size < maxRunning && waiting.length > 0) {
      const work: Promise<void> = run(waiting.shift()!).finally(() => {
        running.delete(work)
        pump()
      })
      running.add(work)
    }
  }

  async function run(query: Active): Promise<void> {
    const { id } = query.record
    query.record = { ...query.record, status: 'RUNNING' }
    query.queued.end()
    let noted: Promise<unknown> = Promise.resolve()
    const timer = setTimeout(() => {
      noted = store.change(id, (record) => ({ ...record, status: 'RUNNING' })).catch(() => undefined)
    }, SHORT_MS)
    try {
      const changes = await execute(query)
      clearTimeout(timer)
      await noted
      const finishedAt = now().toISOString()
      const ended = await store.change(id, (record) => ({ ...record, ...changes, finishedAt }))
      if (ended) durations.observe(ended.status, (Date.parse(finishedAt) - Date.parse(ended.createdAt)) / 1000)
      active.delete(id)
      if (ended?.delivery) await deliver(ended, query.span)
    } catch (error) {
      // The lake could not be written: the record stays as it was, and its lease runs out.
      process.emitWarning(`what came of query ${id} could not be kept: ${(error as Error).message}`)
    } finally {
      clearTimeout(timer)
      active.delete(id)
      await giveBack(query.slot)
    }
  }

  async function giveBack(slot: number): Promise<void> {
    await slots.release(slot)
    lease.release()
  }

  /** Runs one query and gives what its record says then. Rows taken before a time limit are kept. */
  async function execute({ record, options, controller, span }: Active): Promise<Partial<QueryRecord>> {
    const started = performance.now()
    const rows = createRowWriter(lake, record.id)
    let columns: readonly string[] = []
    let scanned = { bytesScanned: 0, eventsScanned: 0 }
    const statistics = () => ({ ...scanned, executionMs: Math.round(performance.now() - started) })
    try {
      controller.signal.throwIfAborted()
      const { result, end } = await tracedQuery(lake, tracing, span, record.statement, {
        timeoutMs,
        ...options,
        signal: controller.signal,
        rowMode: 'array',
      })
      let failure: unknown
      try {
        columns = result.columns.map(({ name }) => name)
        const { bytesScanned, eventsScanned } = result.statistics
        scanned = { bytesScanned, eventsScanned }
        for await (const batch of result.textBatches()) {
          await rows.add(batch)
          if (rows.bytes > maxResultBytes) return { status: 'FAILED', error: 'Query response is too large' }
        }
      } catch (error) {
        failure = error
        throw error
      } finally {
        end(failure)
        await result.close()
      }
      const saved = await rows.save(columns)
      const outcome = { rows: saved.rows, eventsScanned: scanned.eventsScanned }
      const matched = eventsMatched(record.statement, options, await lake.catalog(), outcome)
      const known = matched === undefined ? {} : { eventsMatched: matched }
      return { status: 'FINISHED', result: saved, statistics: { ...statistics(), ...known } }
    } catch (error) {
      const outcome = outcomeOf(error, controller.signal)
      if (outcome.status !== 'TIMED_OUT') return { ...outcome, statistics: statistics() }
      return { ...outcome, result: await rows.save(columns), statistics: statistics() }
    } finally {
      await rows.close()
    }
  }

  async function deliver(record: QueryRecord, parent: Span): Promise<void> {
    const span = parent.begin('deliver-files')
    const status = record.status === 'FINISHED' ? await delivery.write(record) : 'CANCELLED'
    span.end(status === 'SUCCESS' ? {} : { error: status })
    await store.setDelivery(record.id, status)
  }

  return {
    store,
    async storesOf(statement, values = {}) {
      const { tables } = translate(statement, { catalog: await lake.catalog(), ...values })
      return [...new Set(tables.map(({ table }) => table.id))]
    },
    async start({ statement, stores, caller, deliveryUri, alias, span = noSpan, ...options }) {
      if (isClosing) throw new TraillakeError('LAKE_CLOSED', {})
      await lease.hold()
      let slot: number | undefined
      try {
        slot = await slots.take()
      } finally {
        if (slot === undefined) lease.release()
      }
      if (slot === undefined) return undefined
      const record: QueryRecord = {
        id: randomUUID(),
        statement,
        stores,
        status: 'QUEUED',
        caller,
        server: lease.serverId,
        createdAt: now().toISOString(),
        ...(alias === undefined ? {} : { alias }),
        ...(deliveryUri === undefined ? {} : { delivery: { uri: deliveryUri, status: 'PENDING' } }),
      }
      try {
        await store.create(record)
      } catch (error) {
        await giveBack(slot)
        throw error
      }
      const query = { record, slot, options, controller: new AbortController(), span, queued: span.begin('queue') }
      active.set(record.id, query)
      waiting.push(query)
      pump()
      return record
    },
    async read(id) {
      return active.get(id)?.record ?? store.read(id)
    },
    async cancel(id) {
      const before = await store.read(id)
      if (before === undefined) return undefined
      let isCancelled = false
      const record = await store.change(id, (current) => {
        isCancelled = true
        return { ...current, status: 'CANCELLED', finishedAt: now().toISOString() }
      })
      const own = active.get(id)
      if (own && record && isOver(record)) own.record = record
      own?.controller.abort()
      return { record: record ?? before, isCancelled }
    },
    durations,
    get counts() {
      return { queued: waiting.length, running: running.size }
    },
    async close(graceMs) {
      isClosing = true
      const stop = setTimeout(() => {
        for (const { controller } of active.values()) controller.abort(STOPPED)
      }, graceMs)
      while (running.size > 0) await Promise.allSettled(running)
      clearTimeout(stop)
    },
  }
}

/** Why a query is aborted when the server goes. */
const STOPPED = 'the server was stopped before the query was finished'

function outcomeOf(error: unknown, signal: AbortSignal): Partial<QueryRecord> & { status: QueryRecord['status'] } {
  if (signal.aborted) {
    return signal.reason === STOPPED ? { status: 'FAILED', error: STOPPED } : { status: 'CANCELLED' }
  }
  if (isTraillakeError(error, 'EXCEEDED_TIME_LIMIT')) return { status: 'TIMED_OUT', error: error.message }
  return { status: 'FAILED', error: isTraillakeError(error) ? error.message : 'internal error' }
}
