import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-system-'))
let lake: Lake

const rows = async (sql: string) =>
  (await (await lake.query(sql, { rowMode: 'array' })).toArray()) as readonly (readonly unknown[])[]
const errorOf = async (sql: string) => {
  try {
    await rows(sql)
  } catch (error) {
    if (isTraillakeError(error)) return error
    throw error
  }
  throw new Error('no failure')
}

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'versions'), { into: 'first' })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('system tables', () => {
  test('each can be read, and names the store that a row is of', async () => {
    const names = (
      await rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'traillake'")
    ).flat()
    expect([...names].sort()).toEqual([
      'commits',
      'data_files',
      'metrics',
      'quarantine',
      'queries',
      'source_files',
      'stores',
    ])
    for (const name of names) {
      expect(await rows(`SELECT count(*) FROM traillake.${name} WHERE event_data_store = 'none'`)).toEqual([[0]])
    }
  })

  test('quarantine lists what could not be read', async () => {
    const broken = join(folder, 'broken')
    const log = { Records: [{ eventVersion: '1.08', eventTime: 'never', eventID: 'a' }, 5] }
    rmSync(broken, { recursive: true, force: true })
    const file = join(folder, '111122223333_CloudTrail_us-east-1_20240501T0000Z_aaaaaaaaaaaaaaaa.json')
    writeFileSync(file, JSON.stringify(log))
    const { store } = await lake.import(file, { into: 'broken' })
    const found = await rows(
      `SELECT event_data_store, record, code, event_id, superseded, size > 0, length(sha256) FROM traillake.quarantine ORDER BY record`,
    )
    expect(found).toEqual([
      [store.id, 0, 'NO_EVENT_TIME', null, false, true, 64],
      [store.id, 1, 'NOT_AN_OBJECT', null, false, true, 64],
    ])
    const [[id] = []] = await rows('SELECT id FROM traillake.quarantine ORDER BY record')
    expect((await lake.quarantine.show(id as string)).code).toBe('NO_EVENT_TIME')
  })
})

describe('information_schema', () => {
  test('columns are those of SELECT *, in order, with their types', async () => {
    const columns = await rows(
      `SELECT column_name, data_type, ordinal_position, is_nullable FROM information_schema.columns WHERE table_name = 'first' ORDER BY ordinal_position`,
    )
    const described = (await lake.describe('first')).columns.filter((column) => !column.hidden)
    expect(columns).toEqual(described.map(({ name, type }, i) => [name, type, i + 1, 'YES']))
  })

  test('hidden columns can be named and are not part of *', async () => {
    const sql = "information_schema.columns WHERE table_name = 'stores' AND column_name = 'name'"
    expect(await rows(`SELECT comment, extra_info FROM ${sql}`)).toEqual([[null, null]])
    expect((await rows(`SELECT * FROM ${sql}`))[0]).toHaveLength(8)
  })

  test('schemata, tables, views', async () => {
    expect(await rows('SELECT schema_name FROM Information_Schema.SCHEMATA ORDER BY 1')).toEqual([
      ['default'],
      ['information_schema'],
      ['traillake'],
    ])
    expect(
      await rows("SELECT table_catalog, table_type FROM information_schema.tables WHERE table_name = 'first'"),
    ).toEqual([['traillake', 'BASE TABLE']])
    expect(await rows('SELECT count(*) FROM information_schema.views')).toEqual([[0]])
  })
})

describe('old versions', () => {
  test('by number and by time, beside the newest one', async () => {
    const { store } = await lake.import(join(trails, 'versions'), { into: 'grown' })
    const versions = () =>
      rows(
        `SELECT version, committed_at, events_added FROM traillake.commits WHERE event_data_store = '${store.id}' ORDER BY 1`,
      )
    const before = (await versions()).at(-1) as [number, string]
    await new Promise((resolve) => setTimeout(resolve, 20))
    await lake.import(join(trails, 'panther-org'), { into: 'grown' })
    const after = (await versions()).at(-1) as [number, string]
    expect(after[0]).toBeGreaterThan(before[0])
    const sql = `SELECT (SELECT count(*) FROM grown), (SELECT count(*) FROM grown FOR VERSION AS OF ${before[0]}),
      (SELECT count(*) FROM grown FOR TIMESTAMP AS OF TIMESTAMP '${before[1]}'), (SELECT count(*) FROM grown FOR VERSION AS OF 0),
      (SELECT count(*) FROM grown FOR VERSION AS OF ${after[0]} AS g WHERE g.eventTime IS NOT NULL)`
    expect(await rows(sql)).toEqual([[432, 20, 20, 0, 432]])
    const { tables } = await lake.explain(`SELECT 1 FROM grown FOR VERSION AS OF ${before[0]}`)
    expect(tables[0]?.version).toBe(before[0])
  })

  test('that there are not are named', async () => {
    expect((await errorOf('SELECT 1 FROM grown FOR VERSION AS OF 999')).message).toMatch(/has no version 999/)
    expect((await errorOf("SELECT 1 FROM grown FOR TIMESTAMP AS OF DATE '2001-01-01'")).code).toBe(
      'TABLE_VERSION_NOT_FOUND',
    )
    expect((await errorOf('SELECT 1 FROM traillake.stores FOR VERSION AS OF 1')).message).toMatch(/has no versions/)
    expect((await errorOf("SELECT 1 FROM grown FOR VERSION AS OF DATE '2024-01-01'")).code).toBe('TYPE_MISMATCH')
  })

  test('whose files were vacuumed say so, before anything is read', async () => {
    const { store } = await lake.import(join(trails, 'versions'), { into: 'thinned' })
    const [[version] = []] = await rows(
      `SELECT max(version) FROM traillake.commits WHERE event_data_store = '${store.id}'`,
    )
    const events = join(lake.location, 'stores', store.id, 'events')
    const [file] = readdirSync(events, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.parquet'),
    )
    rmSync(join(events, file as string))
    expect(existsSync(join(events, file as string))).toBe(false)
    const error = await errorOf(`SELECT count(*) FROM thinned FOR VERSION AS OF ${version}`)
    expect([error.code, error.message]).toEqual([
      'TABLE_VERSION_VACUUMED',
      expect.stringMatching(/^version \d+ of thinned cannot be read any more: 1 of the \d+ data files/),
    ])
  })

  test('metrics holds what servers wrote down, with the store that a figure is of', async () => {
    expect(await rows('SELECT count(*) FROM traillake.metrics')).toEqual([[0]])
    const { id } = await lake.getEventDataStore('first')
    const samples = [
      { metric: 'a', labels: { store: 'first', quantile: 0.5 }, value: 1.5 },
      { metric: 'b', labels: {}, value: 3 },
    ]
    await lake.documents.update('metrics', 'one', () => ({ at: '2024-05-01T12:00:00.250Z', samples }))
    expect(
      await rows(
        `SELECT event_data_store, server, CAST(computed_at AS varchar), metric, json_extract_scalar(labels, '$.quantile'), value
         FROM traillake.metrics ORDER BY metric`,
      ),
    ).toEqual([
      [id, 'one', '2024-05-01 12:00:00.250', 'a', '0.5', 1.5],
      [null, 'one', '2024-05-01 12:00:00.250', 'b', null, 3],
    ])
  })
})
