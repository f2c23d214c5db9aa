import type { Lake } from '@traillake/core'
import type { Family, Sample } from './family.ts'
import { gauge, rowsOf } from './lake-metrics.ts'
import type { Monitoring } from './monitoring.ts'

const DAY_MS = 86_400_000
/** Quiet accounts have no events on some days. */
const COVERED_DAYS = 7

/**
 * How late events come, of what kind they are and from where: of the newest day of each store (of seven days, where from), so
 * that the files of other days are not read.
 */
export async function recentMetrics(lake: Lake, { accounts, regions }: Monitoring): Promise<readonly Family[]> {
  const latency: Sample[] = []
  const volume: Sample[] = []
  const seen = { account: new Set<string>(), region: new Set<string>() }
  for (const store of await lake.listEventDataStores()) {
    if (store.schema !== 'events' || store.deletedFrom) continue
    const newest = (await lake.describe(store.id)).newestEventTime
    if (!newest) continue
    const after = (days: number) =>
      `eventtime > timestamp '${new Date(newest.getTime() - days * DAY_MS).toISOString().slice(0, -1).replace('T', ' ')}'`
    const lag = `approx_percentile(date_diff('millisecond', e.eventtime, f.imported_at)`
    const [late] = await rowsOf(
      lake,
      `SELECT ${lag}, 0.5), ${lag}, 0.95) FROM ${store.id} e
       JOIN traillake.source_files f ON f.source_id = e."$source" AND f.event_data_store = '${store.id}' WHERE ${after(1)}`,
    )
    for (const [i, quantile] of [0.5, 0.95].entries()) {
      const ms = late?.[i]
      if (ms) latency.push({ labels: { store: store.name, quantile }, value: Number(ms) / 1000 })
    }
    const kinds = await rowsOf(
      lake,
      `SELECT coalesce(eventcategory, 'unknown'), count(*) FROM ${store.id} WHERE ${after(1)} GROUP BY 1 ORDER BY 1`,
    )
    for (const [category, count] of kinds) {
      volume.push({ labels: { store: store.name, category: category! }, value: Number(count) })
    }
    if (!accounts && !regions) continue
    const places = await rowsOf(
      lake,
      `SELECT DISTINCT recipientaccountid, awsregion FROM ${store.id} WHERE ${after(COVERED_DAYS)}`,
    )
    for (const [account, region] of places) {
      if (account) seen.account.add(account)
      if (region) seen.region.add(region)
    }
  }
  return [
    gauge(
      'traillake_ingest_latency_seconds',
      'From the time of an event to its import, of the newest day of a store.',
      latency,
    ),
    gauge('traillake_newest_day_events', 'Events of the newest day of a store by category.', volume),
    ...coverage('account', accounts, seen.account),
    ...coverage('region', regions, seen.region),
  ]
}

/** Which of the expected ones sent events in the newest days. */
function coverage(kind: string, expected: readonly string[] | undefined, seen: ReadonlySet<string>): readonly Family[] {
  if (!expected) return []
  const samples = expected.map((name) => ({ labels: { [kind]: name }, value: seen.has(name) ? 1 : 0 }))
  const covered = samples.reduce((sum, { value }) => sum + value, 0)
  return [
    gauge(
      `traillake_expected_${kind}_seen`,
      `1 for an expected ${kind} whose events came in the newest ${COVERED_DAYS} days.`,
      samples,
    ),
    gauge(`traillake_${kind}_coverage_ratio`, `Expected ${kind}s whose events came, of all expected.`, [
      { labels: {}, value: expected.length === 0 ? 1 : covered / expected.length },
    ]),
  ]
}
