import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'
import { hashValue } from '../../src/query/needles/bloom-filter.ts'
import { createBloomIndex } from '../../src/query/needles/bloom-index.ts'
import { footerLength, readRowGroups } from '../../src/query/needles/footer.ts'
import { NEEDLE_COLUMNS, narrowByNeedles } from '../../src/query/needles/narrow.ts'
import { openMemoryStore } from '../../src/storage/index.ts'
import type { DataFile } from '../../src/table/index.ts'
import { writeLog } from '../lake/trail-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'traillake-needles-'))
let lake: Lake

/** Files of several row groups, of one, and of few rows, which has no filters on ids. */
const DAYS = { '2024-05-01': 140_000, '2024-05-02': 9_000, '2024-05-03': 300 }
const idOf = (day: string, i: number) =>
  createHash('md5')
    .update(`${day} ${i}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
/** Each key is used on one day, for a thousand events in a row. */
const keyOf = (day: string, i: number) =>
  `AKIA${day.replaceAll('-', '')}${String(Math.floor(i / 1000)).padStart(8, '0')}`

beforeAll(async () => {
  for (const [day, count] of Object.entries(DAYS)) {
    const events = Array.from({ length: count }, (_, i) => ({
      // An event without id now and then: it matches nothing.
      ...(i % 5000 === 7 ? {} : { id: idOf(day, i) }),
      time: `${day}T${new Date(i * 600).toISOString().slice(11, 19)}Z`,
      extra: { userIdentity: { type: 'IAMUser', ...(i % 3 === 0 ? {} : { accessKeyId: keyOf(day, i) }) } },
    }))
    // Compaction writes the filters of what two imports brought.
    const half = events.length / 2
    writeLog(join(folder, 'first'), day, events.slice(0, half))
    writeLog(join(folder, 'second'), day, events.slice(half))
  }
  lake = await openLake(join(folder, 'lake'), { create: true })
  for (const part of ['first', 'second'])
    await lake.import(join(folder, part), { into: 'org', layout: 'date', compact: false })
  await lake.compact()
}, 300_000)
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

async function dataFiles(): Promise<readonly { readonly day: string; readonly bytes: Buffer }[]> {
  const rows = (await (
    await lake.query('SELECT event_data_store AS s, path, date AS d FROM traillake.data_files ORDER BY path')
  ).toArray()) as readonly { s: string; path: string; d: string }[]
  return rows.map(({ s, path, d }) => ({
    day: d,
    bytes: readFileSync(join(lake.location, `stores/${s}/events`, decodeURIComponent(path))),
  }))
}

const footerOf = (bytes: Buffer) => bytes.subarray(bytes.length - 8 - footerLength(bytes.subarray(-8))!, -8)
const asFile = (key: string, bytes: Buffer): DataFile => ({
  path: key,
  key,
  partitionValues: {},
  size: bytes.length,
  modificationTime: 0,
})

describe('filters', () => {
  test('hold every value of their row group, and few others', async () => {
    const storage = openMemoryStore()
    const index = createBloomIndex(storage, NEEDLE_COLUMNS)
    let tested = 0
    for (const { day, bytes } of await dataFiles()) {
      await storage.put(day, bytes)
      const groups = (await index.groups(asFile(day, bytes)))!
      expect(groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(DAYS[day as keyof typeof DAYS])
      const held = (id: string) => groups.map(({ filters }) => filters[0]?.mayHold(hashValue(id)))
      if (groups.some(({ filters }) => filters[0])) {
        tested += 1
        for (let i = 0; i < DAYS[day as keyof typeof DAYS]; i += 97)
          if (i % 5000 !== 7) expect(held(idOf(day, i))).toContain(true)
        const strangers = Array.from({ length: 1000 }, (_, i) => held(idOf('elsewhere', i)))
        expect(strangers.flat().filter(Boolean).length).toBeLessThan(60 * groups.length)
      }
    }
    expect(tested).toBe(2)
  })

  test('a footer that is damaged or cut off tells nothing, and never hangs', async () => {
    const [{ bytes }] = (await dataFiles()) as [{ bytes: Buffer }]
    const footer = footerOf(bytes)
    const sound = readRowGroups(footer, NEEDLE_COLUMNS)
    expect(sound.map(({ filters }) => filters.map((place) => place !== undefined))).toContainEqual([true, true])
    fc.assert(
      fc.property(fc.nat(footer.length - 1), fc.nat(255), fc.boolean(), (at, value, isCut) => {
        const damaged = Buffer.from(isCut ? footer.subarray(0, at) : footer)
        if (!isCut) damaged[at] = value
        try {
          readRowGroups(damaged, NEEDLE_COLUMNS)
        } catch (error) {
          expect(error instanceof RangeError || error instanceof TypeError).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
    const storage = openMemoryStore()
    for (const bad of [Buffer.from('PAR1'), Buffer.alloc(100), bytes.subarray(0, -1), bytes.subarray(0, 10_000)]) {
      await storage.put('bad', bad)
      const index = createBloomIndex(storage, NEEDLE_COLUMNS)
      expect(await index.groups(asFile('bad', bad))).toBeUndefined()
    }
    expect(await createBloomIndex(storage, NEEDLE_COLUMNS).groups(asFile('gone', bytes))).toBeUndefined()
  })
})

describe('queries', () => {
  const known = fc
    .record({ day: fc.constantFrom(...Object.keys(DAYS)), i: fc.nat(299) })
    .map(({ day, i }) => ({ id: idOf(day, i * 450), key: keyOf(day, i * 450) }))
  const id = fc.oneof({ weight: 4, arbitrary: known.map((one) => one.id) }, { weight: 1, arbitrary: fc.uuid() })
  const key = fc.oneof(
    { weight: 4, arbitrary: known.map((one) => one.key) },
    { weight: 1, arbitrary: fc.constantFrom('AKIANONE', "it's", '') },
  )
  const leaf = fc.oneof(
    fc.array(id, { minLength: 1, maxLength: 12 }).map((ids) => `eventID IN (${ids.map(quote).join(', ')})`),
    id.map((one) => `eventID = ${quote(one)}`),
    id.map((one) => `eventID IS NOT DISTINCT FROM ${quote(one)}`),
    fc.array(key, { minLength: 1, maxLength: 3 }).map((keys) => `userIdentity.accessKeyId IN (${keys.map(quote)})`),
    fc.constantFrom(`eventTime < '2024-05-02'`, 'eventID IS NULL', `awsRegion = 'us-east-1'`),
  )
  const tree: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} AND ${b})`),
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} OR ${b})`),
      tie('tree').map((a) => `NOT ${a}`),
    ),
  })).tree

  test('random conditions on ids and keys find what a full scan finds', async () => {
    let narrowed = 0
    await fc.assert(
      fc.asyncProperty(tree, async (where) => {
        const sql = `SELECT count(*) AS n, count(eventID) AS ids, min(eventID) AS least, max(eventID) AS greatest, min(eventTime) AS first FROM org WHERE ${where}`
        const ask = async (prune: boolean) => {
          const result = await lake.query(sql, { prune })
          return { rows: (await result.toJson()).rows, files: result.statistics.filesScanned }
        }
        const [pruned, whole] = [await ask(true), await ask(false)]
        expect(pruned.rows).toEqual(whole.rows)
        if (pruned.files < whole.files) narrowed += 1
      }),
      { numRuns: 150 },
    )
    expect(narrowed).toBeGreaterThan(10)
  }, 120_000)

  test('only the row groups that may hold the values are read', async () => {
    const ids = [1, 2, 139_999].map((i) => idOf('2024-05-01', i)).concat(idOf('2024-05-02', 5))
    const where = `eventID IN (${ids.map(quote).join(', ')})`
    const { tables } = await lake.explain(`SELECT eventID FROM org WHERE ${where} AND eventTime < '2024-05-03'`)
    expect(tables[0]).toMatchObject({ filesKnown: 3, filesKept: 2 })
    const rows = await (await lake.query(`SELECT * FROM org WHERE ${where} ORDER BY eventTime`)).toArray()
    expect(rows.map((row) => (row as { eventid: string }).eventid)).toEqual(ids)
    const none = "SELECT 1 FROM org WHERE eventID IN ('none', 'neither') AND eventTime < '2024-05-03'"
    expect((await lake.explain(none)).filesKept).toBe(0)
  })

  test('of a file, the row groups that may hold a value; all of it where that is no less', async () => {
    const { bytes } = (await dataFiles()).find(({ day }) => day === '2024-05-01')!
    const storage = openMemoryStore()
    await storage.put('large', bytes)
    const file = asFile('large', bytes)
    const index = createBloomIndex(storage, NEEDLE_COLUMNS)
    const groups = (await index.groups(file))!
    expect(groups.length).toBeGreaterThan(3)
    const at = (i: number) => idOf('2024-05-01', i)
    const { files, needles } = await narrowByNeedles(index, [file], { eventIds: new Set([at(1), at(2), at(139_999)]) })
    expect(files).toEqual([file])
    const ends = [groups[0]!.rows - 1, groups.reduce((sum, { rows }) => sum + rows, 0) - 1]
    expect(needles?.map(({ rows, column, values }) => [rows[1], column, values])).toEqual([
      [ends[0], 'eventid', [at(1), at(2)]],
      [ends[1], 'eventid', [at(139_999)]],
    ])
    const many = new Set(Array.from({ length: 30 }, (_, i) => at(i * 4001)))
    const found = async (ids: Iterable<string>, of = [file]) => {
      const narrowed = await narrowByNeedles(index, of, { eventIds: new Set(ids) })
      return { ...narrowed, groups: [...(narrowed.groups?.get(file) ?? [])] }
    }
    expect(await found(many)).toEqual({ files: [file], groups: expect.any(Array) })
    expect(await found([at(1)])).toEqual({ files: [file], groups: [0] })
    expect(await found(['a', 'b'])).toEqual({ files: [], groups: [] })
    const copies = Array.from({ length: 16 }, () => file)
    expect(await found(['a'], copies)).toEqual({ files: [], groups: [] })
  })

  test.each([
    ['eventID = ? OR userIdentity.accessKeyId = ?', 2],
    ["eventTime > '2024-01-01' AND (userIdentity.accessKeyId IN (?, 'x') OR (eventID = ? AND awsRegion <> ''))", 2],
    ["eventID = ? OR userIdentity.accessKeyId = ? OR awsRegion = 'nowhere'", 3],
    ['eventID = ? OR lower(userIdentity.accessKeyId) = ?', 3],
    ['NOT (eventID = ? OR userIdentity.accessKeyId = ?)', 3],
  ])('an id or a key: %s', async (where, files) => {
    const [id, key] = [idOf('2024-05-01', 90_001), keyOf('2024-05-01', 3_001)]
    const parameters = where.startsWith('eventTime') ? [key, id] : [id, key]
    const sql = `SELECT count(*), min(eventID), max(eventID) FROM org WHERE ${where}`
    const { tables } = await lake.explain(sql, { parameters })
    expect(tables[0]?.filesKept).toBe(files)
    if (files < 3) expect(tables[0]?.notes).toEqual([])
    const ask = async (prune: boolean) => (await (await lake.query(sql, { parameters, prune })).toJson()).rows
    expect(await ask(true)).toEqual(await ask(false))
  })

  test('values that are one text for the engine, and such with a NUL, find each row once', async () => {
    const { rows } = await (
      await lake.query('SELECT count(*) FROM org WHERE eventID IN (?, ?, ?, ?)', {
        parameters: [idOf('2024-05-01', 1), '\ud800', '\ud801', 'a\0b'],
      })
    ).toJson()
    expect(rows).toEqual([[1]])
  })
})

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
