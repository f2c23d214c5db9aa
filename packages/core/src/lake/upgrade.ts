import { addColumns, missingColumns } from '../table/index.ts'
import { checkKnownOptions } from './check-options.ts'
import type { LakeContext } from './lake-context.ts'
import { LAKE_FORMAT_VERSION } from './lake-file.ts'
import { eventsTableColumns, ledgerColumns } from './store-layout.ts'
import { listEventDataStores } from './stores.ts'
import type { EventDataStore } from './types.ts'

export interface UpgradeOptions {
  /** Tells what would change, writes nothing. */
  readonly dryRun?: boolean
}

export interface UpgradeReport {
  readonly dryRun: boolean
  /** The lake's format before and after. */
  readonly formatVersion: { readonly from: number; readonly to: number }
  /** Columns that tables lacked, by store: dotted names. Their old rows are NULL. */
  readonly stores: readonly {
    readonly store: EventDataStore
    readonly events: readonly string[]
    readonly sources: readonly string[]
  }[]
}

/**
 * Brings a lake to what this release writes: its format (there is one so far) and the columns of its tables, which a later
 * release may have more of. Adds only; nothing is rewritten. A lake that is up to date stays as it is.
 *
 * Errors: LAKE_READ_ONLY, those of commits. (A lake of a newer format is refused when it is opened: LAKE_FORMAT_NEWER.)
 */
export async function upgradeLake(lake: LakeContext, options: UpgradeOptions = {}): Promise<UpgradeReport> {
  checkKnownOptions(options, ['dryRun'] satisfies (keyof UpgradeOptions)[])
  const dryRun = options.dryRun ?? false
  if (!dryRun) await lake.requireWritable('upgrade')
  const stores: UpgradeReport['stores'][number][] = []
  for (const store of await listEventDataStores(lake)) {
    const [events, sources] = [await lake.eventsTable(store.id), await lake.sourcesTable(store.id)]
    const columns = eventsTableColumns(store.schema, store.layout)
    stores.push({
      store,
      events: dryRun ? missingColumns((await events.refresh()).metadata, columns) : await addColumns(events, columns),
      sources: dryRun
        ? missingColumns((await sources.refresh()).metadata, ledgerColumns)
        : await addColumns(sources, ledgerColumns),
    })
  }
  return { dryRun, formatVersion: { from: lake.file.formatVersion, to: LAKE_FORMAT_VERSION }, stores }
}
