import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VARCHAR } from '../../../src/schema/types.ts'
import { enginePath, parseJsonPath, seek } from '../../../src/sql/functions/json-text/path.ts'
import { JsonError, JsonReader } from '../../../src/sql/functions/json-text/reader.ts'
import { canonicalValue, copyValue, javaDouble, writeString } from '../../../src/sql/functions/json-text/write.ts'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'
import { engineQuery } from './support.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Numbers as they may be written, not as JavaScript would. */
const number = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '-1',
    '1.50',
    '1E2',
    '1e-7',
    '123456789012345678901',
    '0.1',
    '100000000.0',
    '9223372036854775807',
    '18446744073709551615',
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
)
const name = fc.constantFrom('a', 'b', 'A', 'é', '0', 'a b', 'x"y', '1')
const space = fc.constantFrom('', ' ', '\n', '\t')
const characters = fc.string({
  unit: fc.constantFrom('a', 'é', '"', '\\', '/', '\n', '\u0001', '😀', '\u2028', ' '),
  maxLength: 4,
})
const string = fc.tuple(characters, fc.boolean()).map(([text, escaped]) => {
  const json = JSON.stringify(text)
  return escaped
    ? json.replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json
})

const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    number,
    fc.constantFrom('true', 'false', 'null'),
    string,
    fc
      .tuple(fc.array(tie('value'), { maxLength: 3 }), space)
      .map(([items, s]) => `[${s}${items.join(`${s},${s}`)}${s}]`),
    fc
      .tuple(fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }), space)
      .map(([members, s]) => `{${s}${members.map(([k, v]) => `${JSON.stringify(k)}${s}:${s}${v}`).join(`,${s}`)}${s}}`),
  ),
})).value

const paths = ['$', '$.a', '$.b', '$[0]', '$[1]', '$["a b"]', '$.a.b', '$.a[0]', '$["0"]', '$.é', '$["x\\"y"]'] as const

describe('two roads', () => {
  test('the engine and the reader find the same in whole, cut and spoilt texts', { timeout: 120_000 }, async () => {
    const spoilt = fc.oneof(
      { weight: 3, arbitrary: json },
      { weight: 1, arbitrary: fc.tuple(json, fc.nat(20)).map(([text, cut]) => text.slice(0, cut)) },
      {
        weight: 1,
        arbitrary: fc.tuple(json, fc.constantFrom(' x', ',', ']', '{}')).map(([text, tail]) => text + tail),
      },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { minLength: 20, maxLength: 40 }), async (texts) => {
        const calls = paths.flatMap((path) => {
          const steps = parseJsonPath(path)!
          if (steps.some((step) => /^\d+$/.test(step))) return []
          const [p, j] = [literal(enginePath(steps)), literal(path)]
          return [
            [`trino_json_extract(t.s, ${p}, ${j})`, `trino_js_json_extract(t.s, ${j})`],
            [`trino_json_scalar(t.s, ${p}, ${j})`, `trino_js_json_scalar(t.s, ${j})`],
            [`CAST(trino_json_size(t.s, ${p}, ${j}) AS VARCHAR)`, `CAST(trino_js_json_size(t.s, ${j}) AS VARCHAR)`],
          ] as const
        })
        const all = [
          ...calls,
          [
            'CAST(trino_json_array_length(t.s) AS VARCHAR)',
            'CAST(trino_js_json_array_length(t.s) AS VARCHAR)',
          ] as const,
        ]
        const sql = `SELECT t.s, ${all.flat().join(', ')} FROM (VALUES ${texts.map((text) => `(${literal(text)})`).join(', ')}) AS t(s)`
        const { rows } = await evaluator.run(
          engineQuery(
            sql,
            ['s', ...all.flat()].map(() => VARCHAR),
          ),
        )
        for (const [text, ...found] of rows) {
          for (const [i, [engine, js]] of all.entries())
            expect(found[2 * i], `${engine} against ${js} of ${text}`).toEqual(found[2 * i + 1])
        }
      }),
      { numRuns: 20 },
    )
  })

  test('what is written reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(json, (text) => {
        // -0 is an integer, and written as 0.
        const plain = text.replaceAll(/-0(?![.\deE])/g, '0')
        expect(JSON.parse(copyValue(new JsonReader(text)))).toEqual(JSON.parse(plain))
      }),
    )
  })

  test('canonical text is a fixed point, without order of members', () => {
    fc.assert(
      fc.property(json, (text) => {
        const once = canonicalValue(new JsonReader(text))
        expect(canonicalValue(new JsonReader(once))).toBe(once)
        const reversed = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(reversed)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(
                  Object.entries(value)
                    .reverse()
                    .map(([k, v]) => [k, reversed(v)]),
                )
              : value
        const parsed = JSON.stringify(reversed(JSON.parse(text)))
        fc.pre(!/\d{16}|[.eE]/.test(text))
        expect(canonicalValue(new JsonReader(parsed))).toBe(once)
      }),
    )
  })
})

test.each([
  [1.5, '1.5'],
  [100, '100.0'],
  [1e7, '1.0E7'],
  [9999999, '9999999.0'],
  [0.001, '0.001'],
  [0.00099, '9.9E-4'],
  [1e-7, '1.0E-7'],
  [1e20, '1.0E20'],
  [-0, '-0.0'],
  [123456789.5, '1.234567895E8'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NaN, 'NaN'],
])('%d in Java is %s', (x, text) => {
  expect(javaDouble(x)).toBe(text)
})

test.each([
  ['a/b', '"a/b"'],
  ['\t', '"\\t"'],
  ['\u0001', '"\\u0001"'],
  ['\u001f', '"\\u001F"'],
  ['é', '"é"'],
  ['😀', '"\\uD83D\\uDE00"'],
  ['"\\', '"\\"\\\\"'],
])('%j is written %s', (text, written) => {
  expect(writeString(text)).toBe(written)
})

describe('paths', () => {
  test.each([
    ['$', []],
    ['$.a.b', ['a', 'b']],
    ['$[0]', ['0']],
    ['$.a[10].b', ['a', '10', 'b']],
    ['$["a b"]', ['a b']],
    ['$["a\\"b"]', ['a"b']],
    ['$["a\\\\b"]', ['a\\b']],
    ['$.AWS:ComplianceItem.Content', ['AWS:ComplianceItem', 'Content']],
    ['$.ü', ['ü']],
    ['$[a_b]', ['a_b']],
    ['$[""]', ['']],
  ])('%s', (text, steps) => {
    expect(parseJsonPath(text)).toEqual(steps)
  })

  test.each([
    '',
    'a',
    '.a',
    '$.',
    '$a',
    ' $',
    '$.a b',
    '$[-1]',
    '$[*]',
    '$.*',
    '$..a',
    "$['a']",
    '$.a.[0]',
    '$.a@b',
    '$["a""b"]',
    '$[',
    '$["a"',
    '$.a-b',
  ])('%j is none', (text) => {
    expect(parseJsonPath(text)).toBeUndefined()
  })

  test('of equal names the first counts, and nothing is read beyond the value', () => {
    const reader = new JsonReader('{"a":1,"a":2,oops')
    expect(seek(reader, ['a'])).toBe(true)
    expect(reader.skip()).toBe('1')
  })
})

test.each([
  '',
  ' ',
  '{',
  '[1,]',
  '{"a" 1}',
  "{'a':1}",
  '01',
  '1.',
  '.5',
  '+1',
  'NaN',
  'tru',
  'truex',
  '"a',
  '"\t"',
  '"\\x"',
  '"\\u12"',
  '[1 2]',
  '--1',
  '1e',
])('%j is no JSON', (text) => {
  expect(() => {
    const reader = new JsonReader(text)
    canonicalValue(reader)
    if (!reader.finished()) throw new JsonError('more')
  }).toThrow(JsonError)
})

test('depth is limited as in Trino', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(() => new JsonReader(nested(1000)).skip()).not.toThrow()
  expect(() => new JsonReader(nested(1001)).skip()).toThrow(JsonError)
})
