import { quoteSqlString } from '../../engine/instance.ts'
import { explainFailure } from '../compact/find-damage.ts'
import { LOG_KIND } from '../import/known-sources.ts'
import type { LakeContext } from '../lake-context.ts'
import { ledgerFiles } from '../ledger.ts'
import { createLocalCopies } from '../local-file.ts'
import { ledgerColumns } from '../store-layout.ts'
import type { Counts, EventDataStore } from '../types.ts'

/** A row of the ledger: a raw file, in the state in which it was read, and what came of it. */
export interface LedgerRow extends Counts {
  readonly sourceId: string
  /** URI of the raw file. */
  readonly source: string
  readonly etag: string
  readonly size: number
  readonly modifiedMs: number
  /** Hex SHA-256 of the uncompressed bytes; of the bytes as they are for a file that could not be uncompressed. */
  readonly sha256: string | null
  /** `log`, or what a skipped file is. */
  readonly kind: string
  readonly status: 'imported' | 'failed' | 'skipped'
  readonly code: string | null
  readonly importId: string
  /** Key below the store's folder. */
  readonly quarantinePath: string | null
  readonly rulesVersion: string
  readonly importedAtMs: number
}

/** Are the events of this file copies in another form than that of trails? */
export function isCopy({ status, kind }: Pick<LedgerRow, 'status' | 'kind'>): boolean {
  return status === 'imported' && kind !== LOG_KIND
}

/** Local paths of the ledger's files, what `sources` has not taken yet included. */
export async function ledgerPaths(lake: LakeContext, store: EventDataStore): Promise<readonly string[]> {
  const sources = await lake.sourcesTable(store.id)
  const files = await ledgerFiles(await lake.eventsTable(store.id), sources, await sources.refresh())
  return createLocalCopies(lake.storage, lake.engine.scratch)(files.map((file) => file.key))
}

/** The ledger's files as the right side of a FROM, or undefined when there are none. */
export function ledgerScan(paths: readonly string[]): string | undefined {
  if (paths.length === 0) return undefined
  return `read_parquet([${paths.map(quoteSqlString).join(', ')}], hive_partitioning=false, union_by_name=true)`
}

/** Runs a query over the ledger whose columns are texts. DATA_FILE_DAMAGED names a ledger file that cannot be read. */
export async function* queryLedger(
  lake: LakeContext,
  paths: readonly string[],
  sql: string,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  try {
    yield* lake.engine.rows(sql)
  } catch (error) {
    throw await explainFailure(lake.engine, paths, lake.engine.scratch, error, lake.storage)
  }
}

const texts = ledgerColumns.map(({ name, type }) =>
  type.kind === 'timestamp' ? `epoch_ms(${name})::VARCHAR` : `${name}::VARCHAR`,
)

/** Rows of the ledger that fulfil a condition over `s`, by key, in batches. */
export async function* ledgerRows(
  lake: LakeContext,
  paths: readonly string[],
  condition = 'true',
): AsyncGenerator<readonly LedgerRow[]> {
  const scan = ledgerScan(paths)
  if (scan === undefined) return
  const sql = `SELECT ${texts.join(', ')} FROM ${scan} s WHERE ${condition} ORDER BY source_key, imported_at`
  for await (const rows of queryLedger(lake, paths, sql)) yield rows.map(revive)
}

/** As `ledgerRows`, all of them at once. */
export async function allLedgerRows(
  lake: LakeContext,
  paths: readonly string[],
  condition?: string,
): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = []
  for await (const batch of ledgerRows(lake, paths, condition)) rows.push(...batch)
  return rows
}

type Name = (typeof ledgerColumns)[number]['name']
const indexes = Object.fromEntries(ledgerColumns.map(({ name }, i) => [name, i])) as Record<Name, number>

function revive(values: readonly (string | null)[]): LedgerRow {
  const text = (name: Name) => values[indexes[name]] ?? ''
  const optional = (name: Name) => values[indexes[name]] ?? null
  const number = (name: Name) => Number(values[indexes[name]] ?? 0)
  return {
    sourceId: text('source_id'),
    source: text('source_key'),
    etag: text('etag'),
    size: number('size'),
    modifiedMs: number('modified_at'),
    sha256: optional('sha256'),
    kind: text('kind'),
    status: text('status') as LedgerRow['status'],
    code: optional('error_code'),
    importId: text('import_id'),
    read: number('read'),
    kept: number('kept'),
    duplicate: number('duplicate'),
    filtered: number('filtered'),
    quarantined: number('quarantined'),
    quarantinePath: optional('quarantine_path'),
    rulesVersion: text('rules_version'),
    importedAtMs: number('imported_at'),
  }
}

/** A row in the form in which it is written. */
export function ledgerValues(row: LedgerRow): Readonly<Record<Name, string | number | null>> {
  return {
    source_id: row.sourceId,
    source_key: row.source,
    etag: row.etag,
    size: row.size,
    modified_at: row.modifiedMs,
    sha256: row.sha256,
    kind: row.kind,
    status: row.status,
    error_code: row.code,
    import_id: row.importId,
    read: row.read,
    kept: row.kept,
    duplicate: row.duplicate,
    filtered: row.filtered,
    quarantined: row.quarantined,
    quarantine_path: row.quarantinePath,
    rules_version: row.rulesVersion,
    imported_at: row.importedAtMs,
  }
}

/** A condition over a row `s` of the ledger that holds for exactly these rows. */
export function isOneOf(rows: readonly LedgerRow[]): string {
  if (rows.length === 0) return 'false'
  const keys = rows.map((row) => quoteSqlString(`${row.sourceId}/${row.importId}/${row.importedAtMs}`))
  return `(s.source_id || '/' || s.import_id || '/' || epoch_ms(s.imported_at)) IN (${keys.join(', ')})`
}
