import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { getEventDataStore, importLogs, type LakeContext, storeFolders } from '../../../src/lake/index.ts'
import { listQuarantine } from '../../../src/lake/quarantine/entries.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { cleanUpAfterEach, keysOf, newFolder, newLakePlace, openLake, querySources, setModified } from '../support.ts'
import { writeText } from '../trail-files.ts'

cleanUpAfterEach()

const into = 'org'
const inline = { inline: true }
const atOnce = { graceHours: 0, force: true }

/** A lake with two imports; each has a quarantine file. */
async function newLake() {
  const sources = [newFolder(), newFolder()]
  const place = newLakePlace()
  const lake = await openLake(place)
  const imports: string[] = []
  for (const [i, source] of sources.entries()) {
    writeText(source, 'a', `{"Records":[null,{"eventTime":"2024-05-0${i + 1}T00:00:00Z","eventID":"${i}"}]}`)
    mkdirSync(join(source, 'b'))
    writeFileSync(join(source, 'b/broken.json'), '{"Records":[')
    imports.push((await importLogs(lake, source, { into }, inline)).importId)
  }
  const { root, quarantine } = storeFolders((await getEventDataStore(lake, into)).id)
  return { place, lake, root, quarantine, sources, imports }
}

const filesIn = async (lake: LakeContext, folder: string) =>
  (await keysOf(lake.storage, `${folder}/`)).map((key) => key.slice(folder.length + 1))

/** Makes all files as old as if they had been written so many hours ago; what the log says of removals stays. */
async function ageAll(lake: LakeContext, hours: number): Promise<void> {
  for (const key of await keysOf(lake.storage)) setModified(lake.storage, key, Date.now() - hours * 3_600_000)
}

async function itemsOf(lake: LakeContext) {
  const items = []
  for await (const { importId, code } of listQuarantine(lake, { all: true })) items.push(`${importId} ${code}`)
  return items.sort()
}

test('the quarantine of an undone import goes a grace after the undo, that of others stays', async () => {
  const { lake, quarantine, imports } = await newLake()
  const before = await filesIn(lake, quarantine)
  expect(before).toHaveLength(2)
  await undoImport(lake, imports[0]!)
  const items = await itemsOf(lake)
  expect(items).toEqual([`${imports[1]} MALFORMED_JSON`, `${imports[1]} NOT_AN_OBJECT`])
  // Written long ago, but named until a moment ago.
  await ageAll(lake, 1000)
  expect((await vacuumLake(lake)).deleted).toEqual([])
  expect(await filesIn(lake, quarantine)).toEqual(before)

  const dry = await vacuumLake(lake, { ...atOnce, dryRun: true })
  const done = await vacuumLake(lake, atOnce)
  expect(done.deleted).toEqual(dry.deleted)
  const gone = done.deleted.filter(({ reason }) => reason === 'quarantine').map(({ file }) => file)
  expect(gone).toHaveLength(1)
  expect(await filesIn(lake, quarantine)).toEqual(before.filter((name) => !gone[0]!.endsWith(name)))
  expect(await itemsOf(lake)).toEqual(items)
  expect(await verifyLake(lake)).toMatchObject({ errors: 0 })
  expect(await vacuumLake(lake, atOnce)).toMatchObject({ deleted: [], waiting: { files: 0 } })
})

test('a retry leaves what it replaced, and a compacted ledger names the same', async () => {
  const { lake, quarantine, sources, imports } = await newLake()
  await undoImport(lake, imports[0]!)
  const source = sources[1]!
  writeFileSync(join(source, 'b/broken.json'), '{"Records":[{"eventTime":"2024-05-01T00:00:00Z","eventID":"n"},7]}')
  expect(await retryQuarantine(lake)).toMatchObject({ kept: 1 })
  const items = await itemsOf(lake)
  await compactLake(lake)
  await ageAll(lake, 1000)
  expect((await vacuumLake(lake)).deleted).toEqual([])
  const before = await filesIn(lake, quarantine)
  await vacuumLake(lake, atOnce)
  const store = await getEventDataStore(lake, into)
  const named = await querySources(
    lake,
    store,
    "SELECT DISTINCT split_part(quarantine_path, '/', 2) AS name FROM sources WHERE quarantine_path <> '' ORDER BY 1",
  )
  expect(await filesIn(lake, quarantine)).toEqual(named.map(({ name }) => name))
  expect(before.length - named.length).toBeGreaterThan(0)
  expect(await itemsOf(lake)).toEqual(items)
  expect(await verifyLake(lake)).toMatchObject({ errors: 0 })
})

test('where a ledger file cannot be read the quarantine stays', async () => {
  const { place, lake, root, quarantine, imports } = await newLake()
  await undoImport(lake, imports[0]!)
  const before = await filesIn(lake, quarantine)
  const sources = await lake.sourcesTable((await getEventDataStore(lake, into)).id)
  const { key } = [...(await sources.refresh()).files.values()][0]!
  expect(key.startsWith(root)).toBe(true)
  await lake.storage.put(key, Buffer.from('PAR1 no more PAR1'))
  await expect(vacuumLake(await openLake(place), atOnce)).rejects.toMatchObject({
    ...{ code: 'DATA_FILE_DAMAGED', message: expect.stringContaining(key) },
  })
  expect(await filesIn(lake, quarantine)).toEqual(before)
})
