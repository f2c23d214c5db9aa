import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as ast from '../../src/sql/ast.ts'
import { lex } from '../../src/sql/lexer.ts'
import { parse, parseExpression } from '../../src/sql/parse.ts'
import { printExpression, printQuery } from '../../src/sql/print.ts'
import { walk } from '../../src/sql/visit.ts'
import { grammaticalTexts } from './grammatical.ts'
import { shape } from './parsing.ts'

const texts = grammaticalTexts()

test('there are enough texts', () => expect(texts.length).toBeGreaterThan(4_000))

/** The texts for which a law does not hold, with what it found. */
function exceptions(law: (text: string, query: ast.Query) => unknown): readonly (readonly [string, unknown])[] {
  return texts.flatMap((text) => {
    const found = law(text, parse(text))
    return found === undefined ? [] : [[text, found] as const]
  })
}

const same = (a: unknown, b: unknown) => JSON.stringify(a, bigints) === JSON.stringify(b, bigints)
const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)

describe('printing', () => {
  test('gives a text of the same tree, and is a fixed point', () => {
    const wrong = exceptions((_, query) => {
      const printed = printQuery(query)
      const again = parse(printed)
      return same(shape(again), shape(query)) && printQuery(again) === printed ? undefined : printed
    })
    expect(wrong).toEqual([])
  })

  test('with all brackets gives the same tree but for them', () => {
    const wrong = exceptions((_, query) => {
      const printed = printQuery(query, { brackets: 'all' })
      const again = parse(printed)
      return same(shape(again, { brackets: false }), shape(query, { brackets: false })) ? undefined : printed
    })
    expect(wrong).toEqual([])
  })
})

test('comments and line ends between any two tokens change nothing', () => {
  const wrong = exceptions((text, query) => {
    const words = lex(text).tokens.slice(0, -1)
    const spread = words.map((token) => `/* it's "a" -- */${token.image} -- ; '\n\t`).join('\r\n')
    return same(shape(parse(spread)), shape(query)) ? undefined : spread
  })
  expect(wrong).toEqual([])
})

const notExpressions: ReadonlySet<string> = new Set([
  ...['Query', 'With', 'WithQuery', 'SetOperation', 'Values', 'TableStatement', 'QuerySpecification', 'Limit'],
  ...['SingleColumn', 'AllColumns', 'GroupBy', 'SimpleGroupBy', 'Rollup', 'Cube', 'GroupingSets', 'SortItem'],
  ...['Table', 'TableSubquery', 'Unnest', 'Lateral', 'Join', 'AliasedRelation', 'SampledRelation'],
  ...['ParenthesizedRelation', 'Name', 'QualifiedName', 'GenericType', 'DateTimeType', 'IntervalType', 'RowType'],
  ...['WhenClause', 'WindowDefinition', 'Window', 'WindowFrame', 'FrameBound'],
])

/** A text that holds the slice of a node, and where in its tree the node is found again. */
const frames: Readonly<
  Record<string, readonly [frame: (slice: string) => string, find: (query: ast.Query) => unknown]>
> = {
  Query: [(s) => s, (q) => q],
  QuerySpecification: [(s) => s, (q) => q.body],
  SetOperation: [(s) => s, (q) => q.body],
  Values: [(s) => s, (q) => q.body],
  TableStatement: [(s) => s, (q) => q.body],
  With: [(s) => `${s} SELECT 1`, (q) => q.with],
  WithQuery: [(s) => `WITH ${s} SELECT 1`, (q) => q.with!.queries[0]],
  Limit: [(s) => `SELECT 1 ${s}`, (q) => q.limit],
  SortItem: [(s) => `SELECT 1 ORDER BY ${s}`, (q) => q.orderBy[0]],
  SingleColumn: [(s) => `SELECT ${s}`, (q) => select(q).items[0]],
  AllColumns: [(s) => `SELECT ${s}`, (q) => select(q).items[0]],
  GroupBy: [(s) => `SELECT 1 ${s}`, (q) => select(q).groupBy],
  SimpleGroupBy: [(s) => `SELECT 1 GROUP BY ${s}`, (q) => select(q).groupBy!.elements[0]],
  Rollup: [(s) => `SELECT 1 GROUP BY ${s}`, (q) => select(q).groupBy!.elements[0]],
  Cube: [(s) => `SELECT 1 GROUP BY ${s}`, (q) => select(q).groupBy!.elements[0]],
  GroupingSets: [(s) => `SELECT 1 GROUP BY ${s}`, (q) => select(q).groupBy!.elements[0]],
  Table: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  TableSubquery: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  Unnest: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  Lateral: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  Join: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  AliasedRelation: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  SampledRelation: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  ParenthesizedRelation: [(s) => `SELECT 1 FROM ${s}`, (q) => select(q).from[0]],
  QualifiedName: [(s) => `SELECT 1 FROM ${s}`, (q) => (select(q).from[0] as ast.Table).name],
  Name: [(s) => `SELECT 1 FROM ${s}`, (q) => (select(q).from[0] as ast.Table).name.parts[0]],
  GenericType: [(s) => `SELECT CAST(1 AS ${s})`, (q) => (first(q) as ast.Cast).type],
  DateTimeType: [(s) => `SELECT CAST(1 AS ${s})`, (q) => (first(q) as ast.Cast).type],
  IntervalType: [(s) => `SELECT CAST(1 AS ${s})`, (q) => (first(q) as ast.Cast).type],
  RowType: [(s) => `SELECT CAST(1 AS ${s})`, (q) => (first(q) as ast.Cast).type],
  WhenClause: [(s) => `SELECT CASE ${s} END`, (q) => (first(q) as ast.SearchedCase).whens[0]],
  WindowDefinition: [(s) => `SELECT 1 WINDOW ${s}`, (q) => select(q).windows[0]],
  Window: [(s) => `SELECT f() OVER ${s}`, (q) => (first(q) as ast.FunctionCall).over],
  WindowFrame: [(s) => `SELECT f() OVER (${s})`, (q) => window(q)?.frame],
  FrameBound: [(s) => `SELECT f() OVER (ROWS ${s})`, (q) => window(q)?.frame?.start],
}

const select = (query: ast.Query) => query.body as ast.QuerySpecification
const first = (query: ast.Query) => (select(query).items[0] as ast.SingleColumn).expression
const window = (query: ast.Query) => (first(query) as ast.FunctionCall).over as ast.Window | undefined

/** Nodes for what the text says in other words: no text of their own gives them. */
function isReworded(node: ast.Node, slice: string): boolean {
  // FETCH FIRST ROW: a one that is not written. NORMALIZE(x, NFC): a word for a string. POSITION(): strpos.
  if (node.kind === 'LongLiteral') return slice === ''
  if (node.kind === 'StringLiteral') return /^NFK?[CD]$/i.test(slice)
  const name = node.kind === 'QualifiedName' ? node.parts[0] : node.kind === 'Name' ? node : undefined
  return name?.value === 'strpos' && /^position$/i.test(slice)
}

test('every node slices back to its own text', () => {
  const seen = new Set<string>()
  const wrong: unknown[] = []
  for (const text of texts) {
    walk(parse(text), (node) => {
      const slice = text.slice(node.span.start, node.span.end)
      if (isReworded(node, slice)) return
      // A table's names may be what no other name can be; functions' names may be reserved.
      const reserved =
        node.kind === 'Name' || node.kind === 'QualifiedName' ? /^(?:listagg|normalize)$/i.test(slice) : false
      if (reserved) return
      const key = `${node.kind} ${slice}`
      if (seen.has(key)) return
      seen.add(key)
      try {
        const [frame, find] = frames[node.kind] ?? []
        // The numbers of parameters depend on what is before them.
        const again = frame && find ? find(parse(frame(slice))) : parseExpression(slice)
        if (!slice.includes('?') && !same(shape(again), shape(node))) wrong.push([key, text])
      } catch (error) {
        wrong.push([key, text, (error as Error).message])
      }
    })
  }
  expect(wrong).toEqual([])
  const kinds = new Set([...seen].map((key) => key.split(' ')[0]!))
  expect([...notExpressions].filter((kind) => !kinds.has(kind))).toEqual([])
})

test('a lambda among operators is printed in brackets: to its right everything is its body', () => {
  expect(printExpression(parseExpression('1 + x -> x || y'))).toBe('1 + (x -> x || y)')
  expect(printExpression(parseExpression('f(x -> x, y)'))).toBe('f(x -> x, y)')
})

const operators = [
  ...['OR', 'AND', '=', '<>', '<', '<=', '>', '>=', '||', '+', '-', '*', '/', '%', 'LIKE', 'IS DISTINCT FROM'],
] as const
const operand = fc.constantFrom('a', '1', '-1', 'f(x)', '"b"', "'s'", 'a.b', 'm[1]', 'NULL', '- a', 'NOT a', '(a)')

test('random chains of operators: brackets for all of them change nothing but brackets', () => {
  const chain = fc.tuple(operand, fc.array(fc.tuple(fc.constantFrom(...operators), operand), { maxLength: 6 }))
  fc.assert(
    fc.property(chain, ([head, tail]) => {
      const text = [head, ...tail.flat()].join(' ')
      let tree: ast.Expression
      try {
        tree = parseExpression(text)
      } catch {
        return
      }
      const all = printExpression(tree, { brackets: 'all' })
      expect(shape(parseExpression(all), { brackets: false })).toEqual(shape(tree, { brackets: false }))
      const needed = printExpression(tree)
      expect(shape(parseExpression(needed))).toEqual(shape(tree))
    }),
    { numRuns: 2_000 },
  )
})
