import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluatePath, PathError } from '../../../src/sql/rewrite/json-path/evaluate.ts'
import { parseJson, printJson } from '../../../src/sql/rewrite/json-path/json-text.ts'
import { parsePath } from '../../../src/sql/rewrite/json-path/parse.ts'

const document = '{"a":{"b":[1,2,{"c":"x"}],"n":null},"s":"text","t":true,"d":1.5,"k v":7}'
const select = (path: string, json = document): readonly string[] =>
  evaluatePath(parsePath(path), parseJson(json)!, new Map([['limit', 1n]])).map(printJson)

describe('items of a path', () => {
  test.each([
    ['lax $.a.b[0]', ['1']],
    ['lax $.a.b', ['[1,2,{"c":"x"}]']],
    ['lax $.a.b[*]', ['1', '2', '{"c":"x"}']],
    ['lax $.a.b.c', ['"x"']],
    ['lax $.a.b[last].c', ['"x"']],
    ['lax $.a.b[0 to 1]', ['1', '2']],
    ['lax $.a.b[1, 0]', ['2', '1']],
    ['lax $.a.b[9]', []],
    ['lax $.a.b.size()', ['3']],
    ['lax $.nothing', []],
    ['lax $."k v"', ['7']],
    ['lax $..c', ['"x"']],
    ['lax $.a.b?(@ > $limit)', ['2']],
    ['lax $.a.b?(@ > 0 && @ < 2)', ['1']],
    ['lax $.a.b?(exists(@.c))', ['{"c":"x"}']],
    ['lax $?(@.s starts with "te").t', ['true']],
    ['lax $.d * 2', ['3.0']],
    ['lax -$.d', ['-1.5']],
    ['lax $.s.type()', ['"string"']],
    ['lax $.a.n', ['null']],
    ['strict $.a.b[2].c', ['"x"']],
  ])('%s', (path, items) => {
    expect(select(path)).toEqual(items)
  })

  test.each(['strict $.nothing', 'strict $.a.b[9]', 'strict $.s[0]', 'strict $.s.x', 'lax $.s + 1', 'lax $.a["b"]'])(
    '%s fails',
    (path) => {
      expect(() => select(path)).toThrow(PathError)
    },
  )

  test.each(['$.a', 'lax', 'lax $.', 'lax $[', 'lax $?(@)', 'lax $ extra', 'lax $.a.b[1 to]'])(
    '%s is no path',
    (path) => {
      expect(() => parsePath(path)).toThrow(SyntaxError)
    },
  )
})

describe('JSON text', () => {
  test('reads what JSON.parse reads, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => text.slice(1)),
        ),
        (text) => {
          let wanted: boolean
          try {
            JSON.parse(text)
            wanted = true
          } catch {
            wanted = false
          }
          expect(parseJson(text) !== undefined).toBe(wanted)
        },
      ),
    )
  })

  test('integers keep every digit', () => {
    fc.assert(fc.property(fc.bigInt(), (value) => printJson(parseJson(`[${value}]`)!) === `[${value}]`))
  })

  test.each([
    ['1e2', '100.0'],
    ['1.50', '1.5'],
    ['1e7', '1.0E7'],
    ['1e-7', '1.0E-7'],
    ['123456.5', '123456.5'],
    ['{"b":1,"a":2,"b":3}', '{"b":3,"a":2}'],
  ])('%s is printed as %s', (text, printed) => {
    expect(printJson(parseJson(text)!)).toBe(printed)
  })
})
