import { ledgerScan } from '../imports/ledger-rows.ts'
import type { LogSummary } from './check-log.ts'
import { parquet, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'
import { withFiles } from './gone.ts'

/** As many events of every raw file are there as the ledger says were kept, and each event once. */
export async function checkEvents(check: StoreCheck, log: LogSummary): Promise<void> {
  await checkSources(check, log)
  await checkTwice(check)
}

async function checkSources({ connection, findings, ledger, store }: StoreCheck, log: LogSummary): Promise<void> {
  const scan = ledgerScan(ledger)
  const kept =
    scan === undefined
      ? 'SELECT NULL::VARCHAR AS source, NULL::VARCHAR AS key, 0::BIGINT AS kept WHERE false'
      : `SELECT source_id AS source, min(source_key) AS key, sum(kept)::BIGINT AS kept FROM ${scan} GROUP BY source_id`
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE verify_sources AS
     SELECT coalesce(l.source, s.source) AS source, l.key, coalesce(l.kept, 0) AS kept, coalesce(s.n, 0) AS stored
     FROM (${kept}) l
     FULL JOIN (SELECT source, sum(n)::BIGINT AS n FROM verify_stored GROUP BY source) s ON s.source = l.source`,
  )
  const differing = await rowsOf<[string | null, string | null, bigint, bigint]>(
    connection,
    'SELECT source, key, kept, stored FROM verify_sources WHERE kept <> stored ORDER BY key, source',
  )
  // Retention removes whole files of old events: as many may be missing as the log says went.
  const missing = differing.reduce(
    (sum, [, key, kept, stored]) => sum + (key === null ? 0 : Math.max(0, Number(kept - stored))),
    0,
  )
  const isExplained =
    log.isWhole && log.removed !== undefined ? missing === log.removed : store.retentionDays !== undefined
  for (const [source, key, kept, stored] of differing) {
    const counts = `${stored} of its events are there, the ledger says ${kept}`
    if (key === null) unknown(findings, store.id, source, stored)
    else if (stored > kept) findings.error('SOURCE_ROWS_EXTRA', key, counts, HINTS.foreign)
    else if (!isExplained) findings.error('SOURCE_ROWS_MISSING', key, counts, HINTS.reimport)
  }
}

/** Other writers leave the columns of origin empty; an id that the ledger lacks is none of theirs. */
function unknown(findings: StoreCheck['findings'], store: string, source: string | null, rows: bigint): void {
  const place = `stores/${store}/events`
  if (source === null) {
    findings.warning(
      'SOURCE_UNKNOWN',
      place,
      `${rows} events name no raw file: another program wrote them`,
      HINTS.foreign,
    )
  } else {
    findings.error(
      'SOURCE_UNKNOWN',
      place,
      `${rows} events name ${source}, which the ledger does not have`,
      HINTS.report,
    )
  }
}

/** How many events of a day are named. */
const NAMED = 3

async function checkTwice(check: StoreCheck): Promise<void> {
  const { connection, files, findings, store } = check
  const byDate = new Map<string | null, string[]>()
  for (const [path, file] of files) {
    const date = file.partitionValues.date ?? null
    byDate.set(date, [...(byDate.get(date) ?? []), path])
  }
  let done = 0
  for (const [date, paths] of byDate) {
    check.checkStopped()
    check.progress('events', done++, byDate.size)
    const rows = await withFiles(check, paths, (left) =>
      rowsOf<[string, string | null, bigint, bigint]>(
        connection,
        `SELECT eventid, recipientaccountid, count(*) AS n, (count(*) OVER ())::BIGINT FROM ${parquet(...left)}
         WHERE eventid IS NOT NULL GROUP BY eventid, recipientaccountid, eventtime::DATE HAVING n > 1 ORDER BY eventid LIMIT ${NAMED}`,
      ),
    )
    if (!rows?.[0]) continue
    const names = rows.map(([id, account, n]) => `${id} of ${account ?? 'no account'} ${n} times`).join(', ')
    const message = `${rows[0][3]} events of ${date ?? 'no date'} are there more than once: ${names}`
    findings.error('EVENT_TWICE', `stores/${store.id}/events`, message, HINTS.foreign)
  }
}
