import { TraillakeError } from '../errors/index.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { listEventDataStores } from '../lake/stores.ts'
import type { Translation } from '../sql/translation.ts'
import { createLakeCatalog, type LakeCatalog } from './catalog.ts'
import { createFooters, type Footers } from './copies/footers.ts'
import { explainFailure } from './engine-failure.ts'
import { type View, viewReader } from './lake-views.ts'
import { type BloomIndex, createBloomIndex } from './needles/bloom-index.ts'
import { NEEDLE_COLUMNS } from './needles/narrow.ts'
import { prepareScans, type ScanOptions, type Scans, TIME_COLUMN } from './scans.ts'
import { createSnapshotsAhead, type SnapshotsAhead } from './snapshots-ahead.ts'
import { createTranslations, type Translations } from './translations.ts'
import type { QueryOptions } from './types.ts'

/** What planning needs of the lake, and what it remembers. */
export interface PlanContext {
  readonly lake: LakeContext
  /** What can be named at this moment; the same object as long as no store and no view was created, changed or deleted. */
  catalog(): Promise<LakeCatalog>
  /** By name in lower case. */
  views(): Promise<ReadonlyMap<string, View>>
  readonly translations: Translations
  readonly blooms: BloomIndex
  /** Of a lake that is on no local disk. */
  readonly footers?: Footers
  /** Of such a lake: what is asked for while the catalog is. */
  readonly ahead?: SnapshotsAhead
}

export function createPlanContext(lake: LakeContext): PlanContext {
  const views = viewReader(lake)
  const { copies } = lake.storage
  let known: { readonly catalog: LakeCatalog; readonly views: ReadonlyMap<string, View> } | undefined
  return {
    lake,
    async catalog() {
      const [stores, newest] = await Promise.all([listEventDataStores(lake), views()])
      if (known?.catalog.stores !== stores || known.views !== newest)
        known = { catalog: createLakeCatalog(lake.file, stores, newest), views: newest }
      return known.catalog
    },
    views,
    translations: createTranslations(),
    blooms: createBloomIndex(lake.storage, NEEDLE_COLUMNS),
    ...(copies ? { footers: createFooters(lake.storage, copies, TIME_COLUMN), ahead: createSnapshotsAhead(lake) } : {}),
  }
}

/** A query that is ready to run: the engine's words, and exactly what is read. */
export interface QueryPlan extends Scans {
  readonly translation: Translation
  /** Equal for plans that read the same files in the same words; absent where rows are made for each query anew. */
  readonly planKey?: string
  readonly translateMs: number
  readonly pruneMs: number
}

export type PlanOptions = Pick<QueryOptions, 'placeholders' | 'parameters' | 'prune'> &
  Pick<ScanOptions, 'versions'> & {
    /** What now() and its kin are; default: this moment. */
    readonly now?: Date
  }

/** Translates a query, pins a version of every table, and leaves out the files that cannot match. Errors are TraillakeErrors. */
export async function planQuery(context: PlanContext, text: string, options: PlanOptions): Promise<QueryPlan> {
  if (typeof text !== 'string') throw new TraillakeError('INVALID_OPTION', { option: 'sql', reason: 'must be text' })
  const receivedAt = performance.now()
  const ahead = context.ahead?.ask()
  const catalog = await context.catalog()
  const { placeholders, parameters, now, prune, versions } = options
  const translation = context.translations.translate(text, {
    catalog,
    ...(placeholders ? { placeholders } : {}),
    ...(parameters ? { parameters } : {}),
    ...(now ? { now } : {}),
  })
  const translatedAt = performance.now()
  try {
    const scans = await prepareScans(context.lake, context.blooms, catalog, translation, {
      ...(prune === undefined ? {} : { prune }),
      ...(versions ? { versions } : {}),
      ...(ahead ? { ahead } : {}),
    })
    context.ahead?.note(scans.scans.flatMap(({ source }) => (source.kind === 'store' ? [source.store] : [])))
    const planKey = planKeyOf(text, scans, options, translation)
    return {
      ...scans,
      translation,
      ...(planKey === undefined ? {} : { planKey }),
      translateMs: translatedAt - receivedAt,
      pruneMs: performance.now() - translatedAt,
    }
  } catch (error) {
    throw explainFailure(error, text)
  }
}

/** The text decides which files of a version are kept: with the versions, it decides everything. */
function planKeyOf(text: string, { scans }: Scans, { prune }: PlanOptions, { sql }: Translation): string | undefined {
  if (scans.some(({ version }) => version === undefined)) return undefined
  // Of two stores with one id, one after the other, each has versions of its own.
  const versions = scans.map(({ use, source, version }) => [
    use.table.id,
    source.kind === 'store' && source.store.createdAt,
    version,
  ])
  return JSON.stringify([text, sql, prune !== false, versions])
}
