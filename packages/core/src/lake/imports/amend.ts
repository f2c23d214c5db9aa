import { randomUUID } from 'node:crypto'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import {
  type AddFile,
  type CommitResult,
  type DataFile,
  dataFileName,
  decodePath,
  makeAdd,
  makeRemove,
  type PartitionValues,
  type Snapshot,
} from '../../table/index.ts'
import { explainFailure } from '../compact/find-damage.ts'
import { addCounts, NO_COUNTS } from '../import/accounting.ts'
import { writeLedgerRows } from '../import/ledger-file.ts'
import { cleanStaging, openDryStaging, openStaging } from '../import/staging.ts'
import type { LakeContext } from '../lake-context.ts'
import { type ImportCommit, ledgerFileName, projectLedger } from '../ledger.ts'
import { knownPath } from '../local-file.ts'
import { partitionColumns, storeFolders } from '../store-layout.ts'
import type { BasicEventSelector, Counts, EventDataStore } from '../types.ts'
import { dropLedgerRows } from './drop-rows.ts'
import { saveImportSelectors } from './import-selectors.ts'
import { type LedgerRow, ledgerValues } from './ledger-rows.ts'

/** A finished data file that waits in the staging folder. */
export interface StagedRows {
  readonly path: string
  readonly partitionValues: PartitionValues
  readonly stats: string
}

/** A change of what was imported: of the events, and of the ledger that says where they came from. */
export interface Amendment {
  /** Delta's word for it. */
  readonly operation: 'DELETE' | 'WRITE'
  /** The import that is undone, and what the ledger says of it. */
  readonly undo?: string
  readonly undone?: Counts & { readonly files: number }
  /** Data files that go. */
  readonly removed: readonly DataFile[]
  /** Data files that come. */
  readonly staged: readonly StagedRows[]
  /** Ledger rows that go, and those that come. */
  readonly oldRows: readonly LedgerRow[]
  /** The condition over a row `s` of the ledger that holds for `oldRows` alone. */
  readonly isOld: string
  readonly newRows: readonly LedgerRow[]
  /** What new imports among `newRows` filter by, by their ids. */
  readonly eventSelectors?: ReadonlyMap<string, readonly BasicEventSelector[]>
  /** A quarantine file that the new rows name: its key below the store, and where it waits. */
  readonly quarantine?: { readonly key: string; readonly path: string }
}

export interface AmendPlace {
  readonly lake: LakeContext
  readonly store: EventDataStore
  /** The state of the events table that the amendment was decided on. */
  readonly base: Snapshot
  /** A local folder for files on their way. */
  readonly staging: string
}

/** Why an amendment has to be made again: somebody else committed since. Nothing was written. */
const OVERTAKEN = Symbol('overtaken')

/**
 * Commits an amendment as one version of the events table, which names the ledger's change; the ledger follows.
 *
 * A stop before the commit leaves files that nothing names; a stop after it, a change that the next writer completes.
 */
async function commitAmendment(
  { lake, store, base, staging }: AmendPlace,
  amendment: Amendment,
): Promise<CommitResult | typeof OVERTAKEN> {
  const { removed, staged, oldRows, newRows, quarantine } = amendment
  const deletionTimestampMs = Date.now()
  const { storage } = lake
  const events = await lake.eventsTable(store.id)
  const sources = await lake.sourcesTable(store.id)
  const folders = storeFolders(store.id)
  const moved: string[] = []
  const move = async (key: string, path: string) => {
    moved.push(key)
    return storage.putFile(key, path)
  }
  let overtaken = false
  let committed: CommitResult
  try {
    const adds: AddFile[] = []
    for (const { path, partitionValues, stats } of staged) {
      const name = dataFileName(partitionColumns(store.layout), partitionValues, randomUUID())
      const { size, modifiedMs } = await move(`${folders.events}/${name}`, path)
      adds.push(makeAdd({ name, partitionValues, size, modifiedMs, stats, dataChange: true }))
    }
    for (const [importId, selectors] of amendment.eventSelectors ?? []) {
      await saveImportSelectors(storage, importId, selectors)
    }
    if (quarantine) await move(`${folders.root}/${quarantine.key}`, quarantine.path)
    const ledger = await projectLedger(events, sources)
    const place = { engine: lake.engine, storage, staging }
    const rest = await dropLedgerRows(place, folders.sources, [...ledger.files.values()], amendment.isOld)
    moved.push(...rest.added.map((add) => `${folders.sources}/${decodePath(add.path)}`))
    if (rest.rows !== oldRows.length) {
      const what = 'the change of the ledger'
      throw new TraillakeError('ACCOUNTING_MISMATCH', { what, read: oldRows.length, counted: rest.rows })
    }
    const added = [...rest.added]
    if (newRows.length > 0) {
      const written = await writeLedgerRows(staging, newRows.map(ledgerValues))
      const name = ledgerFileName()
      const { size, modifiedMs } = await move(`${folders.sources}/${name}`, written.path)
      added.push(makeAdd({ name, partitionValues: {}, size, modifiedMs, stats: written.stats, dataChange: true }))
    }
    const traillake: ImportCommit = {
      importId: randomUUID(),
      ledger: added,
      ledgerRemoved: rest.removed.map((file) => file.path),
      amends: [...new Set([...oldRows, ...newRows].map((row) => row.importId))],
      ...(amendment.undo === undefined ? {} : { undo: amendment.undo }),
      ...(amendment.undone === undefined ? {} : { undone: amendment.undone }),
      ...difference(newRows, oldRows),
    }
    committed = await events.commit({
      snapshot: base,
      actions: [
        ...removed.map((file) => ({ remove: makeRemove(file, { deletionTimestampMs, dataChange: true }) })),
        ...adds.map((add) => ({ add })),
      ],
      commitInfo: { operation: amendment.operation, operationParameters: {}, isBlindAppend: false, traillake },
      onConflict(winner) {
        // Whatever it was: which rows are here, and which are duplicates of them, has to be looked at again.
        overtaken = true
        return { kind: 'abort', reason: `version ${winner.version} came first` }
      },
    })
  } catch (error) {
    // What was moved and is named by no commit would be an orphan until it is vacuumed.
    if (!isTraillakeError(error, 'COMMIT_UNKNOWN')) {
      await Promise.all(moved.map((key) => storage.delete(key).catch(() => undefined)))
    }
    if (overtaken) return OVERTAKEN
    throw error
  }
  await projectLedger(events, sources)
  return committed
}

/** The sums over rows of the ledger. */
export function sumRows(rows: readonly LedgerRow[]): Counts {
  return rows.reduce(addCounts, NO_COUNTS)
}

/** What a change of the ledger adds to the sums over it. */
function difference(added: readonly LedgerRow[], dropped: readonly LedgerRow[]): Counts {
  const [plus, minus] = [sumRows(added), sumRows(dropped)]
  return {
    read: plus.read - minus.read,
    kept: plus.kept - minus.kept,
    duplicate: plus.duplicate - minus.duplicate,
    filtered: plus.filtered - minus.filtered,
    quarantined: plus.quarantined - minus.quarantined,
  }
}

const ATTEMPTS = 20

/** Makes and commits an amendment, again as long as others come first. Nothing to amend: undefined. */
export async function amend<T>(
  lake: LakeContext,
  store: EventDataStore,
  dryRun: boolean,
  plan: (place: AmendPlace) => Promise<{ readonly amendment: Amendment | undefined; readonly result: T }>,
): Promise<{ readonly result: T; readonly version: number }> {
  if (!dryRun) await cleanStaging(lake, store.id)
  const events = await lake.eventsTable(store.id)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const staging = dryRun ? openDryStaging(lake.engine.scratch) : openStaging(lake, store.id)
    try {
      // What the ledger is asked afterwards knows at least what these events are.
      const base = await events.refresh()
      const place = { lake, store, base, staging: staging.folder }
      const { amendment, result } = await plan(place).catch(async (error: unknown) => {
        const paths = [...base.files.values()].flatMap((file) => knownPath(lake.storage, file.key) ?? [])
        throw await explainFailure(lake.engine, paths, staging.folder, error, lake.storage)
      })
      if (amendment === undefined || dryRun) return { result, version: base.version }
      const committed = await commitAmendment(place, amendment)
      if (committed !== OVERTAKEN) return { result, version: committed.version }
    } finally {
      await staging.remove()
    }
  }
  throw new TraillakeError(
    'COMMIT_CONFLICT',
    { table: events.root, reason: `${ATTEMPTS} others came first` },
    { hint: 'run it again when no import is under way' },
  )
}
