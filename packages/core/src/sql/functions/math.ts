import { engineType } from '../../schema/engine-type.ts'
import { decimal, type LakeType } from '../../schema/types.ts'
import { bind, bindAll, bound, cast, invoke, literalInteger, plain, refuse, sqls, template } from './emit.ts'
import type { CallContext, EmitCall, FunctionTable, Overload } from './types.ts'

const INTEGERS = [
  { name: 'tinyint', low: '-128', high: '127' },
  { name: 'smallint', low: '-32768', high: '32767' },
  { name: 'integer', low: '-2147483648', high: '2147483647' },
  { name: 'bigint', low: '-9223372036854775808', high: '9223372036854775807' },
] as const

type Bindings = ReadonlyMap<string, LakeType | number>
const number = (bindings: Bindings, name: string): number => Number(bindings.get(name))

/** Digits before the point, and one more where rounding may add it. */
const wholeDigits = (bindings: Bindings): LakeType => {
  const [p, s] = [number(bindings, 'p'), number(bindings, 's')]
  return decimal(Math.max(1, p - s + Math.min(s, 1)), 0)
}

const toResult =
  (emit: EmitCall): EmitCall =>
  (args, call) =>
    cast(emit(args, call), call.engineType(call.resultType))

/** One overload of (double) -> double. */
const double = (duckdb: Overload['duckdb']): readonly Overload[] => [{ signature: '(double) -> double', duckdb }]

/** ceil and floor: whole numbers stay as they are. */
const toWhole = (name: string): readonly Overload[] => [
  ...INTEGERS.map((t) => ({ signature: `(${t.name}) -> ${t.name}`, duckdb: template('$1') })),
  { signature: '(decimal(p,s)) -> decimal(p,s)', duckdb: toResult(plain(name)), result: wholeDigits },
  { signature: '(double) -> double', duckdb: name },
  { signature: '(real) -> real', duckdb: name },
]

/** round and truncate of a decimal to digits: the engine wants the digits known beforehand, so each number of them is a case. */
const toDigits =
  (name: 'round' | 'trunc'): EmitCall =>
  ([x, digits], call) => {
    if (x!.type.kind !== 'decimal' || call.resultType.kind !== 'decimal') throw new TypeError('not a decimal')
    const type = engineType(call.resultType)
    const { precision, scale } = x!.type
    return bind(cast(x!.sql, type), (value) => {
      const at = (d: number): string => cast(`${name}(${value}, ${d})`, type)
      const known = literalInteger(digits)
      if (known !== undefined) return known >= BigInt(scale) ? value : at(Math.max(Number(known), -38))
      return bind(digits!.sql, (d) => {
        const cases = Array.from(
          { length: precision + 1 },
          (_, i) => `WHEN ${d} = ${scale - 1 - i} THEN ${at(scale - 1 - i)}`,
        )
        return `CASE WHEN ${d} IS NULL OR ${value} IS NULL THEN NULL WHEN ${d} >= ${scale} THEN ${value} ${cases.join(' ')} ELSE CAST(0 AS ${type}) END`
      })
    })
  }

const roundInteger =
  (t: (typeof INTEGERS)[number]): EmitCall =>
  ([x, digits]) => {
    const known = literalInteger(digits)
    if (!digits || (known !== undefined && known >= 0n)) return x!.sql
    return bindAll([x!.sql, digits.sql], ([n, d]) => cast(`trino_round_${t.name}(${n}, ${d})`, t.name.toUpperCase()))
  }

const signOf: EmitCall = ([x], call) =>
  bindAll(
    [x!.sql],
    ([n]) => `CASE WHEN isnan(${n}) THEN ${n} ELSE CAST(sign(${n}) AS ${call.engineType(call.resultType)}) END`,
  )

const mod: EmitCall = ([a, b], call) => cast(`trino_mod_fn(${a!.sql}, ${b!.sql})`, call.engineType(call.resultType))

const remainder = (bindings: Bindings): LakeType => {
  const [p, s, q, r] = ['p', 's', 'q', 'r'].map((n) => number(bindings, n)) as [number, number, number, number]
  return decimal(Math.min(q - r, p - s) + Math.max(s, r), Math.max(s, r))
}

const randomWhole =
  (type: string): EmitCall =>
  ([a, b]) => {
    const [low, high] = [literalInteger(b ? a : undefined), literalInteger(b ?? a)]
    if (b && low !== undefined && high !== undefined && high <= low)
      refuse('upper bound must be greater than lower bound', b.span)
    if (!b && high !== undefined && high <= 0n) refuse('bound must be positive', a!.span)
    return b
      ? cast(`${a!.sql} + trino_below(${b.sql} - ${a!.sql}, 'upper bound must be greater than lower bound')`, type)
      : cast(`trino_below(${a!.sql}, 'bound must be positive')`, type)
  }

const random: readonly Overload[] = [
  { signature: '() -> double', duckdb: () => 'random()' },
  ...INTEGERS.flatMap((t) => [
    { signature: `(${t.name}) -> ${t.name}`, duckdb: randomWhole(t.name.toUpperCase()) },
    { signature: `(${t.name}, ${t.name}) -> ${t.name}`, duckdb: randomWhole(t.name.toUpperCase()) },
  ]),
]

const powerOverloads: readonly Overload[] = [{ signature: '(double, double) -> double', duckdb: 'power' }]

const minimum = (args: readonly { sql: string }[], _: CallContext, name: string, low: string): string =>
  bindAll(
    args.map((a) => a.sql),
    ([x]) => cast(`trino_abs(${x}, '${name}', ${low})`, name.toUpperCase()),
  )

export const mathFunctions: FunctionTable = {
  abs: {
    kind: 'scalar',
    overloads: [
      ...INTEGERS.map((t) => ({
        signature: `(${t.name}) -> ${t.name}`,
        duckdb: ((args, call) => minimum(args, call, t.name, t.low)) satisfies EmitCall,
      })),
      { signature: '(decimal(p,s)) -> decimal(p,s)', duckdb: 'abs' },
      { signature: '(double) -> double', duckdb: 'abs' },
      { signature: '(real) -> real', duckdb: 'abs' },
    ],
    note: 'the smallest number of a type has no absolute value',
  },
  ceil: { kind: 'scalar', overloads: toWhole('ceil'), note: 'a whole number keeps its type' },
  ceiling: { kind: 'scalar', overloads: toWhole('ceil'), note: 'as ceil' },
  floor: { kind: 'scalar', overloads: toWhole('floor'), note: 'a whole number keeps its type' },
  round: {
    kind: 'scalar',
    overloads: [
      ...INTEGERS.flatMap((t) => [
        { signature: `(${t.name}) -> ${t.name}`, duckdb: roundInteger(t) },
        { signature: `(${t.name}, integer) -> ${t.name}`, duckdb: roundInteger(t) },
      ]),
      { signature: '(decimal(p,s)) -> decimal(p,s)', duckdb: toResult(plain('round', '0')), result: wholeDigits },
      {
        signature: '(decimal(p,s), integer) -> decimal(p,s)',
        duckdb: toDigits('round'),
        result: (b) => decimal(Math.min(38, number(b, 'p') + 1), number(b, 's')),
      },
      { signature: '(double) -> double', duckdb: 'round' },
      { signature: '(double, integer) -> double', duckdb: 'round' },
      { signature: '(real) -> real', duckdb: 'round' },
      { signature: '(real, integer) -> real', duckdb: 'round' },
    ],
    note: 'out of the type is an error; the engine wraps',
  },
  truncate: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(decimal(p,s)) -> decimal(p,s)',
        duckdb: toResult(plain('trunc')),
        result: (b) => decimal(Math.max(1, number(b, 'p') - number(b, 's')), 0),
      },
      { signature: '(decimal(p,s), integer) -> decimal(p,s)', duckdb: toDigits('trunc') },
      { signature: '(double) -> double', duckdb: 'trunc' },
      { signature: '(real) -> real', duckdb: 'trunc' },
    ],
  },
  sign: {
    kind: 'scalar',
    overloads: [
      ...INTEGERS.map((t) => ({ signature: `(${t.name}) -> ${t.name}`, duckdb: toResult(plain('sign')) })),
      { signature: '(decimal(p,s)) -> decimal(1,0)', duckdb: toResult(plain('sign')) },
      { signature: '(double) -> double', duckdb: signOf },
      { signature: '(real) -> real', duckdb: signOf },
    ],
    note: 'keeps the type of its argument',
  },
  mod: {
    kind: 'scalar',
    overloads: [
      ...INTEGERS.map((t) => ({ signature: `(${t.name}, ${t.name}) -> ${t.name}`, duckdb: mod })),
      {
        signature: '(decimal(p,s), decimal(q,r)) -> decimal(p,s)',
        duckdb: ([a, b], call) => cast(`trino_mod_int(${a!.sql}, ${b!.sql})`, call.engineType(call.resultType)),
        result: remainder,
      },
      { signature: '(double, double) -> double', duckdb: template('($1 % $2)') },
      { signature: '(real, real) -> real', duckdb: template('($1 % $2)') },
    ],
    note: 'a zero divisor fails with another error than %',
  },
  acos: { kind: 'scalar', overloads: double(bound('trino_acos')), note: 'NaN outside [-1, 1]; the engine raises' },
  asin: { kind: 'scalar', overloads: double(bound('trino_asin')), note: 'NaN outside [-1, 1]; the engine raises' },
  atan: { kind: 'scalar', overloads: double('atan') },
  atan2: { kind: 'scalar', overloads: [{ signature: '(double, double) -> double', duckdb: 'atan2' }] },
  cbrt: { kind: 'scalar', overloads: double('cbrt') },
  cos: { kind: 'scalar', overloads: double(bound('trino_cos')), note: 'NaN of an infinity; the engine raises' },
  cosh: { kind: 'scalar', overloads: double('cosh') },
  degrees: { kind: 'scalar', overloads: double('degrees') },
  e: {
    kind: 'scalar',
    overloads: [{ signature: '() -> double', duckdb: () => 'CAST(2.718281828459045e0 AS DOUBLE)' }],
  },
  exp: { kind: 'scalar', overloads: double('exp') },
  infinity: { kind: 'scalar', overloads: [{ signature: '() -> double', duckdb: () => "CAST('Infinity' AS DOUBLE)" }] },
  is_finite: { kind: 'scalar', overloads: [{ signature: '(double) -> boolean', duckdb: 'isfinite' }] },
  is_infinite: { kind: 'scalar', overloads: [{ signature: '(double) -> boolean', duckdb: 'isinf' }] },
  is_nan: {
    kind: 'scalar',
    overloads: [
      { signature: '(double) -> boolean', duckdb: 'isnan' },
      { signature: '(real) -> boolean', duckdb: 'isnan' },
    ],
  },
  ln: { kind: 'scalar', overloads: double(bound('trino_ln')), note: '-Infinity and NaN where the engine raises' },
  log: { kind: 'scalar', overloads: [{ signature: '(double, double) -> double', duckdb: bound('trino_log') }] },
  log10: { kind: 'scalar', overloads: double(bound('trino_log10')), note: '-Infinity and NaN where the engine raises' },
  log2: { kind: 'scalar', overloads: double(bound('trino_log2')), note: '-Infinity and NaN where the engine raises' },
  nan: { kind: 'scalar', overloads: [{ signature: '() -> double', duckdb: () => "CAST('NaN' AS DOUBLE)" }] },
  pi: { kind: 'scalar', overloads: [{ signature: '() -> double', duckdb: 'pi' }] },
  pow: { kind: 'scalar', overloads: powerOverloads },
  power: { kind: 'scalar', overloads: powerOverloads },
  radians: { kind: 'scalar', overloads: double('radians') },
  rand: { kind: 'scalar', overloads: random },
  random: { kind: 'scalar', overloads: random },
  sin: { kind: 'scalar', overloads: double(bound('trino_sin')), note: 'NaN of an infinity; the engine raises' },
  sinh: { kind: 'scalar', overloads: double('sinh') },
  sqrt: { kind: 'scalar', overloads: double(bound('trino_sqrt')), note: 'NaN of a negative number; the engine raises' },
  tan: { kind: 'scalar', overloads: double(bound('trino_tan')), note: 'NaN of an infinity; the engine raises' },
  tanh: { kind: 'scalar', overloads: double('tanh') },
  from_base: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, bigint) -> bigint',
        duckdb: (args) =>
          bindAll(sqls(args), ([s, r]) => invoke('trino_from_base_checked', s!, r!, `trino_from_base(${s}, ${r})`)),
      },
    ],
  },
  to_base: {
    kind: 'scalar',
    overloads: [{ signature: '(bigint, bigint) -> varchar(64)', duckdb: bound('trino_to_base') }],
    note: 'lower case, and negative numbers too',
  },
  width_bucket: {
    kind: 'scalar',
    overloads: [
      { signature: '(double, array(double)) -> bigint', duckdb: bound('trino_width_bucket_bins') },
      { signature: '(double, double, double, bigint) -> bigint', duckdb: bound('trino_width_bucket') },
    ],
  },
  wilson_interval_lower: {
    kind: 'scalar',
    overloads: [{ signature: '(bigint, bigint, double) -> double', duckdb: bound('trino_wilson_lower') }],
  },
  wilson_interval_upper: {
    kind: 'scalar',
    overloads: [{ signature: '(bigint, bigint, double) -> double', duckdb: bound('trino_wilson_upper') }],
  },
  great_circle_distance: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double, double, double) -> double', duckdb: bound('trino_great_circle') }],
  },
  normal_cdf: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double, double) -> double', duckdb: 'trino_normal_cdf' }],
  },
  inverse_normal_cdf: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double, double) -> double', duckdb: 'trino_inverse_normal_cdf' }],
  },
  beta_cdf: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double, double) -> double', duckdb: 'trino_beta_cdf' }],
  },
  inverse_beta_cdf: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double, double) -> double', duckdb: 'trino_inverse_beta_cdf' }],
  },
  t_cdf: { kind: 'scalar', overloads: [{ signature: '(double, double) -> double', duckdb: 'trino_t_cdf' }] },
  t_pdf: { kind: 'scalar', overloads: [{ signature: '(double, double) -> double', duckdb: 'trino_t_pdf' }] },
}
