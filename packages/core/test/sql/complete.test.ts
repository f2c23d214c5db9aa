import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/sql/catalog.ts'
import { type Completion, complete } from '../../src/sql/complete.ts'
import { layoutTable } from '../../src/sql/default-catalog.ts'
import { translate } from '../../src/sql/translate.ts'
import { grammaticalTexts } from './grammatical.ts'

const org = layoutTable('org', 'events')
const catalog: Catalog = {
  table: (parts) => (['org', 'my store'].includes(parts.join('.').toLowerCase()) ? org : undefined),
  tableNames: () => ['org', 'my store', 'traillake.queries'],
}

/** What is offered where `|` stands. */
function at(marked: string): readonly Completion[] {
  const offset = marked.indexOf('|')
  return complete(marked.slice(0, offset) + marked.slice(offset + 1), offset, { catalog }).items
}
const labels = (marked: string, ...kinds: readonly Completion['kind'][]) =>
  at(marked)
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ label }) => label)

describe('columns', () => {
  test('of the store that FROM names, also when it stands behind', () => {
    expect(at('SELECT eventN| FROM org')).toEqual([
      { label: 'eventname', kind: 'column', detail: 'varchar', insert: 'eventname' },
    ])
    expect(labels('SELECT | FROM org', 'column').slice(0, 3)).toEqual(['eventversion', 'useridentity', 'eventtime'])
    expect(labels('SELECT "$s|', 'column')).toEqual([])
    expect(labels('SELECT | ', 'column')).toEqual([])
  })

  test.each([
    ['SELECT 1 FROM org WHERE errorC|', ['errorcode']],
    ['SELECT 1 FROM org WHERE a = 1 AND errorC|', ['errorcode']],
    ['SELECT count(*) FROM org GROUP BY awsR|', ['awsregion']],
    ['SELECT count(*) FROM org o JOIN org p ON o.eventID = p.eventI|', ['eventid']],
    ['SELECT lower(o.eventI|) FROM org o', ['eventid']],
    ['SELECT 1 FROM (SELECT eventName AS what, 1 AS n FROM org) WHERE wh|', ['what']],
    ['WITH a AS (SELECT 1 AS one) SELECT o| FROM a', ['one']],
    ['WITH a (two) AS (SELECT 1 AS one) SELECT t| FROM a', ['two']],
    ['WITH a AS (SELECT 1 AS one), b AS (SELECT one AS other FROM a) SELECT o| FROM b', ['other']],
    ['SELECT 1 FROM org WHERE eventID IN (SELECT x| FROM (VALUES 1) t(xyz))', ['xyz']],
    ['SELECT 1 FROM org WHERE eventID IN (SELECT eventI| FROM (VALUES 1) t(xyz))', ['eventid']],
    ['SELECT 1 FROM org, (SELECT eventI| FROM (VALUES 1) t(xyz))', []],
    ['SELECT xy| FROM (VALUES 1) t(xyz) UNION SELECT xa FROM (VALUES 1) t(xya)', ['xyz']],
    ['SELECT xyz FROM (VALUES 1) t(xyz) UNION SELECT xy| FROM (VALUES 1) t(xya)', ['xya']],
    ['SELECT ar| FROM org CROSS JOIN UNNEST(resources) AS r', ['arn', 'arnprefix']],
    ["SELECT 1 FROM org WHERE (eventName = 'x' OR errorC|)", ['errorcode']],
    ["SELECT 1 FROM org WHERE ((eventName) IN ('x', 'y') AND errorC|", ['errorcode']],
    ['SELECT 1 IS DISTINCT FROM 2, eventI| FROM org', ['eventid']],
  ])('%s', (text, expected) => {
    expect(labels(text, 'column')).toEqual(expected)
  })
})

describe('fields', () => {
  test.each([
    ['SELECT useridentity.sess| FROM org', ['sessioncontext']],
    ['SELECT userIdentity.sessionContext.sessionIssuer.use| FROM org', ['username']],
    ['SELECT o.userIdentity.a| FROM org o', ['arn', 'accountid', 'accesskeyid']],
    ['SELECT eventName.| FROM org', []],
    ['SELECT nothing.| FROM org', []],
    ['SELECT f(1).| FROM org', []],
  ])('%s', (text, expected) => {
    expect(labels(text, 'field').toSorted()).toEqual(expected.toSorted())
  })

  test('have types, a relation’s columns are columns', () => {
    expect(at('SELECT useridentity.arn| FROM org')).toEqual([
      { label: 'arn', kind: 'field', detail: 'varchar', insert: 'arn' },
    ])
    expect(labels('SELECT o.eventN| FROM org AS o')).toEqual(['eventname'])
    expect(labels('SELECT o| FROM org AS o', 'relation')).toEqual(['o'])
  })
})

describe('names of tables', () => {
  test('after FROM and JOIN: what WITH names, then stores', () => {
    expect(at('WITH mine AS (SELECT 1) SELECT 1 FROM m|')).toEqual([
      { label: 'mine', kind: 'relation', insert: 'mine' },
      { label: 'my store', kind: 'store', insert: '"my store"' },
    ])
    expect(at('SELECT 1 FROM org JOIN tr|')).toEqual([
      { label: 'traillake.queries', kind: 'store', insert: 'traillake.queries' },
    ])
    expect(labels('SELECT 1 FROM |', 'column', 'function')).toEqual([])
  })
})

describe('functions and keywords', () => {
  test('functions with what they take, where a value can stand', () => {
    expect(at('SELECT json_extract_s| FROM org')).toEqual([
      {
        label: 'json_extract_scalar',
        kind: 'function',
        detail: '(json, varchar) -> varchar | (varchar(n), varchar) -> varchar(n)',
        insert: 'json_extract_scalar(',
      },
    ])
    expect(labels('SELECT coal|', 'function')).toEqual(['coalesce'])
    expect(labels('SELECT a AS coal|')).toEqual([])
    expect(labels('SELECT a FROM org LIMIT c|', 'column', 'function')).toEqual([])
  })

  test.each([
    ['|', ['SELECT', 'VALUES', 'TABLE', 'WITH']],
    ['sel|', ['SELECT']],
    ['SELECT 1 FROM org g|', ['GROUP BY']],
    ['SELECT 1 FROM org WHERE a o|', ['OR', 'ORDER BY', 'OFFSET']],
    ['SELECT f() OVER (p|', ['PARTITION BY']],
    ['SELECT a FROM org ORDER BY a d|', ['DESC']],
    ['SELECT CASE w|', ['WHEN']],
    ["SELECT CAST('1' |", ['AS']],
  ])('%s', (text, expected) => {
    const found = labels(text, 'keyword')
    expect(expected.filter((word) => !found.includes(word))).toEqual([])
    const typed = /\w*$/.exec(text.slice(0, -1))![0]
    if (typed !== '') expect(found.filter((word) => !word.startsWith(typed.toUpperCase()))).toEqual([])
  })
})

test.each(["SELECT 'ev|", 'SELECT "ev|', 'SELECT 1 -- ev|', 'SELECT /* ev|', "SELECT 'a' 'ev| FROM org"])(
  'nothing is offered in %s',
  (text) => expect(at(text)).toEqual([]),
)

test('the whole word is replaced, before and behind the place', () => {
  expect(complete('SELECT eventXame FROM org', 12, { catalog }).span).toEqual({ start: 7, end: 16 })
  expect(complete('SELECT  FROM org', 7, { catalog }).span).toEqual({ start: 7, end: 7 })
})

test('every column offered after SELECT can be put there', () => {
  for (const { insert } of at('SELECT | FROM org').filter(({ kind }) => kind === 'column'))
    expect(() => translate(`SELECT ${insert} FROM org`, { catalog })).not.toThrow()
})

test('at any place of any text an answer comes, soon, and what is offered starts with what is typed', () => {
  const text = fc.constantFrom(...grammaticalTexts())
  fc.assert(
    fc.property(text, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (sql, part, cut) => {
      const offset = Math.floor(part * sql.length)
      const { span, items } = complete(cut ? sql.slice(0, offset) : sql, offset)
      expect(span.start).toBeLessThanOrEqual(offset)
      expect(span.end).toBeGreaterThanOrEqual(offset)
      const typed = sql.slice(span.start, offset).toLowerCase()
      expect(items.filter(({ label }) => !label.toLowerCase().startsWith(typed))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a word of a grammatical text is among what is offered in its place', () => {
  const missing: string[] = []
  for (const sql of grammaticalTexts().slice(0, 400)) {
    for (const { index, 0: word } of sql.matchAll(
      /\b(?:SELECT|FROM|WHERE|AND|OR|HAVING|LIMIT|UNION|JOIN|AS|IN|LIKE|IS|CASE|WHEN|THEN|END)\b/g,
    )) {
      const found = complete(sql, index + 1).items.map(({ label }) => label)
      if (complete(sql, index + 1).span.end === index + word.length && !found.includes(word))
        missing.push(`${word} at ${index}: ${sql}`)
    }
  }
  expect(missing).toEqual([])
})

test('many open brackets do not take long', () => {
  expect(labels(`SELECT ${'('.repeat(40)}eventN| FROM org`)).toBeDefined()
})
