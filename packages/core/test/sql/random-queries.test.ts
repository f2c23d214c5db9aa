import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake } from '../../src/index.ts'
import { translate } from '../../src/sql/translate.ts'
import { createQueryWriter } from '../trino/generate/queries.ts'

const seed = Number(process.env.TRAILLAKE_RANDOM_SEED ?? 1)
const count = Number(process.env.TRAILLAKE_RANDOM_QUERIES ?? 400)
const folder = mkdtempSync(join(tmpdir(), 'traillake-random-'))
let lake: Lake
let id: string

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true, threads: 1 })
  id = (await lake.createEventDataStore({ name: 'samples' })).id
  await lake.import(join(import.meta.dirname, '../../../../test-data/trails/aws-docs'), { into: id })
})
afterAll(async () => {
  await lake?.close()
  rmSync(folder, { recursive: true, force: true })
})

test(`${count} random queries of seed ${seed} have answers, or errors in Lake's words`, {
  timeout: 600_000,
}, async () => {
  const writer = createQueryWriter(seed, { store: '$STORE' })
  const faults: string[] = []
  const outcomes = { rows: 0, errors: 0, refused: 0 }
  for (let i = 0; i < count; i++) {
    const { sql } = writer.next()
    try {
      await (await lake.query(sql, { rowMode: 'array', placeholders: { STORE: id } })).toJson()
      outcomes.rows++
    } catch (error) {
      const isOurs = isTraillakeError(error)
      if (isOurs && error.kind === 'USER_ERROR') outcomes[error.code === 'NOT_SUPPORTED' ? 'refused' : 'errors']++
      else
        faults.push(
          `${sql}\n    ${isOurs ? `${error.code} ${error.message} ${error.cause ?? ''}` : error}`.slice(0, 2000),
        )
      continue
    }
    // What runs here has a text for Trino, too.
    translate(sql, { target: 'trino', placeholders: { STORE: id } })
  }
  console.info(`random queries, seed ${seed}: ${JSON.stringify(outcomes)}`)
  expect(faults).toEqual([])
  // A generator of nothing but errors would prove nothing.
  expect(outcomes.rows).toBeGreaterThan(count * 0.4)
})
