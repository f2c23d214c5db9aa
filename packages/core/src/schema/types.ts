/** Types without parameters, by their Trino name. `unknown` is the type of a bare NULL. */
export type SimpleTypeName =
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double'
  | 'date'
  | 'varbinary'
  | 'json'
  | 'uuid'
  | 'ipaddress'
  | 'unknown'
  | 'interval year to month'
  | 'interval day to second'

/** A type of Lake SQL: Trino's type system, as plain immutable data. Compare with `sameType`, print with `formatType`. */
export type LakeType =
  | { readonly kind: SimpleTypeName }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Without `length`: unbounded. */
  | { readonly kind: 'varchar'; readonly length?: number }
  | { readonly kind: 'char'; readonly length: number }
  | { readonly kind: 'time'; readonly precision: number; readonly withTimeZone: boolean }
  | { readonly kind: 'timestamp'; readonly precision: number; readonly withTimeZone: boolean }
  | { readonly kind: 'array'; readonly element: LakeType }
  | { readonly kind: 'map'; readonly key: LakeType; readonly value: LakeType }
  | { readonly kind: 'row'; readonly fields: readonly RowField[] }
  | { readonly kind: 'function'; readonly parameters: readonly LakeType[]; readonly result: LakeType }
  /** A type that can pass through a query but that nothing here computes with: HyperLogLog, tdigest, … */
  | { readonly kind: 'opaque'; readonly name: string }

export interface RowField {
  /** Absent for an anonymous field. */
  readonly name?: string
  readonly type: LakeType
}

const simple = <K extends SimpleTypeName>(kind: K) => ({ kind }) as const

export const BOOLEAN = simple('boolean')
export const TINYINT = simple('tinyint')
export const SMALLINT = simple('smallint')
export const INTEGER = simple('integer')
export const BIGINT = simple('bigint')
export const REAL = simple('real')
export const DOUBLE = simple('double')
export const DATE = simple('date')
export const VARBINARY = simple('varbinary')
export const JSON_TYPE = simple('json')
export const UUID = simple('uuid')
export const IPADDRESS = simple('ipaddress')
export const UNKNOWN = simple('unknown')
export const INTERVAL_YEAR_MONTH = simple('interval year to month')
export const INTERVAL_DAY_SECOND = simple('interval day to second')
export const VARCHAR: LakeType = { kind: 'varchar' }
/** The type of `eventtime`. */
export const TIMESTAMP: LakeType = { kind: 'timestamp', precision: 3, withTimeZone: false }
export const TIMESTAMP_TZ: LakeType = { kind: 'timestamp', precision: 3, withTimeZone: true }

export const varchar = (length?: number): LakeType => (length === undefined ? VARCHAR : { kind: 'varchar', length })
export const char = (length: number): LakeType => ({ kind: 'char', length })
export const decimal = (precision: number, scale: number): LakeType => ({ kind: 'decimal', precision, scale })
export const timestamp = (precision: number, withTimeZone = false): LakeType => ({
  kind: 'timestamp',
  precision,
  withTimeZone,
})
export const time = (precision: number, withTimeZone = false): LakeType => ({ kind: 'time', precision, withTimeZone })
export const array = (element: LakeType): LakeType => ({ kind: 'array', element })
export const map = (key: LakeType, value: LakeType): LakeType => ({ kind: 'map', key, value })
export const row = (fields: readonly RowField[]): LakeType => ({ kind: 'row', fields })

/** Prints a type as Trino does: `map(varchar, bigint)`, `row(a varchar, b timestamp(3))`, `varchar(5)`. */
export function formatType(type: LakeType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'varchar':
      return type.length === undefined ? 'varchar' : `varchar(${type.length})`
    case 'char':
      return `char(${type.length})`
    case 'time':
    case 'timestamp':
      return `${type.kind}(${type.precision})${type.withTimeZone ? ' with time zone' : ''}`
    case 'array':
      return `array(${formatType(type.element)})`
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`
    case 'row':
      return `row(${type.fields.map((f) => (f.name === undefined ? formatType(f.type) : `${formatFieldName(f.name)} ${formatType(f.type)}`)).join(', ')})`
    case 'function':
      return `function(${[...type.parameters, type.result].map(formatType).join(', ')})`
    case 'opaque':
      return type.name
    default:
      return type.kind
  }
}

/** Trino quotes a field name in a type only where it is no plain identifier. */
function formatFieldName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** True when both are one type; names of row fields count, letter case does not. */
export function sameType(a: LakeType, b: LakeType): boolean {
  return a === b || formatType(a).toLowerCase() === formatType(b).toLowerCase()
}
