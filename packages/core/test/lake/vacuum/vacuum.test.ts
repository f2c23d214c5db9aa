import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import {
  createEventDataStore,
  deleteEventDataStore,
  importLogs,
  type LakeContext,
  listEventDataStores,
  storeFolders,
  updateEventDataStore,
} from '../../../src/lake/index.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { withFaults } from '../../../src/storage/index.ts'
import { allRows, allSources, newSmallFiles, trails } from '../compact/samples.ts'
import { cleanUpAfterEach, keysOf, newLakePlace, onS3, openLake, openStore, setModified } from '../support.ts'

cleanUpAfterEach()

const HOUR = 3_600_000

/** Makes a file as old as if it had been written so many hours ago. */
const age = ({ storage }: LakeContext, key: string, hours: number) =>
  setModified(storage, key, Date.now() - hours * HOUR)

async function put(lake: LakeContext, folder: string, name: string, hours: number): Promise<string> {
  const key = `${folder}/${name}`
  await lake.storage.put(key, Buffer.from('left'))
  age(lake, key, hours)
  return key
}

/** What only a disk has: a file that was not finished. */
function putUnfinished(lake: LakeContext, folder: string, name: string, hours: number): string {
  const path = join(lake.storage.localPath(folder)!, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'left')
  const seconds = (Date.now() - hours * HOUR) / 1000
  utimesSync(path, seconds, seconds)
  return `${folder}/${name}`
}

const isThere = async ({ storage }: LakeContext, key: string) =>
  onS3 ? (await storage.head(key)) !== undefined : existsSync(join(storage.location, key))
const filesBelow = ({ storage }: LakeContext, prefix: string) => keysOf(storage, prefix)

test('files that compaction replaced go when the grace is over, and only then', async () => {
  const { lake, store } = await newSmallFiles()
  const rows = await allRows(lake, store)
  const sources = await allSources(lake, store)
  const table = await lake.eventsTable(store.id)
  const old = await table.refresh()
  const report = await compactLake(lake)
  const removed = report.stores[0]!.events.filesRemoved + report.stores[0]!.sources.filesRemoved
  const all = await filesBelow(lake, '')
  for (const key of all) age(lake, key, 1000)

  // Removed a moment ago, though written long ago: versions of the last week can still be read.
  const early = await vacuumLake(lake)
  expect(early).toMatchObject({ deleted: [], bytes: 0, waiting: { files: removed }, graceHours: 168 })
  expect((await table.snapshot({ version: old.version })).files.size).toBe(old.files.size)

  const dry = await vacuumLake(lake, { graceHours: 0, force: true, dryRun: true })
  expect(dry.deleted).toHaveLength(removed)
  expect(new Set(dry.deleted.map((file) => file.reason))).toEqual(new Set(['removed']))
  expect(dry.bytes).toBe(report.stores[0]!.events.bytesRemoved + report.stores[0]!.sources.bytesRemoved)
  expect(await filesBelow(lake, '')).toEqual(all)

  const done = await vacuumLake(lake, { graceHours: 0, force: true })
  expect(done.deleted).toEqual(dry.deleted)
  const gone = new Set(done.deleted.map((file) => file.file))
  expect(await filesBelow(lake, '')).toEqual(all.filter((key) => !gone.has(key)))
  expect(await allRows(lake, store)).toEqual(rows)
  expect(await allSources(lake, store)).toEqual(sources)
  expect(await vacuumLake(lake, { graceHours: 0, force: true })).toMatchObject({ deleted: [], waiting: { files: 0 } })
})

test('orphans and left-overs by their age; what belongs to others, to the log or to nobody else stays', async () => {
  const { lake, store } = await newSmallFiles()
  const rows = await allRows(lake, store)
  const { events, sources, tmp, root } = storeFolders(store.id)
  const gone = [
    await put(lake, events, 'account=1/region=us-east-1/date=2024-05-01/part-old.parquet', 169),
    await put(lake, events, 'file-without-suffix', 169),
    await put(lake, sources, 'part-old.parquet', 169),
    ...(onS3 ? [] : [putUnfinished(lake, events, '_delta_log/.tmp-1-dead', 169)]),
    await put(lake, tmp, 'import-of-another-machine/x.parquet', 169),
    await put(lake, `${root}/quarantine`, 'old.jsonl.gz', 169),
  ]
  const stay = [
    await put(lake, events, 'account=1/region=us-east-1/date=2024-05-01/part-young.parquet', 167),
    await put(lake, sources, 'part-young.parquet', 1),
    ...(onS3 ? [] : [putUnfinished(lake, events, '_delta_log/.tmp-1-alive', 167)]),
    await put(lake, events, '_delta_log/_trino_meta/extended_stats.json', 1000),
    await put(lake, events, '_change_data/x.parquet', 1000),
    await put(lake, events, '.hidden/x.parquet', 1000),
    await put(lake, `${root}/quarantine`, 'young.jsonl.gz', 167),
    await put(lake, `${root}/quarantine`, '.hidden', 1000),
    await put(lake, tmp, 'import-of-another-machine/y.parquet', 1),
  ]
  const report = await vacuumLake(lake)
  expect(report.deleted.map((file) => file.file).sort()).toEqual([...gone].sort())
  expect(report.bytes).toBe(4 * gone.length)
  for (const key of gone) expect(await isThere(lake, key), key).toBe(false)
  for (const key of stay) expect(await isThere(lake, key), key).toBe(true)
  expect(await allRows(lake, store)).toEqual(rows)
})

test('a ledger file that only a commit of the events names is not an orphan', async () => {
  const place = newLakePlace()
  // The import stops between its commit and taking the ledger over.
  const storage = withFaults(openStore(place), ({ operation, key }) =>
    operation === 'putIfAbsent' && /sources\/_delta_log\/0*[1-9]\d*\.json$/.test(key)
      ? { kind: 'fail', errno: 'ENOSPC' }
      : undefined,
  )
  const broken = await openLake(storage)
  const source = join(trails, 'layout-quirks')
  await expect(importLogs(broken, source, { into: 'org' }, { inline: true })).rejects.toMatchObject({
    code: 'STORAGE_FULL',
  })
  const reader = await openLake(place, { readOnly: true })
  expect((await vacuumLake(reader, { graceHours: 0, force: true, dryRun: true })).deleted).toEqual([])
  const lake = await openLake(place)
  for (const key of await filesBelow(lake, '')) age(lake, key, 1000)
  expect((await vacuumLake(lake)).deleted).toEqual([])
  const again = await importLogs(lake, source, { into: 'org' }, { inline: true })
  expect(again.read).toBe(0)
})

test('a deleted store goes with its log, a grace after its deletion; one that is being made stays', async () => {
  const { lake, store } = await newSmallFiles()
  const other = await createEventDataStore(lake, { name: 'other' })
  await deleteEventDataStore(lake, 'org')
  const files = await filesBelow(lake, `stores/${store.id}/`)
  for (const key of files) age(lake, key, 1000)
  expect(await vacuumLake(lake)).toMatchObject({ deleted: [], waiting: { files: files.length } })
  const states = await filesBelow(lake, 'documents/stores/catalog/')
  age(lake, states.at(-1)!, 169)
  const making = await put(lake, 'stores/00000000-0000-4000-8000-000000000000/events', '_delta_log/x.json', 1)
  const report = await vacuumLake(lake)
  expect(report.deleted.map((file) => file.file).sort()).toEqual([...files].sort())
  expect(await filesBelow(lake, `stores/${store.id}/`)).toEqual([])
  expect(await isThere(lake, making)).toBe(true)
  expect(await listEventDataStores(lake)).toMatchObject([{ id: other.id }])
  expect(await allRows(lake, other)).toEqual([])
})

test('a store that waits for its deletion is left alone until then, and a grace longer', async () => {
  const { lake, store } = await newSmallFiles()
  const rows = await allRows(lake, store)
  const files = await filesBelow(lake, `stores/${store.id}/`)
  for (const key of files) age(lake, key, 1000)
  await updateEventDataStore(lake, 'org', { deletedFrom: new Date(Date.now() + HOUR) })
  expect(await vacuumLake(lake)).toMatchObject({ deleted: [], waiting: { files: 0 } })
  expect(await allRows(lake, store)).toEqual(rows)
  await updateEventDataStore(lake, 'org', { deletedFrom: new Date(Date.now() - 167 * HOUR) })
  for (const key of await filesBelow(lake, 'documents/stores/catalog/')) age(lake, key, 1000)
  expect(await vacuumLake(lake)).toMatchObject({ deleted: [], waiting: { files: files.length } })
  expect((await vacuumLake(lake, { graceHours: 166 })).deleted).toHaveLength(files.length)
})

test('versions that are to be kept stay readable, log and files', async () => {
  const { place, lake, store } = await newSmallFiles()
  const table = await lake.eventsTable(store.id)
  const { version, files } = await table.refresh()
  await table.checkpoint()
  await compactLake(lake)
  await table.checkpoint()
  for (const key of await filesBelow(lake, '')) age(lake, key, 1000)
  const keep = [{ store: 'org', version }]
  await vacuumLake(lake, { graceHours: 0, force: true, keep })
  const fresh = await openLake(place)
  const kept = await (await fresh.eventsTable(store.id)).snapshot({ version })
  expect([...kept.files.keys()].sort()).toEqual([...files.keys()].sort())
  for (const { key } of kept.files.values()) expect(await isThere(lake, key)).toBe(true)
  await vacuumLake(lake, { graceHours: 0, force: true })
  await expect(vacuumLake(lake, { graceHours: 0, force: true, keep })).rejects.toMatchObject({
    code: 'TABLE_VERSION_NOT_FOUND',
  })
})

describe('the log', () => {
  test('expired commits go once a checkpoint covers them; the rows and the ledger stay', async () => {
    const { place, lake, store } = await newSmallFiles()
    const rows = await allRows(lake, store)
    const sources = await allSources(lake, store)
    const table = await lake.eventsTable(store.id)
    const log = `${storeFolders(store.id).events}/_delta_log/`
    const commits = async () => (await filesBelow(lake, log)).filter((key) => /\/\d+\.json$/.test(key)).length
    const { version } = await table.refresh()
    for (const key of await filesBelow(lake, log)) age(lake, key, 31 * 24)
    expect((await vacuumLake(lake)).deleted).toEqual([])
    await table.checkpoint()
    const report = await vacuumLake(lake)
    expect(report.deleted).toHaveLength(version)
    expect(new Set(report.deleted.map((file) => file.reason))).toEqual(new Set(['log']))
    expect(await commits()).toBe(1)
    const fresh = await openLake(place)
    expect(await allRows(fresh, store)).toEqual(rows)
    expect(await allSources(fresh, store)).toEqual(sources)
    expect((await importLogs(fresh, join(trails, 'invictus-2023'), { into: 'org' }, { inline: true })).files).toBe(0)
  })

  test("a grace beyond a week, or the table's own, holds removed files that checkpoints have forgotten", async () => {
    const { lake, store } = await newSmallFiles()
    const table = await lake.eventsTable(store.id)
    await compactLake(lake)
    const { removed } = await table.refresh()
    for (const path of removed.keys()) age(lake, `${table.root}/${path}`, 5000)
    const snapshot = table.current()
    const configuration = {
      ...snapshot.metadata.configuration,
      'delta.deletedFileRetentionDuration': 'interval 30 days',
    }
    await table.commit({
      snapshot,
      actions: [{ metaData: { ...snapshot.metadata, configuration } }],
      commitInfo: { operation: 'SET TBLPROPERTIES' },
    })
    const report = await vacuumLake(lake, { graceHours: 0, force: true })
    expect(report.deleted.filter((file) => file.file.startsWith(table.root))).toEqual([])
    expect(report.waiting.files).toBe(removed.size)
  })
})

test.each([
  [{ graceHours: 23 }, /at least 24 unless force/],
  [{ graceHours: -1, force: true }, /from 0/],
  [{ graceHours: Number.NaN }, /from 0/],
  [{ hours: 5 }, /hours is not known/],
])('%o is refused', async (options, message) => {
  const lake = await openLake()
  await expect(vacuumLake(lake, options as object)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(message),
  })
})

test('a delete that fails stops it; the next one does the rest', async () => {
  const { place, lake: made, store } = await newSmallFiles()
  const rows = await allRows(made, store)
  await compactLake(made)
  let deletes = 0
  const storage = withFaults(openStore(place), ({ operation }) =>
    operation === 'delete' && ++deletes === 3 ? { kind: 'fail', errno: 'EACCES' } : undefined,
  )
  const lake = await openLake(storage)
  await expect(vacuumLake(lake, { graceHours: 0, force: true })).rejects.toMatchObject({ code: 'STORAGE_DENIED' })
  expect((await vacuumLake(lake, { graceHours: 0, force: true })).deleted.length).toBeGreaterThan(0)
  expect(await allRows(lake, store)).toEqual(rows)
})
