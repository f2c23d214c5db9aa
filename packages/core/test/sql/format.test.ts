import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { format } from '../../src/sql/format.ts'
import { lex } from '../../src/sql/lexer.ts'
import { parse } from '../../src/sql/parse.ts'
import { grammaticalTexts } from './grammatical.ts'
import { shape } from './parsing.ts'

const texts = grammaticalTexts()
const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
const tree = (text: string) => JSON.stringify(shape(parse(text)), bigints)
const comments = (text: string) => lex(text).comments.map((comment) => comment.text.trimEnd())

describe.each([100, 40, 1])('within %i columns', (width) => {
  test('every text keeps its meaning, and what is formatted stays', () => {
    const wrong = texts.flatMap((text) => {
      const formatted = format(text, { width })
      if (tree(formatted) !== tree(text)) return [['other meaning', text, formatted]]
      if (format(formatted, { width }) !== formatted) return [['not fixed', text, formatted]]
      if (/[ \t]$/m.test(formatted)) return [['blank at the end of a line', text, formatted]]
      return formatted.endsWith('\n') && !formatted.endsWith('\n\n') ? [] : [['end', text, formatted]]
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })

  test('comments between any two tokens stay, in their order', () => {
    const remark = fc.constantFrom(
      '',
      ' ',
      ' -- x y \n',
      '\n-- z\n',
      ' /* in */ ',
      '\n/* own */\n',
      '/* two\n  lines */',
      '/**/',
    )
    const text = fc.constantFrom(...texts.filter((one) => one.length < 300))
    fc.assert(
      fc.property(text, fc.infiniteStream(remark), (query, remarks) => {
        const tokens = lex(query).tokens.slice(0, -1)
        const spread = tokens.map((token) => `${remarks.next().value} ${token.image}`).join('') + remarks.next().value
        const formatted = format(spread, { width })
        expect(comments(formatted)).toEqual(comments(spread))
        expect(tree(formatted)).toBe(tree(query))
        expect(format(formatted, { width })).toBe(formatted)
      }),
      { numRuns: 500 },
    )
  })
})

test.each([
  ['a query that fits is one line', 'select  a,b from t\nwhere x=1 ;', 'SELECT a, b FROM t WHERE x = 1;\n'],
  [
    'clauses stand under each other',
    "select eventTime, eventName, userIdentity.arn from org where errorCode = 'AccessDenied' and eventTime > '2024-01-01 00:00:00' order by eventTime desc limit 20",
    `SELECT eventTime, eventName, userIdentity.arn
FROM org
WHERE errorCode = 'AccessDenied' AND eventTime > '2024-01-01 00:00:00'
ORDER BY eventTime DESC
LIMIT 20
`,
  ],
  [
    'long lists and conditions take a line each',
    "select eventTime, eventName, eventSource, awsRegion, userIdentity.arn, userIdentity.type, sourceIPAddress, errorCode from org where errorCode = 'AccessDenied' and eventSource = 's3.amazonaws.com' and (awsRegion = 'us-east-1' or awsRegion = 'eu-west-1')",
    `SELECT
  eventTime,
  eventName,
  eventSource,
  awsRegion,
  userIdentity.arn,
  userIdentity.type,
  sourceIPAddress,
  errorCode
FROM org
WHERE errorCode = 'AccessDenied'
  AND eventSource = 's3.amazonaws.com'
  AND (awsRegion = 'us-east-1' OR awsRegion = 'eu-west-1')
`,
  ],
  [
    'sub-queries and joins are indented',
    'with busy as (select eventName, count(*) as n from org group by eventName having count(*) > 100), quiet as (select 1 as one) select b.eventName, e.eventID from busy b join org e on b.eventName = e.eventName where e.eventID in (select eventID from other)',
    `WITH busy AS (SELECT eventName, count(*) AS n FROM org GROUP BY eventName HAVING count(*) > 100),
quiet AS (SELECT 1 AS one)
SELECT b.eventName, e.eventID
FROM busy b
JOIN org e ON b.eventName = e.eventName
WHERE e.eventID IN (SELECT eventID FROM other)
`,
  ],
  [
    'comments stay at what they stand at',
    '-- who did it\nselect eventName, -- what\n /* when */ eventTime from org -- the store\n -- no more\n',
    `-- who did it
SELECT
  eventName, -- what
  /* when */
  eventTime
FROM org -- the store
-- no more
`,
  ],
  [
    'names, functions and types keep their letters',
    'select Count(*) as Total, cast(x as Varchar(3)), "Select", if(a, date \'2024-01-01\') from Org',
    'SELECT Count(*) AS Total, CAST(x AS Varchar(3)), "Select", if(a, date \'2024-01-01\') FROM Org\n',
  ],
])('%s', (_, text, expected) => {
  expect(format(text)).toBe(expected)
})

test('what is no query is refused with its place', () => {
  expect(() => format('SELECT a FORM b c')).toThrow(/^line 1:/)
})
