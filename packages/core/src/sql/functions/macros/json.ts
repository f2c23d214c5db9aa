import { defineMacros } from './define.ts'

/**
 * JSON in the engine wherever its answer is surely Trino's, in JavaScript where it may not be: text that the engine finds malformed (Trino reads
 * only as far as it must), numbers with a fraction or exponent (Trino keeps or rewrites their spelling), characters beyond U+FFFF.
 *
 * `p` is the engine's path, `path` the query's.
 */
export const jsonMacros = defineMacros({
  'trino_may_be_json(j)':
    "ltrim(j, ' ' || chr(9) || chr(10) || chr(13))[1] IN ('{', '[', '\"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n')",
  'trino_is_plain_json(v)':
    "NOT regexp_matches(v, '[0-9][.eE][0-9+-]|[nN][aA][nN]|[iI][nN][fF]|,[\\]}]|[0-9]{18}|[\\x{10000}-\\x{10ffff}]')",
  'trino_plain_or_read(v, j, path)':
    'CASE WHEN v IS NULL THEN NULL WHEN trino_is_plain_json(v) THEN v ELSE trino_js_json_extract(j, path) END',
  'trino_json_extract(j, p, path)':
    'CASE WHEN json_valid(j) THEN trino_plain_or_read(CAST(json_extract(j, p) AS VARCHAR), j, path) WHEN trino_may_be_json(j) THEN trino_js_json_extract(j, path) END',
  'trino_json_scalar(j, p, path)':
    "CASE WHEN j IS NULL THEN NULL WHEN NOT json_valid(j) THEN CASE WHEN trino_may_be_json(j) THEN trino_js_json_scalar(j, path) END WHEN json_type(j, p) IS NULL THEN NULL WHEN json_type(j, p) IN ('VARCHAR', 'BOOLEAN') THEN json_extract_string(j, p) WHEN json_type(j, p) IN ('UBIGINT', 'BIGINT') AND json_extract_string(j, p) <> '0' THEN json_extract_string(j, p) WHEN json_type(j, p) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN trino_js_json_scalar(j, path) END",
  'trino_json_array_length(j)':
    "CASE WHEN json_valid(j) THEN CASE WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END WHEN trino_may_be_json(j) THEN trino_js_json_array_length(j) END",
  'trino_json_size(j, p, path)':
    "CASE WHEN json_valid(j) THEN CASE json_type(j, p) WHEN 'ARRAY' THEN CAST(json_array_length(j, p) AS BIGINT) WHEN 'OBJECT' THEN trino_js_json_size(j, path) ELSE CASE WHEN json_type(j, p) IS NOT NULL THEN 0 END END WHEN trino_may_be_json(j) THEN trino_js_json_size(j, path) END",
})
