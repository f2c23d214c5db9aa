import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'
import { layoutTable, translate } from '../../src/sql/index.ts'
import { failure } from '../failure.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-views-'))
let lake: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'panther-org'), { into: 'org' })
  await lake.views.create('Regions', 'SELECT awsRegion AS region, count(*) AS n FROM org GROUP BY awsRegion')
  await lake.views.create('busy', 'SELECT r.region, r.n FROM regions AS r WHERE r.n > 1', {
    description: 'many events',
  })
  await lake.views.create(
    'events_of',
    'WITH org AS (SELECT * FROM "org") SELECT eventName, eventTime, awsRegion FROM org',
  )
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

const rows = async (sql: string) => (await (await lake.query(sql)).toJson()).rows
describe('a view', () => {
  const regions = '(SELECT awsRegion AS region, count(*) AS n FROM org GROUP BY awsRegion)'
  test.each([
    ['SELECT * FROM regions ORDER BY 1', `SELECT * FROM ${regions} ORDER BY 1`],
    ['SELECT REGIONS.region FROM REGIONS ORDER BY 1', `SELECT r.region FROM ${regions} r ORDER BY 1`],
    ['SELECT v.x FROM regions AS v (x, y) ORDER BY 1', `SELECT region FROM ${regions} ORDER BY 1`],
    [
      'SELECT count(*) FROM busy a JOIN busy b ON a.n < b.n',
      `SELECT count(*) FROM (SELECT n FROM ${regions} WHERE n > 1) a JOIN (SELECT n FROM ${regions} WHERE n > 1) b ON a.n < b.n`,
    ],
    ['TABLE regions ORDER BY 1', `SELECT * FROM ${regions} ORDER BY 1`],
    ['SELECT (SELECT max(n) FROM regions) FROM org LIMIT 1', `SELECT (SELECT max(n) FROM ${regions}) FROM org LIMIT 1`],
    [
      'SELECT count(*) FROM org WHERE awsRegion IN (SELECT region FROM busy)',
      `SELECT count(*) FROM org WHERE awsRegion IN (SELECT region FROM ${regions} WHERE n > 1)`,
    ],
    [
      'WITH a AS (SELECT * FROM regions), regions AS (SELECT 7 AS n) SELECT (SELECT count(*) FROM a), n FROM regions',
      `SELECT (SELECT count(*) FROM ${regions}), 7`,
    ],
    ['WITH regions AS (SELECT 7 AS n) SELECT n FROM regions', 'SELECT 7'],
    [
      'WITH RECURSIVE regions (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM regions WHERE n < 3) SELECT sum(n) FROM regions',
      'SELECT 6',
    ],
    [
      'SELECT eventName FROM events_of ORDER BY eventTime, 1 LIMIT 3',
      'SELECT eventName FROM org ORDER BY eventTime, 1 LIMIT 3',
    ],
  ])('%s', async (sql, same) => {
    expect(await rows(sql)).toEqual(await rows(same))
  })

  test('skips the files that its query would skip', async () => {
    const plain = await lake.explain(`SELECT eventName FROM org WHERE awsRegion = 'us-east-1'`)
    const viewed = await lake.explain(
      `SELECT eventName FROM events_of WHERE awsRegion = 'us-east-1' AND lower(eventName) <> ''`,
    )
    expect(viewed.filesKept).toBe(plain.filesKept)
    expect(viewed.filesKept).toBeLessThan(viewed.filesKnown)
  })

  test('is a query of its own: it sees no WITH of the query around it, and no store is hidden by it', async () => {
    expect(await rows("WITH org AS (SELECT 'x' AS awsRegion) SELECT count(*) > 1 FROM regions")).toEqual([[true]])
    await lake.views.create('later', 'SELECT 1 AS one')
    await lake.createEventDataStore({ name: 'LATER' })
    expect(await rows('SELECT count(*) FROM later')).toEqual([[0]])
    await lake.views.drop('later')
  })

  test('is listed, also in information_schema, replaced and dropped', async () => {
    await lake.views.create('BUSY', 'SELECT region FROM regions')
    expect((await lake.views.list()).map(({ name }) => name)).toEqual(['BUSY', 'Regions', 'events_of'])
    expect(await rows("SELECT table_name FROM information_schema.tables WHERE table_type = 'VIEW' ORDER BY 1")).toEqual(
      [['BUSY'], ['Regions'], ['events_of']],
    )
    expect(await rows("SELECT view_definition FROM information_schema.views WHERE table_name = 'BUSY'")).toEqual([
      ['SELECT region FROM regions'],
    ])
    await lake.views.drop('busy')
    expect((await failure(lake.query('SELECT * FROM busy'))).code).toBe('TABLE_NOT_FOUND')
    expect(await failure(lake.views.get('region'))).toMatchObject({
      code: 'VIEW_NOT_FOUND',
      hint: expect.stringContaining('Regions'),
    })
  })

  test('is seen by other programs at once', async () => {
    const other = await openLake(lake.location)
    await (await other.query('SELECT * FROM regions')).close()
    await lake.views.create('fresh', 'SELECT 1 AS a')
    expect((await (await other.query('SELECT a FROM fresh')).toJson()).rows).toEqual([[1]])
    await lake.views.create('fresh', 'SELECT 2 AS a')
    expect((await (await other.query('SELECT a FROM fresh')).toJson()).rows).toEqual([[2]])
    await other.close()
    const reader = await openLake(lake.location, { readOnly: true })
    expect((await failure(reader.views.create('no', 'SELECT 1'))).code).toBe('LAKE_READ_ONLY')
    await reader.close()
  })
})

describe('what is refused', () => {
  test.each([
    ['self', 'SELECT * FROM self', 'INVALID_VIEW'],
    ['odd', 'SELECT * FROM nowhere', 'TABLE_NOT_FOUND'],
    ['odd', 'SELECT nothing FROM org', 'COLUMN_NOT_FOUND'],
    ['odd', 'SELECT eventName FROM org WHERE eventID = ?', 'INVALID_PARAMETER_USAGE'],
    ['odd', 'SELECT eventName FROM $S', 'TABLE_NOT_FOUND'],
    ['odd', 'DROP TABLE org', 'NOT_A_QUERY'],
    ['ORG', 'SELECT 1', 'INVALID_OPTION'],
    ['../x', 'SELECT 1', 'INVALID_OPTION'],
  ])('to make %s of %s', async (name, sql, code) => {
    expect((await failure(lake.views.create(name, sql))).code).toBe(code)
    expect((await lake.views.list()).map((view) => view.name)).not.toContain(name)
  })

  test('a circle, by the names on it', async () => {
    await lake.views.create('first', 'SELECT 1 AS a')
    await lake.views.create('second', 'SELECT * FROM first')
    const error = await failure(lake.views.create('first', 'SELECT * FROM Second'))
    expect(error).toMatchObject({
      code: 'INVALID_VIEW',
      reason: expect.stringContaining('first reads second reads first'),
    })
    expect(await rows('SELECT a FROM second')).toEqual([[1]])
  })

  test('errors of a view are shown where it is named', async () => {
    await lake.views.create('base', 'SELECT 1 AS a, 2 AS b')
    await lake.views.create('above', 'SELECT b FROM base')
    await lake.views.create('base', 'SELECT 1 AS a')
    const error = await failure(lake.query('SELECT *\n  FROM above'))
    expect(error).toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      line: 2,
      column: 8,
      hint: expect.stringContaining('the view above'),
    })
    await lake.views.drop('base')
    expect(await failure(lake.query('SELECT * FROM above'))).toMatchObject({
      code: 'TABLE_NOT_FOUND',
      line: 1,
      column: 15,
      reason: expect.stringContaining("'base'"),
    })
    expect((await failure(lake.query('SELECT * FROM regions FOR VERSION AS OF 1'))).code).toBe('NOT_SUPPORTED')
  })

  test('views that double with every level', () => {
    const names = Array.from({ length: 30 }, (_, i) => `v${i}`)
    const catalog = {
      table: () => undefined,
      tableNames: () => names,
      view: (name: string) => ({
        name,
        sql:
          name === 'v0'
            ? 'SELECT 1 AS a'
            : `SELECT x.a FROM v${Number(name.slice(1)) - 1} x JOIN v${Number(name.slice(1)) - 1} y ON x.a = y.a`,
      }),
    }
    expect(translate('SELECT * FROM v5', { catalog }).columns).toHaveLength(1)
    expect(() => translate('SELECT * FROM v29', { catalog })).toThrow(/more than 200 views/)
  })
})

test('a view is a sub-query for Trino, too', () => {
  const catalog = {
    table: ([name]: readonly string[]) => (name === 'org' ? layoutTable('org', 'events') : undefined),
    tableNames: () => [],
    view: (name: string) => (name === 'v' ? { name, sql: 'SELECT eventName AS n FROM org' } : undefined),
  }
  const { sql, tables } = translate('SELECT n FROM v', { catalog, target: 'trino' })
  expect(sql).toMatch(/FROM \(\s*SELECT/)
  expect(tables.map(({ view }) => view)).toEqual(['"delta"."default"."org"'])
})
