import { badWith, defineMacros } from './define.ts'

const PATTERN = {
  day: '[+-]?\\d+-\\d{1,2}-\\d{1,2}',
  clock: '(?:[01]?\\d|2[0-3]):[0-5]?\\d(?::[0-5]?\\d(?:\\.\\d+)?)?',
  zone: '(?:[+-]\\d\\d:\\d\\d|Z|UTC|[A-Za-z]+/[A-Za-z_/]+)',
}

const notCast = (type: string) =>
  `CAST(CAST(CAST('TRINO:INVALID_CAST_ARGUMENT:Value cannot be cast to ${type.toLowerCase()}: ' || s AS BIGINT) AS VARCHAR) AS ${type})`

/** A duration's parts, as text of value and unit. */
const DURATION = "'^\\s*(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]+)\\s*$'"

export const datetimeMacros = defineMacros({
  // The text is checked before the cast: the engine accepts more (a time after a date, T, Z, 24:00).
  'trino_text_to_date(s)': `coalesce(CASE WHEN regexp_full_match(trim(s), '${PATTERN.day}') THEN TRY_CAST(ltrim(trim(s), '+') AS DATE) END, ${notCast('DATE')})`,
  // A zone at the end of the text is accepted and dropped, as Trino does.
  'trino_text_to_timestamp(s)': `coalesce(CASE WHEN regexp_full_match(trim(s), '${PATTERN.day}(?: ${PATTERN.clock}(?:\\s*${PATTERN.zone})?)?') THEN TRY_CAST(regexp_extract(trim(s), '^${PATTERN.day}(?: \\d+:\\d+)?') || CASE WHEN regexp_matches(s, '\\d:\\d+:\\d') THEN regexp_extract(s, ':\\d+(:\\d+(?:\\.\\d+)?)', 1) WHEN contains(s, ':') THEN ':00' ELSE '' END AS TIMESTAMP) END, ${notCast('TIMESTAMP')})`,
  // `kind` says which fields there are: DATE, TIME or TIMESTAMP.
  'trino_unit(u, kind)': `CASE WHEN lower(u) IN ('day', 'week', 'month', 'quarter', 'year') AND kind <> 'TIME' OR lower(u) IN ('millisecond', 'second', 'minute', 'hour') AND kind <> 'DATE' THEN lower(u) WHEN u IS NOT NULL THEN ${badWith("'''' || u || ''' is not a valid ' || kind || ' field'", 'VARCHAR')} END`,
  'trino_is_clock_unit(u)': "lower(u) IN ('millisecond', 'second', 'minute', 'hour')",
  'trino_interval(u, n)':
    "CASE lower(u) WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n) WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_days(CAST(n * 7 AS INTEGER)) WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(CAST(n * 3 AS INTEGER)) WHEN 'year' THEN to_months(CAST(n * 12 AS INTEGER)) END",
  'trino_date_trunc_date(u, x)': "CAST(date_trunc(trino_unit(u, 'DATE'), x) AS DATE)",
  'trino_date_trunc_ts(u, x)': "date_trunc(trino_unit(u, 'TIMESTAMP'), x)",
  'trino_date_trunc_time(u, x)': "CAST(date_trunc(trino_unit(u, 'TIME'), DATE '1970-01-01' + x) AS TIME)",
  // Parts of a day are cut from the instant, so that the two 1:30 of an autumn night stay apart.
  'trino_date_trunc_tz(u, x, l)':
    "CASE WHEN x IS NULL OR u IS NULL THEN NULL WHEN trino_is_clock_unit(u) THEN {'t': x.t - (l - date_trunc(trino_unit(u, 'TIMESTAMP'), l)), 'z': x.z} ELSE {'t': trino_utc(date_trunc(trino_unit(u, 'TIMESTAMP'), l), x.z), 'z': x.z} END",
  'trino_date_add_date(u, n, x)': "CAST(x + trino_interval(trino_unit(u, 'DATE'), n) AS DATE)",
  'trino_date_add_ts(u, n, x)': "x + trino_interval(trino_unit(u, 'TIMESTAMP'), n)",
  // The engine adds to microseconds: what is below them comes back afterwards.
  'trino_date_add_ns(u, n, x)':
    'make_timestamp_ns(epoch_us(trino_date_add_ts(u, n, make_timestamp(epoch_ns(x) // 1000))) * 1000 + epoch_ns(x) % 1000)',
  'trino_date_add_time(u, n, x)': "x + trino_interval(trino_unit(u, 'TIME'), n)",
  'trino_date_add_tz(u, n, x, l)':
    "CASE WHEN x IS NULL OR u IS NULL OR n IS NULL THEN NULL WHEN trino_is_clock_unit(u) THEN {'t': x.t + trino_interval(trino_unit(u, 'TIMESTAMP'), n), 'z': x.z} ELSE {'t': trino_utc(l + trino_interval(trino_unit(u, 'TIMESTAMP'), n), x.z), 'z': x.z} END",
  'trino_date_diff_date(u, a, b)': "date_sub(trino_unit(u, 'DATE'), a, b)",
  'trino_date_diff_ts(u, a, b)': "date_sub(trino_unit(u, 'TIMESTAMP'), a, b)",
  'trino_date_diff_time(u, a, b)': "date_sub(trino_unit(u, 'TIME'), a, b)",
  // Days and more are counted in the zone of the first.
  'trino_date_diff_tz(u, a, b)':
    "CASE WHEN trino_is_clock_unit(u) THEN date_sub(trino_unit(u, 'TIMESTAMP'), a.t, b.t) ELSE date_sub(trino_unit(u, 'TIMESTAMP'), trino_local(a.t, a.z), trino_local(b.t, a.z)) END",
  'trino_millisecond(x)': 'millisecond(x) % 1000',
  'trino_zone_minutes(t, z)': 'CAST((epoch_us(trino_local(t, z)) - epoch_us(t)) // 60000000 AS BIGINT)',
  'trino_from_unixtime(x)':
    'make_timestamp(CASE WHEN isnan(x) THEN 0 ELSE CAST(floor(x * 1000 + 0.5e0) AS BIGINT) * 1000 END)',
  'trino_iso_offset(m)':
    "CASE WHEN m = 0 THEN 'Z' WHEN m < 0 THEN '-' ELSE '+' END || CASE WHEN m = 0 THEN '' ELSE lpad(CAST(abs(m) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(m) % 60 AS VARCHAR), 2, '0') END",
  // The functions in JavaScript answer `microseconds zone`; the engine would call them once for each time that `s` is written.
  'trino_instant(s)':
    "list_transform([string_split(s, ' ')], lambda p: CASE WHEN p IS NOT NULL THEN {'t': make_timestamp(CAST(p[1] AS BIGINT)), 'z': p[2]} END)[1]",
  'trino_instant_ns(s)':
    "list_transform([string_split(s, ' ')], lambda p: CASE WHEN p IS NOT NULL THEN {'t': make_timestamp_ns(CAST(p[1] AS BIGINT)), 'z': p[2]} END)[1]",
  'trino_from_iso8601_timestamp(s)':
    "CASE WHEN regexp_full_match(s, '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ') AND TRY_CAST(left(s, 19) AS TIMESTAMP) IS NOT NULL AND s[12:13] < '24' THEN {'t': TRY_CAST(left(s, 19) AS TIMESTAMP), 'z': 'UTC'} ELSE trino_instant(trino_js_iso8601(s)) END",
  'trino_parse_duration(s)': `CASE WHEN s = '' THEN ${badWith("'duration is empty'")} WHEN NOT regexp_full_match(s, '\\s*\\d+(?:\\.\\d+)?\\s*[a-zA-Z]+\\s*') THEN ${badWith("'duration is not a valid data duration string: ' || s")} WHEN NOT regexp_full_match(s, '.*?(ns|us|ms|s|m|h|d)\\s*') OR length(regexp_extract(s, ${DURATION}, 2)) > 2 OR regexp_extract(s, ${DURATION}, 2) NOT IN ('ns', 'us', 'ms', 's', 'm', 'h', 'd') THEN ${badWith(`'Unknown time unit: ' || regexp_extract(s, ${DURATION}, 2)`)} ELSE CAST(round(CAST(regexp_extract(s, ${DURATION}, 1) AS DOUBLE) * CASE regexp_extract(s, ${DURATION}, 2) WHEN 'ns' THEN 1e-6 WHEN 'us' THEN 1e-3 WHEN 'ms' THEN 1e0 WHEN 's' THEN 1e3 WHEN 'm' THEN 6e4 WHEN 'h' THEN 3.6e6 WHEN 'd' THEN 8.64e7 END) AS BIGINT) END`,
  'trino_plural(n, u)': "CASE WHEN n = 0 THEN NULL WHEN n = 1 THEN '1 ' || u ELSE n || ' ' || u || 's' END",
  'trino_human_parts(s)':
    "coalesce(nullif(concat_ws(', ', trino_plural(s // 604800, 'week'), trino_plural(s // 86400 % 7, 'day'), trino_plural(s // 3600 % 24, 'hour'), trino_plural(s // 60 % 60, 'minute'), trino_plural(s % 60, 'second')), ''), '0 seconds')",
  'trino_human_seconds(x)': `CASE WHEN isnan(x) OR isinf(x) THEN ${badWith("'Invalid argument found: ' || trino_double_text(x)", 'VARCHAR')} WHEN x IS NOT NULL THEN trino_human_parts(CASE WHEN abs(x) >= 9223372036854775807e0 THEN 9223372036854775807 ELSE abs(CAST(round(x) AS BIGINT)) END) END`,
})
