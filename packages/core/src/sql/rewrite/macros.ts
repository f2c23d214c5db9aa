import { defineMacros, fail, failWith } from '../functions/macros/define.ts'

const cannot = (target: string, type = 'BIGINT'): string =>
  failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || s || ''' to ${target}'`, type)

/** Text of digits, with the white space around it that Trino allows; the rest is checked by TRY_CAST. NULL for other text. */
const tryInteger = (type: string): string =>
  `CASE WHEN regexp_full_match(s, '\\s*[+-]?[0-9]+\\s*') THEN TRY_CAST(s AS ${type}) WHEN regexp_full_match(s, '\\s*[+-]?\\pN+\\s*') THEN TRY_CAST(translate(s, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩', '01234567890123456789') AS ${type}) END`

/** Java's text of doubles: one of four words, or a number that may end in `d` or `f`. NULL for other text. */
const tryFloat = (type: string): string =>
  `CASE WHEN regexp_full_match(s, '\\s*[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?[dDfF]?\\s*') THEN TRY_CAST(rtrim(s, ' dDfF') AS ${type}) WHEN trim(s) IN ('NaN', 'Infinity', '+Infinity', '-Infinity') THEN CAST(ltrim(trim(s), '+') AS ${type}) END`

const tryBoolean = `CASE lower(s) WHEN 't' THEN true WHEN 'true' THEN true WHEN '1' THEN true WHEN 'f' THEN false WHEN 'false' THEN false WHEN '0' THEN false END`

/** What text becomes: `trino_try_<kind>` gives NULL where `trino_text_to_<kind>` fails. */
const fromText: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['tinyint', 'TINYINT', 'TINYINT', tryInteger('TINYINT')] as const,
    ['smallint', 'SMALLINT', 'SMALLINT', tryInteger('SMALLINT')] as const,
    ['integer', 'INTEGER', 'INT', tryInteger('INTEGER')] as const,
    ['bigint', 'BIGINT', 'BIGINT', tryInteger('BIGINT')] as const,
    ['double', 'DOUBLE', 'DOUBLE', tryFloat('DOUBLE')] as const,
    ['real', 'FLOAT', 'REAL', tryFloat('FLOAT')] as const,
    ['boolean', 'BOOLEAN', 'BOOLEAN', tryBoolean] as const,
  ].flatMap(([kind, type, target, attempt]) => [
    [`trino_try_${kind}(s)`, attempt],
    [`trino_text_to_${kind}(s)`, `coalesce(trino_try_${kind}(s), ${cannot(target, type)})`],
  ]),
)

/** Rounds away from zero at a half, which the engine does for decimals only. */
const fromFloat = (type: string, name: string): string =>
  `CASE WHEN isnan(x) THEN ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast double NaN to ${name}'`, type)} ELSE coalesce(TRY_CAST(round(x) AS ${type}), ${
    name === 'bigint'
      ? failWith(
          'INVALID_CAST_ARGUMENT',
          `'Unable to cast ' || trino_double_text(CAST(x AS DOUBLE)) || ' to bigint'`,
          type,
        )
      : failWith(
          'NUMERIC_VALUE_OUT_OF_RANGE',
          `'Out of range for ${name}: ' || trino_double_text(CAST(x AS DOUBLE))`,
          type,
        )
  }) END`

const numbers = {
  'trino_divide(a, b)': `(a // CASE WHEN b = 0 THEN ${fail('DIVISION_BY_ZERO', 'Division by zero', 'TINYINT')} ELSE b END)`,
  // Any number modulo -1 is 0, but the engine divides the smallest integer by it.
  'trino_modulo(a, b)': `(a % CASE b WHEN 0 THEN ${fail('DIVISION_BY_ZERO', 'Division by zero', 'TINYINT')} WHEN -1 THEN abs(b) ELSE b END)`,
  ...fromText,
  'trino_double_to_tinyint(x)': fromFloat('TINYINT', 'tinyint'),
  'trino_double_to_smallint(x)': fromFloat('SMALLINT', 'smallint'),
  'trino_double_to_integer(x)': fromFloat('INTEGER', 'integer'),
  'trino_double_to_bigint(x)': fromFloat('BIGINT', 'bigint'),
  'trino_double_to_real(x)':
    "CASE WHEN isfinite(x) AND abs(x) > 3.4028235677973366e38 THEN CASE WHEN x > 0 THEN CAST('Infinity' AS FLOAT) ELSE CAST('-Infinity' AS FLOAT) END ELSE CAST(x AS FLOAT) END",
  // Seven digits, not the shortest text.
  'trino_real_digits(t)':
    "CASE WHEN contains(t, '.') THEN regexp_replace(regexp_extract(t, '^[^e]*'), '\\.?0+$', '') ELSE regexp_extract(t, '^[^e]*') END",
  'trino_real_text(x)':
    "CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN x = 0 THEN CASE WHEN signbit(x) THEN '-0E0' ELSE '0E0' END ELSE trino_real_digits(printf('%.6e', x)) || CASE WHEN contains(trino_real_digits(printf('%.6e', x)), '.') THEN '' ELSE '.0' END || 'E' || CAST(regexp_extract(printf('%.6e', x), 'e(.*)$', 1) AS INTEGER) END",
  'trino_unscaled(x)': "CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT)",
  'trino_half_up(n, d)':
    'CASE WHEN (n < 0) = (d < 0) THEN (2 * abs(n) + abs(d)) // (2 * abs(d)) ELSE -((2 * abs(n) + abs(d)) // (2 * abs(d))) END',
}

const LOCAL_OFFSET = "CAST(left(z, 1) || '1' AS INTEGER) * (CAST(z[2:3] AS INTEGER) * 60 + CAST(z[5:6] AS INTEGER))"

const temporal = {
  'trino_day_text(d)':
    "CASE WHEN year(d) BETWEEN 0 AND 9999 THEN strftime(d, '%Y-%m-%d') WHEN year(d) > 9999 THEN '+' || year(d) || strftime(d, '-%m-%d') ELSE '-' || lpad(CAST(-year(d) AS VARCHAR), 4, '0') || strftime(d, '-%m-%d') END",
  'trino_timestamp_text0(x)': "trino_day_text(x) || strftime(x, ' %H:%M:%S')",
  'trino_timestamp_text(x, p)':
    "trino_day_text(x) || strftime(x, ' %H:%M:%S.') || left(rpad(strftime(x, '%n'), 12, '0'), p)",
  'trino_time_text0(x)': 'left(CAST(x AS VARCHAR), 8)',
  'trino_time_text(x, p)':
    "left(CAST(x AS VARCHAR), 8) || '.' || left(rpad(substr(CAST(x AS VARCHAR), 10), 12, '0'), p)",
  'trino_offset_text(o)':
    "CASE WHEN o < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(o) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(o) % 60 AS VARCHAR), 2, '0')",
  'trino_interval_day_text(ms)':
    "CASE WHEN ms < 0 THEN '-' ELSE '' END || (abs(ms) // 86400000) || ' ' || lpad(CAST(abs(ms) // 3600000 % 24 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(ms) // 60000 % 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(ms) // 1000 % 60 AS VARCHAR), 2, '0') || '.' || lpad(CAST(abs(ms) % 1000 AS VARCHAR), 3, '0')",
  'trino_interval_month_text(m)': "CASE WHEN m < 0 THEN '-' ELSE '' END || (abs(m) // 12) || '-' || (abs(m) % 12)",
  // u: microseconds of one unit of the precision.
  'trino_round_micros(us, u)': 'us - ((us % u) + u) % u + CASE WHEN ((us % u) + u) % u * 2 >= u THEN u ELSE 0 END',
  'trino_round_timestamp(x, u)': 'make_timestamp(trino_round_micros(epoch_us(x), u))',
  'trino_nanos_to_timestamp(x)': 'make_timestamp(trino_round_micros(epoch_ns(x), 1000) // 1000)',
  'trino_round_time(x, u)': 'CAST(make_timestamp(trino_round_micros(epoch_us(x), u) % 86400000000) AS TIME)',
  'trino_is_offset(z)': "left(z, 1) IN ('+', '-')",
  'trino_offset_of(z)': LOCAL_OFFSET,
  // The wall clock of an instant in a zone, and back.
  'trino_local(t, z)': `CASE WHEN z = 'UTC' THEN t WHEN trino_is_offset(z) THEN t + to_minutes(trino_offset_of(z)) ELSE timezone(z, timezone('UTC', t)) END`,
  'trino_utc(t, z)': `CASE WHEN z = 'UTC' THEN t WHEN trino_is_offset(z) THEN t - to_minutes(trino_offset_of(z)) ELSE timezone('UTC', timezone(z, t)) END`,
  'trino_zone_check(z)': `CASE WHEN upper(z) IN ('EST', 'MST', 'HST', 'ROC') OR NOT trino_is_zone(z) THEN ${failWith('INVALID_FUNCTION_ARGUMENT', "'''' || z || ''' is not a valid time zone'", 'VARCHAR')} WHEN timezone(z, TIMESTAMP '2000-01-01 00:00:00') IS NOT NULL THEN z END`,
  'trino_zone_offset(z)': `CASE WHEN regexp_full_match(z, '[+-]0?0(:?00)?') THEN 'UTC' ELSE left(z, 1) || lpad(regexp_extract(z, '^.(\\d{1,2})', 1), 2, '0') || ':' || coalesce(nullif(regexp_extract(z, '^.\\d{1,2}:?(\\d\\d)$', 1), ''), '00') END`,
  'trino_zone(z)': `CASE WHEN upper(z) IN ('UTC', 'Z', 'GMT', 'UT', 'ZULU', 'ETC/UTC') THEN 'UTC' WHEN regexp_full_match(z, '[+-]\\d{1,2}(:?\\d\\d)?') THEN trino_zone_offset(z) ELSE trino_zone_check(z) END`,
  'trino_text_to_time(s)': `coalesce(CASE WHEN regexp_full_match(s, '\\s*\\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d+)?)?\\s*') THEN TRY_CAST(regexp_replace(trim(s), '^(\\d+:\\d+)$', '\\1:00') AS TIME) END, ${failWith('INVALID_CAST_ARGUMENT', `'Value cannot be cast to time: ' || s`, 'VARCHAR').replace(/^/, 'CAST(')} AS TIME))`,
  'trino_zone_of_text(s)': `nullif(trim(regexp_extract(s, '^\\s*[+-]?\\d+-\\d{1,2}-\\d{1,2}(?:\\s+\\d{1,2}:\\d{1,2}(?::\\d{1,2}(?:\\.\\d+)?)?)?\\s*(.*)$', 1)), '')`,
  'trino_text_without_zone(s)': `regexp_extract(s, '^\\s*[+-]?\\d+-\\d{1,2}-\\d{1,2}(?:\\s+\\d{1,2}:\\d{1,2}(?::\\d{1,2}(?:\\.\\d+)?)?)?')`,
  'trino_clock(s)': `CASE WHEN trino_text_without_zone(s) = '' THEN ${failWith('INVALID_CAST_ARGUMENT', `'Value cannot be cast to timestamp: ' || s`, 'VARCHAR')} ELSE trino_text_without_zone(s) END`,
  'trino_text_to_instant(s)': `CASE WHEN s IS NOT NULL THEN struct_pack(t := trino_utc(trino_text_to_timestamp(trino_clock(s)), trino_zone(coalesce(trino_zone_of_text(s), 'UTC'))), z := trino_zone(coalesce(trino_zone_of_text(s), 'UTC'))) END`,
}

const json = {
  'trino_json_is_text(j)': "json_type(j) = 'VARCHAR'",
  'trino_json_unquote(j)': "json_extract_string(j, '$')",
  'trino_json_to_text(j)': `CASE json_type(j) WHEN 'VARCHAR' THEN trino_json_unquote(j) WHEN 'NULL' THEN NULL WHEN 'DOUBLE' THEN trino_double_text(CAST(j AS DOUBLE)) WHEN 'OBJECT' THEN ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to varchar'`, 'VARCHAR')} WHEN 'ARRAY' THEN ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to varchar'`, 'VARCHAR')} ELSE j END`,
  ...Object.fromEntries(
    [
      ['tinyint', 'TINYINT'],
      ['smallint', 'SMALLINT'],
      ['integer', 'INTEGER'],
      ['bigint', 'BIGINT'],
    ].map(([name, type]) => [
      `trino_json_to_${name}(j)`,
      `CASE json_type(j) WHEN 'VARCHAR' THEN trino_text_to_${name}(trino_json_unquote(j)) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN CASE WHEN j = 'true' THEN 1 ELSE 0 END ELSE coalesce(CASE json_type(j) WHEN 'DOUBLE' THEN TRY_CAST(round(CAST(j AS DOUBLE)) AS ${type}) ELSE TRY_CAST(j AS ${type}) END, ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to ${name}'`, type!)}) END`,
    ]),
  ),
  'trino_json_to_double(j)': `CASE json_type(j) WHEN 'VARCHAR' THEN trino_text_to_double(trino_json_unquote(j)) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN CASE WHEN j = 'true' THEN 1e0 ELSE 0e0 END ELSE coalesce(TRY_CAST(j AS DOUBLE), ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to double'`, 'DOUBLE')}) END`,
  'trino_json_to_real(j)': `CASE json_type(j) WHEN 'VARCHAR' THEN trino_text_to_real(trino_json_unquote(j)) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN CASE WHEN j = 'true' THEN CAST(1 AS FLOAT) ELSE CAST(0 AS FLOAT) END ELSE coalesce(TRY_CAST(j AS FLOAT), ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to real'`, 'FLOAT')}) END`,
  'trino_json_to_boolean(j)': `CASE json_type(j) WHEN 'VARCHAR' THEN trino_text_to_boolean(trino_json_unquote(j)) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN j = 'true' ELSE coalesce(TRY_CAST(j AS DOUBLE) <> 0, ${failWith('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || j || ''' to boolean'`, 'BOOLEAN')}) END`,
  'trino_json_number(x)': `CASE WHEN isnan(x) THEN '"NaN"' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ELSE trino_json_canonical(CAST(x AS VARCHAR)) END`,
  'trino_json_member(m, k)': 'list_filter(map_entries(m), lambda e: lower(e.key) = k)[1].value',
  // As JSON: `null` where the member is null, NULL where there is none.
  'trino_json_member_json(m, k)':
    "list_transform(list_filter(map_entries(m), lambda e: lower(e.key) = k), lambda e: coalesce(e.value, 'null'))[1]",
}

/** What casts, comparisons and arithmetic of the emitter call, besides the functions' own macros. */
export const rewriteMacros: Readonly<Record<string, string>> = {
  ...defineMacros(numbers),
  ...defineMacros(temporal),
  ...defineMacros(json),
}
