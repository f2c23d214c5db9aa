import { describe, expect, test } from 'vitest'
import { renderError } from '../../src/errors/index.ts'
import { parse } from '../../src/sql/parse.ts'
import { refusal } from './parsing.ts'

describe('place and words', () => {
  test.each([
    ['', '1:1', "mismatched input '<EOF>'. Expecting: '(', 'SELECT', 'TABLE', 'VALUES'"],
    ['SELECT a\nFROM\n  WHERE b', '3:3', "mismatched input 'WHERE'"],
    ["SELECT '\u{1f600}\u{1f600}' x y", '1:15', "mismatched input 'y'"],
    ['SELECT a b c', '1:12', "mismatched input 'c'"],
    ['SELECT f(a b)', '1:12', "mismatched input 'b'. Expecting: ')'"],
    ['SELECT a[1', '1:11', "mismatched input '<EOF>'. Expecting: ']'"],
    ['SELECT a FROM t\n', '2:1', "mismatched input '<EOF>'", 'SELECT a FROM t WHERE\n'],
    ['SELECT a FROM t JOIN u', '1:23', "mismatched input '<EOF>'. Expecting: 'ON', 'USING'"],
    ['SELECT a = b = c', '1:14', "mismatched input '='"],
    ['SELECT a LIKE b LIKE c', '1:17', "mismatched input 'LIKE'"],
    ['SELECT a IS NULL + 1', '1:18', "mismatched input '+'"],
    ['SELECT 1 + NOT a', '1:12', "mismatched input 'NOT'. Expecting: <expression>"],
    ['SELECT a[b AND c]', '1:12', "mismatched input 'AND'. Expecting: ']'"],
    ['SELECT a IS TRUE', '1:13', "mismatched input 'TRUE'. Expecting: 'DISTINCT', 'NULL'"],
    ["SELECT x 'aa'", '1:8', "Spaces are not allowed between 'X' and the starting quote of a binary literal"],
    [
      'SELECT trim(FROM a)',
      '1:8',
      "The 'trim' function must have specification, char or both arguments when it takes FROM",
    ],
    ['SELECT grouping()', '1:17', "mismatched input ')'. Expecting: <identifier>"],
    ['SELECT 1 GROUP BY ROLLUP ()', '1:27', "mismatched input ')'"],
    ['SELECT a NOT = b', '1:14', "mismatched input '='. Expecting: 'BETWEEN', 'IN', 'LIKE'"],
    ['SELECT a NOT IS NULL', '1:14', "mismatched input 'IS'"],
    ['SELECT ()', '1:10', "mismatched input '<EOF>'. Expecting: '->'"],
    ['SELECT CAST(a AS time with zone)', '1:28', "mismatched input 'zone'. Expecting: 'TIME'"],
    ['SELECT trim()', '1:13', "mismatched input ')'"],
    ['SELECT trim(LEADING a)', '1:22', "mismatched input ')'. Expecting: 'FROM'"],
    ['SELECT trim(BOTH a, b)', '1:19', "mismatched input ','. Expecting: 'FROM'"],
    ['SELECT trim(FROM)', '1:17', "mismatched input ')'. Expecting: <expression>"],
    ['SELECT a IN ()', '1:10', "mismatched input 'IN'. Expecting: <predicate>"],
    ['SELECT a NOT IN ()', '1:10', "mismatched input 'NOT'. Expecting: <predicate>"],
    ['SELECT 1 + a.* FROM a', '1:14', "mismatched input '*'. Expecting: <identifier>"],
    ['SELECT count(t.*) FROM t', '1:15', "mismatched input '.'. Expecting: ')'"],
    ['SELECT f(a => 1)', '1:12', "mismatched input '=>'. Expecting: ')'"],
    ['SELECT 1 FROM t(1)', '1:16', "mismatched input '('"],
    ['SELECT CURRENT_ROLE', '1:8', "mismatched input 'CURRENT_ROLE'. Expecting: '*', <expression>"],
    ['SELECT 1 FROM t GROUP BY GROUPING SETS (CUBE (a))', '1:41', "mismatched input 'CUBE'. Expecting: <expression>"],
    ['(WITH a AS (SELECT 1) TABLE a)', '1:2', "mismatched input 'WITH'. Expecting: '(', 'SELECT', 'TABLE', 'VALUES'"],
    ['SELECT 1 AS 5e2676f8-9fce-46ef-8142-3e36a94e6691', '1:13', 'mismatched input'],
    ['SELECT $', '1:8', "mismatched input '$'"],
    ['SELECT 1x', '1:8', 'identifiers must not start with a digit; surround the identifier with double quotes'],
    ['SELECT "" FROM t', '1:8', 'Zero-length delimited identifier not allowed'],
    ['SELECT 1 AS "a\0b"', '1:13', 'identifiers must not contain the null character'],
    ['SELECT \0 1', '1:8', "mismatched input '\0'"],
    ["SELECT 'a\ud83d' || 'b'", '1:10', 'the text has half a surrogate pair, U+D83D, which is no character'],
    ['SELECT 1 AS "\ude00\ud83d"', '1:14', 'the text has half a surrogate pair, U+DE00, which is no character'],
    ['SELECT 1 -- \ud83d', '1:13', 'the text has half a surrogate pair, U+D83D, which is no character'],
    ['SELECT 1, -0x1_0000_0000_0000_0000', '1:11', 'Invalid numeric literal: -0x1_0000_0000_0000_0000'],
    ['SELECT - 9223372036854775809', '1:8', 'Invalid numeric literal: -9223372036854775809'],
    ['SELECT -(9223372036854775808)', '1:10', 'Invalid numeric literal: 9223372036854775808'],
    ['SELECT 1 LIMIT 9223372036854775808', '1:16', 'Invalid numeric literal: 9223372036854775808'],
    ["SELECT X'0g'", '1:8', 'Binary literal can only contain hexadecimal digits'],
    ["SELECT X'0 '", '1:8', 'Binary literal must contain an even number of digits'],
    ["SELECT U&'\\26'", '1:8', 'Incomplete escape sequence: 26'],
    ["SELECT U&'\\'", '1:8', 'Incomplete escape sequence: '],
    ["SELECT U&'\\x'", '1:8', 'Invalid hexadecimal digit: x'],
    ["SELECT U&'\\+110000'", '1:8', 'Invalid escaped character: 110000'],
    ["SELECT U&'\\D83D'", '1:8', 'Invalid escaped character: D83D'],
    ["SELECT U&'a' UESCAPE 'xy'", '1:8', 'Invalid Unicode escape character: xy'],
    ["SELECT U&'a' UESCAPE '+'", '1:8', 'Invalid Unicode escape character: +'],
    ["SELECT U&'a' UESCAPE ''", '1:8', 'Empty Unicode escape character'],
    ["SELECT JSON_VALUE(a, ' $.x')", '1:23', "missing {'lax', 'strict'} at '$'"],
    // What is grammatical but wrong waits for what is not grammatical.
    ['SELECT 9223372036854775808 FROM WHERE', '1:33', "mismatched input 'WHERE'"],
    ["SELECT X'0', X'g'", '1:8', 'Binary literal must contain an even number of digits'],
  ])('%s', (sql, place, words, text = sql) => {
    const found = refusal(text)
    expect(found.code).toBe('SYNTAX_ERROR')
    expect(`${found.line}:${found.column}`).toBe(place)
    expect(found.reason.slice(0, words.length)).toBe(words)
  })
})

describe('operators of other dialects are no operators', () => {
  test.each([
    ['a == b', 'write = to compare'],
    ['a < = b', 'write <= without a space'],
    ['a ^ b', 'write power(x, y), or bitwise_xor(x, y)'],
    ['a ** b', 'write power(x, y)'],
    ['a // b', 'write /, which between integers drops the remainder'],
    ['a::date', 'write CAST(value AS type)'],
    ['a ~ b', 'write regexp_like(text, pattern)'],
    ['a !~ b', 'write NOT, or <> for unequal'],
    ['a & b', 'write AND, or bitwise_and(x, y)'],
    ['a | b', 'write || to join texts, or bitwise_or(x, y)'],
    ['a << b', 'write bitwise_left_shift(x, y)'],
    ['a >> b', 'write bitwise_right_shift(x, y)'],
    ['f(a) ILIKE b', 'write lower(text) LIKE lower(pattern)'],
    ['f(a) SIMILAR TO b', 'write regexp_like(text, pattern)'],
    ['f(a) GLOB b', 'write LIKE, with % and _'],
    ['f(a) NOT ILIKE b', 'write lower(text) LIKE lower(pattern)'],
  ])('%s', (text, hint) => {
    expect(refusal(text, 'expression')).toMatchObject({ code: 'SYNTAX_ERROR', hint })
  })
})

describe('hints', () => {
  test.each([
    ['SELECT a FORM t', 'did you mean FROM?'],
    ['SELCT a', 'did you mean SELECT?'],
    ['SELECT a FROM t WHRE b', 'did you mean WHERE?'],
    ['SELECT a FROM t GROPU BY b', 'did you mean GROUP?'],
    ['SELECT a FROM t ORDER BYE b', undefined],
    ['SELECT a FROM t GROUP BY aORDER BY b', 'a space is missing before ORDER'],
    ['SELECT a FROM t LIMIT 5 OFFSET 2', 'write OFFSET before LIMIT'],
    ['SELECT a FROM t LIMIT 5 ORDER BY a', 'write ORDER BY before LIMIT'],
    ['SELECT a FROM t ORDER BY a GROUP BY a', 'write GROUP BY before ORDER BY'],
    ['SELECT (SELECT 1 LIMIT 1) ORDER BY 1 WHERE b', 'write WHERE before ORDER BY'],
    ['SELECT (SELECT 1 LIMIT 1) WHERE b WHERE c', undefined],
    ['SELECT a LIMIT 5, 10', 'write OFFSET 5 LIMIT 10'],
    ['SELECT TOP 5 a', 'write LIMIT n at the end of the query'],
    ['SELECT a FROM t QUALIFY f() = 1', 'put the query into a sub-query and filter that with WHERE'],
    ['SELECT now() - INTERVAL 7 day', "write the number in quotes: INTERVAL '7' DAY"],
    ['SELECT a, FROM t', 'remove the comma before FROM'],
    ['SELECT a IN (1,)', 'remove the comma before )'],
    ['SELECT a,', 'remove the comma before the end'],
    ["SELECT a AS 'b'", 'a name is quoted with double quotes: "b"'],
    ["SELECT a FROM 'b.parquet'", 'a name is quoted with double quotes: "b.parquet"'],
    ['SELECT a AS order', 'ORDER is a reserved word: as a name it is written "order"'],
    ['SELECT t.group FROM t', undefined],
    ['SELECT t.natural FROM t', 'NATURAL is a reserved word: as a name it is written "natural"'],
    ['WITH a AS SELECT 1 SELECT 2', undefined],
    ["SELECT 'a", 'the string that starts here is not closed'],
    ['SELECT "a', 'the quoted name that starts here is not closed'],
    ['SELECT a /* b', 'the comment that starts here is not closed'],
    ['SELECT \u201ca\u201d', 'write straight quotes'],
    ['SELECT\u00a0a', 'the invisible character U+00A0 stands here: write a plain space'],
    ['\ufeffSELECT a', 'the invisible character U+FEFF stands here: write a plain space'],
    ['SELECT a IN ()', 'an IN list needs a value at least'],
    ["SELECT JSON_EXISTS(a, '$.b')", "start the path with its mode: 'lax $.b'"],
    ['SELECT * EXCLUDE (a) FROM t', 'name the columns that you want'],
  ])('%s', (text, hint) => expect(refusal(text).hint).toBe(hint))
})

describe('what is not one query', () => {
  test.each([
    ...[
      'INSERT INTO t SELECT 1',
      'update t SET a = 1',
      'DELETE FROM t',
      'MERGE INTO t USING u ON true',
      'CREATE TABLE a (b bigint)',
    ],
    ...['DROP TABLE t', 'ALTER TABLE t RENAME TO u', 'TRUNCATE TABLE t', 'GRANT SELECT ON t TO u', 'EXPLAIN SELECT 1'],
    ...[
      'EXPLAIN ANALYZE SELECT 1',
      'SHOW TABLES',
      'DESCRIBE t',
      'DESC t',
      'SET SESSION a = 1',
      'CALL f()',
      'PREPARE p FROM SELECT 1',
    ],
    ...['EXECUTE p', 'USE a.b', 'START TRANSACTION', 'COMMIT', 'ROLLBACK', 'ANALYZE t', 'REFRESH MATERIALIZED VIEW v'],
    ...[
      "ATTACH 'a.db'",
      "COPY t TO 'x'",
      'PRAGMA version',
      'INSTALL httpfs',
      'LOAD httpfs',
      'VACUUM',
      "EXPORT DATABASE 'x'",
    ],
  ])('%s', (text) => {
    const word = text.split(' ')[0]!.toUpperCase()
    const found = refusal(`/* a */\n  ${text}`)
    expect(found).toMatchObject({ code: 'NOT_A_QUERY', line: 2, column: 3 })
    expect(found.reason).toBe(`${word} is not a query: only a query (SELECT, WITH, VALUES or TABLE) can be run`)
  })

  test.each([
    ['SELECT 1; SELECT 2', 9],
    ['SELECT 1;; ', 9],
    ['SELECT ( ; DROP TABLE t', 10],
  ])('several statements: %s', (text, column) => {
    expect(refusal(text)).toMatchObject({ code: 'SYNTAX_ERROR', line: 1, column })
  })

  test('a semicolon in a string or a comment separates nothing', () => {
    expect(() => parse("SELECT ';' /* ; */ -- ;\n;")).not.toThrow()
  })
})

describe('known and not supported', () => {
  test.each([
    ['SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS true)', '1:17', 'MATCH_RECOGNIZE is not supported'],
    ["SELECT * FROM a, JSON_TABLE('[]', 'lax $' COLUMNS (x bigint))", '1:18', 'JSON_TABLE is not supported'],
    ['SELECT * FROM a JOIN TABLE(f(1)) ON true', '1:22', 'a table function is not supported'],
    ['WITH FUNCTION f(x bigint) RETURNS bigint RETURN x SELECT f(1)', '1:6', 'WITH FUNCTION is not supported'],
    ['WITH SESSION a = 1 SELECT 1', '1:6', 'WITH SESSION is not supported'],
    ['SELECT a, count(*) FROM t GROUP BY AUTO ORDER BY 1', '1:36', 'GROUP BY AUTO is not supported'],
    ['SELECT 1 UNION ALL CORRESPONDING SELECT 1', '1:20', 'CORRESPONDING is not supported'],
    ['SELECT CAST(a AS bigint ARRAY[3])', '1:18', 'Explicit array size not supported'],
    ['SELECT * FROM a NATURAL LEFT JOIN b', '1:15', 'Natural join not supported'],
    ['SELECT f() OVER (MEASURES a AS b PATTERN (A))', '1:18', 'row pattern recognition in a window is not supported'],
    ["SELECT JSON_EXISTS(a FORMAT JSON ENCODING UTF16, 'lax $')", '1:22', 'FORMAT JSON ENCODING is not supported'],
  ])('%s', (text, place, words) => {
    const found = refusal(text)
    expect(found).toMatchObject({ code: 'NOT_SUPPORTED', reason: words })
    expect(`${found.line}:${found.column}`).toBe(place)
  })

  test.each([
    'WITH function AS (SELECT 1), session AS (SELECT 2) SELECT * FROM function, session',
    'SELECT auto FROM t GROUP BY auto, b',
    'SELECT auto FROM t GROUP BY "auto"',
    'SELECT * FROM match_recognize match_recognize, t AS match_recognize (a)',
    'SELECT corresponding FROM corresponding UNION SELECT 1',
    'SELECT f() OVER (pattern ORDER BY measures)',
  ])('the words are names elsewhere: %s', (text) => expect(() => parse(text)).not.toThrow())
})

test('an error points into the text', () => {
  const text = 'SELECT a,\n\tFORM\nFROM'
  expect(renderError(refusal(text))).toBe(
    [
      "line 3:5: mismatched input '<EOF>'. Expecting: '(', 'JSON_TABLE', 'LATERAL', 'TABLE', 'UNNEST', <identifier> [SYNTAX_ERROR]",
      '3 | FROM',
      '  |     ^',
    ].join('\n'),
  )
})
