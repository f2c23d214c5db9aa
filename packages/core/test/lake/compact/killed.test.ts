import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { getEventDataStore } from '../../../src/lake/index.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { createRandom, seedOfRun } from '../../soak/random.ts'
import { reportOf, spawnImport } from '../processes.ts'
import {
  cleanUpAfterEach,
  copyLake,
  fingerprint,
  isShort,
  keysOf,
  openLake,
  queryEvents,
  removeLake,
  stagingLeft,
} from '../support.ts'
import { allRows, allSources, newSmallFiles, trails } from './samples.ts'

cleanUpAfterEach()

/** More of them are hunted with TRAILLAKE_KILLS=500. */
const KILLS = Number(process.env.TRAILLAKE_KILLS ?? (isShort ? 2 : 4))
/** A minute for every 10 kills, at least ten. */
const TIMEOUT = Math.max(600_000, KILLS * 6000)
const program = fileURLToPath(new URL('../programs/maintain.mjs', import.meta.url))

/** Runs a program until the nth thing that it says and a little longer; null when it ended before. */
async function runKilled(
  verb: 'compact' | 'vacuum',
  lake: string,
  options: object,
  kill?: { readonly after: number; readonly delayMs: number },
): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [program, verb, lake, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"kind":"error"')) console.error(line)
    seen += 1
    if (kill && seen === kill.after) setTimeout(() => child.kill('SIGKILL'), kill.delayMs)
  })
  return new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))
}

test(
  'compaction killed at any moment: the same rows, and the next one completes it',
  async () => {
    const { place: template, lake: made, store } = await newSmallFiles('date')
    const [rows, sources] = [await allRows(made, store), await allSources(made, store)]
    await made.close()
    const seed = seedOfRun()
    const random = createRandom(seed)
    for (let killed = 0, round = 0; killed < KILLS && round < KILLS * 4; round++) {
      const place = await copyLake(template)
      const kill = { after: 1 + random.below(14), delayMs: random.next() * 60 }
      if ((await runKilled('compact', place, {}, kill)) !== 'SIGKILL') continue
      killed += 1
      const lake = await openLake(place)
      expect(await allRows(lake, store), `seed ${seed}, ${JSON.stringify(kill)}`).toEqual(rows)
      expect(await allSources(lake, store)).toEqual(sources)
      await compactLake(lake)
      const { files } = await (await lake.eventsTable(store.id)).refresh()
      expect(files.size).toBe(new Set([...files.values()].map((file) => file.partitionValues.date)).size)
      expect(await allRows(lake, store)).toEqual(rows)
      // What the dead one was writing is gone, what it had moved into place is vacuumed.
      expect(stagingLeft(lake, store)).toEqual([])
      await vacuumLake(lake, { graceHours: 0, force: true })
      expect(await allRows(lake, store)).toEqual(rows)
      expect(await dataFiles(lake.storage, store.id)).toBe(files.size + 1)
      await lake.close()
      await removeLake(place)
    }
  },
  TIMEOUT,
)

test(
  'vacuum killed at any moment deletes nothing that is named, and the next one completes it',
  async () => {
    const { place: template, lake: made, store } = await newSmallFiles('date')
    await compactLake(made)
    const rows = await allRows(made, store)
    const { files } = await (await made.eventsTable(store.id)).refresh()
    await made.close()
    const seed = seedOfRun()
    const random = createRandom(seed)
    for (let round = 0; round < KILLS; round++) {
      const place = await copyLake(template)
      await runKilled('vacuum', place, { graceHours: 0, force: true }, { after: 1, delayMs: random.next() * 80 })
      const lake = await openLake(place)
      expect(await allRows(lake, store), `seed ${seed}, round ${round}`).toEqual(rows)
      await vacuumLake(lake, { graceHours: 0, force: true })
      expect(await dataFiles(lake.storage, store.id)).toBe(files.size + 1)
      expect(await allRows(lake, store)).toEqual(rows)
      await lake.close()
      await removeLake(place)
    }
  },
  TIMEOUT,
)

test('importer, two compactors and a vacuum at once, compactors killed: what the importer kept is there once', async () => {
  const made = await newSmallFiles('date')
  const { place } = made
  const before = (await fingerprint(made.lake, made.store)) as { rows: readonly { rows: number }[] }
  const seed = seedOfRun()
  const random = createRandom(seed)
  const importer = spawnImport(place, join(trails, 'panther-org'), { tuning: { batchBytes: 60_000 } })
  let running = true
  void importer.ended.then(() => {
    running = false
  })
  const compactor = async () => {
    while (running) await runKilled('compact', place, {}, { after: 2 + random.below(8), delayMs: random.next() * 50 })
  }
  const vacuum = async () => {
    while (running) await runKilled('vacuum', place, { graceHours: 24 })
  }
  await Promise.all([compactor(), compactor(), vacuum()])
  const { kept } = reportOf(await importer.ended)
  const lake = await openLake(place)
  const store = await getEventDataStore(lake, 'org')
  await compactLake(lake)
  const [count] = await queryEvents(
    lake,
    store,
    'SELECT count(*) AS rows, count(DISTINCT (_source, _record)) AS places FROM events',
  )
  const wanted = before.rows[0]!.rows + kept
  expect(count, `seed ${seed}`).toEqual({ rows: wanted, places: wanted })
}, 300_000)

async function dataFiles(storage: Awaited<ReturnType<typeof openLake>>['storage'], id: string): Promise<number> {
  return (await keysOf(storage, `stores/${id}/`)).filter((key) => /\/part-[^/]*\.parquet$/.test(key)).length
}
