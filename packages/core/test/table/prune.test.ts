import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ScanBounds } from '../../src/schema/bounds.ts'
import { type ColumnStats, type DataFile, type PruneColumns, pruneFiles } from '../../src/table/index.ts'
import { compareCodePoints } from '../../src/table/prune.ts'
import { buildStats } from '../../src/table/stats.ts'

const columns: PruneColumns = {
  time: 'eventtime',
  account: 'recipientaccountid',
  region: 'awsregion',
  eventId: 'eventid',
  accessKeyId: '_accesskeyid',
  partitions: { account: 'account', region: 'region', date: 'date' },
}

interface Row {
  readonly time: number
  readonly account: string | null
  readonly region: string | null
  readonly eventId: string | null
  readonly accessKeyId: string | null
}

const DAY = 86_400_000
const START = Date.UTC(2024, 0, 1)
const LONG = 'x'.repeat(40)
const time = fc.integer({ min: 0, max: 4 * DAY }).map((ms) => START + ms)
const account = fc.constantFrom('111122223333', '444455556666', 'short', null)
const region = fc.constantFrom('us-east-1', 'eu-west-1', 'US', null)
const id = fc.constantFrom('a', 'b', `${LONG}1`, `${LONG}2`, '\uFFFF', '😀', null)
const rows = fc.array(fc.record({ time, account, region, eventId: id, accessKeyId: id }), {
  minLength: 1,
  maxLength: 40,
})

const set = <T extends string>(values: fc.Arbitrary<T | null>) =>
  fc.array(values, { maxLength: 3 }).map((found) => new Set(found.filter((v) => v !== null)))
const bounds: fc.Arbitrary<ScanBounds> = fc.record(
  {
    minTimeMs: time,
    maxTimeMs: time,
    accounts: set(account),
    accountNotNull: fc.boolean(),
    regions: set(region),
    regionNotNull: fc.boolean(),
    eventIds: set(id),
    accessKeyIds: set(id),
  },
  { requiredKeys: [] },
)

/** The naive model: whether a row satisfies everything that the bounds say of matching rows. */
function mayMatch(row: Row, b: ScanBounds): boolean {
  const within = (value: string | null, values: ReadonlySet<string> | undefined, nullMatches: boolean) =>
    values === undefined || (value === null ? nullMatches : values.has(value))
  return (
    row.time >= (b.minTimeMs ?? -Infinity) &&
    row.time <= (b.maxTimeMs ?? Infinity) &&
    within(row.account, b.accounts, !b.accountNotNull) &&
    within(row.region, b.regions, !b.regionNotNull) &&
    within(row.eventId, b.eventIds, false) &&
    within(row.accessKeyId, b.accessKeyIds, false)
  )
}

/** How a writer may describe its statistics: ours, cut or in another spelling, partly or wholly missing. */
const writers = ['ours', 'none', 'broken', 'cut', 'trino', 'delta-rs', 'spark', 'only-counts'] as const
type Writer = (typeof writers)[number]

function statsOf(rows: readonly Row[], writer: Writer): string | undefined {
  if (writer === 'none') return undefined
  if (writer === 'broken') return '{"numRecords":'
  const times = rows.map((r) => r.time).sort((a, b) => a - b)
  const text = (name: string, pick: (r: Row) => string | null): ColumnStats => {
    const values = rows
      .map(pick)
      .filter((v) => v !== null)
      .sort(compareCodePoints)
    return {
      name,
      kind: 'string',
      min: values[0] ?? null,
      max: values.at(-1) ?? null,
      nullCount: rows.length - values.length,
    }
  }
  const stats = JSON.parse(
    buildStats(rows.length, [
      { name: 'eventtime', kind: 'timestamp', min: times[0]!, max: times.at(-1)!, nullCount: 0 },
      text('recipientaccountid', (r) => r.account),
      text('awsregion', (r) => r.region),
      text('eventid', (r) => r.eventId),
      text('_accesskeyid', (r) => r.accessKeyId),
    ]),
  )
  const respell = (change: (value: string) => string) => {
    stats.minValues.eventtime = change(stats.minValues.eventtime)
    stats.maxValues.eventtime = change(stats.maxValues.eventtime)
  }
  if (writer === 'trino') respell((v) => `${v}Z`)
  if (writer === 'delta-rs') respell((v) => v.replace('T', ' ').replace(/\.000$/, ''))
  // The true maximum was up to a millisecond later than what is written.
  if (writer === 'spark') stats.maxValues.eventtime = new Date(times.at(-1)! - 1).toISOString().slice(0, 23)
  if (writer === 'cut') {
    delete stats.minValues.recipientaccountid
    delete stats.nullCount.awsregion
    stats.maxValues.eventid = 7
  }
  if (writer === 'only-counts') {
    stats.minValues = {}
    stats.maxValues = {}
  }
  return JSON.stringify(stats)
}

const partitionOf = (row: Row) => ({
  account: row.account !== null && /^\d{12}$/.test(row.account) ? row.account : null,
  region: row.region !== null && /^[a-z0-9-]+$/.test(row.region) ? row.region : null,
  date: new Date(row.time).toISOString().slice(0, 10),
})

/** Spreads rows over files as a writer with this layout does. */
function filesOf(
  all: readonly Row[],
  layout: 'full' | 'date' | 'none',
  writer: Writer,
): { file: DataFile; rows: Row[] }[] {
  const groups = new Map<string, Row[]>()
  const valuesOf = (row: Row) => {
    const { date, ...others } = partitionOf(row)
    return layout === 'full' ? { ...others, date } : layout === 'date' ? { date } : {}
  }
  for (const row of all) {
    const key = JSON.stringify(valuesOf(row))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((rows, i) => {
    const stats = statsOf(rows, writer)
    const path = `part-${i}.parquet`
    const file = {
      path,
      key: path,
      partitionValues: valuesOf(rows[0]!),
      size: 1,
      modificationTime: 0,
      ...(stats ? { stats } : {}),
    }
    return { file, rows }
  })
}

test('no file with a row that can match is ever dropped', () => {
  let [dropped, kept] = [0, 0]
  fc.assert(
    fc.property(
      rows,
      bounds,
      fc.constantFrom('full', 'date', 'none'),
      fc.constantFrom(...writers),
      (all, b, layout, writer) => {
        const files = filesOf(all, layout, writer)
        const found = new Set(
          pruneFiles(
            files.map((f) => f.file),
            b,
            columns,
          ),
        )
        kept += found.size
        dropped += files.length - found.size
        for (const { file, rows } of files) {
          if (rows.some((row) => mayMatch(row, b)))
            expect(found.has(file), `${JSON.stringify(file)} for ${JSON.stringify(b)}`).toBe(true)
        }
      },
    ),
    { numRuns: 3000 },
  )
  // A rule that keeps everything would pass the above.
  expect(dropped).toBeGreaterThan(kept / 4)
})

const file = (partitionValues: DataFile['partitionValues'], stats?: ColumnStats[], numRecords = 10): DataFile => ({
  path: 'x',
  key: 'x',
  partitionValues,
  size: 1,
  modificationTime: 0,
  ...(stats ? { stats: buildStats(numRecords, stats) } : {}),
})
const day = (date: string | null) => file({ account: '111122223333', region: 'us-east-1', date })
const at = (text: string) => Date.parse(`${text}Z`)
const between = (min: string, max: string) =>
  file({}, [{ name: 'eventtime', kind: 'timestamp', min: at(min), max: at(max), nullCount: 0 }])
const accounts = (min: string, max: string, nullCount: number) =>
  file({}, [{ name: 'recipientaccountid', kind: 'string', min, max, nullCount }])
const noAccount = file({ account: null }, [
  { name: 'recipientaccountid', kind: 'string', min: null, max: null, nullCount: 10 },
])
const one = new Set(['444455556666'])

test.each<[string, DataFile, ScanBounds, boolean]>([
  ['the day of the bound', day('2024-01-02'), { minTimeMs: at('2024-01-02T23:59:59.999') }, true],
  ['the day before', day('2024-01-01'), { minTimeMs: at('2024-01-02T00:00:00.000') }, false],
  ['the last instant of a day', day('2024-01-01'), { minTimeMs: at('2024-01-01T23:59:59.999') }, true],
  ['the first instant of a day', day('2024-01-02'), { maxTimeMs: at('2024-01-02T00:00:00.000') }, true],
  ['the day after', day('2024-01-02'), { maxTimeMs: at('2024-01-01T23:59:59.999') }, false],
  ['a day that is NULL', day(null), { minTimeMs: at('2024-01-02T00:00:00.000') }, true],
  ['a day that is none', day('2024-99-99'), { minTimeMs: at('2024-01-02T00:00:00.000') }, true],
  ['another account', day('2024-01-01'), { accounts: one }, false],
  ['the account', day('2024-01-01'), { accounts: new Set(['111122223333', 'x']) }, true],
  ['no account can match', day('2024-01-01'), { accounts: new Set<string>() }, false],
  ['another region', day('2024-01-01'), { regions: new Set(['eu-west-1']) }, false],
  [
    'times that end too early',
    between('2024-01-01T00:00:00', '2024-01-01T01:00:00'),
    { minTimeMs: at('2024-01-01T01:00:00.002') },
    false,
  ],
  [
    'times cut to the millisecond',
    between('2024-01-01T00:00:00', '2024-01-01T01:00:00'),
    { minTimeMs: at('2024-01-01T01:00:00.001') },
    true,
  ],
  [
    'times that begin too late',
    between('2024-01-01T01:00:00', '2024-01-01T02:00:00'),
    { maxTimeMs: at('2024-01-01T00:59:59.999') },
    false,
  ],
  [
    'times that begin in time',
    between('2024-01-01T01:00:00', '2024-01-01T02:00:00'),
    { maxTimeMs: at('2024-01-01T01:00:00') },
    true,
  ],
  ['accounts around', accounts('111122223333', '999999999999', 0), { accounts: one }, true],
  ['accounts elsewhere', accounts('111122223333', '222222222222', 0), { accounts: one }, false],
  ['accounts elsewhere, some NULL', accounts('111122223333', '222222222222', 1), { accounts: one }, true],
  [
    'the same where NULL cannot match',
    accounts('111122223333', '222222222222', 1),
    { accounts: one, accountNotNull: true },
    false,
  ],
  ['all accounts NULL', noAccount, { accounts: one }, true],
  ['all accounts NULL where that cannot match', noAccount, { accounts: one, accountNotNull: true }, false],
  [
    'an account partition of NULL without statistics',
    file({ account: null }),
    { accounts: one, accountNotNull: true },
    true,
  ],
  ['nothing known', file({}), { minTimeMs: 0, accounts: one, regions: one, eventIds: one, accessKeyIds: one }, true],
  ['no bounds', day('2024-01-01'), {}, true],
])('%s', (_, candidate, b, expected) => {
  expect(pruneFiles([candidate], b, columns)).toHaveLength(expected ? 1 : 0)
})

test('files keep their order, and columns that a table has not are not looked at', () => {
  const files = ['c', 'a', 'b'].map((path) => ({ ...day('2024-01-01'), path }))
  expect(pruneFiles(files, {}, columns)).toEqual(files)
  expect(pruneFiles(files, { minTimeMs: at('2030-01-01T00:00:00'), accounts: one }, {})).toEqual(files)
})
