import { quoteSqlString } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import { mapLimited } from '../import/map-limited.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import { type Amendment, type AmendPlace, amend, sumRows } from './amend.ts'
import { findTouchedFiles, type TouchedFile, writeRests } from './drop-events.ts'
import { findImport } from './find-import.ts'
import { importsBefore, type Restored, restoreDuplicates } from './later-duplicates.ts'
import { allLedgerRows, isOneOf, type LedgerRow, ledgerPaths } from './ledger-rows.ts'
import { openRawFiles, type RawFiles } from './raw-files.ts'
import type { UndoOptions, UndoReport } from './types.ts'

/** Takes an import back; see `Imports.undo`. */
export async function undoImport(lake: LakeContext, id: string, options: UndoOptions = {}): Promise<UndoReport> {
  checkKnownOptions(options, ['store', 'dryRun', 'allowLoss', 's3', 'signal'])
  for (const name of ['dryRun', 'allowLoss'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw invalidOption(name, 'must be true or false')
  }
  const startedMs = Date.now()
  const dryRun = options.dryRun ?? false
  if (!dryRun) await lake.requireWritable('undo an import')
  const { store, importId } = await findImport(lake, id, options.store)
  const signal = options.signal ? AbortSignal.any([options.signal, lake.closing]) : lake.closing
  const run: Undo = {
    importId,
    allowLoss: options.allowLoss ?? false,
    raw: openRawFiles(sourceStorage(lake, options), lake.engine.scratch),
    signal,
  }
  const work = async () => {
    const { result, version } = await amend(lake, store, dryRun, (place) => plan(place, run))
    return { importId, store, dryRun, ...result, version, elapsedMs: Date.now() - startedMs }
  }
  try {
    return await lake.track(work())
  } catch (error) {
    if (!signal.aborted) throw error
    throw new TraillakeError('CANCELLED', { what: 'the undo' }, { hint: 'nothing was changed', cause: error })
  } finally {
    await run.raw.close()
  }
}

interface Undo {
  readonly importId: string
  readonly allowLoss: boolean
  readonly raw: RawFiles
  readonly signal: AbortSignal
}

type Found = Pick<
  UndoReport,
  'files' | 'events' | 'dataFilesRemoved' | 'dataFilesRewritten' | 'restored' | 'unreadable'
>

async function plan(place: AmendPlace, run: Undo): Promise<{ amendment: Amendment; result: Found }> {
  const { lake, store } = place
  const paths = await ledgerPaths(lake, store)
  const mine = `s.import_id = ${quoteSqlString(run.importId)}`
  const rows = await allLedgerRows(lake, paths, mine)
  // Another undo was faster.
  if (rows.length === 0) throw new TraillakeError('IMPORT_NOT_FOUND', { id: run.importId })
  const own = await unreadable(
    rows.filter((row) => row.status !== 'skipped'),
    run,
  )
  if (own.length > 0 && !run.allowLoss) throw ownFilesGone(run.importId, own)
  return lake.engine.withConnection(async (connection) => {
    const sourceIds = rows.filter((row) => row.kept > 0).map((row) => row.sourceId)
    const touched = await findTouchedFiles(place, connection, sourceIds, run.signal)
    const later = touched.length === 0 ? [] : await laterDuplicates(place, run, paths)
    const lost = await unreadable(later, run)
    if (lost.length > 0 && !run.allowLoss) throw laterFilesGone(run.importId, lost)
    const readable = later.filter((row) => !lost.includes(row))
    const restored =
      readable.length === 0
        ? NOTHING_RESTORED
        : await restoreDuplicates(place, connection, touched, readable, rows, run.raw, run.signal)
    for (const row of restored.newRows) checkRestored(row)
    const rests = await writeRests(place, connection, touched, run.signal)
    return {
      amendment: amendmentOf(run.importId, rows, touched, [...rests, ...restored.staged], restored, mine),
      result: {
        files: rows.length,
        events: touched.reduce((sum, one) => sum + one.dropped, 0),
        dataFilesRemoved: touched.length,
        dataFilesRewritten: rests.length,
        restored: restored.newRows.map((row, i) => ({
          source: row.source,
          importId: row.importId,
          events: row.kept - restored.oldRows[i]!.kept,
        })),
        unreadable: [...own, ...lost].map((row) => row.source),
      },
    }
  })
}

const NOTHING_RESTORED: Restored = { staged: [], oldRows: [], newRows: [] }

function amendmentOf(
  importId: string,
  rows: readonly LedgerRow[],
  touched: readonly TouchedFile[],
  staged: Amendment['staged'],
  restored: Restored,
  mine: string,
): Amendment {
  return {
    operation: 'DELETE',
    undo: importId,
    undone: { files: rows.length, ...sumRows(rows) },
    removed: touched.map((one) => one.file),
    staged,
    oldRows: [...rows, ...restored.oldRows],
    isOld: `${mine} OR ${isOneOf(restored.oldRows)}`,
    newRows: restored.newRows,
  }
}

/** Raw files of other imports that may hold events which were dropped as duplicates of this one's, as they were imported. */
async function laterDuplicates(
  place: AmendPlace,
  { importId }: Undo,
  paths: readonly string[],
): Promise<readonly LedgerRow[]> {
  const others = `s.duplicate > 0 AND s.import_id <> ${quoteSqlString(importId)}`
  const rows = await allLedgerRows(place.lake, paths, others)
  if (rows.length === 0) return rows
  const before = await importsBefore(place, importId)
  // The sort is stable: files of one commit stay in the order of their keys.
  return rows.filter((row) => !before.has(row.importId)).sort((a, b) => a.importedAtMs - b.importedAtMs)
}

const PARALLEL_CHECKS = 16

async function unreadable(rows: readonly LedgerRow[], { raw, signal }: Undo): Promise<readonly LedgerRow[]> {
  const states = await mapLimited(rows, PARALLEL_CHECKS, async (row) => {
    signal.throwIfAborted()
    return raw.check(row)
  })
  return rows.filter((_, i) => states[i] !== 'same')
}

/** A file cannot give back more events than it was said to have lost: it was read with other selectors then. */
function checkRestored(row: LedgerRow): void {
  if (row.duplicate >= 0) return
  const what = `the duplicates of ${row.source}`
  throw new TraillakeError('ACCOUNTING_MISMATCH', { what, read: row.read, counted: row.read - row.duplicate })
}

const ALLOW = 'give --allow-loss (allowLoss: true) to undo it all the same'

function ownFilesGone(importId: string, rows: readonly LedgerRow[]): TraillakeError {
  return new TraillakeError(
    'UNDO_LOSES_EVENTS',
    { importId, reason: `its raw files cannot be read again: ${names(rows)}` },
    { hint: `put them back, or ${ALLOW}` },
  )
}

function laterFilesGone(importId: string, rows: readonly LedgerRow[]): TraillakeError {
  const imports = [...new Set(rows.map((row) => row.importId))].join(', ')
  return new TraillakeError(
    'UNDO_LOSES_EVENTS',
    {
      importId,
      reason: `events of other imports (${imports}) may have been dropped as duplicates of it, and their raw files cannot be read again: ${names(rows)}`,
    },
    { hint: `put them back, or ${ALLOW}` },
  )
}

const NAMED = 5

function names(rows: readonly LedgerRow[]): string {
  const some = rows.slice(0, NAMED).map((row) => row.source)
  return rows.length > NAMED ? `${some.join(', ')} and ${rows.length - NAMED} more` : some.join(', ')
}
