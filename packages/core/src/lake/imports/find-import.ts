import { quoteSqlString } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { invalidOption } from '../check-options.ts'
import type { LakeContext } from '../lake-context.ts'
import { getEventDataStore, listEventDataStores } from '../stores.ts'
import type { EventDataStore } from '../types.ts'
import { ledgerPaths, ledgerScan, queryLedger } from './ledger-rows.ts'

const LEAST_PREFIX = 8

export interface FoundImport {
  readonly store: EventDataStore
  readonly importId: string
}

/** The stores that a filter names: one, or all. EVENT_DATA_STORE_NOT_FOUND. */
export async function storesOf(lake: LakeContext, store: string | undefined): Promise<readonly EventDataStore[]> {
  return store === undefined ? listEventDataStores(lake) : [await getEventDataStore(lake, store)]
}

/**
 * Finds an import by its id or the beginning of it.
 *
 * Errors: IMPORT_NOT_FOUND, INVALID_OPTION for an id that is too short or fits several.
 */
export async function findImport(lake: LakeContext, id: string, store: string | undefined): Promise<FoundImport> {
  const wanted = typeof id === 'string' ? id.toLowerCase() : ''
  if (!new RegExp(`^[0-9a-f-]{${LEAST_PREFIX},36}$`).test(wanted)) {
    throw invalidOption('import', `must be an import's id, or its first ${LEAST_PREFIX} characters or more`)
  }
  const found: FoundImport[] = []
  for (const one of await storesOf(lake, store)) {
    const paths = await ledgerPaths(lake, one)
    const scan = ledgerScan(paths)
    if (scan === undefined) continue
    const sql = `SELECT DISTINCT import_id FROM ${scan} WHERE starts_with(import_id, ${quoteSqlString(wanted)})`
    for await (const rows of queryLedger(lake, paths, sql)) {
      for (const [importId] of rows) if (importId) found.push({ store: one, importId })
    }
  }
  if (found.length > 1) throw invalidOption('import', `fits ${found.length} imports: write more of the id`)
  if (!found[0]) {
    const hint = 'list them: traillake imports list'
    throw new TraillakeError('IMPORT_NOT_FOUND', { id: wanted }, { hint })
  }
  return found[0]
}
