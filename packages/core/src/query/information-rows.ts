import { formatType } from '../schema/index.ts'
import type { CatalogTable } from '../sql/catalog.ts'
import type { LakeCatalog } from './catalog.ts'
import {
  type InformationTableName,
  informationTable,
  informationTableNames,
  systemTable,
  systemTableNames,
} from './system-tables.ts'

const CATALOG = 'traillake'
/** Stores are named without a schema; programs that look around want one. */
const STORES = 'default'

interface ListedTable {
  readonly schema: string
  readonly name: string
  readonly table: CatalogTable
}

/** The rows of a table of `information_schema`, in the order of its columns. */
export function informationRows(
  catalog: LakeCatalog,
  name: InformationTableName,
): readonly (readonly (string | null)[])[] {
  switch (name) {
    case 'schemata':
      return [STORES, 'information_schema', 'traillake'].map((schema) => [CATALOG, schema])
    case 'tables':
      return [
        ...listTables(catalog).map(({ schema, name: table }) => [CATALOG, schema, table, 'BASE TABLE']),
        ...catalog.views.map((view) => [CATALOG, STORES, view.name, 'VIEW']),
      ]
    case 'views':
      return catalog.views.map((view) => [CATALOG, STORES, view.name, view.sql])
    case 'columns':
      return listTables(catalog).flatMap(({ schema, name: table, table: { columns } }) =>
        columns
          .filter((column) => !column.hidden)
          .map((column, i) => [
            CATALOG,
            schema,
            table,
            column.name,
            String(i + 1),
            null,
            'YES',
            formatType(column.type),
            null,
            null,
          ]),
      )
  }
}

function listTables(catalog: LakeCatalog): readonly ListedTable[] {
  return [
    ...catalog.stores.map(({ id, name }) => ({ schema: STORES, name, table: catalog.table([id])! })),
    ...informationTableNames.map((name) => ({ schema: 'information_schema', name, table: informationTable(name)! })),
    ...systemTableNames.map((name) => ({ schema: 'traillake', name, table: systemTable(name)! })),
  ]
}
