import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../../src/errors/index.ts'
import { createEventDataStore, getEventDataStore, importLogs, storeFolders } from '../../../src/lake/index.ts'
import { type Fault, openLocalStore, withFaults } from '../../../src/storage/index.ts'
import {
  cleanUpAfterEach,
  fingerprint,
  isShort,
  keysOf,
  newFolder,
  newLakePlace,
  openLake,
  openStore,
  queryEvents,
  stagingLeft,
} from '../support.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const tuning = { inline: true, batchBytes: 12_000 }

/** A source with good and bad files, so that data, ledger and quarantine files are all written. */
function newSource(): string {
  const source = newFolder()
  cpSync(join(trails, 'layout-quirks'), source, { recursive: true })
  cpSync(join(trails, 'custodian/AWSLogs/000000000000'), join(source, 'AWSLogs/000000000000'), { recursive: true })
  return source
}

/** Imports with the nth change to the lake going wrong; gives how many changes there were, and what the import threw. */
async function importWithFault(place: string, source: string, nth: number, fault: Fault) {
  let changes = 0
  const storage = withFaults(openStore(place), ({ operation }) => {
    if (operation !== 'putFile' && operation !== 'put' && operation !== 'putIfAbsent') return undefined
    changes += 1
    return changes === nth ? fault : undefined
  })
  const lake = await openLake(storage)
  const error = await importLogs(lake, source, { into: 'org' }, tuning).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  await lake.close()
  return { changes, error }
}

async function newLake(): Promise<string> {
  const place = newLakePlace()
  const lake = await openLake(place)
  await createEventDataStore(lake, { name: 'org' })
  await lake.close()
  return place
}

const faults: readonly Fault[] = [
  { kind: 'fail', errno: 'ENOSPC' },
  { kind: 'fail', errno: 'EACCES' },
  { kind: 'lost-answer' },
  { kind: 'repeat' },
]

describe('a change to the lake that goes wrong', () => {
  test.each(faults)(
    '%o: the next import completes what this one did',
    async (fault) => {
      const source = newSource()
      const whole = await newLake()
      const { changes, error } = await importWithFault(whole, source, 0, fault)
      expect(error).toBeUndefined()
      expect(changes).toBeGreaterThan(10)
      const wholeLake = await openLake(whole)
      const wanted = await fingerprint(wholeLake, await getEventDataStore(wholeLake, 'org'))

      let failed = 0
      const step = isShort ? 7 : 1
      for (let nth = 1; nth <= changes; nth += step) {
        const place = await newLake()
        const attempt = await importWithFault(place, source, nth, fault)
        if (attempt.error !== undefined) {
          failed += 1
          expect(isTraillakeError(attempt.error), String(attempt.error)).toBe(true)
          const { kind, code } = attempt.error as { kind: string; code: string }
          expect(kind, code).toBe('EXTERNAL')
          if (fault.kind === 'fail' && fault.errno === 'ENOSPC') expect(code).toBe('STORAGE_FULL')
          if (fault.kind === 'fail' && fault.errno === 'EACCES') expect(code).toBe('STORAGE_DENIED')
        }
        const lake = await openLake(place)
        const store = await getEventDataStore(lake, 'org')
        await importLogs(lake, source, { into: 'org' }, tuning)
        expect(await fingerprint(lake, store), `change ${nth}`).toEqual(wanted)
        expect(stagingLeft(lake, store)).toEqual([])
        await lake.close()
      }
      if (fault.kind === 'fail') expect(failed).toBe(Math.ceil(changes / step))
    },
    180_000,
  )
})

test('what failed leaves no files behind that no commit names', async () => {
  const source = newSource()
  const place = await newLake()
  // The commit itself is refused: data, ledger and quarantine files are there by then.
  let commits = 0
  const storage = withFaults(openStore(place), ({ operation, key }) => {
    const isCommit = operation === 'putIfAbsent' && key.includes('/events/_delta_log/')
    return isCommit && ++commits === 1 ? { kind: 'fail', errno: 'ENOSPC' } : undefined
  })
  const lake = await openLake(storage)
  await expect(importLogs(lake, source, { into: 'org' }, { inline: true })).rejects.toMatchObject({
    code: 'STORAGE_FULL',
  })
  const store = await getEventDataStore(lake, 'org')
  const left = await keysOf(lake.storage, `${storeFolders(store.id).root}/`)
  expect(left.filter((name) => /\.(parquet|gz)$/.test(name))).toEqual([])
})

test('a source file that cannot be read is reported, not recorded, and tried again', async () => {
  const source = newSource()
  let denied = true
  const store = withFaults(openLocalStore(source), ({ operation, key }) =>
    denied && operation === 'get' && key.includes('SpacedOut') ? { kind: 'fail', errno: 'EACCES' } : undefined,
  )
  const lake = await openLake()
  const sources = [{ name: source, store }]
  const first = await importLogs(lake, source, { into: 'org' }, { ...tuning, sources })
  expect(first).toMatchObject({ filesFailed: 2, read: 12 })
  expect(first.failures.map((failure) => failure.code).sort()).toEqual(['STORAGE_DENIED', 'TRUNCATED_GZIP'])
  denied = false
  const second = await importLogs(lake, source, { into: 'org' }, { ...tuning, sources })
  expect(second).toMatchObject({ files: 1, filesFailed: 0, read: 1, duplicate: 1 })
  const [rows] = await queryEvents(lake, first.store, 'SELECT count(*) AS rows FROM events')
  expect(rows).toEqual({ rows: first.kept })
})

test('the sources are as they were', async () => {
  const source = newSource()
  const before = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('base64'))
  const lake = await openLake()
  await importLogs(lake, source, { into: 'org' }, tuning)
  const after = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('base64'))
  expect(after).toEqual(before)
})
