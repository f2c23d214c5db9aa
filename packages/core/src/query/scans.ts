import { quoteSqlName } from '../engine/instance.ts'
import type { View, ViewOfFiles, ViewOfParts } from '../engine/views.ts'
import { TraillakeError } from '../errors/index.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { partitionColumns } from '../lake/store-layout.ts'
import type { EventDataStore } from '../lake/types.ts'
import type { ScanBounds } from '../schema/bounds.ts'
import { engineType } from '../schema/index.ts'
import type { CatalogTable } from '../sql/catalog.ts'
import type { TranslatedTable, Translation } from '../sql/translation.ts'
import { type DataFile, fileStats, type PruneColumns, pruneFiles, type Snapshot } from '../table/index.ts'
import type { LakeCatalog, TableSource } from './catalog.ts'
import { countMissing, dataPaths } from './data-paths.ts'
import { informationRows } from './information-rows.ts'
import type { BloomIndex } from './needles/bloom-index.ts'
import { type NarrowedFiles, narrowByNeedles } from './needles/narrow.ts'
import { needleView } from './needles/needle-view.ts'
import { systemContent } from './system-rows.ts'

/** The column that times of ScanBounds speak of. */
export const TIME_COLUMN = 'eventtime'

/** One use of a table in a query: what of it is read. */
export interface Scan {
  readonly use: TranslatedTable
  readonly source: TableSource
  /** Of an event data store: the pinned version, its files, and those of them that can hold a matching row. */
  readonly version?: number
  readonly known?: readonly DataFile[]
  readonly kept?: readonly DataFile[]
  /** What files and row groups may be skipped by. */
  readonly bounds?: ScanBounds
  /** Where no more than these rows of them are read. */
  readonly needles?: NarrowedFiles['needles']
  /** Of files of which it is known: the row groups that can hold a matching row. */
  readonly groups?: NarrowedFiles['groups']
}

export interface Scans {
  readonly scans: readonly Scan[]
  /** One view a use of a table. */
  readonly views: readonly View[]
  readonly statistics: {
    readonly filesKnown: number
    readonly filesScanned: number
    readonly bytesScanned: number
    readonly eventsScanned: number
  }
}

export interface ScanOptions {
  /** False: no file is skipped. */
  readonly prune?: boolean
  /** The version to read of stores, by id, where the query does not say; else the newest. */
  readonly versions?: ReadonlyMap<string, number>
  /** Newest states of stores that were asked for when the query began. */
  readonly ahead?: ReadonlyMap<EventDataStore, Promise<Snapshot>>
}

/**
 * Pins a version of every table that a query names, the newest unless told otherwise, and makes its views: exactly the files that can hold
 * a matching row. A table named twice is read at one version, each use with its own files.
 *
 * Errors: TABLE_VERSION_NOT_FOUND, TABLE_VERSION_VACUUMED.
 */
export async function prepareScans(
  lake: LakeContext,
  blooms: BloomIndex,
  catalog: LakeCatalog,
  { tables, sql }: Pick<Translation, 'tables' | 'sql'>,
  options: ScanOptions = {},
): Promise<Scans> {
  const pinned = new Map<string, Promise<Snapshot>>()
  const scans: Scan[] = []
  const views: View[] = []
  /** Files by what they were pinned from: a table that is used twice is counted once. */
  const known = new Set<readonly DataFile[]>()
  const scanned = new Set<DataFile>()
  for (const use of tables) {
    const { table, view: name } = use
    const source = catalog.source(table.id)
    if (source.kind !== 'store') {
      const content =
        source.kind === 'system'
          ? await systemContent(lake, catalog.stores, source.name)
          : { rows: informationRows(catalog, source.name) }
      scans.push({ use, source })
      views.push({ name, columns: viewColumns(table), ...content })
      continue
    }
    const scan = await scanStore(lake, blooms, source, use, pinned, options)
    scans.push(scan)
    known.add(scan.known)
    for (const file of scan.kept) scanned.add(file)
    views.push({ name, columns: namedColumns(viewColumns(table), sql), ...filesOf(dataPaths(lake), scan) })
  }
  return {
    scans,
    views,
    statistics: {
      filesKnown: [...known].reduce((sum, files) => sum + files.length, 0),
      filesScanned: scanned.size,
      bytesScanned: sizeOf(scanned),
      eventsScanned: recordsOf(scanned),
    },
  }
}

/** Bytes of data files together. */
export function sizeOf(files: Iterable<DataFile>): number {
  let sum = 0
  for (const { size } of files) sum += size
  return sum
}

/** Events of data files together, as far as the log counts them. */
function recordsOf(files: Iterable<DataFile>): number {
  let sum = 0
  for (const file of files) sum += fileStats(file).numRecords ?? 0
  return sum
}

/** What the view of a store's use reads. */
function filesOf(
  pathOf: (key: string) => string,
  { kept, needles }: StoreScan,
): Pick<ViewOfFiles, 'files'> | Pick<ViewOfParts, 'parts' | 'hasFewRows'> {
  return needles
    ? needleView(needles, ({ file, rows }) => ({ path: pathOf(file.key), rows }))
    : { files: kept.map((file) => pathOf(file.key)) }
}

type StoreScan = Scan & Required<Pick<Scan, 'version' | 'known' | 'kept'>>

async function scanStore(
  lake: LakeContext,
  blooms: BloomIndex,
  source: TableSource & { readonly kind: 'store' },
  use: TranslatedTable,
  pinned: Map<string, Promise<Snapshot>>,
  { prune = true, versions, ahead }: ScanOptions,
): Promise<StoreScan> {
  const { store } = source
  const version = versions?.get(store.id)
  const asOf = use.asOf ?? (version === undefined ? undefined : { version })
  const key = `${store.id} ${JSON.stringify(asOf)}`
  const newest = asOf === undefined ? ahead?.get(store) : undefined
  const pin = pinned.get(key) ?? newest ?? lake.eventsTable(store.id).then((events) => events.snapshot(asOf))
  pinned.set(key, pin)
  const snapshot = await pin
  const known = oldestFirst(snapshot)
  const bounds = prune ? use.bounds : {}
  const narrowed: NarrowedFiles = prune ? await keptFiles(blooms, store, known, bounds) : { files: known }
  const { files: kept, needles, groups } = narrowed
  if (asOf) await requireFiles(lake, store, snapshot.version, kept)
  return {
    use,
    source,
    version: snapshot.version,
    known,
    kept,
    bounds,
    ...(needles ? { needles } : {}),
    ...(groups ? { groups } : {}),
  }
}

function keptFiles(
  blooms: BloomIndex,
  store: EventDataStore,
  known: readonly DataFile[],
  bounds: ScanBounds,
): Promise<NarrowedFiles> {
  return narrowByNeedles(blooms, pruneFiles(known, bounds, pruneColumns(store)), bounds)
}

const ordered = new WeakMap<Snapshot, readonly DataFile[]>()

/** The engine takes the columns from the first file: one that has a new column must not come before those that lack it. */
function oldestFirst(snapshot: Snapshot): readonly DataFile[] {
  const found =
    ordered.get(snapshot) ?? [...snapshot.files.values()].sort((a, b) => a.modificationTime - b.modificationTime)
  ordered.set(snapshot, found)
  return found
}

/** Files of an old version may have been vacuumed since. */
async function requireFiles(
  lake: LakeContext,
  store: EventDataStore,
  version: number,
  files: readonly DataFile[],
): Promise<void> {
  const keys = files.map((file) => file.key)
  const missing = await countMissing(lake, keys)
  if (missing > 0)
    throw new TraillakeError('TABLE_VERSION_VACUUMED', { table: store.name, version, missing, files: files.length })
}

function viewColumns(table: CatalogTable): View['columns'] {
  return table.columns
    .filter((column) => column.computed === undefined)
    .map((column) => ({ name: column.physical ?? column.name, type: engineType(column.type) }))
}

/**
 * The columns that a text names: binding all seventy of them takes longer than many a query. The emitter quotes every name, so what does
 * not occur in quotes is not used; what occurs in a literal alone does no harm.
 */
function namedColumns(columns: View['columns'], sql: string): View['columns'] {
  const named = columns.filter(({ name }) => sql.includes(quoteSqlName(name)))
  return named.length > 0 ? named : columns.slice(0, 1)
}

function pruneColumns(store: EventDataStore): PruneColumns {
  const partitions = Object.fromEntries(partitionColumns(store.layout).map((name) => [name, name]))
  return {
    time: TIME_COLUMN,
    account: 'recipientaccountid',
    region: 'awsregion',
    eventId: 'eventid',
    accessKeyId: '_accesskeyid',
    partitions,
  }
}
