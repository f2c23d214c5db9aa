import { engineFieldName } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import { bind, quoteName, quoteString } from '../emit/text.ts'
import { lambda } from './cast/lambda.ts'

/**
 * The form of a value that the engine may compare where Trino asks for identity or order: GROUP BY, DISTINCT, joins, ORDER BY, IS DISTINCT FROM.
 *
 * Timestamps with a zone are their instant, maps have no order of entries. Itself for most types: json is its text.
 */
export function identityOf(sql: string, type: LakeType): string {
  if (isPlain(type)) return sql
  switch (type.kind) {
    case 'timestamp':
      // A literal, or the statement's own instant.
      return /^\{'t': (TIMESTAMP(?:_NS)? '[^']*'), 'z': '[^']*'\}$/.exec(sql)?.[1] ?? `struct_extract(${sql}, 't')`
    case 'time':
      return bind(
        sql,
        (v) =>
          `((epoch_us(struct_extract(${v}, 't')) - CAST(struct_extract(${v}, 'o') AS BIGINT) * 60000000 + 86400000000) % 86400000000)`,
      )
    case 'array':
      return `list_transform(${sql}, ${lambda((e) => identityOf(e, type.element))})`
    case 'map': {
      const entry = lambda(
        (e) =>
          `{'k': ${identityOf(`struct_extract(${e}, 'key')`, type.key)}, 'v': ${identityOf(`struct_extract(${e}, 'value')`, type.value)}}`,
      )
      return bind(
        sql,
        (v) => `CASE WHEN ${v} IS NOT NULL THEN list_sort(list_transform(map_entries(${v}), ${entry})) END`,
      )
    }
    case 'row':
      return bind(sql, (v) => {
        const members = type.fields.map((field, i) => {
          const name = engineFieldName(type.fields, i)
          return `${quoteName(name)} := ${identityOf(`struct_extract(${v}, ${quoteString(name)})`, field.type)}`
        })
        return `CASE WHEN ${v} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`
      })
    default:
      return sql
  }
}

/** True when the engine's own identity of the type is Trino's. */
export function isPlain(type: LakeType): boolean {
  switch (type.kind) {
    case 'timestamp':
    case 'time':
      return !type.withTimeZone
    case 'map':
      return false
    case 'array':
      return isPlain(type.element)
    case 'row':
      return type.fields.every((field) => isPlain(field.type))
    default:
      return true
  }
}
