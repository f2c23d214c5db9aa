import { cpSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listImports, showImport } from '../../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { type EventDataStore, getEventDataStore, importLogs, type LakeContext } from '../../../src/lake/index.ts'
import { createLocalCopies, knownPath } from '../../../src/lake/local-file.ts'
import type { DataFile, Snapshot } from '../../../src/table/index.ts'
import {
  cleanUpAfterEach,
  fingerprint,
  isShort,
  newFolder,
  newLakePlace,
  onS3,
  openLake,
  queryEvents,
  querySources,
} from '../support.ts'
import { type Event, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const inline = { inline: true, batchBytes: 400_000 }
const into = 'org'

/** Ids of the events of a store with what they say, and what the ledger says came of the files. */
async function contentOf(lake: LakeContext, store: EventDataStore) {
  const events = await queryEvents(lake, store, `SELECT eventid || ':' || eventname AS event FROM events ORDER BY ALL`)
  const [ledger] = await querySources(
    lake,
    store,
    `SELECT coalesce(sum(kept), 0)::BIGINT AS kept, coalesce(bool_and(read = kept + duplicate + filtered + quarantined), true) AS identity,
       bool_and(least(kept, duplicate, filtered, quarantined) >= 0) AS positive FROM sources`,
  )
  const rows = await queryEvents(
    lake,
    store,
    'SELECT _source AS id, count(*) AS rows FROM events GROUP BY 1 ORDER BY 1',
  )
  const kept = await querySources(
    lake,
    store,
    'SELECT source_id AS id, kept AS rows FROM sources WHERE kept > 0 ORDER BY 1',
  )
  expect(rows).toEqual(kept)
  expect(ledger ?? { kept: 0, identity: true, positive: true }).toEqual({
    kept: events.length,
    identity: true,
    positive: true,
  })
  return events.map(({ event }) => String(event))
}

describe('undo', () => {
  test('takes out what one import brought, and lets it be read again', async () => {
    const source = newFolder()
    cpSync(join(trails, 'invictus-2023'), source, { recursive: true })
    const lake = await openLake()
    const first = await importLogs(lake, source, { into }, inline)
    const store = await getEventDataStore(lake, into)
    const other = newFolder()
    writeLog(other, 'x', [{ id: 'x1' }, { id: 'x2', time: '2023-07-10T12:00:00Z' }])
    const second = await importLogs(lake, other, { into }, inline)
    const before = await fingerprint(lake, store)

    const undone = await undoImport(lake, first.importId)
    expect(undone).toMatchObject({ files: 55, events: 2900, restored: [], unreadable: [], dryRun: false })
    expect(await contentOf(lake, store)).toEqual(['x1:A', 'x2:A'])
    expect((await listImports(lake)).map(({ importId, status }) => [importId, status])).toEqual(
      expect.arrayContaining([
        [second.importId, 'imported'],
        [first.importId, 'undone'],
      ]),
    )

    const again = await importLogs(lake, source, { into }, inline)
    expect(again).toMatchObject({ files: 55, filesAlreadyImported: 0, kept: 2900, duplicate: 0 })
    expect(await fingerprint(lake, store)).toEqual(before)
  })

  test('leaves other events of the same data file, in their order', async () => {
    const source = newFolder()
    const lake = await openLake()
    const day = (hour: number) => `2024-05-01T${String(hour).padStart(2, '0')}:00:00Z`
    writeLog(
      source,
      'a',
      [8, 2, 4, 6].map((hour) => ({ id: `a${hour}`, time: day(hour) })),
    )
    const one = await importLogs(lake, source, { into }, inline)
    const store = await getEventDataStore(lake, into)
    // Rows of two imports in one file, as compaction leaves them.
    writeLog(
      source,
      'b',
      [7, 1, 3, 5].map((hour) => ({ id: `b${hour}`, time: day(hour) })),
    )
    await importLogs(lake, source, { into }, inline)
    await joinDataFiles(lake, store)
    const undone = await undoImport(lake, one.importId.slice(0, 8))
    expect(undone).toMatchObject({ files: 1, events: 4, dataFilesRemoved: 1, dataFilesRewritten: 1 })
    expect(await queryEvents(lake, store, 'SELECT eventid AS id FROM events')).toEqual(
      [1, 3, 5, 7].map((hour) => ({ id: `b${hour}` })),
    )
  })

  test('puts later duplicates in the place of what goes, each once', async () => {
    const [first, later, latest] = [newFolder(), newFolder(), newFolder()]
    const lake = await openLake()
    writeLog(first, 'a', [{ id: '1' }, { id: '2' }, { id: '3' }])
    writeLog(later, 'b', [{ id: '2' }, { id: '3' }, { id: '4' }, { id: '2' }])
    writeLog(latest, 'c', [{ id: '3' }, { id: '4' }, { id: '5' }])
    const one = await importLogs(lake, first, { into }, inline)
    const two = await importLogs(lake, later, { into }, inline)
    await importLogs(lake, latest, { into }, inline)
    const store = await getEventDataStore(lake, into)
    const undone = await undoImport(lake, one.importId)
    expect(undone.restored).toEqual([
      { source: expect.stringMatching(/b\.json\.gz$/), importId: two.importId, events: 2 },
    ])
    expect(await contentOf(lake, store)).toEqual(['2:A', '3:A', '4:A', '5:A'])
    const { sources } = await showImport(lake, two.importId)
    expect(sources).toMatchObject([{ read: 4, kept: 3, duplicate: 1 }])
    expect(await importLogs(lake, first, { into }, inline)).toMatchObject({ read: 3, kept: 1, duplicate: 2 })
    expect(await contentOf(lake, store)).toEqual(['1:A', '2:A', '3:A', '4:A', '5:A'])
  })

  test('refuses when an event would be gone, and names the file', async () => {
    const [first, later] = [newFolder(), newFolder()]
    const lake = await openLake()
    const own = writeLog(first, 'a', [{ id: '1' }, { id: '2' }])
    const duplicate = writeLog(later, 'b', [{ id: '2' }])
    const one = await importLogs(lake, first, { into }, inline)
    await importLogs(lake, later, { into }, inline)
    const store = await getEventDataStore(lake, into)
    const before = await fingerprint(lake, store)

    rmSync(duplicate)
    const refused = await undoImport(lake, one.importId).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'UNDO_LOSES_EVENTS', hint: expect.stringContaining('--allow-loss') })
    expect(String(refused)).toContain(pathToFileURL(duplicate).href)
    expect(await fingerprint(lake, store)).toEqual(before)

    writeLog(later, 'b', [{ id: '2' }])
    rmSync(own)
    expect(String(await undoImport(lake, one.importId).catch((error: unknown) => error))).toContain(
      pathToFileURL(own).href,
    )
    // The same bytes with another time are the same file.
    writeLog(first, 'a', [{ id: '1' }, { id: '2' }])
    utimesSync(own, 1, 1)
    expect(await undoImport(lake, one.importId, { dryRun: true })).toMatchObject({ dryRun: true, events: 2 })
    expect(await fingerprint(lake, store)).toEqual(before)
    writeFileSync(own, 'something else')
    expect(await undoImport(lake, one.importId, { allowLoss: true })).toMatchObject({
      events: 2,
      unreadable: [pathToFileURL(own).href],
    })
    expect(await contentOf(lake, store)).toEqual(['2:A'])
  })

  test('of an unknown id, a short one, in another store', async () => {
    const lake = await openLake()
    await importLogs(lake, writeLog(newFolder(), 'a', [{ id: '1' }]), { into }, inline)
    await expect(undoImport(lake, '00000000-0000')).rejects.toMatchObject({ code: 'IMPORT_NOT_FOUND' })
    await expect(undoImport(lake, '0000')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(undoImport(lake, '00000000', { store: 'none' })).rejects.toMatchObject({
      code: 'EVENT_DATA_STORE_NOT_FOUND',
    })
    await expect(undoImport(lake, '00000000', { force: true } as object)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
  })

  test('over a damaged data file or ledger names the file, and changes nothing', async () => {
    const place = newLakePlace()
    const lake = await openLake(place)
    const source = newFolder()
    writeLog(source, 'a', [{ id: '1' }, { id: '2' }])
    const one = await importLogs(lake, source, { into }, inline)
    const store = await getEventDataStore(lake, into)
    const { version } = (await lake.eventsTable(store.id)).current()
    const damage = async (table: Snapshot) => {
      const [{ key }] = [...table.files.values()] as [DataFile]
      const bytes = await lake.storage.get(key)
      await lake.storage.put(key, Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(bytes.length - 20)]))
      return { key, repair: () => lake.storage.put(key, bytes) }
    }
    const data = await damage((await lake.eventsTable(store.id)).current())
    const other = await openLake(place)
    const refused = await undoImport(other, one.importId).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'DATA_FILE_DAMAGED' })
    expect(String(refused)).toContain(data.key)
    // A copy that was damaged is read no more.
    expect(knownPath(other.storage, data.key) === undefined).toBe(onS3)
    expect((await (await lake.eventsTable(store.id)).refresh()).version).toBe(version)
    await data.repair()
    const ledger = await damage((await lake.sourcesTable(store.id)).current())
    const named = { code: 'DATA_FILE_DAMAGED', message: expect.stringContaining(ledger.key) }
    const another = await openLake(place)
    await expect(listImports(another)).rejects.toMatchObject(named)
    await expect(undoImport(another, one.importId)).rejects.toMatchObject(named)
    await ledger.repair()
    // The engine keeps what it has read of a file for as long as its time is the same, in seconds.
    expect(await undoImport(await openLake(place), one.importId)).toMatchObject({ events: 2 })
  })

  test('of any of several imports leaves the events of the others, and importing again all of them', async () => {
    const events = fc.array(
      fc.record({ id: fc.constantFrom('1', '2', '3', '4', '5'), name: fc.constantFrom('A', 'A', 'B') }),
      { maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 2, maxLength: 4 }), fc.nat(), async (files, choice) => {
        const lake = await openLake()
        const folder = newFolder()
        const paths = files.map((file: readonly Event[], i) => writeLog(folder, `f${i}`, file))
        const ids: string[] = []
        for (const path of paths) ids.push((await importLogs(lake, path, { into }, inline)).importId)
        const store = await getEventDataStore(lake, into)
        const identities = (content: readonly string[]) => [...new Set(content.map((event) => event[0]))]
        const at = choice % ids.length
        await undoImport(lake, ids[at]!)
        const left = identities(await contentOf(lake, store))
        // An event of other content than the one that was stored first waits in quarantine.
        const conflicting = new Set(
          (await querySources(lake, store, 'SELECT source_key AS key FROM sources WHERE quarantined > 0')).map(
            ({ key }) => String(key),
          ),
        )
        files.forEach((file, i) => {
          if (i === at || conflicting.has(pathToFileURL(paths[i]!).href)) return
          for (const { id } of file) expect(left).toContain(id)
        })
        await importLogs(lake, folder, { into }, inline)
        expect(identities(await contentOf(lake, store))).toEqual([...new Set(files.flat().map(({ id }) => id))].sort())
        await lake.close()
      }),
      { numRuns: isShort ? 2 : 15 },
    )
  }, 120_000)
})

/** Joins the data files of each partition, as compaction does. */
async function joinDataFiles(lake: LakeContext, store: EventDataStore): Promise<void> {
  const { writeParquet } = await import('../../../src/engine/write-parquet.ts')
  const { EVENT_STATISTICS, statsOf } = await import('../../../src/lake/file-stats.ts')
  const { dataFileName, makeAdd, makeRemove } = await import('../../../src/table/index.ts')
  const events = await lake.eventsTable(store.id)
  const snapshot = await events.refresh()
  const files = [...snapshot.files.values()]
  const path = join(newFolder(), 'joined.parquet')
  const paths = await createLocalCopies(lake.storage, lake.engine.scratch)(files.map((file) => file.key))
  const list = paths.map((path) => `'${path}'`).join(', ')
  const written = await lake.engine.withConnection((connection) =>
    writeParquet(connection, {
      query: `SELECT * FROM read_parquet([${list}], hive_partitioning=false) ORDER BY eventtime`,
      path,
    }),
  )
  const { partitionValues } = files[0]!
  const name = dataFileName(snapshot.metadata.partitionColumns, partitionValues, crypto.randomUUID())
  const { size, modifiedMs } = await lake.storage.putFile(`stores/${store.id}/events/${name}`, path)
  const stats = statsOf(written, EVENT_STATISTICS)
  await events.commit({
    snapshot,
    actions: [
      ...files.map((file) => ({ remove: makeRemove(file, { deletionTimestampMs: Date.now(), dataChange: false }) })),
      { add: makeAdd({ name, partitionValues, size, modifiedMs, stats, dataChange: false }) },
    ],
    commitInfo: { operation: 'OPTIMIZE' },
  })
}
