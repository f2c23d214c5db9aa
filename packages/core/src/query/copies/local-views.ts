import type { View } from '../../engine/views.ts'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { damagedFile, GONE } from '../../lake/damaged-file.ts'
import { mapLimited } from '../../lake/import/map-limited.ts'
import type { LakeContext } from '../../lake/lake-context.ts'
import type { LocalCopies } from '../../storage/object-store.ts'
import { type DataFile, firstByTime, mayHoldTimes } from '../../table/index.ts'
import { needleView } from '../needles/needle-view.ts'
import type { Scan } from '../scans.ts'
import type { Footers, KnownFile } from './footers.ts'
import { layOutParts } from './sparse-parts.ts'

/** Files at once: each may come in parts, which wait for one another. */
const PARALLEL_FILES = 32

/**
 * Fetches what a query reads of a lake that is on no local disk, and gives its views over local files: of each data file the row groups that can
 * hold a matching row, and of them the columns that the view has. What does not tell exactly where they lie is fetched whole. Which
 * files stand for which row groups depends on nothing but the plan.
 *
 * Errors: CANCELLED, DATA_FILE_DAMAGED, TABLE_VERSION_VACUUMED, those of the storage.
 */
export async function fetchViews(
  { storage }: LakeContext,
  footers: Footers | undefined,
  { scans, views }: { readonly scans: readonly Scan[]; readonly views: readonly View[] },
  signal?: AbortSignal,
): Promise<readonly View[]> {
  const { copies } = storage
  if (!copies || !footers) return views
  const local: View[] = []
  for (const [i, view] of views.entries()) {
    const scan = scans[i]!
    local.push(scan.kept ? await fetchView({ copies, footers, signal }, scan, scan.kept, view) : view)
  }
  return local
}

interface Fetching {
  readonly copies: LocalCopies
  readonly footers: Footers
  readonly signal: AbortSignal | undefined
}

async function fetchView(fetching: Fetching, scan: Scan, kept: readonly DataFile[], view: View): Promise<View> {
  const { name } = view
  const columns = [...view.columns.map((column) => column.name), ...(scan.needles ?? []).map(({ column }) => column)]
  const known = await eachFile(fetching, scan, kept, (file) => fetching.footers.file(file))
  const wanted = wantedGroups(kept, known, scan)
  const fetched = await eachFile(fetching, scan, kept, (file, i) =>
    fetchFile(fetching, file, known[i], wanted[i]!, columns),
  )
  if (!scan.needles) return { name, columns: view.columns, files: fetched.flatMap(({ paths }) => paths) }
  const needles = needleView(scan.needles, ({ file, group, rows: [first, last] }) => {
    const { paths, groups } = fetched[kept.indexOf(file)]!
    const own = groups?.indexOf(group) ?? -1
    // In a file of its own a row group begins with row 0.
    return { path: paths[Math.max(own, 0)]!, rows: own === -1 ? [first, last] : [0, last - first] }
  })
  return { name, columns: view.columns, ...needles }
}

/** Works on files at once; what is gone is said so in the words of a query. */
function eachFile<T>(
  { signal }: Fetching,
  { use, source, version = 0, kept = [] }: Scan,
  files: readonly DataFile[],
  work: (file: DataFile, i: number) => Promise<T>,
): Promise<T[]> {
  return mapLimited([...files.entries()], PARALLEL_FILES, async ([i, file]) => {
    if (signal?.aborted) throw new TraillakeError('CANCELLED', { what: 'the query' })
    try {
      return await work(file, i)
    } catch (error) {
      if (!isTraillakeError(error, 'SOURCE_NOT_FOUND')) throw error
      if (use.asOf === undefined || source.kind !== 'store') throw damagedFile(file.key, GONE, error)
      const table = source.store.name
      throw new TraillakeError(
        'TABLE_VERSION_VACUUMED',
        { table, version, missing: 1, files: kept.length },
        { cause: error },
      )
    }
  })
}

/** What of a file lies here, and where; `groups` as in LocalParts. */
async function fetchFile(
  { copies, footers, signal }: Fetching,
  file: DataFile,
  known: KnownFile | undefined,
  groups: readonly number[],
  columns: readonly string[],
): Promise<{ readonly paths: readonly string[]; readonly groups?: readonly number[] | undefined }> {
  const { key, size } = file
  if (!known) return { paths: [await copies.fetch(key, size)] }
  const parts = layOutParts(known, groups, columns, { copies, key, footer: () => footers.bytes(file) })
  try {
    await copies.fetchParts(key, known.etag, parts.files, signal)
  } catch (error) {
    // Whoever asks again gets what is there now.
    if (isTraillakeError(error, 'SOURCE_CHANGED')) await footers.forget(file)
    throw error
  }
  return { paths: parts.files.map(({ path }) => path), groups: parts.groups }
}

/** Of each file, the row groups that can hold a matching row. */
function wantedGroups(
  files: readonly DataFile[],
  known: readonly (KnownFile | undefined)[],
  { bounds = {}, groups }: Scan,
): readonly (readonly number[])[] {
  const all = files.flatMap((file, i) =>
    (known[i]?.table.groups ?? []).map((group, at) => ({ file, i, at, times: group.times })),
  )
  const kept = all.filter(
    ({ file, at, times }) => (groups?.get(file)?.has(at) ?? true) && (!times || mayHoldTimes(times, bounds)),
  )
  const first = bounds.first ? firstByTime(kept, bounds.first, ({ times }) => times) : kept
  const wanted = files.map((): number[] => [])
  for (const { i, at } of first) wanted[i]!.push(at)
  return wanted
}
