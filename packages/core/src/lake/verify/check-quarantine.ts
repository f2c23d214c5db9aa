import { isTraillakeError } from '../../errors/index.ts'
import { sha256Hex } from '../import/identity.ts'
import { allLedgerRows, type LedgerRow, ledgerRows } from '../imports/ledger-rows.ts'
import { bytesOf, readEntries } from '../quarantine/read-entries.ts'
import { storeFolders } from '../store-layout.ts'
import type { StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/** Every record that the ledger counts as quarantined has its entry, with bytes that are what they were. */
export async function checkQuarantine(check: StoreCheck, fast: boolean): Promise<void> {
  const { lake, store, findings, checked } = check
  const root = storeFolders(store.id).root
  const byPath = new Map<string, Map<string, LedgerRow>>()
  for (const row of await allLedgerRows(lake, check.ledger, 's.quarantine_path IS NOT NULL')) {
    const rows = byPath.get(row.quarantinePath!) ?? new Map<string, LedgerRow>()
    byPath.set(row.quarantinePath!, rows.set(row.sourceId, row))
  }
  let done = 0
  for (const [path, rows] of byPath) {
    check.checkStopped()
    check.progress('quarantine', done++, byPath.size)
    const key = `${root}/${path}`
    if (fast) {
      if (!(await lake.storage.head(key))) {
        findings.error('QUARANTINE_DAMAGED', key, 'the ledger names it and it is not there', HINTS.restore)
      }
      continue
    }
    const counts = new Map<string, number>()
    try {
      for await (const entry of readEntries(lake.storage, key)) {
        checked.quarantineEntries += 1
        counts.set(entry.source_id, (counts.get(entry.source_id) ?? 0) + 1)
        const bytes = bytesOf(entry)
        if (!bytes || (bytes.length === entry.length && sha256Hex(bytes) === entry.sha256)) continue
        const at = entry.record === null ? entry.source_key : `record ${entry.record} of ${entry.source_key}`
        findings.error('QUARANTINE_DAMAGED', key, `the bytes of ${at} are not those that were put there`, HINTS.restore)
      }
    } catch (error) {
      if (!isTraillakeError(error) || error.kind === 'INTERNAL_ERROR') throw error
      findings.error('QUARANTINE_DAMAGED', key, error.message, HINTS.restore)
      continue
    }
    for (const row of rows.values()) {
      const wanted = row.status === 'failed' ? 1 : row.quarantined
      const found = counts.get(row.sourceId) ?? 0
      if (found === wanted) continue
      const message = `quarantine has ${found} entries of it, the ledger says ${wanted}`
      findings.error('QUARANTINE_COUNT', row.source, message, HINTS.reimport)
    }
  }
  const unnamed = "s.quarantine_path IS NULL AND (s.quarantined > 0 OR s.status = 'failed')"
  for await (const rows of ledgerRows(lake, check.ledger, unnamed)) {
    for (const { source, quarantined } of rows) {
      const message = `the ledger names no quarantine file for it, and counts ${quarantined} records there`
      findings.error('QUARANTINE_COUNT', source, message, HINTS.reimport)
    }
  }
}
