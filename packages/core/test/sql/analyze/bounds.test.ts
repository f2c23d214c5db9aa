import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ScanBounds } from '../../../src/schema/bounds.ts'
import { analyzeText, goldenNow } from './golden-cases.ts'

const STORE = 'e0000000-0000-4000-8000-000000000001'
const OTHER = 'e0000000-0000-4000-8000-000000000002'
const DAY = 86_400_000

/** The bounds of each use of a store, in the order of the text. */
function boundsOf(sql: string, parameters?: readonly (string | number)[]): ScanBounds[] {
  return analyzeText(sql, undefined, parameters).tables.map(({ source }) =>
    source.kind === 'table' ? source.bounds : {},
  )
}

const at = (text: string) => Date.parse(text)

describe('what a WHERE clause proves', () => {
  test.each<{ where: string; bounds: ScanBounds }>([
    { where: `eventTime >= '2024-01-02'`, bounds: { minTimeMs: at('2024-01-02T00:00Z') } },
    { where: `eventTime < '2024-01-02 03:04:05.678'`, bounds: { maxTimeMs: at('2024-01-02T03:04:05.677Z') } },
    { where: `'2024-01-02T00:00:00+02:00' < eventTime`, bounds: { minTimeMs: at('2024-01-01T22:00:00.001Z') } },
    {
      where: `eventTime = timestamp '2024-01-02 00:00:00'`,
      bounds: { minTimeMs: at('2024-01-02T00:00Z'), maxTimeMs: at('2024-01-02T00:00Z') },
    },
    {
      where: `eventTime > timestamp '2024-01-02 00:00:00.0005'`,
      bounds: { minTimeMs: at('2024-01-02T00:00:00.001Z') },
    },
    {
      where: `eventTime <= timestamp '2024-01-02 00:00:00 America/New_York'`,
      bounds: { maxTimeMs: at('2024-01-02T05:00Z') },
    },
    {
      where: `eventTime BETWEEN '2024-01-01' AND date '2024-01-02'`,
      bounds: { minTimeMs: at('2024-01-01T00:00Z'), maxTimeMs: at('2024-01-02T00:00Z') },
    },
    {
      where: `eventTime IN ('2024-01-01', '2024-01-05')`,
      bounds: { minTimeMs: at('2024-01-01T00:00Z'), maxTimeMs: at('2024-01-05T00:00Z') },
    },
    {
      where: `date(eventTime) = date '2024-01-02'`,
      bounds: { minTimeMs: at('2024-01-02T00:00Z'), maxTimeMs: at('2024-01-03T00:00Z') },
    },
    { where: `CAST(eventTime AS date) > date '2024-01-02'`, bounds: { minTimeMs: at('2024-01-02T00:00Z') } },
    { where: `date_trunc('hour', eventTime) <= '2024-01-02 03:00:00'`, bounds: { maxTimeMs: at('2024-01-02T04:00Z') } },
    { where: `eventTime > now() - interval '7' day`, bounds: { minTimeMs: goldenNow.getTime() - 7 * DAY + 1 } },
    {
      where: `eventTime >= date_add('week', -1, current_timestamp)`,
      bounds: { minTimeMs: goldenNow.getTime() - 7 * DAY },
    },
    { where: `eventTime >= current_date - interval '1' month`, bounds: { minTimeMs: at('2024-04-01T00:00Z') } },
    { where: `eventTime >= date_trunc('month', now())`, bounds: { minTimeMs: at('2024-05-01T00:00Z') } },
    {
      where: `eventTime >= from_iso8601_timestamp('2024-01-02T03:04:05Z')`,
      bounds: { minTimeMs: at('2024-01-02T03:04:05Z') },
    },
    {
      where: `calendarday = 20240131`,
      bounds: { minTimeMs: at('2024-01-31T00:00Z'), maxTimeMs: at('2024-02-01T00:00Z') - 1 },
    },
    {
      where: `calendarday < 20240201 AND calendarday > 20231299`,
      bounds: { minTimeMs: at('2024-01-01T00:00Z'), maxTimeMs: at('2024-02-01T00:00Z') - 1 },
    },
    { where: `recipientAccountId = '1'`, bounds: { accounts: new Set(['1']), accountNotNull: true } },
    { where: `recipientAccountId IS NOT NULL`, bounds: { accountNotNull: true } },
    {
      where: `awsRegion IN ('a', 'b') AND awsRegion IN ('b', 'c')`,
      bounds: { regions: new Set(['b']), regionNotNull: true },
    },
    { where: `awsRegion = 'a' OR awsRegion = 'b'`, bounds: { regions: new Set(['a', 'b']), regionNotNull: true } },
    { where: `userIdentity.accessKeyId = 'AKIA'`, bounds: { accessKeyIds: new Set(['AKIA']) } },
    { where: `eventID IN ('x')`, bounds: { eventIds: new Set(['x']) } },
    { where: `awsRegion = 'a' OR recipientAccountId = '1'`, bounds: {} },
    { where: `NOT eventTime > '2024-01-01'`, bounds: { maxTimeMs: at('2024-01-01T00:00Z') } },
    {
      where: `NOT (awsRegion <> 'a' OR eventTime < '2024-01-02')`,
      bounds: { minTimeMs: at('2024-01-02T00:00Z'), regions: new Set(['a']), regionNotNull: true },
    },
    {
      where: `CAST(eventTime AS varchar) LIKE '2024-02-29%'`,
      bounds: { minTimeMs: at('2024-02-29T00:00Z'), maxTimeMs: at('2024-03-01T00:00Z') - 1 },
    },
    {
      where: `CAST(eventTime AS varchar) BETWEEN '2024-02-28' AND '2024-02-30'`,
      bounds: { minTimeMs: at('2024-02-28T00:00Z'), maxTimeMs: at('2024-03-01T00:00Z') - 1 },
    },
    {
      where: `substr(CAST(eventTime AS varchar), 1, 10) < '2024-02-29'`,
      bounds: { maxTimeMs: at('2024-02-29T00:00Z') - 1 },
    },
    {
      where: `date_format(eventTime, '%Y-%m') = '2024-02'`,
      bounds: { minTimeMs: at('2024-02-01T00:00Z'), maxTimeMs: at('2024-03-01T00:00Z') - 1 },
    },
    { where: `year(eventTime) > 2023`, bounds: { minTimeMs: at('2024-01-01T00:00Z') } },
    { where: `date_format(eventTime, '%d') = '01'`, bounds: {} },
    { where: `CAST(eventTime AS varchar) LIKE '%-01%'`, bounds: {} },
    { where: `awsRegion <> 'a'`, bounds: {} },
    { where: `awsRegion IS NULL OR awsRegion = 'a'`, bounds: {} },
    { where: `eventTime > '2024-01-01' OR eventName = 'x'`, bounds: {} },
    { where: `false OR awsRegion = 'a'`, bounds: { regions: new Set(['a']), regionNotNull: true } },
    { where: `eventTime > timestamp '2024-01-01 00:00:00.0000001'`, bounds: {} },
    { where: `eventTime > CAST(timestamp '2024-01-01 00:00:00.0004' AS timestamp(3))`, bounds: {} },
  ])('$where', ({ where, bounds }) => {
    expect(boundsOf(`SELECT eventName FROM ${STORE} WHERE ${where}`)).toEqual([bounds])
  })

  test('a parameter counts as a literal', () => {
    expect(boundsOf(`SELECT 1 FROM ${STORE} WHERE eventTime >= ? AND awsRegion = ?`, ['2024-01-02', 'a'])).toEqual([
      { minTimeMs: at('2024-01-02T00:00Z'), regions: new Set(['a']), regionNotNull: true },
    ])
  })
})

const REGION_A: ScanBounds = { regions: new Set(['a']), regionNotNull: true }
const REGION_B: ScanBounds = { regions: new Set(['b']), regionNotNull: true }
const BOTH: ScanBounds = { regions: new Set(['a', 'b']), regionNotNull: true }

describe('which uses of a table a condition reaches', () => {
  test.each<{ name: string; sql: string; bounds: ScanBounds[] }>([
    {
      name: 'WHERE of a join',
      sql: `SELECT 1 FROM ${STORE} x JOIN ${OTHER} y ON x.eventID = y.eventID WHERE y.awsRegion = 'a'`,
      bounds: [{}, REGION_A],
    },
    {
      name: 'ON of an inner join',
      sql: `SELECT 1 FROM ${STORE} x JOIN ${OTHER} y ON x.awsRegion = 'a' AND y.awsRegion = 'b'`,
      bounds: [REGION_A, REGION_B],
    },
    {
      name: 'ON of a left join',
      sql: `SELECT 1 FROM ${STORE} x LEFT JOIN ${OTHER} y ON x.awsRegion = 'a' AND y.awsRegion = 'b'`,
      bounds: [{}, REGION_B],
    },
    {
      name: 'ON of a right join',
      sql: `SELECT 1 FROM ${STORE} x RIGHT JOIN ${OTHER} y ON x.awsRegion = 'a' AND y.awsRegion = 'b'`,
      bounds: [REGION_A, {}],
    },
    {
      name: 'ON of a full join',
      sql: `SELECT 1 FROM ${STORE} x FULL JOIN ${OTHER} y ON x.awsRegion = 'a' AND y.awsRegion = 'b'`,
      bounds: [{}, {}],
    },
    {
      name: 'USING',
      sql: `SELECT 1 FROM ${STORE} x RIGHT JOIN ${OTHER} y USING (awsRegion) WHERE awsRegion = 'a'`,
      bounds: [REGION_A, REGION_A],
    },
    {
      name: 'USING of a full join',
      sql: `SELECT 1 FROM ${STORE} x FULL JOIN ${OTHER} y USING (awsRegion) WHERE awsRegion = 'a'`,
      bounds: [{}, {}],
    },
    {
      name: 'columns that ON makes equal',
      sql: `SELECT 1 FROM ${STORE} x JOIN ${OTHER} y ON x.awsRegion = y.awsRegion WHERE x.awsRegion = 'a'`,
      bounds: [REGION_A, REGION_A],
    },
    {
      name: 'columns that WHERE makes equal',
      sql: `SELECT 1 FROM ${STORE} x, ${OTHER} y WHERE x.awsRegion = y.awsRegion AND y.awsRegion = 'a'`,
      bounds: [REGION_A, REGION_A],
    },
    {
      name: 'equal columns of a left join, from WHERE',
      sql: `SELECT 1 FROM ${STORE} x LEFT JOIN ${OTHER} y ON x.awsRegion = y.awsRegion WHERE x.awsRegion = 'a'`,
      bounds: [REGION_A, REGION_A],
    },
    {
      name: 'equal columns of a left join, from ON',
      sql: `SELECT 1 FROM ${STORE} x LEFT JOIN ${OTHER} y ON x.awsRegion = y.awsRegion AND y.awsRegion = 'a'`,
      bounds: [{}, REGION_A],
    },
    {
      name: 'columns that need not be equal',
      sql: `SELECT 1 FROM ${STORE} x JOIN ${OTHER} y ON x.awsRegion = y.awsRegion OR x.eventID = y.eventID WHERE x.awsRegion = 'a'`,
      bounds: [REGION_A, {}],
    },
    {
      name: 'a derived table',
      sql: `SELECT 1 FROM (SELECT awsRegion AS r, eventName FROM ${STORE}) WHERE r = 'a'`,
      bounds: [REGION_A],
    },
    {
      name: 'a member through a derived table',
      sql: `SELECT 1 FROM (SELECT userIdentity AS u FROM ${STORE}) WHERE u.accessKeyId = 'k'`,
      bounds: [{ accessKeyIds: new Set(['k']) }],
    },
    {
      name: 'renamed columns',
      sql: `SELECT 1 FROM (SELECT eventName, awsRegion FROM ${STORE}) AS t(awsRegion, r) WHERE r = 'a'`,
      bounds: [REGION_A],
    },
    {
      name: 'a computed column',
      sql: `SELECT 1 FROM (SELECT upper(awsRegion) AS r FROM ${STORE}) WHERE r = 'a'`,
      bounds: [{}],
    },
    { name: 'LIMIT', sql: `SELECT 1 FROM (SELECT awsRegion AS r FROM ${STORE} LIMIT 5) WHERE r = 'a'`, bounds: [{}] },
    { name: 'OFFSET', sql: `SELECT 1 FROM (SELECT awsRegion AS r FROM ${STORE} OFFSET 5) WHERE r = 'a'`, bounds: [{}] },
    {
      name: 'a window',
      sql: `SELECT 1 FROM (SELECT awsRegion AS r, row_number() OVER (ORDER BY eventTime) AS n FROM ${STORE}) WHERE r = 'a'`,
      bounds: [{}],
    },
    {
      name: 'a grouping column',
      sql: `SELECT 1 FROM (SELECT awsRegion AS r, count(*) AS n FROM ${STORE} GROUP BY 1) WHERE r = 'a'`,
      bounds: [REGION_A],
    },
    {
      name: 'one of several grouping sets',
      sql: `SELECT 1 FROM (SELECT awsRegion AS r, count(*) AS n FROM ${STORE} GROUP BY ROLLUP (awsRegion)) WHERE r = 'a'`,
      bounds: [{}],
    },
    { name: 'HAVING', sql: `SELECT awsRegion FROM ${STORE} GROUP BY 1 HAVING awsRegion = 'a'`, bounds: [{}] },
    {
      name: 'an aggregate',
      sql: `SELECT 1 FROM (SELECT max(awsRegion) AS r FROM ${STORE}) WHERE r = 'a'`,
      bounds: [{}],
    },
    {
      name: 'UNION',
      sql: `SELECT 1 FROM (SELECT awsRegion AS r FROM ${STORE} UNION ALL SELECT awsRegion FROM ${OTHER}) WHERE r = 'a'`,
      bounds: [REGION_A, REGION_A],
    },
    {
      name: 'the second branch alone',
      sql: `SELECT awsRegion FROM ${STORE} UNION SELECT awsRegion FROM ${OTHER} WHERE awsRegion = 'a'`,
      bounds: [{}, REGION_A],
    },
    {
      name: 'a WITH query used twice',
      sql: `WITH t AS (SELECT * FROM ${STORE}) SELECT 1 FROM t x JOIN t y ON x.eventID = y.eventID WHERE x.awsRegion = 'a' AND y.awsRegion = 'b'`,
      bounds: [BOTH],
    },
    {
      name: 'a WITH query used once without a condition',
      sql: `WITH t AS (SELECT * FROM ${STORE}) SELECT 1 FROM t WHERE awsRegion = 'a' UNION ALL SELECT 1 FROM t`,
      bounds: [{}],
    },
    {
      name: 'a WITH query read by another',
      sql: `WITH t AS (SELECT * FROM ${STORE}), u AS (SELECT * FROM t WHERE awsRegion = 'a') SELECT 1 FROM u`,
      bounds: [REGION_A],
    },
    {
      name: 'a recursive WITH query',
      sql: `WITH RECURSIVE t(r) AS (SELECT awsRegion FROM ${STORE} UNION ALL SELECT r || 'x' FROM t WHERE length(r) < 3) SELECT 1 FROM t WHERE r = 'a'`,
      bounds: [{}],
    },
    {
      name: 'a sub-query has its own',
      sql: `SELECT 1 FROM ${STORE} WHERE awsRegion = 'a' AND eventID IN (SELECT eventID FROM ${OTHER} WHERE awsRegion = 'b')`,
      bounds: [REGION_A, REGION_B],
    },
    {
      name: 'an outer column in a sub-query',
      sql: `SELECT 1 FROM ${STORE} x WHERE EXISTS (SELECT 1 FROM ${OTHER} y WHERE x.awsRegion = 'a' AND y.awsRegion = 'b')`,
      bounds: [{}, REGION_B],
    },
    { name: 'TABLE', sql: `SELECT 1 FROM (TABLE "${STORE}") WHERE awsRegion = 'a'`, bounds: [REGION_A] },
  ])('$name', ({ sql, bounds }) => {
    expect(boundsOf(sql)).toEqual(bounds)
  })
})

/** A condition in SQL, and what it is for a row: true, false or NULL. */
interface Condition {
  readonly sql: string
  readonly holds: (row: EventRow) => boolean | null
}

interface EventRow {
  readonly time: number | null
  readonly account: string | null
  readonly region: string | null
  readonly key: string | null
}

const BASE = at('2024-03-30T00:00Z')
const texts = fc.constantFrom('a', 'b', 'c')
const rowOf: fc.Arbitrary<EventRow> = fc.record({
  time: fc.option(
    fc
      .integer({ min: -20 * 24, max: 20 * 24 })
      .chain((h) => fc.integer({ min: -2, max: 2 }).map((ms) => BASE + h * 3_600_000 + ms)),
  ),
  account: fc.option(texts),
  region: fc.option(texts),
  key: fc.option(texts),
})

type Operator = '=' | '<>' | '<' | '<=' | '>' | '>='
const operators = fc.constantFrom<Operator>('=', '<>', '<', '<=', '>', '>=')
const compare = (a: number, operator: Operator, b: number): boolean =>
  ({ '=': a === b, '<>': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b })[operator]

/** An instant as SQL writes it. */
const instants: fc.Arbitrary<{ sql: string; ms: number }> = fc
  .tuple(fc.integer({ min: -15 * 24, max: 15 * 24 }), fc.integer({ min: 0, max: 5 }))
  .map(([hours, form]) => {
    const ms = form === 1 ? BASE + Math.round(hours / 24) * DAY : BASE + hours * 3_600_000
    const iso = new Date(ms).toISOString()
    const sql = [
      `'${iso}'`,
      `date '${iso.slice(0, 10)}'`,
      `timestamp '${iso.slice(0, 23).replace('T', ' ')}'`,
      `timestamp '${iso.slice(0, 19).replace('T', ' ')} UTC'`,
      `now() - interval '${(goldenNow.getTime() - ms) / 1000}' second`,
      `date_add('second', ${(ms - goldenNow.getTime()) / 1000}, current_timestamp)`,
    ][form]!
    return { sql, ms }
  })

const timeConditions: fc.Arbitrary<Condition> = fc
  .tuple(instants, operators, fc.boolean())
  .map(([{ sql, ms }, operator, swapped]) => {
    const flipped: Record<Operator, Operator> = { '=': '=', '<>': '<>', '<': '>', '>': '<', '<=': '>=', '>=': '<=' }
    return {
      sql: swapped ? `${sql} ${flipped[operator]} eventTime` : `eventTime ${operator} ${sql}`,
      holds: ({ time }) => (time === null ? null : compare(time, operator, ms)),
    }
  })

const floor = (time: number, step: number) => Math.floor(time / step) * step

const dayConditions: fc.Arbitrary<Condition> = fc
  .tuple(fc.integer({ min: -15, max: 15 }), operators, fc.integer({ min: 0, max: 4 }))
  .map(([days, operator, form]) => {
    const ms = BASE + days * DAY
    const date = new Date(ms).toISOString().slice(0, 10)
    const number = (time: number) => Number(new Date(time).toISOString().slice(0, 10).replaceAll('-', ''))
    const hour = ms + 5 * 3_600_000
    const monthOf = (time: number) => Date.UTC(new Date(time).getUTCFullYear(), new Date(time).getUTCMonth(), 1)
    const test =
      (value: (time: number) => number, against: number): Condition['holds'] =>
      ({ time }) =>
        time === null ? null : compare(value(time), operator, against)
    const forms: Condition[] = [
      { sql: `date(eventTime) ${operator} date '${date}'`, holds: test((t) => floor(t, DAY), ms) },
      { sql: `CAST(eventTime AS date) ${operator} date '${date}'`, holds: test((t) => floor(t, DAY), ms) },
      {
        sql: `date_trunc('hour', eventTime) ${operator} '${date} 05:00:00'`,
        holds: test((t) => floor(t, 3_600_000), hour),
      },
      { sql: `date_trunc('month', eventTime) ${operator} date '${date}'`, holds: test(monthOf, ms) },
      { sql: `calendarday ${operator} ${number(ms)}`, holds: test(number, number(ms)) },
    ]
    return forms[form]!
  })

/** A time's text, whole or cut, against the beginning of another's, or against one that is cut in an odd place. */
const timeTextConditions: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.integer({ min: -15 * 24 * 60, max: 15 * 24 * 60 }),
    operators,
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: 1, max: 23 }),
    fc.constantFrom('', '', '', '-1', 'x', '-99', ' 2'),
  )
  .map(([minutes, operator, form, length, tail]) => {
    const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
    const text = textOf(BASE + minutes * 60_000 + 5).slice(0, length) + tail
    const compareTexts = (a: string, b: string) => compare(a < b ? -1 : a > b ? 1 : 0, operator, 0)
    const test =
      (cut: number): Condition['holds'] =>
      ({ time }) =>
        time === null ? null : compareTexts(textOf(time).slice(0, cut), text)
    const year = 2023 + (length % 3)
    const forms: Condition[] = [
      { sql: `CAST(eventTime AS varchar) ${operator} '${text}'`, holds: test(23) },
      { sql: `substr(CAST(eventTime AS varchar), 1, ${length}) ${operator} '${text}'`, holds: test(length) },
      { sql: `date_format(eventTime, '%Y-%m-%d') ${operator} '${text}'`, holds: test(10) },
      { sql: `format_datetime(eventTime, 'yyyy-MM-dd HH:mm') ${operator} '${text}'`, holds: test(16) },
      { sql: `CAST(date(eventTime) AS varchar) ${operator} '${text}'`, holds: test(10) },
      {
        sql: `CAST(eventTime AS varchar) LIKE '${text}%'`,
        holds: ({ time }) => (time === null ? null : textOf(time).startsWith(text)),
      },
      {
        sql: `${length % 2 ? 'year(eventTime)' : 'EXTRACT(YEAR FROM eventTime)'} ${operator} ${year}`,
        holds: ({ time }) => (time === null ? null : compare(new Date(time).getUTCFullYear(), operator, year)),
      },
    ]
    return forms[form]!
  })

const textConditions: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.constantFrom<['recipientAccountId' | 'awsRegion' | 'userIdentity.accessKeyId', keyof EventRow]>(
      ['recipientAccountId', 'account'],
      ['awsRegion', 'region'],
      ['userIdentity.accessKeyId', 'key'],
    ),
    fc.array(texts, { minLength: 1, maxLength: 2 }),
    fc.integer({ min: 0, max: 5 }),
  )
  .map(([[column, member], values, form]) => {
    const test =
      (found: (value: string) => boolean): Condition['holds'] =>
      (row) =>
        row[member] === null ? null : found(String(row[member]))
    const list = values.map((value) => `'${value}'`).join(', ')
    const forms: Condition[] = [
      { sql: `${column} = '${values[0]}'`, holds: test((v) => v === values[0]) },
      { sql: `${column} IN (${list})`, holds: test((v) => values.includes(v)) },
      { sql: `${column} NOT IN (${list})`, holds: test((v) => !values.includes(v)) },
      { sql: `${column} IS NULL`, holds: (row) => row[member] === null },
      { sql: `${column} IS NOT NULL`, holds: (row) => row[member] !== null },
      { sql: `${column} IS NOT DISTINCT FROM '${values[0]}'`, holds: (row) => row[member] === values[0] },
    ]
    return forms[form]!
  })

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      timeConditions,
      dayConditions,
      timeTextConditions,
      textConditions,
      fc.constant<Condition>({ sql: 'false', holds: () => false }),
    ),
    fc.tuple(tie('condition'), tie('condition')).map(
      ([a, b]): Condition => ({
        sql: `(${a.sql}) AND (${b.sql})`,
        holds: (row) => and(a.holds(row), b.holds(row)),
      }),
    ),
    fc.tuple(tie('condition'), tie('condition')).map(
      ([a, b]): Condition => ({
        sql: `(${a.sql} OR ${b.sql})`,
        holds: (row) => negate(and(negate(a.holds(row)), negate(b.holds(row)))),
      }),
    ),
    tie('condition').map((a): Condition => ({ sql: `NOT (${a.sql})`, holds: (row) => negate(a.holds(row)) })),
  ),
}))

const negate = (value: boolean | null) => (value === null ? null : !value)
const and = (a: boolean | null, b: boolean | null) =>
  a === false || b === false ? false : a === null || b === null ? null : true

function isInside({ time, account, region, key }: EventRow, bounds: ScanBounds): boolean {
  const inTime =
    (bounds.minTimeMs === undefined && bounds.maxTimeMs === undefined) ||
    (time !== null && time >= (bounds.minTimeMs ?? -Infinity) && time <= (bounds.maxTimeMs ?? Infinity))
  const inSet = (value: string | null, values: ReadonlySet<string> | undefined, notNull: boolean) =>
    value === null ? !notNull : !values || values.has(value)
  return (
    inTime &&
    inSet(account, bounds.accounts, bounds.accountNotNull ?? false) &&
    inSet(region, bounds.regions, bounds.regionNotNull ?? false) &&
    inSet(key, bounds.accessKeyIds, bounds.accessKeyIds !== undefined)
  )
}

test('a row that a condition is true for lies within its bounds', () => {
  let selected = 0
  let excluded = 0
  fc.assert(
    fc.property(condition, fc.array(rowOf, { minLength: 5, maxLength: 20 }), ({ sql, holds }, rows) => {
      const [bounds] = boundsOf(`SELECT 1 FROM ${STORE} WHERE ${sql}`)
      for (const row of rows) {
        const inside = isInside(row, bounds!)
        if (!inside) excluded += 1
        if (holds(row) !== true) continue
        selected += 1
        expect(inside, `${sql}\n${JSON.stringify(row)}\n${JSON.stringify(bounds)}`).toBe(true)
      }
    }),
    { numRuns: 400 },
  )
  // A property over conditions that select nothing, or bounds that exclude nothing, would show nothing.
  expect(selected).toBeGreaterThan(300)
  expect(excluded).toBeGreaterThan(300)
})
