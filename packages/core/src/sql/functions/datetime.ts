import type { LakeType } from '../../schema/types.ts'
import { VARCHAR } from '../../schema/types.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { add, difference, truncate } from './date-arithmetic.ts'
import { parseJodaPattern, parseMysqlPattern, parseTeradataPattern } from './date-pattern/index.ts'
import { format, iso8601, parse } from './date-text.ts'
import { bind, bound, invoke, template } from './emit.ts'
import { clockTypes, dateTypes, wallClock } from './temporal-types.ts'
import { atTimezone, fromUnixtime, instant, withTimezone, zoneMinutes, zoneOf } from './time-zone.ts'
import type { EmitCall, FunctionTable, Overload } from './types.ts'

const field =
  (engine: string): EmitCall =>
  ([x]) =>
    invoke(engine, wallClock(x!))

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

const allTemporal = ['date', ...clockTypes]

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
        duckdb: parse('mysql', parseMysqlPattern, (s) => `make_timestamp(CAST(string_split(${s}, ' ')[1] AS BIGINT))`),
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
          dayOf(`make_timestamp(CAST(string_split(${s}, ' ')[1] AS BIGINT))`),
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
          (s) => `make_timestamp(CAST(string_split(${s}, ' ')[1] AS BIGINT))`,
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
