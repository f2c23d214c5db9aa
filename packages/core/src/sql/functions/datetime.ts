import { TraillakeError } from '../../errors/index.ts'
import type { LakeType } from '../../schema/types.ts'
import { VARCHAR } from '../../schema/types.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { localOf, precisionTo } from '../rewrite/cast/temporal.ts'
import { canonicalZone } from '../rewrite/temporal-literal.ts'
import {
  type Pattern,
  PatternError,
  parseJodaPattern,
  parseMysqlPattern,
  parseTeradataPattern,
  strftimePattern,
} from './date-pattern/index.ts'
import { bind, bindAll, bound, cast, invoke, literalText, quoteString, refuse, template } from './emit.ts'
import type { EmitCall, EmittedArgument, FunctionTable, Overload } from './types.ts'

const isZoned = (type: LakeType): boolean => (type.kind === 'timestamp' || type.kind === 'time') && type.withTimeZone
const precisionOf = (type: LakeType): number => (type.kind === 'timestamp' || type.kind === 'time' ? type.precision : 0)

/** The wall clock of a date, time or timestamp: in its own zone where it has one. */
function wallClock(arg: EmittedArgument): string {
  if (arg.type.kind === 'time' && arg.type.withTimeZone) return `(${arg.sql}).t`
  return isZoned(arg.type) ? localOf(arg.sql) : arg.sql
}

const field =
  (engine: string): EmitCall =>
  ([x]) =>
    invoke(engine, wallClock(x!))

const dateTypes = ['date', 'timestamp(p)', 'timestamp(p) with time zone']
const clockTypes = ['time(p)', 'time(p) with time zone', 'timestamp(p)', 'timestamp(p) with time zone']

const dateField = (engine: string, ofMonths?: string): readonly Overload[] => [
  ...dateTypes.map((type) => ({ signature: `(${type}) -> bigint`, duckdb: field(engine) })),
  ...(ofMonths === undefined
    ? []
    : [{ signature: '(interval year to month) -> bigint', duckdb: template(`CAST(${ofMonths} AS BIGINT)`) }]),
]

const clockField = (engine: string, ofMillis: string): readonly Overload[] => [
  ...clockTypes.map((type) => ({ signature: `(${type}) -> bigint`, duckdb: field(engine) })),
  { signature: '(interval day to second) -> bigint', duckdb: template(ofMillis) },
]

const CLOCK_UNITS = ['millisecond', 'second', 'minute', 'hour']
const DATE_UNITS = ['day', 'week', 'month', 'quarter', 'year']

/** Refuses a literal unit that the type does not have. */
function checkUnit(unit: EmittedArgument, type: LakeType): string | undefined {
  const text = literalText(unit)
  if (text === undefined) return undefined
  const units = type.kind === 'date' ? DATE_UNITS : type.kind === 'time' ? CLOCK_UNITS : [...CLOCK_UNITS, ...DATE_UNITS]
  if (!units.includes(text.toLowerCase()))
    refuse(`'${text}' is not a valid ${type.kind.toUpperCase()} field`, unit.span)
  return text.toLowerCase()
}

const suffix = (type: LakeType): string => (type.kind === 'timestamp' ? (type.withTimeZone ? 'tz' : 'ts') : type.kind)

/** In microseconds: what the engine's functions compute in. */
const asMicros = (arg: EmittedArgument): string =>
  precisionOf(arg.type) > 6 && !isZoned(arg.type)
    ? cast(arg.sql, arg.type.kind === 'time' ? 'TIME' : 'TIMESTAMP')
    : arg.sql

const toNanos = (sql: string, type: LakeType): string =>
  precisionOf(type) > 6 && !isZoned(type) ? cast(sql, type.kind === 'time' ? 'TIME_NS' : 'TIMESTAMP_NS') : sql

/** Differences are counted between milliseconds, each cut. */
const asMillis = (arg: EmittedArgument): string =>
  arg.type.kind === 'timestamp' && arg.type.precision > 3
    ? `date_trunc('millisecond', ${asMicros(arg)})`
    : asMicros(arg)

const truncate: EmitCall = ([unit, x]) => {
  checkUnit(unit!, x!.type)
  if (isZoned(x!.type)) {
    if (x!.type.kind === 'time')
      return bind(
        x!.sql,
        (v) =>
          `CASE WHEN ${v} IS NOT NULL AND ${unit!.sql} IS NOT NULL THEN {'t': trino_date_trunc_time(${unit!.sql}, ${v}.t), 'o': ${v}.o} END`,
      )
    return bind(x!.sql, (v) => bind(localOf(v), (l) => `trino_date_trunc_tz(${unit!.sql}, ${v}, ${l})`))
  }
  return toNanos(`trino_date_trunc_${suffix(x!.type)}(${unit!.sql}, ${asMicros(x!)})`, x!.type)
}

const add: EmitCall = ([unit, n, x]) => {
  const known = checkUnit(unit!, x!.type)
  // Milliseconds may be more than the type holds: the sum is rounded to it.
  const rounded = (sql: string): string =>
    precisionOf(x!.type) < 3 &&
    (known === undefined || known === 'millisecond') &&
    x!.type.kind === 'timestamp' &&
    !x!.type.withTimeZone
      ? precisionTo(sql, 3, precisionOf(x!.type))
      : sql
  if (isZoned(x!.type)) {
    if (x!.type.kind === 'time')
      return bind(
        x!.sql,
        (v) =>
          `CASE WHEN ${v} IS NOT NULL AND ${unit!.sql} IS NOT NULL AND ${n!.sql} IS NOT NULL THEN {'t': trino_date_add_time(${unit!.sql}, ${n!.sql}, ${v}.t), 'o': ${v}.o} END`,
      )
    return bindAll([x!.sql, n!.sql], ([v, count]) =>
      bind(localOf(v!), (l) => `trino_date_add_tz(${unit!.sql}, ${count}, ${v}, ${l})`),
    )
  }
  if (precisionOf(x!.type) > 6 && x!.type.kind === 'timestamp') {
    return bind(x!.sql, (v) => `trino_date_add_ns(${unit!.sql}, ${n!.sql}, ${v})`)
  }
  return toNanos(rounded(`trino_date_add_${suffix(x!.type)}(${unit!.sql}, ${n!.sql}, ${asMicros(x!)})`), x!.type)
}

const difference: EmitCall = ([unit, a, b]) => {
  checkUnit(unit!, a!.type)
  if (isZoned(a!.type)) {
    if (a!.type.kind === 'time')
      return bindAll(
        [a!.sql, b!.sql],
        ([x, y]) => `trino_date_diff_time(${unit!.sql}, ${x}.t - to_minutes(${x}.o), ${y}.t - to_minutes(${y}.o))`,
      )
    return bindAll([a!.sql, b!.sql], ([x, y]) => `trino_date_diff_tz(${unit!.sql}, ${x}, ${y})`)
  }
  return `trino_date_diff_${suffix(a!.type)}(${unit!.sql}, ${asMillis(a!)}, ${asMillis(b!)})`
}

const allTemporal = ['date', ...clockTypes]

type ReadPattern = (text: string) => Pattern

function readPattern(read: ReadPattern, arg: EmittedArgument): Pattern | undefined {
  const text = literalText(arg)
  if (text === undefined) return undefined
  try {
    return read(text)
  } catch (error) {
    if (error instanceof PatternError) return refuse(error.message, arg.span)
    throw error
  }
}

/** Prints by a pattern: in the engine where its own patterns can say it, else in JavaScript. */
const format =
  (language: string, read: ReadPattern): EmitCall =>
  ([x, pattern]) => {
    const known = readPattern(read, pattern!)
    const zoned = isZoned(x!.type)
    if (known && !zoned && known.elements.some((e) => e.kind === 'zone')) {
      refuse(
        "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information",
        pattern!.span,
      )
    }
    const native = known && strftimePattern(known)
    if (native !== undefined) return `strftime(${cast(wallClock(x!), 'TIMESTAMP')}, ${quoteString(native)})`
    const print = (local: string, minutes: string, zone: string) =>
      `trino_js_print_date('${language}', ${pattern!.sql}, epoch_ms(${cast(local, 'TIMESTAMP')}), ${minutes}, ${zone})`
    if (!zoned) return print(x!.sql, '0', "''")
    return bind(x!.sql, (v) => print(localOf(v), `trino_zone_minutes(${v}.t, ${v}.z)`, `${v}.z`))
  }

/** Parses by a pattern, in JavaScript: the engine's strptime knows neither Joda's leniency nor its errors. */
const parse =
  (language: string, read: ReadPattern, make: (micros: string) => string): EmitCall =>
  ([text, pattern]) => {
    readPattern(read, pattern!)
    return make(`trino_js_parse_date('${language}', ${pattern!.sql}, ${text!.sql})`)
  }

const zoneText = (arg: EmittedArgument, invalid: (text: string, arg: EmittedArgument) => never): string => {
  const text = literalText(arg)
  if (text === undefined) return `trino_zone(${arg.sql})`
  return quoteString(canonicalZone(text) ?? invalid(text, arg))
}

const notAZone = (text: string, arg: EmittedArgument): never => refuse(`'${text}' is not a valid time zone`, arg.span)

const instant = (t: string, z: string): string =>
  bindAll([t, z], ([a, b]) => `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN {'t': ${a}, 'z': ${b}} END`)

const atTimezone: EmitCall = ([x, zone]) => {
  if (zone!.type.kind === 'interval day to second') {
    return instant(
      `(${x!.sql}).t`,
      bind(
        `CAST(${zone!.sql} // 60000 AS INTEGER)`,
        (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`,
      ),
    )
  }
  return bind(x!.sql, (v) => instant(`${v}.t`, zoneText(zone!, notAZone)))
}

const withTimezone: EmitCall = ([x, zone]) =>
  bindAll([x!.sql, zoneText(zone!, notAZone)], ([t, z]) => instant(`trino_utc(${t}, ${z})`, z!))

const fromUnixtime: EmitCall = ([seconds, zone, minutes]) => {
  const t = bind(seconds!.sql, (x) => `trino_from_unixtime(${x})`)
  if (!zone) return instant(t, "'UTC'")
  if (minutes)
    return instant(
      t,
      bind(
        `CAST(${zone.sql} * 60 + ${minutes.sql} AS INTEGER)`,
        (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`,
      ),
    )
  return instant(
    t,
    zoneText(zone, (text, { span }) => {
      throw new TraillakeError('NOT_SUPPORTED', { message: `Time zone not supported: ${text}` }, { span })
    }),
  )
}

const iso8601: EmitCall = ([x]) => {
  if (x!.type.kind === 'date') return `strftime(${x!.sql}, '%Y-%m-%d')`
  const digits = precisionOf(x!.type)
  const print = (local: string) =>
    digits === 0
      ? `strftime(${local}, '%Y-%m-%dT%H:%M:%S')`
      : bind(
          local,
          (l) => `(strftime(${l}, '%Y-%m-%dT%H:%M:%S.') || left(rpad(strftime(${l}, '%n'), 12, '0'), ${digits}))`,
        )
  if (!isZoned(x!.type)) return print(x!.sql)
  return bind(
    x!.sql,
    (v) => `(${print(localOf(v))} || ${bind(`trino_zone_minutes(${v}.t, ${v}.z)`, (m) => `trino_iso_offset(${m})`)})`,
  )
}

const zoneMinutes = (x: EmittedArgument, unit: string): string =>
  x.type.kind === 'time'
    ? `CAST((${x.sql}).o ${unit} AS BIGINT)`
    : bind(x.sql, (v) => `(trino_zone_minutes(${v}.t, ${v}.z) ${unit})`)

const zoneOf: EmitCall = ([x]) =>
  x!.type.kind === 'time'
    ? bind(`(${x!.sql}).o`, (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`)
    : `(${x!.sql}).z`

const dayOf = (text: string): string => `CAST(${text} AS DATE)`

export const datetimeFunctions: FunctionTable = {
  date: {
    kind: 'scalar',
    overloads: [
      ...dateTypes.slice(1).map((type) => ({
        signature: `(${type}) -> date`,
        duckdb: (([x]) => castSql(x!.sql, x!.type, { kind: 'date' })) satisfies EmitCall,
      })),
      { signature: '(varchar) -> date', duckdb: ([x]) => castSql(x!.sql, VARCHAR, { kind: 'date' }) },
    ],
    note: 'a cast to date: text with a time after the date is an error',
  },
  date_trunc: {
    kind: 'scalar',
    overloads: allTemporal.map((t) => ({ signature: `(varchar, ${t}) -> ${t}`, duckdb: truncate })),
    note: 'dates stay dates; zones keep their wall clock',
  },
  date_add: {
    kind: 'scalar',
    overloads: allTemporal.map((t) => ({ signature: `(varchar, bigint, ${t}) -> ${t}`, duckdb: add })),
  },
  date_diff: {
    kind: 'scalar',
    overloads: allTemporal.map((t) => ({ signature: `(varchar, ${t}, ${t}) -> bigint`, duckdb: difference })),
    note: 'whole units between; the engine counts boundaries',
  },
  date_format: {
    kind: 'scalar',
    overloads: dateTypes
      .slice(1)
      .map((t) => ({ signature: `(${t}, varchar) -> varchar`, duckdb: format('mysql', parseMysqlPattern) })),
    note: "MySQL's letters",
  },
  format_datetime: {
    kind: 'scalar',
    overloads: dateTypes
      .slice(1)
      .map((t) => ({ signature: `(${t}, varchar) -> varchar`, duckdb: format('joda', parseJodaPattern) })),
    note: "Joda's letters",
  },
  to_char: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(timestamp(p) with time zone, varchar) -> varchar',
        duckdb: format('teradata', parseTeradataPattern),
      },
    ],
    note: "Teradata's letters",
  },
  date_parse: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar) -> timestamp(3)',
        duckdb: parse('mysql', parseMysqlPattern, (s) => `make_timestamp(CAST(split_part(${s}, ' ', 1) AS BIGINT))`),
      },
    ],
  },
  parse_datetime: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar) -> timestamp(3) with time zone',
        duckdb: parse('joda', parseJodaPattern, (s) => bind(s, (v) => `trino_instant(${v})`)),
      },
    ],
  },
  to_date: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar) -> date',
        duckdb: parse('teradata', parseTeradataPattern, (s) =>
          dayOf(`make_timestamp(CAST(split_part(${s}, ' ', 1) AS BIGINT))`),
        ),
      },
    ],
  },
  to_timestamp: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar) -> timestamp(3)',
        duckdb: parse(
          'teradata',
          parseTeradataPattern,
          (s) => `make_timestamp(CAST(split_part(${s}, ' ', 1) AS BIGINT))`,
        ),
      },
    ],
    note: "the engine's to_timestamp takes seconds",
  },
  from_iso8601_timestamp: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar) -> timestamp(3) with time zone', duckdb: bound('trino_from_iso8601_timestamp') },
    ],
  },
  from_iso8601_timestamp_nanos: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar) -> timestamp(9) with time zone',
        duckdb: ([s]) => bind(`trino_js_iso8601_nanos(${s!.sql})`, (v) => `trino_instant_ns(${v})`),
      },
    ],
  },
  from_iso8601_date: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar) -> date', duckdb: ([s]) => dayOf(`make_timestamp(trino_js_iso8601_day(${s!.sql}))`) },
    ],
  },
  to_iso8601: {
    kind: 'scalar',
    overloads: [
      { signature: '(date) -> varchar(16)', duckdb: iso8601 },
      {
        signature: '(timestamp(p)) -> varchar',
        duckdb: iso8601,
        result: (b) => ({ kind: 'varchar', length: 22 + fractionLength(b.get('p')) }),
      },
      {
        signature: '(timestamp(p) with time zone) -> varchar',
        duckdb: iso8601,
        result: (b) => ({ kind: 'varchar', length: 28 + fractionLength(b.get('p')) }),
      },
    ],
    note: 'as many digits of the second as the type has',
  },
  from_unixtime: {
    kind: 'scalar',
    overloads: [
      { signature: '(double) -> timestamp(3) with time zone', duckdb: fromUnixtime },
      { signature: '(double, bigint, bigint) -> timestamp(3) with time zone', duckdb: fromUnixtime },
      { signature: '(double, varchar) -> timestamp(3) with time zone', duckdb: fromUnixtime },
    ],
  },
  from_unixtime_nanos: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(bigint) -> timestamp(9) with time zone',
        duckdb: ([n]) => instant(`make_timestamp_ns(${n!.sql})`, "'UTC'"),
      },
      {
        signature: '(decimal(p,s)) -> timestamp(9) with time zone',
        duckdb: ([n]) => instant(`make_timestamp_ns(CAST(trunc(${n!.sql}) AS BIGINT))`, "'UTC'"),
      },
    ],
  },
  to_unixtime: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(timestamp(p) with time zone) -> double',
        duckdb: template('(epoch_us(CAST(($1).t AS TIMESTAMP)) / 1e6)'),
      },
    ],
  },
  now: {
    kind: 'scalar',
    overloads: [
      {
        signature: '() -> timestamp(3) with time zone',
        duckdb: (_, call) => `{'t': make_timestamp(${(call.nowMicros / 1000n) * 1000n}), 'z': 'UTC'}`,
      },
    ],
    note: 'the instant of the statement',
  },
  current_timezone: { kind: 'scalar', overloads: [{ signature: '() -> varchar', duckdb: () => "'UTC'" }] },
  at_timezone: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(timestamp(p) with time zone, interval day to second) -> timestamp(p) with time zone',
        duckdb: atTimezone,
      },
      { signature: '(timestamp(p) with time zone, varchar) -> timestamp(p) with time zone', duckdb: atTimezone },
    ],
  },
  with_timezone: {
    kind: 'scalar',
    overloads: [{ signature: '(timestamp(p), varchar) -> timestamp(p) with time zone', duckdb: withTimezone }],
  },
  timezone: {
    kind: 'scalar',
    overloads: [
      { signature: '(time(p) with time zone) -> varchar', duckdb: zoneOf },
      { signature: '(timestamp(p) with time zone) -> varchar', duckdb: zoneOf },
    ],
  },
  timezone_hour: {
    kind: 'scalar',
    overloads: [
      { signature: '(time(p) with time zone) -> bigint', duckdb: ([x]) => zoneMinutes(x!, '// 60') },
      { signature: '(timestamp(p) with time zone) -> bigint', duckdb: ([x]) => zoneMinutes(x!, '// 60') },
    ],
  },
  timezone_minute: {
    kind: 'scalar',
    overloads: [
      { signature: '(time(p) with time zone) -> bigint', duckdb: ([x]) => zoneMinutes(x!, '% 60') },
      { signature: '(timestamp(p) with time zone) -> bigint', duckdb: ([x]) => zoneMinutes(x!, '% 60') },
    ],
  },
  last_day_of_month: {
    kind: 'scalar',
    overloads: dateTypes.map((t) => ({ signature: `(${t}) -> date`, duckdb: field('last_day') })),
  },
  year: { kind: 'scalar', overloads: dateField('year', '$1 // 12') },
  quarter: { kind: 'scalar', overloads: dateField('quarter') },
  month: { kind: 'scalar', overloads: dateField('month', '$1 % 12') },
  week: { kind: 'scalar', overloads: dateField('week') },
  week_of_year: { kind: 'scalar', overloads: dateField('week') },
  day: {
    kind: 'scalar',
    overloads: [
      ...dateField('day'),
      { signature: '(interval day to second) -> bigint', duckdb: template('($1 // 86400000)') },
    ],
  },
  day_of_month: {
    kind: 'scalar',
    overloads: [
      ...dateField('day'),
      { signature: '(interval day to second) -> bigint', duckdb: template('($1 // 86400000)') },
    ],
  },
  day_of_week: { kind: 'scalar', overloads: dateField('isodow'), note: 'Monday is 1' },
  dow: { kind: 'scalar', overloads: dateField('isodow'), note: 'Monday is 1' },
  day_of_year: { kind: 'scalar', overloads: dateField('dayofyear') },
  doy: { kind: 'scalar', overloads: dateField('dayofyear') },
  year_of_week: { kind: 'scalar', overloads: dateField('isoyear') },
  yow: { kind: 'scalar', overloads: dateField('isoyear') },
  hour: { kind: 'scalar', overloads: clockField('hour', '($1 // 3600000 % 24)') },
  minute: { kind: 'scalar', overloads: clockField('minute', '($1 // 60000 % 60)') },
  second: { kind: 'scalar', overloads: clockField('second', '($1 // 1000 % 60)') },
  millisecond: {
    kind: 'scalar',
    overloads: clockField('trino_millisecond', '($1 % 1000)'),
    note: 'of the second; the engine adds the seconds',
  },
  to_milliseconds: {
    kind: 'scalar',
    overloads: [{ signature: '(interval day to second) -> bigint', duckdb: template('$1') }],
    note: 'the engine makes intervals by this name',
  },
  parse_duration: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> interval day to second', duckdb: bound('trino_parse_duration') }],
  },
  human_readable_seconds: {
    kind: 'scalar',
    overloads: [{ signature: '(double) -> varchar', duckdb: bound('trino_human_seconds') }],
  },
}

function fractionLength(p: LakeType | number | undefined): number {
  return typeof p === 'number' && p > 0 ? p + 1 : 0
}
