import { describe, expect, test } from 'vitest'
import type * as ast from '../../src/sql/ast.ts'
import { parse, parseExpression } from '../../src/sql/parse.ts'
import { printExpression } from '../../src/sql/print.ts'
import { parseSelect, shape } from './parsing.ts'

/** The operators' order, as brackets. */
const order = (text: string) => printExpression(parseExpression(text), { brackets: 'all' })

describe('precedence', () => {
  test.each([
    ['a OR b AND c', '(a OR (b AND c))'],
    ['a AND b OR c', '((a AND b) OR c)'],
    ['a OR b OR c AND d', '(a OR b OR (c AND d))'],
    ['a AND b AND c', '(a AND b AND c)'],
    ['NOT a AND b', '((NOT a) AND b)'],
    ['NOT a = b', '(NOT (a = b))'],
    ['NOT a IS NULL OR b', '((NOT (a IS NULL)) OR b)'],
    ['NOT NOT a', '(NOT (NOT a))'],
    ['a = b AND c', '((a = b) AND c)'],
    ['a = b || c', '(a = (b || c))'],
    ['a || b || c', '((a || b) || c)'],
    ['a || b + c', '(a || (b + c))'],
    ['a + b || c', '((a + b) || c)'],
    ['a + b * c', '(a + (b * c))'],
    ['a * b + c', '((a * b) + c)'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b * c % d', '(((a / b) * c) % d)'],
    ['a + b - c + d', '(((a + b) - c) + d)'],
    ['- a * b', '((-a) * b)'],
    ['a * - b', '(a * (-b))'],
    ['- a || b', '((-a) || b)'],
    ['- - a', '(-(-a))'],
    ["- a AT TIME ZONE 'z'", "(-(a AT TIME ZONE 'z'))"],
    ["a + b AT TIME ZONE 'z'", "(a + (b AT TIME ZONE 'z'))"],
    ['- a.b[1]', '(-a.b[1])'],
    ['a BETWEEN b AND c AND d', '((a BETWEEN b AND c) AND d)'],
    ['a BETWEEN b + 1 AND c || d OR e', '((a BETWEEN (b + 1) AND (c || d)) OR e)'],
    ['a LIKE b || c ESCAPE d OR e', '((a LIKE (b || c) ESCAPE d) OR e)'],
    ['a + 1 IN (b, c) AND d', '(((a + 1) IN (b, c)) AND d)'],
    ['a IS NOT DISTINCT FROM b + c', '(a IS NOT DISTINCT FROM (b + c))'],
    ['a < ALL (SELECT 1) AND b', '((a < ALL (SELECT 1)) AND b)'],
    ['x -> x OR y', 'x -> (x OR y)'],
    ['2 - -1', '(2 - -1)'],
    ['2 -1', '(2 - 1)'],
    ['2 - - 1', '(2 - -1)'],
    ['- - 1', '(- -1)'],
    ['-(1)', '(-(1))'],
    ['-1 + 2', '(-1 + 2)'],
    ['a-b', '(a - b)'],
    ['a->b-c', 'a -> (b - c)'],
  ])('%s', (text, expected) => expect(order(text)).toBe(expected))

  test.each([
    ['a UNION b INTERSECT c', 'a UNION (b INTERSECT c)'],
    ['a INTERSECT b UNION c', '(a INTERSECT b) UNION c'],
    ['a EXCEPT b UNION ALL c', '(a EXCEPT b) UNION ALL c'],
    ['a UNION (b EXCEPT c)', 'a UNION (b EXCEPT c)'],
    ['a INTERSECT b INTERSECT c', '(a INTERSECT b) INTERSECT c'],
  ])('%s', (text, expected) => {
    const body = (query: string) => query.replace(/\b[abc]\b/g, 'TABLE $&')
    expect(setOrder(parse(body(text)).body)).toBe(expected)
  })

  test.each([
    ['a JOIN b ON 1 = 1 JOIN c ON 2 = 2', '((a JOIN b) JOIN c)'],
    ['a JOIN b JOIN c ON 1 = 1 ON 2 = 2', '(a JOIN (b JOIN c))'],
    ['a CROSS JOIN b JOIN c ON 1 = 1', '((a JOIN b) JOIN c)'],
    ['a JOIN b CROSS JOIN c ON 1 = 1', '(a JOIN (b JOIN c))'],
  ])('%s', (text, expected) => expect(joinOrder(parseSelect(`SELECT 1 FROM ${text}`).from[0]!)).toBe(expected))
})

function setOrder(body: ast.QueryBody, outer = false): string {
  if (body.kind === 'Query') return setOrder(body.body, outer)
  if (body.kind !== 'SetOperation') return (body as ast.TableStatement).table.name.parts[0]!.value
  const all = body.all ? ' ALL' : ''
  const text = `${setOrder(body.left, true)} ${body.operator}${all} ${setOrder(body.right, true)}`
  return outer ? `(${text})` : text
}

function joinOrder(relation: ast.Relation): string {
  if (relation.kind === 'Join') return `(${joinOrder(relation.left)} JOIN ${joinOrder(relation.right)})`
  return (relation as ast.Table).name.parts[0]!.value
}

describe('literals', () => {
  test.each<[string, unknown]>([
    ['1', { kind: 'LongLiteral', value: 1n }],
    ['-1', { kind: 'LongLiteral', value: -1n }],
    ['- 1', { kind: 'LongLiteral', value: -1n }],
    ['1_000', { kind: 'LongLiteral', value: 1000n }],
    ['0xFF', { kind: 'LongLiteral', value: 255n }],
    ['-0x10', { kind: 'LongLiteral', value: -16n }],
    ['0O17', { kind: 'LongLiteral', value: 15n }],
    ['0b1_01', { kind: 'LongLiteral', value: 5n }],
    ['9223372036854775807', { kind: 'LongLiteral', value: 9223372036854775807n }],
    ['-9223372036854775808', { kind: 'LongLiteral', value: -9223372036854775808n }],
    ['1_0.5', { kind: 'DecimalLiteral', text: '10.5' }],
    ['-.5', { kind: 'DecimalLiteral', text: '-.5' }],
    ['5.', { kind: 'DecimalLiteral', text: '5.' }],
    ['-10E1', { kind: 'DoubleLiteral', text: '-10E1' }],
    ["'it''s'", { kind: 'StringLiteral', value: "it's" }],
    ["'a\\nb'", { kind: 'StringLiteral', value: 'a\\nb' }],
    ["U&'\\2603 \\+01F600 \\\\'", { kind: 'StringLiteral', value: '☃ \u{1f600} \\' }],
    ["U&'!2603!!''' UESCAPE '!'", { kind: 'StringLiteral', value: "☃!'" }],
    ["X'0a Ff'", { kind: 'BinaryLiteral', hex: '0aff' }],
    ["DATE '2024-01-01'", { kind: 'GenericLiteral', type: 'date', value: '2024-01-01' }],
    ["DOUBLE PRECISION '1'", { kind: 'GenericLiteral', type: 'double', value: '1' }],
    ['"Date" \'\'', { kind: 'GenericLiteral', type: 'date', value: '' }],
    ["INTERVAL - '3' DAY", { kind: 'IntervalLiteral', sign: -1, value: '3', from: 'DAY' }],
    ["interval '1-2' year to month", { kind: 'IntervalLiteral', sign: 1, value: '1-2', from: 'YEAR', to: 'MONTH' }],
    ['NULL', { kind: 'NullLiteral' }],
    ['true', { kind: 'BooleanLiteral', value: true }],
    ['false', { kind: 'BooleanLiteral', value: false }],
  ])('%s', (text, expected) => expect(shape(parseExpression(text))).toEqual(expected))
})

const id = (value: string, quoted = false) => ({ kind: 'Identifier', value, quoted })
const name = (value: string, quoted = false) => ({ kind: 'Name', value, quoted })
const qualified = (...parts: string[]) => ({ kind: 'QualifiedName', parts: parts.map((part) => name(part)) })
const long = (value: bigint) => ({ kind: 'LongLiteral', value })
const call = (value: string, ...parameters: unknown[]) => ({
  ...{ kind: 'FunctionCall', name: qualified(value), distinct: false, star: false },
  ...{ arguments: parameters, orderBy: [] },
})

describe('expressions', () => {
  test.each<[string, unknown]>([
    ['a.b', { kind: 'Dereference', base: id('a'), field: name('b') }],
    ['"A b"."c"', { kind: 'Dereference', base: id('A b', true), field: name('c', true) }],
    ['f(x).y', { kind: 'Dereference', base: call('f', id('x')), field: name('y') }],
    ['a[1]', { kind: 'Subscript', base: id('a'), index: long(1n) }],
    ['(a)', { kind: 'Parenthesized', expression: id('a') }],
    ['(a, b)', { kind: 'Row', items: [id('a'), id('b')] }],
    ['row()', call('row')],
    ['ROW(a)', { kind: 'Row', items: [id('a')] }],
    ['ARRAY[]', { kind: 'ArrayConstructor', items: [] }],
    ['[a, b]', { kind: 'ArrayConstructor', items: [id('a'), id('b')] }],
    ['+1', { kind: 'Negation', operator: '+', value: long(1n) }],
    ['-a', { kind: 'Negation', operator: '-', value: id('a') }],
    ['a != b', { kind: 'Comparison', operator: '<>', left: id('a'), right: id('b') }],
    ['a NOT IN (b)', { kind: 'In', negated: true, value: id('a'), list: [id('b')] }],
    ['a AND b AND c', { kind: 'Logical', operator: 'AND', terms: [id('a'), id('b'), id('c')] }],
    ['() -> a', { kind: 'Lambda', parameters: [], body: id('a') }],
    ['(x, y) -> x', { kind: 'Lambda', parameters: [name('x'), name('y')], body: id('x') }],
    ['count(*)', { ...call('count'), star: true }],
    ['count(DISTINCT a)', { ...call('count', id('a')), distinct: true }],
    ['count(ALL a)', call('count', id('a'))],
    ['IF(a, b)', call('IF', id('a'), id('b'))],
    ['substring(a FROM 1 FOR 2)', call('substring', id('a'), long(1n), long(2n))],
    ['POSITION(a IN b)', call('strpos', id('b'), id('a'))],
    ['normalize(a, nfd)', call('normalize', id('a'), { kind: 'StringLiteral', value: 'NFD' })],
    ['extract(day FROM a)', { kind: 'Extract', field: 'DAY', value: id('a') }],
    ['trim(a)', { kind: 'Trim', side: 'BOTH', value: id('a') }],
    ['trim(a, b)', { kind: 'Trim', side: 'BOTH', value: id('a'), characters: id('b') }],
    ['trim(a FROM b)', { kind: 'Trim', side: 'BOTH', value: id('b'), characters: id('a') }],
    ['trim(LEADING FROM b)', { kind: 'Trim', side: 'LEADING', value: id('b') }],
    ['trim(TRAILING a FROM b)', { kind: 'Trim', side: 'TRAILING', value: id('b'), characters: id('a') }],
    ['localtimestamp(3)', { kind: 'CurrentValue', name: 'LOCALTIMESTAMP', precision: 3 }],
    ['CURRENT_DATE', { kind: 'CurrentValue', name: 'DATE' }],
    [
      'grouping(a, b.c)',
      { kind: 'Grouping', arguments: [id('a'), { kind: 'Dereference', base: id('b'), field: name('c') }] },
    ],
    ['a = any(b)', { kind: 'Comparison', operator: '=', left: id('a'), right: call('any', id('b')) }],
    [
      "JSON_EXISTS(a, 'lax $')",
      { kind: 'JsonFunction', name: 'JSON_EXISTS', arguments: [id('a')], formatJson: [false], path: 'lax $' },
    ],
    [
      'JSON_OBJECT(a : b FORMAT JSON, KEY c VALUE d ABSENT ON NULL WITH UNIQUE)',
      {
        ...{ kind: 'JsonFunction', name: 'JSON_OBJECT', keys: [id('a'), id('c')], arguments: [id('b'), id('d')] },
        ...{ formatJson: [true, false], nullOnNull: false, uniqueKeys: true },
      },
    ],
    [
      "LISTAGG(a, ',' ON OVERFLOW TRUNCATE '…' WITHOUT COUNT) WITHIN GROUP (ORDER BY b DESC)",
      {
        ...call('LISTAGG', id('a'), { kind: 'StringLiteral', value: ',' }),
        orderBy: [{ kind: 'SortItem', expression: id('b'), descending: true }],
        overflow: { filler: '…', withCount: false },
      },
    ],
    [
      'f(a) FILTER (WHERE b) IGNORE NULLS OVER w',
      { ...call('f', id('a')), filter: id('b'), nulls: 'IGNORE', over: name('w') },
    ],
  ])('%s', (text, expected) => expect(shape(parseExpression(text))).toEqual(expected))
})

describe('types', () => {
  const generic = (value: string, ...parameters: unknown[]) => ({
    kind: 'GenericType',
    name: value,
    arguments: parameters,
  })
  test.each<[string, unknown]>([
    ['BIGINT', generic('bigint')],
    ['decimal(10, 2)', generic('decimal', 10, 2)],
    ['DOUBLE PRECISION', generic('double')],
    ['array(varchar(3))', generic('array', generic('varchar', 3))],
    ['ARRAY<bigint>', generic('array', generic('bigint'))],
    ['MAP<varchar, ARRAY<json>>', generic('map', generic('varchar'), generic('array', generic('json')))],
    ['bigint ARRAY ARRAY', generic('array', generic('array', generic('bigint')))],
    ['timestamp(3) with time zone', { kind: 'DateTimeType', name: 'timestamp', precision: 3, withTimeZone: true }],
    ['TIME WITHOUT TIME ZONE', { kind: 'DateTimeType', name: 'time', withTimeZone: false }],
    ['interval year to month', { kind: 'IntervalType', from: 'YEAR', to: 'MONTH' }],
    [
      'row(bigint, a bigint)',
      { kind: 'RowType', fields: [{ type: generic('bigint') }, { name: name('a'), type: generic('bigint') }] },
    ],
    ['row(bigint array)', { kind: 'RowType', fields: [{ type: generic('array', generic('bigint')) }] }],
    [
      'row(x array(bigint))',
      { kind: 'RowType', fields: [{ name: name('x'), type: generic('array', generic('bigint')) }] },
    ],
    ['row(double precision)', { kind: 'RowType', fields: [{ type: generic('double') }] }],
    ['row(double double)', { kind: 'RowType', fields: [{ name: name('double'), type: generic('double') }] }],
    [
      'row(time time)',
      {
        kind: 'RowType',
        fields: [{ name: name('time'), type: { kind: 'DateTimeType', name: 'time', withTimeZone: false } }],
      },
    ],
  ])('%s', (text, expected) => {
    expect(shape((parseExpression(`CAST(a AS ${text})`) as ast.Cast).type)).toEqual(expected)
  })
})

describe('queries', () => {
  test('clauses stand where they belong', () => {
    const query = parse(
      'WITH x AS (SELECT 1) SELECT a FROM x WHERE b GROUP BY c HAVING d ORDER BY e OFFSET 1 ROW LIMIT 2',
    )
    expect(shape(query)).toMatchObject({
      with: { recursive: false, queries: [{ name: { value: 'x' } }] },
      body: {
        ...{ distinct: false, items: [{ expression: id('a') }], from: [{ kind: 'Table' }], where: id('b') },
        ...{
          groupBy: { distinct: false, elements: [{ kind: 'SimpleGroupBy', expressions: [id('c')] }] },
          having: id('d'),
        },
      },
      orderBy: [{ expression: id('e'), descending: false }],
      offset: long(1n),
      limit: { count: long(2n), withTies: false },
    })
  })

  test.each<[string, unknown]>([
    ['LIMIT ALL', { kind: 'Limit', withTies: false }],
    ['FETCH FIRST ROW ONLY', { kind: 'Limit', count: long(1n), withTies: false }],
    ['FETCH NEXT 5 ROWS WITH TIES', { kind: 'Limit', count: long(5n), withTies: true }],
    ['LIMIT ?', { kind: 'Limit', count: { kind: 'Parameter', index: 0 }, withTies: false }],
  ])('%s', (text, expected) => expect(shape(parse(`SELECT 1 ${text}`).limit)).toEqual(expected))

  test('parameters are numbered in the order of the text', () => {
    const indexes = JSON.stringify(shape(parse('SELECT ?, f(?) FROM t WHERE a = ? OFFSET ? LIMIT ?')), (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ).match(/"index":\d/g)
    expect(indexes).toEqual([0, 1, 2, 3, 4].map((i) => `"index":${i}`))
    expect(parseExpression('?')).toMatchObject({ index: 0 })
  })

  test.each([
    ['a', [['a']]],
    ['(a)', [['a']]],
    ['(a, b), c', [['a', 'b'], ['c']]],
    ['()', [[]]],
  ])('GROUP BY %s', (text, expected) => {
    const { groupBy } = parseSelect(`SELECT 1 GROUP BY ${text}`)
    const sets = groupBy!.elements.map((element) =>
      element.kind === 'SimpleGroupBy' ? element.expressions.map((e) => (e as ast.Identifier).value) : element.kind,
    )
    expect(sets).toEqual(expected)
  })

  test('what starts with a bracket is a list only when nothing follows the bracket', () => {
    const { groupBy } = parseSelect('SELECT 1 GROUP BY (a) + 1, (a, b) = (1, 2), (SELECT 1), ((a, b))')
    const kinds = groupBy!.elements.map((e) => (e.kind === 'SimpleGroupBy' ? e.expressions.map((x) => x.kind) : e.kind))
    expect(kinds).toEqual([['Arithmetic'], ['Comparison'], ['Subquery'], ['Row']])
  })

  test.each([
    ['((SELECT 1))', 'TableSubquery'],
    ['((SELECT 1) t)', 'ParenthesizedRelation'],
    ['((SELECT 1) UNION SELECT 2)', 'TableSubquery'],
    ['((SELECT 1) LIMIT 1)', 'TableSubquery'],
    ['((t))', 'ParenthesizedRelation'],
    ['(VALUES 1)', 'TableSubquery'],
    ['(TABLE t)', 'TableSubquery'],
    ['(WITH a AS (SELECT 1) TABLE a)', 'TableSubquery'],
    ['lateral', 'Table'],
    ['LATERAL (SELECT 1)', 'Lateral'],
  ])('FROM %s', (text, kind) => expect(parseSelect(`SELECT 1 FROM ${text}`).from[0]!.kind).toBe(kind))

  test('names of stores are names, unquoted', () => {
    const uuid = '5e2676f8-9fce-46ef-8142-3e36a94e6691'
    const { items, from } = parseSelect(
      `SELECT ${uuid}.eventName, $EDS_ID.a FROM ${uuid}, "${uuid}", $EDS_ID, lake.${uuid} e`,
    )
    expect(shape(items)).toMatchObject([
      { expression: { kind: 'Dereference', base: id(uuid), field: name('eventName') } },
      { expression: { kind: 'Dereference', base: id('$EDS_ID') } },
    ])
    expect(shape(from)).toEqual([
      { kind: 'Table', name: qualified(uuid) },
      { kind: 'Table', name: { kind: 'QualifiedName', parts: [name(uuid, true)] } },
      { kind: 'Table', name: qualified('$EDS_ID') },
      { kind: 'AliasedRelation', relation: { kind: 'Table', name: qualified('lake', uuid) }, alias: name('e') },
    ])
  })

  test('one semicolon after the query is accepted', () => {
    expect(shape(parse('SELECT 1 ; -- done\n'))).toEqual(shape(parse('SELECT 1')))
  })
})
