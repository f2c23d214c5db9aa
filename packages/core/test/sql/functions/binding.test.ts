import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engineType } from '../../../src/schema/engine-type.ts'
import { BOOLEAN, VARCHAR } from '../../../src/schema/types.ts'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'
import { bindSample, emitOverload, engineQuery, type OverloadCase, overloadCases, sampleValue } from './support.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

/** NULLs that the engine cannot see before it runs. */
const nulls = (types: readonly string[]) =>
  types.map((type, i) => `CASE WHEN random() > 2 THEN CAST(NULL AS ${type}) END AS "c${i}"`).join(', ')

const titled = overloadCases.map((c) => [`${c.name}${c.overload.signature}`, c] as const)

/** Arguments that the grammar wants as literals, or that refuse NULL. */
const literalArguments: Readonly<Record<string, readonly string[]>> = {
  listagg: ['"c0"', "','"],
  approx_distinct: ['"c0"', 'CAST(0.1 AS DOUBLE)'],
  lag: ['"c0"', '1', '"c2"'],
  lead: ['"c0"', '1', '"c2"'],
}

/** Values that mean something to a function, where a plain value of the type does not. */
const meaningful: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'date_trunc date': ["'month'"],
  'date_add date': ["'month'"],
  'date_diff date': ["'month'"],
  date_trunc: ["'hour'"],
  date_add: ["'hour'"],
  date_diff: ["'hour'"],
  from_unixtime: [undefined, "'Europe/Berlin'"],
  at_timezone: [undefined, "'Europe/Berlin'"],
  with_timezone: [undefined, "'Europe/Berlin'"],
  split_to_map: ["'a=1'", "','", "'='"],
  split_to_multimap: ["'a=1'", "','", "'='"],
  normalize: [undefined, "'NFC'"],
  word_stem: ["'horses'", "'en'"],
}

/** Why a call of NULLs is not NULL, or cannot be made without literals. */
const ANSWERS_NULL_DIFFERENTLY: Readonly<Record<string, string>> = {
  concat_ws: 'passes NULLs over',
  format: 'prints null',
  typeof: 'the type of NULL',
  count: 'counts',
  count_if: 'counts',
  approx_distinct: 'counts',
  array_agg: 'keeps NULLs',
  repeat: 'a NULL may be repeated',
  row_number: 'ranks',
  rank: 'ranks',
  dense_rank: 'ranks',
  percent_rank: 'ranks',
  cume_dist: 'ranks',
}

describe('every overload', () => {
  test.each(titled)('%s binds, gives the engine type of its result, and NULL for NULLs', async (_, c: OverloadCase) => {
    const binding = bindSample(c.overload)
    const types = binding.parameterTypes.map((t) => (t.kind === 'function' ? 'INTEGER' : engineType(t)))
    const columns = ['1 AS "i"', ...(types.length > 0 ? [nulls(types)] : [])].join(', ')
    const call = `(${emitOverload(c, binding, literalArguments[c.name])})`
    const wanted = engineType(binding.resultType)
    const sql = `SELECT typeof(${call}) = typeof(CAST(NULL AS ${wanted})), typeof(${call}), ${call} IS NULL FROM (SELECT ${columns}) AS "t"`
    const { rows } = await evaluator.run(engineQuery(sql, [BOOLEAN, VARCHAR, BOOLEAN]))
    expect(rows[0]!.slice(0, 2), call).toEqual([true, rows[0]![1]])
    if (ANSWERS_NULL_DIFFERENTLY[c.name] === undefined && types.length > 0) expect(rows[0]![2], call).toBe(true)
  })
})

/** Scalars of which not every NULL argument makes NULL, with the arguments that do not. */
const NOT_STRICT: Readonly<Record<string, readonly number[] | 'all'>> = {
  concat_ws: 'all',
  format: 'all',
  typeof: 'all',
  repeat: [0],
  transform: [1],
  'concat(array(E), E)': [1],
  'concat(E, array(E))': [0],
}

describe('one NULL among plain values', () => {
  const scalars = titled.filter(
    ([, c]) => c.definition.kind === 'scalar' && bindSample(c.overload).parameterTypes.length > 1,
  )
  test.each(scalars)('%s', async (_, c: OverloadCase) => {
    const binding = bindSample(c.overload)
    const types = binding.parameterTypes
    const lenient = NOT_STRICT[c.name] ?? NOT_STRICT[`${c.name}${c.overload.signature.split(' ->')[0]}`] ?? []
    if (lenient === 'all') return
    for (const [at, type] of types.entries()) {
      if (type.kind === 'function' || lenient.includes(at)) continue
      const columns = types.map((t, i) => {
        const engine = t.kind === 'function' ? 'INTEGER' : engineType(t)
        const known = meaningful[`${c.name} ${types.at(-1)!.kind}`] ?? meaningful[c.name]
        const value =
          t.kind === 'function' ? 'NULL' : t.kind === 'varchar' && known?.[i] !== undefined ? known[i] : sampleValue(t)
        return i === at
          ? `CASE WHEN random() > 2 THEN CAST(NULL AS ${engine}) END AS "c${i}"`
          : `CASE WHEN random() < 2 THEN CAST(${value} AS ${engine}) END AS "c${i}"`
      })
      const call = `(${emitOverload(c, binding)})`
      const { rows } = await evaluator.run(
        engineQuery(`SELECT ${call} IS NULL FROM (SELECT ${columns.join(', ')}) AS "t"`, [BOOLEAN]),
      )
      expect(rows, `${call} with NULL for argument ${at + 1}`).toEqual([[true]])
    }
  })
})
