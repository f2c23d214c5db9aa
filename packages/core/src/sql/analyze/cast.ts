import type { LakeType } from '../../schema/types.ts'
import { canCoerce, isNumeric } from './coercion.ts'

/** Kinds that CAST turns into each other besides implicit conversions; numbers convert to numbers in any case. */
const castableTo: { readonly [K in LakeType['kind']]?: readonly LakeType['kind'][] } = {
  boolean: ['varchar'],
  date: ['varchar', 'timestamp'],
  time: ['varchar', 'time', 'timestamp'],
  timestamp: ['varchar', 'date', 'time', 'timestamp'],
  'interval year to month': ['varchar'],
  'interval day to second': ['varchar'],
  uuid: ['varchar', 'varbinary'],
  ipaddress: ['varchar', 'varbinary'],
  varbinary: ['uuid', 'ipaddress'],
  char: ['varchar', 'char'],
  varchar: ['varchar', 'char', 'boolean', 'date', 'time', 'timestamp', 'varbinary', 'uuid', 'ipaddress'],
}

/** True when CAST(x AS to) exists for an x of type `from`; whether a given value fits is found while running. */
export function canCast(from: LakeType, to: LakeType): boolean {
  if (canCoerce(from, to)) return true
  if (to.kind === 'json') return canCastToJson(from)
  if (from.kind === 'json') return canCastFromJson(to)
  if (from.kind === 'array' && to.kind === 'array') return canCast(from.element, to.element)
  if (from.kind === 'map' && to.kind === 'map') return canCast(from.key, to.key) && canCast(from.value, to.value)
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, i) => canCast(field.type, to.fields[i]!.type))
    )
  }
  if (isNumeric(from)) return isNumeric(to) || to.kind === 'boolean' || to.kind === 'varchar'
  if (isNumeric(to)) return from.kind === 'boolean' || from.kind === 'varchar'
  return castableTo[from.kind]?.includes(to.kind) ?? false
}

const JSON_SCALARS: readonly LakeType['kind'][] = ['unknown', 'boolean', 'varchar']

/** @param isKey keys of maps that are taken beside those that work */
export function canCastToJson(type: LakeType, isKey: (type: LakeType) => boolean = () => false): boolean {
  switch (type.kind) {
    case 'array':
      return canCastToJson(type.element, isKey)
    case 'map':
      return (isJsonKey(type.key) || isKey(type.key)) && canCastToJson(type.value, isKey)
    case 'row':
      return type.fields.every((field) => canCastToJson(field.type, isKey))
    case 'json':
    case 'date':
    case 'timestamp':
      return isDated(type) || type.kind === 'json'
    default:
      return isNumeric(type) || JSON_SCALARS.includes(type.kind)
  }
}

/** Dates and timestamps without a zone: JSON has them as values, but Trino finds out late that it has none as keys. */
export function isDated(type: LakeType): boolean {
  return type.kind === 'date' || (type.kind === 'timestamp' && !type.withTimeZone)
}

function canCastFromJson(type: LakeType): boolean {
  switch (type.kind) {
    case 'array':
      return canCastFromJson(type.element)
    case 'map':
      return isJsonKey(type.key) && canCastFromJson(type.value)
    case 'row':
      return type.fields.every((field) => canCastFromJson(field.type))
    case 'json':
      return true
    default:
      return isNumeric(type) || (type.kind !== 'unknown' && JSON_SCALARS.includes(type.kind))
  }
}

function isJsonKey(type: LakeType): boolean {
  return isNumeric(type) || JSON_SCALARS.includes(type.kind)
}
