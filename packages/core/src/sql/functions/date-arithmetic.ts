import type { LakeType } from '../../schema/types.ts'
import { localOf, precisionTo } from '../rewrite/cast/temporal.ts'
import { bind, bindAll, cast, literalText, refuse } from './emit.ts'
import { isZoned, precisionOf } from './temporal-types.ts'
import type { EmitCall, EmittedArgument } from './types.ts'

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

export const truncate: EmitCall = ([unit, x]) => {
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

export const add: EmitCall = ([unit, n, x]) => {
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

export const difference: EmitCall = ([unit, a, b]) => {
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
