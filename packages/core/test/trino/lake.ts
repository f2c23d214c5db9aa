import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type AdvancedEventSelector, type Lake, openLake } from '../../src/index.ts'
import type { LayoutName } from '../../src/schema/index.ts'
import type { Catalog } from '../../src/sql/catalog.ts'
import { layoutTable } from '../../src/sql/default-catalog.ts'
import { askTrino } from './client.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const sets = ['aws-docs', 'custodian', 'panther-org', 'synthetic-org', 'traildiscover', 'versions']
const lakeOnly = (pattern: RegExp): readonly string[] =>
  readdirSync(join(trails, 'lake-only'))
    .filter((name) => pattern.test(name))
    .map((name) => join(trails, 'lake-only', name))
const category = (value: string): readonly AdvancedEventSelector[] => [
  { FieldSelectors: [{ Field: 'eventCategory', Equals: [value] }] },
]

interface Source {
  readonly placeholder: string
  readonly sources: readonly string[]
  readonly selectors?: readonly AdvancedEventSelector[]
}

/** The one set that a fresh clone lacks. */
const sans = join(import.meta.dirname, '../../../../../shared/data/sans504-2021-week')
const invictus = join(trails, 'invictus-2023')
const small = sets.map((set) => join(trails, set))

/** The stores of the goldens, those that there are the files for. */
const stores: readonly Source[] = [
  ...(existsSync(sans) ? [{ placeholder: 'EDS_ID', sources: [...small, invictus, sans] }] : []),
  { placeholder: 'EDS_ID_2', sources: [invictus] },
  { placeholder: 'EDS_ID_3', sources: small },
  { placeholder: 'CONFIG_EDS_ID', sources: lakeOnly(/items/), selectors: category('ConfigurationItem') },
  { placeholder: 'ACTIVITY_EDS_ID', sources: lakeOnly(/^activity-log/), selectors: category('ActivityAuditLog') },
  { placeholder: 'INSIGHT_EDS_ID', sources: [join(trails, 'synthetic-org')], selectors: category('Insight') },
]

/** Makes a Delta table known to one of Trino's catalogs, in its schema `default`. */
export async function registerTable(url: string, catalog: string, name: string, location: string): Promise<void> {
  await askTrino(`CREATE SCHEMA IF NOT EXISTS ${catalog}.default`, url)
  await askTrino(
    `CALL ${catalog}.system.register_table(schema_name => 'default', table_name => '${name}', table_location => '${location}')`,
    url,
  )
}

/** A lake of the free samples whose stores a Trino reads, too. */
export interface SharedLake {
  readonly lake: Lake
  /** Ids by placeholder, without the `$`. */
  readonly ids: ReadonlyMap<string, string>
  readonly catalog: Catalog
  /** Where Trino has a store: its tables are registered under names that no other run uses. */
  readonly trinoTable: (table: { readonly id: string }) => readonly string[]
  close(): Promise<void>
}

/**
 * Imports the samples into a lake below the root of Trino's local file system and registers every store in its catalog `delta`.
 *
 * @param root the folder that Trino calls `local:///`
 */
export async function openSharedLake(url: string, root: string, wanted?: readonly string[]): Promise<SharedLake> {
  const folder = mkdtempSync(join(root, 'traillake-'))
  const lake = await openLake(join(folder, 'lake'), { create: true })
  const ids = new Map<string, string>()
  const layouts = new Map<string, LayoutName>()
  const trinoTable: SharedLake['trinoTable'] = ({ id }) => ['delta', 'default', id]
  for (const { placeholder, sources, selectors } of stores) {
    if (wanted && !wanted.includes(placeholder)) continue
    const store = await lake.createEventDataStore({
      name: placeholder.toLowerCase(),
      ...(selectors ? { advancedEventSelectors: selectors } : {}),
    })
    await lake.import(sources, { into: store.id })
    ids.set(placeholder, store.id)
    layouts.set(store.id, store.schema)
    const location = `local:///${relative(root, join(folder, 'lake', 'stores', store.id, 'events'))}`
    await registerTable(url, 'delta', store.id, location)
  }
  const catalog: Catalog = {
    table([name = '', ...more]) {
      const layout = more.length === 0 ? layouts.get(name.toLowerCase()) : undefined
      return layout && layoutTable(name.toLowerCase(), layout)
    },
    tableNames: () => [...layouts.keys()],
  }
  return {
    lake,
    ids,
    catalog,
    trinoTable,
    async close() {
      await lake.close()
      for (const id of ids.values())
        await askTrino(`CALL delta.system.unregister_table(schema_name => 'default', table_name => '${id}')`, url)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
