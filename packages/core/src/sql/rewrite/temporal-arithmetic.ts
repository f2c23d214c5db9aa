import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { bind, bindAll } from '../emit/text.ts'
import { localOf, precisionTo } from './cast/temporal.ts'
import { raise } from './raise.ts'

type Operator = ast.Arithmetic['operator']

const isInterval = (type: LakeType): boolean =>
  type.kind === 'interval day to second' || type.kind === 'interval year to month'

/** True for arithmetic on dates, times, timestamps and intervals. */
export function isTemporal(type: LakeType): boolean {
  return type.kind === 'date' || type.kind === 'time' || type.kind === 'timestamp' || isInterval(type)
}

/** Arithmetic in which a date, time, timestamp or interval takes part; undefined when Trino has no such operator. */
export function temporalArithmeticSql(
  operator: Operator,
  left: string,
  right: string,
  types: { left: LakeType; right: LakeType; result: LakeType },
): string | undefined {
  const { result } = types
  if (isInterval(result)) return intervalResult(operator, left, right, types)
  if (operator === '+' && isInterval(types.left)) return addInterval(right, types.right, left, types.left, '+', result)
  if ((operator === '+' || operator === '-') && isInterval(types.right))
    return addInterval(left, types.left, right, types.right, operator, result)
  return undefined
}

function intervalResult(
  operator: Operator,
  left: string,
  right: string,
  types: { left: LakeType; right: LakeType; result: LakeType },
): string | undefined {
  const engine = types.result.kind === 'interval day to second' ? 'BIGINT' : 'INTEGER'
  if (isInterval(types.left) && isInterval(types.right)) return `(${left} ${operator} ${right})`
  if (operator === '*' || operator === '/') {
    const [interval, factor, kind] = isInterval(types.left) ? [left, right, types.right] : [right, left, types.left]
    if (kind.kind === 'double' || kind.kind === 'real')
      return `CAST(trunc(CAST(${interval} AS DOUBLE) ${operator} ${factor}) AS ${engine})`
    if (operator === '*') return `CAST(${interval} * ${factor} AS ${engine})`
    return `CAST(${interval} // CASE WHEN ${factor} = 0 THEN CAST('TRINO:DIVISION_BY_ZERO:Division by zero' AS TINYINT) ELSE ${factor} END AS ${engine})`
  }
  if (operator !== '-') return undefined
  return `(${millis(left, types.left)} - ${millis(right, types.right)})`
}

/** Milliseconds since 1970 (since midnight for a time). */
function millis(sql: string, type: LakeType): string {
  const value = type.kind === 'timestamp' && type.withTimeZone ? `struct_extract(${sql}, 't')` : sql
  if (type.kind === 'date') return `epoch_ms(CAST(${value} AS TIMESTAMP))`
  if (type.kind === 'time') return `(epoch_us(${type.precision > 6 ? `CAST(${value} AS TIME)` : value}) // 1000)`
  return `epoch_ms(${value})`
}

/** A date takes whole days only. */
function wholeDays(millis: string): string {
  const failing = raise('INVALID_FUNCTION_ARGUMENT', 'Cannot add hour, minutes or seconds to a date', {
    kind: 'integer',
  })
  return `CASE WHEN ${millis} % 86400000 <> 0 THEN ${failing} ELSE CAST(${millis} // 86400000 AS INTEGER) END`
}

function addInterval(
  value: string,
  type: LakeType,
  interval: string,
  intervalType: LakeType,
  sign: '+' | '-',
  result: LakeType,
): string | undefined {
  const months = intervalType.kind === 'interval year to month'
  const amount = months ? `to_months(${interval})` : `to_milliseconds(${interval})`
  switch (type.kind) {
    case 'date':
      return months
        ? `CAST((${value} ${sign} ${amount}) AS DATE)`
        : `CAST((${value} ${sign} to_days(${bind(interval, wholeDays)})) AS DATE)`
    case 'time':
      return months || type.withTimeZone ? undefined : `(${value} ${sign} ${amount})`
    case 'timestamp': {
      const precision = result.kind === 'timestamp' ? result.precision : type.precision
      const move = (t: string): string =>
        type.precision > 6
          ? `make_timestamp_ns(epoch_ns(${t}) + (epoch_ns(CAST(${t} AS TIMESTAMP) ${sign} ${amount}) - epoch_ns(CAST(${t} AS TIMESTAMP))))`
          : `(${t} ${sign} ${amount})`
      if (!type.withTimeZone)
        return precisionTo(type.precision > 6 ? bind(value, move) : move(value), type.precision, precision)
      return bindAll([value], ([v]) => {
        const t = `struct_extract(${v}, 't')`
        const z = `struct_extract(${v}, 'z')`
        // Months move the wall clock, milliseconds the instant.
        const moved = months ? bind(localOf(v!), (local) => `trino_utc(${move(local)}, ${z})`) : move(t)
        return bind(moved, (m) => `CASE WHEN ${m} IS NOT NULL THEN {'t': ${m}, 'z': ${z}} END`)
      })
    }
    default:
      return undefined
  }
}
