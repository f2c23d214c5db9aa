import type { ObjectInfo } from '../../storage/object-store.ts'
import { ledgerScan, queryLedger } from '../imports/ledger-rows.ts'
import type { LakeContext } from '../lake-context.ts'
import { createLocalCopies } from '../local-file.ts'
import { storeFolders } from '../store-layout.ts'
import type { EventDataStore } from '../types.ts'
import type { VacuumedFile } from './types.ts'
import type { UnusedFiles } from './unused-files.ts'

/**
 * Quarantine files that no row of the ledger names: an undo or a retry replaced the rows, or their writer was stopped.
 *
 * They are listed before the ledger is asked. A name that is gone never comes back, and files of writers that have yet to commit
 * are younger than the grace. A ledger file that was replaced within the grace is still there and speaks for its quarantine files
 * until it goes itself.
 *
 * @param ledger keys of the ledger files that are kept, replaced ones included; asked only when something is old enough
 * Errors: DATA_FILE_DAMAGED for a ledger file that cannot be read: without it no quarantine file is known to be unnamed.
 */
export async function findUnusedQuarantine(
  lake: LakeContext,
  store: EventDataStore,
  limitMs: number,
  ledger: () => Promise<readonly string[]>,
): Promise<UnusedFiles> {
  const { root, quarantine } = storeFolders(store.id)
  const listed: ObjectInfo[] = []
  for await (const info of lake.storage.list(`${quarantine}/`)) {
    if (!/\/[_.]/.test(info.key.slice(quarantine.length))) listed.push(info)
  }
  if (listed.length === 0) return { old: [], waiting: [] }
  const paths = await createLocalCopies(lake.storage, lake.engine.scratch)(await ledger())
  const scan = ledgerScan(paths)
  const named = new Set<string>()
  if (scan !== undefined) {
    const sql = `SELECT DISTINCT quarantine_path FROM ${scan} WHERE quarantine_path IS NOT NULL`
    for await (const rows of queryLedger(lake, paths, sql)) for (const [path] of rows) named.add(`${root}/${path}`)
  }
  const old: VacuumedFile[] = []
  const waiting: VacuumedFile[] = []
  for (const { key, size, modifiedMs } of listed) {
    if (named.has(key)) continue
    const file = { file: key, bytes: size, reason: 'quarantine' } as const
    ;(modifiedMs <= limitMs ? old : waiting).push(file)
  }
  return { old, waiting }
}
