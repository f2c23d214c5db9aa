import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { fileStats, type Snapshot } from '../../table/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import { explainFailure } from '../compact/find-damage.ts'
import { NO_COUNTS } from '../import/accounting.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import { type LedgerFile, ledgerFiles } from '../ledger.ts'
import { storeFolders } from '../store-layout.ts'
import { getEventDataStore, listEventDataStores } from '../stores.ts'
import type { EventDataStore } from '../types.ts'
import { checkData } from './check-data.ts'
import { checkEvents } from './check-events.ts'
import { checkFiles, checkFooters } from './check-files.ts'
import { checkEventCount, checkLedger } from './check-ledger.ts'
import { checkLog } from './check-log.ts'
import { checkQuarantine } from './check-quarantine.ts'
import { checkRaw } from './check-raw.ts'
import { checkTexts } from './check-texts.ts'
import { createTemplate, damageOf, type StoreCheck } from './context.ts'
import { createFindings, type Findings, HINTS } from './findings.ts'
import type { StoreVerification, VerifyOptions, VerifyReport } from './types.ts'

const MAX_FINDINGS = 1000

/**
 * Checks that a lake is what its log and its ledger say, and writes nothing. What is wrong is in the report, not thrown.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND, INVALID_OPTION, CANCELLED, EXCEEDED_MEMORY_LIMIT, DATA_FILE_DAMAGED for a ledger file
 * that goes while it is verified, and those of storage that cannot be listed at all.
 */
export async function verifyLake(lake: LakeContext, options: VerifyOptions = {}): Promise<VerifyReport> {
  checkOptions(options)
  const startedAt = new Date()
  const signal = options.signal ? AbortSignal.any([options.signal, lake.closing]) : lake.closing
  const checkStopped = () => {
    if (signal.aborted) throw new TraillakeError('CANCELLED', { what: 'the verification' })
  }
  const work = async (): Promise<VerifyReport> => {
    const stores = options.stores?.length
      ? await Promise.all(options.stores.map((store) => getEventDataStore(lake, store)))
      : await listEventDataStores(lake)
    const verified: StoreVerification[] = []
    for (const store of stores) verified.push(await verifyStore(lake, store, options, checkStopped))
    const sum = (of: (store: StoreVerification) => number) => verified.reduce((total, store) => total + of(store), 0)
    return {
      reportVersion: 1,
      lake: lake.storage.location,
      mode: options.fast ? 'fast' : 'full',
      startedAt,
      elapsedMs: Date.now() - startedAt.getTime(),
      ok: verified.every((store) => store.ok),
      errors: sum((store) => store.errors),
      warnings: sum((store) => store.warnings),
      stores: verified,
    }
  }
  return lake.track(work())
}

function checkOptions(options: VerifyOptions): void {
  checkKnownOptions(options, ['stores', 'fast', 'raw', 'maxFindings', 's3', 'onProgress', 'signal'])
  for (const name of ['fast', 'raw'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw invalidOption(name, 'must be true or false')
  }
  if (options.stores !== undefined && !Array.isArray(options.stores)) throw invalidOption('stores', 'must be a list')
  const { maxFindings } = options
  if (maxFindings !== undefined && !(Number.isInteger(maxFindings) && maxFindings >= 1)) {
    throw invalidOption('maxFindings', 'must be a whole number from 1')
  }
}

async function verifyStore(
  lake: LakeContext,
  store: EventDataStore,
  options: VerifyOptions,
  checkStopped: () => void,
): Promise<StoreVerification> {
  const findings = createFindings(options.maxFindings ?? MAX_FINDINGS)
  const checked: StoreCheck['checked'] = {
    ...{ commits: 0, dataFiles: 0, dataBytes: 0, events: 0, ledgerFiles: 0, sourceFiles: 0, quarantineEntries: 0 },
    ...{ rawFiles: 0, rawBytes: 0, rawMissing: 0, rawSuperseded: 0 },
  }
  const result = (
    parts: Pick<StoreVerification, 'version' | 'ledger' | 'events' | 'eventsAppended' | 'eventsRemoved'>,
  ) => ({
    id: store.id,
    name: store.name,
    ok: findings.errors === 0,
    checked,
    ...parts,
    errors: findings.errors,
    warnings: findings.warnings,
    findings: findings.list(),
  })
  const state = await stateOf(lake, store, findings, checkStopped)
  if (!state) return result({ version: null, ledger: NO_COUNTS, events: 0, eventsAppended: null, eventsRemoved: null })
  return lake.engine.withConnection(async (connection) => {
    const check: StoreCheck = {
      ...{ lake, store, connection, ...state, ledger: [], files: new Map(), findings, checked, checkStopped },
      rawStorage: sourceStorage(lake, options),
      progress: (stage, done, total) => options.onProgress?.({ store: store.name, stage, done, total }),
    }
    try {
      return result(await runChecks(check, options))
    } catch (error) {
      checkStopped()
      throw await explainFailure(lake.engine, check.ledger, lake.engine.scratch, error, lake.storage)
    }
  })
}

async function runChecks(
  check: StoreCheck,
  options: VerifyOptions,
): Promise<Pick<StoreVerification, 'version' | 'ledger' | 'events' | 'eventsAppended' | 'eventsRemoved'>> {
  const { connection, store } = check
  const log = await checkLog(check)
  check.progress('files', 0, check.events.files.size)
  await checkFiles(check, options.fast ?? false)
  const ledger = await checkLedger(check, log)
  const rows = [...check.events.files.values()].map((file) => fileStats(file).numRecords)
  const events = rows.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  checkEventCount(check, log, ledger, rows.includes(undefined) ? undefined : events)
  await checkQuarantine(check, options.fast ?? false)
  if (options.fast) await checkFooters(check)
  else {
    const columns = await createTemplate(connection, store.schema)
    await checkData(check, columns)
    await checkEvents(check, log)
    await connection.run('CREATE OR REPLACE TEMP TABLE verify_compared (source VARCHAR)')
    if ((options.raw ?? true) && check.ledger.length > 0) await checkRaw(check, columns)
    await checkTexts(check, columns)
  }
  const { version } = check.events
  const [eventsAppended, eventsRemoved] = log.isWhole ? [log.appended ?? null, log.removed ?? null] : [null, null]
  return { version, ledger, events, eventsAppended, eventsRemoved }
}

interface State {
  readonly events: Snapshot
  readonly sources: Snapshot
  readonly ledgerFiles: readonly LedgerFile[]
}

/** A state of both tables that belongs together, while others may be committing; undefined when a log cannot be read. */
async function stateOf(
  lake: LakeContext,
  store: EventDataStore,
  findings: Findings,
  checkStopped: () => void,
): Promise<State | undefined> {
  const folders = storeFolders(store.id)
  let root: string = folders.events
  try {
    const events = await lake.eventsTable(store.id)
    root = folders.sources
    const sources = await lake.sourcesTable(store.id)
    for (;;) {
      checkStopped()
      root = folders.events
      const snapshot = await events.refresh()
      root = folders.sources
      const ledger = await sources.refresh()
      const files = await ledgerFiles(events, sources, ledger)
      if (events.current().version === snapshot.version) {
        return { events: snapshot, sources: ledger, ledgerFiles: files }
      }
    }
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    findings.error('LOG_DAMAGED', `${root}/_delta_log/`, damageOf(error), HINTS.log)
    return undefined
  }
}
