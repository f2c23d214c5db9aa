import { TraillakeError } from '../../../errors/index.ts'
import type { LakeType } from '../../../schema/types.ts'
import { formatType } from '../../../schema/types.ts'
import { bind } from '../../emit/text.ts'
import { raiseSql } from '../raise.ts'

type Text = LakeType & { readonly kind: 'varchar' | 'char' }

/** CAST to varchar, varchar(n) and char(n): text is cut, anything else must fit. */
export function toText(sql: string, from: LakeType, to: Text): string {
  if (to.kind === 'char') return `rpad(${plainText(sql, from)}, ${to.length}, ' ')`
  const text = plainText(sql, from)
  if (to.length === undefined) return text
  if (from.kind === 'varchar' || from.kind === 'char' || from.kind === 'json') return `left(${text}, ${to.length})`
  const longest = { boolean: 5, tinyint: 4, smallint: 6, integer: 11, bigint: 20 }[from.kind as 'bigint']
  if (longest !== undefined && longest <= to.length) return text
  const code = from.kind === 'boolean' ? 'GENERIC_INTERNAL_ERROR' : 'INVALID_CAST_ARGUMENT'
  return bind(
    text,
    (v) =>
      `CASE WHEN length(${v}) <= ${to.length} THEN ${v} ELSE ${raiseSql(code, `'Value ' || ${v} || ' cannot be represented as varchar(${to.length})'`, to)} END`,
  )
}

/** Trino's text of a value. */
export function plainText(sql: string, from: LakeType): string {
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return sql
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'uuid':
    case 'unknown':
      return `CAST(${sql} AS VARCHAR)`
    case 'double':
      return bind(sql, (v) => `trino_double_text(${v})`)
    case 'real':
      return bind(sql, (v) => `trino_real_text(${v})`)
    case 'decimal':
      return from.precision > from.scale ? `CAST(${sql} AS VARCHAR)` : `trino_decimal_text(${sql})`
    case 'date':
      return bind(sql, (v) => `trino_day_text(${v})`)
    case 'timestamp':
      return from.withTimeZone ? zonedText(sql, from.precision) : bind(sql, (v) => timestampText(v, from.precision))
    case 'time':
      return bind(sql, (v) =>
        from.withTimeZone
          ? `(${timeText(`struct_extract(${v}, 't')`, from.precision)} || trino_offset_text(struct_extract(${v}, 'o')))`
          : timeText(v, from.precision),
      )
    case 'interval day to second':
      return bind(sql, (v) => `trino_interval_day_text(${v})`)
    case 'interval year to month':
      return bind(sql, (v) => `trino_interval_month_text(${v})`)
    case 'json':
      return bind(sql, (v) => `trino_json_to_text(${v})`)
    case 'ipaddress':
      return `trino_ip_text(${sql})`
    default:
      throw new TraillakeError('NOT_SUPPORTED', {
        message: `CAST from ${formatType(from)} to varchar is not supported`,
      })
  }
}

function timestampText(sql: string, precision: number): string {
  return precision === 0 ? `trino_timestamp_text0(${sql})` : `trino_timestamp_text(${sql}, ${precision})`
}

function timeText(sql: string, precision: number): string {
  return precision === 0 ? `trino_time_text0(${sql})` : `trino_time_text(${sql}, ${precision})`
}

function zonedText(sql: string, precision: number): string {
  return bind(sql, (v) => {
    const local = bind(`trino_local(struct_extract(${v}, 't'), struct_extract(${v}, 'z'))`, (l) =>
      timestampText(l, precision),
    )
    return `(${local} || ' ' || struct_extract(${v}, 'z'))`
  })
}
