import { bad, badWith, defineMacros, fail, failWith } from './define.ts'

const tooLong = 'Concatenated string has the length in bytes larger than the maximum output length 1048576'
const percentage = bad('Percentile must be between 0 and 1')

/** What is done with the results of aggregates; the aggregates themselves are never inside a macro. */
export const aggregateMacros = defineMacros({
  'trino_sum_bigint(s)': `CASE WHEN s BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(s AS BIGINT) WHEN s IS NOT NULL THEN ${failWith('NUMERIC_VALUE_OUT_OF_RANGE', "'bigint addition overflow: ' || s")} END`,
  'trino_sum_decimal(s, most)': `CASE WHEN s BETWEEN -most AND most THEN s WHEN s IS NOT NULL THEN s + ${fail('NUMERIC_VALUE_OUT_OF_RANGE', 'Decimal overflow', 'TINYINT')} END`,
  'trino_div_half_up(a, n)':
    'CASE WHEN n > 0 THEN (abs(a) // n + CASE WHEN 2 * (abs(a) % n) >= n THEN 1 ELSE 0 END) * CASE WHEN a < 0 THEN -1 ELSE 1 END END',
  // Text of a decimal, from its digits without the point.
  'trino_scaled_text(sign, d, s)': "sign || left(d, length(d) - s) || '.' || right(d, s)",
  'trino_scaled(h, s)':
    "trino_scaled_text(CASE WHEN h < 0 THEN '-' ELSE '' END, lpad(CAST(abs(h) AS VARCHAR), CAST(greatest(length(CAST(abs(h) AS VARCHAR)), s + 1) AS INTEGER), '0'), s)",
  'trino_percentile_at(a, p)': `a[CASE WHEN p BETWEEN 0 AND 1 THEN least(CAST(floor(p * len(a)) AS BIGINT) + 1, len(a)) WHEN p IS NOT NULL THEN ${percentage} END]`,
  'trino_weight(a)': 'list_sum(list_transform(a, lambda e: e.w))',
  'trino_weighted_at(a, p)': `CASE WHEN p BETWEEN 0 AND 1 THEN coalesce(list_filter(a, lambda e, i: trino_weight(a[1:i]) > p * trino_weight(a))[1], a[-1]).x WHEN p IS NOT NULL THEN a[${percentage}].x END`,
  'trino_check_error(e, n)': `CASE WHEN e BETWEEN 0.0040625e0 AND 0.26e0 THEN n ELSE ${badWith("'Max standard error must be in [0.0040625, 0.26]: ' || coalesce(CAST(e AS VARCHAR), 'null')")} END`,
  'trino_top(h, n)': `map_from_entries(list_transform(list_reverse_sort(list_transform(map_entries(h), lambda e: {'c': e.value, 'k': e.key}))[1:CASE WHEN n < 2 THEN ${bad('approx_most_frequent bucket count must be greater than one')} ELSE n END], lambda z: {'k': z.k, 'v': CAST(z.c AS BIGINT)}))`,
  'trino_listagg_size(s)': `CASE WHEN strlen(s) > 1048576 THEN ${fail('EXCEEDED_FUNCTION_MEMORY_LIMIT', tooLong, 'VARCHAR')} ELSE s END`,
  'trino_listagg_fits(a, d)':
    'len(list_filter(a, lambda x, i: list_sum(list_transform(a[1:i], lambda y: strlen(y))) + (i - 1) * strlen(d) <= 1048576))',
  'trino_listagg_cut(a, d, f, c, n)':
    "array_to_string(a[1:n], d) || d || f || CASE WHEN c THEN '(' || (len(a) - n) || ')' ELSE '' END",
  'trino_listagg_truncate(a, d, f, c)':
    'CASE WHEN strlen(array_to_string(a, d)) <= 1048576 THEN array_to_string(a, d) ELSE trino_listagg_cut(a, d, f, c, trino_listagg_fits(a, d)) END',
  'trino_numeric_histogram_map(kv)':
    "map_from_entries(list_transform(range(1, len(kv) + 1, 2), lambda i: {'k': CAST(kv[i] AS DOUBLE), 'v': CAST(kv[i + 1] AS DOUBLE)}))",
  'trino_rank_offset(n)': `CASE WHEN n < 1 THEN ${bad('Offset must be at least 1')} ELSE n END`,
  'trino_buckets(n)': `CASE WHEN n < 1 THEN ${bad('Buckets must be greater than 0')} ELSE n END`,
  'trino_offset(n, low)': `CASE WHEN n IS NULL THEN ${bad('Offset must not be null')} WHEN n < low THEN ${badWith("'Offset must be at least ' || low")} ELSE n END`,
})
