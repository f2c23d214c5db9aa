import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bombOf, bombOfMembers } from '../soak/bombs.ts'
import { checkMutants, type Way } from '../soak/check-mutants.ts'
import { KINDS, makeMutants, type Origin, toOrigin } from '../soak/mutate.ts'
import { createRandom, seedOfRun } from '../soak/random.ts'
import { cleanUpAfterEach } from './support.ts'

cleanUpAfterEach()

/** More of them are made with TRAILLAKE_MUTANTS=20000, which takes the files beside the repository as well. */
const MUTANTS = Number(process.env.TRAILLAKE_MUTANTS ?? 200)
const isLong = process.env.TRAILLAKE_MUTANTS !== undefined
const A_LAKE = 1000
const MAX_RSS = 1_000_000_000

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folders = [join(root, 'test-data/trails'), ...(isLong ? [join(root, '../shared/data')] : [])]

function readOrigins(): readonly Origin[] {
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.json(\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return files
    .map((file) => readFileSync(file))
    .flatMap((bytes) => (bytes.length < 12_000 ? (toOrigin(bytes) ?? []) : []))
}

const ways: readonly Way[] = [
  { options: { layout: 'date' } },
  // Many batches, and files that are read as streams.
  { options: { layout: 'account-region-date', workers: 2 }, tuning: { batchBytes: 400_000, heldBytes: 0 } },
]

test(
  `every one of ${MUTANTS} damaged files is accounted for`,
  async () => {
    const seed = seedOfRun()
    const random = createRandom(seed)
    const origins = readOrigins()
    const outcomes = new Map<string, number>()
    let read = 0
    let peak = 0
    for (let made = 0, lake = 0; made < MUTANTS; lake++) {
      const count = Math.min(A_LAKE, Math.ceil(MUTANTS / 2), MUTANTS - made)
      const some = makeMutants(origins, random, count)
      const at = `seed ${seed}, mutants from ${made}`
      const result = await checkMutants(some, ways[lake % ways.length]!).catch((error: Error) => {
        error.message = `${at}: ${error.message}`
        throw error
      })
      for (const [code, count] of result.outcomes) outcomes.set(code, (outcomes.get(code) ?? 0) + count)
      read += result.report.read
      peak = Math.max(peak, result.peakRssBytes)
      made += some.length
      if (isLong) console.log(`${made} mutants, ${read} records, peak ${Math.round(result.peakRssBytes / 1e6)} MB`)
    }
    const told = [...outcomes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${code}`)
    console.log(
      `seed ${seed}: ${MUTANTS} mutants of ${origins.length} files, ${KINDS.length} kinds; ${told.join(', ')}`,
    )
    expect(peak).toBeLessThan(MAX_RSS)
    // A mutator that damages nothing, or everything, would prove nothing.
    expect(outcomes.get('imported log')).toBeGreaterThan(MUTANTS / 10)
    for (const code of ['CORRUPT_GZIP', 'TRUNCATED_GZIP', 'MALFORMED_JSON', 'TRAILING_DATA']) {
      expect(outcomes.get(code) ?? 0, code).toBeGreaterThan(0)
    }
  },
  60_000 + MUTANTS * 300,
)

const RECORD = '{"eventTime":"2024-05-01T00:00:00Z","eventID":"a"}'
const bombs: Readonly<Record<string, () => Buffer>> = {
  'in a text': () => bombOf(`{"Records":[${RECORD},{"a":"`, 48, 10, '"}]}'),
  'of levels': () => bombOf(`{"Records":[${RECORD},{"a":`, 91, 10, '}]}'),
  'in place of an entry': () => bombOf(`{"Records":[${RECORD},`, 0, 10, ']}'),
  // These are read up to the most that a file may hold: 4 GB of white space, of nothing.
  ...(isLong
    ? {
        'between entries': () => bombOf(`{"Records":[${RECORD}`, 32, 10, ']}'),
        'of nothing else': () => bombOf('', 0, 10, ''),
        'of many members': () => bombOfMembers(10),
      }
    : {}),
}

test('bombs of 10 GB are refused in bounded memory', async () => {
  const files = Object.entries(bombs).map(([kind, make]) => ({ kind, bytes: make() }))
  for (const { bytes } of files) expect(bytes.length).toBeLessThan(12_000_000)
  const { report, peakRssBytes } = await checkMutants(files, {})
  console.log(`bombs: peak ${Math.round(peakRssBytes / 1e6)} MB, ${report.elapsedMs} ms`)
  expect(report).toMatchObject({ filesFailed: files.length, read: 0 })
  expect(peakRssBytes).toBeLessThan(MAX_RSS)
}, 600_000)
