import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compactLake } from '../../../src/lake/compact/compact.ts'
import { type EventDataStore, type LakeContext, storeFolders } from '../../../src/lake/index.ts'
import { vacuumLake } from '../../../src/lake/vacuum/vacuum.ts'
import { cleanUpAfterEach, onS3, openLake, queryEvents } from '../support.ts'
import { allRows, allSources, newSmallFiles } from './samples.ts'

cleanUpAfterEach()

const python = process.env.TRAILLAKE_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('../programs/foreign-lake.py', import.meta.url))
const hasModules = spawnSync(python, ['-c', 'import deltalake, polars, pyarrow']).status === 0
if (!hasModules) {
  console.warn(
    `SKIPPED: ${python} lacks deltalake, polars or pyarrow; name an interpreter that has them in TRAILLAKE_PYTHON`,
  )
}

async function foreign(verb: string, lake: LakeContext, store: EventDataStore, table: 'events' | 'sources' = 'events') {
  const folder = lake.storage.localPath(storeFolders(store.id)[table])!
  const { stdout } = await promisify(execFile)(python, [program, verb, folder], { maxBuffer: 1e9 })
  return JSON.parse(stdout)
}

/** Our rows in the form of the Python program: every cell as text that both sides write alike. */
async function ours(lake: LakeContext, store: EventDataStore): Promise<unknown> {
  const rows = await queryEvents(
    lake,
    store,
    `SELECT _source, _record, eventid, strftime(eventtime, '%Y-%m-%dT%H:%M:%S.%g') AS time, useridentity.arn AS arn,
       useridentity.sessioncontext.sessionissuer.username AS issuer, eventname, readonly, account, region,
       strftime(date, '%Y-%m-%d') AS day, sha256(eventjson) AS text,
       (SELECT string_agg(k || '=' || coalesce(v, 'NULL'), '&' ORDER BY k) FROM
         (SELECT unnest(map_keys(requestparameters)) AS k, unnest(map_values(requestparameters)) AS v)) AS parameters,
       len(resources) AS resources, resources[1].arn AS first_resource
     FROM events ORDER BY _source, _record`,
  )
  return rows.map((row) => Object.values(row))
}

// They are given folders.
describe.runIf(hasModules && !onS3)('delta-rs and Polars', () => {
  test('see the same rows before and after compaction and vacuum', async () => {
    const { lake, store } = await newSmallFiles()
    const rows = await ours(lake, store)
    const before = await foreign('read', lake, store)
    expect(before['delta-rs']).toEqual(rows)
    expect(before.polars).toEqual(before['polars of delta-rs'])
    const ledger = await foreign('count', lake, store, 'sources')

    await compactLake(lake)
    const compacted = await foreign('read', lake, store)
    expect(compacted['delta-rs']).toEqual(rows)
    expect(compacted.polars).toEqual(before.polars)
    expect(compacted.files).toBeLessThan(before.files)
    expect(compacted.operations[0]).toBe('OPTIMIZE')
    expect((await foreign('count', lake, store, 'sources')).rows).toBe(ledger.rows)
    // Time travel to what was before: delta-rs by version, as long as the files are there.
    expect((await foreign('previous', lake, store)).rows).toBe(2900)

    await vacuumLake(lake, { graceHours: 0, force: true })
    const vacuumed = await foreign('read', lake, store)
    expect(vacuumed['delta-rs']).toEqual(rows)
    expect(vacuumed.polars).toEqual(before.polars)
  }, 300_000)

  test('what delta-rs appends, compacts and vacuums is read back and compacted', async () => {
    const { place, lake, store } = await newSmallFiles('date')
    const rows = await allRows(lake, store)
    const sources = await allSources(lake, store)
    // The same rows once more under other places: what another writer adds, unsorted.
    expect(await foreign('append_again', lake, store)).toEqual({ rows: 2900 })
    const appended = await allRows(lake, store)
    expect(appended).toHaveLength(5800)
    const report = await compactLake(lake)
    expect(report.failures).toEqual([])
    expect(await allRows(lake, store)).toEqual(appended)
    expect((await foreign('count', lake, store)).rows).toBe(5800)

    // It compacts what it appends, and vacuums; we read both and go on.
    await foreign('append_again', lake, store)
    const more = await allRows(lake, store)
    expect((await foreign('compact', lake, store)).numFilesRemoved).toBeGreaterThan(0)
    await foreign('vacuum', lake, store)
    const fresh = await openLake(place)
    expect(await allRows(fresh, store)).toEqual(more)
    expect((await compactLake(fresh, { minFiles: 2 })).failures).toEqual([])
    expect(await allRows(fresh, store)).toEqual(more)
    expect(await allSources(fresh, store)).toEqual(sources)
    expect(more.filter((row) => !String(row._source).includes('again'))).toEqual(rows)
  }, 300_000)
})
