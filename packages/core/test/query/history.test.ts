import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'
import { createRowDigest } from '../../src/query/history/digest.ts'
import { layoutTable, translate } from '../../src/sql/index.ts'
import { writeLog } from '../lake/trail-files.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-history-'))
let lake: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'versions'), { into: 'org' })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Asks, takes every row, and gives what was written down. */
async function remember(sql: string, options: object = {}) {
  const result = await lake.query(sql, { ...options, remember: true })
  await result.toArray()
  return lake.history.get(result.queryId)
}

describe('digests', () => {
  const digest = (...batches: readonly (readonly (readonly unknown[])[])[]) => {
    const made = createRowDigest()
    for (const batch of batches) made.add(batch)
    return made.value()
  }

  test('do not depend on order or batches, and on everything else', () => {
    const same = digest([
      [1, 'a'],
      [2, null],
    ])
    expect(digest([[2, null]], [[1, 'a']])).toBe(same)
    for (const other of [
      digest([[1, 'a']]),
      digest([
        [1, 'a'],
        [1, 'a'],
        [2, null],
      ]),
      digest([
        [1, null],
        [2, 'a'],
      ]),
      digest([
        ['1', 'a'],
        [2, null],
      ]),
      digest([
        [1, 'a', null],
        [2, null],
      ]),
      digest(),
    ])
      expect(other).not.toBe(same)
    expect(digest([[1], [1], [2]])).not.toBe(digest([[1], [2], [2]]))
  })

  test('depend on the order of rows that differ in what they are sorted by, and on no other', () => {
    const sorted = (...rows: readonly (readonly unknown[])[]) => {
      const made = createRowDigest([1])
      for (const row of rows) made.add([row])
      return made.value()
    }
    const same = sorted(['a', 1], ['b', 1], ['c', 2])
    expect(same).toMatch(/^sorted:[0-9a-f]{64}$/)
    expect(sorted(['b', 1], ['a', 1], ['c', 2])).toBe(same)
    const others = [
      sorted(['c', 2], ['a', 1], ['b', 1]),
      sorted(['a', 1], ['c', 2], ['b', 1]),
      sorted(['a', 1], ['b', 1]),
      sorted(['a', 1], ['b', 2], ['c', 2]),
      sorted(),
    ]
    expect(new Set([...others, same]).size).toBe(6)
  })

  test.each([
    ['SELECT eventName AS n, count(*) AS c FROM org GROUP BY 1 ORDER BY c DESC, 1', [1, 0]],
    ['SELECT eventName, eventTime FROM org ORDER BY eventTime, upper(eventName), 1', [1]],
    ['SELECT eventName FROM org ORDER BY eventTime', []],
    ["SELECT eventName, eventTime AT TIME ZONE 'UTC' AS t FROM org ORDER BY 1, t", [0]],
    ['(SELECT eventName FROM org ORDER BY 1) UNION ALL SELECT NULL', []],
    ['SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a', [0]],
  ])('%s is sorted by %j', (sql, sortedBy) => {
    const catalog = { table: () => layoutTable('org', 'events'), tableNames: () => [] }
    expect(translate(sql, { catalog }).sortedBy).toEqual(sortedBy)
  })
})

describe('a remembered query', () => {
  test('keeps text, values, versions, settings and what came of it', async () => {
    const store = await lake.getEventDataStore('org')
    const { version } = await lake.describe('org')
    const record = await remember('SELECT eventID FROM $S WHERE eventName <> ? AND ? = 9007199254740993', {
      placeholders: { S: 'org' },
      parameters: ['none', 9007199254740993n],
    })
    expect(record).toMatchObject({
      statement: 'SELECT eventID FROM $S WHERE eventName <> ? AND ? = 9007199254740993',
      placeholders: { S: 'org' },
      parameters: ['none', { bigint: '9007199254740993' }],
      stores: [store.id],
      versions: { [store.id]: version },
      settings: { release: expect.stringMatching(/^traillake\//), engine: expect.stringMatching(/^DuckDB v\d/) },
      status: 'FINISHED',
      rows: 20,
      digest: expect.stringMatching(/^rows:[0-9a-f]{64}$/),
    })
    expect(await lake.history.repeat(record.id)).toMatchObject({ rows: 20, isSame: true, digest: record.digest })
  })

  test('is repeated over the versions and at the moment it was asked', async () => {
    const { store } = await lake.import(join(trails, 'versions'), { into: 'growing' })
    const count = await remember('SELECT count(*), now() FROM growing')
    const all = await remember('SELECT * FROM growing')
    await lake.import(join(trails, 'panther-org'), { into: store.id })
    expect(await lake.history.repeat(count.id.slice(0, 12))).toMatchObject({ rows: 1, isSame: true })
    expect(await lake.history.repeat(all.id)).toMatchObject({ rows: 20, isSame: true })
    expect((await remember('SELECT count(*) FROM growing')).digest).not.toBe(count.digest)
  })

  test('in an order is repeated in that order', async () => {
    const record = await remember('SELECT eventName, eventID FROM org ORDER BY 1')
    expect(record.digest).toMatch(/^sorted:/)
    expect(await lake.history.repeat(record.id)).toMatchObject({ isSame: true, digest: record.digest })
  })

  test('keeps what it was answered from, until it is forgotten', async () => {
    const log = (name: string, ids: readonly string[]) =>
      writeLog(
        join(folder, 'pinned'),
        name,
        ids.map((id) => ({ id })),
      )
    const into = { into: 'pinned', compact: false }
    const { store } = await lake.import(log('a', ['1', '2', '3']), into)
    const files = () =>
      readdirSync(join(lake.location, 'stores', store.id, 'events'), { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.parquet'))
    const [first] = files()
    const { id, digest } = await remember('SELECT * FROM pinned')
    await lake.import(log('b', ['4', '5']), into)
    const other = await remember(
      `SELECT eventID FROM pinned FOR VERSION AS OF ${(await lake.history.get(id)).pins?.[0]?.version}`,
    )
    await lake.compact({ stores: ['pinned'] })
    expect((await lake.describe('pinned')).dataFiles).toBe(1)
    const vacuum = () => lake.vacuum({ stores: ['pinned'], graceHours: 0, force: true })
    await vacuum()
    expect(files()).toHaveLength(2)
    expect(await lake.history.repeat(id)).toMatchObject({ rows: 3, isSame: true, digest })
    await lake.history.remove(id)
    await vacuum()
    expect(files()).toContain(first)
    expect(await lake.history.repeat(other.id)).toMatchObject({ rows: 3, isSame: true })
    await lake.history.remove(other.id)
    await vacuum()
    expect(files()).toHaveLength(1)
    expect(files()).not.toContain(first)
  })

  test('of a version that is gone, or of a store that is gone, keeps nothing from being vacuumed', async () => {
    const { store } = await lake.import(join(trails, 'versions'), { into: 'leaving' })
    const record = await remember('SELECT * FROM leaving')
    await lake.documents.update('history', record.id, (old) => ({
      ...(old as object),
      pins: [{ store: store.id, version: 999 }],
    }))
    await lake.vacuum({ graceHours: 0, force: true })
    await lake.deleteEventDataStore('leaving')
    const { deleted } = await lake.vacuum({ graceHours: 0, force: true })
    expect(deleted.map(({ reason }) => reason)).toContain('deleted-store')
  })

  test('whose rows are others now is found out', async () => {
    const record = await remember('SELECT count(*) FROM traillake.stores')
    await lake.createEventDataStore({ name: 'one-more' })
    expect(await lake.history.repeat(record.id)).toMatchObject({ rows: 1, isSame: false })
  })

  test('that failed, or was left, says so and has no digest', async () => {
    const failing = lake.query('SELECT CAST(eventName AS bigint) FROM org', { remember: true }).then((r) => r.toArray())
    await expect(failing).rejects.toThrow(/Cannot cast/)
    expect((await lake.history.list())[0]).toMatchObject({
      status: 'FAILED',
      error: expect.stringMatching(/Cannot cast/),
    })
    const count = (await lake.history.list()).length
    await expect(lake.query('SELECT nothing FROM org', { remember: true })).rejects.toThrow(/cannot be resolved/)
    expect(await lake.history.list()).toHaveLength(count)
    const left = await lake.query('SELECT eventID FROM org', { remember: true })
    for await (const _ of left) break
    const record = await lake.history.get(left.queryId)
    expect([record.status, record.digest]).toEqual(['CANCELLED', undefined])
  })

  test('is in traillake.queries; others are not', async () => {
    const before = (await lake.history.list()).length
    await (await lake.query('SELECT 1')).toArray()
    expect(await lake.history.list()).toHaveLength(before)
    const record = await remember('SELECT 12345')
    expect((await lake.history.list())[0]?.id).toBe(record.id)
    const sql = `SELECT statement, status, row_count, digest FROM traillake.queries WHERE query_id = '${record.id}'`
    expect(await (await lake.query(sql, { rowMode: 'array' })).toArray()).toEqual([
      ['SELECT 12345', 'FINISHED', 1, record.digest],
    ])
    await lake.history.remove(record.id)
    await expect(lake.history.get(record.id)).rejects.toMatchObject({ code: 'QUERY_NOT_FOUND' })
  })

  test('needs a lake that may be written', async () => {
    const reader = await openLake(lake.location, { readOnly: true })
    await expect(reader.query('SELECT 1', { remember: true })).rejects.toMatchObject({ code: 'LAKE_READ_ONLY' })
    expect((await reader.history.list()).length).toBeGreaterThan(0)
    await reader.close()
    await expect(reader.history.list()).rejects.toMatchObject({ code: 'LAKE_CLOSED' })
  })

  test.each(['', 'none', '../stores/catalog'])('there is none of the id %j', async (id) => {
    await expect(lake.history.repeat(id)).rejects.toMatchObject({ code: 'QUERY_NOT_FOUND' })
  })
})

describe('saved queries', () => {
  test('are kept by name, replaced, listed and removed', async () => {
    await lake.savedQueries.save('by-name', 'SELECT 1 FROM $S', { description: 'one' })
    await lake.savedQueries.save('by-name', 'SELECT 2 FROM $S WHERE eventName = ?')
    await lake.savedQueries.save('another', 'SELECT 3')
    expect((await lake.savedQueries.list()).map(({ name, sql }) => [name, sql])).toEqual([
      ['another', 'SELECT 3'],
      ['by-name', 'SELECT 2 FROM $S WHERE eventName = ?'],
    ])
    await lake.savedQueries.remove('another')
    const error = await lake.savedQueries.get('by-nam').catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'QUERY_NOT_FOUND', hint: expect.stringContaining('by-name') })
  })

  test.each([
    ['../x', 'SELECT 1', 'INVALID_OPTION'],
    ['', 'SELECT 1', 'INVALID_OPTION'],
    ['fine', 'DROP TABLE x', 'NOT_A_QUERY'],
    ['fine', 'SELECT FROM', 'SYNTAX_ERROR'],
  ])('%j as %j is refused', async (name, sql, code) => {
    await expect(lake.savedQueries.save(name, sql)).rejects.toMatchObject({ code })
  })
})
