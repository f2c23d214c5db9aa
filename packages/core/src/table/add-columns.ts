import { buildSchemaString } from './schema-string.ts'
import type { Metadata, Table, TableColumn } from './types.ts'

interface Field {
  readonly name: string
  readonly type: FieldType
}

type FieldType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly Field[] }
  | { readonly type: 'array'; readonly elementType: FieldType }
  | { readonly type: 'map'; readonly keyType: FieldType; readonly valueType: FieldType }

/**
 * Adds the columns, and the members of rows, that a table lacks; old files read as NULL there. Nothing is dropped, renamed or
 * retyped, whatever `columns` says. One commit, repeated for the new state when others change the schema first.
 *
 * @returns dotted names of what was added, in order; empty when there was nothing to do
 */
export async function addColumns(table: Table, columns: readonly TableColumn[]): Promise<readonly string[]> {
  const wanted = structOf(buildSchemaString(columns))
  const snapshot = await table.refresh()
  const { metaData, added } = withColumns(snapshot.metadata, wanted)
  if (added.length === 0) return []
  let result = added
  await table.commit({
    snapshot,
    actions: [{ metaData }],
    commitInfo: {
      operation: 'ADD COLUMNS',
      operationParameters: { columns: JSON.stringify(added) },
      isBlindAppend: false,
    },
    onConflict(winner) {
      if (!winner.schemaChanged) return { kind: 'retry' }
      const again = withColumns(winner.snapshot.metadata, wanted)
      result = again.added
      return { kind: 'replace', actions: again.added.length === 0 ? [] : [{ metaData: again.metaData }] }
    },
  })
  return result
}

/** Dotted names of columns and members of rows that a table lacks. */
export function missingColumns(metadata: Metadata, columns: readonly TableColumn[]): readonly string[] {
  return withColumns(metadata, structOf(buildSchemaString(columns))).added
}

function structOf(schemaString: string): readonly Field[] {
  return (JSON.parse(schemaString) as { readonly fields: readonly Field[] }).fields
}

function withColumns(metadata: Metadata, wanted: readonly Field[]) {
  const added: string[] = []
  const fields = mergeFields(structOf(metadata.schemaString), wanted, '', added)
  const metaData: Metadata = { ...metadata, schemaString: JSON.stringify({ type: 'struct', fields }) }
  return { metaData, added }
}

function mergeFields(
  present: readonly Field[],
  wanted: readonly Field[],
  prefix: string,
  added: string[],
): readonly Field[] {
  const byName = new Map(wanted.map((field) => [field.name.toLowerCase(), field]))
  const merged = present.map((field) => {
    const other = byName.get(field.name.toLowerCase())
    byName.delete(field.name.toLowerCase())
    return other ? { ...field, type: mergeTypes(field.type, other.type, `${prefix}${field.name}`, added) } : field
  })
  for (const field of byName.values()) {
    added.push(`${prefix}${field.name}`)
    merged.push(field)
  }
  return merged
}

function mergeTypes(present: FieldType, wanted: FieldType, name: string, added: string[]): FieldType {
  if (typeof present === 'string' || typeof wanted === 'string') return present
  if (present.type === 'struct' && wanted.type === 'struct') {
    return { ...present, fields: mergeFields(present.fields, wanted.fields, `${name}.`, added) }
  }
  if (present.type === 'array' && wanted.type === 'array') {
    return { ...present, elementType: mergeTypes(present.elementType, wanted.elementType, `${name}.element`, added) }
  }
  return present
}
