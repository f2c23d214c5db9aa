import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compactLake } from '../../src/lake/compact/compact.ts'
import { listImports } from '../../src/lake/imports/list-imports.ts'
import { getEventDataStore, importLogs } from '../../src/lake/index.ts'
import { vacuumLake } from '../../src/lake/vacuum/vacuum.ts'
import { verifyLake } from '../../src/lake/verify/verify.ts'
import { createRandom, seedOfRun } from '../soak/random.ts'
import {
  cleanUpAfterEach,
  isShort,
  newFolder,
  newLakePlace,
  openLake,
  queryEvents,
  querySources,
  removeLake,
  stagingLeft,
} from './support.ts'

cleanUpAfterEach()

/** Processes that are killed, two or three at once; more of them are hunted with TRAILLAKE_KILLS=500. */
const KILLS = Number(process.env.TRAILLAKE_KILLS ?? (isShort ? 4 : 10))
/** A lake has had enough after so many. */
const A_LAKE = 50
const trails = fileURLToPath(new URL('../../../../test-data/trails/panther-org', import.meta.url))
const programOf = (name: string) => fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url))
const into = 'org'

type Verb = 'import' | 'compact' | 'vacuum' | 'undo'

/** Starts one of the programs on a lake. */
function start(verb: Verb, lake: string, source: string, importId: string | undefined): ChildProcess {
  const args = {
    import: [programOf('import'), lake, source, into, JSON.stringify({ batchBytes: 50_000 })],
    compact: [programOf('maintain'), 'compact', lake],
    vacuum: [programOf('maintain'), 'vacuum', lake, JSON.stringify({ graceHours: 24 })],
    undo: [programOf('amend'), lake, 'undo', '{}', importId ?? ''],
  }[verb]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** The lake as far as it must be the same whatever happened: the events without their origin, and the sums of the ledger. */
async function stateOf(place: string): Promise<object> {
  const lake = await openLake(place)
  const store = await getEventDataStore(lake, into)
  const rows = await queryEvents(
    lake,
    store,
    `SELECT count(*) AS rows, md5(string_agg(line, chr(10) ORDER BY line)) AS content FROM (
       SELECT to_json(event)::VARCHAR AS line FROM (SELECT * EXCLUDE (filename, _source, _record) FROM events) AS event)`,
  )
  const sums = await querySources(
    lake,
    store,
    `SELECT count(*) AS files, count(DISTINCT source_key) AS names, sum(read)::INT AS read, sum(kept)::INT AS kept,
       sum(duplicate)::INT AS duplicate, sum(quarantined)::INT AS quarantined FROM sources`,
  )
  await lake.close()
  return { rows, sums }
}

test(
  'importers, compactors, vacuums and undos, killed two and three at once: valid at every moment, complete in the end',
  async () => {
    const seed = seedOfRun()
    const random = createRandom(seed)
    const source = newFolder()
    cpSync(trails, join(source, 'a'), { recursive: true })
    // Deliveries of the same events under other names, in front and behind.
    const files = readdirSync(trails, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const [i, { parentPath, name }] of files.slice(0, 30).entries()) {
      cpSync(join(parentPath, name), join(source, i % 2 ? '0' : 'z', name))
    }
    const whole = newLakePlace()
    const lake = await openLake(whole)
    expect(await importLogs(lake, source, { into }, { inline: true })).toMatchObject({ kept: 412 })
    const wanted = await stateOf(whole)

    const done = { import: 0, compact: 0, vacuum: 0, undo: 0, ended: 0 }
    for (let killed = 0; killed < KILLS; ) {
      const place = newLakePlace()
      const first = await openLake(place)
      await importLogs(first, join(source, 'a'), { into }, { inline: true, batchBytes: 50_000 })
      await first.close()
      for (const until = Math.min(KILLS, killed + A_LAKE); killed < until; ) {
        const reader = await openLake(place, { readOnly: true })
        const imports = (await listImports(reader)).filter(({ status }) => status !== 'undone')
        await reader.close()
        const verbs = Array.from({ length: 2 + random.below(2) }, () =>
          random.pick<Verb>(['import', 'import', 'compact', 'compact', 'vacuum', 'undo']),
        )
        await Promise.all(
          verbs.map(async (verb) => {
            const child = start(verb, place, source, imports.length > 0 ? random.pick(imports).importId : undefined)
            const ended = new Promise((resolve) => child.on('close', resolve))
            // Each says when it begins.
            child.stdout!.once('data', () => setTimeout(() => child.kill('SIGKILL'), random.next() * 250))
            child.stdout!.resume()
            await ended
            if (child.signalCode !== 'SIGKILL') {
              done.ended += 1
              return
            }
            done[verb] += 1
            killed += 1
          }),
        )
        const again = await openLake(place, { readOnly: true })
        const report = await verifyLake(again, { fast: true })
        const errors = report.stores.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error'))
        expect(errors, `seed ${seed}, after ${killed}`).toEqual([])
        await again.close()
      }
      const last = await openLake(place)
      await importLogs(last, source, { into }, { inline: true })
      await compactLake(last)
      await vacuumLake(last, { graceHours: 0, force: true })
      expect(await verifyLake(last)).toMatchObject({ errors: 0 })
      expect(stagingLeft(last, await getEventDataStore(last, into))).toEqual([])
      await last.close()
      expect(await stateOf(place), `seed ${seed}`).toEqual(wanted)
      await removeLake(place)
    }
    console.log(`seed ${seed}, killed: ${JSON.stringify(done)}`)
  },
  Math.max(300_000, KILLS * 6000),
)
