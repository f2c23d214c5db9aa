import { engineFieldName } from '../../schema/engine-type.ts'
import { CHECKSUM_COLUMN } from '../../schema/layouts.ts'
import type { LakeType } from '../../schema/types.ts'
import type { OutputColumn, RelationColumn, RelationLeaf } from '../analyze/analysis.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { quoteName, quoteString } from './text.ts'

/** The engine's alias of a relation. */
export function leafAlias(leaf: RelationLeaf): string {
  return quoteName(`r${leaf.id}`)
}

/** The engine's names of output columns: their labels in lower case, made unique. */
export function columnNames(columns: readonly { readonly name?: string | undefined }[]): readonly string[] {
  const taken = new Set<string>()
  return columns.map(({ name }, index) => {
    const base = (name ?? `_col${index}`).toLowerCase()
    let unique = base
    for (let n = index; taken.has(unique); n++) unique = `${base}_${n}`
    taken.add(unique)
    return unique
  })
}

/** SQL of a column of a FROM clause. */
export function columnSql(column: RelationColumn): string {
  const { origin } = column
  switch (origin.kind) {
    case 'same':
      return columnSql(origin.column)
    case 'using':
      return usingSql(column)
    case 'own':
      return ownSql(origin.relation, origin.index)
  }
}

function ownSql(leaf: RelationLeaf, index: number): string {
  const alias = leafAlias(leaf)
  switch (leaf.source.kind) {
    case 'table': {
      const column = leaf.source.table.columns[index]!
      if (column.computed === CHECKSUM_COLUMN) {
        const json = leaf.source.table.columns.find((c) => c.name === 'eventjson')!
        return `to_base64(unhex(sha256(${alias}.${quoteName(json.physical ?? json.name)})))`
      }
      return `${alias}.${quoteName(column.physical ?? column.name)}`
    }
    case 'unnest':
      return unnestSql(leaf, index)
    default:
      return `${alias}.${quoteName(columnNames(leaf.columns)[index]!)}`
  }
}

/** UNNEST gives one value a row, `"u"`: the element, or a struct of the elements of several lists. */
function unnestSql(leaf: RelationLeaf, index: number): string {
  if (leaf.source.kind !== 'unnest') throw new TypeError('not an UNNEST')
  const columns = leaf.source.columns
  const column = columns[index]!
  const several = isZipped(leaf)
  const whole = `${leafAlias(leaf)}."u"`
  const lists = new Set(
    columns.filter((c) => c.kind !== 'ordinality').map((c) => ('expression' in c ? c.expression : 0)),
  )
  if (column.kind === 'ordinality') return `${whole}[${lists.size + 1}]`
  const element = several ? `${whole}[${column.expression + 1}]` : whole
  switch (column.kind) {
    case 'element':
      return element
    case 'key':
      return `struct_extract(${element}, 'key')`
    case 'value':
      return `struct_extract(${element}, 'value')`
    case 'field': {
      const fields = fieldsOf(leaf, column.expression)
      return `struct_extract(${element}, ${quoteString(engineFieldName(fields, column.field))})`
    }
  }
}

/** The members of the rows that expression `expression` of an UNNEST yields, rebuilt from its columns. */
function fieldsOf(leaf: RelationLeaf, expression: number): { readonly name?: string; readonly type: LakeType }[] {
  if (leaf.source.kind !== 'unnest') throw new TypeError('not an UNNEST')
  const fields: { name?: string; type: LakeType }[] = []
  leaf.source.columns.forEach((column, index) => {
    if (column.kind !== 'field' || column.expression !== expression) return
    const { name, type } = leaf.columns[index]!
    fields[column.field] = name === undefined ? { type } : { name, type }
  })
  return fields
}

/** True when an UNNEST zips several lists (or one with its ordinals) into a struct. */
export function isZipped(leaf: RelationLeaf): boolean {
  return (
    leaf.source.kind === 'unnest' &&
    leaf.source.columns.some(
      (column) => column.kind === 'ordinality' || ('expression' in column && column.expression > 0),
    )
  )
}

function usingSql(column: RelationColumn): string {
  if (column.origin.kind !== 'using') throw new TypeError('not a USING column')
  const { join, left, right } = column.origin
  const side = (of: RelationColumn): string => castSql(columnSql(of), of.type, column.type)
  if (join === 'RIGHT') return side(right)
  return join === 'FULL' ? `coalesce(${side(left)}, ${side(right)})` : side(left)
}

/** `"a", "b"`: a column list for an alias. */
export function columnList(columns: readonly Pick<OutputColumn, 'name'>[] | RelationLeaf['columns']): string {
  return columnNames(columns).map(quoteName).join(', ')
}
