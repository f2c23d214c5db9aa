import type { Lake } from '@traillake/core'
import type { Family, Sample } from './family.ts'
import type { Monitoring } from './monitoring.ts'

type Row = readonly (string | null)[]

/** What stores hold and what came of raw files, from their logs and ledgers: no event is read. */
export async function lakeMetrics(lake: Lake, { pricePerGbMonth }: Monitoring): Promise<readonly Family[]> {
  const held = await rowsOf(
    lake,
    `SELECT s.name, coalesce(sum(f.events), 0), coalesce(sum(f.size), 0), count(f.path), CAST(to_unixtime(max(f.max_event_time)) AS bigint)
     FROM traillake.stores s LEFT JOIN traillake.data_files f ON f.event_data_store = s.event_data_store GROUP BY 1 ORDER BY 1`,
  )
  const read = await rowsOf(
    lake,
    `SELECT s.name, sum(f.read), sum(f.kept), sum(f.duplicate), sum(f.filtered), sum(f.quarantined),
       count_if(f.status = 'imported'), count_if(f.status = 'failed')
     FROM traillake.stores s JOIN traillake.source_files f ON f.event_data_store = s.event_data_store GROUP BY 1 ORDER BY 1`,
  )
  const files = await rowsOf(
    lake,
    `SELECT s.name, f.status, count(*) FROM traillake.stores s
     JOIN traillake.source_files f ON f.event_data_store = s.event_data_store GROUP BY 1, 2 ORDER BY 1, 2`,
  )
  /** A number of each row that has one. */
  const of = (rows: readonly Row[], value: (row: readonly number[]) => number): readonly Sample[] =>
    rows.flatMap((row) => {
      const number = value(row.map((cell) => (cell === null ? Number.NaN : Number(cell))))
      return Number.isFinite(number) ? [{ labels: { store: row[0]! }, value: number }] : []
    })
  const outcomes = ['read', 'kept', 'duplicate', 'filtered', 'quarantined'] as const
  return [
    gauge(
      'traillake_store_events',
      'Events in the newest version of a store.',
      of(held, (row) => row[1]!),
    ),
    gauge(
      'traillake_store_bytes',
      'Bytes of the data files of the newest version of a store.',
      of(held, (row) => row[2]!),
    ),
    gauge(
      'traillake_store_data_files',
      'Data files of the newest version of a store.',
      of(held, (row) => row[3]!),
    ),
    gauge(
      'traillake_store_newest_event_timestamp_seconds',
      'Time of the newest event of a store.',
      of(held, (row) => row[4]!),
    ),
    gauge(
      'traillake_records',
      'Records of raw files by what came of them; read is the sum of the others.',
      read.flatMap((row) =>
        outcomes.map((outcome, i) => ({ labels: { store: row[0]!, outcome }, value: Number(row[i + 1]) })),
      ),
    ),
    gauge(
      'traillake_source_files',
      'Raw files in the ledger by what came of them: imported, failed or skipped.',
      files.map(([store, status, count]) => ({ labels: { store: store!, status: status! }, value: Number(count) })),
    ),
    gauge(
      'traillake_delivery_success_ratio',
      'Log files that could be read, of all.',
      of(read, (row) => row[6]! / (row[6]! + row[7]!)),
    ),
    gauge(
      'traillake_parser_error_ratio',
      'Records in quarantine, of all that were read.',
      of(read, (row) => row[5]! / row[1]!),
    ),
    gauge(
      'traillake_duplicate_ratio',
      'Records that were there already, of all that were read.',
      of(read, (row) => row[3]! / row[1]!),
    ),
    ...(pricePerGbMonth === undefined
      ? []
      : [
          gauge(
            'traillake_cost_per_million_events',
            'What a million stored events cost a month, at the configured price of a gigabyte.',
            of(held, (row) => (row[2]! / row[1]! / 1e9) * 1e6 * pricePerGbMonth),
          ),
        ]),
  ]
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples }
}

export async function rowsOf(lake: Lake, sql: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  const result = await lake.query(sql, { rowMode: 'array' })
  for await (const batch of result.textBatches()) rows.push(...batch)
  return rows
}
