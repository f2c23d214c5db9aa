import { engineVersion } from '../../engine/duckdb.ts'
import { writeDocument } from '../../lake/documents.ts'
import type { LakeContext } from '../../lake/lake-context.ts'
import { ENGINE_INFO } from '../../table/index.ts'
import type { QueryPlan } from '../plan-query.ts'
import type { QueryOutcome } from '../query-result.ts'
import { type QueryContext, startQuery } from '../run-query.ts'
import type { QueryOptions, QueryResult } from '../types.ts'
import { createRowDigest } from './digest.ts'
import type { PinnedVersion } from './pinned-versions.ts'
import { HISTORY_KIND, type HistoryRecord, storedParameters } from './query-records.ts'

/** Runs a query and writes it down once its rows were taken. Errors: those of `query`, LAKE_READ_ONLY. */
export async function rememberQuery(context: QueryContext, text: string, options: QueryOptions): Promise<QueryResult> {
  await context.lake.requireWritable('remember a query')
  const now = new Date()
  return startQuery(context, text, { ...options, now }, (plan) => {
    const digest = createRowDigest(plan.translation.sortedBy)
    return {
      rows: (rows) => digest.add(rows),
      end: (outcome) => writeRecord(context.lake, recordOf(text, options, now, plan, outcome, digest.value())),
    }
  })
}

function recordOf(
  statement: string,
  { placeholders, parameters }: QueryOptions,
  now: Date,
  plan: QueryPlan,
  { queryId, status, error, statistics }: QueryOutcome,
  digest: string,
): HistoryRecord {
  const stores = plan.scans.flatMap(({ source }) => (source.kind === 'store' ? [source.store.id] : []))
  return {
    id: queryId,
    statement,
    ...(placeholders ? { placeholders } : {}),
    ...(parameters ? { parameters: storedParameters(parameters) } : {}),
    stores: [...new Set(stores)],
    versions: versionsOf(plan),
    pins: pinsOf(plan),
    settings: { release: ENGINE_INFO, engine: `DuckDB ${engineVersion()}` },
    status,
    createdAt: now.toISOString(),
    finishedAt: new Date().toISOString(),
    ...(error ? { error: error.message } : {}),
    statistics: {
      bytesScanned: statistics.bytesScanned,
      eventsScanned: statistics.eventsScanned,
      executionMs: Math.round(statistics.totalMs),
    },
    ...(status === 'FINISHED' ? { rows: statistics.rows, digest } : {}),
  }
}

/** The version that each store was read at; a use with FOR … AS OF says itself what it reads. */
function versionsOf({ scans }: QueryPlan): Readonly<Record<string, number>> {
  const versions: Record<string, number> = {}
  for (const { use, source, version } of scans)
    if (source.kind === 'store' && version !== undefined && !use.asOf) versions[source.store.id] = version
  return versions
}

/** Every version that was read, each once. */
function pinsOf({ scans }: QueryPlan): readonly PinnedVersion[] {
  const pins = new Map<string, PinnedVersion>()
  for (const { source, version } of scans)
    if (source.kind === 'store' && version !== undefined)
      pins.set(`${source.store.id} ${version}`, { store: source.store.id, version })
  return [...pins.values()]
}

async function writeRecord(lake: LakeContext, record: HistoryRecord): Promise<void> {
  await writeDocument(lake.storage, HISTORY_KIND, record.id, 0, record)
}
