import {
  BIGINT,
  CHECKSUM_COLUMN,
  DATE,
  fieldType,
  hiddenColumns,
  type LayoutName,
  layouts,
  TIMESTAMP,
  VARCHAR,
} from '../schema/index.ts'
import type { TableColumn } from '../table/index.ts'
import type { PartitionLayout } from './types.ts'

/** Where the parts of an event data store lie below the lake's root. */
export function storeFolders(storeId: string) {
  const root = `stores/${storeId}`
  return {
    root,
    events: `${root}/events`,
    sources: `${root}/sources`,
    quarantine: `${root}/quarantine`,
    tmp: `${root}/tmp`,
  } as const
}

/** The folders below `events`, outermost first. */
export function partitionColumns(layout: PartitionLayout): readonly string[] {
  return layout === 'date' ? ['date'] : ['account', 'region', 'date']
}

const PARTITION_TYPES = { account: VARCHAR, region: VARCHAR, date: DATE } as const

/** Columns of the events table: Lake's in `SELECT *` order (the checksum is computed), hidden ones, partition columns. */
export function eventsTableColumns(schema: LayoutName, layout: PartitionLayout): readonly TableColumn[] {
  return [
    ...layouts[schema].columns
      .filter((field) => field.name !== CHECKSUM_COLUMN)
      .map((field) => ({ name: field.name, type: fieldType(field) })),
    ...hiddenColumns.map((column) => ({ name: column.name, type: column.kind === 'bigint' ? BIGINT : VARCHAR })),
    ...partitionColumns(layout).map((name) => ({ name, type: PARTITION_TYPES[name as keyof typeof PARTITION_TYPES] })),
  ]
}

/** Columns of the ledger: one row a raw file read. */
export const ledgerColumns = [
  { name: 'source_id', type: VARCHAR },
  { name: 'source_key', type: VARCHAR },
  { name: 'etag', type: VARCHAR },
  { name: 'size', type: BIGINT },
  { name: 'modified_at', type: TIMESTAMP },
  { name: 'sha256', type: VARCHAR },
  { name: 'kind', type: VARCHAR },
  { name: 'status', type: VARCHAR },
  { name: 'error_code', type: VARCHAR },
  { name: 'import_id', type: VARCHAR },
  { name: 'read', type: BIGINT },
  { name: 'kept', type: BIGINT },
  { name: 'duplicate', type: BIGINT },
  { name: 'filtered', type: BIGINT },
  { name: 'quarantined', type: BIGINT },
  { name: 'quarantine_path', type: VARCHAR },
  { name: 'rules_version', type: VARCHAR },
  { name: 'imported_at', type: TIMESTAMP },
] as const satisfies readonly TableColumn[]
