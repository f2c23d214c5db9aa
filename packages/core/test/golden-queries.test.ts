import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake } from '../src/index.ts'
import { compareAnswer, digestOf, type GoldenQuery } from './golden-compare.ts'
import floor from './golden-floor.json' with { type: 'json' }
import { makeStores, readLines, stores, whole, withStoreIds } from './golden-lake.ts'

const folder = mkdtempSync(join(tmpdir(), 'traillake-golden-'))
let ids: ReadonlyMap<string, string>
let lake: Lake
/** The same lake, each query in an engine process. */
let apart: Lake

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  ids = await makeStores(lake, ({ sources }, into) => lake.import(sources, { into }))
  apart = await openLake(lake.location, { readOnly: true, isolation: 'process' })
}, 600_000)

afterAll(async () => {
  await apart?.close()
  await lake?.close()
  rmSync(folder, { recursive: true, force: true })
})

const withIds = (sql: string) => withStoreIds(sql, ids)

/** Prints what failed, and fails when fewer pass than have passed before. */
function report(what: keyof typeof floor, total: number, failures: readonly string[], skipped = 0): void {
  const passed = total - failures.length
  console.log(
    `${what}: ${passed} of ${total} pass${skipped ? `, ${skipped} skipped` : ''}\n${failures.map((f) => `  ${f}`).join('\n')}`,
  )
  const least = floor[what] - skipped
  if (passed < least) expect.fail(`${what}: ${passed} pass, ${least} did before`)
}

test.each(stores)('$name holds the events of its sources, each once', async ({ name, events }) => {
  const description = await lake.describe(name)
  expect(description.events).toBe(events)
})

describe('the answers of Trino', () => {
  test('to queries.jsonl', { timeout: 600_000 }, async () => {
    const cases = readLines<GoldenQuery>('queries.jsonl')
    const asked = cases.filter((c) => whole || !c.stores.includes('$EDS_ID'))
    const failures: string[] = []
    for (const [i, c] of asked.entries()) {
      const fault = (await askOne(c)) ?? (i % APART === 0 ? await askOne(c, { of: apart }) : undefined)
      if (fault !== undefined) failures.push(`${c.id}: ${fault}`)
    }
    report('queries', asked.length, failures, cases.length - asked.length)
    console.log(`asked again with every file read: ${askedUnpruned}`)
    if (whole) expect(askedUnpruned).toBeGreaterThan(10)
  })

  test('to refused.jsonl', { timeout: 600_000 }, async () => {
    const cases = readLines<{
      id: string
      sql: string
      kind: string
      trino_error?: string
      line?: number
      column?: number
    }>('refused.jsonl')
    const failures: string[] = []
    const elsewhere: string[] = []
    for (const c of cases) {
      const fault = await refusalOf(withIds(c.sql), c.kind === 'bad argument')
      if (typeof fault === 'string') failures.push(`${c.id}: ${fault}`)
      else if (c.trino_error !== undefined && fault.code !== c.trino_error)
        elsewhere.push(`${c.id}: ${fault.code}, Trino says ${c.trino_error}`)
    }
    console.log(
      `refused with another code than Trino's: ${elsewhere.length}\n${elsewhere.map((e) => `  ${e}`).join('\n')}`,
    )
    report('refused', cases.length, failures)
    report('refusedWithTrinosCode', cases.length, [...failures, ...elsewhere])
  })
})

let askedUnpruned = 0
/** Every fourth query is asked in an engine process as well: the words are the same, the way of the rows is not. */
const APART = 4

/** Asks, and where files were skipped, asks again with all of them. */
async function askOne(c: GoldenQuery, { prune = true, of = lake } = {}): Promise<string | undefined> {
  try {
    const result = await of.query(withIds(c.sql), { rowMode: 'array', prune })
    const answer = await result.toJson()
    if (c.error) return `${answer.rows.length} rows, not ${c.error.name}`
    const fault = compareAnswer(c, answer) ?? (c.check === 'subset' ? await compareSubset(c, answer.rows) : undefined)
    const { filesScanned, filesKnown } = result.statistics
    if (fault !== undefined || !prune || filesScanned === filesKnown) return fault
    askedUnpruned += 1
    const unpruned = await askOne(c, { prune: false, of })
    return unpruned && `with every file read: ${unpruned}`
  } catch (error) {
    const code = isTraillakeError(error) ? error.code : 'no TraillakeError'
    if (c.error && code === c.error.name) return undefined
    const cause =
      error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message.slice(0, 400)})` : ''
    return `fails with ${code}: ${error instanceof Error ? error.message.slice(0, 300) : error}${cause}`
  }
}

/** Rows of a LIMIT without an order are some of those of the same query without it. */
async function compareSubset(c: GoldenQuery, rows: readonly (readonly unknown[])[]): Promise<string | undefined> {
  const all = await (await lake.query(withIds(c.sql).replace(/\s+LIMIT\s+\d+\s*$/i, ''))).toJson()
  if (all.rows.length !== c.subset_of?.row_count || digestOf(all.rows) !== c.subset_of.sha256)
    return 'the rows to choose from are others'
  const known = new Set(all.rows.map((row) => JSON.stringify(row)))
  return rows.every((row) => known.has(JSON.stringify(row)))
    ? undefined
    : 'a row that is not among those to choose from'
}

/** The error of a statement that must not run; a text where it runs, or where the fault is not the caller's. */
async function refusalOf(sql: string, mayRun: boolean): Promise<{ readonly code: string } | string> {
  try {
    const result = await lake.query(sql, { rowMode: 'array' })
    if (!mayRun) {
      await result.close()
      return 'runs'
    }
    await result.toArray()
    return 'gives rows'
  } catch (error) {
    if (!isTraillakeError(error)) return `fails with ${error}`
    return error.kind === 'USER_ERROR' ? error : `fails with ${error.code}: ${error.message.slice(0, 200)}`
  }
}
