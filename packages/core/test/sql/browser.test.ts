import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../src/sql/index.ts', import.meta.url))
/** What a page does with the translator; its answer is one text. */
const use = `
  const sql = "select eventName, count(*) n from $EDS_ID where eventTime > '2024-06-01 00:00:00' group by 1"
  let refusal
  try { lake.translate('SELECT eventNme FROM $EDS_ID') } catch (error) { refusal = [error.code, error.message, error.hint] }
  JSON.stringify({
    columns: lake.translate(sql, { now: new Date(0) }).columns.map(({ name, type }) => [name, lake.formatType(type)]),
    formatted: lake.format(sql),
    completed: lake.complete('SELECT userIdentity.ar FROM $EDS_ID', 22).items,
    refusal,
  })`
const answer = {
  columns: [
    ['eventName', 'varchar'],
    ['n', 'bigint'],
  ],
  formatted: "SELECT eventName, count(*) n FROM $EDS_ID WHERE eventTime > '2024-06-01 00:00:00' GROUP BY 1\n",
  completed: [{ label: 'arn', kind: 'field', detail: 'varchar', insert: 'arn' }],
  refusal: ['COLUMN_NOT_FOUND', "line 1:8: Column 'eventnme' cannot be resolved", 'did you mean eventname?'],
}

let script: string
beforeAll(async () => {
  const { outputFiles, errors, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'lake',
    platform: 'browser',
    logLevel: 'silent',
  })
  expect([...errors, ...warnings]).toEqual([])
  script = outputFiles[0]!.text
})

describe('the translator, bundled for a browser', () => {
  // `self` is the one name besides; a page may forbid code from strings.
  test('runs where there is nothing but the language', () => {
    const context = createContext({}, { codeGeneration: { strings: false, wasm: false } })
    runInContext('globalThis.self = globalThis', context)
    runInContext(script, context)
    expect(JSON.parse(runInContext(use, context) as string)).toEqual(answer)
  })
})
