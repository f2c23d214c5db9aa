import { ledgerScan } from '../imports/ledger-rows.ts'
import type { Counts } from '../types.ts'
import type { LogSummary } from './check-log.ts'
import { rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

const SUM = 'kept + duplicate + filtered + quarantined'

/** The ledger adds up: every row in itself, no state of a raw file twice, and all of it with what the commits say. */
export async function checkLedger(check: StoreCheck, log: LogSummary): Promise<Counts> {
  const { connection, findings, checked, store } = check
  const scan = ledgerScan(check.ledger)
  const totals = { read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0 }
  if (scan !== undefined) {
    const [sums] = await rowsOf<bigint[]>(
      connection,
      `SELECT count(*), ${Object.keys(totals)
        .map((name) => `coalesce(sum(${name}), 0)::BIGINT`)
        .join(', ')} FROM ${scan}`,
    )
    const [files, ...counts] = sums!.map(Number)
    checked.sourceFiles = files!
    Object.keys(totals).forEach((name, i) => {
      totals[name as keyof Counts] = counts[i]!
    })
    const wrong = await rowsOf<[string, bigint, bigint]>(
      connection,
      `SELECT coalesce(source_key, ''), coalesce(read, -1), coalesce(${SUM}, -1) FROM ${scan}
       WHERE (read = ${SUM}) IS NOT TRUE OR least(read, kept, duplicate, filtered, quarantined) < 0
         OR (status <> 'imported' AND read <> 0) OR source_id IS NULL OR source_key IS NULL OR import_id IS NULL`,
    )
    for (const [key, read, counted] of wrong) {
      const message = `${read} records were read but ${counted} are accounted for`
      findings.error('LEDGER_IDENTITY', key, message, HINTS.reimport)
    }
    const twice = await rowsOf<[string, bigint]>(
      connection,
      `SELECT source_key, count(*) FROM ${scan} WHERE status <> 'failed' GROUP BY source_key, etag, size HAVING count(*) > 1`,
    )
    for (const [key, count] of twice) {
      findings.error('LEDGER_TWICE', key, `the ledger has this state of it ${count} times`, HINTS.report)
    }
  }
  const isReadable = check.ledger.length === check.ledgerFiles.length
  if (log.isWhole && isReadable) {
    for (const name of Object.keys(totals) as (keyof Counts)[]) {
      if (totals[name] === log.ledger[name]) continue
      const message = `${name}: the ledger says ${totals[name]}, the commits say ${log.ledger[name]}`
      findings.error('LEDGER_SUM', `stores/${store.id}/sources`, message, HINTS.log)
    }
  }
  return totals
}

/** The log's numbers of rows are those that imports kept, and what others appended and removed. */
export function checkEventCount(check: StoreCheck, log: LogSummary, ledger: Counts, events: number | undefined): void {
  const { findings, store } = check
  if (!log.isWhole || log.appended === undefined || log.removed === undefined || events === undefined) return
  const wanted = ledger.kept + log.appended - log.removed
  if (wanted === events) return
  const message = `the log names ${events} events; imports kept ${ledger.kept}, others appended ${log.appended} and removed ${log.removed}`
  findings.error('EVENTS_UNACCOUNTED', `stores/${store.id}/events`, message, HINTS.log)
}
