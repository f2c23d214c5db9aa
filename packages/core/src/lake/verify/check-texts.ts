import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { registerRowSource } from '../../engine/table-function.ts'
import type { DataFile } from '../../table/index.ts'
import { RULES_VERSION } from '../import/known-sources.ts'
import type { BatchResult } from '../import/protocol.ts'
import { type LedgerRow, ledgerScan } from '../imports/ledger-rows.ts'
import { reread } from '../imports/reread.ts'
import { widestSelectors } from './check-raw.ts'
import { type EventColumns, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'
import { withFiles } from './gone.ts'

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
  const { connection, lake, store } = check
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
  const stretches = await stretchesOf(check, columns)
  let texts: readonly string[] = []
  try {
    const options = {
      staging,
      async read(row: LedgerRow): Promise<Buffer> {
        const { path, from } = stretches.get(row.sourceId)!
        const found = await withFiles(check, [path], () =>
          rowsOf<[bigint, string]>(
            connection,
            `SELECT file_row_number, eventjson FROM ${columns.numbered(path)} f SEMI JOIN verify_texts t ON t.source = f._source
             WHERE file_row_number >= ${from} AND file_row_number < ${from + ROWS_AT_ONCE} AND eventjson IS NOT NULL`,
          ),
        )
        const rows = found ?? []
        positions.set({ rowCount: rows.length, values: [(i) => BigInt(i), (i) => rows[i]![0]] })
        texts = rows.map(([, text]) => text)
        return Buffer.from(`{"Records":[${texts.join(',')}]}`)
      },
      selectors: widestSelectors(check),
      alone: true,
    }
    let done = 0
    // Each in a batch of its own, so that what was read last is what comes out.
    for await (const { rows, result } of reread(lake, store, [...stretches.keys()].map(pseudoRow), options)) {
      check.checkStopped()
      check.progress('texts', done++, stretches.size)
      const stretch = stretches.get(rows[0]!.sourceId)!
      if (texts.length > 0) await compareTexts(check, columns, stretch, texts.length, result, `${name}()`)
      for (const { path } of result.staged) await rm(path, { force: true })
      if (result.quarantine) await rm(result.quarantine, { force: true })
    }
  } finally {
    positions.clear()
    await rm(staging, { recursive: true, force: true })
  }
}

/** Consecutive rows of a data file. */
interface Stretch {
  readonly path: string
  readonly file: DataFile
  readonly from: number
}

/** All data files, stretch by stretch, under a name of their own. */
async function stretchesOf(check: StoreCheck, columns: EventColumns): Promise<ReadonlyMap<string, Stretch>> {
  const { connection, files } = check
  const stretches = new Map<string, Stretch>()
  for (const [path, file] of files) {
    const found = await withFiles(check, [path], () =>
      rowsOf<[bigint]>(connection, `SELECT count(*) FROM ${columns.from(path)}`),
    )
    const total = Number(found?.[0]?.[0] ?? 0)
    for (let from = 0; from < total; from += ROWS_AT_ONCE) {
      stretches.set(`${file.key}#${from}`, { path, file, from })
    }
  }
  return stretches
}

async function compareTexts(
  check: StoreCheck,
  columns: EventColumns,
  { path, file }: Stretch,
  texts: number,
  result: BatchResult,
  positions: string,
): Promise<void> {
  const { connection, findings } = check
  const [read] = result.files
  if (read!.status === 'failed' || read!.read !== texts) {
    const message = 'the texts of its events are no records any more'
    findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
    return
  }
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_again (position BIGINT, content UBIGINT)')
  for (const staged of result.staged) {
    await connection.run(`INSERT INTO verify_again SELECT _record, ${columns.hash} FROM ${columns.from(staged.path)}`)
  }
  // Of an event that is there twice only one comes back; that it is, was said.
  const isWhole = read!.duplicate + read!.quarantined === 0
  const found = await withFiles(check, [path], () =>
    rowsOf<[string, bigint, bigint]>(
      connection,
      `SELECT f._source, f._record, (count(*) OVER ())::BIGINT
       FROM (SELECT file_row_number, _source, _record, ${columns.hash} AS content FROM ${columns.numbered(path)}) f
       JOIN ${positions} p ON p.row = f.file_row_number
       LEFT JOIN verify_again a ON a.position = p.position
       WHERE a.content <> f.content ${isWhole ? 'OR a.position IS NULL' : ''} ORDER BY f.file_row_number LIMIT ${NAMED}`,
    ),
  )
  const wrong = found ?? []
  for (const [source, record] of wrong) {
    const message = `the columns of record ${record} of ${source} are not what its eventjson says`
    findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
  }
  const more = Number(wrong[0]?.[2] ?? 0) - wrong.length
  if (more > 0) findings.error('EVENT_DIFFERS', file.key, `so are those of ${more} more`, HINTS.reimport)
}

/** The texts of a data file in the place of a raw file. */
function pseudoRow(name: string): LedgerRow {
  return {
    ...{ sourceId: name, source: name, etag: '', size: 0, modifiedMs: 0, sha256: null, kind: 'log', code: null },
    ...{ status: 'imported', importId: 'verify', quarantinePath: null, rulesVersion: RULES_VERSION, importedAtMs: 0 },
    ...{ read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0 },
  }
}
