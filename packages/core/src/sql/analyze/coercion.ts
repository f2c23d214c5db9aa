import {
  array,
  BIGINT,
  char,
  DOUBLE,
  decimal,
  INTEGER,
  type LakeType,
  map,
  REAL,
  row,
  SMALLINT,
  sameType,
  TINYINT,
  time,
  timestamp,
  VARCHAR,
  varchar,
} from '../../schema/types.ts'

const MAX_CHAR = 65536

/** Integer types from narrow to wide, with the decimal that holds each. */
const integers = ['tinyint', 'smallint', 'integer', 'bigint'] as const
type IntegerKind = (typeof integers)[number]
const integerDigits: Readonly<Record<IntegerKind, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 }
const integerTypes: Readonly<Record<IntegerKind, LakeType>> = {
  tinyint: TINYINT,
  smallint: SMALLINT,
  integer: INTEGER,
  bigint: BIGINT,
}

export function isInteger(type: LakeType): type is { readonly kind: IntegerKind } {
  return (integers as readonly string[]).includes(type.kind)
}

export function isNumeric(type: LakeType): boolean {
  return isInteger(type) || type.kind === 'decimal' || type.kind === 'real' || type.kind === 'double'
}

/** The decimal type that holds every value of an integer type. */
export function integerAsDecimal(type: { readonly kind: IntegerKind }): {
  readonly kind: 'decimal'
  readonly precision: number
  readonly scale: number
} {
  return { kind: 'decimal', precision: integerDigits[type.kind], scale: 0 }
}

/**
 * The narrowest type that both convert to implicitly; undefined when there is none.
 *
 * Trino's rules: numbers widen up to double, text lengths widen, a date becomes a timestamp and a timestamp one with a zone, NULL becomes
 * anything, arrays, maps and rows convert member by member. A row member keeps its name only where both sides agree on it.
 */
export function commonSuperType(a: LakeType, b: LakeType): LakeType | undefined {
  if (sameType(a, b)) return a
  if (a.kind === 'unknown') return b
  if (b.kind === 'unknown') return a
  if (a.kind === b.kind) return commonOfKind(a, b)
  return commonAcrossKinds(a, b) ?? commonAcrossKinds(b, a)
}

/** Folds `commonSuperType` over a list; undefined when two of them have none. The list is not empty. */
export function commonSuperTypeOf(types: readonly LakeType[]): LakeType | undefined {
  return types.reduce<LakeType | undefined>((common, type) => common && commonSuperType(common, type), {
    kind: 'unknown',
  })
}

function commonOfKind(a: LakeType, b: LakeType): LakeType | undefined {
  if (a.kind === 'varchar' && b.kind === 'varchar') {
    return a.length === undefined || b.length === undefined ? VARCHAR : varchar(Math.max(a.length, b.length))
  }
  if (a.kind === 'char' && b.kind === 'char') return char(Math.max(a.length, b.length))
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale)
    return decimal(Math.min(38, Math.max(a.precision - a.scale, b.precision - b.scale) + scale), scale)
  }
  if (a.kind === 'timestamp' && b.kind === 'timestamp') {
    return timestamp(Math.max(a.precision, b.precision), a.withTimeZone || b.withTimeZone)
  }
  if (a.kind === 'time' && b.kind === 'time')
    return time(Math.max(a.precision, b.precision), a.withTimeZone || b.withTimeZone)
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonSuperType(a.element, b.element)
    return element && array(element)
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonSuperType(a.key, b.key)
    const value = commonSuperType(a.value, b.value)
    return key && value && map(key, value)
  }
  if (a.kind === 'row' && b.kind === 'row') {
    if (a.fields.length !== b.fields.length) return undefined
    const fields = []
    for (const [i, field] of a.fields.entries()) {
      const other = b.fields[i]!
      const type = commonSuperType(field.type, other.type)
      if (!type) return undefined
      fields.push(field.name !== undefined && field.name === other.name ? { name: field.name, type } : { type })
    }
    return row(fields)
  }
  return undefined
}

/** The super type when `narrow` is of the kind that converts to the kind of `wide`. */
function commonAcrossKinds(narrow: LakeType, wide: LakeType): LakeType | undefined {
  if (isInteger(narrow)) {
    if (isInteger(wide))
      return integers.indexOf(narrow.kind) < integers.indexOf(wide.kind) ? integerTypes[wide.kind] : undefined
    if (wide.kind === 'decimal') return commonSuperType(integerAsDecimal(narrow), wide)
    return wide.kind === 'real' || wide.kind === 'double' ? wide : undefined
  }
  if (narrow.kind === 'decimal') return wide.kind === 'real' ? REAL : wide.kind === 'double' ? DOUBLE : undefined
  if (narrow.kind === 'real') return wide.kind === 'double' ? DOUBLE : undefined
  if (narrow.kind === 'date') return wide.kind === 'timestamp' ? wide : undefined
  if (narrow.kind === 'varchar' && wide.kind === 'char') {
    return char(Math.min(MAX_CHAR, Math.max(narrow.length ?? MAX_CHAR, wide.length)))
  }
  return undefined
}

/** True when a value of `from` can stand where `to` is wanted, without CAST. */
export function canCoerce(from: LakeType, to: LakeType): boolean {
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, i) => canCoerce(field.type, to.fields[i]!.type))
    )
  }
  if (from.kind === 'array' && to.kind === 'array') return canCoerce(from.element, to.element)
  if (from.kind === 'map' && to.kind === 'map') return canCoerce(from.key, to.key) && canCoerce(from.value, to.value)
  // Patterns and JSON paths are written as text.
  if (to.kind === 'opaque' && (to.name === 'JoniRegExp' || to.name === 'JsonPath'))
    return from.kind === 'varchar' || from.kind === 'unknown'
  const common = commonSuperType(from, to)
  return common !== undefined && sameType(common, to)
}

/** True when the conversion changes no value: text to longer text, at any depth; names of row members may change. */
export function isTypeOnlyCoercion(from: LakeType, to: LakeType): boolean {
  if (sameType(from, to)) return true
  if (from.kind === 'varchar' && to.kind === 'varchar')
    return to.length === undefined || (from.length !== undefined && from.length <= to.length)
  if (from.kind === 'array' && to.kind === 'array') return isTypeOnlyCoercion(from.element, to.element)
  if (from.kind === 'map' && to.kind === 'map')
    return isTypeOnlyCoercion(from.key, to.key) && isTypeOnlyCoercion(from.value, to.value)
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every(
        (f, i) =>
          isTypeOnlyCoercion(f.type, to.fields[i]!.type) && f.name?.toLowerCase() === to.fields[i]!.name?.toLowerCase(),
      )
    )
  }
  return false
}

/** True when `=` works on the type. */
export function isComparable(type: LakeType): boolean {
  switch (type.kind) {
    case 'array':
      return isComparable(type.element)
    case 'map':
      return isComparable(type.value)
    case 'row':
      return type.fields.every((field) => isComparable(field.type))
    case 'function':
    case 'opaque':
      return false
    default:
      return true
  }
}

/** True when `<` and ORDER BY work on the type. */
export function isOrderable(type: LakeType): boolean {
  switch (type.kind) {
    case 'array':
      return isOrderable(type.element)
    case 'row':
      return type.fields.every((field) => isOrderable(field.type))
    case 'map':
    case 'json':
    case 'function':
    case 'opaque':
      return false
    default:
      return true
  }
}
