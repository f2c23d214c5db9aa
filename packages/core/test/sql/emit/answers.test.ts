import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

const rowsOf = async (sql: string): Promise<unknown> => (await evaluator.evaluate(sql)).rows
const sortedRowsOf = async (sql: string): Promise<unknown> =>
  (await evaluator.evaluate(sql)).rows.map((row) => JSON.stringify(row)).sort()
const codeOf = (sql: string): Promise<unknown> =>
  evaluator.evaluate(sql).then(
    ({ rows }) => rows,
    (error: { code?: string }) => error.code,
  )

describe('a term that may fail is computed only where the terms before it leave the answer open', () => {
  test.each([
    ['SELECT x FROM (VALUES 1, 0, 5) t(x) WHERE x > 0 AND 10 / x > 5', [[1]]],
    ['SELECT x FROM (VALUES 1, 0, 5) t(x) WHERE x <> 0 AND 10 / x > 2 AND 10 / (x - 5) < 0', [[1]]],
    ['SELECT x = 0 OR 10 / x > 5 FROM (VALUES 0, 1, 5) t(x) ORDER BY x', [[true], [true], [false]]],
    ['SELECT x <> 0 AND 10 / x > 5 FROM (VALUES 0, 1, NULL) t(x) ORDER BY x', [[false], [true], [null]]],
    [`SELECT a FROM (VALUES ARRAY['x'], ARRAY[]) t(a) WHERE cardinality(a) > 0 AND a[1] = 'x'`, [[['x']]]],
    ['SELECT count(*) FROM (VALUES 1, 0) a(x) JOIN (VALUES 1, 0) b(y) ON x = y AND y <> 0 AND 10 / y > 1', [[1]]],
    ['SELECT CASE WHEN x = 0 THEN 0 ELSE 10 / x END FROM (VALUES 0, 5) t(x) ORDER BY 1', [[0], [2]]],
    [`SELECT IF(x = 'a', 1, CAST(x AS integer)) FROM (VALUES 'a', '7') t(x) ORDER BY 1`, [[1], [7]]],
    ['SELECT coalesce(x, 1 / 0) FROM (VALUES 3) t(x)', [[3]]],
    ['SELECT IF(false, element_at(ARRAY[1], 0), 2)', [[2]]],
  ])('%s', async (sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows)
  })

  test('and fails where they do not', async () => {
    expect(await codeOf('SELECT x FROM (VALUES 1, 0) t(x) WHERE x >= 0 AND 10 / x > 5')).toBe('DIVISION_BY_ZERO')
    expect(await codeOf('SELECT 10 / x > 5 AND x > 0 FROM (VALUES 0) t(x)')).toBe('DIVISION_BY_ZERO')
    expect(await codeOf('SELECT x > 0 AND 10 / x > 5 FROM (VALUES 0) t(x)')).toEqual([[false]])
  })
})

describe('NaN equals nothing and is neither smaller nor larger', () => {
  test.each([
    ['nan() = nan()', false],
    ['nan() <> nan()', true],
    ['nan() > 1E0', false],
    ['1E0 < nan()', false],
    ['nan() >= nan()', false],
    ['nan() <= nan()', false],
    ['1E0 > nan()', false],
    ['nan() > CAST(NULL AS double)', null],
    ['nan() IN (1E0, nan())', false],
    ['nan() BETWEEN 0E0 AND infinity()', false],
    ['nan() IS DISTINCT FROM nan()', false],
    ['ARRAY[nan()] = ARRAY[nan()]', false],
    ['ROW(nan(), 1) = ROW(nan(), 1)', false],
    ['CASE nan() WHEN nan() THEN 1 ELSE 2 END', 2],
    ['nullif(nan(), nan()) IS NULL', false],
  ])('%s is %s', async (expression, value) => {
    expect(await rowsOf(`SELECT ${expression}`)).toEqual([[value]])
    // The same over columns, which the engine cannot compute beforehand.
    if (expression.includes('nan()')) {
      expect(await rowsOf(`SELECT ${expression.replaceAll('nan()', 'n')} FROM (VALUES nan()) t(n)`)).toEqual([[value]])
    }
  })
})

describe('values that the engine tells apart where Trino does not', () => {
  const zoned = `(VALUES TIMESTAMP '2024-01-01 00:00:00 UTC', TIMESTAMP '2024-01-01 02:00:00 +02:00', TIMESTAMP '2024-01-02 00:00:00 UTC') t(x)`
  const maps = `(VALUES MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(ARRAY['b', 'a'], ARRAY[2, 1]), MAP(ARRAY['a'], ARRAY[1])) t(x)`
  test.each([
    [`SELECT count(*) FROM ${zoned} GROUP BY x ORDER BY 1`, [[1], [2]]],
    [`SELECT count(*) FROM (SELECT DISTINCT x FROM ${zoned}) u`, [[2]]],
    [`SELECT count(DISTINCT x) FROM ${zoned}`, [[2]]],
    [`SELECT count(*) FROM ${zoned} JOIN ${zoned.replace('t(x)', 'u(y)')} ON x = y`, [[5]]],
    [
      `SELECT x > y FROM (VALUES (TIMESTAMP '2024-01-01 00:00:00 UTC', TIMESTAMP '2024-01-01 01:00:00 +02:00')) t(x, y)`,
      [[true]],
    ],
    [`SELECT count(*) FROM ${maps} GROUP BY x ORDER BY 1`, [[1], [2]]],
    [`SELECT count(*) FROM (SELECT x FROM ${maps} UNION SELECT x FROM ${maps}) u`, [[2]]],
    [`SELECT count(*) FROM (SELECT x FROM ${maps} INTERSECT SELECT MAP(ARRAY['b', 'a'], ARRAY[2, 1])) u`, [[1]]],
    [`SELECT count(*) FROM (SELECT x FROM ${maps} EXCEPT ALL SELECT MAP(ARRAY['b', 'a'], ARRAY[2, 1])) u`, [[2]]],
    [`SELECT count(*) FROM ${maps} JOIN ${maps.replace('t(x)', 'u(y)')} ON x = y`, [[5]]],
    [
      `SELECT x IN (SELECT MAP(ARRAY['b', 'a'], ARRAY[2, 1])) FROM ${maps} ORDER BY cardinality(x)`,
      [[false], [true], [true]],
    ],
    [`SELECT row_number() OVER (PARTITION BY x ORDER BY 1) FROM ${zoned} ORDER BY 1`, [[1], [1], [2]]],
    [`SELECT x FROM ${zoned} GROUP BY GROUPING SETS ((x), ()) ORDER BY x LIMIT 1`, [['2024-01-01 00:00:00 UTC']]],
    [`SELECT max(length(CAST(x AS varchar))) FROM ${zoned} GROUP BY x ORDER BY 1`, [[23], [26]]],
    [`SELECT hour(x) FROM (VALUES TIMESTAMP '2024-01-01 02:00:00 +02:00') t(x) GROUP BY x`, [[2]]],
  ])('%s', async (sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows)
  })
})

describe('recursion is Trino’s: ten rounds after the first, and rows kept between them', () => {
  const count = (limit: number): string =>
    `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < ${limit}) SELECT count(*), max(n) FROM t`
  test('eleven rows', async () => expect(await rowsOf(count(11))).toEqual([[11, 11]]))
  test('twelve are too many', async () => expect(await codeOf(count(12))).toBe('NOT_SUPPORTED'))
  test('also when nothing looks at them', async () =>
    expect(await codeOf('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT 1 FROM t LIMIT 20')).toBe(
      'NOT_SUPPORTED',
    ))
  test('a step that joins and aggregates', async () =>
    expect(
      await rowsOf(`WITH RECURSIVE e(a, b) AS (VALUES (1, 2), (2, 3), (3, 4)), r(x) AS (SELECT 1 UNION ALL SELECT max(b) FROM r JOIN e ON a = x HAVING max(b) IS NOT NULL)
        SELECT x FROM r ORDER BY x`),
    ).toEqual([[1], [2], [3], [4]]))
})

describe('clauses', () => {
  test.each([
    ['SELECT x FROM (VALUES 1, 1, 2, 2, 3) t(x) ORDER BY x OFFSET 1 ROW FETCH FIRST 2 ROWS WITH TIES', [[1], [2], [2]]],
    ['SELECT DISTINCT x % 2 FROM (VALUES 1, 2, 3) t(x) ORDER BY x % 2 DESC', [[1], [0]]],
    ['SELECT x AS y FROM (VALUES 3, 1, 2) t(x) ORDER BY -y', [[3], [2], [1]]],
    ['SELECT -x AS x FROM (VALUES 1, 2) t(x) ORDER BY x + 0', [[-2], [-1]]],
    [
      'SELECT x, y, z FROM (VALUES (1, 2)) a(x, y) FULL JOIN (VALUES (3, 4)) b(x, z) USING (x) ORDER BY x',
      [
        [1, 2, null],
        [3, null, 4],
      ],
    ],
    ['SELECT x FROM (VALUES 1, 2) a(x) RIGHT JOIN (VALUES 2, 3) b(x) USING (x) ORDER BY x', [[2], [3]]],
    ["SELECT x FROM (VALUES 1) a(x) JOIN (VALUES BIGINT '1') b(x) USING (x)", [[1]]],
    ['(SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a DESC LIMIT 1', [[2]]],
    ['SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a DESC', [['2.5'], ['1.0']]],
    [
      'SELECT a, b, grouping(a, b) FROM (VALUES (1, 2)) t(a, b) GROUP BY ROLLUP (a, b) ORDER BY 3',
      [
        [1, 2, 0],
        [1, null, 1],
        [null, null, 3],
      ],
    ],
    ['SELECT (SELECT x, x + 1) FROM (VALUES 1) t(x)', [[[1, 2]]]],
    ['SELECT (1, 2) IN (SELECT 1, 2), (1, NULL) IN (SELECT 3, 2)', [[true, false]]],
    ['SELECT 2 >= ALL (VALUES 1, 2), 2 > ALL (VALUES 1, NULL), 1 = ANY (VALUES 1, NULL)', [[true, null, true]]],
    ['SELECT TRY(1 / x + (SELECT 1)) FROM (VALUES 0, 1) t(x) ORDER BY x', [[null], [2]]],
    [`SELECT TRY(CAST('SELECT' AS integer))`, [[null]]],
    [
      'SELECT a, i FROM UNNEST(ARRAY[10, 20]) WITH ORDINALITY AS t(a, i) ORDER BY i DESC',
      [
        [20, 2],
        [10, 1],
      ],
    ],
    [
      'SELECT k, v, x FROM UNNEST(MAP(ARRAY[1], ARRAY[2]), ARRAY[7, 8]) AS t(k, v, x) ORDER BY x',
      [
        [1, 2, 7],
        [null, null, 8],
      ],
    ],
    ['SELECT count(*) FROM (VALUES 1, 2) t(x) GROUP BY ()', [[2]]],
    ['SELECT 5, count(*) FROM (VALUES 1, 2) t(x) GROUP BY 1', [[5, 2]]],
    [
      "SELECT sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) FROM (VALUES (1, DATE '2024-01-01'), (2, DATE '2024-01-02'), (4, DATE '2024-01-04')) t(x, d) ORDER BY d",
      [[1], [3], [4]],
    ],
    ['SELECT x.a, x.b FROM (SELECT CAST(ROW(1, 2) AS row(a integer, b integer)) AS x) t', [[1, 2]]],
    ['SELECT transform(ARRAY[1, 2], x -> transform(ARRAY[10], x -> x + 1)[1] + x)', [[[12, 13]]]],
    ['SELECT transform(ARRAY[1, 2], e -> e + x) FROM (VALUES 5) t(x)', [[[6, 7]]]],
    [
      "VALUES (1, 'a'), (NULL, 'b') ORDER BY 1 NULLS FIRST",
      [
        [null, 'b'],
        [1, 'a'],
      ],
    ],
    ['WITH a(x) AS (VALUES 1), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x FROM a CROSS JOIN b', [[1, 2]]],
    ['SELECT "a b" FROM (SELECT 1 AS "a b") "t t"', [[1]]],
    ['SELECT * FROM (SELECT 1 AS a, 2 AS a) t', [[1, 2]]],
  ])('%s', async (sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows)
  })

  test('rows of a correlated LATERAL and UNNEST', async () => {
    expect(await sortedRowsOf('SELECT x, y FROM (VALUES 1, 2) t(x) CROSS JOIN LATERAL (SELECT x * 10 AS y) u')).toEqual(
      ['[1,10]', '[2,20]'],
    )
    expect(
      await sortedRowsOf(
        'SELECT x, y FROM (VALUES (1, ARRAY[5, 6]), (2, NULL)) t(x, a) LEFT JOIN UNNEST(a) AS u(y) ON true',
      ),
    ).toEqual(['[1,5]', '[1,6]', '[2,null]'])
  })
})

describe('failures carry Trino’s code and words', () => {
  test.each([
    ['SELECT 1 / 0', 'DIVISION_BY_ZERO', 'Division by zero'],
    [
      'SELECT 2147483647 + x FROM (VALUES 1) t(x)',
      'NUMERIC_VALUE_OUT_OF_RANGE',
      'integer addition overflow: 2147483647 + 1',
    ],
    [`SELECT CAST('it''s' AS integer)`, 'INVALID_CAST_ARGUMENT', `Cannot cast 'it's' to INT`],
    [
      `SELECT CAST(x AS bigint) FROM (VALUES 'a' || chr(10) || '1''') t(x)`,
      'INVALID_CAST_ARGUMENT',
      `Cannot cast 'a\n1'' to BIGINT`,
    ],
    [
      'SELECT (SELECT x FROM (VALUES 1, 2) t(x))',
      'SUBQUERY_MULTIPLE_ROWS',
      'Scalar sub-query has returned multiple rows',
    ],
    [
      'SELECT ARRAY[1][x] FROM (VALUES 2) t(x)',
      'INVALID_FUNCTION_ARGUMENT',
      'Array subscript must be less than or equal to array length: 2 > 1',
    ],
    [`SELECT MAP(ARRAY['a'], ARRAY[1])['b']`, 'INVALID_FUNCTION_ARGUMENT', 'Key not present in map: b'],
    ['SELECT CAST(300 AS tinyint)', 'NUMERIC_VALUE_OUT_OF_RANGE', 'Out of range for tinyint: 300'],
  ])('%s', async (sql, code, reason) => {
    await expect(evaluator.evaluate(sql)).rejects.toMatchObject({ code, reason })
  })
})
