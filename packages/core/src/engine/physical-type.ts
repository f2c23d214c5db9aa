import type { DuckDBType } from '@duckdb/node-api'
import { loadDuckDb } from './duckdb.ts'

/** How the engine holds a column, as plain data: what its vectors are read by. */
export type PhysicalType =
  | { readonly kind: 'fixed'; readonly name: FixedName; readonly width: number }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly width: number }
  /** VARCHAR and BLOB. */
  | { readonly kind: 'bytes'; readonly name: 'VARCHAR' | 'BLOB' }
  | { readonly kind: 'list'; readonly child: PhysicalType }
  | { readonly kind: 'struct'; readonly names: readonly string[]; readonly children: readonly PhysicalType[] }
  /** Held as a list of structs of key and value. */
  | { readonly kind: 'map'; readonly key: PhysicalType; readonly value: PhysicalType }

export type FixedName = keyof typeof FIXED_WIDTHS

/** Bytes a value of the types that have one size. */
const FIXED_WIDTHS = {
  BOOLEAN: 1,
  TINYINT: 1,
  UTINYINT: 1,
  SMALLINT: 2,
  USMALLINT: 2,
  INTEGER: 4,
  UINTEGER: 4,
  BIGINT: 8,
  UBIGINT: 8,
  HUGEINT: 16,
  FLOAT: 4,
  DOUBLE: 8,
  DATE: 4,
  TIME: 8,
  TIME_NS: 8,
  TIMESTAMP_S: 8,
  TIMESTAMP_MS: 8,
  TIMESTAMP: 8,
  TIMESTAMP_NS: 8,
  UUID: 16,
} as const

/** Describes a type of the engine; throws a TypeError for one that no emitted query produces (ENUM, UNION, INTERVAL, …). */
export function physicalType(type: DuckDBType): PhysicalType {
  const { DuckDBTypeId: Id } = loadDuckDb()
  switch (type.typeId) {
    case Id.VARCHAR:
    case Id.BLOB:
      return { kind: 'bytes', name: type.typeId === Id.BLOB ? 'BLOB' : 'VARCHAR' }
    case Id.DECIMAL:
      return decimalType(type.width, type.scale)
    case Id.LIST:
      return { kind: 'list', child: physicalType(type.valueType) }
    case Id.STRUCT:
      return { kind: 'struct', names: type.entryNames, children: type.entryTypes.map(physicalType) }
    case Id.MAP:
      return { kind: 'map', key: physicalType(type.keyType), value: physicalType(type.valueType) }
    default: {
      const name = Id[type.typeId] as string
      if (!isFixedName(name)) throw new TypeError(`results of engine type ${name} are not read`)
      return { kind: 'fixed', name, width: FIXED_WIDTHS[name] }
    }
  }
}

/** Prints a type as the engine writes it, to compare with `engineType`. */
export function formatPhysicalType(type: PhysicalType): string {
  switch (type.kind) {
    case 'fixed':
    case 'bytes':
      return type.name
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'list':
      return `${formatPhysicalType(type.child)}[]`
    case 'struct':
      return `STRUCT(${type.names.map((n, i) => `"${n.replaceAll('"', '""')}" ${formatPhysicalType(type.children[i]!)}`).join(', ')})`
    case 'map':
      return `MAP(${formatPhysicalType(type.key)}, ${formatPhysicalType(type.value)})`
  }
}

function isFixedName(name: string): name is FixedName {
  return Object.hasOwn(FIXED_WIDTHS, name)
}

function decimalType(precision: number, scale: number): PhysicalType {
  return {
    kind: 'decimal',
    precision,
    scale,
    width: precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16,
  }
}
