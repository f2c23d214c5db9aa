import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TraillakeError } from '../../errors/index.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodePath, type ExpiryOptions, listExpiredLogFiles, type Table } from '../../table/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import { mapLimited } from '../import/map-limited.ts'
import { cleanStaging } from '../import/staging.ts'
import type { LakeContext } from '../lake-context.ts'
import { projectLedger, unprojectedLedgerFiles } from '../ledger.ts'
import { storeFolders } from '../store-layout.ts'
import { getEventDataStore, listEventDataStores } from '../stores.ts'
import type { EventDataStore } from '../types.ts'
import { findDeletedStores } from './deleted-stores.ts'
import type { VacuumedFile, VacuumOptions, VacuumReport } from './types.ts'
import { findTemporary, findUnused } from './unused-files.ts'
import { findUnusedQuarantine } from './unused-quarantine.ts'

const HOUR_MS = 3_600_000
const DEFAULT_GRACE_HOURS = 168
/** Below it, files of imports and queries that are under way may not be old enough to be told from orphans. */
const LEAST_GRACE_HOURS = 24
const PARALLEL_DELETES = 16

const VACUUM_OPTIONS = [
  'stores',
  'graceHours',
  'keep',
  'force',
  'dryRun',
  'signal',
] as const satisfies readonly (keyof VacuumOptions)[]

/**
 * Deletes files that no version names which was the newest one within the grace: what compaction and retention replaced, what
 * stopped writers left behind, quarantine files that the ledger names no more, commits older than the log is kept for, and the
 * files of deleted stores.
 *
 * Every version of the last `graceHours` can still be read afterwards. Safe beside imports, queries and compaction, whose files
 * are younger than the grace. A stop half-way is harmless: the next run does the rest.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND, INVALID_OPTION (a grace below 24 hours without `force` included), LAKE_READ_ONLY,
 * TABLE_VERSION_NOT_FOUND for a version to keep that is gone already, DATA_FILE_DAMAGED for a damaged ledger file, CANCELLED,
 * and those of the storage.
 */
export function vacuumLake(lake: LakeContext, options: VacuumOptions = {}): Promise<VacuumReport> {
  try {
    checkOptions(options)
  } catch (error) {
    return Promise.reject(error)
  }
  return lake.track(vacuumAll(lake, options))
}

async function vacuumAll(lake: LakeContext, options: VacuumOptions): Promise<VacuumReport> {
  const startedMs = Date.now()
  const { dryRun = false, graceHours = DEFAULT_GRACE_HOURS } = options
  if (!dryRun) await lake.requireWritable('vacuum')
  const stores = options.stores
    ? await Promise.all(options.stores.map((name) => getEventDataStore(lake, name)))
    : await listEventDataStores(lake)
  const keep = await Promise.all(
    (options.keep ?? []).map(async ({ store, version }) => ({
      id: (await getEventDataStore(lake, store)).id,
      version,
    })),
  )
  const run = { lake, dryRun, keep, nowMs: startedMs, graceMs: graceHours * HOUR_MS, signal: options.signal }
  const deleted: VacuumedFile[] = []
  const waiting: VacuumedFile[] = []
  const take = async (found: { old: readonly VacuumedFile[]; waiting: readonly VacuumedFile[] }) => {
    if (!dryRun) await deleteFiles(run, found.old)
    deleted.push(...found.old)
    waiting.push(...found.waiting)
  }
  for (const store of new Map(stores.map((one) => [one.id, one])).values()) {
    for await (const found of unusedOfStore(run, store)) await take(found)
    if (!dryRun) await cleanStaging(lake, store.id)
  }
  if (!options.stores) {
    // Asked again: a store that was made meanwhile is not a deleted one.
    for (const { files, unusedSinceMs } of await findDeletedStores(lake.storage, await listEventDataStores(lake))) {
      const gone = files.map(({ key, size }) => ({ file: key, bytes: size, reason: 'deleted-store' }) as const)
      const isOld = unusedSinceMs <= run.nowMs - run.graceMs
      await take({ old: isOld ? gone : [], waiting: isOld ? [] : gone })
    }
  }
  const sum = (files: readonly VacuumedFile[]) => files.reduce((bytes, file) => bytes + file.bytes, 0)
  return {
    dryRun,
    graceHours,
    stores,
    deleted,
    bytes: sum(deleted),
    waiting: { files: waiting.length, bytes: sum(waiting) },
    elapsedMs: Date.now() - startedMs,
  }
}

interface Run {
  readonly lake: LakeContext
  readonly dryRun: boolean
  readonly keep: readonly { readonly id: string; readonly version: number }[]
  readonly nowMs: number
  readonly graceMs: number
  readonly signal: AbortSignal | undefined
}

async function* unusedOfStore(run: Run, store: EventDataStore) {
  const { lake, dryRun, nowMs } = run
  const folders = storeFolders(store.id)
  const [events, sources] = [await lake.eventsTable(store.id), await lake.sourcesTable(store.id)]
  // The log is cleaned up to a checkpoint, and a commit only goes once the ledger has taken from it what it holds.
  const ledger = dryRun ? await sources.refresh() : await projectLedger(events, sources)
  const projected = ledger.transactions.get(events.current().metadata.id)?.version ?? 0
  if (!dryRun) for (const table of [events, sources]) await table.checkpointIfDue()

  const versions = run.keep.filter(({ id }) => id === store.id).map(({ version }) => version)
  yield await findUnused(events, { ...run, versions }, async () => [])
  const pending = async () =>
    (await unprojectedLedgerFiles(events, await sources.refresh())).map(
      (add) => `${folders.sources}/${decodePath(add.path)}`,
    )
  const ledgerFiles = await findUnused(sources, { ...run, versions: [] }, pending)
  yield ledgerFiles
  yield await findUnusedQuarantine(lake, store, nowMs - run.graceMs, async () => [
    ...ledgerFiles.waiting.flatMap(({ file, reason }) => (reason === 'removed' ? file : [])),
    // Pending ones first: what the table takes over meanwhile is then among its files.
    ...(await pending()),
    ...[...(await sources.refresh()).files.values()].map((file) => file.key),
  ])
  yield {
    old: await expiredLog(events, { nowMs, keepFrom: projected + 1, keepVersion: Math.min(...versions) }),
    waiting: [],
  }
  yield { old: await expiredLog(sources, { nowMs }), waiting: [] }
  const temporary: VacuumedFile[] = []
  for (const folder of [folders.events, folders.sources]) {
    temporary.push(...(await findTemporary(lake.storage, folder, run)))
  }
  const staged: { old: VacuumedFile[]; waiting: VacuumedFile[] } = { old: temporary, waiting: [] }
  for await (const { key, size, modifiedMs } of lake.storage.list(`${folders.tmp}/`)) {
    const file = { file: key, bytes: size, reason: 'temporary' } as const
    ;(modifiedMs <= nowMs - run.graceMs ? staged.old : staged.waiting).push(file)
  }
  yield staged
}

async function expiredLog(table: Table, options: ExpiryOptions): Promise<readonly VacuumedFile[]> {
  const keys = await listExpiredLogFiles(table, options)
  return mapLimited(keys, PARALLEL_DELETES, async (key) => ({
    file: key,
    bytes: (await table.store.head(key))?.size ?? 0,
    reason: 'log' as const,
  }))
}

async function deleteFiles({ lake, signal }: Run, files: readonly VacuumedFile[]): Promise<void> {
  const remove = async ({ file }: VacuumedFile) => {
    if (signal?.aborted || lake.closing.aborted) {
      throw new TraillakeError('CANCELLED', { what: 'the vacuum' }, { hint: 'run it again to do the rest' })
    }
    await deleteFile(lake.storage, file)
  }
  // Commits go one by one, oldest first: a stop must leave no gap between those that stay.
  for (const file of files) if (file.reason === 'log') await remove(file)
  await mapLimited(
    files.filter((file) => file.reason !== 'log'),
    PARALLEL_DELETES,
    remove,
  )
}

/** What an unfinished write left is no object of the store: it is a file of the disk. */
async function deleteFile(storage: ObjectStore, key: string): Promise<void> {
  const [, folder, name] = /^(.*)\/(\.tmp-[^/]*)$/.exec(key) ?? []
  const path = folder === undefined ? undefined : storage.localPath(folder)
  if (path === undefined) await storage.delete(key)
  else await rm(join(path, name!), { force: true })
}

function checkOptions(options: VacuumOptions): void {
  checkKnownOptions(options, VACUUM_OPTIONS)
  const { stores, graceHours, force = false } = options
  if (stores !== undefined && !(Array.isArray(stores) && stores.every((name) => typeof name === 'string'))) {
    throw invalidOption('stores', 'must be a list of names')
  }
  if (graceHours === undefined) return
  if (!Number.isFinite(graceHours) || graceHours < 0) throw invalidOption('graceHours', 'must be a number from 0')
  if (graceHours < LEAST_GRACE_HOURS && !force) {
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: 'graceHours', reason: `must be at least ${LEAST_GRACE_HOURS} unless force is set` },
      { hint: 'force it only while nobody else imports into, compacts or queries the lake' },
    )
  }
}
