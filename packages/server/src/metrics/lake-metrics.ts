import type { Lake } from '@traillake/core'
import { head, labels } from './registry.ts'

/** The figures of a lake are computed at most this often, however many ask. */
const FRESH_MS = 15_000

interface Figure {
  readonly name: string
  readonly help: string
  readonly sql: string
}

/** Each gives rows of store name, label and number; the label's name is the last word of `by`. */
const figures: readonly (Figure & { readonly by?: string })[] = [
  {
    name: 'traillake_store_events',
    help: 'Events in the newest version of a store.',
    sql: `SELECT s.name, NULL, coalesce(sum(f.events), 0) FROM traillake.stores s
      LEFT JOIN traillake.data_files f ON f.event_data_store = s.event_data_store GROUP BY 1`,
  },
  {
    name: 'traillake_store_bytes',
    help: 'Bytes of the data files of the newest version of a store.',
    sql: `SELECT s.name, NULL, coalesce(sum(f.size), 0) FROM traillake.stores s
      LEFT JOIN traillake.data_files f ON f.event_data_store = s.event_data_store GROUP BY 1`,
  },
  {
    name: 'traillake_store_data_files',
    help: 'Data files of the newest version of a store.',
    sql: `SELECT s.name, NULL, count(f.path) FROM traillake.stores s
      LEFT JOIN traillake.data_files f ON f.event_data_store = s.event_data_store GROUP BY 1`,
  },
  {
    name: 'traillake_store_newest_event_timestamp_seconds',
    help: 'Time of the newest event of a store.',
    sql: `SELECT s.name, NULL, CAST(to_unixtime(max(f.max_event_time)) AS bigint) FROM traillake.stores s
      JOIN traillake.data_files f ON f.event_data_store = s.event_data_store GROUP BY 1`,
  },
  {
    name: 'traillake_records',
    by: 'outcome',
    help: 'Records of raw files by what came of them; read is the sum of the others.',
    sql: `SELECT s.name, o.outcome, sum(o.number) FROM traillake.stores s
      JOIN traillake.source_files f ON f.event_data_store = s.event_data_store
      CROSS JOIN UNNEST(ARRAY['read', 'kept', 'duplicate', 'filtered', 'quarantined'],
        ARRAY[f.read, f.kept, f.duplicate, f.filtered, f.quarantined]) AS o (outcome, number) GROUP BY 1, 2 ORDER BY 1, 2`,
  },
  {
    name: 'traillake_source_files',
    by: 'status',
    help: 'Raw files in the ledger by what came of them: imported, failed or skipped.',
    sql: `SELECT s.name, f.status, count(*) FROM traillake.stores s
      JOIN traillake.source_files f ON f.event_data_store = s.event_data_store GROUP BY 1, 2 ORDER BY 1, 2`,
  },
]

/** Figures about what the lake holds and what came of the raw files, from its logs and ledgers. */
export function createLakeMetrics(lake: Lake): () => Promise<readonly string[]> {
  let computed: { readonly at: number; readonly lines: Promise<readonly string[]> } | undefined
  return () => {
    if (!computed || performance.now() - computed.at > FRESH_MS) {
      const lines = compute(lake)
      computed = { at: performance.now(), lines }
      lines.catch(() => {
        computed = undefined
      })
    }
    return computed.lines
  }
}

async function compute(lake: Lake): Promise<readonly string[]> {
  const all: string[] = []
  for (const { name, help, sql, by } of figures) {
    all.push(...head(name, 'gauge', help))
    const result = await lake.query(sql, { rowMode: 'array' })
    for await (const batch of result.textBatches()) {
      for (const [store, label, value] of batch) {
        all.push(`${name}${labels({ store: store!, ...(by ? { [by]: label! } : {}) })} ${value}`)
      }
    }
  }
  return all
}
