import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { importAndCompact } from '../../../src/lake/compact/import-and-compact.ts'
import { getEventDataStore, importLogs, type LakeContext, localFile, storeFolders } from '../../../src/lake/index.ts'
import type { EventDataStore } from '../../../src/lake/types.ts'
import { type Fault, withFaults } from '../../../src/storage/index.ts'
import { fileStats, parseTimestampStat, type Snapshot } from '../../../src/table/index.ts'
import {
  cleanUpAfterEach,
  copyLake,
  fingerprint,
  isShort,
  newFolder,
  openLake,
  openStore,
  queryEvents,
  stagingLeft,
} from '../support.ts'
import { writeLog } from '../trail-files.ts'
import { allRows, allSources, newSmallFiles, trails } from './samples.ts'

cleanUpAfterEach()

const partitionsOf = (snapshot: Snapshot) =>
  new Set([...snapshot.files.values()].map((file) => JSON.stringify(file.partitionValues))).size

async function eventsOf(lake: LakeContext, store: EventDataStore): Promise<Snapshot> {
  return (await lake.eventsTable(store.id)).refresh()
}

/** Data files below the store that its tables do not name. */
async function orphans(lake: LakeContext, store: EventDataStore): Promise<string[]> {
  const named = new Set<string>()
  for (const table of [await lake.eventsTable(store.id), await lake.sourcesTable(store.id)]) {
    const { files, removed } = await table.refresh()
    for (const { path } of [...files.values(), ...removed.values()]) named.add(`${table.root}/${path}`)
  }
  const found: string[] = []
  for await (const { key } of lake.storage.list(`${storeFolders(store.id).root}/`)) {
    if (key.endsWith('.parquet') && !key.includes('/_delta_log/') && !named.has(key)) found.push(key)
  }
  return found
}

describe.each(['account-region-date', 'date'] as const)('layout %s', (layout) => {
  test('one file a partition, with the same cells and exact statistics', async () => {
    const { lake, store } = await newSmallFiles(layout)
    const before = { rows: await allRows(lake, store), sources: await allSources(lake, store) }
    const old = await eventsOf(lake, store)
    expect(old.files.size).toBeGreaterThan(partitionsOf(old) + 5)
    const preview = await compactLake(lake, { dryRun: true })
    expect((await eventsOf(lake, store)).version).toBe(old.version)

    const report = await compactLake(lake)
    expect(report.failures).toEqual([])
    const [{ events, sources } = { events: undefined, sources: undefined }] = report.stores
    expect(preview.stores[0]!.events).toMatchObject({
      filesRemoved: events!.filesRemoved,
      filesAdded: events!.filesAdded,
      rows: events!.rows,
      bytesRemoved: events!.bytesRemoved,
    })
    expect(sources).toMatchObject({ filesAdded: 1, rows: before.sources.length })

    const snapshot = await eventsOf(lake, store)
    expect(snapshot.files.size).toBe(partitionsOf(old))
    expect(old.files.size - events!.filesRemoved + events!.filesAdded).toBe(snapshot.files.size)
    expect(await allRows(lake, store)).toEqual(before.rows)
    expect(await allSources(lake, store)).toEqual(before.sources)

    // Each new file by itself: as its statistics say.
    for (const file of snapshot.files.values()) {
      expect(await lake.storage.head(file.key)).toMatchObject({ size: file.size })
      const sql = `SELECT eventtime, eventname FROM events WHERE ends_with(filename, '${file.key}')`
      const rows = await queryEvents(lake, store, sql)
      const { numRecords, min, max, nullCount } = fileStats(file)
      expect(numRecords).toBe(rows.length)
      const times = rows.map((row) => Date.parse(`${String(row.eventtime).replace(' ', 'T')}Z`)).sort((a, b) => a - b)
      expect(parseTimestampStat(min.eventtime)).toBe(times[0])
      expect(parseTimestampStat(max.eventtime)).toBe(times.at(-1))
      const names = rows.map((row) => String(row.eventname)).sort()
      expect([min.eventname, nullCount.eventname]).toEqual([names[0]!.slice(0, 32), 0])
      expect(String(max.eventname) >= names.at(-1)!.slice(0, 32)).toBe(true)
    }

    // The commit says what it is, the old version is still there, and there is nothing left to do.
    const commit = (await (await lake.eventsTable(store.id)).readCommit(snapshot.version))!
    expect(commit.commitInfo).toMatchObject({ operation: 'OPTIMIZE', isBlindAppend: false })
    for (const action of commit.actions) {
      if ('add' in action) expect(action.add.dataChange).toBe(false)
      if ('remove' in action) expect(action.remove.dataChange).toBe(false)
    }
    const again = await (await lake.eventsTable(store.id)).snapshot({ version: old.version })
    expect([...again.files.keys()]).toEqual([...old.files.keys()])
    for (const { key, size } of again.files.values()) expect(await lake.storage.head(key)).toMatchObject({ size })
    const nothing = await compactLake(lake)
    expect(nothing.stores[0]).toMatchObject({ events: { filesRemoved: 0, commits: 0 }, sources: { commits: 0 } })
    expect(await orphans(lake, store)).toEqual([])
    expect(stagingLeft(lake, store)).toEqual([])
  })
})

test('a compacted lake knows what it imported', async () => {
  const { lake, store } = await newSmallFiles()
  await compactLake(lake)
  const again = await importLogs(lake, join(trails, 'invictus-2023'), { into: 'org' }, { inline: true })
  expect(again).toMatchObject({ files: 0, read: 0 })
  // Other files with the same events: all of them are found in the compacted files.
  const copy = newFolder()
  for (const name of readdirSync(join(trails, 'invictus-2023'), { recursive: true }).map(String)) {
    if (name.endsWith('.gz')) copyFileSync(join(trails, 'invictus-2023', name), join(copy, name.replaceAll('/', '_')))
  }
  const before = await fingerprint(lake, store)
  expect(before).toBeDefined()
  const copies = await importLogs(lake, copy, { into: 'org' }, { inline: true })
  expect(copies).toMatchObject({ kept: 0, quarantined: 0 })
  expect(copies.duplicate).toBeGreaterThan(2_000)
})

test('files of the target size stay, outputs do not pass it', async () => {
  const { lake, store } = await newSmallFiles('date')
  const rows = await allRows(lake, store)
  const { size } = [...(await eventsOf(lake, store)).files.values()].reduce((a, b) => (a.size > b.size ? a : b))
  expect(size).toBeLessThan(500_000)
  await compactLake(lake, { targetBytes: 1_000_000 })
  for (const file of (await eventsOf(lake, store)).files.values()) expect(file.size).toBeLessThan(1_000_000)
  expect(await allRows(lake, store)).toEqual(rows)
})

test('two compactors and an importer at once: nothing lost, nothing twice', async () => {
  const { place, lake, store } = await newSmallFiles('date')
  const others = [await openLake(place), await openLake(place)]
  const more = importLogs(lake, join(trails, 'panther-org'), { into: 'org' }, { inline: true, batchBytes: 100_000 })
  const reports = await Promise.all(others.map((other) => compactLake(other)))
  const imported = await more
  await Promise.all(others.map((other) => compactLake(other)))
  for (const { failures } of reports) expect(failures).toEqual([])
  const [{ rows, ids } = { rows: 0, ids: 0 }] = await queryEvents(
    lake,
    store,
    'SELECT count(*) AS rows, count(DISTINCT (_source, _record)) AS ids FROM events',
  )
  expect([rows, ids]).toEqual([2900 + imported.kept, 2900 + imported.kept])
  const snapshot = await eventsOf(lake, store)
  expect(snapshot.files.size).toBe(partitionsOf(snapshot))
  expect(await orphans(lake, store)).toEqual([])
})

test('a race lost to another compactor is looked at again', async () => {
  const { place, store } = await newSmallFiles('date')
  const other = await openLake(place)
  let held = false
  const storage = withFaults(openStore(place), async ({ operation, key }) => {
    // Right before our first commit somebody else compacts everything.
    if (!held && operation === 'putIfAbsent' && key.includes('/events/_delta_log/')) {
      held = true
      await compactLake(other)
      await importLogs(other, join(trails, 'panther-org'), { into: 'org' }, { inline: true, batchBytes: 100_000 })
    }
    return undefined
  })
  const lake = await openLake(storage)
  const report = await compactLake(lake)
  expect(report.failures).toEqual([])
  expect(held).toBe(true)
  // What the other one imported after that was there for the second look only in partitions of the first plan.
  const rows = await queryEvents(
    lake,
    store,
    'SELECT count(*) AS n, count(DISTINCT (_source, _record)) AS ids FROM events',
  )
  expect(rows[0]!.n).toBe(rows[0]!.ids)
  expect(await orphans(lake, store)).toEqual([])
})

describe('a damaged file', () => {
  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100), /bytes, the log says/],
    ['gone', () => undefined, /nothing is there/],
    [
      'with other bytes in it',
      (bytes: Buffer) => {
        bytes.fill(0xff, 4, bytes.length - Math.min(bytes.length - 8, 30_000))
        return bytes.fill(0xff, 100, 2_000)
      },
      /damaged/,
    ],
  ])('%s is named and stays as it is, the rest is compacted', async (_, damage, reason) => {
    const { lake, store } = await newSmallFiles('date')
    const { files } = await eventsOf(lake, store)
    const counts = new Map<string, number>()
    for (const file of files.values()) {
      const date = String(file.partitionValues.date)
      counts.set(date, (counts.get(date) ?? 0) + 1)
    }
    const victim = [...files.values()].find((file) => counts.get(String(file.partitionValues.date))! > 1)!
    const damaged = damage(await lake.storage.get(victim.key))
    await (damaged ? lake.storage.put(victim.key, damaged) : lake.storage.delete(victim.key))
    const report = await compactLake(lake)
    expect(report.failures).toMatchObject([{ table: 'events', file: victim.key, code: 'DATA_FILE_DAMAGED' }])
    expect(report.failures[0]!.reason).toMatch(reason)
    const now = await eventsOf(lake, store)
    const date = victim.partitionValues.date
    const same = (all: typeof files) => [...all.values()].filter((file) => file.partitionValues.date === date)
    expect(same(now.files)).toEqual(same(files))
    expect(report.stores[0]!.events.filesAdded).toBe([...counts.values()].filter((n) => n > 1).length - 1)
  })
})

const faults: readonly Fault[] = [
  { kind: 'fail', errno: 'ENOSPC' },
  { kind: 'fail', errno: 'EIO' },
  { kind: 'lost-answer' },
  { kind: 'repeat' },
]

test.each(isShort ? [faults[0]!, faults[2]!] : faults)(
  'a change that goes wrong, %o: the same rows, and the next compaction completes it',
  async (fault) => {
    const { place: template, lake, store } = await newSmallFiles('date')
    const wanted = await allRows(lake, store)
    await lake.close()
    let tried = 0
    for (let nth = 1, changes = Infinity; nth <= changes; nth++) {
      const place = await copyLake(template)
      let count = 0
      const storage = withFaults(openStore(place), ({ operation }) => {
        if (operation !== 'putFile' && operation !== 'put' && operation !== 'putIfAbsent') return undefined
        count += 1
        return count === nth ? fault : undefined
      })
      const broken = await openLake(storage)
      const error = await compactLake(broken).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (count < nth) break
      tried += 1
      if (error !== undefined) expect(error, `change ${nth}`).toMatchObject({ kind: 'EXTERNAL' })
      // Of a failure that may pass, a commit is tried again.
      if (fault.kind === 'fail' && fault.errno === 'ENOSPC') expect(error, `change ${nth}`).toBeDefined()
      changes = Math.max(count, nth + 1)
      await broken.close()
      const after = await openLake(place)
      expect(await allRows(after, store), `change ${nth}`).toEqual(wanted)
      await compactLake(after)
      const snapshot = await eventsOf(after, store)
      expect(snapshot.files.size).toBe(partitionsOf(snapshot))
      expect(await allRows(after, store)).toEqual(wanted)
      await after.close()
    }
    expect(tried).toBeGreaterThan(3)
  },
  180_000,
)

describe('after an import', () => {
  const source = join(trails, 'invictus-2023')
  const files = readdirSync(source, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.gz'))

  test('partitions with eight small files are compacted, others and `compact: false` are not', async () => {
    const lake = await openLake()
    let joined = 0
    for (const name of files.slice(0, 12)) {
      const report = await importAndCompact(lake, join(source, name), { into: 'org', layout: 'date', workers: 1 })
      if (report.compacted) {
        joined += 1
        expect(report.compacted.filesRemoved).toBeGreaterThanOrEqual(8)
        expect(report.compacted.filesAdded).toBeGreaterThanOrEqual(1)
      }
    }
    expect(joined).toBeGreaterThan(0)
    const store = await getEventDataStore(lake, 'org')
    const { files: left } = await eventsOf(lake, store)
    expect(left.size).toBeGreaterThan(1)

    const plain = await openLake()
    for (const name of files.slice(0, 12)) {
      const options = { into: 'org', layout: 'date', workers: 1, compact: false } as const
      expect((await importAndCompact(plain, join(source, name), options)).compacted).toBeUndefined()
    }
    const rows = 'SELECT * EXCLUDE (filename, _source) FROM events ORDER BY eventid, _record'
    const plainStore = await getEventDataStore(plain, 'org')
    expect(await queryEvents(lake, store, rows)).toEqual(await queryEvents(plain, plainStore, rows))
  }, 180_000)
})

test.each([
  [{ targetBytes: 5 }, /targetBytes/],
  [{ minFiles: 1 }, /minFiles/],
  [{ memoryBytes: 1 }, /memoryBytes/],
  [{ workers: 0 }, /workers/],
  [{ stores: 'org' }, /stores/],
  [{ target: 1 }, /target is not known/],
])('%o is refused', async (options, message) => {
  const lake = await openLake()
  await expect(compactLake(lake, options as object)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(message),
  })
})

test('a store that is not there, a lake that is read-only, a stop', async () => {
  const { place, lake } = await newSmallFiles()
  await expect(compactLake(lake, { stores: ['orgg'] })).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
  const reader = await openLake(place, { readOnly: true })
  await expect(compactLake(reader)).rejects.toMatchObject({ code: 'LAKE_READ_ONLY' })
  expect((await compactLake(reader, { dryRun: true })).stores[0]!.events.filesAdded).toBeGreaterThan(0)
  await expect(compactLake(lake, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('a large file of an import alone in its partition gets filters, once and when it is asked for', async () => {
  const logs = newFolder()
  writeLog(
    logs,
    'a',
    Array.from({ length: 9000 }, (_, i) => ({ id: `id-${i}` })),
  )
  const lake = await openLake()
  await importAndCompact(lake, logs, { into: 'org' })
  const store = await getEventDataStore(lake, 'org')
  const filters = async () => {
    const [file] = (await eventsOf(lake, store)).files.values()
    const { path } = await localFile(lake.storage, file!.key, lake.engine.scratch)
    return queryEvents(
      lake,
      store,
      `SELECT count(*) AS row_groups, count(bloom_filter_offset) AS filters FROM parquet_metadata('${path}') WHERE path_in_schema = 'eventid'`,
    )
  }
  const before = await allRows(lake, store)
  expect(await filters()).toEqual([{ row_groups: 1, filters: 0 }])
  expect((await compactLake(lake, { minFiles: 8 })).stores[0]!.events.filesRemoved).toBe(0)
  expect((await compactLake(lake)).stores[0]!.events).toMatchObject({ filesRemoved: 1, filesAdded: 1, rows: 9000 })
  expect(await filters()).toEqual([{ row_groups: 1, filters: 1 }])
  expect(await allRows(lake, store)).toEqual(before)
  expect((await compactLake(lake)).stores[0]!.events.filesRemoved).toBe(0)
})
