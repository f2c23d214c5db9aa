import type { ImportReport, Lake } from '@traillake/core'
import type { ImportFailure } from './import-record.ts'

const KEPT = 10_000

/** What an import could not read, files first, then records; as many as are kept. */
export async function listFailures(lake: Lake, report: ImportReport, at: string): Promise<readonly ImportFailure[]> {
  const failures = report.failures
    .slice(0, KEPT)
    .map(({ source, code, reason }): ImportFailure => ({ location: source, type: code, message: reason, at }))
  if (report.quarantined === 0) return failures
  for await (const item of lake.quarantine.list({ store: report.store.id, importId: report.importId })) {
    if (failures.length >= KEPT) break
    // Whole files are there already.
    if (item.record === null) continue
    const message = `record ${item.record}: ${item.reason}`
    failures.push({ location: item.source, type: item.code, message, at })
  }
  return failures
}
