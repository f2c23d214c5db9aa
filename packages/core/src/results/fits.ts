import type { PhysicalType } from '../engine/physical-type.ts'
import type { LakeType } from '../schema/index.ts'

const INTEGERS = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
])
const TIMES = new Set(['TIME', 'TIME_NS'])
const TIMESTAMPS = new Set(['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'])

/**
 * True when values of the Lake type can be read from the engine's type without loss: `engineType`'s own, or a type that
 * holds the same values (an integer of another width). Anything else would print wrong values.
 */
export function fits(type: LakeType, physical: PhysicalType): boolean {
  const name = physical.kind === 'fixed' || physical.kind === 'bytes' ? physical.name : ''
  switch (type.kind) {
    case 'unknown':
      return true
    case 'boolean':
      return name === 'BOOLEAN'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'interval day to second':
    case 'interval year to month':
      return INTEGERS.has(name)
    case 'real':
      return name === 'FLOAT'
    case 'double':
      return name === 'DOUBLE' || name === 'FLOAT'
    case 'decimal':
      return physical.kind === 'decimal' && physical.scale === type.scale
    case 'varchar':
    case 'char':
    case 'json':
      return name === 'VARCHAR'
    case 'varbinary':
    case 'ipaddress':
      return name === 'BLOB'
    case 'date':
      return name === 'DATE'
    case 'uuid':
      return name === 'UUID'
    case 'time':
      return type.withTimeZone ? isPair(physical, TIMES, INTEGERS) : TIMES.has(name)
    case 'timestamp':
      return type.withTimeZone ? isPair(physical, TIMESTAMPS, new Set(['VARCHAR'])) : TIMESTAMPS.has(name)
    case 'array':
      return physical.kind === 'list' && fits(type.element, physical.child)
    case 'map':
      return physical.kind === 'map' && fits(type.key, physical.key) && fits(type.value, physical.value)
    case 'row':
      return (
        physical.kind === 'struct' &&
        physical.children.length === type.fields.length &&
        type.fields.every((field, i) => fits(field.type, physical.children[i] as PhysicalType))
      )
    case 'function':
    case 'opaque':
      return false
  }
}

function isPair(physical: PhysicalType, first: ReadonlySet<string>, second: ReadonlySet<string>): boolean {
  if (physical.kind !== 'struct' || physical.children.length !== 2) return false
  const [a, b] = physical.children.map((child) => ('name' in child ? child.name : ''))
  return first.has(a as string) && second.has(b as string)
}
