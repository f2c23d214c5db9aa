// What a query may be made of, by example. `docs/sql.md` is written from this list: every example is translated, and the page
// says what came of it. `refused` ones must fail; `note` says what is not as one might expect; `goldens` are prefixes of the ids
// of Trino's answers that hold the construct.

const FROM = 'FROM $EDS_ID'

/** @type {readonly { title: string, rows: readonly { name: string, sql: string, options?: object, note?: string, refused?: true, goldens?: readonly string[] }[] }[]} */
export const constructs = [
  {
    title: 'Names of stores and columns',
    rows: [
      {
        name: 'store by id',
        sql: 'SELECT eventName FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691',
        note: 'bare, as Lake writes it, or in double quotes',
      },
      {
        name: 'store by ARN',
        sql: 'SELECT eventName FROM "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/5e2676f8-9fce-46ef-8142-3e36a94e6691"',
      },
      {
        name: 'placeholder',
        sql: `SELECT eventName ${FROM}`,
        note: 'a value comes from `placeholders` or `--set`; the name of a store (`FROM org`) works over a lake',
      },
      {
        name: 'struct members',
        sql: `SELECT userIdentity.sessionContext.sessionIssuer.arn ${FROM}`,
        goldens: ['fn/row_field_access'],
      },
      {
        name: 'map elements',
        sql: `SELECT element_at(requestParameters, 'bucketName'), requestParameters['bucketName'] ${FROM}`,
        note: 'a key that is missing is NULL with `element_at` and an error with `[…]`',
        goldens: ['fn/subscript', 'fn/element_at'],
      },
      { name: 'quoted names', sql: `SELECT "eventName" AS "Event name" ${FROM}`, goldens: ['clause/names'] },
      {
        name: 'hidden columns',
        sql: `SELECT "$source", "$record" ${FROM}`,
        note: 'the raw file and the place in it of each event; not part of `SELECT *`',
      },
    ],
  },
  {
    title: 'Clauses',
    rows: [
      {
        name: 'SELECT, DISTINCT, aliases',
        sql: `SELECT DISTINCT awsRegion region ${FROM}`,
        goldens: ['clause/shapes', 'clause/cloudtrail_shapes'],
      },
      {
        name: 'SELECT *, t.*, (row).*',
        sql: `SELECT t.*, (CAST(ROW(1, 'x') AS ROW(a integer, b varchar))).* ${FROM} t`,
        goldens: ['clause/rows_in_queries'],
      },
      {
        name: 'WHERE',
        sql: `SELECT eventName ${FROM} WHERE eventTime > '2024-06-01 00:00:00'`,
        note: 'timestamps compare with texts of times, as in Lake; Trino refuses that',
        goldens: ['clause/implicit_coercion'],
      },
      {
        name: 'GROUP BY, HAVING',
        sql: `SELECT eventName, count(*) ${FROM} GROUP BY 1 HAVING count(*) > 1`,
        goldens: ['clause/group_by'],
      },
      {
        name: 'GROUPING SETS, ROLLUP, CUBE',
        sql: `SELECT awsRegion, grouping(awsRegion), count(*) ${FROM} GROUP BY ROLLUP (awsRegion)`,
        goldens: ['clause/grouping_sets'],
      },
      { name: 'GROUP BY AUTO', sql: `SELECT eventName, count(*) ${FROM} GROUP BY AUTO`, refused: true },
      {
        name: 'ORDER BY',
        sql: `SELECT eventName ${FROM} ORDER BY eventTime DESC NULLS LAST`,
        goldens: ['clause/order_by'],
      },
      {
        name: 'LIMIT, OFFSET, FETCH FIRST',
        sql: `SELECT eventName ${FROM} ORDER BY 1 OFFSET 5 ROWS FETCH FIRST 10 ROWS WITH TIES`,
      },
      { name: 'WITH', sql: `WITH x AS (SELECT eventName ${FROM}) SELECT * FROM x`, goldens: ['clause/with'] },
      {
        name: 'WITH RECURSIVE',
        sql: 'WITH RECURSIVE t(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t',
        note: 'ten steps at most, as Trino has it',
      },
      { name: 'WITH FUNCTION', sql: 'WITH FUNCTION one() RETURNS integer RETURN 1 SELECT one()', refused: true },
      { name: 'WITH SESSION', sql: "WITH SESSION query_max_run_time = '1h' SELECT 1", refused: true },
      {
        name: 'UNION, INTERSECT, EXCEPT',
        sql: `SELECT eventName ${FROM} EXCEPT SELECT eventName FROM $EDS_ID_2`,
        goldens: ['clause/set_operations'],
      },
      { name: 'CORRESPONDING', sql: 'SELECT 1 AS a UNION CORRESPONDING SELECT 2 AS a', refused: true },
      { name: 'VALUES, TABLE', sql: "VALUES (1, 'a'), (2, 'b')", goldens: ['clause/values'] },
      {
        name: 'WINDOW',
        sql: `SELECT rank() OVER w ${FROM} WINDOW w AS (PARTITION BY awsRegion ORDER BY eventTime)`,
        goldens: ['clause/window_frames'],
      },
      { name: 'statements that are no query', sql: 'DELETE FROM $EDS_ID', refused: true },
    ],
  },
  {
    title: 'Relations',
    rows: [
      {
        name: 'INNER, LEFT, RIGHT, FULL, CROSS JOIN',
        sql: `SELECT a.eventID ${FROM} a LEFT JOIN $EDS_ID_2 b ON a.eventID = b.eventID`,
        goldens: ['clause/joins'],
      },
      { name: 'JOIN … USING', sql: `SELECT eventID ${FROM} JOIN $EDS_ID_2 USING (eventID)` },
      { name: 'NATURAL JOIN', sql: `SELECT 1 ${FROM} NATURAL JOIN $EDS_ID_2`, refused: true },
      {
        name: 'UNNEST, WITH ORDINALITY',
        sql: `SELECT t.arn ${FROM} CROSS JOIN UNNEST(resources) WITH ORDINALITY AS t`,
        goldens: ['fn/unnest'],
        note: 'an array of rows becomes the columns of its rows',
      },
      { name: 'UNNEST of rows and maps', sql: `SELECT k, v ${FROM} CROSS JOIN UNNEST(requestParameters) AS t(k, v)` },
      { name: 'LATERAL', sql: 'SELECT x, y FROM (VALUES 1, 2) t(x) CROSS JOIN LATERAL (SELECT x + 1 AS y)' },
      {
        name: 'sub-queries',
        sql: `SELECT eventName ${FROM} WHERE eventID IN (SELECT eventID FROM $EDS_ID_2) AND EXISTS (SELECT 1 FROM $EDS_ID_2)`,
        goldens: ['clause/subqueries', 'fn/exists', 'fn/quantified'],
      },
      { name: 'TABLESAMPLE', sql: `SELECT eventName ${FROM} TABLESAMPLE BERNOULLI (10)`, goldens: ['fn/tablesample'] },
      {
        name: 'JSON_TABLE',
        sql: "SELECT * FROM JSON_TABLE('[1]', 'lax $[*]' COLUMNS (a integer PATH 'lax $'))",
        goldens: ['fn/json_table'],
        refused: true,
      },
      {
        name: 'MATCH_RECOGNIZE',
        sql: `SELECT * ${FROM} MATCH_RECOGNIZE (ORDER BY eventTime PATTERN (A) DEFINE A AS true)`,
        refused: true,
        goldens: ['clause/match_recognize'],
      },
      {
        name: 'table functions',
        sql: 'SELECT * FROM TABLE(sequence(1, 3))',
        refused: true,
        goldens: ['fn/sequence_table', 'fn/exclude_columns'],
      },
      { name: 'FOR VERSION AS OF, FOR TIMESTAMP AS OF', sql: `SELECT 1 ${FROM} FOR VERSION AS OF 1` },
    ],
  },
  {
    title: 'Expressions',
    rows: [
      {
        name: 'arithmetic',
        sql: 'SELECT 7 / 2, 7 % 2, -7',
        note: 'whole numbers divide to whole numbers; overflow and division by zero are errors',
        goldens: ['fn/arithmetic', 'fn/division', 'fn/modulus', 'fn/unary_minus'],
      },
      {
        name: 'comparison, BETWEEN, IN, IS NULL, IS DISTINCT FROM',
        sql: 'SELECT 1 IS DISTINCT FROM NULL, 2 BETWEEN 1 AND 3',
        goldens: ['fn/comparison', 'fn/between', 'fn/in', 'fn/is_null', 'fn/is_distinct_from'],
      },
      { name: 'AND, OR, NOT', sql: 'SELECT true AND NOT false', goldens: ['fn/and', 'fn/or', 'fn/not'] },
      { name: 'LIKE … ESCAPE', sql: "SELECT 'a_b' LIKE 'a#_b' ESCAPE '#'", goldens: ['fn/like'] },
      { name: '||', sql: "SELECT 'a' || 'b'", goldens: ['fn/concatenation'] },
      {
        name: 'CASE, IF, COALESCE, NULLIF',
        sql: 'SELECT CASE WHEN true THEN 1 ELSE 2 END, IF(true, 1), COALESCE(NULL, 1), NULLIF(1, 2)',
        goldens: ['fn/case', 'fn/if', 'fn/coalesce', 'fn/nullif'],
      },
      {
        name: 'CAST, TRY_CAST',
        sql: "SELECT CAST('1' AS integer), TRY_CAST('x' AS integer)",
        goldens: ['fn/cast', 'fn/try_cast', 'fn/cast_to_json', 'fn/cast_from_json', 'fn/cast_to_ipaddress'],
      },
      { name: 'TRY', sql: 'SELECT TRY(CAST(eventVersion AS integer)) FROM $EDS_ID', goldens: ['fn/try'] },
      {
        name: 'EXTRACT, AT TIME ZONE',
        sql: "SELECT EXTRACT(hour FROM TIMESTAMP '2024-01-01 05:00:00 UTC' AT TIME ZONE 'Asia/Tokyo')",
        goldens: ['fn/extract', 'fn/at_time_zone'],
      },
      {
        name: 'dates, times and intervals',
        sql: "SELECT DATE '2024-01-31' + INTERVAL '1' MONTH",
        goldens: ['clause/temporal_arithmetic', 'fn/interval_literal', 'fn/timestamp_literal'],
      },
      {
        name: 'CURRENT_DATE, CURRENT_TIMESTAMP, …',
        sql: 'SELECT CURRENT_TIMESTAMP, LOCALTIME, CURRENT_DATE',
        goldens: ['fn/current_', 'fn/localtime'],
      },
      { name: 'lambdas', sql: 'SELECT filter(ARRAY[1, 2], x -> x > 1)', goldens: ['clause/lambda'] },
      {
        name: 'ARRAY, ROW, MAP',
        sql: "SELECT ARRAY[1], ROW(1, 'a'), MAP(ARRAY['k'], ARRAY[1])",
        goldens: ['fn/row_constructor'],
      },
      {
        name: 'JSON_EXISTS, JSON_VALUE, JSON_QUERY',
        sql: "SELECT JSON_VALUE('{\"a\": 1}', 'lax $.a' RETURNING integer)",
        goldens: ['fn/json_exists', 'fn/json_value', 'fn/json_query'],
      },
      {
        name: 'JSON_OBJECT, JSON_ARRAY',
        sql: "SELECT JSON_OBJECT('a' : 1), JSON_ARRAY(1, 2)",
        goldens: ['fn/json_object', 'fn/json_array/'],
      },
      {
        name: 'FILTER, DISTINCT and ORDER BY in aggregates',
        sql: `SELECT array_agg(DISTINCT eventName ORDER BY eventName) FILTER (WHERE eventName IS NOT NULL) ${FROM}`,
        goldens: ['fn/features'],
      },
      {
        name: 'LISTAGG',
        sql: `SELECT listagg(eventName, ',') WITHIN GROUP (ORDER BY eventTime) ${FROM}`,
        goldens: ['fn/listagg'],
      },
      {
        name: 'window functions and frames',
        sql: `SELECT sum(1) OVER (ORDER BY eventTime ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ${FROM}`,
        goldens: ['clause/window_frames'],
      },
      {
        name: 'row patterns in windows',
        sql: `SELECT count(*) OVER (ORDER BY eventTime MEASURES 1 AS x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING PATTERN (A) DEFINE A AS true) ${FROM}`,
        refused: true,
      },
      {
        name: 'parameters',
        sql: 'SELECT ?',
        options: { parameters: [1] },
        note: 'as many values as there are `?`, through the library',
      },
      {
        name: 'differences beyond DuckDB',
        sql: "SELECT CAST(1.5 AS varchar), 'a' = 'a '",
        note: 'where DuckDB would answer otherwise than Trino (nulls, rounding, texts of values, …) the query is rewritten',
        goldens: ['diff/'],
      },
    ],
  },
]
