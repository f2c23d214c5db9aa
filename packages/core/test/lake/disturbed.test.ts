import { execFile } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openLake as openWholeLake } from '../../src/index.ts'
import { compactLake } from '../../src/lake/compact/compact.ts'
import { damagedFile } from '../../src/lake/damaged-file.ts'
import { listImports } from '../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../src/lake/imports/undo.ts'
import { getEventDataStore, importLogs } from '../../src/lake/index.ts'
import { vacuumLake } from '../../src/lake/vacuum/vacuum.ts'
import { verifyLake } from '../../src/lake/verify/verify.ts'
import type { ObjectStore } from '../../src/storage/index.ts'
import {
  cleanUpAfterEach,
  fingerprint,
  keysOf,
  newFolder,
  newLakePlace,
  onS3,
  openLake,
  openStore,
  queryEvents,
  storageOptions,
} from './support.ts'

cleanUpAfterEach()
afterEach(() => {
  vi.useRealTimers()
})

const trails = fileURLToPath(new URL('../../../../test-data/trails', import.meta.url))
const inline = { inline: true, batchBytes: 50_000 }
const into = 'org'

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** Sets this process's clock; what the disk writes down of files keeps to its own. */
function setClock(time: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) })
}

describe('a clock that is wrong or steps', () => {
  test('imports, compaction and vacuum at odd times lose nothing and read nothing twice', async () => {
    const source = newFolder()
    cpSync(join(trails, 'panther-org'), source, { recursive: true })
    const times = ['1970-01-01T00:00:00Z', '2106-02-07T06:28:16Z', '2038-01-19T03:14:08Z', '1999-12-31T23:59:59Z']
    for (const [i, file] of filesBelow(source).entries()) {
      const time = new Date(times[i % times.length]!)
      utimesSync(file, time, time)
    }
    const place = newLakePlace()
    const [lake, other] = [await openLake(place), await openLake()]
    await importLogs(other, source, { into, layout: 'date' }, inline)
    const wanted = await fingerprint(other, await getEventDataStore(other, into))

    const accounts = join(source, 'AWSLogs/o-pantherdemo')
    const parts = readdirSync(accounts).map((name) => join(accounts, name))
    const clocks = ['2060-01-01T00:00:00Z', '1990-01-01T00:00:00Z', '2026-11-21T00:00:00Z', '1971-01-01T00:00:00Z']
    const versions: number[] = []
    for (const [i, clock] of clocks.entries()) {
      setClock(clock)
      versions.push((await importLogs(lake, parts[i]!, { into, layout: 'date' }, inline)).version)
      await vacuumLake(lake)
    }
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    for (const clock of [clocks[1]!, clocks[0]!]) {
      setClock(clock)
      await importLogs(lake, source, { into, layout: 'date' }, inline)
      expect(await importLogs(lake, source, { into, layout: 'date' }, inline)).toMatchObject({ read: 0, files: 0 })
    }
    const store = await getEventDataStore(lake, into)
    expect(await fingerprint(lake, store)).toEqual(wanted)
    setClock(clocks[1]!)
    expect((await compactLake(lake)).stores[0]!.events.filesRemoved).toBeGreaterThan(0)
    setClock(clocks[0]!)
    // All that the earlier clocks left unnamed looks old by now; what is named stays.
    await vacuumLake(lake)
    vi.useRealTimers()
    const fresh = await openLake(place)
    expect(await fingerprint(fresh, store)).toEqual(wanted)
    expect(await verifyLake(fresh)).toMatchObject({ errors: 0 })
  }, 120_000)

  test('an undo finds its import whatever the clock said', async () => {
    const lake = await openLake()
    setClock('2060-01-01T00:00:00Z')
    const first = await importLogs(lake, join(trails, 'versions'), { into }, inline)
    setClock('1990-01-01T00:00:00Z')
    const second = await importLogs(lake, join(trails, 'custodian'), { into }, inline)
    expect(await undoImport(lake, first.importId)).toMatchObject({ events: first.kept })
    const [count] = await queryEvents(lake, second.store, 'SELECT count(*) AS rows FROM events')
    expect(count).toEqual({ rows: second.kept })
    const listed = (await listImports(lake)).map(({ importId, status }) => `${importId} ${status}`)
    expect(listed.sort()).toEqual([`${first.importId} undone`, `${second.importId} imported`].sort())
    vi.useRealTimers()
    expect(await verifyLake(lake)).toMatchObject({ errors: 0 })
  })
})

describe('a lake that may not be written to', () => {
  const program = fileURLToPath(new URL('./programs/denied.mjs', import.meta.url))
  const reads = { query: 20, describe: 20, verify: 0, 'dry run': 22 }
  const writes = ['import', 'create', 'undo', 'compact', 'vacuum'] as const

  async function newLake() {
    const [place, source] = [newLakePlace(), newFolder()]
    cpSync(join(trails, 'custodian'), source, { recursive: true })
    const lake = await openLake(place)
    const { importId } = await importLogs(lake, join(trails, 'versions'), { into }, inline)
    const state = async () => {
      const keys = await keysOf(lake.storage)
      return Promise.all(keys.map(async (key) => `${key} ${(await lake.storage.get(key)).toString('base64')}`))
    }
    return { place, source, importId, state }
  }

  test('readOnly: what reads works, what writes is refused, nothing changes', async () => {
    const { place, source, importId, state } = await newLake()
    const before = await state()
    const options = JSON.stringify({ ...storageOptions, readOnly: true })
    const { stdout } = await promisify(execFile)(process.execPath, [program, place, source, importId, options])
    const refused = Object.fromEntries(writes.map((name) => [name, 'LAKE_READ_ONLY']))
    expect(JSON.parse(stdout)).toEqual({ ...reads, ...refused })
    expect(await state()).toEqual(before)
  })

  // In S3: s3/faults.test.ts.
  test.skipIf(onS3)('a folder without the right to write: the same, said by the storage', async () => {
    const { place: folder, source, importId, state } = await newLake()
    const before = await state()
    const folders = [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))]
    for (const path of folders) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444)
    chmodSync(source, 0o755)
    try {
      // Rights do not hold for root, who can become somebody else.
      const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
      for (const options of ['{}', '{"readOnly":true}']) {
        const { stdout } = await promisify(execFile)(process.execPath, [program, folder, source, importId, options], {
          ...asNobody,
        })
        const came = JSON.parse(stdout) as Record<string, unknown>
        expect(came, options).toMatchObject(reads)
        const code = options === '{}' ? 'STORAGE_DENIED' : 'LAKE_READ_ONLY'
        // Nothing is there to join or to delete.
        for (const name of ['import', 'create', 'undo']) expect([name, came[name]], options).toEqual([name, code])
        for (const name of ['compact', 'vacuum']) expect([[], code], name).toContainEqual(came[name])
      }
    } finally {
      for (const path of folders) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644)
    }
    expect(await state()).toEqual(before)
  })
})

describe('data files that go while they are used', () => {
  const COUNT = `SELECT count(eventName) FROM ${into}`
  const damaged = { code: 'DATA_FILE_DAMAGED', kind: 'EXTERNAL', hint: expect.stringContaining('traillake verify') }

  test('a query: all rows or an error that names a file, and all rows once they are back', async () => {
    const place = newLakePlace()
    const storage = openStore(place)
    // In S3 without copies of what was read before.
    const open = () => openWholeLake(place, { ...storageOptions, create: true, cacheDirectory: newFolder() })
    let lake = await open()
    try {
      await lake.import(join(trails, 'panther-org'), { into, compact: false })
      const files = (await keysOf(storage)).filter((key) => /events.*\.parquet$/.test(key))
      expect(files.length).toBeGreaterThan(5)
      for (const gone of [files.slice(0, 1), files]) {
        const result = await lake.query(`SELECT eventID, eventJson FROM ${into}`, { rowMode: 'array' })
        const bytes = new Map<string, Buffer>()
        for (const key of gone) {
          bytes.set(key, await storage.get(key))
          await storage.delete(key)
        }
        const rows = await result.toArray().catch((error: unknown) => error)
        if (Array.isArray(rows)) expect(rows).toHaveLength(412)
        else expect(rows).toMatchObject({ ...damaged, message: expect.stringContaining('.parquet') })
        await lake.close()
        lake = await open()
        await expect(lake.query(COUNT).then((next) => next.toArray())).rejects.toMatchObject({
          ...damaged,
          message: expect.stringMatching(/\.parquet is missing or damaged: nothing is there$/),
        })
        for (const [key, content] of bytes) await storage.put(key, content)
        const back = await (await lake.query(COUNT, { rowMode: 'array' })).toArray()
        expect(back).toEqual([[412]])
      }
    } finally {
      await lake.close()
    }
  })

  type Look = () => ReturnType<ObjectStore['head']>

  /** A lake of many small files; `onHead` is called where one is looked for. */
  async function smallFiles(onHead = (_key: string, look: Look) => look()) {
    const storage = openStore(newLakePlace())
    const lake = await openLake({ ...storage, head: (key) => onHead(key, () => storage.head(key)) })
    await importLogs(lake, join(trails, 'panther-org'), { into, layout: 'date' }, inline)
    const store = await getEventDataStore(lake, into)
    const files = async () => [...(await (await lake.eventsTable(store.id)).refresh()).files.values()]
    return { lake, store, files }
  }

  test.each(['before it is looked for', 'after it was found'])(
    'a compaction, %s: the file is named, its partition stays, the rest is joined',
    async (when) => {
      let victim = ''
      const { lake, files } = await smallFiles(async (key, look) => {
        if (key !== victim) return look()
        const found = await look()
        await lake.storage.delete(key)
        return when.startsWith('before') ? look() : found
      })
      const before = await files()
      const partition = (file: (typeof before)[number]) => file.partitionValues.date
      const shared = before.filter((file) => before.filter((one) => partition(one) === partition(file)).length > 1)
      expect(new Set(shared.map(partition)).size).toBeGreaterThan(1)
      victim = shared.at(-1)!.key
      const report = await compactLake(lake)
      const { message } = damagedFile(victim, 'nothing is there')
      expect(report.failures).toMatchObject([{ file: victim, code: 'DATA_FILE_DAMAGED', reason: message }])
      const after = await files()
      expect(after.filter((file) => partition(file) === partition(shared.at(-1)!)).length).toBeGreaterThan(1)
      expect(after.length).toBeLessThan(before.length)
      expect(await verifyLake(lake)).toMatchObject({ errors: expect.any(Number), ok: false })
    },
  )

  // In S3 copies are read, which do not go.
  test.skipIf(onS3).each(['data', 'events', 'raw', 'texts'] as const)(
    'a verification, in its stage %s: said, not thrown',
    async (stage) => {
      const { lake, files } = await smallFiles()
      const [first, ...others] = (await files()).map((file) => file.key)
      const victims = stage === 'raw' ? others : [first!]
      let told = false
      const report = await verifyLake(lake, {
        // Without raw files every event is compared with its own text.
        raw: stage !== 'texts',
        onProgress: (progress) => {
          if (progress.stage !== stage || told) return
          told = true
          for (const key of victims) rmSync(lake.storage.localPath(key)!)
        },
      })
      expect(told).toBe(true)
      const findings = report.stores[0]!.findings.filter(({ severity }) => severity === 'error')
      const missing = findings.filter(({ code }) => code === 'FILE_MISSING').map(({ place }) => place)
      // What had been read to its end by then is not missed any more.
      if (stage === 'events' || stage === 'texts') expect(missing).toEqual(victims)
      for (const place of missing) expect(victims).toContain(place)
      expect((await verifyLake(lake, { fast: true })).errors).toBeGreaterThanOrEqual(victims.length)
    },
  )

  test.skipIf(onS3)('a ledger file under a verification: the error names it', async () => {
    const { lake, store } = await smallFiles()
    const [ledger] = [...(await (await lake.sourcesTable(store.id)).refresh()).files.values()]
    const verified = verifyLake(lake, {
      onProgress: ({ stage, done }) => {
        if (stage === 'data' && done === 0) rmSync(lake.storage.localPath(ledger!.key)!)
      },
    })
    await expect(verified).rejects.toMatchObject({ ...damaged, message: expect.stringContaining(ledger!.path) })
  })
})
