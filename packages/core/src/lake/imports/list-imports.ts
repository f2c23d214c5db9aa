import { quoteSqlString } from '../../engine/instance.ts'
import { checkKnownOptions } from '../check-options.ts'
import type { LakeContext } from '../lake-context.ts'
import { importCommitOf } from '../ledger.ts'
import type { EventDataStore } from '../types.ts'
import { findImport, storesOf } from './find-import.ts'
import { openImportSelectors } from './import-selectors.ts'
import { allLedgerRows, ledgerPaths, ledgerScan, queryLedger } from './ledger-rows.ts'
import type { ImportedFile, ImportSummary, ListImportsOptions } from './types.ts'

/** Imports of one store or of all, oldest first. EVENT_DATA_STORE_NOT_FOUND. */
export async function listImports(
  lake: LakeContext,
  options: ListImportsOptions = {},
): Promise<readonly ImportSummary[]> {
  checkKnownOptions(options, ['store'])
  const all: ImportSummary[] = []
  for (const store of await storesOf(lake, options.store)) {
    all.push(...(await summaries(lake, store)), ...(await undoneImports(lake, store)))
  }
  return (await withSelectors(lake, all)).sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
}

/** One import with its files. */
export async function showImport(
  lake: LakeContext,
  id: string,
  options: ListImportsOptions = {},
): Promise<ImportSummary & { readonly sources: readonly ImportedFile[] }> {
  checkKnownOptions(options, ['store'])
  const { store, importId } = await findImport(lake, id, options.store)
  const condition = `import_id = ${quoteSqlString(importId)}`
  const [summary] = await withSelectors(lake, await summaries(lake, store, condition))
  const rows = await allLedgerRows(lake, await ledgerPaths(lake, store), condition)
  const sources = rows.map(
    ({ importId: _, importedAtMs, modifiedMs: _modified, quarantinePath: _path, rulesVersion: _rules, ...row }) => ({
      ...row,
      importedAt: new Date(importedAtMs),
    }),
  )
  return { ...summary!, sources }
}

async function summaries(
  lake: LakeContext,
  store: EventDataStore,
  condition = 'true',
): Promise<readonly ImportSummary[]> {
  const paths = await ledgerPaths(lake, store)
  const scan = ledgerScan(paths)
  if (scan === undefined) return []
  const numbers = [
    'epoch_ms(min(imported_at))',
    'epoch_ms(max(imported_at))',
    "count(*) FILTER (WHERE status = 'imported')",
    "count(*) FILTER (WHERE status = 'failed')",
    "count(*) FILTER (WHERE status = 'skipped')",
    ...['size', 'read', 'kept', 'duplicate', 'filtered', 'quarantined'].map((name) => `sum(${name})`),
  ]
  const found: ImportSummary[] = []
  for await (const rows of queryLedger(
    lake,
    paths,
    `SELECT import_id, ${numbers.map((number) => `(${number})::VARCHAR`).join(', ')} FROM ${scan}
     WHERE import_id IS NOT NULL AND ${condition} GROUP BY import_id`,
  )) {
    for (const [importId, ...texts] of rows) {
      const [started, finished, files, failed, skipped, bytes, read, kept, duplicate, filtered, quarantined] =
        texts.map(Number) as [number, number, number, number, number, number, number, number, number, number, number]
      found.push({
        importId: importId!,
        store: { id: store.id, name: store.name },
        status: failed > 0 || quarantined > 0 ? 'incomplete' : 'imported',
        startedAt: new Date(started),
        finishedAt: new Date(finished),
        files,
        filesFailed: failed,
        filesSkipped: skipped,
        bytes,
        ...{ read, kept, duplicate, filtered, quarantined },
      })
    }
  }
  return found
}

async function withSelectors(lake: LakeContext, imports: readonly ImportSummary[]): Promise<ImportSummary[]> {
  const selectors = openImportSelectors(lake.storage)
  return Promise.all(
    imports.map(async (one) => {
      const eventSelectors = await selectors.of(one.importId)
      return eventSelectors ? { ...one, eventSelectors } : one
    }),
  )
}

/** Imports that were taken back, from the commits whose files are still there; counts are what went. */
async function undoneImports(lake: LakeContext, store: EventDataStore): Promise<readonly ImportSummary[]> {
  const found: ImportSummary[] = []
  for await (const { commitInfo } of (await lake.eventsTable(store.id)).history()) {
    const ours = importCommitOf(commitInfo)
    if (ours?.undo === undefined) continue
    const at = new Date(commitInfo.timestamp ?? 0)
    const { files = 0, read = 0, kept = 0, duplicate = 0, filtered = 0, quarantined = 0 } = ours.undone ?? {}
    found.push({
      importId: ours.undo,
      store: { id: store.id, name: store.name },
      status: 'undone',
      startedAt: at,
      finishedAt: at,
      files,
      filesFailed: 0,
      filesSkipped: 0,
      bytes: 0,
      ...{ read, kept, duplicate, filtered, quarantined },
    })
  }
  return found
}
