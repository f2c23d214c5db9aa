import type { Lake } from '@traillake/core'
import type { Buckets } from '../buckets.ts'
import type { Lease } from '../lease.ts'
import type { QueryService } from '../queries/query-service.ts'
import { createBacklog } from './backlog.ts'
import type { Family } from './family.ts'
import { gauge, lakeMetrics } from './lake-metrics.ts'
import type { Monitoring } from './monitoring.ts'
import { recentMetrics } from './recent-metrics.ts'
import type { RequestMetrics } from './registry.ts'
import { remembered } from './remembered.ts'
import { startVerification } from './verification.ts'

export interface Metrics {
  /** All there are at this moment; figures about the lake may be a while old. */
  families(): Promise<readonly Family[]>
  close(): Promise<void>
}

/** How old figures from logs and ledgers may be, and those for which events or folders are read. */
const LOGS_FRESH_MS = 15_000
const EVENTS_FRESH_MS = 60_000
/** How often they are written down for `traillake.metrics`. */
const NOTE_EVERY_MS = 60_000
const KIND = 'metrics'

/** What figures are made of. */
interface MetricsParts {
  readonly lake: Lake
  readonly lease: Lease
  readonly requests: RequestMetrics
  readonly queries: QueryService
  readonly buckets: Buckets
}

/** @param monitoring absent: figures are not written down, and nothing is measured that has to be configured */
export function createMetrics(
  { lake, lease, requests, queries, buckets }: MetricsParts,
  monitoring: Monitoring | undefined,
): Metrics {
  const expected = monitoring ?? {}
  const backlog = createBacklog(lake, buckets, expected)
  const verification = startVerification(lake, expected.verifyEveryHours)
  const ofLogs = remembered(LOGS_FRESH_MS, () => lakeMetrics(lake, expected))
  const ofEvents = remembered(EVENTS_FRESH_MS, async () => [
    ...(await recentMetrics(lake, expected)),
    ...(await backlog()),
  ])

  async function families(): Promise<readonly Family[]> {
    const { queued, running } = queries.counts
    return [
      ...requests.families(),
      gauge('traillake_queries', 'Queries that StartQuery began, on this server.', [
        { labels: { state: 'queued' }, value: queued },
        { labels: { state: 'running' }, value: running },
      ]),
      {
        name: 'traillake_query_seconds',
        type: 'histogram',
        help: 'Time from StartQuery to the end of the query, by how it ended.',
        samples: queries.durations.samples,
      },
      {
        name: 'traillake_engine_restarts_total',
        type: 'counter',
        help: 'Engine processes that were lost while they had a query.',
        samples: [{ labels: {}, value: lake.engineRestarts }],
      },
      gauge('process_resident_memory_bytes', 'Resident memory of the process.', [
        { labels: {}, value: process.memoryUsage.rss() },
      ]),
      ...verification.families(),
      ...(await ofLogs()),
      ...(await ofEvents()),
    ]
  }

  let noting: Promise<void> | undefined
  const note = () => {
    noting ??= writeDown(lake, lease.serverId, families)
      .catch((error: Error) => {
        process.emitWarning(`metrics could not be written down: ${error.message}`)
      })
      .finally(() => {
        noting = undefined
      })
  }
  const isNoted = monitoring !== undefined && !lake.readOnly
  if (isNoted) note()
  const timer = isNoted ? setInterval(note, NOTE_EVERY_MS).unref() : undefined

  return {
    families,
    async close() {
      clearInterval(timer)
      await Promise.all([noting, verification.close()])
      if (isNoted) await lake.documents.remove(KIND, lease.serverId).catch(() => undefined)
    },
  }
}

/** One row of `traillake.metrics` a sample: core reads these documents. */
async function writeDown(lake: Lake, server: string, families: () => Promise<readonly Family[]>): Promise<void> {
  const samples = (await families()).flatMap(({ name, samples: of }) =>
    of.map(({ suffix = '', labels, value }) => ({ metric: name + suffix, labels, value })),
  )
  await lake.documents.update(KIND, server, () => ({ at: new Date().toISOString(), samples }))
  await lake.documents.trim(KIND, server)
}
