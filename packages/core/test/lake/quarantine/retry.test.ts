import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { listImports, showImport } from '../../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { getEventDataStore, importLogs, type LakeContext } from '../../../src/lake/index.ts'
import { listQuarantine, showQuarantined } from '../../../src/lake/quarantine/entries.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import type { ListQuarantineOptions, QuarantinedItem } from '../../../src/lake/quarantine/types.ts'
import { cleanUpAfterEach, fingerprint, newFolder, openLake, queryEvents, querySources } from '../support.ts'
import { record, writeLog, writeText } from '../trail-files.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const inline = { inline: true }
const into = 'org'

async function list(lake: LakeContext, options: ListQuarantineOptions = {}): Promise<readonly QuarantinedItem[]> {
  const items: QuarantinedItem[] = []
  for await (const item of listQuarantine(lake, options)) items.push(item)
  return items
}

const NO_TIME = '{"eventID":"t","note":"no time"}'

async function dirtyLake() {
  const source = newFolder()
  const lake = await openLake()
  const [one, two] = [record({ id: '1' }), record({ id: '2' })].map((value) => JSON.stringify(value))
  const mixed = writeText(source, 'mixed', `{"Records":[${one},7,${NO_TIME},${two}]}`)
  const first = await importLogs(lake, source, { into }, inline)
  const conflict = writeLog(source, 'z/conflict', [{ id: '1', name: 'Other' }, { id: '3' }])
  const broken = join(source, 'z', 'broken.json.gz')
  writeFileSync(broken, gzipSync(`{"Records":[${JSON.stringify(record({ id: '4' }))}]}`).subarray(0, 60))
  const second = await importLogs(lake, source, { into }, inline)
  return { lake, source, mixed, conflict, broken, first, second, store: await getEventDataStore(lake, into) }
}

test('lists what, where, why and how much, and shows the bytes', async () => {
  const { lake, mixed, conflict, broken, first, second } = await dirtyLake()
  const items = await list(lake)
  expect(items.map(({ code, record, source, importId }) => ({ code, record, source, importId }))).toEqual(
    expect.arrayContaining([
      { code: 'NOT_AN_OBJECT', record: 1, source: pathToFileURL(mixed).href, importId: first.importId },
      { code: 'NO_EVENT_TIME', record: 2, source: pathToFileURL(mixed).href, importId: first.importId },
      { code: 'CONFLICTING', record: 0, source: pathToFileURL(conflict).href, importId: second.importId },
      { code: 'TRUNCATED_GZIP', record: null, source: pathToFileURL(broken).href, importId: second.importId },
    ]),
  )
  expect(items).toHaveLength(4)
  const noTime = items.find(({ code }) => code === 'NO_EVENT_TIME')!
  expect(noTime).toMatchObject({ size: NO_TIME.length, superseded: false, hasBytes: true })
  expect(Buffer.from((await showQuarantined(lake, noTime.id)).bytes!).toString()).toBe(NO_TIME)
  const file = items.find(({ record }) => record === null)!
  expect(Buffer.from((await showQuarantined(lake, file.id)).bytes!)).toEqual(readFileSync(broken))
  await expect(showQuarantined(lake, '0123')).rejects.toMatchObject({ code: 'QUARANTINE_ENTRY_NOT_FOUND' })

  expect(await list(lake, { code: 'conflicting' })).toHaveLength(1)
  expect(await list(lake, { importId: first.importId })).toHaveLength(2)
  expect(await list(lake, { importId: second.importId.slice(0, 8), code: 'TRUNCATED_GZIP' })).toEqual([file])
  await expect(list(lake, { store: 'none' })).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
})

test('what the reader still refuses stays as it was, and nothing is committed', async () => {
  const { lake, store } = await dirtyLake()
  const [before, items] = [await fingerprint(lake, store), await list(lake)]
  const { version } = (await lake.eventsTable(store.id)).current()
  expect(await retryQuarantine(lake)).toMatchObject({ items: 4, released: 0, unavailable: 0, kept: 0, quarantined: 3 })
  expect(await list(lake)).toEqual(items)
  expect(await fingerprint(lake, store)).toEqual(before)
  expect((await lake.eventsTable(store.id)).current().version).toBe(version)
})

test('a file that was mended is read, and its unreadable state is done with', async () => {
  const { lake, broken, second, store } = await dirtyLake()
  writeFileSync(broken, gzipSync(`{"Records":[${JSON.stringify(record({ id: '4' }))}]}`))
  const [item] = await list(lake, { code: 'TRUNCATED_GZIP' })
  const wanted = { items: 1, released: 1, read: 1, kept: 1, quarantined: 0, stores: [{ name: 'org' }] }
  expect(await retryQuarantine(lake, { ids: [item!.id], dryRun: true })).toMatchObject({ ...wanted, dryRun: true })
  expect(await list(lake, { code: 'TRUNCATED_GZIP' })).toEqual([item])
  expect(await retryQuarantine(lake, { ids: [item!.id] })).toMatchObject(wanted)
  expect(await list(lake, { code: 'TRUNCATED_GZIP' })).toEqual([])
  expect(await list(lake, { code: 'TRUNCATED_GZIP', all: true })).toEqual([{ ...item, superseded: true }])
  expect(await queryEvents(lake, store, "SELECT eventname AS name FROM events WHERE eventid = '4'")).toHaveLength(1)
  // The import knows the file now.
  expect(await importLogs(lake, broken, { into }, inline)).toMatchObject({ files: 0, filesAlreadyImported: 1 })
  expect((await listImports(lake)).map(({ kept }) => kept)).toEqual([2, 1, 1])
  expect((await showImport(lake, second.importId)).sources).toHaveLength(2)
  expect(await retryQuarantine(lake, { code: 'TRUNCATED_GZIP' })).toMatchObject({ items: 0 })
})

test('a conflicting event takes its place once the other one is gone', async () => {
  const { lake, source, conflict, first, second, store } = await dirtyLake()
  await undoImport(lake, first.importId)
  expect(await retryQuarantine(lake, { code: 'CONFLICTING' })).toMatchObject({ items: 1, released: 1, kept: 1 })
  expect(
    await queryEvents(lake, store, "SELECT eventname AS name, _record AS record FROM events WHERE eventid = '1'"),
  ).toEqual([{ name: 'Other', record: 0 }])
  const { sources } = await showImport(lake, second.importId)
  expect(sources.find(({ source: of }) => of === pathToFileURL(conflict).href)).toMatchObject({
    ...{ read: 2, kept: 2, quarantined: 0 },
  })
  // Now the other one conflicts.
  expect(await importLogs(lake, source, { into }, inline)).toMatchObject({ read: 4, kept: 1, quarantined: 3 })
  expect(await querySources(lake, store, 'SELECT sum(kept)::BIGINT AS kept FROM sources')).toEqual([{ kept: 3 }])
})

test('positions in the file are those of the file, and other items of it stay', async () => {
  const source = newFolder()
  const lake = await openLake()
  writeLog(source, 'a', [{ id: '1' }, { id: '2' }])
  const one = await importLogs(lake, source, { into }, inline)
  const [x, y] = [record({ id: '1', name: 'X' }), record({ id: '2', name: 'Y' })].map((value) => JSON.stringify(value))
  writeText(source, 'b', `{"Records":[null,${x},false,${y}]}`)
  await importLogs(lake, source, { into }, inline)
  const store = await getEventDataStore(lake, into)
  await undoImport(lake, one.importId)
  const second = (await list(lake)).find(({ eventId }) => eventId === '2')!
  expect(await retryQuarantine(lake, { ids: [second.id] })).toMatchObject({ items: 1, released: 1, kept: 1 })
  expect(await queryEvents(lake, store, 'SELECT eventname AS name, _record AS record FROM events')).toEqual([
    { name: 'Y', record: 3 },
  ])
  expect((await list(lake)).map(({ record: at, code }) => [at, code]).sort()).toEqual([
    [0, 'NOT_AN_OBJECT'],
    [1, 'CONFLICTING'],
    [2, 'NOT_AN_OBJECT'],
  ])
  const [row] = await querySources(lake, store, 'SELECT read, kept, duplicate, filtered, quarantined FROM sources')
  expect(row).toEqual({ read: 4, kept: 1, duplicate: 0, filtered: 0, quarantined: 3 })
  expect(await retryQuarantine(lake)).toMatchObject({ items: 3, released: 1, kept: 1, quarantined: 2 })
})

test('a file that is gone is read from the bytes that were kept', async () => {
  const { lake, broken, store } = await dirtyLake()
  rmSync(broken)
  expect(await retryQuarantine(lake, { code: 'TRUNCATED_GZIP' })).toMatchObject({
    ...{ items: 1, released: 0, unavailable: 0 },
  })
  expect(await list(lake, { code: 'TRUNCATED_GZIP' })).toHaveLength(1)
  await expect(retryQuarantine(lake, { ids: ['nope'] })).rejects.toMatchObject({ code: 'QUARANTINE_ENTRY_NOT_FOUND' })
  expect(await fingerprint(lake, store)).toBeDefined()
})

test('of sample trails with every kind of damage nothing is lost', async () => {
  const source = newFolder()
  cpSync(join(trails, 'layout-quirks'), source, { recursive: true })
  const lake = await openLake()
  await importLogs(lake, source, { into }, inline)
  const store = await getEventDataStore(lake, into)
  const before = [await fingerprint(lake, store), await list(lake)]
  await retryQuarantine(lake)
  expect([await fingerprint(lake, store), await list(lake)]).toEqual(before)
})
