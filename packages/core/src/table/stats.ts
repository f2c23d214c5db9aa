import type { DataFile } from './types.ts'

/** What is known of one column of a new data file. */
export interface ColumnStats {
  readonly name: string
  /** `timestamp`: min and max are UTC milliseconds. `none`: only the number of NULLs is kept (booleans). */
  readonly kind: 'string' | 'integer' | 'timestamp' | 'date' | 'none'
  /** Whole, uncut; null or absent when every row is NULL or when it is not known. `date`: `yyyy-MM-dd`. */
  readonly min?: string | number | bigint | null
  readonly max?: string | number | bigint | null
  readonly nullCount: number
}

/** Statistics of a data file as its writer left them; absent members are unknown. Values are those of the JSON. */
export interface FileStats {
  readonly numRecords?: number
  readonly min: Readonly<Record<string, unknown>>
  readonly max: Readonly<Record<string, unknown>>
  readonly nullCount: Readonly<Record<string, unknown>>
}

const STRING_LIMIT = 32
const HIGHEST = '\u{10FFFF}'

/**
 * The `stats` text of a new data file: exact for timestamps and numbers, cut to 32 code points for strings.
 *
 * @see docs/table-format.md
 */
export function buildStats(numRecords: number, columns: readonly ColumnStats[]): string {
  const min: string[] = []
  const max: string[] = []
  const nulls: string[] = []
  for (const column of columns) {
    const name = JSON.stringify(column.name)
    const low = bound(column, column.min, false)
    const high = bound(column, column.max, true)
    if (low !== undefined) min.push(`${name}:${low}`)
    if (high !== undefined) max.push(`${name}:${high}`)
    nulls.push(`${name}:${column.nullCount}`)
  }
  return `{"numRecords":${numRecords},"minValues":{${min.join()}},"maxValues":{${max.join()}},"nullCount":{${nulls.join()}}}`
}

/** JSON of a bound, or undefined where it cannot be said exactly enough. */
function bound(
  column: ColumnStats,
  value: string | number | bigint | null | undefined,
  isMax: boolean,
): string | undefined {
  if (value === null || value === undefined) return undefined
  switch (column.kind) {
    case 'none':
      return undefined
    case 'string':
      return JSON.stringify(isMax ? cutMax(String(value)) : cutMin(String(value)))
    case 'date':
      return JSON.stringify(String(value))
    case 'integer':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : undefined
    case 'timestamp': {
      const ms = Number(value)
      const text = timestampText(isMax ? Math.ceil(ms) : Math.floor(ms))
      return text === undefined ? undefined : JSON.stringify(text)
    }
  }
}

/** The first 32 code points: never more than the whole in code point order. */
function cutMin(text: string): string {
  return text.length <= STRING_LIMIT ? text : [...text].slice(0, STRING_LIMIT).join('')
}

/** The first 32 code points and U+10FFFF where some were cut: never less than the whole. */
function cutMax(text: string): string {
  if (text.length <= STRING_LIMIT) return text
  const points = [...text]
  return points.length <= STRING_LIMIT ? text : points.slice(0, STRING_LIMIT).join('') + HIGHEST
}

/** `yyyy-MM-ddTHH:mm:ss.SSS` in UTC, without a zone; undefined outside the years 0000 to 9999. */
export function timestampText(ms: number): string | undefined {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return undefined
  const text = date.toISOString()
  return text.length === 24 ? text.slice(0, 23) : undefined
}

const cache = new WeakMap<DataFile, FileStats>()
const UNKNOWN: FileStats = { min: {}, max: {}, nullCount: {} }

/** Reads a file's statistics, whoever wrote them. What cannot be read counts as unknown. Cached with the file. */
export function fileStats(file: DataFile): FileStats {
  const known = cache.get(file)
  if (known) return known
  const stats = parseStats(file.stats)
  cache.set(file, stats)
  return stats
}

export function parseStats(text: string | null | undefined): FileStats {
  if (text === null || text === undefined || text === '') return UNKNOWN
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return UNKNOWN
  }
  const { numRecords, minValues, maxValues, nullCount } = record(value)
  const rows =
    typeof numRecords === 'number' && Number.isSafeInteger(numRecords) && numRecords >= 0 ? { numRecords } : {}
  return { ...rows, min: record(minValues), max: record(maxValues), nullCount: record(nullCount) }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?)?(?:Z|\+00:?00)?$/

/**
 * A timestamp of statistics as UTC milliseconds, rounded down; undefined when it cannot be read.
 *
 * Writers differ for one and the same column: `2023-07-10T00:00:00.000`, `2023-07-10T00:00:00Z`, `2023-07-10 00:00:00`.
 * Some cut a maximum to milliseconds, so the true one may be up to 1 ms later.
 */
export function parseTimestampStat(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const match = TIMESTAMP.exec(value)
  if (!match) return undefined
  const [, day, time = '00:00:00', fraction = ''] = match
  const ms = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
