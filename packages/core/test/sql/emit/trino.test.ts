import { describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../../src/errors/index.ts'
import type { Catalog } from '../../../src/sql/catalog.ts'
import { layoutTable } from '../../../src/sql/default-catalog.ts'
import { translate } from '../../../src/sql/translate.ts'
import type { TranslateOptions } from '../../../src/sql/translation.ts'

const ID = '5e2676f8-9fce-46ef-8142-3e36a94e6691'
const NOW = new Date('2024-05-10T23:30:00.600Z')
const store = layoutTable(ID, 'events')
const columns = store.columns.filter((column) => !column.hidden).map((column) => column.name)
const options: TranslateOptions = { target: 'trino', now: NOW }

/** The text with every derived table of a store cut down to its FROM and WHERE. */
function brief(sql: string, more: TranslateOptions = {}): string {
  return translate(sql, { ...options, ...more }).sql.replace(/\(SELECT eventversion, .*? FROM ("delta"[^)]*)/g, '(…$1')
}

const FROM = `(…"delta"."default"."${ID}") AS "${ID}"`

describe('the author’s text', () => {
  test.each([
    ['SELECT eventName FROM $T', `SELECT eventName FROM ${FROM}`],
    ['SELECT $T.eventName AS n FROM $T', `SELECT "${ID}".eventName AS n FROM ${FROM}`],
    ['SELECT e."eventName" FROM $T AS e', `SELECT e."eventName" FROM (…"delta"."default"."${ID}") AS e`],
    [
      'SELECT 1 FROM "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/$T"',
      `SELECT 1 FROM (…"delta"."default"."${ID}") AS "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/${ID}"`,
    ],
    [
      'WITH w AS (SELECT eventName n FROM $T) SELECT * FROM w',
      `WITH w AS (SELECT eventName AS n FROM ${FROM}) SELECT * FROM w`,
    ],
    ['SELECT 1 FROM $T TABLESAMPLE BERNOULLI (10)', `SELECT 1 FROM ${FROM} TABLESAMPLE BERNOULLI (10)`],
    // What only Lake forgives.
    [
      "SELECT 1 FROM $T WHERE eventTime > '2024-05-01'",
      `SELECT 1 FROM (…"delta"."default"."${ID}" WHERE "date" >= DATE '2024-05-01') AS "${ID}" WHERE eventTime > TIMESTAMP '2024-05-01 00:00:00.000'`,
    ],
    [
      "SELECT 1 FROM $T WHERE ('2024-05-01T12:00:00+02:00') = eventTime",
      `SELECT 1 FROM (…"delta"."default"."${ID}" WHERE "date" BETWEEN DATE '2024-05-01' AND DATE '2024-05-01') AS "${ID}" WHERE TIMESTAMP '2024-05-01 10:00:00.000' = eventTime`,
    ],
    [
      "SELECT 1 FROM $T WHERE eventTime + interval '1' day IN ('2024-05-01 00:00:00.123456', '1960-01-01')",
      `SELECT 1 FROM ${FROM} WHERE eventTime + INTERVAL '1' DAY IN (TIMESTAMP '2024-05-01 00:00:00.123456', TIMESTAMP '1960-01-01 00:00:00.000000')`,
    ],
    [
      'SELECT 1 FROM $T WHERE sessionCredentialFromConsole = true OR NOT false <> sessionCredentialFromConsole',
      `SELECT 1 FROM ${FROM} WHERE sessionCredentialFromConsole = 'true' OR NOT 'false' <> sessionCredentialFromConsole`,
    ],
    [
      'SELECT userIdentity.inScopeOf.credentialsIssuedTo FROM $T',
      `SELECT userIdentity.inScopeOf.credentiaisissuedto AS credentialsIssuedTo FROM ${FROM}`,
    ],
    [
      'SELECT userIdentity.inScopeOf.credentialsIssuedTo AS c, (userIdentity.inScopeOf).credentiaisissuedto FROM $T',
      `SELECT userIdentity.inScopeOf.credentiaisissuedto AS c, (userIdentity.inScopeOf).credentiaisissuedto FROM ${FROM}`,
    ],
    [
      "SELECT timestamp '2023-07-10T12:00:00Z', timestamp '2023-07-10 12:00:00 UTC'",
      "SELECT TIMESTAMP '2023-07-10 12:00:00', timestamp '2023-07-10 12:00:00 UTC'",
    ],
    // The clock is that of the translation, since the days are.
    [
      "SELECT now(), current_date FROM $T WHERE eventTime >= now() - interval '1' day",
      `SELECT TIMESTAMP '2024-05-10 23:30:00.600 UTC', DATE '2024-05-10' FROM (…"delta"."default"."${ID}" WHERE "date" >= DATE '2024-05-09') AS "${ID}" WHERE eventTime >= TIMESTAMP '2024-05-10 23:30:00.600 UTC' - INTERVAL '1' DAY`,
    ],
    [
      'SELECT current_timestamp(0), localtimestamp(6), current_time(1), localtime',
      "SELECT TIMESTAMP '2024-05-10 23:30:01 UTC', TIMESTAMP '2024-05-10 23:30:00.600000', TIME '23:30:00.6+00:00', TIME '23:30:00.600'",
    ],
  ])('%s', (lake, trino) => {
    expect(brief(lake.replaceAll('$T', ID))).toBe(trino)
  })

  test('values of parameters', () => {
    const sql = 'SELECT -?, ?, ?, ?, ?, ? LIMIT ?'
    const parameters = [-5, 'it’s', null, true, 2n ** 40n, 1.5e-7, 3]
    expect(brief(sql, { parameters })).toBe("SELECT -(-5), 'it’s', NULL, TRUE, 1099511627776, 1.5e-7 LIMIT 3")
    const time = { parameters: ['2024-05-01T00:00:00Z'] }
    expect(brief(`SELECT 1 FROM ${ID} WHERE eventTime < ?`, time)).toContain("< TIMESTAMP '2024-05-01 00:00:00.000'")
  })
})

describe('a store', () => {
  test('has exactly Lake’s columns, in order', () => {
    const written = columns.map((name) => {
      if (name === 'eventtime') return 'CAST(eventtime AS timestamp(3)) AS eventtime'
      return name === 'eventjsonchecksum' ? 'to_base64(sha256(to_utf8(eventjson))) AS eventjsonchecksum' : name
    })
    const { sql } = translate(`SELECT 1 FROM ${ID}`, options)
    expect(sql).toBe(`SELECT 1 FROM (SELECT ${written.join(', ')} FROM "delta"."default"."${ID}") AS "${ID}"`)
  })

  test.each([
    ['userIdentity', true],
    ['userIdentity.sessionContext', true],
    ['userIdentity.sessionContext.attributes.creationDate', true],
    ['(userIdentity).sessionContext', true],
    ['*', true],
    ['t.userIdentity.*', true],
    ['userIdentity.arn', false],
    ['userIdentity.sessionContext.sessionIssuer', false],
    ['eventName', false],
  ])('a row is converted only where a timestamp of it shows: %s', (item, isConverted) => {
    const from = item === '*' ? ID : `${ID} AS t`
    const { sql } = translate(`SELECT ${item} FROM ${from}`, options)
    expect(sql.includes('CAST(useridentity AS row(')).toBe(isConverted)
  })

  test.each([
    [
      'SELECT "$source", "$record", calendarday FROM $T',
      ['_source AS "$source"', '_record AS "$record"', 'calendarday'],
    ],
    ['SELECT eventName FROM $T WHERE calendarday = 1', ['calendarday']],
    ['SELECT * FROM $T', []],
    ['TABLE $T', []],
  ])('shows hidden columns that are named, and no others: %s', (sql, hidden) => {
    const { sql: text } = translate(sql.replaceAll('$T', ID), options)
    const list = /eventcontext(.*?) FROM "delta"/.exec(text.slice(text.lastIndexOf('SELECT eventversion, ')))![1]!
    expect(list.split(', ').slice(1)).toEqual(hidden)
  })

  test.each([
    [
      "eventTime BETWEEN '2024-05-01' AND '2024-05-03 12:00:00'",
      `WHERE "date" BETWEEN DATE '2024-05-01' AND DATE '2024-05-03'`,
    ],
    ["eventTime < '2024-05-03'", `WHERE "date" <= DATE '2024-05-02'`],
    ["eventTime <= '2024-05-03'", `WHERE "date" <= DATE '2024-05-03'`],
    ["eventTime > '2024-05-03' OR eventName = 'x'", ''],
    ["eventTime > '2024-05-03' OR eventTime IS NULL", ''],
    ['eventTime IS NULL', ''],
    ["NOT (eventTime < '2024-05-03')", `WHERE "date" >= DATE '2024-05-03'`],
    ["eventTime < timestamp '12024-05-03 00:00:00'", ''],
  ])('reads the days of %s', (condition, where) => {
    const { sql } = translate(`SELECT eventName FROM ${ID} WHERE ${condition}`, options)
    expect(/FROM "delta"\."default"\."[^"]*" ?([^)]*)\)/.exec(sql)![1]).toBe(where)
  })

  test('each use has days of its own', () => {
    const sql = `SELECT 1 FROM ${ID} a JOIN ${ID} b ON a.eventID = b.eventID WHERE a.eventTime < '2024-01-02' AND b.eventTime >= '2024-02-01'`
    const days = [...translate(sql, options).sql.matchAll(/WHERE ("date"[^)]*)/g)].map(([, text]) => text)
    expect(days).toEqual([`"date" <= DATE '2024-01-01'`, `"date" >= DATE '2024-02-01'`])
  })

  test('is named as the caller says', () => {
    const { sql, tables } = translate(`SELECT 1 FROM ${ID}`, {
      ...options,
      trinoTable: (table) => ['glue', 'audit "logs"', `t_${table.id.slice(0, 8)}`],
    })
    expect(sql).toContain('FROM "glue"."audit ""logs"""."t_5e2676f8") AS')
    expect(tables.map((table) => table.view)).toEqual(['"glue"."audit ""logs"""."t_5e2676f8"'])
  })
})

describe('*', () => {
  const all = (qualifier = '') => columns.map((name) => `${qualifier}${name}`).join(', ')

  test.each([
    ['SELECT * FROM $T', all()],
    ['SELECT *, calendarday FROM $T', `${all()}, calendarday`],
    ['SELECT e.* FROM $T e WHERE "$record" = 0', all()],
    ['SELECT * FROM $T a JOIN $T b ON a.eventID = b.eventID', `${all('a.')}, ${all('b.')}`],
    ['SELECT * FROM $T, UNNEST(resources) AS r (x, y, z, w)', `${all()}, x, y, z, w`],
    ['SELECT e.* AS (a1) FROM (SELECT eventName FROM $T) e', 'e.* AS (a1)'],
  ])('%s', (lake, items) => {
    expect(brief(lake.replaceAll('$T', ID)).slice(7)).toMatch(new RegExp(`^${items.replace(/[.*()]/g, '\\$&')} FROM `))
  })

  test('keeps its labels', () => {
    const renamed = columns.map((_, i) => `C${i}`)
    const { sql, columns: labels } = translate(`SELECT e.* AS (${renamed.join(', ')}) FROM ${ID} e`, options)
    expect(labels.map((column) => column.name)).toEqual(renamed)
    expect(sql).toMatch(/^SELECT eventversion AS C0, useridentity AS C1, /)
  })
})

test('system tables are refused: Trino has none of them', () => {
  const catalog: Catalog = {
    table: () => ({ id: 'traillake.sources', columns: [{ name: 'size', type: { kind: 'bigint' } }] }),
    tableNames: () => [],
  }
  try {
    translate('SELECT size FROM traillake.sources', { ...options, catalog })
    expect.unreachable()
  } catch (error) {
    expect(isTraillakeError(error, 'NOT_SUPPORTED')).toBe(true)
  }
})

test.each([
  ['VERSION AS OF 1', 'FOR VERSION AS OF 1', { version: 1 }],
  ["VERSION AS OF '12'", 'FOR VERSION AS OF 12', { version: 12 }],
  [
    "TIMESTAMP AS OF timestamp '2024-01-01 00:00:00'",
    "FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00.000 UTC'",
    { timestampMs: Date.UTC(2024, 0) },
  ],
])('FOR %s', (period, written, asOf) => {
  const sql = `SELECT eventID FROM ${ID} FOR ${period} AS t WHERE awsRegion = 'a'`
  expect(translate(sql, { target: 'trino' }).sql).toContain(`${written}`)
  for (const target of ['duckdb', 'trino'] as const) expect(translate(sql, { target }).tables[0]?.asOf).toEqual(asOf)
})

test.each(['VERSION AS OF -1', "VERSION AS OF 'one'", "TIMESTAMP AS OF now() - interval '1' day * 2"])(
  'FOR %s is no constant',
  (period) => {
    expect(() => translate(`SELECT 1 FROM ${ID} FOR ${period}`)).toThrow(/that does not depend on rows/)
  },
)
