import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake as openWholeLake } from '../../src/index.ts'
import { compactLake } from '../../src/lake/compact/compact.ts'
import type { ImportTuning } from '../../src/lake/import/import-plan.ts'
import { type EventDataStore, type ImportOptions, importLogs, type LakeContext } from '../../src/lake/index.ts'
import { verifyLake } from '../../src/lake/verify/verify.ts'
import { compareAnswer, type GoldenQuery } from '../golden-compare.ts'
import { makeStores, readLines, whole, withStoreIds } from '../golden-lake.ts'
import { createRandom, seedOfRun } from '../soak/random.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import {
  cleanUpAfterEach,
  isShort,
  newFolder,
  newLakePlace,
  openLake,
  queryEvents,
  querySources,
  type Row,
  storageOptions,
} from './support.ts'

const trails = fileURLToPath(new URL('../../../../test-data/trails', import.meta.url))
const random = createRandom(seedOfRun())
/** Otherwise one of four golden queries, and the largest store is left out. */
const asksAll = process.env.TRAILLAKE_SOAK === '1'
const A_TURN = isShort ? 12 : 4

function shuffle<T>(items: readonly T[]): readonly T[] {
  const mixed = [...items]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!]
  }
  return mixed
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** Every file of a store's sources, cut into parts of about the same number. */
function inParts(files: readonly string[], parts: number): readonly (readonly string[])[] {
  const size = Math.ceil(files.length / parts)
  return Array.from({ length: Math.ceil(files.length / size) }, (_, i) => files.slice(i * size, (i + 1) * size))
}

cleanUpAfterEach()

describe('however logs are imported', () => {
  const sets = ['invictus-2023', 'panther-org', 'synthetic-org', 'versions', 'layout-quirks'].map((set) =>
    join(trails, set),
  )
  let source: string
  let files: readonly string[]
  let wanted: object

  interface Way {
    readonly name: string
    readonly options?: Partial<ImportOptions>
    readonly tuning?: ImportTuning
    /** What each import is given; default: all of it at once. */
    readonly imports?: () => readonly (string | readonly string[])[]
  }

  interface Outcome {
    readonly store: EventDataStore
    readonly same: object
  }

  const ways: readonly Way[] = [
    { name: 'one worker thread', options: { workers: 1 } },
    { name: 'two worker threads, small batches', options: { workers: 2 }, tuning: { batchBytes: 200_000 } },
    { name: 'four worker threads, small batches', options: { workers: 4 }, tuning: { batchBytes: 150_000 } },
    {
      name: 'the last files as streams, by date',
      options: { layout: 'date' },
      tuning: { inline: true, heldBytes: 4_500_000 },
    },
    { name: 'in parts of any order', tuning: { inline: true }, imports: () => inParts(shuffle(files), 4) },
    { name: 'twice', options: { workers: 2 }, tuning: { batchBytes: 1_000_000 }, imports: () => [source, source] },
  ]

  /** What must be the same: rows without their origin, totals, and of every raw file what it is and how many records it has. */
  async function outcomeOf(lake: LakeContext, { imports, options, tuning }: Way): Promise<Outcome> {
    const counts = { read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0, files: 0, filesFailed: 0 }
    const names = Object.keys(counts) as (keyof typeof counts)[]
    let store: EventDataStore | undefined
    for (const from of imports?.() ?? [source]) {
      const report = await importLogs(lake, from, { into: 'org', ...options }, tuning)
      for (const name of names) counts[name] += report[name]
      store = report.store
    }
    const sources = await querySources(
      lake,
      store!,
      'SELECT source_key, size, sha256, kind, status, error_code, read, filtered FROM sources ORDER BY source_key',
    )
    // Where an event lies is of the layout, which delivery of it stays is of the order: `verify` judges both.
    const rows = await contentOf(lake, store!, ['filename', '_source', '_record', 'account', 'region'])
    return { store: store!, same: { counts, rows, sources } }
  }

  function contentOf(lake: LakeContext, store: EventDataStore, without: readonly string[]): Promise<readonly Row[]> {
    const names = without.map((name) => `'${name}'`).join(', ')
    return queryEvents(
      lake,
      store,
      `SELECT count(*) AS rows, md5(string_agg(line, chr(10) ORDER BY line)) AS content
       FROM (SELECT to_json(event)::VARCHAR AS line FROM (SELECT COLUMNS(name -> name NOT IN (${names})) FROM events) AS event)`,
    )
  }

  beforeAll(async () => {
    source = await temporaryFolder()
    for (const set of sets) cpSync(set, join(source, 'a', set.slice(trails.length + 1)), { recursive: true })
    // Deliveries of the same events under other names, before and behind the first ones.
    for (const [i, file] of filesBelow(sets[0]!).slice(0, 20).entries()) {
      cpSync(file, join(source, i % 2 ? '0' : 'z', file.slice(trails.length + 1)))
    }
    files = filesBelow(source)
    const reference = { name: 'in one batch', tuning: { inline: true, batchBytes: 2 ** 30 } }
    wanted = (await outcomeOf(await openLake(), reference)).same
    expect(wanted).toMatchObject({ counts: { filesFailed: 1 }, rows: [{ rows: 3425 }] })
  }, 120_000)

  test.each(isShort ? [ways[1]!, ways.at(-1)!] : ways)(
    '$name: the same rows and totals, and compaction changes nothing',
    async (way) => {
      const lake = await openLake()
      const { store, same } = await outcomeOf(lake, way)
      expect(same).toEqual(wanted)
      // These have many small files.
      if (!way.imports && !way.tuning?.batchBytes) return
      const before = await contentOf(lake, store, ['filename'])
      const [events] = (await compactLake(lake)).stores.map((done) => done.events)
      expect(await contentOf(lake, store, ['filename'])).toEqual(before)
      // The last ones stand for all: reading everything again takes a while.
      if (way === ways.at(-1)) expect(await verifyLake(lake)).toMatchObject({ errors: 0 })
      expect(events!.filesRemoved).toBeGreaterThan(events!.filesAdded)
    },
    120_000,
  )
})

describe('the golden queries of a lake that was made piece by piece and compacted', () => {
  test('have the answers of Trino', async () => {
    const lake = await openWholeLake(newLakePlace(), { ...storageOptions, create: true, cacheDirectory: newFolder() })
    try {
      const ids = await makeStores(lake, async ({ name, sources }, into) => {
        if (name === 'everything' && !asksAll) return
        const files = shuffle(sources.flatMap((path) => (/\.gz$/.test(path) ? path : filesBelow(path))))
        for (const [i, part] of inParts(files, 3).entries()) {
          await lake.import(part, { into, workers: [1, 2, 4][i % 3]!, compact: false })
        }
      })
      const { stores, failures } = await lake.compact()
      expect(failures).toEqual([])
      for (const { store, events } of stores) {
        if (['invictus', 'small.sets'].includes(store.name)) expect(events.filesRemoved, store.name).toBeGreaterThan(0)
      }
      const faults: string[] = []
      let turn = 0
      let asked = 0
      for (const golden of readLines<GoldenQuery>('queries.jsonl')) {
        if (golden.stores.length === 0 || (!(asksAll && whole) && golden.stores.includes('$EDS_ID'))) continue
        turn += 1
        if (!asksAll && turn % A_TURN !== 0) continue
        asked += 1
        const fault = await faultOf(golden, () => lake.query(withStoreIds(golden.sql, ids), { rowMode: 'array' }))
        if (fault !== undefined) faults.push(`${golden.id}: ${fault}`)
      }
      console.log(`golden queries after compaction: ${asked}`)
      expect(faults).toEqual([])
      expect(asked).toBeGreaterThan(isShort ? 20 : 60)
    } finally {
      await lake.close()
    }
  }, 300_000)
})

async function faultOf(golden: GoldenQuery, ask: () => ReturnType<Lake['query']>): Promise<string | undefined> {
  try {
    const answer = await (await ask()).toJson()
    return golden.error ? `${answer.rows.length} rows, not ${golden.error.name}` : compareAnswer(golden, answer)
  } catch (error) {
    if (golden.error && isTraillakeError(error) && error.code === golden.error.name) return undefined
    return String(error)
  }
}
