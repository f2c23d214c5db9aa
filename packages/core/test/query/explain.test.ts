import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-explain-'))
let lake: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'panther-org'), { into: 'org' })
  await lake.import(join(trails, 'panther-org'), { into: 'by-date', layout: 'date' })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('explain', () => {
  test('tells bounds, files and bytes of each use, as the query then reads them', async () => {
    const sql = `SELECT count(*) FROM org a JOIN "by-date" b ON a.awsRegion = b.awsRegion
      WHERE a.awsRegion = 'us-east-1' AND a.recipientAccountId IN (?, '123456789012') AND date(b.eventTime) >= DATE '2022-12-12'`
    const options = { parameters: ['111122223333'] }
    const explanation = await lake.explain(sql, options)
    expect(explanation.columns).toEqual([{ name: '_col0', type: 'bigint' }])
    expect(explanation.tables.map(({ name, bounds }) => [name, bounds])).toEqual([
      ['org', { accounts: ['111122223333', '123456789012'], regions: ['us-east-1'] }],
      ['by-date', { minTime: new Date('2022-12-12T00:00Z'), regions: ['us-east-1'] }],
    ])
    const result = await lake.query(sql, options)
    await result.toArray()
    const { filesKnown, filesScanned, bytesScanned } = result.statistics
    expect(explanation).toMatchObject({ filesKnown, filesKept: filesScanned, bytesKept: bytesScanned })
    for (const table of explanation.tables) {
      const { dataFiles, bytes, version } = await lake.describe(table.name)
      expect(table).toMatchObject({ filesKnown: dataFiles, bytesKnown: bytes, version })
      expect(table.filesKept).toBeLessThan(table.filesKnown)
      expect(explanation.sql).toContain(`"${table.view}"`)
    }
  })

  test.each([
    { where: 'true', notes: [expect.stringMatching(/^no condition bounds/)] },
    {
      where: "awsRegion = 'a' OR eventName = 'b'",
      notes: [
        expect.stringMatching(/^no condition bounds/),
        expect.stringMatching(/^awsRegion = 'a' OR eventName = 'b' is checked row by row/),
      ],
    },
    {
      where: "lower(awsRegion) = 'us-east-1'",
      notes: [expect.anything(), expect.stringMatching(/^lower\(awsRegion\) = 'us-east-1' is checked/)],
    },
    {
      where: "eventTime > TIMESTAMP '1999-01-01 00:00:00'",
      notes: [expect.stringMatching(/all files can hold such rows$/)],
    },
    { where: "awsRegion = 'us-east-1' AND eventName LIKE 'x%'", notes: [] },
    {
      where: "awsRegion = 'us-east-1' AND  day(eventTime)\n = 3",
      notes: [expect.stringMatching(/^day\(eventTime\) = 3 is checked/)],
    },
  ])('says why nothing could be skipped: $where', async ({ where, notes }) => {
    const { tables } = await lake.explain(`SELECT eventID FROM org WHERE ${where}`)
    expect(tables[0]?.notes).toEqual(notes)
  })

  test('of system tables and of no table', async () => {
    expect((await lake.explain('SELECT 1')).tables).toEqual([])
    const { tables } = await lake.explain('SELECT * FROM traillake.stores')
    expect(tables).toMatchObject([{ name: 'traillake.stores', bounds: {}, filesKnown: 0, notes: [] }])
  })
})

describe('parameters', () => {
  test('are values, never SQL, and each set of them is its own', async () => {
    const ask = async (...parameters: (string | number | bigint | boolean | null)[]) =>
      (await (await lake.query('SELECT ?', { rowMode: 'array', parameters })).toArray())[0]
    expect(await ask("x' OR '1'='1")).toEqual(["x' OR '1'='1"])
    expect(await ask(1)).toEqual([1])
    expect(await ask('1')).toEqual(['1'])
    expect(await ask(1n)).toEqual([1])
    expect(await ask(true)).toEqual([true])
    expect(await ask('true')).toEqual(['true'])
    expect(await ask(null)).toEqual([null])
  })

  test.each([
    [{ parameters: [undefined] }, /parameters/],
    [{ parameters: [Number.NaN] }, /parameters/],
    [{ parameters: 'x' }, /parameters/],
    [{ parameters: [1, 2] }, /Incorrect number of parameters: expected 1 but found 2/],
    [{}, /Incorrect number of parameters: expected 1 but found 0/],
  ])('%j', async (options, message) => {
    await expect(lake.query('SELECT ?', options as never)).rejects.toThrow(message)
  })
})

describe('what is remembered between queries', () => {
  const count = async (sql: string) =>
    Number(((await (await lake.query(sql, { rowMode: 'array' })).toArray())[0] as number[])[0])

  test('follows stores that come, change their names and go, also in another process', async () => {
    const other = await openLake(lake.location)
    const store = await other.createEventDataStore({ name: 'fleeting' })
    expect(await count('SELECT count(*) FROM fleeting')).toBe(0)
    await other.import(join(trails, 'versions'), { into: 'fleeting' })
    expect(await count('SELECT count(*) FROM fleeting')).toBe(20)
    await other.updateEventDataStore(store.id, { name: 'renamed' })
    await expect(lake.query('SELECT count(*) FROM fleeting')).rejects.toThrow(/does not exist/)
    expect(await count('SELECT count(*) FROM renamed')).toBe(20)
    await other.updateEventDataStore('org', { name: 'org-2' })
    await other.updateEventDataStore('renamed', { name: 'org' })
    expect(await count('SELECT count(*) FROM org')).toBe(20)
    await other.updateEventDataStore('org', { name: 'renamed' })
    await other.updateEventDataStore('org-2', { name: 'org' })
    expect(await count('SELECT count(*) FROM org')).toBe(412)
    await other.close()
  })

  test('is never the moment of a statement', async () => {
    const ask = async () =>
      ((await (await lake.query('SELECT now()', { rowMode: 'array' })).toArray())[0] as string[])[0]
    const first = await ask()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await ask()).not.toBe(first)
  })
})

describe('result limits', () => {
  test.each([
    [{ maxRows: 411 }, /result limit of 411 rows/],
    [{ maxBytes: 1000 }, /result limit of 1000 bytes/],
  ])('%j', async (limits, message) => {
    const result = await lake.query('SELECT * FROM org', limits)
    await expect(result.toArray()).rejects.toThrow(message)
    await expect(lake.query('SELECT 1', { maxRows: -1 })).rejects.toThrow(/maxRows/)
  })

  test('a result of just that size is whole', async () => {
    expect(await (await lake.query('SELECT eventID FROM org', { maxRows: 412 })).toArray()).toHaveLength(412)
  })
})
