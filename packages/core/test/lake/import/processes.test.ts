import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { getEventDataStore, type LakeContext, projectLedger } from '../../../src/lake/index.ts'
import { createRandom, seedOfRun } from '../../soak/random.ts'
import { reportOf, spawnImport } from '../processes.ts'
import {
  cleanUpAfterEach,
  fingerprint,
  isShort,
  newFolder,
  newLakePlace,
  openLake,
  queryEvents,
  querySources,
  removeLake,
  stagingLeft,
} from '../support.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
/** More of them are hunted with TRAILLAKE_KILLS=500. */
const KILLS = Number(process.env.TRAILLAKE_KILLS ?? (isShort ? 5 : 20))
/** Small enough for some twenty batches of the sample logs. */
const tuning = { batchBytes: 200_000 }

/** The rows of the lake are those that its ledger says were kept, each event once. */
async function expectConsistent(lake: LakeContext): Promise<void> {
  const store = await getEventDataStore(lake, 'org')
  await projectLedger(await lake.eventsTable(store.id), await lake.sourcesTable(store.id))
  const [ledger] = await querySources(
    lake,
    store,
    `SELECT coalesce(sum(kept), 0)::BIGINT AS kept, bool_and(read = kept + duplicate + filtered + quarantined) AS identity,
       count(*) - count(DISTINCT (source_key, etag)) AS twice FROM sources`,
  )
  const [events] = await queryEvents(
    lake,
    store,
    'SELECT count(*) AS kept, count(eventid) - count(DISTINCT (eventid, recipientaccountid)) AS twice FROM events',
  )
  expect(ledger ?? { kept: 0, identity: null, twice: 0 }).toMatchObject({ kept: events?.kept ?? 0, twice: 0 })
  expect(ledger?.identity ?? true).toBe(true)
  expect(events?.twice ?? 0).toBe(0)
}

test(
  'killed at any point, an import leaves a lake that the next one completes',
  async () => {
    const source = join(trails, 'invictus-2023')
    const whole = newLakePlace()
    const expected = reportOf(await spawnImport(whole, source, { tuning }).ended)
    expect(expected).toMatchObject({ read: 2900, kept: 2900 })
    const wholeLake = await openLake(whole)
    const wanted = await fingerprint(wholeLake, await getEventDataStore(wholeLake, 'org'))

    const random = createRandom(seedOfRun())
    let place = ''
    let kills = 0
    let resumed = 0
    for (let round = 0; kills < KILLS; round++) {
      // Each lake is killed a few times at different depths, then another one is begun.
      const killAfter = round % 5
      if (killAfter === 0) place = newLakePlace()
      let seen = 0
      const { child, ended } = spawnImport(place, source, {
        tuning,
        onEvent(event, running) {
          if (event.kind === 'committed' || event.kind === 'discovered') seen += 1
          // Not at the event, but somewhere in the work after it.
          if (seen === killAfter + 1) setTimeout(() => running.kill('SIGKILL'), random.next() * 40)
        },
      })
      await ended
      if (child.signalCode !== 'SIGKILL') continue
      kills += 1
      if (killAfter === 4) {
        const lake = await openLake(place)
        await expectConsistent(lake)
        await lake.close()
        const report = reportOf(await spawnImport(place, source, { tuning }).ended)
        expect(report.files + report.filesAlreadyImported).toBe(55)
        if (report.filesAlreadyImported > 0) resumed += 1
        const again = await openLake(place)
        const store = await getEventDataStore(again, 'org')
        await expectConsistent(again)
        expect(await fingerprint(again, store)).toEqual(wanted)
        expect(stagingLeft(again, store)).toEqual([])
        await again.close()
        await removeLake(place)
      }
    }
    expect(resumed).toBeGreaterThan(0)
  },
  Math.max(300_000, KILLS * 6000),
)

test('two processes that import the same folder keep each event once', async () => {
  const place = newLakePlace()
  const source = join(trails, 'invictus-2023')
  const reports = (await Promise.all([0, 1].map(() => spawnImport(place, source, { tuning }).ended))).map(reportOf)
  const sum = (name: 'files' | 'read' | 'kept' | 'duplicate') => reports[0]![name] + reports[1]![name]
  expect([sum('files'), sum('read'), sum('kept'), sum('duplicate')]).toEqual([55, 2900, 2900, 0])
  expect(reports[0]!.filesAlreadyImported + reports[1]!.filesAlreadyImported).toBe(55)
  const lake = await openLake(place)
  await expectConsistent(lake)
}, 120_000)

test('two processes that import copies of the same events keep each event once', async () => {
  const place = newLakePlace()
  const copies = [newFolder(), newFolder()]
  for (const copy of copies) cpSync(join(trails, 'invictus-2023'), copy, { recursive: true })
  const reports = (await Promise.all(copies.map((copy) => spawnImport(place, copy, { tuning }).ended))).map(reportOf)
  for (const report of reports) expect(report).toMatchObject({ files: 55, read: 2900, quarantined: 0 })
  expect(reports[0]!.kept + reports[1]!.kept).toBe(2900)
  expect(reports[0]!.duplicate + reports[1]!.duplicate).toBe(2900)
  const lake = await openLake(place)
  await expectConsistent(lake)
}, 120_000)
