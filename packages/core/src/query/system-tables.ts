import { ledgerColumns } from '../lake/store-layout.ts'
import { BIGINT, type LakeType, timestamp, VARCHAR } from '../schema/index.ts'
import type { CatalogTable } from '../sql/catalog.ts'

const TIME = timestamp(3)

/** Tables about the lake itself, as `traillake.<name>`. All have `event_data_store`, the id of the store they speak of. */
const columns = {
  /** One row an event data store. */
  stores: {
    event_data_store: VARCHAR,
    name: VARCHAR,
    arn: VARCHAR,
    schema: VARCHAR,
    layout: VARCHAR,
    retention_days: BIGINT,
    created_at: TIME,
    updated_at: TIME,
  },
  /** One row a data file of the newest version. */
  data_files: {
    event_data_store: VARCHAR,
    path: VARCHAR,
    account: VARCHAR,
    region: VARCHAR,
    date: VARCHAR,
    size: BIGINT,
    events: BIGINT,
    min_event_time: TIME,
    max_event_time: TIME,
    modified_at: TIME,
  },
  /** One row a commit whose log file is still there. */
  commits: {
    event_data_store: VARCHAR,
    version: BIGINT,
    committed_at: TIME,
    operation: VARCHAR,
    engine: VARCHAR,
    files_added: BIGINT,
    files_removed: BIGINT,
    events_added: BIGINT,
  },
  /** One row a raw file read: the ledger. `read = kept + duplicate + filtered + quarantined` in every row. */
  source_files: {
    event_data_store: VARCHAR,
    ...Object.fromEntries(ledgerColumns.map(({ name, type }) => [name, type])),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, LakeType>>>>

export type SystemTableName = keyof typeof columns

export const systemTableNames = Object.keys(columns) as readonly SystemTableName[]

/** The table of this name (letter case does not count); undefined when there is none. */
export function systemTable(name: string): CatalogTable | undefined {
  const wanted = name.toLowerCase()
  const found = systemTableNames.find((known) => known === wanted)
  if (found === undefined) return undefined
  return {
    id: `traillake.${found}`,
    columns: Object.entries(columns[found]).map(([column, type]) => ({ name: column, type })),
  }
}
