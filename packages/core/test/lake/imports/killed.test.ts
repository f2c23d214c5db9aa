import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeParquet } from '../../../src/engine/write-parquet.ts'
import { LEDGER_STATISTICS, statsOf } from '../../../src/lake/file-stats.ts'
import { cleanStaging } from '../../../src/lake/import/staging.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import {
  getEventDataStore,
  importLogs,
  type LakeContext,
  projectLedger,
  storeFolders,
} from '../../../src/lake/index.ts'
import { createLocalCopies } from '../../../src/lake/local-file.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { withFaults } from '../../../src/storage/fault.ts'
import { makeAdd, makeRemove } from '../../../src/table/index.ts'
import { createRandom, seedOfRun } from '../../soak/random.ts'
import { reportOf, spawnImport } from '../processes.ts'
import {
  cleanUpAfterEach,
  copyLake,
  fingerprint,
  isShort,
  keysOf,
  newFolder,
  newLakePlace,
  openLake,
  openStore,
  queryEvents,
  removeLake,
  stagingLeft,
} from '../support.ts'
import { record, writeLog, writeText } from '../trail-files.ts'

cleanUpAfterEach()

/** More of them are hunted with TRAILLAKE_KILLS=500. */
const KILLS = Number(process.env.TRAILLAKE_KILLS ?? (isShort ? 3 : 10))
const TIMEOUT = Math.max(300_000, KILLS * 10_000)
const program = fileURLToPath(new URL('../programs/amend.mjs', import.meta.url))
const trails = fileURLToPath(new URL('../../../../../test-data/trails/invictus-2023', import.meta.url))
const inline = { inline: true, batchBytes: 1_000_000 }
const into = 'org'

interface Ended {
  readonly signal: NodeJS.Signals | null
  /** Of the work itself; undefined when it was killed. */
  readonly ms: number | undefined
  readonly last: { readonly kind: string; readonly code?: string; readonly stack?: string }
}

/** Amends in a process of its own, which is killed so long after it has begun. */
function amend(lake: string, args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, [program, lake, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last: Ended['last'] = { kind: 'nothing' }
  let begun = 0
  let ms: number | undefined
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (!line.endsWith('}')) return
    last = JSON.parse(line) as Ended['last']
    if (last.kind === 'begins') {
      begun = performance.now()
      if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    } else ms = performance.now() - begun
  })
  return new Promise((resolve) => child.on('close', (_, signal) => resolve({ signal, ms, last })))
}

/** A lake to be amended, and what makes it whole again. */
interface Sample {
  readonly place: string
  readonly args: readonly string[]
  /** Amends without being killed; again it does nothing. */
  readonly finish: (lake: LakeContext) => Promise<unknown>
}

async function killOften(sample: Sample, rounds: number): Promise<void> {
  const whole = await copyLake(sample.place)
  const { ms, last } = await amend(whole, sample.args)
  expect(last.kind, last.stack).toBe('done')
  const after = await stateOf(whole)
  const before = await stateOf(sample.place)
  expect(after).not.toEqual(before)

  const seed = seedOfRun()
  const random = createRandom(seed)
  const outcomes = { killed: 0, before: 0, after: 0 }
  for (let round = 0; round < rounds; round++) {
    const place = await copyLake(sample.place)
    // Up to the end of the work and a little beyond.
    const { signal } = await amend(place, sample.args, random.next() * ms! * 1.1)
    if (signal === 'SIGKILL') outcomes.killed += 1
    const state = await stateOf(place)
    expect([before, after], `seed ${seed}, round ${round}`).toContainEqual(state)
    outcomes[JSON.stringify(state) === JSON.stringify(after) ? 'after' : 'before'] += 1
    const lake = await openLake(place)
    await sample.finish(lake)
    await lake.close()
    expect(await stateOf(place), `seed ${seed}, round ${round}`).toEqual(after)
    const left = await openLake(place)
    const store = await getEventDataStore(left, into)
    // Where it was killed after its commit there was nothing to finish: whoever changes the store next tidies up.
    await cleanStaging(left, store.id)
    expect(stagingLeft(left, store)).toEqual([])
    await left.close()
    await removeLake(place)
  }
  expect(outcomes.killed).toBeGreaterThan(0)
  expect(outcomes.before).toBeGreaterThan(0)
}

/** What is in the lake as a reader finds it that writes nothing; nothing may be wrong with it. */
async function stateOf(place: string): Promise<object> {
  const reader = await openLake(place, { readOnly: true })
  const report = await verifyLake(reader)
  expect(report.stores[0]!.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  await reader.close()
  const lake = await openLake(place)
  const store = await getEventDataStore(lake, into)
  await projectLedger(await lake.eventsTable(store.id), await lake.sourcesTable(store.id))
  const state = await fingerprint(lake, store)
  await lake.close()
  return state
}

/** Two imports; a part of what the first one brought is delivered again in the second one. */
async function twoImports(): Promise<{ place: string; firstImport: string }> {
  const [place, first, later] = [newLakePlace(), newFolder(), newFolder()]
  const files = readdirSync(trails, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  files.slice(0, 30).forEach((entry, i) => {
    const from = join(entry.parentPath, entry.name)
    cpSync(from, join(first, entry.name))
    // Some in both, some only later.
    if (i < 10) cpSync(from, join(later, `twin-${entry.name}`))
  })
  for (const entry of files.slice(30, 40)) cpSync(join(entry.parentPath, entry.name), join(later, entry.name))
  const lake = await openLake(place)
  const { importId } = await importLogs(lake, first, { into }, inline)
  const second = await importLogs(lake, later, { into }, inline)
  expect(second.duplicate).toBeGreaterThan(0)
  await lake.close()
  return { place, firstImport: importId }
}

test(
  'an undo that is killed is done or not begun',
  async () => {
    const { place, firstImport } = await twoImports()
    await killOften(
      {
        place,
        args: ['undo', '{}', firstImport],
        finish: (lake) =>
          undoImport(lake, firstImport).catch((error: { code: string }) => expect(error.code).toBe('IMPORT_NOT_FOUND')),
      },
      KILLS,
    )
  },
  TIMEOUT,
)

test(
  'a retry that is killed is done or not begun',
  async () => {
    const [place, source, early] = [newLakePlace(), newFolder(), newFolder()]
    const ids = Array.from({ length: 300 }, (_, i) => String(i))
    writeLog(
      early,
      'a',
      ids.map((id) => ({ id })),
    )
    const records = ids.map((id) => JSON.stringify(record({ id, name: 'Other' })))
    for (let file = 0; file < 5; file++) {
      writeText(source, `b${file}`, `{"Records":[null,${records.slice(file * 60, file * 60 + 60).join(',')}]}`)
    }
    const broken = join(source, 'broken.json.gz')
    mkdirSync(dirname(broken), { recursive: true })
    const sound = gzipSync(JSON.stringify({ Records: ids.map((id) => record({ id: `n${id}` })) }))
    writeFileSync(broken, sound.subarray(0, 500))
    const lake = await openLake(place)
    const { importId } = await importLogs(lake, early, { into }, inline)
    expect(await importLogs(lake, source, { into }, inline)).toMatchObject({ quarantined: 305, filesFailed: 1 })
    await undoImport(lake, importId)
    await lake.close()
    writeFileSync(broken, sound)
    await killOften({ place, args: ['retry', '{}'], finish: (again) => retryQuarantine(again) }, KILLS)
  },
  TIMEOUT,
)

test('an import that comes to its commit after an undo counts nothing as a duplicate of what is gone', async () => {
  const [place, copy] = [newLakePlace(), newFolder()]
  cpSync(trails, copy, { recursive: true })
  const lake = await openLake(place)
  const { importId } = await importLogs(lake, trails, { into }, inline)
  const store = await getEventDataStore(lake, into)
  // The first commit of the second import waits until the undo is done: its events have been compared by then.
  let undone: Promise<unknown> | undefined
  const other = await openLake(
    withFaults(openStore(place), async ({ operation, key }) => {
      if (operation === 'putIfAbsent' && key.startsWith(`${storeFolders(store.id).events}/_delta_log/`)) {
        undone ??= undoImport(lake, importId)
        await undone
      }
      return undefined
    }),
  )
  const report = await importLogs(other, copy, { into }, { ...inline, batchBytes: 400_000 })
  expect(await undone).toMatchObject({ events: 2900, restored: [] })
  expect(report).toMatchObject({ read: 2900, kept: 2900, duplicate: 0 })
  expect(await queryEvents(lake, store, 'SELECT count(*) AS rows, count(DISTINCT eventid) AS ids FROM events')).toEqual(
    [{ rows: 2900, ids: 2900 }],
  )
  expect(await verifyLake(lake)).toMatchObject({ errors: 0, warnings: 0 })
}, 120_000)

test('an undo beside an import that goes on loses nothing', async () => {
  const [place, copy] = [newLakePlace(), newFolder()]
  cpSync(trails, copy, { recursive: true })
  const lake = await openLake(place)
  const { importId } = await importLogs(lake, trails, { into }, inline)
  let undone: Promise<unknown> | undefined
  const { ended } = spawnImport(place, copy, {
    tuning: { batchBytes: 200_000 },
    onEvent(event) {
      if (event.kind === 'committed') undone ??= undoImport(lake, importId)
    },
  })
  expect(reportOf(await ended)).toMatchObject({ read: 2900, filesFailed: 0 })
  expect(await undone).toMatchObject({ events: 2900 })
  const store = await getEventDataStore(lake, into)
  expect(await queryEvents(lake, store, 'SELECT count(*) AS rows, count(DISTINCT eventid) AS ids FROM events')).toEqual(
    [{ rows: 2900, ids: 2900 }],
  )
  expect(await verifyLake(lake)).toMatchObject({ errors: 0, warnings: 0 })
}, 120_000)

test('a ledger that is compacted before it takes an undo over loses the same rows', async () => {
  const { place, firstImport } = await twoImports()
  const lake = await openLake(place)
  const store = await getEventDataStore(lake, into)
  const { sources: root } = storeFolders(store.id)
  const log = `${root}/_delta_log/`
  const known = new Set(await keysOf(lake.storage, log))
  await undoImport(lake, firstImport)
  const wanted = await fingerprint(lake, store)
  // As if the process had been killed before the ledger followed.
  for (const key of await keysOf(lake.storage, log)) if (!known.has(key)) await lake.storage.delete(key)
  await lake.close()

  const other = await openLake(place)
  const sources = await other.sourcesTable(store.id)
  const snapshot = await sources.refresh()
  const files = [...snapshot.files.values()]
  const path = join(newFolder(), 'joined.parquet')
  const paths = await createLocalCopies(other.storage, other.engine.scratch)(files.map((file) => file.key))
  const list = paths.map((one) => `'${one}'`).join(', ')
  const written = await other.engine.withConnection((connection) =>
    writeParquet(connection, { query: `SELECT * FROM read_parquet([${list}], hive_partitioning=false)`, path }),
  )
  const { size, modifiedMs } = await other.storage.putFile(`${root}/joined.parquet`, path)
  const add = makeAdd({
    ...{ name: 'joined.parquet', partitionValues: {}, size, modifiedMs, dataChange: false },
    stats: statsOf(written, LEDGER_STATISTICS),
  })
  await sources.commit({
    snapshot,
    actions: [
      ...files.map((file) => ({ remove: makeRemove(file, { deletionTimestampMs: Date.now(), dataChange: false }) })),
      { add },
    ],
    commitInfo: { operation: 'OPTIMIZE' },
  })
  await projectLedger(await other.eventsTable(store.id), sources)
  expect(await fingerprint(other, store)).toEqual(wanted)
  expect(await verifyLake(other)).toMatchObject({ errors: 0 })
})
