import type { WrittenParquet } from '../engine/write-parquet.ts'
import { buildStats, type ColumnStats, parseTimestampStat } from '../table/index.ts'

/** Columns of data files that files are skipped by. Not `eventid`: random ids skip nothing and cost 130 bytes a file. */
export const EVENT_STATISTICS: Readonly<Record<string, ColumnStats['kind']>> = {
  eventtime: 'timestamp',
  calendarday: 'integer',
  eventsource: 'string',
  eventname: 'string',
  awsregion: 'string',
  recipientaccountid: 'string',
  eventcategory: 'string',
  readonly: 'none',
}

export const LEDGER_STATISTICS: Readonly<Record<string, ColumnStats['kind']>> = {
  source_key: 'string',
  imported_at: 'timestamp',
}

/**
 * The Delta statistics of a file that was just written, from what the engine said about it. A bound that it did not give is
 * left out: readers then take the file for one that can hold anything.
 */
export function statsOf(written: WrittenParquet, columns: Readonly<Record<string, ColumnStats['kind']>>): string {
  const stats: ColumnStats[] = []
  for (const [name, kind] of Object.entries(columns)) {
    const column = written.columns.get(name)
    if (!column || column.nullCount === undefined) continue
    stats.push({ name, kind, min: bound(kind, column.min), max: bound(kind, column.max), nullCount: column.nullCount })
  }
  return buildStats(written.rows, stats)
}

function bound(kind: ColumnStats['kind'], text: string | undefined): string | number | bigint | null {
  if (text === undefined) return null
  switch (kind) {
    case 'timestamp':
      return parseTimestampStat(text) ?? null
    case 'integer':
      return BigInt(text)
    default:
      return text
  }
}
