import { createHash } from 'node:crypto'
import { quoteSqlString } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { checkKnownOptions } from '../check-options.ts'
import type { QuarantineEntry } from '../import/quarantine-writer.ts'
import { findImport, storesOf } from '../imports/find-import.ts'
import { allLedgerRows, type LedgerRow, ledgerPaths, ledgerScan, queryLedger } from '../imports/ledger-rows.ts'
import type { LakeContext } from '../lake-context.ts'
import { storeFolders } from '../store-layout.ts'
import type { EventDataStore } from '../types.ts'
import { bytesOf, readEntries } from './read-entries.ts'
import type { ListQuarantineOptions, QuarantinedItem, QuarantineFilter } from './types.ts'

/** An entry together with what the ledger says of its raw file. */
export interface LedgerEntry {
  readonly item: QuarantinedItem
  readonly entry: QuarantineEntry
  readonly row: LedgerRow
}

/** Lists what is in quarantine; see `Quarantine.list`. */
export async function* listQuarantine(
  lake: LakeContext,
  options: ListQuarantineOptions = {},
): AsyncGenerator<QuarantinedItem> {
  checkKnownOptions(options, ['store', 'importId', 'code', 'all'])
  for (const store of await storesOf(lake, options.store)) {
    for await (const { item } of entriesOf(lake, store, options)) if (options.all || !item.superseded) yield item
  }
}

/** One item with its bytes; see `Quarantine.show`. */
export async function showQuarantined(
  lake: LakeContext,
  id: string,
  options: { readonly store?: string } = {},
): Promise<QuarantinedItem & { readonly bytes?: Uint8Array }> {
  checkKnownOptions(options, ['store'])
  for (const store of await storesOf(lake, options.store)) {
    for await (const { item, entry } of entriesOf(lake, store, {})) {
      if (item.id !== id) continue
      const bytes = bytesOf(entry)
      return bytes ? { ...item, bytes } : item
    }
  }
  throw entryNotFound(id)
}

export function entryNotFound(id: string): TraillakeError {
  const hint = 'list what is there: traillake quarantine list --all'
  return new TraillakeError('QUARANTINE_ENTRY_NOT_FOUND', { id }, { hint })
}

/** Entries of a store that the ledger names, in the order of the imports. A file that only left-over entries are in is not read. */
export async function* entriesOf(
  lake: LakeContext,
  store: EventDataStore,
  { importId, code }: QuarantineFilter,
): AsyncGenerator<LedgerEntry> {
  const paths = await ledgerPaths(lake, store)
  let condition = 's.quarantine_path IS NOT NULL'
  if (importId !== undefined) {
    const found = await findImport(lake, importId, store.id).catch(noneHere)
    if (!found) return
    condition += ` AND s.import_id = ${quoteSqlString(found.importId)}`
  }
  const rows = [...(await allLedgerRows(lake, paths, condition))].sort((a, b) => a.importedAtMs - b.importedAtMs)
  const superseded = await supersededSources(lake, paths)
  const byFile = new Map<string, Map<string, LedgerRow>>()
  for (const row of rows) {
    const of = byFile.get(row.quarantinePath!) ?? new Map<string, LedgerRow>()
    byFile.set(row.quarantinePath!, of.set(row.sourceId, row))
  }
  for (const [path, bySource] of byFile) {
    for await (const entry of readEntries(lake.storage, `${storeFolders(store.id).root}/${path}`)) {
      const row = bySource.get(entry.source_id)
      if (!row) continue
      const item = toItem(store, entry, row, superseded)
      if (code === undefined || item.code === code.toUpperCase()) yield { item, entry, row }
    }
  }
}

/** In another store it may be known. */
function noneHere(error: unknown): undefined {
  if ((error as { code?: unknown }).code === 'IMPORT_NOT_FOUND') return undefined
  throw error
}

/** Ids of unreadable states of files that were read in another state as well. */
async function supersededSources(lake: LakeContext, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const scan = ledgerScan(paths)
  const ids = new Set<string>()
  if (scan === undefined) return ids
  const sql = `SELECT source_id FROM ${scan} s WHERE status = 'failed'
    AND EXISTS (SELECT 1 FROM ${scan} o WHERE o.source_key = s.source_key AND o.status <> 'failed')`
  for await (const rows of queryLedger(lake, paths, sql)) for (const [id] of rows) if (id) ids.add(id)
  return ids
}

/** Codes of records; a file's own code is its reason. */
const CODES: Readonly<Record<string, string>> = {
  conflicting: 'CONFLICTING',
  'no readable eventTime': 'NO_EVENT_TIME',
  'not an object': 'NOT_AN_OBJECT',
  'malformed JSON': 'MALFORMED_RECORD',
  'invalid UTF-8': 'INVALID_UTF8',
}

const REASONS: Readonly<Record<string, string>> = {
  conflicting: 'another event of this id, account and day is stored, with other content',
}

export function codeOf({ record, reason }: Pick<QuarantineEntry, 'record' | 'reason'>): string {
  return record === null ? reason : (CODES[reason] ?? 'UNUSABLE_RECORD')
}

function toItem(
  store: EventDataStore,
  entry: QuarantineEntry,
  row: LedgerRow,
  superseded: ReadonlySet<string>,
): QuarantinedItem {
  return {
    id: createHash('sha256')
      .update(`${row.importId}\n${entry.source_id}\n${entry.record ?? 'file'}`)
      .digest('hex')
      .slice(0, 16),
    store: { id: store.id, name: store.name },
    importId: row.importId,
    importedAt: new Date(row.importedAtMs),
    source: entry.source_key,
    sourceId: entry.source_id,
    record: entry.record,
    offset: entry.offset,
    eventId: entry.event_id,
    code: codeOf(entry),
    reason: entry.detail ?? REASONS[entry.reason] ?? entry.reason,
    size: entry.length,
    sha256: entry.sha256,
    hasBytes: entry.bytes !== null,
    superseded: entry.record === null && superseded.has(entry.source_id),
  }
}
