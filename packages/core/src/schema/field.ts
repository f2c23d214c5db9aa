import {
  array,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  type LakeType,
  map,
  type RowField,
  row,
  TIMESTAMP,
  VARCHAR,
} from './types.ts'

/** What a record field is read as (docs/schema.md says how odd values are read). `map` is map(varchar, varchar). */
export type FieldKind =
  | 'varchar'
  | 'boolean'
  | 'timestamp'
  | 'double'
  | 'integer'
  | 'bigint'
  | 'date'
  | 'map'
  | { readonly struct: readonly Field[] }
  | { readonly array: readonly Field[] }

/** A column, or a member of a struct: its name in SQL (always lower case) and its key in the record. */
export interface Field {
  readonly name: string
  /** The key in the JSON record, in its usual spelling; other letter cases are accepted when this one is absent. */
  readonly json: string
  readonly kind: FieldKind
  /** Other spellings under which SQL finds this member (AWS's schema misprints some). */
  readonly aliases?: readonly string[]
}

/** The SQL type of a field. */
export function fieldType(field: Field): LakeType {
  const { kind } = field
  if (typeof kind === 'object')
    return 'struct' in kind ? row(kind.struct.map(rowField)) : array(row(kind.array.map(rowField)))
  switch (kind) {
    case 'varchar':
      return VARCHAR
    case 'boolean':
      return BOOLEAN
    case 'timestamp':
      return TIMESTAMP
    case 'double':
      return DOUBLE
    case 'integer':
      return INTEGER
    case 'bigint':
      return BIGINT
    case 'date':
      return DATE
    case 'map':
      return map(VARCHAR, VARCHAR)
  }
}

function rowField(field: Field): RowField {
  return { name: field.name, type: fieldType(field) }
}

/** Declares a field: `field('eventName')` is the varchar column `eventname`. */
export function field(
  json: string,
  kind: FieldKind = 'varchar',
  options: { name?: string; aliases?: readonly string[] } = {},
): Field {
  const name = options.name ?? json.toLowerCase()
  return options.aliases ? { name, json, kind, aliases: options.aliases } : { name, json, kind }
}
