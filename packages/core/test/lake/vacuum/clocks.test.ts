import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { importLogs } from '../../../src/lake/index.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { openLocalStore, withFaults } from '../../../src/storage/index.ts'
import { newSmallFiles } from '../compact/samples.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents } from '../support.ts'
import { writeLog } from '../trail-files.ts'

cleanUpAfterEach()
afterEach(() => {
  vi.useRealTimers()
})

const DAY_MS = 86_400_000

/** As if the disk's clock had been wrong by so much all the time. */
function shiftTimes(folder: string, byMs: number): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const time = new Date(statSync(path).mtimeMs + byMs)
    utimesSync(path, time, time)
  }
}

const filesBelow = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort()

test.each([
  { days: -1, graceHours: 168 },
  { days: -1, graceHours: 48 },
  { days: 1, graceHours: 168 },
  { days: 1, graceHours: 48 },
])(
  'a writer whose clock is $days day off, vacuum with a grace of $graceHours hours: nothing that is in use goes',
  async ({ days, graceHours }) => {
    const { folder, lake: made, store } = await newSmallFiles()
    // Both what the writer writes down and what the disk says of its files are wrong.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY_MS })
    const table = await made.eventsTable(store.id)
    const before = await table.refresh()
    await compactLake(made)
    const other = await openLake(folder)
    let vacuumed = 0
    const lake = await openLake(
      withFaults(openLocalStore(folder), async ({ operation, key }) => {
        // All files of the import are there, and nothing names them yet.
        if (operation === 'putIfAbsent' && /events\/_delta_log\/\d+\.json$/.test(key)) {
          vacuumed += 1
          const unfinished = join(folder, `stores/${store.id}/events/_delta_log/.tmp-1-unfinished`)
          writeFileSync(unfinished, '{')
          shiftTimes(folder, days * DAY_MS)
          vi.useRealTimers()
          const all = filesBelow(folder)
          const report = await vacuumLake(other, { graceHours })
          expect(report.deleted).toEqual([])
          expect(filesBelow(folder)).toEqual(all)
        }
        return undefined
      }),
    )
    const source = newFolder()
    writeLog(source, 'late', [{ id: 'late', time: '2023-07-10T12:00:00Z' }])
    expect(await importLogs(lake, source, { into: 'org' }, { inline: true })).toMatchObject({ kept: 1 })
    expect(vacuumed).toBe(1)
    // The version from before the compaction can still be read.
    const old = await (await (await openLake(folder)).eventsTable(store.id)).snapshot({ version: before.version })
    expect(old.files.size).toBe(before.files.size)
    for (const { key, size } of old.files.values()) expect(statSync(join(folder, key)).size).toBe(size)
    expect(await verifyLake(other)).toMatchObject({ errors: 0 })
    expect(await queryEvents(other, store, "SELECT count(*) AS n FROM events WHERE eventid = 'late'")).toEqual([
      { n: 1 },
    ])
  },
  60_000,
)
