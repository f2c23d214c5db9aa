import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTraillakeError } from '../../src/errors/index.ts'
import { type Answer, type Evaluator, openEvaluator } from './support/evaluate.ts'
import { difference, readGoldens } from './support/golden.ts'

const floor = JSON.parse(readFileSync(new URL('functions-golden.floor.json', import.meta.url), 'utf8')) as {
  readonly passed: number
  /** Statements that Trino refuses and traillake answers on purpose, and why. */
  readonly accepted: Readonly<Record<string, string>>
  /** Statements whose answer is another, and why. */
  readonly missing: Readonly<Record<string, string>>
}

/** In the second half of a second: Trino rounds current_timestamp(0). */
const NOW = new Date('2026-11-21T10:00:00.600Z')

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

test('answers of Trino to functions, operators and clauses', { timeout: 900_000 }, async () => {
  const groups = new Map<string, { passed: number; total: number }>()
  const failures: string[] = []
  for (const golden of readGoldens('functions.jsonl')) {
    const outcome: Answer | Error = await evaluator.evaluate(golden.sql, { now: NOW }).catch((error: Error) => error)
    const isAccepted = Object.hasOwn(floor.accepted, golden.id) && !(outcome instanceof Error && isInternal(outcome))
    const reason = isAccepted ? undefined : difference(golden, outcome)
    const name = groupOf(golden.id)
    const group = groups.get(name) ?? { passed: 0, total: 0 }
    groups.set(name, { passed: group.passed + (reason === undefined ? 1 : 0), total: group.total + 1 })
    if (reason !== undefined) failures.push(`${golden.id}\t${golden.sql}\t${reason}`)
  }
  const passed = [...groups.values()].reduce((sum, group) => sum + group.passed, 0)
  const total = [...groups.values()].reduce((sum, group) => sum + group.total, 0)
  const figures = [...groups].map(([name, group]) => `${name.padEnd(28)} ${group.passed}/${group.total}`)
  console.info([...figures, `all ${passed}/${total} (${((100 * passed) / total).toFixed(1)} %)`].join('\n'))
  if (process.env.TRAILLAKE_GOLDEN_FAILURES) {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(process.env.TRAILLAKE_GOLDEN_FAILURES, `${failures.join('\n')}\n`)
  }
  expect(failures.map((line) => line.split('\t')[0]).sort()).toEqual(Object.keys(floor.missing).sort())
  expect(passed).toBeGreaterThanOrEqual(floor.passed)
})

test('answers of Trino to what was once wrong', { timeout: 300_000 }, async () => {
  const failures: string[] = []
  for (const golden of readGoldens('found.jsonl')) {
    const outcome: Answer | Error = await evaluator.evaluate(golden.sql, { now: NOW }).catch((error: Error) => error)
    const reason = difference(golden, outcome)
    if (reason !== undefined) failures.push(`${golden.id}\t${golden.sql}\t${reason}`)
  }
  expect(failures).toEqual([])
})

/** A fault of ours, which no exception excuses. */
function isInternal(error: Error): boolean {
  return !isTraillakeError(error) || error.kind === 'INTERNAL_ERROR'
}

/** `fn`, `diff` and each clause. */
function groupOf(id: string): string {
  const [kind, name] = id.split('/')
  return kind === 'clause' ? `clause/${name}` : kind!
}
