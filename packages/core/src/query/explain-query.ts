import type { ScanBounds } from '../schema/bounds.ts'
import { formatType } from '../schema/index.ts'
import { type PlanContext, planQuery } from './plan-query.ts'
import { type Scan, sizeOf } from './scans.ts'
import type { QueryOptions, ResultColumn } from './types.ts'

/** What a query would read, and why. */
export interface QueryExplanation {
  readonly columns: readonly ResultColumn[]
  /** One a use of a table, in the order of the text. */
  readonly tables: readonly TableExplanation[]
  /** Of all tables together, each file counted once. */
  readonly filesKnown: number
  readonly filesKept: number
  readonly bytesKept: number
  /** The engine's SQL, over views of the files kept. */
  readonly sql: string
}

export interface TableExplanation {
  /** The store's name, or that of a table of `traillake` or `information_schema`. */
  readonly name: string
  /** The view of this use in `sql`. */
  readonly view: string
  /** The version that would be read; absent for all but stores. */
  readonly version?: number
  /** What every row that matters must be; absent members are unbounded. Times are inclusive. */
  readonly bounds: {
    readonly minTime?: Date
    readonly maxTime?: Date
    readonly accounts?: readonly string[]
    readonly regions?: readonly string[]
    readonly eventIds?: readonly string[]
    readonly accessKeyIds?: readonly string[]
    /** Every row has one of these ids or one of these keys. */
    readonly needles?: { readonly eventIds: readonly string[]; readonly accessKeyIds: readonly string[] }
    /** No rows matter but the first ones by eventTime: the newest where it is descending. */
    readonly first?: { readonly rows: number; readonly descending: boolean }
  }
  readonly filesKnown: number
  readonly filesKept: number
  readonly bytesKnown: number
  readonly bytesKept: number
  /** Why no file, or not more of them, could be skipped: for people, one sentence each. */
  readonly notes: readonly string[]
}

/** Plans a query as `query` would, and tells what it found instead of running it. */
export async function explainQuery(
  context: PlanContext,
  text: string,
  options: Pick<QueryOptions, 'placeholders' | 'parameters'>,
): Promise<QueryExplanation> {
  const { translation, scans, statistics } = await planQuery(context, text, options)
  return {
    columns: translation.columns.map(({ name, type }) => ({ name, type: formatType(type) })),
    tables: scans.map((scan) => explainScan(scan, text)),
    filesKnown: statistics.filesKnown,
    filesKept: statistics.filesScanned,
    bytesKept: statistics.bytesScanned,
    sql: translation.sql,
  }
}

function explainScan(scan: Scan, text: string): TableExplanation {
  const { use, source, version, known = [], kept = [] } = scan
  return {
    name: source.kind === 'store' ? source.store.name : use.table.id,
    view: use.view,
    ...(version === undefined ? {} : { version }),
    bounds: explainBounds(use.bounds),
    filesKnown: known.length,
    filesKept: kept.length,
    bytesKnown: sizeOf(known),
    bytesKept: sizeOf(kept),
    notes: notesOf(scan, text),
  }
}

function explainBounds(bounds: ScanBounds): TableExplanation['bounds'] {
  const sorted = (values: ReadonlySet<string>) => [...values].sort()
  return {
    ...(bounds.minTimeMs === undefined ? {} : { minTime: new Date(bounds.minTimeMs) }),
    ...(bounds.maxTimeMs === undefined ? {} : { maxTime: new Date(bounds.maxTimeMs) }),
    ...(bounds.accounts ? { accounts: sorted(bounds.accounts) } : {}),
    ...(bounds.regions ? { regions: sorted(bounds.regions) } : {}),
    ...(bounds.eventIds ? { eventIds: sorted(bounds.eventIds) } : {}),
    ...(bounds.accessKeyIds ? { accessKeyIds: sorted(bounds.accessKeyIds) } : {}),
    ...(bounds.needles
      ? { needles: { eventIds: sorted(bounds.needles.eventIds), accessKeyIds: sorted(bounds.needles.accessKeyIds) } }
      : {}),
    ...(bounds.first ? { first: bounds.first } : {}),
  }
}

const NO_BOUNDS =
  'no condition bounds eventTime, recipientAccountId, awsRegion, eventID or userIdentity.accessKeyId for every row, so every file is read'

function notesOf({ use, source, known = [], kept = [] }: Scan, text: string): readonly string[] {
  if (source.kind !== 'store') return []
  const notes: string[] = []
  const isBounded = Object.keys(explainBounds(use.bounds)).length > 0
  if (known.length === 0) notes.push('the store holds no events')
  else if (!isBounded) notes.push(NO_BOUNDS)
  else if (kept.length === known.length)
    notes.push('by their partition values, statistics and Bloom filters, all files can hold such rows')
  for (const { start, end } of use.idle) {
    const written = text.slice(start, end).replace(/\s+/g, ' ')
    notes.push(`${written.length > 100 ? `${written.slice(0, 99)}…` : written} is checked row by row: it skips no file`)
  }
  return notes
}
