import { isTraillakeError } from '../../errors/index.ts'
import { listDocumentIds, readDocument } from '../../lake/documents.ts'
import type { LakeContext } from '../../lake/lake-context.ts'
import { listEventDataStores } from '../../lake/stores.ts'
import { HISTORY_KIND, type HistoryRecord } from './query-records.ts'

/** A version of an event data store that a remembered answer is repeated from. */
export interface PinnedVersion {
  /** Its id. */
  readonly store: string
  readonly version: number
}

/** The versions that finished queries of the history read, each once: of stores that are there, as far as the log still has them. */
export async function pinnedVersions(lake: LakeContext): Promise<readonly PinnedVersion[]> {
  const stores = new Set((await listEventDataStores(lake)).map(({ id }) => id))
  const pins = new Map<string, PinnedVersion>()
  for (const id of await listDocumentIds(lake.storage, HISTORY_KIND)) {
    const record = (await readDocument<HistoryRecord>(lake.storage, HISTORY_KIND, id))?.value
    if (record?.status !== 'FINISHED') continue
    for (const pin of pinsOf(record)) if (stores.has(pin.store)) pins.set(`${pin.store} ${pin.version}`, pin)
  }
  const found: PinnedVersion[] = []
  for (const pin of pins.values()) if (await isThere(lake, pin)) found.push(pin)
  return found
}

function pinsOf({ pins, versions }: HistoryRecord): readonly PinnedVersion[] {
  return pins ?? Object.entries(versions).map(([store, version]) => ({ store, version }))
}

async function isThere(lake: LakeContext, { store, version }: PinnedVersion): Promise<boolean> {
  try {
    await (await lake.eventsTable(store)).snapshot({ version })
    return true
  } catch (error) {
    if (isTraillakeError(error, 'TABLE_VERSION_NOT_FOUND')) return false
    throw error
  }
}
