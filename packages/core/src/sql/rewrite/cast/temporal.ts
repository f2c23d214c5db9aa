import type { LakeType } from '../../../schema/types.ts'
import { bind } from '../../emit/text.ts'

type Timestamp = LakeType & { readonly kind: 'timestamp' }
type Time = LakeType & { readonly kind: 'time' }

/** The wall clock of a timestamp with time zone, in its own zone. */
export function localOf(sql: string): string {
  return bind(sql, (v) => `trino_local(struct_extract(${v}, 't'), struct_extract(${v}, 'z'))`)
}

/** CAST to date; undefined when Trino has no such cast. */
export function toDate(sql: string, from: LakeType): string | undefined {
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return bind(sql, (v) => `trino_text_to_date(${v})`)
    case 'timestamp':
      return `CAST(${from.withTimeZone ? localOf(sql) : sql} AS DATE)`
    default:
      return undefined
  }
}

/** CAST to time(p) [with time zone]; undefined when Trino has no such cast. */
export function toTime(sql: string, from: LakeType, to: Time): string | undefined {
  if (to.withTimeZone) {
    if (from.kind !== 'time') return undefined
    if (!from.withTimeZone)
      return bind(
        sql,
        (v) => `CASE WHEN ${v} IS NOT NULL THEN {'t': ${timeTo(v, from.precision, to.precision)}, 'o': 0} END`,
      )
    return bind(
      sql,
      (v) =>
        `CASE WHEN ${v} IS NOT NULL THEN {'t': ${timeTo(`struct_extract(${v}, 't')`, from.precision, to.precision)}, 'o': struct_extract(${v}, 'o')} END`,
    )
  }
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return to.precision > 6
        ? undefined
        : timeTo(
            bind(sql, (v) => `trino_text_to_time(${v})`),
            6,
            to.precision,
          )
    case 'timestamp':
      return timeTo(
        `CAST(${from.withTimeZone ? localOf(sql) : sql} AS TIME)`,
        Math.min(from.precision, 6),
        to.precision,
      )
    case 'time':
      return timeTo(from.withTimeZone ? `struct_extract(${sql}, 't')` : sql, from.precision, to.precision)
    default:
      return undefined
  }
}

function timeTo(sql: string, from: number, to: number): string {
  if (to > 6) return from > 6 ? sql : `CAST(${sql} AS TIME_NS)`
  const micros = from > 6 ? `CAST(${sql} AS TIME)` : sql
  return to >= Math.min(from, 6) ? micros : bind(micros, (v) => `trino_round_time(${v}, ${10 ** (6 - to)})`)
}

/** CAST to timestamp(p) [with time zone]; undefined when Trino has no such cast. */
export function toTimestamp(sql: string, from: LakeType, to: Timestamp): string | undefined {
  if (to.withTimeZone) return toZoned(sql, from, to)
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return precisionTo(
        bind(sql, (v) => `trino_text_to_timestamp(${v})`),
        6,
        to.precision,
      )
    case 'date':
      return `CAST(${sql} AS ${to.precision > 6 ? 'TIMESTAMP_NS' : 'TIMESTAMP'})`
    case 'timestamp':
      return precisionTo(from.withTimeZone ? localOf(sql) : sql, from.precision, to.precision)
    default:
      return undefined
  }
}

function toZoned(sql: string, from: LakeType, to: Timestamp): string | undefined {
  const inUtc = (t: string): string => `{'t': ${t}, 'z': 'UTC'}`
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return bind(
        bind(sql, (v) => `trino_text_to_instant(${v})`),
        (v) => zoned(v, 6, to.precision),
      )
    case 'date':
      return bind(sql, (v) => `CASE WHEN ${v} IS NOT NULL THEN ${inUtc(`CAST(${v} AS TIMESTAMP)`)} END`)
    case 'timestamp':
      if (from.withTimeZone) return bind(sql, (v) => zoned(v, from.precision, to.precision))
      return bind(
        precisionTo(sql, from.precision, to.precision),
        (v) => `CASE WHEN ${v} IS NOT NULL THEN ${inUtc(v)} END`,
      )
    default:
      return undefined
  }
}

function zoned(sql: string, from: number, to: number): string {
  const instant = `struct_extract(${sql}, 't')`
  const cut = precisionTo(instant, from, to)
  return cut === instant ? sql : `CASE WHEN ${sql} IS NOT NULL THEN {'t': ${cut}, 'z': struct_extract(${sql}, 'z')} END`
}

/** A timestamp of precision `from` in precision `to`: rounded at the half, held in nanoseconds above six digits. */
export function precisionTo(sql: string, from: number, to: number): string {
  if (to > 6) return from > 6 ? sql : `CAST(${sql} AS TIMESTAMP_NS)`
  const micros = from > 6 ? bind(sql, (v) => `trino_nanos_to_timestamp(${v})`) : sql
  return to >= Math.min(from, 6) ? micros : bind(micros, (v) => `trino_round_timestamp(${v}, ${10 ** (6 - to)})`)
}
