import { TraillakeError } from '../errors/index.ts'
import type { LakeFile } from '../lake/lake-file.ts'
import { parseStoreReference, storeArn } from '../lake/store-names.ts'
import type { EventDataStore } from '../lake/types.ts'
import type { Catalog, CatalogTable } from '../sql/catalog.ts'
import { layoutTable } from '../sql/default-catalog.ts'
import { type SystemTableName, systemTable, systemTableNames } from './system-tables.ts'

/** What a table of the catalog stands for. */
export type TableSource =
  | { readonly kind: 'store'; readonly store: EventDataStore }
  | { readonly kind: 'system'; readonly name: SystemTableName }

export interface LakeCatalog extends Catalog {
  /** What the table of this id is. */
  source(tableId: string): TableSource
}

/**
 * The names that a query may use: every store by id, ARN or name (letter case does not count), and the system tables as
 * `traillake.<name>`.
 *
 * `information_schema` is refused with NOT_SUPPORTED.
 */
export function createLakeCatalog(file: LakeFile, stores: readonly EventDataStore[]): LakeCatalog {
  const find = (reference: string): EventDataStore | undefined => {
    const wanted = parseStoreReference(reference)
    if (wanted.kind === 'name') {
      const name = wanted.name.toLowerCase()
      return stores.find((store) => store.name.toLowerCase() === name)
    }
    return stores.find(
      (store) =>
        store.id === wanted.id && (wanted.kind === 'id' || storeArn(file, store.id).toLowerCase() === wanted.arn),
    )
  }
  return {
    table(parts): CatalogTable | undefined {
      const [first = '', second] = parts
      if (first.toLowerCase() === 'information_schema') {
        throw new TraillakeError('NOT_SUPPORTED', { message: 'information_schema is not in this release' })
      }
      if (parts.length === 2 && first.toLowerCase() === 'traillake') return systemTable(second as string)
      const store = parts.length === 1 ? find(first) : undefined
      if (store?.deletedFrom) throw new TraillakeError('EVENT_DATA_STORE_INACTIVE', { store: first })
      return store && layoutTable(store.id, store.schema)
    },
    tableNames: () => [...stores.map((store) => store.name), ...systemTableNames.map((name) => `traillake.${name}`)],
    source(tableId) {
      const store = stores.find(({ id }) => id === tableId)
      return store
        ? { kind: 'store', store }
        : { kind: 'system', name: tableId.replace('traillake.', '') as SystemTableName }
    },
  }
}
