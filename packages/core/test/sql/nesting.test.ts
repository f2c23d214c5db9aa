import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../src/errors/index.ts'
import { translate } from '../../src/sql/translate.ts'
import { nested } from './nested-texts.ts'

/** What becomes of a text: `translated`, or the refusal's code and whether it has a place; anything else passes through. */
function outcome(sql: string): string {
  try {
    translate(sql)
    return 'translated'
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    return `${error.code} ${error.line !== undefined && error.span !== undefined ? 'at a place' : 'nowhere'}`
  }
}

const refused = 'NOT_SUPPORTED at a place'

describe('nested', () => {
  test.each(Object.entries(nested))('%s: translated or refused at a place', (_, text) => {
    // Work that doubles with every level would not end at 30.
    for (let depth = 1; depth < 200; depth += depth < 30 ? 1 : 23) expect(outcome(text(depth))).not.toMatch(/nowhere/)
    expect(outcome(text(1_000))).toBe(refused)
    const unit = (text(200).length - text(100).length) / 100
    expect(outcome(text(Math.floor(1_000_000 / unit)))).toBe(refused)
  })
})

// What the tree's depth allows must fit the stack in every later stage too.
test.each([
  ['arithmetic', (n: number) => `SELECT 1${' + 1'.repeat(n)}`],
  ['concatenations', (n: number) => `SELECT 'a'${" || 'a'".repeat(n)}`],
  ['unions', (n: number) => `SELECT 1${' UNION ALL SELECT 1'.repeat(n)}`],
  ['joins', (n: number) => `SELECT 1 FROM (VALUES 1) t${' CROSS JOIN (VALUES 1) u'.repeat(n)}`],
  ['types', (n: number) => `SELECT CAST(NULL AS bigint${' array'.repeat(n)})`],
])('a chain of %s: translated, and refused at a place', (_, text) => {
  expect(outcome(text(950))).toBe('translated')
  expect(outcome(text(1_100))).toBe(refused)
})

test('in a worker thread, with the stack it has by default and with less', async () => {
  const texts = Object.values(nested).flatMap((text) => [50, 100, 180, 1_000].map(text))
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(({ translate }) => {
      parentPort.postMessage(workerData.texts.map((text) => {
        try {
          translate(text)
          return 'translated'
        } catch (error) {
          return error.code + (error.line !== undefined && error.span !== undefined ? ' at a place' : ' nowhere ' + error)
        }
      }))
    })`
  const module = new URL('../../dist/sql/index.js', import.meta.url).href
  const run = (options: object) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const worker = new Worker(program, { eval: true, workerData: { module, texts }, ...options })
      worker.once('message', resolve).once('error', reject)
    })
  expect(await run({})).toEqual(texts.map(outcome))
  const small = await run({ resourceLimits: { stackSizeMb: 1 } })
  expect(small.filter((one) => !/^(?:translated|[A-Z_]+ at a place)$/.test(one))).toEqual([])
})
