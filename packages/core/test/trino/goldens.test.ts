import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../src/errors/index.ts'
import { translate } from '../../src/sql/translate.ts'
import { compareAnswer, digestOf, type GoldenQuery } from '../golden-compare.ts'
import { askTrino, TrinoFailure, trinoRoot, trinoUrl } from './client.ts'
import { openSharedLake, type SharedLake } from './lake.ts'

const golden = join(import.meta.dirname, '../../../../test-data/golden/queries.jsonl')
const isReady = trinoUrl !== undefined && trinoRoot !== undefined
if (!isReady) console.warn('skipped: golden queries in Trino need TRAILLAKE_TRINO and TRAILLAKE_TRINO_ROOT')

describe.skipIf(!isReady)('target trino on a real Trino', () => {
  let shared: SharedLake
  beforeAll(async () => {
    shared = await openSharedLake(trinoUrl!, trinoRoot!)
  }, 600_000)
  afterAll(() => shared?.close())

  test('answers the golden queries', { timeout: 1_800_000 }, async () => {
    const cases = readFileSync(golden, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as GoldenQuery)
    const asked = cases.filter((c) => c.stores.every((store) => shared.ids.has(store.slice(1))))
    const failures: string[] = []
    for (const c of asked) {
      const fault = await askOne(c, shared)
      if (fault !== undefined) failures.push(`${c.id}: ${fault}`)
    }
    const skipped = cases.length - asked.length
    console.info(
      `target trino: ${asked.length - failures.length} of ${asked.length} golden queries, ${skipped} on stores that are not part of the repository\n${failures.join('\n')}`,
    )
    expect(failures).toEqual([])
  })
})

async function askOne(c: GoldenQuery, shared: SharedLake): Promise<string | undefined> {
  let sql = ''
  const ask = async (text: string) => {
    const { catalog, trinoTable, ids } = shared
    sql = translate(text, { target: 'trino', catalog, trinoTable, placeholders: Object.fromEntries(ids) }).sql
    return askTrino(sql, trinoUrl!)
  }
  try {
    const answer = await ask(c.sql)
    if (c.error) return `${answer.rows.length} rows, not ${c.error.name}`
    const fault = compareAnswer(c, answer)
    if (fault !== undefined || c.check !== 'subset') return fault && `${fault}\n    ${sql}`
    const all = await ask(c.sql.replace(/\s+LIMIT\s+\d+\s*$/i, ''))
    if (all.rows.length !== c.subset_of?.row_count || digestOf(all.rows) !== c.subset_of.sha256)
      return 'the rows to choose from are others'
    const known = new Set(all.rows.map((row) => JSON.stringify(row)))
    return answer.rows.every((row) => known.has(JSON.stringify(row))) ? undefined : 'a row that is not among those'
  } catch (error) {
    const name = error instanceof TrinoFailure ? error.errorName : isTraillakeError(error) ? error.code : 'a bug'
    if (c.error && name === c.error.name) return undefined
    return `fails with ${name}: ${(error as Error).message}\n    ${sql}`
  }
}
