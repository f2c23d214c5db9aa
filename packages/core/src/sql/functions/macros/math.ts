import { bad, badWith, defineMacros, fail, failWith } from './define.ts'

const zero = (code: string, message: string) => fail(code, message, 'TINYINT')

/** Of a negative distance the lowest six bits count. */
const DISTANCE = '(CASE WHEN n < 0 THEN n & 63 ELSE n END)'

/** x shifted left in `bits` bits, as a signed number of that width. */
const shiftLeft = (bits: number, type: string) => {
  const all = 2n ** BigInt(bits)
  const shifted = `((CAST(x AS HUGEINT) & ${all - 1n}::HUGEINT) * CAST(power(2, ${DISTANCE}) AS HUGEINT)) % ${all}::HUGEINT`
  return `CASE WHEN x IS NULL THEN NULL WHEN ${DISTANCE} >= ${bits} THEN CAST(0 AS ${type}) WHEN ${shifted} >= ${all / 2n}::HUGEINT THEN CAST(${shifted} - ${all}::HUGEINT AS ${type}) ELSE CAST(${shifted} AS ${type}) END`
}

const shiftRightLogical = (bits: number, type: string) =>
  `CASE WHEN x IS NULL THEN NULL WHEN ${DISTANCE} >= ${bits} THEN CAST(0 AS ${type}) WHEN ${DISTANCE} = 0 THEN x ELSE CAST((CAST(x AS HUGEINT) & ${2n ** BigInt(bits) - 1n}::HUGEINT) // CAST(power(2, ${DISTANCE}) AS HUGEINT) AS ${type}) END`

const shiftRight = (bits: number, type: string) =>
  `CASE WHEN x IS NULL THEN NULL WHEN ${DISTANCE} >= ${bits} THEN CASE WHEN x < 0 THEN CAST(-1 AS ${type}) ELSE CAST(0 AS ${type}) END ELSE CAST(CAST(x AS BIGINT) >> CAST(${DISTANCE} AS INTEGER) AS ${type}) END`

const widths = [
  ['tinyint', 8],
  ['smallint', 16],
  ['integer', 32],
  ['bigint', 64],
] as const

const byWidth = (name: string, body: (bits: number, type: string) => string) =>
  Object.fromEntries(widths.map(([type, bits]) => [`${name}_${type}(x, n)`, body(bits, type.toUpperCase())]))

const wilson = (sign: '+' | '-') =>
  `CASE WHEN n <= 0 THEN ${bad('number of trials must be positive', 'DOUBLE')} WHEN s < 0 THEN ${bad('number of successes must not be negative', 'DOUBLE')} WHEN s > n THEN ${bad('number of successes must not be larger than number of trials', 'DOUBLE')} WHEN z < 0 THEN ${bad('z-score must not be negative', 'DOUBLE')} ELSE (s / n::DOUBLE + z * z / (2.0e0 * n) ${sign} z * sqrt((s / n::DOUBLE) * (1 - s / n::DOUBLE) / n + z * z / (4.0e0 * n * n))) / (1 + z * z / n::DOUBLE) END`

const DIGITS = "'0123456789abcdefghijklmnopqrstuvwxyz'"
const notANumber = (type: string) => badWith("'Not a valid base-' || radix || ' number: ' || s", type)

export const mathMacros = defineMacros({
  // Operands of one integer type; the result keeps it.
  'trino_mod_int(a, b)': `a % CASE WHEN b = 0 THEN ${zero('DIVISION_BY_ZERO', 'Division by zero')} ELSE b END`,
  // mod() fails otherwise than %.
  'trino_mod_fn(a, b)': `a % CASE WHEN b = 0 THEN ${zero('GENERIC_INTERNAL_ERROR', '/ by zero')} ELSE b END`,
  'trino_ln(x)': "CASE WHEN x > 0 THEN ln(x) WHEN x = 0 THEN '-Infinity'::DOUBLE WHEN x < 0 THEN 'NaN'::DOUBLE END",
  'trino_log2(x)': "CASE WHEN x > 0 THEN log2(x) WHEN x = 0 THEN '-Infinity'::DOUBLE WHEN x < 0 THEN 'NaN'::DOUBLE END",
  'trino_log10(x)':
    "CASE WHEN x > 0 THEN log10(x) WHEN x = 0 THEN '-Infinity'::DOUBLE WHEN x < 0 THEN 'NaN'::DOUBLE END",
  'trino_log(b, x)': 'trino_ln(x) / trino_ln(b)',
  'trino_sin(x)': "CASE WHEN isinf(x) THEN 'NaN'::DOUBLE ELSE sin(x) END",
  'trino_cos(x)': "CASE WHEN isinf(x) THEN 'NaN'::DOUBLE ELSE cos(x) END",
  'trino_tan(x)': "CASE WHEN isinf(x) THEN 'NaN'::DOUBLE ELSE tan(x) END",
  'trino_sqrt(x)': "CASE WHEN x < 0 THEN 'NaN'::DOUBLE ELSE sqrt(x) END",
  'trino_acos(x)': "CASE WHEN abs(x) > 1 THEN 'NaN'::DOUBLE ELSE acos(x) END",
  'trino_asin(x)': "CASE WHEN abs(x) > 1 THEN 'NaN'::DOUBLE ELSE asin(x) END",
  'trino_bucket(x, lo, hi, n)':
    'CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1 ELSE CAST(floor(CAST(n AS DOUBLE) * (x - lo) / (hi - lo)) AS BIGINT) + 1 END',
  'trino_width_bucket(x, lo, hi, n)': `CAST(CASE WHEN x IS NULL OR lo IS NULL OR hi IS NULL OR n IS NULL THEN NULL WHEN n <= 0 THEN ${bad('bucketCount must be greater than 0')} WHEN isnan(x) THEN ${bad('operand must not be NaN')} WHEN NOT isfinite(lo) THEN ${bad('first bound must be finite')} WHEN NOT isfinite(hi) THEN ${bad('second bound must be finite')} WHEN lo = hi THEN ${bad('bounds cannot equal each other')} WHEN lo < hi THEN trino_bucket(x, lo, hi, n) ELSE n - trino_bucket(x, hi, lo, n) + 1 END AS BIGINT)`,
  'trino_width_bucket_bins(x, bins)': `CASE WHEN x IS NULL OR bins IS NULL THEN NULL WHEN len(bins) = 0 THEN ${bad('Bins cannot be an empty array')} WHEN isnan(x) THEN ${bad('Operand cannot be NaN')} WHEN list_sort(bins) <> bins THEN ${bad('Bin values are not sorted in ascending order')} ELSE len(list_filter(bins, lambda b: b <= x)) END`,
  'trino_radix(radix)': `CASE WHEN radix NOT BETWEEN 2 AND 36 THEN ${bad('Radix must be between 2 and 36')} ELSE radix END`,
  'trino_from_base(s, radix)': `CASE WHEN s IS NULL OR trino_radix(radix) IS NULL THEN NULL WHEN NOT regexp_full_match(s, '[+-]?[0-9A-Za-z]+') THEN ${notANumber('BIGINT')} WHEN length(ltrim(s, '+-0')) > 65 THEN ${notANumber('BIGINT')} ELSE TRY_CAST((CASE WHEN s LIKE '-%' THEN -1 ELSE 1 END) * list_reduce(list_transform(string_split(lower(ltrim(s, '+-')), ''), lambda c: CASE WHEN strpos(left(${DIGITS}, radix), c) = 0 THEN ${notANumber('HUGEINT')} ELSE CAST(strpos(${DIGITS}, c) - 1 AS HUGEINT) END), lambda a, d: CASE WHEN abs(a) > 9223372036854775808::HUGEINT THEN a ELSE a * radix + d END, 0::HUGEINT) AS BIGINT) END`,
  'trino_from_base_checked(s, radix, v)': `CASE WHEN v IS NULL AND s IS NOT NULL AND radix IS NOT NULL THEN ${notANumber('BIGINT')} ELSE v END`,
  'trino_to_base(x, radix)':
    "CASE WHEN x < 0 THEN CASE WHEN x = -9223372036854775808 THEN '-' || lower(to_base(-(x // trino_radix(radix)), CAST(trino_radix(radix) AS INTEGER)) || to_base(-(x % radix), CAST(radix AS INTEGER))) ELSE '-' || lower(to_base(-x, CAST(trino_radix(radix) AS INTEGER))) END ELSE lower(to_base(x, CAST(trino_radix(radix) AS INTEGER))) END",
  'trino_bit_count(x, bits)': `CAST(CASE WHEN x IS NULL OR bits IS NULL THEN NULL WHEN bits NOT BETWEEN 2 AND 64 THEN ${badWith("'Bits specified in bit_count must be between 2 and 64, got ' || bits")} WHEN bits = 64 THEN bit_count(x) WHEN x >= (1::BIGINT << CAST(bits - 1 AS INTEGER)) OR x < -(1::BIGINT << CAST(bits - 1 AS INTEGER)) THEN ${badWith("'Number must be representable with the bits specified. ' || x || ' cannot be represented with ' || bits || ' bits'")} ELSE bit_count(x & ((1::BIGINT << CAST(bits AS INTEGER)) - 1)) END AS BIGINT)`,
  ...byWidth('trino_shl', shiftLeft),
  ...byWidth('trino_shr_logical', shiftRightLogical),
  ...byWidth('trino_shr_arith', shiftRight),
  'trino_below(n, m)': `floor(random() * CASE WHEN n <= 0 THEN ${badWith('m')} ELSE n END)`,
  'trino_wilson_lower(s, n, z)': wilson('-'),
  'trino_wilson_upper(s, n, z)': wilson('+'),
  'trino_great_circle(lat1, lon1, lat2, lon2)': `CASE WHEN abs(lat1) > 90 OR abs(lat2) > 90 THEN ${bad('Latitude must be between -90 and 90', 'DOUBLE')} WHEN abs(lon1) > 180 OR abs(lon2) > 180 THEN ${bad('Longitude must be between -180 and 180', 'DOUBLE')} ELSE 6371.01e0 * 2 * asin(sqrt(power(sin(radians(lat2 - lat1) / 2), 2) + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lon2 - lon1) / 2), 2))) END`,
  // The engine wraps when rounding leads out of the type.
  'trino_abs(x, name, low)': `CASE WHEN x = low THEN ${failWith('NUMERIC_VALUE_OUT_OF_RANGE', "'Value ' || x || ' is out of range for abs(' || name || ')'", 'TINYINT')} ELSE abs(x) END`,
  ...Object.fromEntries(
    widths.map(([type, bits]) => {
      const rounded = 'round(CAST(x AS HUGEINT), CAST(d AS INTEGER))'
      const most = 2n ** BigInt(bits - 1)
      const failure =
        bits < 32
          ? failWith('NUMERIC_VALUE_OUT_OF_RANGE', `'Out of range for ${type}: ' || ${rounded}`, 'HUGEINT')
          : fail('GENERIC_INTERNAL_ERROR', `${bits === 32 ? 'integer' : 'long'} overflow`, 'HUGEINT')
      const checked = `CASE WHEN ${rounded} NOT BETWEEN -${most}::HUGEINT AND ${most - 1n}::HUGEINT THEN ${failure} ELSE ${rounded} END`
      return [`trino_round_${type}(x, d)`, `CASE WHEN d >= 0 THEN x WHEN d < -19 THEN 0 * x ELSE ${checked} END`]
    }),
  ),
  'trino_parse_data_size(s)': `CAST(CASE WHEN NOT regexp_full_match(s, '\\d+(?:\\.\\d+)?(B|kB|MB|GB|TB|PB|EB|ZB|YB)') THEN ${badWith("'Invalid data size: ''' || s || ''''", 'DOUBLE')} ELSE floor(CAST(regexp_extract(s, '^(\\d+(?:\\.\\d+)?)([a-zA-Z]+)$', 1) AS DOUBLE) * power(1024e0, CAST(strpos('BkMGTPEZY', left(regexp_extract(s, '[a-zA-Z]+'), 1)) - 1 AS INTEGER))) END AS DECIMAL(38,0))`,
})
