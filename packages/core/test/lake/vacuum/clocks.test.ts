import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { importLogs } from '../../../src/lake/index.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { type ObjectStore, withFaults } from '../../../src/storage/index.ts'
import { newSmallFiles } from '../compact/samples.ts'
import { cleanUpAfterEach, keysOf, newFolder, openLake, openStore, queryEvents, setModified } from '../support.ts'
import { writeLog } from '../trail-files.ts'

cleanUpAfterEach()
afterEach(() => {
  vi.useRealTimers()
})

const DAY_MS = 86_400_000

/** As if the clock of the disk, or of the store, had been wrong by so much all the time. */
async function shiftTimes(store: ObjectStore, byMs: number): Promise<void> {
  for (const key of await keysOf(store)) {
    const { modifiedMs } = (await store.head(key))!
    setModified(store, key, modifiedMs + byMs)
  }
}

/** What only a disk has: a file that was not finished. */
function putUnfinished(folder: string, atMs: number): string {
  const path = join(folder, '.tmp-1-unfinished')
  writeFileSync(path, '{')
  utimesSync(path, atMs / 1000, atMs / 1000)
  return path
}

test.each([
  { days: -1, graceHours: 168 },
  { days: -1, graceHours: 48 },
  { days: 1, graceHours: 168 },
  { days: 1, graceHours: 48 },
])(
  'a writer whose clock is $days day off, vacuum with a grace of $graceHours hours: nothing that is in use goes',
  async ({ days, graceHours }) => {
    const { place, lake: made, store } = await newSmallFiles()
    // Both what the writer writes down and what the disk says of its files are wrong.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY_MS })
    const table = await made.eventsTable(store.id)
    const before = await table.refresh()
    await compactLake(made)
    const other = await openLake(place)
    let vacuumed = 0
    const lake = await openLake(
      withFaults(openStore(place), async ({ operation, key }) => {
        // All files of the import are there, and nothing names them yet.
        if (operation === 'putIfAbsent' && /events\/_delta_log\/\d+\.json$/.test(key)) {
          vacuumed += 1
          vi.useRealTimers()
          await shiftTimes(other.storage, days * DAY_MS)
          const log = other.storage.localPath(`stores/${store.id}/events/_delta_log`)
          const unfinished = log && putUnfinished(log, Date.now() + days * DAY_MS)
          const all = await keysOf(other.storage)
          const report = await vacuumLake(other, { graceHours })
          expect(report.deleted).toEqual([])
          expect(await keysOf(other.storage)).toEqual(all)
          if (unfinished) expect(existsSync(unfinished)).toBe(true)
        }
        return undefined
      }),
    )
    const source = newFolder()
    writeLog(source, 'late', [{ id: 'late', time: '2023-07-10T12:00:00Z' }])
    expect(await importLogs(lake, source, { into: 'org' }, { inline: true })).toMatchObject({ kept: 1 })
    expect(vacuumed).toBe(1)
    // The version from before the compaction can still be read.
    const old = await (await (await openLake(place)).eventsTable(store.id)).snapshot({ version: before.version })
    expect(old.files.size).toBe(before.files.size)
    for (const { key, size } of old.files.values()) expect(await other.storage.head(key)).toMatchObject({ size })
    expect(await verifyLake(other)).toMatchObject({ errors: 0 })
    expect(await queryEvents(other, store, "SELECT count(*) AS n FROM events WHERE eventid = 'late'")).toEqual([
      { n: 1 },
    ])
  },
)
