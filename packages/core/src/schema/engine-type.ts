import type { LakeType, RowField } from './types.ts'

/**
 * How the engine holds a Lake type. The emitter computes in these, and results are read from them:
 *
 * | Lake | engine | |
 * | --- | --- | --- |
 * | timestamp(p) | TIMESTAMP, TIMESTAMP_NS above p 6 | cut to p digits |
 * | timestamp(p) with time zone | STRUCT(t TIMESTAMP, z VARCHAR) | UTC instant and Trino's zone text; equal when `t` is |
 * | time(p) with time zone | STRUCT(t TIME, o INTEGER) | local time and offset in minutes |
 * | interval day to second | BIGINT | milliseconds |
 * | interval year to month | INTEGER | months |
 * | json | VARCHAR | compact JSON text |
 * | char(n) | VARCHAR | padded to n |
 * | ipaddress | BLOB | 16 bytes |
 * | row | STRUCT | members named by `engineFieldName` |
 */
export function engineType(type: LakeType): string {
  switch (type.kind) {
    case 'real':
      return 'FLOAT'
    case 'varchar':
    case 'char':
    case 'json':
      return 'VARCHAR'
    case 'varbinary':
    case 'ipaddress':
      return 'BLOB'
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'time':
      return type.withTimeZone ? 'STRUCT(t TIME, o INTEGER)' : type.precision > 6 ? 'TIME_NS' : 'TIME'
    case 'timestamp': {
      const instant = type.precision > 6 ? 'TIMESTAMP_NS' : 'TIMESTAMP'
      return type.withTimeZone ? `STRUCT(t ${instant}, z VARCHAR)` : instant
    }
    case 'interval day to second':
      return 'BIGINT'
    case 'interval year to month':
    case 'unknown':
      return 'INTEGER'
    case 'array':
      return `${engineType(type.element)}[]`
    case 'map':
      return `MAP(${engineType(type.key)}, ${engineType(type.value)})`
    case 'row':
      return `STRUCT(${type.fields.map((f, i) => `"${engineFieldName(type.fields, i).replaceAll('"', '""')}" ${engineType(f.type)}`).join(', ')})`
    case 'opaque':
    case 'function':
      throw new TypeError(`no engine type for ${type.kind}`)
    default:
      return type.kind.toUpperCase()
  }
}

/** The engine's name of a row's member: its own in lower case, or `f<position from 1>` where it has none or shares it. */
export function engineFieldName(fields: readonly RowField[], index: number): string {
  const name = fields[index]?.name?.toLowerCase()
  const shared = name !== undefined && fields.some((f, i) => i !== index && f.name?.toLowerCase() === name)
  return name === undefined || name === '' || shared ? `f${index + 1}` : name
}
