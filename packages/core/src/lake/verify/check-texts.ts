import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { registerRowSource } from '../../engine/table-function.ts'
import type { DataFile } from '../../table/index.ts'
import { RULES_VERSION } from '../import/known-sources.ts'
import { type LedgerRow, ledgerScan } from '../imports/ledger-rows.ts'
import { reread } from '../imports/reread.ts'
import { widestSelectors } from './check-raw.ts'
import { type EventColumns, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/** Events that are compared at a time. */
const ROWS_AT_ONCE = 5000
/** How many events of a stretch are named. */
const NAMED = 20

let runs = 0

/**
 * Compares events with their own `eventjson`, from which every column of theirs was made: those of raw files that could not be
 * compared with, which are all that `verify_compared` does not name.
 */
export async function checkTexts(check: StoreCheck, columns: EventColumns): Promise<void> {
  const { connection, lake, files } = check
  const scan = ledgerScan(check.ledger)
  if (scan === undefined) return
  // Other rules make other columns.
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE verify_texts AS SELECT DISTINCT source_id AS source FROM ${scan} s
     ANTI JOIN verify_compared c ON c.source = s.source_id WHERE s.rules_version = '${RULES_VERSION}' AND s.kept > 0`,
  )
  const [count] = await rowsOf<[bigint]>(connection, 'SELECT count(*) FROM verify_texts')
  if (count![0] === 0n) return
  const staging = mkdtempSync(join(lake.engine.scratch, 'verify-'))
  const name = `verify_positions_${++runs}`
  const positions = registerRowSource(connection, name, [
    { name: 'position', type: 'BIGINT' },
    { name: 'row', type: 'BIGINT' },
  ])
  try {
    let done = 0
    for (const [path, file] of files) {
      check.progress('texts', done++, files.size)
      const [total] = await rowsOf<[bigint]>(connection, `SELECT count(*) FROM ${columns.from(path)}`)
      for (let from = 0; from < Number(total![0]); from += ROWS_AT_ONCE) {
        check.checkStopped()
        const rows = await rowsOf<[bigint, string]>(
          connection,
          `SELECT file_row_number, eventjson FROM ${columns.numbered(path)} f SEMI JOIN verify_texts t ON t.source = f._source
           WHERE file_row_number >= ${from} AND file_row_number < ${from + ROWS_AT_ONCE} AND eventjson IS NOT NULL`,
        )
        if (rows.length === 0) continue
        positions.set({ rowCount: rows.length, values: [(i) => BigInt(i), (i) => rows[i]![0]] })
        const texts = rows.map(([, text]) => text)
        await compareTexts(check, columns, { path, file, texts, staging, positions: `${name}()` })
      }
    }
  } finally {
    positions.clear()
    await rm(staging, { recursive: true, force: true })
  }
}

interface Stretch {
  readonly path: string
  readonly file: DataFile
  readonly texts: readonly string[]
  readonly staging: string
  /** SQL of the rows' positions. */
  readonly positions: string
}

async function compareTexts(check: StoreCheck, columns: EventColumns, stretch: Stretch): Promise<void> {
  const { lake, store, connection, findings } = check
  const { path, file, texts, staging } = stretch
  const options = {
    staging,
    read: async () => Buffer.from(`{"Records":[${texts.join(',')}]}`),
    selectors: widestSelectors(check),
    importId: 'verify',
  }
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_again (position BIGINT, content UBIGINT)')
  let isWhole = true
  for await (const { result } of reread(lake, store, [pseudoRow(file.key)], options)) {
    for (const staged of result.staged) {
      await connection.run(`INSERT INTO verify_again SELECT _record, ${columns.hash} FROM ${columns.from(staged.path)}`)
      await rm(staged.path, { force: true })
    }
    if (result.quarantine) await rm(result.quarantine, { force: true })
    // Of an event that is there twice only one comes back; that it is, was said.
    const [of] = result.files
    isWhole = of!.status === 'imported' && of!.duplicate + of!.quarantined === 0 && of!.read === texts.length
    if (of!.status === 'failed' || of!.read !== texts.length) {
      const message = 'the texts of its events are no records any more'
      findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
      return
    }
  }
  const wrong = await rowsOf<[string, bigint, bigint]>(
    connection,
    `SELECT f._source, f._record, (count(*) OVER ())::BIGINT
     FROM (SELECT file_row_number, _source, _record, ${columns.hash} AS content FROM ${columns.numbered(path)}) f
     JOIN ${stretch.positions} p ON p.row = f.file_row_number
     LEFT JOIN verify_again a ON a.position = p.position
     WHERE a.content <> f.content ${isWhole ? 'OR a.position IS NULL' : ''} ORDER BY f.file_row_number LIMIT ${NAMED}`,
  )
  for (const [source, record] of wrong) {
    const message = `the columns of record ${record} of ${source} are not what its eventjson says`
    findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
  }
  const more = Number(wrong[0]?.[2] ?? 0) - wrong.length
  if (more > 0) findings.error('EVENT_DIFFERS', file.key, `so are those of ${more} more`, HINTS.reimport)
}

/** The texts of a data file in the place of a raw file. */
function pseudoRow(key: string): LedgerRow {
  return {
    ...{ sourceId: 'verify', source: key, etag: '', size: 0, modifiedMs: 0, sha256: null, kind: 'log', code: null },
    ...{ status: 'imported', importId: 'verify', quarantinePath: null, rulesVersion: RULES_VERSION, importedAtMs: 0 },
    ...{ read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0 },
  }
}
