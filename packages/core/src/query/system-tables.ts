import { ledgerColumns } from '../lake/store-layout.ts'
import { BIGINT, BOOLEAN, DOUBLE, type LakeType, timestamp, VARCHAR } from '../schema/index.ts'
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
  /** One row a record or file that could not be read, or that a later one replaced; `id` is what `traillake quarantine show` takes. */
  quarantine: {
    event_data_store: VARCHAR,
    id: VARCHAR,
    import_id: VARCHAR,
    imported_at: TIME,
    source_id: VARCHAR,
    source_key: VARCHAR,
    record: BIGINT,
    offset: BIGINT,
    event_id: VARCHAR,
    code: VARCHAR,
    reason: VARCHAR,
    size: BIGINT,
    sha256: VARCHAR,
    superseded: BOOLEAN,
  },
  /** One row a query that the lake remembers and store that it reads; a query that reads no store has one row without. */
  queries: {
    event_data_store: VARCHAR,
    query_id: VARCHAR,
    statement: VARCHAR,
    status: VARCHAR,
    caller: VARCHAR,
    created_at: TIME,
    finished_at: TIME,
    row_count: BIGINT,
    bytes_scanned: BIGINT,
    execution_ms: BIGINT,
    digest: VARCHAR,
    error: VARCHAR,
  },
  /** One row a figure that a server of the lake wrote down in its last minute, as `GET /metrics` gives them. */
  metrics: {
    event_data_store: VARCHAR,
    server: VARCHAR,
    computed_at: TIME,
    metric: VARCHAR,
    labels: VARCHAR,
    value: DOUBLE,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, LakeType>>>>

/** What programs ask that look around: as Trino has them, with the columns that it hides. */
const informationColumns = {
  schemata: ['catalog_name', 'schema_name'],
  tables: ['table_catalog', 'table_schema', 'table_name', 'table_type'],
  columns: [
    'table_catalog',
    'table_schema',
    'table_name',
    'column_name',
    'ordinal_position',
    'column_default',
    'is_nullable',
    'data_type',
    'comment',
    'extra_info',
  ],
  views: ['table_catalog', 'table_schema', 'table_name', 'view_definition'],
} as const

const HIDDEN: ReadonlySet<string> = new Set(['comment', 'extra_info'])

export type InformationTableName = keyof typeof informationColumns

export const informationTableNames = Object.keys(informationColumns) as readonly InformationTableName[]

/** The table of this name in `information_schema` (letter case does not count); undefined when there is none. */
export function informationTable(name: string): CatalogTable | undefined {
  const wanted = name.toLowerCase()
  const found = informationTableNames.find((known) => known === wanted)
  if (found === undefined) return undefined
  return {
    id: `information_schema.${found}`,
    columns: informationColumns[found].map((column) => ({
      name: column,
      type: column === 'ordinal_position' ? BIGINT : VARCHAR,
      hidden: HIDDEN.has(column),
    })),
  }
}

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
