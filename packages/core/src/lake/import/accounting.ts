import { TraillakeError } from '../../errors/index.ts'
import type { Counts } from '../types.ts'
import type { BatchResult } from './protocol.ts'

export const NO_COUNTS: Counts = { read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0 }

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    read: a.read + b.read,
    kept: a.kept + b.kept,
    duplicate: a.duplicate + b.duplicate,
    filtered: a.filtered + b.filtered,
    quarantined: a.quarantined + b.quarantined,
  }
}

/** Every record is accounted for: `read = kept + duplicate + filtered + quarantined`. ACCOUNTING_MISMATCH when not. */
export function checkCounts(what: string, counts: Counts): void {
  const counted = counts.kept + counts.duplicate + counts.filtered + counts.quarantined
  if (counts.read !== counted) throw new TraillakeError('ACCOUNTING_MISMATCH', { what, read: counts.read, counted })
}

/**
 * Checks a batch before it is committed: the identity holds for every file and for all of them, what is not in the rows is in
 * quarantine, and the data files hold as many rows as are counted as kept. Gives the counts of the batch.
 *
 * Errors: ACCOUNTING_MISMATCH; nothing may be committed then.
 */
export function checkBatch(result: BatchResult, options: { readonly dryRun: boolean }): Counts {
  let total = NO_COUNTS
  for (const file of result.files) {
    checkCounts(file.file.uri, file)
    if (file.status !== 'imported' && file.read !== 0) {
      throw new TraillakeError('ACCOUNTING_MISMATCH', { what: file.file.uri, read: file.read, counted: 0 })
    }
    if (!options.dryRun && file.status === 'imported' && file.quarantineEntries !== file.quarantined) {
      const what = `the quarantine of ${file.file.uri}`
      throw new TraillakeError('ACCOUNTING_MISMATCH', { what, read: file.quarantined, counted: file.quarantineEntries })
    }
    total = addCounts(total, file)
  }
  checkCounts('the batch', total)
  const rows = result.staged.reduce((sum, file) => sum + file.rows, 0)
  if (!options.dryRun && rows !== total.kept) {
    throw new TraillakeError('ACCOUNTING_MISMATCH', { what: 'the data files', read: total.kept, counted: rows })
  }
  return total
}
