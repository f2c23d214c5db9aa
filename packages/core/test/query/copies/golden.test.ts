import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTableEngine } from '../../../src/engine/table-engine.ts'
import { isTraillakeError, type Lake, openLake } from '../../../src/index.ts'
import { compareAnswer, type GoldenQuery } from '../../golden-compare.ts'
import { makeStores, readLines, whole, withStoreIds } from '../../golden-lake.ts'
import { temporaryFolder } from '../../storage/temporary.ts'
import { createSpoiler, openRemoteLake, type RemoteLake, sparseFiles } from './remote.ts'

/*
 * Every golden query over a lake whose data files are fetched in parts, while everything that was not fetched is nonsense: a query that reads a
 * byte it did not ask for answers wrong.
 */

let lake: Lake
let ids: ReadonlyMap<string, string>
let cache: string
let remote: RemoteLake

beforeAll(async () => {
  const folder = await temporaryFolder()
  lake = await openLake(folder, { create: true })
  // One file a day, whose row groups are cut small below: most files have several.
  const byDate: Lake = {
    ...lake,
    createEventDataStore: (options) => lake.createEventDataStore({ ...options, layout: 'date' }),
  }
  ids = await makeStores(byDate, ({ sources }, into) => lake.import(sources, { into, compact: false }))
  await cutRowGroups(folder)
  cache = await temporaryFolder()
  remote = await openRemoteLake(folder, cache)
}, 600_000)

afterAll(async () => {
  await remote?.close()
  await lake?.close()
})

test('no golden query reads what was not fetched for it', { timeout: 900_000 }, async () => {
  const asked = readLines<GoldenQuery>('queries.jsonl').filter((c) => whole || !c.stores.includes('$EDS_ID'))

  const wrong: string[] = []
  const spoil = createSpoiler(cache)
  let spoilt = 0
  for (const [i, c] of asked.entries()) {
    const expected = await verdict(lake, c)
    // The first time over what earlier queries left, the last over nonsense in all places that are not there.
    for (const round of [...(i % 4 === 0 ? ['unpruned'] : []), 'first', 'spoilt']) {
      const found = await verdict(remote, c, round !== 'unpruned')
      if (found !== expected) wrong.push(`${c.id} (${round}): ${found}, not ${expected}`)
      if (round !== 'first') continue
      const fresh = spoil()
      spoilt += fresh
      // What was a hole before is nonsense already.
      if (fresh === 0) break
    }
  }
  expect(wrong).toEqual([])
  expect(asked.length).toBeGreaterThan(200)
  expect(spoilt).toBeGreaterThan(1_000_000)
  const files = sparseFiles(cache)
  expect(files.some(({ filled, dataEnd }) => filled.reduce((sum, { length }) => sum + length, 0) < dataEnd / 2)).toBe(
    true,
  )
})

async function verdict(of: Pick<Lake, 'query'>, c: GoldenQuery, prune = true): Promise<string> {
  try {
    const answer = await (await of.query(withStoreIds(c.sql, ids), { rowMode: 'array', prune })).toJson()
    if (c.check === 'subset') return `${answer.rows.length} rows`
    return compareAnswer(c, answer) ?? 'right'
  } catch (error) {
    return isTraillakeError(error)
      ? error.code === 'GENERIC_INTERNAL_ERROR'
        ? String(error.cause)
        : error.code
      : String(error)
  }
}

/** Writes every data file again in row groups of 2048 rows, and what the log says of its size. */
async function cutRowGroups(folder: string): Promise<void> {
  const engine = createTableEngine({ scratch: await temporaryFolder() })
  const sizes = new Map<string, number>()
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
  for (const path of paths.filter((each) => /events\/.*\.parquet$/.test(each) && !each.includes('_delta_log'))) {
    const part = `${path}.cut`
    await engine.run(
      `COPY (SELECT * FROM read_parquet('${path}', hive_partitioning = false)) TO '${part}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`,
    )
    renameSync(part, path)
    sizes.set(path, statSync(path).size)
  }
  await engine.close()
  for (const log of paths.filter((each) => /events\/_delta_log\/\d+\.json$/.test(each))) {
    const root = dirname(dirname(log))
    const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
    const changed = lines.map((line) => {
      const action = JSON.parse(line) as { add?: { path: string; size: number } }
      const size = action.add && sizes.get(join(root, decodeURIComponent(action.add.path)))
      return JSON.stringify(size === undefined ? action : { ...action, add: { ...action.add, size } })
    })
    writeFileSync(log, `${changed.join('\n')}\n`)
  }
}
