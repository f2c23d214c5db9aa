import { describe, expect, test } from 'vitest'
import { TraillakeError } from '../../src/errors/index.ts'
import { parse } from '../../src/sql/parse.ts'
import { readGolden, refusal, withStores } from './parsing.ts'

describe('queries.jsonl', () => {
  test.each(readGolden('queries.jsonl'))('$id', ({ sql }) => {
    expect(() => parse(sql)).not.toThrow()
    expect(() => parse(withStores(sql))).not.toThrow()
  })
})

/** Accepted by Trino 476 and refused here, by name. */
const refusedByName: Readonly<Record<string, string>> = {
  'fn/json_table': 'JSON_TABLE',
  'fn/sequence_table': 'table function',
  'fn/exclude_columns': 'table function',
  'clause/match_recognize': 'MATCH_RECOGNIZE',
  'diff/137/01': 'MATCH_RECOGNIZE',
  'diff/137/02': 'GROUP BY AUTO',
  'diff/137/03': 'CORRESPONDING',
}

function nameOfRefused(id: string): string | undefined {
  return Object.entries(refusedByName).find(([prefix]) => id.startsWith(prefix))?.[1]
}

describe('functions.jsonl', () => {
  const cases = readGolden('functions.jsonl')
  const syntaxErrors = cases.filter(({ error }) => error?.name === 'SYNTAX_ERROR')
  const others = cases.filter(({ error }) => error?.name !== 'SYNTAX_ERROR')

  test('there are both kinds', () => {
    expect(syntaxErrors.length).toBeGreaterThanOrEqual(30)
    expect(others.length).toBeGreaterThan(3_000)
  })

  test.each(syntaxErrors)('$id: $sql is refused as Trino refuses it', ({ sql, error }) => {
    const found = refusal(sql)
    expect(found.code).toBe('SYNTAX_ERROR')
    const [words] = error!.message.split('. Expecting')
    expect(found.message.split('. ')[0]).toBe(words)
  })

  test('everything else is grammatical, or refused by name', () => {
    const wrong = others.flatMap(({ id, sql, error }) => {
      try {
        parse(sql)
        return []
      } catch (found) {
        if (!(found instanceof TraillakeError)) throw found
        if (found.code === 'NOT_SUPPORTED' && error?.message === found.message) return []
        const name = nameOfRefused(id)
        return name && found.code === 'NOT_SUPPORTED' && found.reason.includes(name) ? [] : [`${id}: ${found.message}`]
      }
    })
    expect(wrong).toEqual([])
  })
})

describe('refused.jsonl', () => {
  const cases = readGolden('refused.jsonl')
  const ofParser = new Set(['syntax', 'not a query', 'several statements'])
  const codes: Readonly<Record<string, string>> = {
    syntax: 'SYNTAX_ERROR',
    'not a query': 'NOT_A_QUERY',
    'several statements': 'SYNTAX_ERROR',
  }
  // A parameter without a value is a fault of the call, found once values are known.
  const mine = cases.filter(({ id, kind }) => ofParser.has(kind!) && id !== 'syntax/parameter-mark')

  test.each(mine)('$id: $sql', ({ sql, kind, line, column, trino_message }) => {
    const found = refusal(withStores(sql))
    expect(found.code).toBe(codes[kind!])
    expect(found.line).toBe(line ?? 1)
    if (column !== undefined) expect(found.column).toBe(column)
    if (trino_message !== undefined) expect(found.reason.slice(0, trino_message.length)).toBe(trino_message)
  })

  test('what is wrong in meaning only is grammatical', () => {
    const grammatical = cases.filter(({ kind }) => !ofParser.has(kind!))
    const refused = grammatical.filter(({ sql }) => {
      try {
        parse(withStores(sql))
        return false
      } catch {
        return true
      }
    })
    expect(grammatical.length).toBeGreaterThan(90)
    expect(refused.map(({ id }) => id)).toEqual(['subqueries/natural-join'])
  })

  test('NATURAL JOIN has the words and the place of Trino', () => {
    const { sql, line, column, trino_message } = cases.find(({ id }) => id === 'subqueries/natural-join')!
    expect(refusal(withStores(sql))).toMatchObject({ code: 'NOT_SUPPORTED', line, column, reason: trino_message })
  })
})
