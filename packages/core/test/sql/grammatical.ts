import { parse } from '../../src/sql/parse.ts'
import { readGolden, withStores } from './parsing.ts'

/** Texts of what the goldens do not use, or not in all its forms. */
const forms: readonly string[] = [
  'TABLE a.b',
  'VALUES 1, (2), (3, 4), ROW(5)',
  '(SELECT 1)',
  '((SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 1) INTERSECT SELECT 3',
  'SELECT 1 UNION SELECT 2 EXCEPT ALL SELECT 3 INTERSECT DISTINCT SELECT 4',
  'WITH RECURSIVE a (x, y) AS (SELECT 1, 2), b AS (WITH c AS (SELECT 1) SELECT * FROM c) SELECT * FROM a, b',
  'SELECT ALL a, DISTINCT_ FROM t',
  'SELECT DISTINCT a FROM t',
  'SELECT all, all.x FROM all',
  'SELECT ALL all FROM t GROUP BY ALL all',
  'SELECT t.*, (r).*, t.r.* AS (a, b), ROW(1, 2).* AS (c, d), f(x).* FROM t',
  'SELECT 2 .x, 2 .*, (2).x, 1.5.x, 1E0.x, -2 .x',
  "SELECT INTERVAL '1' YEAR to, INTERVAL '1' YEAR TO MONTH to",
  'SELECT 1 LIMIT ALL',
  'SELECT 1 OFFSET 2 ROWS LIMIT 3',
  'SELECT 1 OFFSET 1 ROW FETCH NEXT ROW ONLY',
  'SELECT 1 ORDER BY 1 FETCH FIRST 0x10 ROWS WITH TIES',
  'SELECT 1 OFFSET ? LIMIT ?',
  'SELECT 1 FETCH FIRST ? ROWS ONLY',
  'SELECT a FROM t ORDER BY a ASC NULLS FIRST, b DESC NULLS LAST, c DESC',
  'SELECT limit, offset FROM limit offset LIMIT 5',
  'SELECT 1 FROM t window WINDOW window AS (window)',
  'SELECT 1 FROM t limit, u offset, v fetch, w tablesample',
  'SELECT 1 FROM a CROSS JOIN b JOIN c ON a.x = c.x LEFT OUTER JOIN d USING (x, y) RIGHT JOIN e ON 1 = 1 FULL JOIN f ON true',
  'SELECT 1 FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x',
  'SELECT 1 FROM (a JOIN b ON true) AS ab, ((c)), ((SELECT 1)) s, ((SELECT 1) UNION SELECT 2) u (x)',
  'SELECT 1 FROM ((SELECT 1) t CROSS JOIN u)',
  'SELECT 1 FROM UNNEST(a, b) WITH ORDINALITY AS t (x, y, n), UNNEST(c), LATERAL (SELECT a) l',
  'SELECT 1 FROM t TABLESAMPLE BERNOULLI (10), u AS v TABLESAMPLE SYSTEM (1 + 1)',
  "SELECT 1 FROM t FOR VERSION AS OF 3 x, u FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00' AS y",
  'SELECT 5e2676f8-9fce-46ef-8142-3e36a94e6691.eventName FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691',
  'SELECT $EDS_ID.a FROM $EDS_ID, x.y.$EDS_ID AS z, "5e2676f8-9fce-46ef-8142-3e36a94e6691"',
  'SELECT 1 FROM t WHERE a GROUP BY b, (c), (d, e), (), ((f)), (g) + 1, ((h, i)), (SELECT 1) HAVING count(*) > 1',
  'SELECT 1 FROM t GROUP BY DISTINCT ROLLUP (a, (b, c)), CUBE (d), GROUPING SETS ((e, f), (), g, (h)), GROUPING(a)',
  'SELECT 1 GROUP BY ALL a',
  'SELECT grouping(a, t.b, x.y.z)',
  'SELECT count(*) FILTER (WHERE a) OVER (), sum(DISTINCT x), sum(ALL x), f(), g(all), a.b.f(1)',
  'SELECT array_agg(x ORDER BY y DESC, z NULLS FIRST) FILTER (WHERE true)',
  'SELECT first_value(x) IGNORE NULLS OVER w, last_value(x) RESPECT NULLS OVER (w ORDER BY y) FROM t WINDOW w AS (PARTITION BY a, b)',
  'SELECT f() OVER (PARTITION BY a ORDER BY b ROWS UNBOUNDED PRECEDING)',
  'SELECT f() OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)',
  "SELECT f() OVER (ORDER BY b RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND INTERVAL '1' DAY FOLLOWING)",
  'SELECT f() OVER (ORDER BY b GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
  'SELECT f() OVER (w ROWS CURRENT ROW), g() OVER (rows), h() OVER (partition)',
  'SELECT f() OVER (ROWS BETWEEN x + 1 PRECEDING AND (y AND z) FOLLOWING)',
  'SELECT f(x) over, g(x) filter, h(x) ignore FROM t',
  "SELECT LISTAGG(DISTINCT x, ', ' ON OVERFLOW TRUNCATE '...' WITH COUNT) WITHIN GROUP (ORDER BY y DESC) FILTER (WHERE z) FROM t",
  'SELECT listagg(x ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY x), listagg(x ON OVERFLOW TRUNCATE WITHOUT COUNT) WITHIN GROUP (ORDER BY x) OVER w',
  'SELECT a OR b AND NOT c = d, NOT NOT a, NOT a AND b, NOT (a OR b), (NOT a) AND b',
  'SELECT a = b, a <> b, a != b, a < b, a <= b, a > b, a >= b',
  'SELECT a = ALL (SELECT 1), a <> ANY (VALUES 1), a < SOME ((SELECT 1) UNION SELECT 2), a = any(1), a = all',
  'SELECT a BETWEEN 1 AND 2 AND b NOT BETWEEN c + 1 AND d || e OR f',
  'SELECT a IN (1), a NOT IN (1, (2), (3, 4)), a IN (SELECT 1), a IN ((SELECT 1)), (a, b) IN ((1, 2), (3, 4)), a IN ((SELECT 1), 2)',
  "SELECT a LIKE 'x', a NOT LIKE b || 'y' ESCAPE '\\', a LIKE b ESCAPE c || d",
  'SELECT a IS NULL, a IS NOT NULL, a IS DISTINCT FROM b, a IS NOT DISTINCT FROM NULL',
  'SELECT EXISTS (SELECT 1), NOT EXISTS (TABLE t), (SELECT 1), ((SELECT 1)), ((SELECT 1) + 1), (WITH a AS (SELECT 1) TABLE a), ((WITH a AS (SELECT 1) TABLE a))',
  'SELECT 1 + 2 * 3 - 4 / 5 % 6, (1 + 2) * 3, a - b - c, a - (b - c), a || b + c || d',
  'SELECT -1, - 1, +1, -a, +a, - -1, - - a, -+-a, 2 - -1, 2-1, a*-1, -(1), -1.5, -1E0, -0x10, -a.b, -a[1], -1 + 2',
  'SELECT -9223372036854775808, 9223372036854775807, - 9223372036854775808, 0x7FFF_FFFF, 0o17, 0b11, 1_000',
  'SELECT 1.5, .5, 5., 1_0.2, 1E0, 1e-5, .5E3, 10.5e1',
  "SELECT a AT TIME ZONE 'UTC', -a AT TIME ZONE 'UTC' AT TIME ZONE INTERVAL '2' HOUR, a + b AT TIME ZONE 'x', a at",
  "SELECT 'it''s', U&'\\2603\\+01F600\\\\', U&'!2603' UESCAPE '!', X'0a FF', X'', ''",
  "SELECT DATE '2024-01-01', time '01:02', TIMESTAMP '2024-01-01 00:00:00', DECIMAL '1.5', JSON '{}', DOUBLE PRECISION '1', double '2', \"date\" '2024-01-01' , CHAR U&'\\0061'",
  "SELECT INTERVAL '1' DAY, INTERVAL -'1' MONTH, INTERVAL + '1' SECOND, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 2:3' DAY TO MINUTE, interval, interval '1'",
  'SELECT a[1][2].b.c[d || e], ARRAY[1, 2][1], [1, 2][1], ARRAY[], [], (a).b, (a, b)[1], f(x)[1].y, ROW(1, 2), ROW(1), (1, 2)',
  'SELECT x -> x + 1, (x, y) -> x, () -> 1, f(x -> y -> x, (a) -> a)',
  "SELECT CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END, CASE a WHEN 1 THEN 'x' END, CASE a = b WHEN true THEN 1 END",
  'SELECT IF(a, b), COALESCE(a, b), NULLIF(a, b), TRY(a / b), MAP(ARRAY[1], ARRAY[2]), if, map, date, row, array, "select"',
  'SELECT CAST(a AS bigint), TRY_CAST(a AS varchar(10)), CAST(a AS decimal(10, 2)), CAST(a AS DOUBLE PRECISION), CAST(a AS "Type")',
  'SELECT CAST(a AS array(map(varchar, row(x bigint, y array(double)))))',
  'SELECT CAST(a AS ARRAY<bigint>), CAST(a AS MAP<varchar, ARRAY<double>>), CAST(a AS bigint ARRAY), CAST(a AS bigint ARRAY ARRAY)',
  'SELECT CAST(a AS time), CAST(a AS timestamp(3)), CAST(a AS timestamp(6) with time zone), CAST(a AS TIME WITHOUT TIME ZONE)',
  'SELECT CAST(a AS interval day to second), CAST(a AS interval year to month), CAST(a AS interval day)',
  'SELECT CAST(a AS row(bigint, varchar)), CAST(a AS row(double precision, x double precision, interval day to second, i interval year, time without time zone, b bigint array, bigint array))',
  'SELECT CAST(a AS row("x y" bigint, row(row(bigint)), array array(bigint), time time, "time" timestamp(3) with time zone))',
  'SELECT EXTRACT(YEAR FROM a), extract(timezone_hour FROM a || b), SUBSTRING(a FROM 1 FOR 2), substring(a FROM 2), substring(a, 1, 2), "substring"(a, 1)',
  'SELECT POSITION(a IN b), position(a || b IN c), NORMALIZE(a), normalize(a, NFKD)',
  "SELECT TRIM(a), TRIM(BOTH FROM a), TRIM(LEADING 'x' FROM a), TRIM(TRAILING FROM a), TRIM('x' FROM a), TRIM(a, 'x'), TRIM(both), TRIM(leading || a), TRIM(BOTH both FROM both)",
  'SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIME(3), CURRENT_TIMESTAMP(6), LOCALTIME, LOCALTIMESTAMP(0), CURRENT_USER, CURRENT_CATALOG, CURRENT_SCHEMA, CURRENT_PATH',
  "SELECT JSON_EXISTS(a, 'lax $.b'), JSON_EXISTS(a FORMAT JSON, 'strict $.b' PASSING 1 AS x, y FORMAT JSON AS \"y\" UNKNOWN ON ERROR)",
  "SELECT JSON_VALUE(a, 'lax $' RETURNING bigint NULL ON EMPTY DEFAULT 1 + 1 ON ERROR), JSON_VALUE(a, 'lax $' ERROR ON ERROR)",
  "SELECT JSON_QUERY(a, 'lax $' RETURNING varchar FORMAT JSON WITH UNCONDITIONAL ARRAY WRAPPER KEEP QUOTES ON SCALAR STRING EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)",
  "SELECT JSON_QUERY(a, 'lax $' WITHOUT WRAPPER OMIT QUOTES), JSON_QUERY(a, 'lax $' WITH WRAPPER), JSON_QUERY(a, 'lax $' WITH CONDITIONAL WRAPPER NULL ON ERROR)",
  "SELECT JSON_OBJECT(), JSON_OBJECT('a' : 1, 'b' VALUE 2 FORMAT JSON, KEY 'c' VALUE 3, KEY d VALUE 4, key : 5, key VALUE 6 ABSENT ON NULL WITH UNIQUE KEYS RETURNING varchar(10))",
  "SELECT JSON_OBJECT('a' : 1 NULL ON NULL WITHOUT UNIQUE), JSON_OBJECT(RETURNING varchar), JSON_ARRAY(RETURNING varchar FORMAT JSON), JSON_ARRAY(), JSON_ARRAY(1, a FORMAT JSON NULL ON NULL)",
  'SELECT "a""b", "A B" AS "c d", t."x" FROM "my table" AS "t"',
  'SELECT 1 a, 2 "b", 3 AS c, d e FROM t u;',
]

/** Every text the tests know that is grammatical: goldens as they are and with ids for placeholders, and all forms. */
export function grammaticalTexts(): readonly string[] {
  const goldens = [...readGolden('queries.jsonl'), ...readGolden('functions.jsonl'), ...readGolden('refused.jsonl')]
  const accepted = goldens.flatMap(({ sql }) => [...new Set([sql, withStores(sql)])]).filter(isAccepted)
  return [...new Set([...accepted, ...forms])]
}

function isAccepted(sql: string): boolean {
  try {
    parse(sql)
    return true
  } catch {
    return false
  }
}
