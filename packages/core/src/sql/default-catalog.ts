import { CHECKSUM_COLUMN, type Field, fieldType, hiddenColumns, type LayoutName, layouts } from '../schema/index.ts'
import { BIGINT, VARCHAR } from '../schema/types.ts'
import type { Catalog, CatalogColumn, CatalogTable } from './catalog.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const ARN = /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]*:\d*:eventdatastore\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i
const PLACEHOLDER = /^\$\w+$/

/**
 * A catalog in which every event data store exists and holds CloudTrail events: for translating texts without a lake.
 *
 * A store is named by its UUID (in any case; its id is the lower-case form), its ARN, or a `$NAME` placeholder.
 */
export function defaultCatalog(): Catalog {
  const tables = new Map<string, CatalogTable>()
  return {
    table(parts) {
      const id = parts.length === 1 ? storeId(parts[0]!) : undefined
      if (id === undefined) return undefined
      const table = tables.get(id) ?? layoutTable(id, 'events')
      tables.set(id, table)
      return table
    },
    tableNames: () => [],
  }
}

/** The lower-case UUID that a UUID or ARN names, a placeholder as it is; undefined for other names. */
function storeId(name: string): string | undefined {
  const uuid = UUID.test(name) ? name : ARN.exec(name)?.[1]
  return uuid?.toLowerCase() ?? (PLACEHOLDER.test(name) ? name : undefined)
}

/** A table with the columns of a layout: those of `SELECT *` in order, then the hidden ones that SQL can name. */
export function layoutTable(id: string, layoutName: LayoutName): CatalogTable {
  const { columns } = layouts[layoutName]
  return {
    id,
    columns: [...columns.map(column), ...hiddenColumns.flatMap(hiddenColumn)],
    memberAliases: new Map(columns.flatMap((field) => memberAliases(field, []))),
    prunable: true,
  }
}

function column(field: Field): CatalogColumn {
  const { name } = field
  return name === CHECKSUM_COLUMN
    ? { name, type: fieldType(field), computed: CHECKSUM_COLUMN }
    : { name, type: fieldType(field) }
}

/** `physical` is the name in the files. */
function hiddenColumn({ name, kind, sqlName }: (typeof hiddenColumns)[number]): CatalogColumn[] {
  return sqlName === undefined
    ? []
    : [{ name: sqlName, physical: name, type: kind === 'bigint' ? BIGINT : VARCHAR, hidden: true }]
}

/** Every other spelling of a member at any depth: its dotted path, and the member it means. */
function memberAliases(field: Field, above: readonly string[]): [string, string][] {
  const path = [...above, field.name]
  const own = (field.aliases ?? []).map((alias): [string, string] => [[...above, alias].join('.'), field.name])
  const members = typeof field.kind === 'object' ? ('struct' in field.kind ? field.kind.struct : field.kind.array) : []
  return [...own, ...members.flatMap((member) => memberAliases(member, path))]
}
