import { bad, badWith, defineMacros, failWith } from './define.ts'

export const arrayMacros = defineMacros({
  'trino_idx(a, i)': `CASE WHEN i = 0 THEN ${bad('SQL array indices start at 1')} WHEN i < 0 THEN ${badWith("'Array subscript is negative: ' || i")} WHEN i > len(a) THEN ${badWith("'Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a)")} ELSE i END`,
  'trino_subscript(a, i)': 'a[trino_idx(a, i)]',
  'trino_element_at(a, i)': `a[CASE WHEN i = 0 THEN ${bad('SQL array indices start at 1')} ELSE i END]`,
  'trino_any(m)':
    'CASE WHEN m IS NULL THEN NULL WHEN list_contains(m, true) THEN true WHEN len(m) <> list_count(m) THEN NULL ELSE false END',
  'trino_all(m)':
    'CASE WHEN m IS NULL THEN NULL WHEN list_contains(m, false) THEN false WHEN len(m) <> list_count(m) THEN NULL ELSE true END',
  'trino_contains(a, x)':
    'CASE WHEN x IS NULL OR a IS NULL THEN NULL WHEN list_contains(a, x) THEN true WHEN len(a) <> list_count(a) THEN NULL ELSE false END',
  'trino_overlap(a, b)':
    'CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN list_has_any(a, b) THEN true WHEN len(a) = 0 OR len(b) = 0 THEN false WHEN len(a) <> list_count(a) OR len(b) <> list_count(b) THEN NULL ELSE false END',
  'trino_position(a, x)':
    'CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN CAST(coalesce(list_position(a, x), 0) AS BIGINT) END',
  // list_distinct drops NULL and the order; its hash makes short work of arrays without repetition.
  'trino_distinct(a)':
    'CASE WHEN len(a) < 2 OR (len(list_distinct(a)) = len(a)) THEN a ELSE list_filter(a, lambda e, i: list_position(a, e) = i) END',
  // list_distinct takes every NaN for another value.
  'trino_distinct_double(a)': 'list_filter(a, lambda e, i: list_position(a, e) = i)',
  'trino_union(a, b)': 'trino_distinct(a || b)',
  'trino_intersect(a, b)':
    'CASE WHEN len(a) < len(b) THEN trino_distinct(list_filter(b, lambda e: list_position(a, e) IS NOT NULL)) WHEN b IS NOT NULL THEN trino_distinct(list_filter(a, lambda e: list_position(b, e) IS NOT NULL)) END',
  'trino_except(a, b)':
    'CASE WHEN len(b) = 0 THEN a WHEN b IS NOT NULL THEN trino_distinct(list_filter(a, lambda e: list_position(b, e) IS NULL)) END',
  'trino_array_max(a)': 'CASE WHEN len(a) = list_count(a) THEN list_max(a) END',
  'trino_array_min(a)': 'CASE WHEN len(a) = list_count(a) THEN list_min(a) END',
  // NaN is passed over unless every element is NaN.
  'trino_array_max_double(a)':
    'CASE WHEN len(a) = list_count(a) THEN coalesce(list_max(list_filter(a, lambda e: NOT isnan(e))), list_max(a)) END',
  // array_to_string wants its separator known beforehand.
  'trino_joined(a, d)': "CASE WHEN len(a) = 0 THEN '' ELSE list_reduce(a, lambda p, q: p || d || q) END",
  'trino_join_any(a, d)': 'CASE WHEN d IS NOT NULL THEN trino_joined(list_filter(a, lambda e: e IS NOT NULL), d) END',
  'trino_join3_any(a, d, r)':
    'CASE WHEN d IS NOT NULL AND r IS NOT NULL THEN trino_joined(list_transform(a, lambda e: coalesce(e, r)), d) END',
  'trino_join(a, d)': "CASE WHEN a IS NOT NULL AND d IS NOT NULL THEN coalesce(array_to_string(a, d), '') END",
  'trino_join3(a, d, r)':
    "CASE WHEN a IS NOT NULL AND d IS NOT NULL AND r IS NOT NULL THEN coalesce(array_to_string(list_transform(a, lambda e: coalesce(e, r)), d), '') END",
  'trino_array_histogram(a)':
    "map_from_entries(list_transform(list_filter(a, lambda e, i: e IS NOT NULL AND list_position(a, e) = i), lambda e: {'k': e, 'v': CAST(len(list_filter(a, lambda z: z = e)) AS BIGINT)}))",
  'trino_ngrams(a, n)': `CASE WHEN n <= 0 THEN [a[${bad('N must be positive')}:]] WHEN n >= len(a) THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END`,
  'trino_repeat_count(n)': `CASE WHEN n < 0 THEN ${bad('count argument of repeat function must be greater than or equal to 0')} WHEN n > 10000 THEN ${bad('count argument of repeat function must be less than or equal to 10000')} ELSE n END`,
  'trino_seq_step(a, b, s)': `CASE WHEN s = 0 THEN ${bad('step must not be zero')} WHEN (s > 0 AND b < a) OR (s < 0 AND b > a) THEN ${bad('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')} WHEN (CAST(b AS HUGEINT) - CAST(a AS HUGEINT)) // s >= 10000 THEN ${bad('result of sequence function must not have more than 10000 entries')} ELSE s END`,
  'trino_seq_big(a, b, s)': 'generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), trino_seq_step(a, b, s))',
  // Whole months are added to the start, so that Jan 31, Feb 29, Mar 31: generate_series would stay on the 29th.
  'trino_seq_months(a, b, m)': `list_transform(range(0, 1 + date_sub('month', a, b) // trino_seq_step(0, CASE WHEN b < a THEN least(date_sub('month', a, b), -1) WHEN b > a THEN greatest(date_sub('month', a, b), 1) ELSE 0 END, m)), lambda i: a + to_months(CAST(i * m AS INTEGER)))`,
  'trino_day_step(ms)': `CASE WHEN ms % 86400000 <> 0 THEN ${bad('sequence step must be a day interval if start and end values are dates')} ELSE ms // 86400000 END`,
  'trino_seq_days(a, b, s)':
    "list_transform(trino_seq_big(a - DATE '1970-01-01', b - DATE '1970-01-01', s), lambda d: DATE '1970-01-01' + CAST(d AS INTEGER))",
  'trino_seq_ts(a, b, ms)':
    'list_transform(trino_seq_big(epoch_us(a), epoch_us(b), ms * 1000), lambda u: make_timestamp(u))',
  'trino_slice(a, st, n)': `CASE WHEN n < 0 THEN a[${bad('length must be greater than or equal to 0')}:] WHEN st = 0 THEN a[${bad('SQL array indices start at 1')}:] WHEN st > 0 THEN a[st:st + n - 1] WHEN -st > len(a) THEN a[1:0] ELSE a[len(a) + st + 1:len(a) + st + n] END`,
  'trino_trim_array(a, n)': `CASE WHEN n < 0 THEN a[${badWith("'size must not be negative: ' || n")}:] WHEN n > len(a) THEN a[${badWith("'size must not exceed array cardinality ' || len(a) || ': ' || n")}:] ELSE a[1:len(a) - n] END`,
  'trino_contains_sequence(a, s)':
    'CASE WHEN a IS NULL OR s IS NULL THEN NULL WHEN len(s) = 0 THEN true ELSE len(list_filter(range(1, len(a) - len(s) + 2), lambda i: a[i:i + len(s) - 1] = s)) > 0 END',
  'trino_vectors(a, b)': `CASE WHEN len(a) <> len(b) THEN ${bad('The arguments must have the same length')} ELSE len(a) END`,
  // A NULL element counts as zero.
  'trino_dot(a, b)':
    'CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN coalesce(list_sum(list_transform(range(1, trino_vectors(a, b) + 1), lambda i: coalesce(a[i], 0e0) * coalesce(b[i], 0e0))), 0e0) END',
  'trino_euclidean(a, b)':
    'CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN sqrt(coalesce(list_sum(list_transform(range(1, trino_vectors(a, b) + 1), lambda i: power(coalesce(a[i], 0e0) - coalesce(b[i], 0e0), 2))), 0e0)) END',
  'trino_magnitude(v)': `CASE WHEN v = 0 THEN ${bad('Vector magnitude cannot be zero', 'DOUBLE')} ELSE v END`,
  'trino_cosine(a, b)':
    'CASE WHEN a IS NOT NULL AND b IS NOT NULL AND trino_vectors(a, b) = list_count(a) AND len(b) = list_count(b) THEN trino_dot(a, b) / (trino_magnitude(sqrt(trino_dot(a, a))) * trino_magnitude(sqrt(trino_dot(b, b)))) END',
  'trino_cosine_map(a, b)':
    'CASE WHEN a IS NOT NULL AND b IS NOT NULL AND len(map_values(a)) = list_count(map_values(a)) AND len(map_values(b)) = list_count(map_values(b)) THEN coalesce(list_sum(list_transform(map_keys(a), lambda k: coalesce(a[k] * b[k], 0e0))), 0e0) / (trino_magnitude(sqrt(trino_dot(map_values(a), map_values(a)))) * trino_magnitude(sqrt(trino_dot(map_values(b), map_values(b))))) END',
  // Index lists one longer, ordered by their last index: Trino's order.
  'trino_longer(c, n)':
    'flatten(list_transform(range(1, n + 1), lambda j: list_transform(list_filter(c, lambda x: x[-1] < j), lambda x: list_append(x, j))))',
  'trino_indexes(size, n)': `CASE size WHEN 0 THEN [CAST([] AS BIGINT[])] WHEN 1 THEN list_transform(range(1, n + 1), lambda i: [i]) WHEN 2 THEN trino_longer(list_transform(range(1, n + 1), lambda i: [i]), n) WHEN 3 THEN trino_longer(trino_longer(list_transform(range(1, n + 1), lambda i: [i]), n), n) WHEN 4 THEN trino_longer(trino_longer(trino_longer(list_transform(range(1, n + 1), lambda i: [i]), n), n), n) WHEN 5 THEN trino_longer(trino_longer(trino_longer(trino_longer(list_transform(range(1, n + 1), lambda i: [i]), n), n), n), n) END`,
  'trino_combinations(a, n)':
    'list_transform(trino_indexes(trino_combination_size(n), len(a)), lambda ix: list_transform(ix, lambda i: a[i]))',
  // States of a search: 1 found, 3 not to be told.
  'trino_told(s, name)': `CASE WHEN list_position(s, 3) IS NOT NULL AND coalesce(list_position(s, 1) > list_position(s, 3), true) THEN s[${failWith('NOT_SUPPORTED', "name || ' does not support arrays with elements that are null or contain null'")}:] ELSE s END`,
  'trino_order(c)': `CASE WHEN c IN (-1, 0, 1) THEN c ELSE ${bad('Lambda comparator must return either -1, 0, or 1', 'INTEGER')} END`,
  'trino_combination_size(n)': `CASE WHEN n < 0 THEN ${badWith("'combination size must not be negative: ' || n")} WHEN n > 5 THEN ${badWith("'combination size must not exceed 5: ' || n")} ELSE n END`,
})

const unique = (by: 'k' | 'i'): string =>
  `list_filter(entries, lambda e, n: list_position(list_transform(entries, lambda z: z.${by}), e.${by}) = n)`
const multimap = (by: 'k' | 'i'): string =>
  `map_from_entries(list_transform(${unique(by)}, lambda e: {'k': e.k, 'v': list_transform(list_filter(entries, lambda z: z.${by} IS NOT DISTINCT FROM e.${by}), lambda z: z.v)}))`
const dedup = (by: 'k' | 'i'): string =>
  `map_from_entries(list_transform(CASE WHEN len(list_distinct(list_transform(entries, lambda z: z.${by}))) = len(entries) THEN entries ELSE ${unique(by)} END, lambda e: {'k': e.k, 'v': e.v}))`

/** Entries are {k, v}, or {k, v, i} where the engine's equality of keys is not Trino's: then equal keys have equal `i`. */
export const mapMacros = defineMacros({
  'trino_key(k)': `CASE WHEN k IS NULL THEN [k][${bad('map key cannot be null')}] ELSE k END`,
  // Keys that may make a map: no NULL, none twice by their identities.
  'trino_keys(k, i)': `CASE WHEN len(k) <> list_count(k) THEN k[${bad('map key cannot be null')}:] WHEN len(list_distinct(i)) <> len(i) THEN k[${badWith("'Duplicate map keys (' || CAST(k[trino_second(i)] AS VARCHAR) || ') are not allowed'")}:] ELSE k END`,
  'trino_second(i)': 'list_position(list_transform(i, lambda e, n: list_position(i, e) < n), true)',
  'trino_map(k, i, v)': `CASE WHEN k IS NOT NULL AND v IS NOT NULL THEN map(CASE WHEN len(k) <> len(v) THEN k[${bad('Key and value arrays must be the same length')}:] ELSE trino_keys(k, i) END, v) END`,
  'trino_multimap(entries)': multimap('k'),
  'trino_multimap_i(entries)': multimap('i'),
  // The first value of a key stays.
  'trino_map_dedup(entries)': dedup('k'),
  'trino_map_dedup_i(entries)': dedup('i'),
  'trino_counts_i(entries)': `map_from_entries(list_transform(${unique('i')}, lambda e: {'k': e.k, 'v': CAST(len(list_filter(entries, lambda z: z.i IS NOT DISTINCT FROM e.i)) AS BIGINT)}))`,
  // NULL when no input map has an entry.
  'trino_map_union(entries)': 'CASE WHEN len(entries) > 0 THEN trino_map_dedup(entries) END',
})
