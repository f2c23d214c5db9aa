import { type DataFile, fileStats, parseTimestampStat } from '../../table/index.ts'
import { EVENT_STATISTICS } from '../file-stats.ts'
import type { EventColumns } from './context.ts'

/** SQL over the rows of a data file: least, greatest and number of NULLs of each column that files are skipped by. */
export function statisticsSql(columns: EventColumns): readonly string[] {
  return statisticsColumns(columns).flatMap((name) => [
    `min(${name})::VARCHAR`,
    `max(${name})::VARCHAR`,
    `(count(*) - count(${name}))::VARCHAR`,
  ])
}

/**
 * Which of the log's statistics exclude rows that are there. Wider ones than needed are no fault: they cost a reading, not
 * a row.
 *
 * @param values the answer to `statisticsSql`
 */
export function wrongStatistics(
  file: DataFile,
  columns: EventColumns,
  values: readonly (string | null)[],
): readonly string[] {
  const { min, max, nullCount } = fileStats(file)
  return statisticsColumns(columns).flatMap((name, i) => {
    const [least, greatest, nulls] = values.slice(i * 3, i * 3 + 3)
    const wrong: string[] = []
    const kind = EVENT_STATISTICS[name]!
    if (least !== null && min[name] !== undefined && isAbove(kind, min[name], least!)) {
      wrong.push(`the least ${name} is ${least}, the log says ${String(min[name])}`)
    }
    if (greatest !== null && max[name] !== undefined && isBelow(kind, max[name], greatest!)) {
      wrong.push(`the greatest ${name} is ${greatest}, the log says ${String(max[name])}`)
    }
    if (nullCount[name] !== undefined && Number(nullCount[name]) !== Number(nulls)) {
      wrong.push(`${nulls} rows have no ${name}, the log says ${String(nullCount[name])}`)
    }
    return wrong
  })
}

function statisticsColumns(columns: EventColumns): readonly string[] {
  return Object.keys(EVENT_STATISTICS).filter((name) => columns.names.has(name))
}

type Kind = (typeof EVENT_STATISTICS)[string]

function isAbove(kind: Kind, bound: unknown, value: string): boolean {
  return compare(kind, bound, value, 0) > 0
}

function isBelow(kind: Kind, bound: unknown, value: string): boolean {
  // Some writers cut a greatest time to milliseconds.
  return compare(kind, bound, value, 1) < 0
}

/** The order of a bound and a value; 0 for a bound that readers cannot use. */
function compare(kind: Kind, bound: unknown, value: string, slackMs: number): number {
  switch (kind) {
    case 'timestamp': {
      const [a, b] = [parseTimestampStat(bound), parseTimestampStat(value)]
      return a === undefined || b === undefined ? 0 : Math.sign(a + slackMs - b)
    }
    case 'integer': {
      return typeof bound === 'number' ? Math.sign(bound - Number(value)) : 0
    }
    case 'string':
      // Parquet and Delta order by code points: by the bytes of UTF-8.
      return typeof bound === 'string' ? Buffer.compare(Buffer.from(bound), Buffer.from(value)) : 0
    default:
      return 0
  }
}
