import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { quoteSqlString } from '../../engine/instance.ts'
import { layouts } from '../../schema/index.ts'
import type { AdvancedEventSelector } from '../../schema/selectors.ts'
import { RULES_VERSION } from '../import/known-sources.ts'
import { mapLimited } from '../import/map-limited.ts'
import { type LedgerRow, ledgerRows, ledgerScan } from '../imports/ledger-rows.ts'
import { openRawFiles } from '../imports/raw-files.ts'
import { type Reread, type RereadOptions, reread } from '../imports/reread.ts'
import { type EventColumns, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'
import { withFiles } from './gone.ts'
import { inTurns } from './lanes.ts'

/** Raw files are read by so many readers side by side, each with the memory of one. */
const LANES = Math.min(2, availableParallelism())
const PIECE = 256

/**
 * Reads every raw file again that can be reached: it holds the bytes that were imported (SHA-256), and every stored event
 * of it is what the file says, column by column. Notes the raw files that were compared in `verify_compared`.
 */
export async function checkRaw(check: StoreCheck, columns: EventColumns): Promise<void> {
  const { lake, store, connection, checked } = check
  const staging = mkdtempSync(join(lake.engine.scratch, 'verify-'))
  const raw = openRawFiles(check.rawStorage, staging)
  const options: RereadOptions = {
    staging,
    read: (row) => raw.get(row.source),
    selectors: widestSelectors(check),
  }
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_suspects (source VARCHAR, exact BOOLEAN)')
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE verify_raw (source VARCHAR, record BIGINT, content UBIGINT, texts UBIGINT)',
  )
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE verify_sums AS SELECT source, sum(n)::BIGINT AS n, sum(content) AS content, sum(texts) AS texts
     FROM verify_stored WHERE source IS NOT NULL GROUP BY source`,
  )
  // The newest state of a raw file is the one that can still be there.
  const scan = ledgerScan(check.ledger)
  const newest = `(source_key, imported_at) IN (SELECT (source_key, max(imported_at)) FROM ${scan} GROUP BY source_key)`
  try {
    let done = 0
    const inTurn = inTurns()
    const pieces = piecesOf(check, newest)
    // Both take from the same pieces: one's engine writes while the other one reads. A failure ends the pieces.
    const lane = async () => {
      for await (const rows of pieces) {
        for await (const batch of reread(lake, store, rows, options)) {
          check.checkStopped()
          done += batch.rows.length
          check.progress('raw', done, checked.sourceFiles)
          await inTurn(() => compareBatch(check, columns, batch, options))
        }
      }
    }
    await mapLimited(
      Array.from({ length: LANES }, () => lane),
      LANES,
      (run) => run(),
    )
    checked.rawSuperseded = checked.sourceFiles - done
    await compareSuspects(check, columns)
  } finally {
    await raw.close()
    await rm(staging, { recursive: true, force: true })
  }
}

/** Raw files of the ledger, some at a time: each piece takes a reader of its own. */
async function* piecesOf({ lake, ledger }: StoreCheck, condition: string): AsyncGenerator<readonly LedgerRow[]> {
  for await (const rows of ledgerRows(lake, ledger, condition)) {
    for (let at = 0; at < rows.length; at += PIECE) yield rows.slice(at, at + PIECE)
  }
}

/** What the store's selectors leave out may have changed since: nothing is left out. */
export function widestSelectors({ store }: StoreCheck): readonly AdvancedEventSelector[] {
  return layouts[store.schema].categories.map((category) => ({
    FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }],
  }))
}

async function compareBatch(
  check: StoreCheck,
  columns: EventColumns,
  { rows, result }: Reread,
  options: RereadOptions,
): Promise<void> {
  const { lake, store, connection } = check
  const sound = rows.filter((row, i) => isUnchanged(check, row, result.files[i]!))
  for (let at = 0; at < sound.length; at += 1000) {
    const ids = sound.slice(at, at + 1000).map((row) => `(${quoteSqlString(row.sourceId)})`)
    await connection.run(`INSERT INTO verify_compared VALUES ${ids.join(', ')}`)
  }
  const paths = result.staged.map((file) => file.path)
  const read = new Map<string, readonly [bigint, bigint, bigint]>()
  for (const path of paths) {
    for (const [source, n, content, texts] of await rowsOf<[string, bigint, bigint, bigint]>(
      connection,
      `SELECT _source, count(*), sum(${columns.hash}), sum(hash(_record, eventjson)) FROM ${columns.from(path)} GROUP BY _source`,
    )) {
      const before = read.get(source) ?? [0n, 0n, 0n]
      read.set(source, [before[0] + n, before[1] + content, before[2] + texts])
    }
  }
  const suspects: LedgerRow[] = []
  const stored = await storedSums(check, sound)
  for (const row of sound.filter(({ status }) => status === 'imported')) {
    const [n, content, texts] = read.get(row.sourceId) ?? [0n, 0n, 0n]
    const was = stored.get(row.sourceId) ?? [0n, 0n, 0n]
    const isSame = n === was[0] && texts === was[2] && (content === was[1] || !isExact(row))
    // How many there are was compared before.
    if (!isSame && was[0] > 0n) suspects.push(row)
  }
  await Promise.all([...paths, result.quarantine].flatMap((path) => (path ? [rm(path, { force: true })] : [])))
  // Some records of these were kept and others not: which of them are stored is compared one by one. Alone, because of two
  // deliveries in one batch only one is read.
  for (const row of suspects) {
    await connection.run(`INSERT INTO verify_suspects VALUES (${quoteSqlString(row.sourceId)}, ${isExact(row)})`)
  }
  for await (const { result: alone } of reread(lake, store, suspects, { ...options, alone: true })) {
    check.checkStopped()
    for (const { path } of alone.staged) {
      await connection.run(
        `INSERT INTO verify_raw SELECT _source, _record, ${columns.hash}, hash(_record, eventjson) FROM ${columns.from(path)}`,
      )
      await rm(path, { force: true })
    }
    if (alone.quarantine) await rm(alone.quarantine, { force: true })
  }
}

/** Rows of other rules may have other columns; their text is the same. */
function isExact(row: LedgerRow): boolean {
  return row.rulesVersion === RULES_VERSION
}

async function storedSums(
  { connection }: StoreCheck,
  rows: readonly LedgerRow[],
): Promise<ReadonlyMap<string, readonly [bigint, bigint, bigint]>> {
  if (rows.length === 0) return new Map()
  const ids = rows.map((row) => quoteSqlString(row.sourceId)).join(', ')
  const sums = await rowsOf<[string, bigint, bigint, bigint]>(
    connection,
    `SELECT source, n, content, texts FROM verify_sums WHERE source IN (${ids})`,
  )
  return new Map(sums.map(([source, ...values]) => [source, values]))
}

/** Is the file what was imported? Else says what is wrong with it. */
function isUnchanged(
  { findings, checked }: StoreCheck,
  row: LedgerRow,
  file: Reread['result']['files'][number],
): boolean {
  if (file.status === 'unread') {
    if (file.code === 'SOURCE_NOT_FOUND') {
      checked.rawMissing += 1
      findings.warning('RAW_MISSING', row.source, 'it is no longer there: its events cannot be compared', HINTS.raw)
    } else findings.warning('RAW_UNREADABLE', row.source, file.reason ?? file.code ?? '', HINTS.raw)
    return false
  }
  checked.rawFiles += 1
  checked.rawBytes += row.size
  if (file.sha256 === row.sha256) return true
  if (row.status === 'failed') {
    const retry = 'traillake quarantine retry reads it'
    findings.warning(
      'RAW_CHANGED',
      row.source,
      'it could not be read when it was imported, and has changed since',
      retry,
    )
    return false
  }
  const message = `its SHA-256 is ${file.sha256}, it was ${row.sha256} when it was imported`
  findings.error('RAW_CHANGED', row.source, message, HINTS.raw)
  return false
}

const NAMED = 20

/** Stored events of raw files in doubt: each is one that the file holds. */
async function compareSuspects(check: StoreCheck, columns: EventColumns): Promise<void> {
  const { connection, files, findings } = check
  const [count] = await rowsOf<[bigint]>(connection, 'SELECT count(*) FROM verify_suspects')
  if (count![0] === 0n) return
  for (const [path, file] of files) {
    check.checkStopped()
    const found = await withFiles(check, [path], () =>
      rowsOf<[string, bigint | null, bigint]>(
        connection,
        `SELECT f._source, f._record, (count(*) OVER ())::BIGINT
         FROM (SELECT _source, _record, hash(_record, eventjson) AS texts, ${columns.hash} AS content FROM ${columns.from(path)}) f
         JOIN verify_suspects s ON s.source = f._source
         LEFT JOIN verify_raw r ON r.source = f._source AND r.record = f._record
         WHERE r.source IS NULL OR r.texts <> f.texts OR (r.content <> f.content AND s.exact)
         ORDER BY f._source, f._record LIMIT ${NAMED}`,
      ),
    )
    const rows = found ?? []
    for (const [source, record] of rows) {
      const message = `record ${record ?? '?'} of ${source} is not what the raw file says`
      findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
    }
    const more = Number(rows[0]?.[2] ?? 0) - rows.length
    if (more > 0) findings.error('EVENT_DIFFERS', file.key, `so are ${more} more of its events`, HINTS.reimport)
  }
}
