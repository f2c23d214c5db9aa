import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-prepare-'))
let lake: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'panther-org'), { into: 'org' })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a prepared query answers as the same query with its values written out, and skips the same files', async () => {
  const prepared = await lake.prepare(
    'SELECT count(*) FROM $S WHERE awsRegion = ? AND eventTime >= ? AND (recipientAccountId = ? OR ? IS NULL)',
    { placeholders: { S: 'org' } },
  )
  expect(prepared.parameterCount).toBe(4)
  const asked = [
    ['us-east-1', '2020-01-01', '123456789012', 1],
    ['us-east-1', '2022-06-01', '123456789012', null],
    ["us-east-1' OR '1'='1", '2020-01-01', "x'", true],
    ['us-east-1', '2020-01-01', '123456789012', 1],
  ] as const
  const literal = (value: unknown) => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value))
  for (const values of asked) {
    const result = await prepared.query(values, { rowMode: 'array' })
    const rows = await result.toArray()
    const [region, time, account, last] = values.map(literal)
    const written = await lake.query(
      `SELECT count(*) FROM org WHERE awsRegion = ${region} AND eventTime >= ${time} AND (recipientAccountId = ${account} OR ${last} IS NULL)`,
      { rowMode: 'array' },
    )
    expect(rows).toEqual(await written.toArray())
    expect(result.statistics.filesScanned).toBe(written.statistics.filesScanned)
  }
})

test('asked at once with different values, each gets its own answer', async () => {
  const prepared = await lake.prepare('SELECT ?, count(*) FROM org WHERE eventID IS NOT NULL')
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await prepared.query([i % 5], { rowMode: 'array' })).toArray()),
  )
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => [[i % 5, 412]]))
})

test('sees what was imported since, and goes on after a query that failed or was left', async () => {
  const { store } = await lake.import(join(trails, 'versions'), { into: 'growing' })
  const prepared = await lake.prepare('SELECT count(*), CAST(? AS bigint) FROM growing')
  const ask = async (value: string) => (await prepared.query([value], { rowMode: 'array' })).toArray()
  expect(await ask('1')).toEqual([[20, 1]])
  await expect(ask('x')).rejects.toThrow(/Cannot cast 'x' to BIGINT/)
  expect(await ask('1')).toEqual([[20, 1]])
  const left = await prepared.query(['1'])
  await left.close()
  await lake.import(join(trails, 'panther-org'), { into: store.id })
  expect(await ask('1')).toEqual([[432, 1]])
  const cancelled = prepared.query(['1'], { signal: AbortSignal.abort() })
  await expect(cancelled).rejects.toThrow(/cancelled/)
  expect(await ask('1')).toEqual([[432, 1]])
})

test('faults of the text are found when it is prepared, those of the values when it runs', async () => {
  await expect(lake.prepare('SELECT FROM WHERE')).rejects.toThrow(/^line 1:8/)
  await expect(lake.prepare('DROP TABLE org')).rejects.toMatchObject({ code: 'NOT_A_QUERY' })
  await expect(lake.prepare(5 as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  const prepared = await lake.prepare('SELECT ?')
  await expect(prepared.query([])).rejects.toMatchObject({ code: 'INVALID_PARAMETER_USAGE' })
  await expect(prepared.query([{} as never])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
