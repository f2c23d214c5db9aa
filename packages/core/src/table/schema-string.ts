import type { LakeType } from '../schema/types.ts'
import {
  array,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  map,
  REAL,
  row,
  SMALLINT,
  TINYINT,
  timestamp,
  VARBINARY,
  VARCHAR,
} from '../schema/types.ts'
import type { TableColumn } from './types.ts'

type DeltaType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly DeltaField[] }
  | { readonly type: 'array'; readonly elementType: DeltaType; readonly containsNull: boolean }
  | {
      readonly type: 'map'
      readonly keyType: DeltaType
      readonly valueType: DeltaType
      readonly valueContainsNull: boolean
    }

interface DeltaField {
  readonly name: string
  readonly type: DeltaType
  readonly nullable: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}

/**
 * The `schemaString` of a table with these columns. Names must be those in the files, byte for byte.
 *
 * A timestamp becomes `timestamp_ntz`, microseconds in the file whatever its precision here. Throws TypeError for
 * types that a data file cannot hold.
 */
export function buildSchemaString(columns: readonly TableColumn[]): string {
  return JSON.stringify({ type: 'struct', fields: columns.map((c) => deltaField(c.name, c.type)) })
}

function deltaField(name: string, type: LakeType): DeltaField {
  return { name, type: deltaType(type), nullable: true, metadata: {} }
}

const DELTA_NAMES: Partial<Record<LakeType['kind'], string>> = {
  varchar: 'string',
  boolean: 'boolean',
  tinyint: 'byte',
  smallint: 'short',
  integer: 'integer',
  bigint: 'long',
  real: 'float',
  double: 'double',
  date: 'date',
  varbinary: 'binary',
}

function deltaType(type: LakeType): DeltaType {
  switch (type.kind) {
    case 'timestamp':
      if (type.withTimeZone) break
      return 'timestamp_ntz'
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'array':
      return { type: 'array', elementType: deltaType(type.element), containsNull: true }
    case 'map':
      return { type: 'map', keyType: deltaType(type.key), valueType: deltaType(type.value), valueContainsNull: true }
    case 'row':
      return { type: 'struct', fields: type.fields.map((f, i) => deltaField(f.name ?? `f${i + 1}`, f.type)) }
    default:
  }
  const name = DELTA_NAMES[type.kind]
  if (name === undefined) throw new TypeError(`a Delta table has no type for ${type.kind}`)
  return name
}

/**
 * The columns that a `schemaString` declares, ours or another writer's, in order.
 *
 * The log does not keep a timestamp's precision: `timestampPrecision` is taken for all (default 3, Lake's); Delta's
 * `timestamp` has a time zone. A type that we do not know is opaque. Throws TypeError or SyntaxError for what is no schema.
 */
export function parseSchemaString(
  text: string,
  options: { readonly timestampPrecision?: number } = {},
): readonly TableColumn[] {
  const schema = JSON.parse(text) as DeltaType
  if (typeof schema !== 'object' || schema.type !== 'struct') throw new TypeError('a schema is a struct')
  const precision = options.timestampPrecision ?? 3
  return schema.fields.map((f) => ({ name: f.name, type: lakeType(f.type, precision) }))
}

const LAKE_TYPES: Readonly<Record<string, LakeType>> = {
  string: VARCHAR,
  boolean: BOOLEAN,
  byte: TINYINT,
  short: SMALLINT,
  integer: INTEGER,
  long: BIGINT,
  float: REAL,
  double: DOUBLE,
  date: DATE,
  binary: VARBINARY,
}

function lakeType(type: DeltaType, precision: number): LakeType {
  if (typeof type === 'string') {
    if (type === 'timestamp_ntz') return timestamp(precision)
    if (type === 'timestamp') return timestamp(precision, true)
    const number = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type)
    if (number) return decimal(Number(number[1]), Number(number[2]))
    return LAKE_TYPES[type] ?? { kind: 'opaque', name: type }
  }
  switch (type.type) {
    case 'array':
      return array(lakeType(type.elementType, precision))
    case 'map':
      return map(lakeType(type.keyType, precision), lakeType(type.valueType, precision))
    case 'struct':
      return row(type.fields.map((f) => ({ name: f.name, type: lakeType(f.type, precision) })))
  }
}
