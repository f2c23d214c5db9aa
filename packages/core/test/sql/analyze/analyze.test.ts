import { describe, expect, test } from 'vitest'
import { renderError, TraillakeError } from '../../../src/errors/index.ts'
import { formatType } from '../../../src/schema/types.ts'
import type { Analysis, Reference } from '../../../src/sql/analyze/analysis.ts'
import { expressionKey } from '../../../src/sql/analyze/expression-key.ts'
import { signatureOf } from '../../../src/sql/analyze/signature.ts'
import type * as ast from '../../../src/sql/ast.ts'
import { defaultCatalog } from '../../../src/sql/default-catalog.ts'
import { functions } from '../../../src/sql/functions/index.ts'
import { walk } from '../../../src/sql/visit.ts'
import { analyzeText, tryAnalyze } from './golden-cases.ts'

const STORE = 'e0000000-0000-4000-8000-000000000001'
const OTHER = 'e0000000-0000-4000-8000-000000000002'

const outputOf = (sql: string) => analyzeText(sql).output.map(({ name, type }) => `${name} ${formatType(type)}`)

function errorOf(sql: string): TraillakeError {
  const found = tryAnalyze(sql)
  if (found instanceof TraillakeError) return found
  return expect.fail(`${sql} was accepted`)
}

/** The node of the tree whose source text is `text`. */
function nodeAt(sql: string, analysis: Analysis, text: string, occurrence = 0): ast.Expression {
  const found: ast.Node[] = []
  walk(analysis.query, (node) => {
    if (sql.slice(node.span.start, node.span.end) === text && analysis.typeOf.has(node as ast.Expression))
      found.push(node)
  })
  return found[occurrence] as ast.Expression
}

describe('labels and types', () => {
  test.each<{ sql: string; output: string[] }>([
    { sql: `SELECT a AS b, b AS a FROM (VALUES (1, 'x')) t(a, b) ORDER BY a`, output: ['b integer', 'a varchar(1)'] },
    { sql: 'VALUES (1, NULL), (2.5, ROW(1))', output: ['_col0 decimal(11,1)', '_col1 row(integer)'] },
    {
      sql: `WITH t AS (SELECT 1 AS a) SELECT * FROM (WITH t AS (SELECT 'x' AS b) SELECT * FROM t), t`,
      output: ['b varchar(1)', 'a integer'],
    },
    {
      sql: `SELECT * FROM (VALUES 1) a(x) JOIN (VALUES (BIGINT '1', 2)) b(x, y) USING (X)`,
      output: ['X bigint', 'y integer'],
    },
    { sql: 'SELECT x.y.z FROM (SELECT CAST(ROW(ROW(1)) AS ROW(y ROW(z integer))) AS x) x', output: ['z integer'] },
    {
      sql: 'SELECT y, transform(array_agg(x), e -> e + y) AS m FROM (VALUES (1, 2)) t(x, y) GROUP BY y',
      output: ['y integer', 'm array(integer)'],
    },
    { sql: 'SELECT reduce(ARRAY[1E0], 0, (s, x) -> s + x, s -> s)', output: ['_col0 double'] },
    {
      sql: `SELECT e.userIdentity.sessionContext.attributes.* FROM ${STORE} e`,
      output: ['creationdate timestamp(3)', 'mfaauthenticated varchar'],
    },
    { sql: `SELECT rt.ARN FROM ${STORE}, UNNEST(resources) AS rt`, output: ['ARN varchar'] },
    {
      sql: `SELECT u.inScopeOf.credentialsIssuedTo FROM (SELECT userIdentity AS u FROM ${STORE})`,
      output: ['credentialsIssuedTo varchar'],
    },
    {
      sql: `SELECT "$source", "$record", calendarday FROM ${STORE}`,
      output: ['$source varchar', '$record bigint', 'calendarday bigint'],
    },
    {
      sql: 'WITH RECURSIVE t(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t',
      output: ['n integer'],
    },
    { sql: 'SELECT x FROM (VALUES 1) t(x) ORDER BY (SELECT max(x) FROM (VALUES 5) u(y))', output: ['x integer'] },
  ])('$sql', ({ sql, output }) => {
    expect(outputOf(sql)).toEqual(output)
  })

  test('hidden columns are not part of *', () => {
    const { output } = analyzeText(`SELECT * FROM ${STORE}`)
    expect(output).toHaveLength(35)
    expect(output.map(({ name }) => name)).not.toContain('calendarday')
  })
})

describe('what names mean', () => {
  const depthOf = (reference: Reference | undefined) => (reference?.kind === 'column' ? reference.depth : undefined)

  test('a column is found from the inside out, and knows how far', () => {
    const sql = 'SELECT (SELECT max(u.y + t.x) FROM (VALUES 1) u(y)) FROM (VALUES 2) t(x)'
    const analysis = analyzeText(sql)
    expect(depthOf(analysis.references.get(nodeAt(sql, analysis, 'u.y') as ast.Dereference))).toBe(0)
    expect(depthOf(analysis.references.get(nodeAt(sql, analysis, 't.x') as ast.Dereference))).toBe(1)
  })

  test('LATERAL and UNNEST see what is to their left', () => {
    const sql = 'SELECT * FROM (VALUES ARRAY[1]) t(a) CROSS JOIN UNNEST(t.a) u(e) CROSS JOIN LATERAL (SELECT u.e AS f)'
    const analysis = analyzeText(sql)
    expect(depthOf(analysis.references.get(nodeAt(sql, analysis, 't.a') as ast.Dereference))).toBe(0)
    expect(depthOf(analysis.references.get(nodeAt(sql, analysis, 'u.e') as ast.Dereference))).toBe(1)
    expect(errorOf('SELECT * FROM (VALUES 1) t(a), (SELECT a)').code).toBe('COLUMN_NOT_FOUND')
  })

  test('a store named twice is two relations, and each has its own columns', () => {
    const { tables } = analyzeText(`SELECT a.eventID FROM ${STORE} a JOIN ${STORE} b ON a.eventID = b.eventID`)
    expect(tables.map(({ id }) => id)).toEqual([0, 1])
    expect(tables[0]!.columns[0]).not.toBe(tables[1]!.columns[0])
  })

  test('ORDER BY finds output columns first, by position or name', () => {
    const analysis = analyzeText('SELECT a AS b, b AS a FROM (VALUES (1, 2)) t(a, b) ORDER BY a, 1, t.a, b + 1')
    expect(analysis.query.orderBy.map((item) => analysis.sortPositions.get(item))).toEqual([1, 0, undefined, undefined])
  })

  test('equal expressions have equal keys', () => {
    const sql = "SELECT lower(T.X), lower((x)), lower(y), lower(x || y) FROM (VALUES ('a', 'b')) t(x, y)"
    const analysis = analyzeText(sql)
    const body = analysis.query.body as ast.QuerySpecification
    const [a, b, c, d] = body.items.map((item) => expressionKey(analysis, (item as ast.SingleColumn).expression))
    expect(b).toBe(a)
    expect(new Set([a, c, d]).size).toBe(3)
  })

  test('grouping sets are multiplied out, and GROUP BY DISTINCT drops the doubles', () => {
    const setsOf = (groupBy: string) => {
      const analysis = analyzeText(`SELECT count(*) FROM (VALUES (1, 2)) t(a, b) GROUP BY ${groupBy}`)
      return analysis.specifications.get(analysis.query.body as ast.QuerySpecification)?.grouping?.sets
    }
    expect(setsOf('CUBE (a, b)')).toEqual([[0, 1], [0], [1], []])
    expect(setsOf('a, ROLLUP (b)')).toEqual([[0, 1], [0]])
    expect(setsOf('ROLLUP (a), ROLLUP (a)')).toEqual([[0], [0], [0], []])
    expect(setsOf('DISTINCT ROLLUP (a), ROLLUP (a)')).toEqual([[0], []])
    expect(setsOf('GROUPING SETS ((a, b), ())')).toEqual([[0, 1], []])
  })
})

describe('implicit conversions', () => {
  const conversionsOf = (expression: string) => {
    const sql = `SELECT ${expression} FROM ${STORE}`
    const analysis = analyzeText(sql)
    return Object.fromEntries(
      [...analysis.coerceTo].map(([node, type]) => [sql.slice(node.span.start, node.span.end), formatType(type)]),
    )
  }

  test.each<[string, Record<string, string>]>([
    [`eventTime > '2024-01-01'`, { "'2024-01-01'": 'timestamp(3)' }],
    [
      `'2024-01-01 00:00:00.123456' < eventTime`,
      { "'2024-01-01 00:00:00.123456'": 'timestamp(6)', eventTime: 'timestamp(6)' },
    ],
    [
      `eventTime BETWEEN date '2024-01-01' AND '2024-01-02'`,
      { "date '2024-01-01'": 'timestamp(3)', "'2024-01-02'": 'timestamp(3)' },
    ],
    [`eventTime IN ('2024-01-01')`, { "'2024-01-01'": 'timestamp(3)' }],
    ['eventTime > now()', { eventTime: 'timestamp(3) with time zone' }],
    ['sessionCredentialFromConsole = true', { true: 'varchar' }],
    ['1 + 2.5', { 1: 'decimal(10,0)' }],
    ['1 + 2E0', { 1: 'double' }],
    ['ARRAY[1, 2E0]', { 1: 'double' }],
    ['if(true, 1, 2E0)', { 1: 'double' }],
    ['resources[1]', { 1: 'bigint' }],
    [`NULL LIKE 'a'`, { NULL: 'varchar' }],
  ])('%s', (expression, conversions) => {
    expect(conversionsOf(expression)).toEqual(conversions)
  })

  test.each([
    `eventName = true`,
    `readOnly = 'true'`,
    `eventTime > eventName`,
    `eventTime > 'yesterday'`,
    `eventTime > '2024-02-30'`,
    `date(eventTime) = '2024-01-01'`,
    `eventTime - '1 day' > eventTime`,
  ])('%s is no leniency', (condition) =>
    expect(errorOf(`SELECT 1 FROM ${STORE} WHERE ${condition}`).code).toBe('TYPE_MISMATCH'),
  )
})

describe('errors', () => {
  test.each<{ sql: string; code: string; hint: string | undefined }>([
    { sql: `SELECT eventNme FROM ${STORE}`, code: 'COLUMN_NOT_FOUND', hint: 'did you mean eventname?' },
    {
      sql: `SELECT userIdentity.acountId FROM ${STORE}`,
      code: 'INVALID_COLUMN_REFERENCE',
      hint: 'did you mean accountid?',
    },
    {
      sql: `SELECT requestParameters.bucketName FROM ${STORE}`,
      code: 'TYPE_MISMATCH',
      hint: "write requestParameters['bucketName']",
    },
    {
      sql: `SELECT upper(eventName) AS n FROM ${STORE} GROUP BY n`,
      code: 'COLUMN_NOT_FOUND',
      hint: 'only ORDER BY sees the names of output columns: repeat the expression of n, or GROUP BY 1',
    },
    {
      sql: `SELECT eventID FROM ${STORE} a, ${OTHER} b`,
      code: 'AMBIGUOUS_NAME',
      hint: 'say which: a.eventid or b.eventid',
    },
    {
      sql: `SELECT 1 FROM ${STORE} WHERE recipientAccountId = 123`,
      code: 'TYPE_MISMATCH',
      hint: "the other side is text: write '123'",
    },
    { sql: 'SELECT nvl(1, 2)', code: 'FUNCTION_NOT_FOUND', hint: 'write coalesce(a, b)' },
    { sql: 'SELECT json_extract_scaler(1)', code: 'FUNCTION_NOT_FOUND', hint: 'did you mean json_extract_scalar?' },
    { sql: 'SELECT CAST(1 AS string)', code: 'TYPE_MISMATCH', hint: 'write varchar' },
    { sql: 'SELECT st_area(1)', code: 'NOT_SUPPORTED', hint: undefined },
    { sql: 'WITH things AS (SELECT 1) SELECT * FROM thing', code: 'TABLE_NOT_FOUND', hint: 'did you mean things?' },
  ])('$sql', ({ sql, code, hint }) => {
    expect(errorOf(sql)).toMatchObject({ code, hint })
  })

  test.each<{ sql: string; code: string; at: string }>([
    { sql: "SELECT 1 + 2 /* a */ -- b\n  = 'x'", code: 'TYPE_MISMATCH', at: '=' },
    { sql: "SELECT (1) NOT BETWEEN 'a' AND 2", code: 'TYPE_MISMATCH', at: 'NOT' },
    { sql: "(SELECT 1) UNION SELECT 'a'", code: 'TYPE_MISMATCH', at: 'UNION' },
    {
      sql: 'SELECT max(x) AS m FROM (VALUES 1) t(x) ORDER BY max(m)',
      code: 'REFERENCE_TO_OUTPUT_ATTRIBUTE_WITHIN_ORDER_BY_AGGREGATION',
      at: 'm',
    },
    { sql: 'SELECT sum(x) OVER nope FROM (VALUES 1) t(x)', code: 'INVALID_WINDOW_REFERENCE', at: 'nope' },
    { sql: 'SELECT x, (SELECT y) FROM (VALUES (1, 2)) t(x, y) GROUP BY x', code: 'EXPRESSION_NOT_AGGREGATE', at: 'y' },
    { sql: 'SELECT grouping(x) FROM (VALUES 1) t(x)', code: 'MISSING_GROUP_BY', at: 'grouping(x)' },
    {
      sql: 'SELECT count(*) OVER (PARTITION BY y) FROM (VALUES (1, 2)) t(x, y) GROUP BY x',
      code: 'EXPRESSION_NOT_AGGREGATE',
      at: 'y',
    },
    {
      sql: 'WITH RECURSIVE t(n) AS (SELECT n FROM t) SELECT 1',
      code: 'INVALID_RECURSIVE_REFERENCE',
      at: 't(n) AS (SELECT n FROM t)',
    },
  ])('$sql points at $at', ({ sql, code, at }) => {
    const error = errorOf(sql)
    expect([error.code, sql.slice(error.span!.start, error.span!.end)]).toEqual([code, at])
  })

  test('independent errors come together, the first in the text before the rest', () => {
    const error = errorOf(`SELECT eventNme, nosuch(1) FROM ${STORE} WHERE eventTim > now() GROUP BY awsRegon`)
    const names = [error, ...error.others].map(({ reason }) => /'(\w+)'/.exec(reason)?.[1])
    expect(names).toEqual(['eventnme', 'nosuch', 'eventtim', 'awsregon'])
    expect(error.others.every(({ line }) => line === 1)).toBe(true)
    expect(renderError(error)).toContain('^^^^^^^^')
  })

  test('the number of parameters must fit', () => {
    expect(errorOf('SELECT ?').reason).toBe('Incorrect number of parameters: expected 1 but found 0')
    expect(analyzeText('SELECT ?, ?', undefined, ['abc', 5]).output.map(({ type }) => formatType(type))).toEqual([
      'varchar(3)',
      'integer',
    ])
  })
})

test('every signature of the function table can be read', () => {
  for (const [name, { overloads }] of Object.entries(functions)) {
    for (const overload of overloads) expect(() => signatureOf(overload), `${name}${overload.signature}`).not.toThrow()
  }
})

describe('without a lake', () => {
  const catalog = defaultCatalog()

  test.each([STORE, STORE.toUpperCase(), `arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/${STORE}`])(
    '%s is a store',
    (name) => {
      expect(catalog.table([name])?.id).toBe(STORE)
    },
  )

  test('a placeholder is a store, and stands for another when told', () => {
    expect(catalog.table(['$EDS_ID'])?.id).toBe('$EDS_ID')
    expect(catalog.table(['events'])).toBeUndefined()
    expect(catalog.table(['a', STORE])).toBeUndefined()
  })
})
