import { expect, test } from 'vitest'
import { TraillakeError } from '../../../src/errors/index.ts'
import { formatType } from '../../../src/schema/types.ts'
import type { OutputColumn } from '../../../src/sql/analyze/analysis.ts'
import { type GoldenCase, type RefusedCase, readGolden, tryAnalyze, withStores } from './golden-cases.ts'

/** Columns as one text; the protocol spells types with other blanks and letter case. */
function columnsText(columns: readonly { readonly name: string; readonly type: string }[]): string {
  return columns.map(({ name, type }) => `${name}: ${type.toLowerCase().replace(/\s*,\s*/g, ',')}`).join('; ')
}

const outputText = (columns: readonly OutputColumn[]) =>
  columnsText(columns.map(({ name, type }) => ({ name, type: formatType(type) })))

/** Messages without the lists of what would have been right, which differ with the function table and the grammar. */
const withoutAlternatives = (message: string) =>
  message.replace(/\. Expect(?:ed|ing): [\s\S]*$/, '').replace(/\nCandidates are:[\s\S]*$/, '')

test('every query has the labels and types of the goldens', () => {
  const cases = readGolden<GoldenCase>('queries.jsonl')
  const wrong = cases.flatMap(({ id, sql, columns }) => {
    const found = tryAnalyze(withStores(sql))
    if (found instanceof TraillakeError) return [`${id}: ${found.message}`]
    // A query that fails while running has no columns in the goldens.
    return !columns || outputText(found.output) === columnsText(columns) ? [] : [`${id}: ${outputText(found.output)}`]
  })
  console.info(`queries.jsonl: ${cases.length - wrong.length} of ${cases.length} analyzed as the server does`)
  expect(wrong).toEqual([])
})

/** Statements that run on the server and are refused here, by name. */
const notOffered: Readonly<Record<string, string>> = {
  'fn/json_table/02': 'JSON_TABLE',
  'fn/json_table/03': 'JSON_TABLE',
  'fn/json_table/04': 'JSON_TABLE',
  'fn/json_table/06': 'JSON_TABLE',
  'fn/sequence_table/01': 'table functions',
  'fn/sequence_table/02': 'table functions',
  'fn/sequence_table/03': 'table functions',
  'fn/exclude_columns/01': 'table functions',
  'clause/match_recognize/02': 'MATCH_RECOGNIZE',
  'clause/match_recognize/03': 'MATCH_RECOGNIZE',
  'diff/137/01': 'MATCH_RECOGNIZE',
  'diff/137/02': 'GROUP BY AUTO',
  'diff/137/03': 'CORRESPONDING',
}

test('every function, operator and clause gives the types of the goldens', () => {
  const cases = readGolden<GoldenCase>('functions.jsonl').filter(({ error }) => !error)
  const wrong: string[] = []
  const refused: string[] = []
  for (const { id, sql, columns } of cases) {
    const found = tryAnalyze(sql)
    if (found instanceof TraillakeError && found.code === 'NOT_SUPPORTED') refused.push(id)
    else if (found instanceof TraillakeError) wrong.push(`${id}: ${found.message}`)
    else if (outputText(found.output) !== columnsText(columns!)) wrong.push(`${id}: ${outputText(found.output)}`)
  }
  const right = cases.length - wrong.length - refused.length
  console.info(`functions.jsonl: ${right} of ${cases.length} typed as on the server, ${refused.length} not offered`)
  expect(wrong).toEqual([])
  expect(refused).toEqual(Object.keys(notOffered))
})

/** Statements that the server refuses and that are accepted here, with the reason. */
const acceptedOnPurpose: Readonly<Record<string, string>> = {
  'fn/concat_ws/05': 'both readings of the NULL give the same text',
  'clause/implicit_coercion/23': 'Lake compares timestamps with text',
  'clause/joins/22': 'a correlated filter is no trouble for the engine',
  'diff/110/01': 'Lake compares timestamps with text',
  'diff/117/01': 'Lake compares timestamps with text',
}

/** Refusals of functions.jsonl whose words or class differ, with the reason. */
const otherWords: Readonly<Record<string, string>> = {
  'clause/values/10': 'there is no catalog and schema to name',
}

test('what the server refuses at a place is refused there, in the same words', () => {
  const cases = readGolden<GoldenCase>('functions.jsonl').filter(
    ({ error }) => error && /^line \d+:\d+: /.test(error.message),
  )
  const accepted: string[] = []
  const different: string[] = []
  const wrong: string[] = []
  for (const { id, sql, error } of cases) {
    const found = tryAnalyze(sql)
    if (!(found instanceof TraillakeError)) accepted.push(id)
    else if (found.code === error!.name && withoutAlternatives(found.message) === withoutAlternatives(error!.message))
      continue
    else if (Object.hasOwn(otherWords, id) && found.line !== undefined) different.push(id)
    else wrong.push(`${id}: ${found.code} ${found.message}`)
  }
  const same = cases.length - accepted.length - different.length - wrong.length
  console.info(
    `functions.jsonl: ${cases.length - accepted.length} of ${cases.length} refusals, ${same} with the server's code, words and place`,
  )
  expect(wrong).toEqual([])
  expect(accepted.toSorted()).toEqual(Object.keys(acceptedOnPurpose).toSorted())
  expect(different.toSorted()).toEqual(Object.keys(otherWords).toSorted())
})

/** Refused once the call is emitted: the unit is a value, not a type. */
const refusedLater = ['functions/date-add-unknown-unit', 'functions/date-trunc-unknown-unit']

/** The server's texts name tables by underscores, and are cut at 200 characters. */
function asInGolden(message: string): string {
  return withoutAlternatives(message)
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => uuid.replaceAll('-', '_'))
    .slice(0, 200)
}

test('every statement that must be refused is', () => {
  const cases = readGolden<RefusedCase>('refused.jsonl')
  const accepted: string[] = []
  const different: string[] = []
  const wrong: string[] = []
  let [compared, codes, messages, places] = [0, 0, 0, 0]
  for (const golden of cases) {
    const found = tryAnalyze(withStores(golden.sql))
    if (!(found instanceof TraillakeError)) {
      accepted.push(golden.id)
      continue
    }
    expect(found.kind, golden.id).toBe('USER_ERROR')
    if (golden.trino_error === undefined) continue
    const code = found.code === golden.trino_error
    const message = asInGolden(found.reason) === golden.trino_message?.slice(0, 200)
    const place = golden.line === undefined || (found.line === golden.line && found.column === golden.column)
    compared += 1
    codes += Number(code)
    messages += Number(message)
    places += Number(place)
    if (!code) different.push(golden.id)
    if (!place || (!message && code)) wrong.push(`${golden.id}: ${found.code} ${found.message}`)
  }
  console.info(
    `refused.jsonl: ${cases.length - accepted.length} of ${cases.length} refused; of ${compared} with the server's words: ${codes} codes, ${messages} messages, ${places} places`,
  )
  expect(accepted).toEqual(refusedLater)
  expect(different).toEqual([])
  expect(wrong).toEqual([])
})
