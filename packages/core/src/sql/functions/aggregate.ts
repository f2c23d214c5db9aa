import { engineType } from '../../schema/engine-type.ts'
import { BIGINT, INTERVAL_DAY_SECOND, type LakeType } from '../../schema/types.ts'
import { raise } from '../rewrite/raise.ts'
import { fold } from './array-lambda.ts'
import { comparisonKey, hasNaN } from './compare.ts'
import { aggregate, aggregateCast, bind, cast, invoke, literalInteger, mapList, quoteString, refuse } from './emit.ts'
import type { CallContext, EmitCall, EmittedArgument, FunctionTable, Overload } from './types.ts'

const one = (signature: string, duckdb: EmitCall, more: Partial<Overload> = {}): readonly Overload[] => [
  { signature, duckdb, ...more },
]

/** max and max_by pass NaN over unless there is nothing else. */
const maximum: EmitCall = ([x], call) =>
  hasNaN(x!.type)
    ? `coalesce(${call.aggregate('max', [x!.sql], { filter: `NOT isnan(${x!.sql})` })}, ${call.aggregate('max', [x!.sql])})`
    : call.aggregate('max', [x!.sql])

const count = (n: EmittedArgument, name: string, call: CallContext): string => {
  const known = literalInteger(n)
  const which = name.endsWith('_n') ? 'second' : 'third'
  const tooSmall = `${which} argument of ${name} must be a positive integer`
  const tooGreat = `${which} argument of ${name} must be less than or equal to 10000`
  if (known !== undefined && known <= 0n) refuse(tooSmall, n.span)
  if (known !== undefined && known > 10000n) refuse(`${tooGreat}; found ${known}`, n.span)
  if (known !== undefined) return String(known)
  return bind(call.aggregate('any_value', [n.sql]), (most) => {
    const fail = (message: string): string => raise('INVALID_FUNCTION_ARGUMENT', message, BIGINT)
    return `CASE WHEN ${most} <= 0 THEN ${fail(tooSmall)} WHEN ${most} > 10000 THEN ${fail(tooGreat)} ELSE ${most} END`
  })
}

/** Rows without a count do not count. */
const unlessKnown = (n: EmittedArgument): string => (n.literal === undefined ? ` AND ${n.sql} IS NOT NULL` : '')

/** The n greatest or least values, in order; NULL when there is none. */
const several =
  (name: 'max' | 'min'): EmitCall =>
  ([x, n], call) => {
    const direction = name === 'max' ? 'DESC' : 'ASC'
    const values = call.aggregate('array_agg', [x!.sql], {
      orderBy: `${x!.sql} ${direction}`,
      filter: `${x!.sql} IS NOT NULL${unlessKnown(n!)}`,
    })
    return `(${values})[1:${count(n!, `${name}_n`, call)}]`
  }

const by =
  (name: 'max' | 'min'): EmitCall =>
  ([x, y], call) => {
    const pick = name === 'max' ? 'arg_max_null' : 'arg_min_null'
    if (name === 'min' || !hasNaN(y!.type)) return call.aggregate(pick, [x!.sql, y!.sql])
    const numbers = { filter: `NOT isnan(${y!.sql})` }
    return `CASE WHEN ${call.aggregate('count', [y!.sql], numbers)} > 0 THEN ${call.aggregate(pick, [x!.sql, y!.sql], numbers)} ELSE ${call.aggregate(pick, [x!.sql, y!.sql])} END`
  }

const severalBy =
  (name: 'max' | 'min'): EmitCall =>
  ([x, y, n], call) => {
    const direction = name === 'max' ? 'DESC' : 'ASC'
    const values = call.aggregate('array_agg', [x!.sql], {
      orderBy: `${y!.sql} ${direction}`,
      filter: `${y!.sql} IS NOT NULL${unlessKnown(n!)}`,
    })
    return `(${values})[1:${count(n!, `${name}_by`, call)}]`
  }

const extremes = (name: 'max' | 'min', single: EmitCall): readonly Overload[] => [
  { signature: '(E) -> E', orderable: ['E'], duckdb: single },
  { signature: '(E, bigint) -> array(E)', orderable: ['E'], duckdb: several(name) },
]

const extremesBy = (name: 'max' | 'min'): readonly Overload[] => [
  { signature: '(V, K) -> V', orderable: ['K'], duckdb: by(name) },
  { signature: '(V, K, bigint) -> array(V)', orderable: ['K'], duckdb: severalBy(name) },
]

const sumInterval =
  (type: LakeType): EmitCall =>
  ([x], call) =>
    cast(call.aggregate('sum', [x!.sql]), engineType(type))

const avgDecimal: EmitCall = ([x], call) => {
  const type = call.resultType
  if (type.kind !== 'decimal') throw new TypeError('not a decimal')
  // The engine averages decimals as doubles: divide the exact sum in whole numbers of the last place, half away from zero.
  const quotient = `trino_div_half_up(trino_unscaled(${call.aggregate('sum', [x!.sql])}), ${call.aggregate('count', [x!.sql])})`
  return cast(`trino_scaled(${quotient}, ${type.scale})`, engineType(type))
}

const sumDecimal: EmitCall = ([x], call) => {
  const type = call.resultType
  if (type.kind !== 'decimal') throw new TypeError('not a decimal')
  const digits = '9'.repeat(38)
  const most = type.scale === 0 ? digits : `${digits.slice(0, 38 - type.scale)}.${digits.slice(0, type.scale)}`
  return `trino_sum_decimal(${cast(call.aggregate('sum', [x!.sql]), engineType(type))}, CAST('${most}' AS ${engineType(type)}))`
}

/** Of a list with its NULLs at the end, what stands before them; NULL where nothing does. Naming an argument of an aggregate once computes it once. */
const knownOf = (sorted: string): string =>
  `CASE WHEN list_count(${sorted}) > 0 THEN ${sorted}[1:list_count(${sorted})] END`

const percentile =
  (weighted: boolean): EmitCall =>
  (args, call) => {
    const [x, w] = args
    const p = args[weighted ? 2 : 1]!
    const many = p.type.kind === 'array'
    const sorted = weighted
      ? call.aggregate('array_agg', [`{'x': ${x!.sql}, 'w': CAST(${w!.sql} AS DOUBLE)}`], {
          orderBy: `${x!.sql} ASC`,
          filter: `${x!.sql} IS NOT NULL AND ${w!.sql} IS NOT NULL`,
        })
      : bind(`list_sort(${call.aggregate('array_agg', [x!.sql])})`, knownOf)
    const fraction = call.aggregate('any_value', [p.sql])
    const at = (list: string, f: string) =>
      weighted ? `trino_weighted_at(${list}, ${f})` : `trino_percentile_at(${list}, ${f})`
    return bind(sorted, (list) =>
      many
        ? bind(fraction, (f) => `CASE WHEN ${list} IS NOT NULL THEN ${mapList(f, [list], (q) => at(list, q))} END`)
        : bind(fraction, (f) => at(list, f)),
    )
  }

const percentiles: readonly Overload[] = (['bigint', 'double', 'real'] as const).flatMap((t) => [
  { signature: `(${t}, double) -> ${t}`, duckdb: percentile(false) },
  { signature: `(${t}, array(double)) -> array(${t})`, duckdb: percentile(false) },
  { signature: `(${t}, double, double) -> ${t}`, duckdb: percentile(true) },
  { signature: `(${t}, double, array(double)) -> array(${t})`, duckdb: percentile(true) },
  { signature: `(${t}, double, double, double) -> ${t}`, duckdb: percentile(true) },
])

/** {k, v} structs of the rows whose key is not NULL; with the key's identity where the engine's equality is not Trino's. */
const pairs = (k: EmittedArgument, v: EmittedArgument, call: CallContext): string => {
  const key = comparisonKey(k.type)
  const identity = key ? `, 'i': ${key(k.sql)}` : ''
  return call.aggregate('array_agg', [`{'k': ${k.sql}, 'v': ${v.sql}${identity}}`], { filter: `${k.sql} IS NOT NULL` })
}

const byIdentity = (macro: string, k: EmittedArgument): string => (comparisonKey(k.type) ? `${macro}_i` : macro)

const mapUnion: EmitCall = ([m], call) =>
  `trino_map_union(flatten(${call.aggregate('array_agg', [mapList(`map_entries(${m!.sql})`, [], (e) => `{'k': ${e}.key, 'v': ${e}.value}`)])}))`

const histogram: EmitCall = ([x], call) => {
  const key = comparisonKey(x!.type)
  if (!key) return cast(call.aggregate('histogram', [x!.sql]), engineType(call.resultType))
  const values = call.aggregate('array_agg', [`{'k': ${x!.sql}, 'i': ${key(x!.sql)}}`], {
    filter: `${x!.sql} IS NOT NULL`,
  })
  return bind(values, (entries) => `trino_counts_i(${entries})`)
}

const finite =
  (name: string): EmitCall =>
  ([y, x], call) =>
    bind(call.aggregate(name, [y!.sql, x!.sql]), (v) => `CASE WHEN isfinite(${v}) THEN ${v} END`)

/**
 * A statistic that is NaN where a value is NaN or infinite (`odd`): the engine fails there, or passes such a value over.
 *
 * @param least of so many values; of fewer it is NULL
 */
const overNumbers =
  (emit: EmitCall, least: number, odd = "CAST('NaN' AS DOUBLE)"): EmitCall =>
  (args, call) => {
    const present = args.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ')
    const areFinite = args.map(({ sql }) => `isfinite(${sql})`).join(' AND ')
    const numbers = args.map((arg) => ({ ...arg, sql: `CASE WHEN ${areFinite} THEN ${arg.sql} END` }))
    const whole = args.map(({ sql }, i) => `v${i} := ${sql}`).join(', ')
    const rows = call.aggregate('count', [
      args.length === 1 ? args[0]!.sql : `CASE WHEN ${present} THEN struct_pack(${whole}) END`,
    ])
    const enough = least > 1 ? `CASE WHEN ${rows} >= ${least} THEN ${odd} END` : odd
    return `CASE WHEN ${call.aggregate('bool_or', [`${present} AND NOT (${areFinite})`])} THEN ${enough} ELSE ${emit(numbers, call)} END`
  }

/** Statistics of (double): a decimal or a whole number is coerced. */
const statistic = (name: string): readonly Overload[] =>
  one('(double) -> double', overNumbers(aggregate(name), name.endsWith('_samp') ? 2 : 1))

const pairwise = (name: string): readonly Overload[] => {
  const emit = name.startsWith('covar')
    ? overNumbers(aggregate(name), name.endsWith('_samp') ? 2 : 1)
    : overNumbers(finite(name), 1, 'CAST(NULL AS DOUBLE)')
  return [
    { signature: '(double, double) -> double', duckdb: emit },
    { signature: '(real, real) -> real', duckdb: (args, call) => cast(emit(args, call), 'FLOAT') },
  ]
}

/** Moments divide by the variance: of equal values that is nothing, whatever rounding makes of it. */
const unlessEqual = (x: EmittedArgument, call: CallContext, moment: string): string =>
  `CASE WHEN ${call.aggregate('min', [x.sql])} = ${call.aggregate('max', [x.sql])} THEN CAST('NaN' AS DOUBLE) ELSE ${moment} END`

const skewness: EmitCall = overNumbers(([x], call) => {
  const n = call.aggregate('count', [x!.sql])
  const moment = `${call.aggregate('skewness', [x!.sql])} * (${n} - 2) / sqrt(${n} * (${n} - 1))`
  return `CASE WHEN ${n} >= 3 THEN ${unlessEqual(x!, call, moment)} END`
}, 3)

const kurtosis: EmitCall = overNumbers(
  ([x], call) =>
    `CASE WHEN ${call.aggregate('count', [x!.sql])} > 3 THEN ${unlessEqual(x!, call, call.aggregate('kurtosis', [x!.sql]))} END`,
  4,
)

const geometricMean: EmitCall = ([x], call) =>
  cast(`exp(${call.aggregate('avg', [`trino_ln(${x!.sql})`])})`, engineType(call.resultType))

const approxDistinct: EmitCall = ([x, error], call) => {
  const e = error && typeof error.literal === 'string' ? Number(error.literal) : undefined
  if (e !== undefined && !(e >= 0.0040625 && e <= 0.26))
    refuse(`Max standard error must be in [0.0040625, 0.26]: ${javaDouble(e)}`, error!.span)
  const key = comparisonKey(x!.type)
  const counted = call.aggregate('count', [key ? key(x!.sql) : x!.sql], { distinct: true })
  return error && e === undefined
    ? `trino_check_error(${call.aggregate('any_value', [error.sql])}, ${counted})`
    : counted
}

const javaDouble = (x: number): string => (Number.isInteger(x) ? x.toFixed(1) : String(x))

const mostFrequent: EmitCall = ([buckets, x], call) => {
  const n = literalInteger(buckets)
  if (n !== undefined && n <= 1n) refuse('approx_most_frequent bucket count must be greater than one', buckets!.span)
  return cast(
    `trino_top(${call.aggregate('histogram', [x!.sql])}, ${n ?? call.aggregate('any_value', [buckets!.sql])})`,
    engineType(call.resultType),
  )
}

const reduceAgg: EmitCall = ([x, state, step], call) => {
  const list = call.aggregate('array_agg', [x!.sql], { filter: `${x!.sql} IS NOT NULL` })
  const initial = state!.literal === undefined ? { ...state!, sql: call.aggregate('any_value', [state!.sql]) } : state!
  return bind(list, (l) => `CASE WHEN ${l} IS NOT NULL THEN ${fold(l, engineType(x!.type), initial, step!)} END`)
}

const listagg: EmitCall = ([x, separator], call) => {
  const by = separator?.sql ?? "''"
  if (!call.overflow) return `trino_listagg_size(${call.aggregate('string_agg', [x!.sql, by])})`
  const texts = call.aggregate('array_agg', [x!.sql], { filter: `${x!.sql} IS NOT NULL` })
  const { filler = '...', withCount } = call.overflow
  return bind(texts, (list) => invoke('trino_listagg_truncate', list, by, quoteString(filler), String(withCount)))
}

const numericHistogram: EmitCall = (args, call) => {
  const [buckets, x, w] = args
  const n = literalInteger(buckets)
  if (n !== undefined && n < 2n) refuse('numeric_histogram bucket count must be greater than one', buckets!.span)
  const keep = `${x!.sql} IS NOT NULL`
  const values = call.aggregate('array_agg', [`CAST(CAST(${x!.sql} AS DOUBLE) AS VARCHAR)`], { filter: keep })
  const weights = w
    ? call.aggregate('array_agg', [`CAST(CAST(${w.sql} AS DOUBLE) AS VARCHAR)`], { filter: keep })
    : mapList(values, [], () => "'1'")
  return cast(
    `trino_numeric_histogram_map(trino_numeric_histogram(${n ?? call.aggregate('any_value', [buckets!.sql])}, ${values}, ${weights}))`,
    engineType(call.resultType),
  )
}

export const aggregateFunctions: FunctionTable = {
  count: {
    kind: 'aggregate',
    overloads: [
      { signature: '() -> bigint', duckdb: (_, call) => call.aggregate('count', ['*']) },
      { signature: '(T) -> bigint', duckdb: aggregate('count') },
    ],
  },
  count_if: {
    kind: 'aggregate',
    overloads: one('(boolean) -> bigint', ([p], call) => call.aggregate('count', [p!.sql], { filter: p!.sql })),
    note: "the engine's count_if is a HUGEINT",
  },
  sum: {
    kind: 'aggregate',
    overloads: [
      {
        signature: '(bigint) -> bigint',
        duckdb: ([x], call) => `trino_sum_bigint(${call.aggregate('sum', [x!.sql])})`,
      },
      {
        signature: '(decimal(p,s)) -> decimal(38,s)',
        duckdb: sumDecimal,
      },
      { signature: '(double) -> double', duckdb: aggregate('sum') },
      { signature: '(real) -> real', duckdb: aggregateCast('sum', 'FLOAT') },
      { signature: '(interval day to second) -> interval day to second', duckdb: sumInterval(INTERVAL_DAY_SECOND) },
      { signature: '(interval year to month) -> interval year to month', duckdb: aggregateCast('sum', 'INTEGER') },
    ],
    note: 'whole numbers sum in bigint and overflow there',
  },
  avg: {
    kind: 'aggregate',
    overloads: [
      { signature: '(bigint) -> double', duckdb: aggregate('avg') },
      { signature: '(decimal(p,s)) -> decimal(p,s)', duckdb: avgDecimal },
      { signature: '(double) -> double', duckdb: aggregate('avg') },
      { signature: '(real) -> real', duckdb: aggregateCast('avg', 'FLOAT') },
      {
        signature: '(interval day to second) -> interval day to second',
        duckdb: ([x], call) => cast(`trunc(${call.aggregate('avg', [x!.sql])})`, 'BIGINT'),
      },
      {
        signature: '(interval year to month) -> interval year to month',
        duckdb: ([x], call) => cast(`trunc(${call.aggregate('avg', [x!.sql])})`, 'INTEGER'),
      },
    ],
    note: 'decimals and intervals keep their type',
  },
  min: { kind: 'aggregate', overloads: extremes('min', aggregate('min')) },
  max: { kind: 'aggregate', overloads: extremes('max', maximum), note: 'NaN loses against every number' },
  min_by: {
    kind: 'aggregate',
    overloads: extremesBy('min'),
    note: 'a NULL x may win; rows with a NULL y are passed over',
  },
  max_by: {
    kind: 'aggregate',
    overloads: extremesBy('max'),
    note: 'a NULL x may win; rows with a NULL y are passed over',
  },
  any_value: { kind: 'aggregate', overloads: one('(T) -> T', aggregate('any_value')) },
  arbitrary: {
    kind: 'aggregate',
    overloads: one('(T) -> T', aggregate('any_value')),
    note: "the engine's arbitrary is the first value, NULL too",
  },
  array_agg: { kind: 'aggregate', overloads: one('(T) -> array(T)', aggregate('array_agg')) },
  approx_distinct: {
    kind: 'aggregate',
    overloads: [
      { signature: '(T) -> bigint', comparable: ['T'], duckdb: approxDistinct },
      { signature: '(T, double) -> bigint', comparable: ['T'], duckdb: approxDistinct },
    ],
    note: "exact: the engine's estimate was off by a quarter",
  },
  approx_percentile: { kind: 'aggregate', overloads: percentiles, note: 'exact, at the rank that Trino takes' },
  approx_most_frequent: {
    kind: 'aggregate',
    overloads: [
      { signature: '(bigint, bigint, bigint) -> map(bigint, bigint)', duckdb: mostFrequent },
      { signature: '(bigint, varchar, bigint) -> map(varchar, bigint)', duckdb: mostFrequent },
    ],
    note: 'exact',
  },
  bool_and: { kind: 'aggregate', overloads: one('(boolean) -> boolean', aggregate('bool_and')) },
  bool_or: { kind: 'aggregate', overloads: one('(boolean) -> boolean', aggregate('bool_or')) },
  every: { kind: 'aggregate', overloads: one('(boolean) -> boolean', aggregate('bool_and')) },
  bitwise_and_agg: { kind: 'aggregate', overloads: one('(bigint) -> bigint', aggregateCast('bit_and', 'BIGINT')) },
  bitwise_or_agg: { kind: 'aggregate', overloads: one('(bigint) -> bigint', aggregateCast('bit_or', 'BIGINT')) },
  bitwise_xor_agg: { kind: 'aggregate', overloads: one('(bigint) -> bigint', aggregateCast('bit_xor', 'BIGINT')) },
  histogram: {
    kind: 'aggregate',
    overloads: one('(K) -> map(K, bigint)', histogram, { comparable: ['K'] }),
    note: "the engine's counts are unsigned",
  },
  map_agg: {
    kind: 'aggregate',
    overloads: one(
      '(K, V) -> map(K, V)',
      ([k, v], call) => bind(pairs(k!, v!, call), (p) => `${byIdentity('trino_map_dedup', k!)}(${p})`),
      {
        comparable: ['K'],
      },
    ),
    note: 'the first value of a key stays',
  },
  map_union: { kind: 'aggregate', overloads: one('(map(K, V)) -> map(K, V)', mapUnion, { comparable: ['K'] }) },
  multimap_agg: {
    kind: 'aggregate',
    overloads: one(
      '(K, V) -> map(K, array(V))',
      ([k, v], call) => bind(pairs(k!, v!, call), (p) => `${byIdentity('trino_multimap', k!)}(${p})`),
      { comparable: ['K'] },
    ),
  },
  listagg: {
    kind: 'aggregate',
    overloads: [
      { signature: '(varchar) -> varchar', duckdb: listagg },
      { signature: '(varchar, varchar) -> varchar', duckdb: listagg },
    ],
  },
  reduce_agg: {
    kind: 'aggregate',
    overloads: one('(T, S, function(S, T, S), function(S, S, S)) -> S', reduceAgg),
    note: 'the combining lambda is not needed',
  },
  stddev: { kind: 'aggregate', overloads: statistic('stddev_samp') },
  stddev_pop: { kind: 'aggregate', overloads: statistic('stddev_pop') },
  stddev_samp: { kind: 'aggregate', overloads: statistic('stddev_samp') },
  variance: { kind: 'aggregate', overloads: statistic('var_samp') },
  var_pop: { kind: 'aggregate', overloads: statistic('var_pop') },
  var_samp: { kind: 'aggregate', overloads: statistic('var_samp') },
  skewness: {
    kind: 'aggregate',
    overloads: one('(double) -> double', skewness),
    note: "of the population; the engine's is of a sample",
  },
  kurtosis: {
    kind: 'aggregate',
    overloads: one('(double) -> double', kurtosis),
    note: 'NaN when all values are equal',
  },
  geometric_mean: {
    kind: 'aggregate',
    overloads: [
      { signature: '(bigint) -> double', duckdb: geometricMean },
      { signature: '(double) -> double', duckdb: geometricMean },
      { signature: '(real) -> real', duckdb: geometricMean },
    ],
  },
  corr: { kind: 'aggregate', overloads: pairwise('corr'), note: 'NULL where the engine gives NaN' },
  covar_pop: { kind: 'aggregate', overloads: pairwise('covar_pop') },
  covar_samp: { kind: 'aggregate', overloads: pairwise('covar_samp') },
  regr_slope: { kind: 'aggregate', overloads: pairwise('regr_slope'), note: 'NULL where the engine gives NaN' },
  regr_intercept: { kind: 'aggregate', overloads: pairwise('regr_intercept'), note: 'NULL where the engine gives NaN' },
  numeric_histogram: {
    kind: 'aggregate',
    overloads: [
      { signature: '(bigint, double) -> map(double, double)', duckdb: numericHistogram },
      { signature: '(bigint, real) -> map(real, real)', duckdb: numericHistogram },
      { signature: '(bigint, double, double) -> map(double, double)', duckdb: numericHistogram },
    ],
  },
}
