import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from '../../src/sql/parse.ts'
import { translate } from '../../src/sql/translate.ts'
import { askTrino, trinoRoot, trinoUrl } from './client.ts'
import { createQueryWriter, type RandomQuery } from './generate/queries.ts'
import { openSharedLake, type SharedLake } from './lake.ts'
import { shrink } from './shrink.ts'
import { createJudge, type Judge, STORE, type Verdict } from './verdict.ts'

const isReady = trinoUrl !== undefined && trinoRoot !== undefined
if (!isReady) console.warn('skipped: random queries in Trino need TRAILLAKE_TRINO and TRAILLAKE_TRINO_ROOT')
const count = Number(process.env.TRAILLAKE_TRINO_QUERIES ?? 2000)
const seed = Number(process.env.TRAILLAKE_TRINO_SEED ?? 1)
/** Queries asked to make one difference small. */
const BUDGET = Number(process.env.TRAILLAKE_TRINO_BUDGET ?? 60)
/** Differences that are made small; of others the text is as it came. */
const SHRUNK = Number(process.env.TRAILLAKE_TRINO_SHRUNK ?? 40)

describe.skipIf(!isReady)('random queries', () => {
  let shared: SharedLake
  let judge: Judge
  const view = `memory.default.traillake_${process.pid}`
  beforeAll(async () => {
    shared = await openSharedLake(trinoUrl!, trinoRoot!, [STORE])
    const { catalog, trinoTable, ids } = shared
    const all = `SELECT *, calendarday FROM "${ids.get(STORE)}"`
    await askTrino(`CREATE VIEW ${view} AS ${translate(all, { target: 'trino', catalog, trinoTable }).sql}`, trinoUrl!)
    judge = createJudge(shared, trinoUrl!, view)
  }, 600_000)
  afterAll(async () => {
    await askTrino(`DROP VIEW IF EXISTS ${view}`, trinoUrl!)
    await shared?.close()
  })

  test(`${count} of seed ${seed} have Trino's answers`, { timeout: 7_200_000 }, async () => {
    const writer = createQueryWriter(seed, { store: `$${STORE}` })
    const queries = Array.from({ length: count }, () => writer.next())
    const verdicts = await judgeAll(queries, judge)
    const tally = new Map<string, number>()
    for (const { kind } of verdicts) tally.set(kind, (tally.get(kind) ?? 0) + 1)
    const figures = [...tally].map(([kind, n]) => `${kind} ${n}`).join(', ')
    console.info(`random queries, seed ${seed}: ${count} asked; ${figures}`)
    const found: string[] = []
    const others: string[] = []
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.kind !== 'different' && 'why' in verdict)
        others.push(`${verdict.reason}: ${verdict.why}\n    ${queries[i]!.sql}`)
      if (verdict.kind === 'different')
        found.push(await describeDifference(queries[i]!, verdict, found.length < SHRUNK, judge))
    }
    console.info(`different\n${[...new Set(found)].sort().join('\n')}`)
    console.info(
      `not counted as different: other errors, and errors in parts that need not be computed\n${others.join('\n')}`,
    )
    expect(found.length, `${found.length} of ${count} differ, see above`).toBe(0)
  })
})

async function judgeAll(queries: readonly RandomQuery[], judge: Judge): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < queries.length; i = next++) verdicts[i] = await judge.judge(queries[i]!)
  }
  await Promise.all([worker(), worker(), worker()])
  return verdicts
}

async function describeDifference(
  query: RandomQuery,
  verdict: Extract<Verdict, { reason: string }>,
  isShrunk: boolean,
  judge: Judge,
): Promise<string> {
  if (!isShrunk) return `${verdict.reason}: ${verdict.why}\n    ${query.sql}`
  const isSame = async (sql: string) => {
    if (query.ordered && !isFullySorted(sql)) return false
    const now = await judge.judge({ sql, ordered: query.ordered })
    return now.kind === verdict.kind && now.reason === verdict.reason
  }
  const sql = await shrink(query.sql, isSame, BUDGET)
  const now = await judge.judge({ sql, ordered: query.ordered })
  return now.kind === verdict.kind ? `${now.reason}: ${now.why}\n    ${sql}` : `${verdict.reason}\n    ${query.sql}`
}

/** True when a query still sorts by every column: else rows may stand in any order. */
function isFullySorted(sql: string): boolean {
  const { body, orderBy } = parse(sql)
  return body.kind === 'QuerySpecification' && orderBy.length >= body.items.length
}
