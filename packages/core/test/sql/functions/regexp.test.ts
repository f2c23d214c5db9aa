import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BOOLEAN, VARCHAR } from '../../../src/schema/types.ts'
import {
  canBeEmpty,
  parseRegexp,
  parseReplacement,
  RegexpError,
  toJs,
  toRe2,
} from '../../../src/sql/functions/regexp-syntax/index.ts'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'
import { engineQuery } from './support.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Patterns of the part of the syntax that both engines have, over few letters so that they match often. */
const pattern: fc.Arbitrary<string> = fc.letrec<{ node: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'é',
      '1',
      '_',
      '\\.',
      '.',
      '\\d',
      '\\w',
      '\\s',
      '\\S',
      '\\D',
      '[ab]',
      '[aA]',
      '[^a]',
      '[a-c1]',
      '[\\w.]',
      '\\p{L}',
      '\\x61',
      '\\u0062',
      '\\Qa.\\E',
    ),
    tie('node').map((n) => `(${n})`),
    tie('node').map((n) => `(?:${n})`),
    tie('node').map((n) => `(?i:${n})`),
  ),
  node: fc.oneof(
    { maxDepth: 3 },
    tie('atom'),
    fc.tuple(tie('atom'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?', '+?')).map(([a, q]) => `(?:${a})${q}`),
    fc.tuple(tie('atom'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('atom'), tie('node')).map(([a, b]) => `${a}|${b}`),
    tie('atom').map((a) => `^${a}`),
    tie('atom').map((a) => `${a}$`),
  ),
})).node

const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', '1', '_', '.', ' ', '\n'), maxLength: 8 })

describe('two roads', () => {
  test('what RE2 is given matches where the RegExp matches, in the same places', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(pattern, fc.array(subject, { minLength: 1, maxLength: 6 }), async (text, subjects) => {
        const syntax = parseRegexp(text)
        const re2 = toRe2(syntax)
        fc.pre(re2 !== undefined)
        const { regexp } = toJs(syntax)
        const usable = subjects.filter((s) => !(re2!.noFinalNewline && s.endsWith('\n')))
        for (const s of usable) {
          const sql = `SELECT regexp_matches(${literal(s)}, ${literal(re2!.pattern)}), regexp_extract_all(${literal(s)}, ${literal(re2!.pattern)})[1]`
          const { rows } = await evaluator.run(engineQuery(sql, [BOOLEAN, VARCHAR]))
          const first = [...s.matchAll(regexp)][0]
          expect(rows, `${text} on ${JSON.stringify(s)}: ${re2!.pattern}`).toEqual([
            [first !== undefined, first?.[0] ?? null],
          ])
        }
      }),
      { numRuns: 150 },
    )
  })

  test('a pattern is called empty when it may match nothing', () => {
    fc.assert(
      fc.property(pattern, fc.array(subject, { maxLength: 8 }), (text, subjects) => {
        const syntax = parseRegexp(text)
        if (canBeEmpty(syntax.root)) return
        for (const s of subjects)
          for (const match of s.matchAll(toJs(syntax).regexp)) expect(match[0], text).not.toBe('')
      }),
    )
  })
})

describe('in JavaScript', () => {
  test.each([
    ['(?<=foo)bar', 'foobar', ['bar']],
    ['(?<!x)baz', 'foobaz xbaz', ['baz']],
    ['foo(?!baz)', 'foobaz foobar', ['foo']],
    ['(ab)\\1', 'ababab', ['abab']],
    ['(?<q>["\'])x\\k<q>', `"x' 'x'`, ["'x'"]],
    ['a++a', 'aaa', []],
    ['(?>a+|b)c', 'aac bc', ['aac', 'bc']],
    ['(?>a|ab)c', 'abc', []],
    ['x(?>(a)(b))\\2', 'xabb', ['xabb']],
    ['[a-z&&[^b]]+', 'abc', ['a', 'c']],
    ['[a-c[x-z]]+', 'axbyc-d', ['axbyc']],
    ['(?i)straße', 'STRAßE', ['STRAßE']],
    ['a(?i)b|c', 'aB aC', ['aB', 'aC']],
    ['(?i:k)', 'K', ['K']],
    ['\\bé\\b', 'é éa', ['é']],
    ['[[:alpha:]]+', 'aé1', ['aé']],
    ['[[:^alpha:]]', 'a1', ['1']],
    ['\\p{Han}', '漢a', ['漢']],
    ['\\P{Lu}+', 'aB', ['a']],
    ['a.c', 'a\nc', []],
    ['(?s)a.c', 'a\nc', ['a\nc']],
    ['^b', 'a\nb', []],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['a$', 'a\n', ['a']],
    ['a\\z', 'a\n', []],
    ['a\\Z', 'a\n', ['a']],
    ['(?x) a  b # both', 'ab', ['ab']],
    ['a(?#note)b', 'ab', ['ab']],
    ['\\h+', 'xfF0z', ['fF0']],
    ['x*', 'ab', ['', '', '']],
    ['a{,2}', 'a{,2}', ['a{,2}']],
    ['\\0101', 'A\b1', ['\b1']],
    ['[]a]+', ']a', [']a']],
    ['[a-]+', 'a-', ['a-']],
    ['[\\]]', ']', [']']],
    ['\\cA', '\u0001', ['\u0001']],
  ])('%s on %j', (text, input, matches) => {
    expect([...input.matchAll(toJs(parseRegexp(text)).regexp)].map((m) => m[0])).toEqual(matches)
  })

  test('groups keep their numbers beside those of atomic groups', () => {
    const js = toJs(parseRegexp('(?>x)(a)(?>y)(b)'))
    const match = js.regexp.exec('xayb')!
    expect(js.groups.slice(1).map((g) => match[g])).toEqual(['a', 'b'])
  })
})

test.each([
  ['[', 'premature end of char-class'],
  ['[]', 'empty char-class'],
  ['[b-a]', 'empty range in char class'],
  ['(', 'end pattern with unmatched parenthesis'],
  [')', 'unmatched close parenthesis'],
  ['*', 'target of repeat operator is not specified'],
  ['a|*', 'target of repeat operator is not specified'],
  ['\\', 'end pattern at escape'],
  ['(?P<n>a)', 'undefined group option'],
  ['(?z)', 'undefined group option'],
  ['\\k<n>', 'undefined name <n> reference'],
  ['a{2,1}', 'upper is smaller than lower in repeat range'],
])('%s is no pattern: %s', (text, message) => {
  expect(() => parseRegexp(text)).toThrow(new RegexpError(message))
})

test.each([
  'a|[aA]',
  'x(?:a|(?i:a))',
  '(?:(?:a*)*)',
  '(?=a)',
  '(?<!a)',
  '(a)\\1',
  '(?>a)',
  'a++',
  '[a&&b]',
  'a{1001}',
  '[^[^a]]',
])('RE2 is not asked for %s', (text) => {
  expect(toRe2(parseRegexp(text))).toBeUndefined()
})

test.each(['[Aa]dmin|[Rr]oot', '(?i)a|b', 'a[aA]', '[a-z]|a'])('RE2 can run %s', (text) => {
  expect(toRe2(parseRegexp(text))).toBeDefined()
})

test.each([
  ['\\b', { asciiOnly: true, noFinalNewline: false }],
  ['[[:digit:]]', { asciiOnly: true, noFinalNewline: false }],
  ['a$', { asciiOnly: false, noFinalNewline: true }],
  ['(?m)a$', { asciiOnly: false, noFinalNewline: false }],
  ['a\\z', { asciiOnly: false, noFinalNewline: false }],
])('the texts on which RE2 may run %s', (text, limits) => {
  expect(toRe2(parseRegexp(text))).toMatchObject(limits)
})

describe('replacements', () => {
  test.each([
    ['a$1b', 1, ['a', 1, 'b']],
    ['$10', 1, [1, '0']],
    ['$12', 12, [12]],
    ['\\$1', 1, ['$1']],
    ['\\\\', 0, ['\\']],
    ['${n}!', 1, [1, '!']],
    ['$0', 0, [0]],
    ['', 0, []],
  ])('%s', (text, groups, parts) => {
    expect(parseReplacement(text, groups, new Map([['n', 1]]))).toEqual(parts)
  })

  test.each([
    ['$', 'Illegal replacement sequence: $'],
    ['$x', 'Illegal replacement sequence: $x'],
    ['$2', 'Illegal replacement sequence: unknown group 2'],
    ['${m}', 'Illegal replacement sequence: unknown group { m }'],
    ['a\\', 'Illegal replacement sequence: a\\'],
  ])('%s is none', (text, message) => {
    expect(() => parseReplacement(text, 1, new Map())).toThrow(new RegexpError(message))
  })
})
