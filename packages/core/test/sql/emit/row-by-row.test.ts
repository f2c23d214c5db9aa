import { expect, test } from 'vitest'
import { computedByRow } from '../../../src/sql/emit/row-by-row.ts'

test.each([
  ['a column', 'list_transform(["r0"."a"], lambda x: x)', 'list_transform(array_value("r0"."a"), lambda x: x)'],
  ['a list', 'list_filter("r0"."a", lambda x: x)', 'list_filter(array_value("r0"."a")[1], lambda x: x)'],
  [
    'a list of two',
    'list_filter(["r0"."a", 1], lambda x: x)',
    'list_filter(array_value(["r0"."a", 1])[1], lambda x: x)',
  ],
  [
    'an element of a list',
    'list_filter(["r0"."a"][1], lambda x: x)',
    'list_filter(array_value(["r0"."a"][1])[1], lambda x: x)',
  ],
  [
    'commas of a lambda and of a struct',
    "list_reduce([f(a, b)], lambda x, y: {'k': x, 'v': y}, 0)",
    "list_reduce(array_value(f(a, b)), lambda x, y: {'k': x, 'v': y}, 0)",
  ],
  ['a constant list without columns', "list_transform([1, 'a'], lambda x: x)", "list_transform([1, 'a'], lambda x: x)"],
  [
    'a constant list beside a column',
    'list_transform([1], lambda x: "r1"."b""c" + x)',
    'list_transform(array_value(coalesce(CASE WHEN "r1"."b""c" IS NULL THEN [1] END, [1]))[1], lambda x: "r1"."b""c" + x)',
  ],
  [
    'a lambda that looks up JSON',
    `list_transform([f("r0"."a")], lambda "$1": coalesce(trino_json_scalar("$1", '$.a', '$.a'), trino_json_scalar("$1", '$.b', '$.b')))`,
    `list_transform([f("r0"."a")], lambda "$1": coalesce(trino_json_scalar("$1", '$.a', '$.a'), trino_json_scalar("$1", '$.b', '$.b')))`,
  ],
  [
    'one that computes beside it',
    `list_transform([f("r0"."a")], lambda "$1": coalesce(trino_json_size("$1", '$.a', '$.a') + 1))`,
    `list_transform(array_value(f("r0"."a")), lambda "$1": coalesce(trino_json_size("$1", '$.a', '$.a') + 1))`,
  ],
  [
    'one that converts it',
    `list_transform([f("r0"."a")], lambda "$1": trino_text_to_double(trino_json_scalar("$1", '$.a', '$.a')))`,
    `list_transform(array_value(f("r0"."a")), lambda "$1": trino_text_to_double(trino_json_scalar("$1", '$.a', '$.a')))`,
  ],
  ['a function that may fail', 'trino_ip_cast("r0"."a")', 'trino_ip_cast(array_value("r0"."a")[1])'],
  ['a function that cannot', 'trino_ip_text("r0"."a")', 'trino_ip_text("r0"."a")'],
  [
    'only the arguments by which it fails',
    'trino_js_regexp_like("r0"."a", "r0"."p")',
    'trino_js_regexp_like("r0"."a", array_value("r0"."p")[1])',
  ],
  ['its constants', "trino_js_parse_date('mysql', '%Y', '2024')", "trino_js_parse_date('mysql', '%Y', '2024')"],
  [
    'within another',
    'trino_url_decode(trino_url_decode("r0"."a"))',
    'trino_url_decode(array_value(trino_url_decode(array_value("r0"."a")[1]))[1])',
  ],
  ['no call inside a text', '\'list_transform(["r0"."a"], x)\' || \')\'', '\'list_transform(["r0"."a"], x)\' || \')\''],
  ['no call inside a name', 'f("list_filter(", "x)")', 'f("list_filter(", "x)")'],
])('%s', (_, sql, expected) => expect(computedByRow(sql)).toBe(expected))
