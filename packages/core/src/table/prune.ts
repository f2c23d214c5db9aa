import type { ScanBounds } from '../schema/bounds.ts'
import { fileStats, parseTimestampStat } from './stats.ts'
import type { DataFile } from './types.ts'

/** Which columns of a table the members of ScanBounds speak of. Absent: the table has no such column. */
export interface PruneColumns {
  /** timestamp_ntz. */
  readonly time?: string
  readonly account?: string
  readonly region?: string
  readonly eventId?: string
  readonly accessKeyId?: string
  /** Partition columns derived from the columns above; `date` is the UTC day of `time`. */
  readonly partitions?: { readonly account?: string; readonly region?: string; readonly date?: string }
}

const DAY_MS = 86_400_000
/** Foreign writers cut a maximum to whole milliseconds: the true one may be later by less than this. */
const CUT_MS = 1
/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999

/**
 * Selects the data files that can hold a matching row.
 *
 * Conservative: a file is dropped only when its partition values or statistics prove that no row matches, so pruning
 * changes how much is read and never what is returned. Statistics that cannot be read count as absent. A file that
 * may hold a row without account (or region) is kept whatever `accounts` says, unless ScanBounds excludes such rows.
 *
 * @returns files in the given order, possibly none
 * @see docs/table-format.md
 */
export function pruneFiles(files: Iterable<DataFile>, bounds: ScanBounds, columns: PruneColumns): readonly DataFile[] {
  const tests = fileTests(bounds, columns)
  const kept: DataFile[] = []
  for (const file of files) if (tests.every((mayMatch) => mayMatch(file))) kept.push(file)
  return bounds.first && columns.time ? firstFiles(kept, bounds.first, columns.time) : kept
}

/** The times of a file's rows, or a row group's: UTC milliseconds, both ends inclusive. */
export interface TimeSpan {
  readonly lowMs: number
  readonly highMs: number
  /** How many rows have a time, where that is told. */
  readonly rows: number | undefined
}

function firstFiles(
  files: readonly DataFile[],
  first: NonNullable<ScanBounds['first']>,
  column: string,
): readonly DataFile[] {
  return firstByTime(files, first, (file) => {
    const { numRecords, min, max, nullCount } = fileStats(file)
    const [lowMs, highMs, nulls] = [parseTimestampStat(min[column]), parseTimestampStat(max[column]), nullCount[column]]
    if (lowMs === undefined || highMs === undefined) return undefined
    const rows = typeof nulls === 'number' && numRecords !== undefined ? numRecords - nulls : undefined
    return { lowMs, highMs: highMs + CUT_MS, rows }
  })
}

/**
 * The files, or row groups, that can hold one of the first rows in the order of time.
 *
 * They are taken in the order of their last times until they have so many rows: those rows come before all rows of one that begins later
 * than the last of them. Descending, the other way round. What tells no span is kept.
 */
export function firstByTime<T>(
  items: readonly T[],
  { rows, descending }: NonNullable<ScanBounds['first']>,
  spanOf: (item: T) => TimeSpan | undefined,
): readonly T[] {
  const known = items.map((item) => {
    const span = spanOf(item)
    if (!span) return { item }
    const [begins, ends] = descending ? [-span.highMs, -span.lowMs] : [span.lowMs, span.highMs]
    return { item, begins, ends, rows: span.rows ?? 0 }
  })
  let [found, limit] = [0, Infinity]
  for (const { ends, rows: own } of known.filter((one) => one.ends !== undefined).sort((a, b) => a.ends! - b.ends!)) {
    if (found >= rows) break
    found += own!
    limit = ends!
  }
  return found >= rows
    ? known.flatMap(({ item, begins }) => (begins !== undefined && begins > limit ? [] : [item]))
    : items
}

type FileTest = (file: DataFile) => boolean

function fileTests(bounds: ScanBounds, columns: PruneColumns): readonly FileTest[] {
  const { partitions = {} } = columns
  const tests: FileTest[] = []
  const { minTimeMs = -Infinity, maxTimeMs = Infinity } = bounds
  if (minTimeMs > -Infinity || maxTimeMs < Infinity) {
    if (partitions.date) tests.push(partitionDay(partitions.date, minTimeMs, maxTimeMs))
    if (columns.time) tests.push(timeRange(columns.time, minTimeMs, maxTimeMs))
  }
  const sets = [
    {
      values: bounds.accounts,
      partition: partitions.account,
      column: columns.account,
      nullsMatch: !bounds.accountNotNull,
    },
    { values: bounds.regions, partition: partitions.region, column: columns.region, nullsMatch: !bounds.regionNotNull },
    { values: bounds.eventIds, partition: undefined, column: columns.eventId, nullsMatch: false },
    { values: bounds.accessKeyIds, partition: undefined, column: columns.accessKeyId, nullsMatch: false },
  ]
  for (const { values, partition, column, nullsMatch } of sets) {
    if (!values) continue
    if (partition) tests.push(partitionIn(partition, values))
    if (column) tests.push(stringRange(column, values, nullsMatch))
  }
  return tests
}

function partitionDay(column: string, minTimeMs: number, maxTimeMs: number): FileTest {
  const mayMatch = (value: string): boolean => {
    if (!/^\d{4}-\d\d-\d\d$/.test(value)) return true
    const start = Date.parse(`${value}T00:00:00Z`)
    return Number.isNaN(start) || (start <= maxTimeMs && start + DAY_MS > minTimeMs)
  }
  // Thousands of files share a few hundred days.
  const known = new Map<string, boolean>()
  return (file) => {
    const value = file.partitionValues[column]
    if (value === null || value === undefined) return true
    let matches = known.get(value)
    if (matches === undefined) {
      matches = mayMatch(value)
      known.set(value, matches)
    }
    return matches
  }
}

function timeRange(column: string, minTimeMs: number, maxTimeMs: number): FileTest {
  return (file) => {
    const { min, max } = fileStats(file)
    const lowMs = parseTimestampStat(min[column])
    const highMs = parseTimestampStat(max[column])
    return mayHoldTimes({ lowMs, highMs: highMs === undefined ? undefined : highMs + CUT_MS }, { minTimeMs, maxTimeMs })
  }
}

/** Can one of the times from `lowMs` to `highMs` be within the bounds? */
export function mayHoldTimes(
  { lowMs = -Infinity, highMs }: { readonly lowMs: number | undefined; readonly highMs: number | undefined },
  { minTimeMs = -Infinity, maxTimeMs = Infinity }: ScanBounds,
): boolean {
  // Beyond the years of four digits the order of times is not that of their texts, of which conditions may speak.
  if (highMs === undefined || highMs > LAST_MS) return true
  return lowMs <= maxTimeMs && highMs >= minTimeMs
}

/** A partition value of NULL stands for missing and malformed ones alike: it proves nothing. */
function partitionIn(column: string, values: ReadonlySet<string>): FileTest {
  return (file) => {
    const value = file.partitionValues[column]
    return value === null || value === undefined || value === '' || values.has(value)
  }
}

function stringRange(column: string, values: ReadonlySet<string>, nullsMatch: boolean): FileTest {
  const sorted = [...values].sort(compareCodePoints)
  return (file) => {
    const { numRecords, min, max, nullCount } = fileStats(file)
    if (nullsMatch && nullCount[column] !== 0) return true
    if (numRecords !== undefined && nullCount[column] === numRecords) return false
    const low = min[column]
    const high = max[column]
    if (typeof low !== 'string' || typeof high !== 'string') return true
    const next = firstNotBelow(sorted, low)
    return next !== undefined && compareCodePoints(next, high) <= 0
  }
}

/** The first of the sorted values that is not less than `low`. */
function firstNotBelow(sorted: readonly string[], low: string): string | undefined {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (compareCodePoints(sorted[middle]!, low) < 0) from = middle + 1
    else to = middle
  }
  return sorted[from]
}

/** Order of UTF-8 bytes, which is how every engine orders strings; JavaScript's own puts U+FFFF after U+10000. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xHigh = x >= 0xd800 && x <= 0xdfff
    const yHigh = y >= 0xd800 && y <= 0xdfff
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1
  }
  return a.length - b.length
}
