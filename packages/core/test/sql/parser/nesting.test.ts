import { describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../../src/errors/index.ts'
import { parse } from '../../../src/sql/parse.ts'
import { nested } from '../nested-texts.ts'

describe('nesting', () => {
  test.each(Object.entries(nested))('%s', (kind, text) => {
    if (kind === 'brackets never closed') expect(() => parse(text(50))).toThrow(/mismatched input '<EOF>'/)
    else expect(() => parse(text(50))).not.toThrow()
    for (const depth of [1_000, 100_000]) {
      expect(() => parse(text(depth))).toThrow(/^line 1:\d+: the statement is nested too deeply$/)
    }
    // The parser is as good as new.
    expect(() => parse('SELECT 1')).not.toThrow()
  })
})

describe('chains', () => {
  const terms = (n: number) => Array.from({ length: n }, (_, i) => `a${i}`)

  test.each(['AND', 'OR', ','])('%s: any number', (operator) => {
    expect(() => parse(`SELECT ${terms(20_000).join(` ${operator} `)}`)).not.toThrow()
  })

  test.each(['||', '+', '-', '*'])('%s: hundreds, and a clear error for thousands', (operator) => {
    expect(() => parse(`SELECT ${terms(900).join(` ${operator} `)}`)).not.toThrow()
    expect(() => parse(`SELECT ${terms(20_000).join(` ${operator} `)}`)).toThrow(/nested too deeply/)
  })

  test.each(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'])('%s: as operators', (operator) => {
    expect(() =>
      parse(
        terms(900)
          .map((t) => `TABLE ${t}`)
          .join(` ${operator} `),
      ),
    ).not.toThrow()
    expect(() =>
      parse(
        terms(20_000)
          .map((t) => `TABLE ${t}`)
          .join(` ${operator} `),
      ),
    ).toThrow(/nested too deeply/)
  })

  test('many brackets beside each other are not deep', () => {
    expect(() =>
      parse(
        `SELECT ${terms(5_000)
          .map((t) => `((${t}))`)
          .join(', ')}`,
      ),
    ).not.toThrow()
  })
})

test('where the caller has used the stack up, the error is the same', () => {
  const sql = `SELECT ${'('.repeat(100)}1${')'.repeat(100)}`
  const parseAt = (depth: number): unknown => (depth === 0 ? parse(sql) : [parseAt(depth - 1)])
  const outcomes: string[] = []
  for (let depth = 0; outcomes.at(-1) !== 'no stack' && depth < 1e6; depth += 400) {
    try {
      parseAt(depth)
      outcomes.push('parsed')
    } catch (error) {
      if (isTraillakeError(error)) outcomes.push(error.reason)
      // The caller itself found no room.
      else outcomes.push(error instanceof RangeError ? 'no stack' : String(error))
    }
  }
  expect([...new Set(outcomes)]).toEqual(['parsed', 'the statement is nested too deeply', 'no stack'])
  expect(() => parse(sql)).not.toThrow()
})
