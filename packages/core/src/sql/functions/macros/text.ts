import { bad, badWith, defineMacros } from './define.ts'

/** Every character Trino's trim takes for white space: Java's, which leaves out the no-break spaces. */
const WHITE_SPACE = [
  9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8200, 8201, 8202, 8232, 8233,
  8287, 12288,
]
  .map((code) => (code === 32 ? "' '" : `chr(${code})`))
  .join(' || ')

/** Text of doubles is always scientific with the fewest digits (1.0E0, 1.5E-7, NaN, -Infinity). */
const numbers = {
  'trino_e_digits(t)': "replace(split_part(t, 'e', 1), '.', '')",
  // Java writes two digits where one would do.
  'trino_e_text(t)': `CASE WHEN t = '0.0' THEN '0E0' WHEN t IN ('5e-324', '4.94065645841247e-324') THEN '4.9E-324' ELSE left(ltrim(trino_e_digits(t), '0'), 1) || '.' || coalesce(nullif(substr(rtrim(ltrim(trino_e_digits(t), '0'), '0'), 2), ''), '0') || 'E' || (length(split_part(split_part(t, 'e', 1), '.', 1)) - 1 - (length(trino_e_digits(t)) - length(ltrim(trino_e_digits(t), '0'))) + CASE WHEN contains(t, 'e') THEN CAST(split_part(t, 'e', 2) AS INTEGER) ELSE 0 END) END`,
  'trino_double_text(x)': `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END ELSE CASE WHEN signbit(x) THEN '-' ELSE '' END || trino_e_text(CAST(abs(x) AS VARCHAR)) END`,
  // The engine leaves out the zero before the point.
  'trino_decimal_text(x)': `regexp_replace(CAST(x AS VARCHAR), '^(-?)\\.', '\\10.')`,
}

export const textMacros = defineMacros({
  ...numbers,
  'trino_ws()': WHITE_SPACE,
  // Most text has nothing to trim, and a test of its ends is five times as quick.
  'trino_trim(s)': `CASE WHEN s[1] BETWEEN '!' AND '~' AND s[-1] BETWEEN '!' AND '~' THEN s ELSE trim(s, trino_ws()) END`,
  'trino_ltrim(s)': `CASE WHEN s[1] BETWEEN '!' AND '~' THEN s ELSE ltrim(s, trino_ws()) END`,
  'trino_rtrim(s)': `CASE WHEN s[-1] BETWEEN '!' AND '~' THEN s ELSE rtrim(s, trino_ws()) END`,
  // The engine gives U+1E9E for ß; Java's mapping of single characters leaves ß as it is.
  'trino_upper(s)': `CASE WHEN contains(s, 'ß') THEN array_to_string(list_transform(string_split(s, 'ß'), lambda p: upper(p)), 'ß') ELSE upper(s) END`,
  'trino_clip(n)': 'CASE WHEN n > 4294967295 THEN 4294967295 WHEN n < -4294967295 THEN -4294967295 ELSE n END',
  // Start 0, a start before the text and a length below 1 give the empty text.
  'trino_substr(s, st)': `CASE WHEN st = 0 OR st < -length(s) THEN left(s, 0) ELSE substr(s, trino_clip(st)) END`,
  'trino_substr_n(s, st, n)': `CASE WHEN st IS NULL OR n IS NULL THEN NULL WHEN st = 0 OR st < -length(s) OR n <= 0 THEN left(s, 0) ELSE substr(s, trino_clip(st), trino_clip(n)) END`,
  'trino_replace(s, f, r)': `CASE WHEN f = '' THEN r || array_to_string(list_transform(string_split(s, ''), lambda c: CASE WHEN c = '' THEN '' ELSE c || r END), '') ELSE replace(s, f, r) END`,
  'trino_split(s, d)': `CASE WHEN d IS NULL THEN NULL WHEN d = '' THEN ${bad('The delimiter may not be the empty string', 'VARCHAR[]')} ELSE string_split(s, d) END`,
  'trino_parts_length(parts, d)':
    'CAST(coalesce(list_sum(list_transform(parts, lambda p: length(p) + length(d))), 0) AS BIGINT)',
  'trino_split_n(s, d, lim)': `CASE WHEN s IS NULL OR d IS NULL OR lim IS NULL THEN NULL WHEN d = '' THEN ${bad('The delimiter may not be the empty string', 'VARCHAR[]')} WHEN lim <= 0 THEN ${bad('Limit must be positive', 'VARCHAR[]')} WHEN len(string_split(s, d)) <= lim THEN string_split(s, d) ELSE list_append(string_split(s, d)[1:lim - 1], substr(s, trino_parts_length(string_split(s, d)[1:lim - 1], d) + 1)) END`,
  'trino_split_part(s, d, i)': `CASE WHEN d IS NULL THEN NULL ELSE string_split(s, d)[CASE WHEN i <= 0 THEN ${bad('Index must be greater than zero')} ELSE i END] END`,
  'trino_strpos(s, f, n)': `CASE WHEN n = 0 THEN ${bad("'instance' must be a positive or negative number.")} WHEN s IS NULL OR f IS NULL OR n IS NULL THEN NULL WHEN f = '' THEN 1 ELSE coalesce(list_extract(list_filter(range(1, length(s) + 1), lambda i: substr(s, i, length(f)) = f), n), 0) END`,
  'trino_check_delimiters(s, ed, kd)': `CASE WHEN ed IS NULL OR kd IS NULL THEN NULL WHEN ed = '' THEN ${bad('entryDelimiter is empty', 'VARCHAR')} WHEN kd = '' THEN ${bad('keyValueDelimiter is empty', 'VARCHAR')} WHEN ed = kd THEN ${bad('entryDelimiter and keyValueDelimiter must not be the same', 'VARCHAR')} ELSE s END`,
  'trino_pairs(s, ed, kd, q)': `list_transform(list_filter(string_split(trino_check_delimiters(s, ed, kd), ed), lambda p: p <> ''), lambda p: CASE WHEN len(string_split(p, kd)) <> 2 THEN ${badWith("'Key-value delimiter must appear exactly once in each entry. Bad input: ' || q || p || q", 'STRUCT(k VARCHAR, v VARCHAR)')} ELSE {'k': string_split(p, kd)[1], 'v': string_split(p, kd)[2]} END)`,
  'trino_unique_pairs(p)': `CASE WHEN len(list_distinct(list_transform(p, lambda e: e.k))) < len(p) THEN ${badWith(`'Duplicate keys (' || list_filter(p, lambda e, i: list_position(list_transform(p, lambda z: z.k), e.k) < i)[1].k || ') are not allowed'`, 'STRUCT(k VARCHAR, v VARCHAR)[]')} ELSE p END`,
  'trino_split_to_map(s, ed, kd)': `CASE WHEN trino_check_delimiters(s, ed, kd) IS NOT NULL THEN map_from_entries(trino_unique_pairs(trino_pairs(s, ed, kd, ''''))) END`,
  'trino_split_to_multimap(s, ed, kd)': `CASE WHEN trino_check_delimiters(s, ed, kd) IS NOT NULL THEN trino_multimap(trino_pairs(s, ed, kd, '')) END`,
  'trino_luhn(s)': `CASE WHEN s = '' THEN false WHEN NOT regexp_full_match(s, '[0-9]+') THEN ${bad('Input contains non-digit character')} = 0 ELSE list_sum(list_transform(list_reverse(string_split(s, '')), lambda c, i: CASE WHEN i % 2 = 1 THEN CAST(c AS INTEGER) WHEN CAST(c AS INTEGER) * 2 > 9 THEN CAST(c AS INTEGER) * 2 - 9 ELSE CAST(c AS INTEGER) * 2 END)) % 10 = 0 END`,
  'trino_hamming(a, b)': `CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN length(a) <> length(b) THEN ${bad('The input strings to hamming_distance function must have the same length')} WHEN a = b THEN 0 ELSE len(list_filter(range(1, length(a) + 1), lambda i: substr(a, i, 1) <> substr(b, i, 1))) END`,
  'trino_codepoint(c)': `CASE WHEN length(c) <> 1 THEN ${bad('Input string must be a single character string', 'INTEGER')} ELSE unicode(c) END`,
  'trino_chr(n)': `CASE WHEN n < 0 OR n > 1114111 OR n BETWEEN 55296 AND 57343 THEN ${badWith("'Not a valid Unicode code point: ' || n", 'VARCHAR')} ELSE chr(CAST(n AS INTEGER)) END`,
  'trino_pad_size(n, p)': `CASE WHEN n < 0 OR n > 2147483647 THEN ${bad('Target length must be in the range [0..2147483647]', 'INTEGER')} WHEN p = '' THEN ${bad('Padding string must not be empty', 'INTEGER')} ELSE CAST(n AS INTEGER) END`,
  'trino_lpad(s, n, p)': 'lpad(s, trino_pad_size(n, p), p)',
  'trino_rpad(s, n, p)': 'rpad(s, trino_pad_size(n, p), p)',
  'trino_char2hexint(s)': `array_to_string(list_transform(CASE WHEN s = '' THEN [] ELSE string_split(s, '') END, lambda c: CASE WHEN unicode(c) > 65535 THEN lpad(hex(55296 + (unicode(c) - 65536) // 1024), 4, '0') || lpad(hex(56320 + (unicode(c) - 65536) % 1024), 4, '0') ELSE lpad(hex(unicode(c)), 4, '0') END), '')`,
})
