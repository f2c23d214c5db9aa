import { TraillakeError } from '../errors/index.ts'
import type { LakeFile } from '../lake/lake-file.ts'
import { matchesReference, parseStoreReference } from '../lake/store-names.ts'
import type { EventDataStore } from '../lake/types.ts'
import type { Catalog, CatalogTable, CatalogView } from '../sql/catalog.ts'
import { layoutTable } from '../sql/default-catalog.ts'
import {
  type InformationTableName,
  informationTable,
  informationTableNames,
  type SystemTableName,
  systemTable,
  systemTableNames,
} from './system-tables.ts'

/** What a table of the catalog stands for. */
export type TableSource =
  | { readonly kind: 'store'; readonly store: EventDataStore }
  | { readonly kind: 'system'; readonly name: SystemTableName }
  | { readonly kind: 'information'; readonly name: InformationTableName }

export interface LakeCatalog extends Catalog {
  readonly stores: readonly EventDataStore[]
  readonly views: readonly CatalogView[]
  view(name: string): CatalogView | undefined
  /** What the table of this id is. */
  source(tableId: string): TableSource
}

/**
 * The names that a query may use: every store by id, ARN or name (letter case does not count), views, and the tables of `traillake` and
 * `information_schema`.
 *
 * @param views by name in lower case
 */
export function createLakeCatalog(
  file: LakeFile,
  stores: readonly EventDataStore[],
  views: ReadonlyMap<string, CatalogView>,
): LakeCatalog {
  const find = (reference: string): EventDataStore | undefined => {
    const wanted = parseStoreReference(reference)
    return stores.find((store) => matchesReference(file, store, wanted))
  }
  const tables = new Map<string, CatalogTable>()
  return {
    stores,
    views: [...views.values()],
    view: (name) => views.get(name.toLowerCase()),
    table(parts): CatalogTable | undefined {
      const [first = '', second = ''] = parts
      if (parts.length === 2) {
        const schema = first.toLowerCase()
        if (schema === 'traillake') return systemTable(second)
        return schema === 'information_schema' ? informationTable(second) : undefined
      }
      const store = parts.length === 1 ? find(first) : undefined
      if (!store) return undefined
      if (store.deletedFrom) throw new TraillakeError('EVENT_DATA_STORE_INACTIVE', { store: first })
      const table = tables.get(store.id) ?? layoutTable(store.id, store.schema)
      tables.set(store.id, table)
      return table
    },
    tableNames: () => [
      ...stores.map((store) => store.name),
      ...[...views.values()].map((view) => view.name),
      ...systemTableNames.map((name) => `traillake.${name}`),
      ...informationTableNames.map((name) => `information_schema.${name}`),
    ],
    source(tableId) {
      const store = stores.find(({ id }) => id === tableId)
      if (store) return { kind: 'store', store }
      const [schema, name] = tableId.split('.')
      return schema === 'traillake'
        ? { kind: 'system', name: name as SystemTableName }
        : { kind: 'information', name: name as InformationTableName }
    },
  }
}
