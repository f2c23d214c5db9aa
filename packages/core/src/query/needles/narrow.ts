import { mapLimited } from '../../lake/import/map-limited.ts'
import type { ScanBounds } from '../../schema/bounds.ts'
import type { DataFile } from '../../table/index.ts'
import { type HashedValue, hashValue } from './bloom-filter.ts'
import type { BloomIndex, IndexedGroup } from './bloom-index.ts'

/** The rows of a row group, the first and the last included and counted from the file's beginning, that have a value. */
export interface Needle {
  readonly file: DataFile
  readonly rows: readonly [first: number, last: number]
  readonly column: string
  readonly value: string
}

export interface NarrowedFiles {
  /** The files that can hold a matching row, in the order given. */
  readonly files: readonly DataFile[]
  /** Where it pays to read them so: every matching row is one of exactly one of these. */
  readonly needles?: readonly Needle[]
}

/** The columns of an index for `narrowByNeedles`, in its order. */
export const NEEDLE_COLUMNS = ['eventid', '_accesskeyid'] as const

/** Testing more values than these costs more than it saves. */
const MOST_VALUES = 1000
/** Reading the footers of more files for the first time takes longer than the engine takes to read their columns. */
const MOST_FILES = 5000
/** Of fewer files the engine opens all, for a single value, sooner than we read their filters for the first time. */
const FEWEST_FILES = 16
/** Files that are read at once. */
const READERS = 16
/** Each needle is planned by itself, and reads its row group by itself: that takes twice as long as reading it with all others at once. */
const MOST_NEEDLES = 64
const MOST_OF_GROUPS = 0.5

/**
 * Leaves out the files whose Bloom filters prove that no row has one of the event ids or access keys wanted, and finds the row groups that
 * may hold each of several values: the engine itself asks filters for a single value alone, and opens every file for it.
 *
 * Conservative: what has no filter, or one that cannot be read, is kept.
 */
export async function narrowByNeedles(
  index: BloomIndex,
  files: readonly DataFile[],
  { eventIds, accessKeyIds }: ScanBounds,
): Promise<NarrowedFiles> {
  const wanted = [eventIds, accessKeyIds].map((values) =>
    values && values.size <= MOST_VALUES ? hashValues(values) : undefined,
  )
  if (wanted.every((values) => values === undefined) || files.length > MOST_FILES) return { files }
  // The engine asks the filters for a single value itself.
  const isOne = wanted.every((values) => values === undefined || values.length === 1)
  if (isOne && files.length < FEWEST_FILES) return { files }
  const indexed = await mapLimited(files, READERS, (file) => index.groups(file))
  const found = files.map((file, i) => matchGroups(file, indexed[i], wanted))
  const kept = files.filter((_, i) => found[i]?.length !== 0)
  if (isOne || found.some((needles) => needles === undefined)) return { files: kept }
  const needles = found.flatMap((each) => each ?? [])
  const groups = found.reduce((sum, each, i) => sum + (each?.length === 0 ? 0 : (indexed[i]?.length ?? 0)), 0)
  const pays = needles.length > 0 && needles.length <= Math.min(MOST_NEEDLES, groups * MOST_OF_GROUPS)
  // A text with a NUL would end the statement.
  return pays && needles.every(({ value }) => !value.includes('\0')) ? { files: kept, needles } : { files: kept }
}

interface WantedValue extends HashedValue {
  readonly text: string
}

/** As the engine gets them: halves of surrogate pairs become U+FFFD, and two texts one. */
function hashValues(values: ReadonlySet<string>): readonly WantedValue[] {
  const texts = new Set([...values].map((value) => Buffer.from(value).toString()))
  return [...texts].map((text) => ({ text, ...hashValue(text) }))
}

/** What of a file may match, row group by row group and value by value; undefined where nothing can be told. */
function matchGroups(
  file: DataFile,
  groups: readonly IndexedGroup[] | undefined,
  wanted: readonly (readonly WantedValue[] | undefined)[],
): readonly Needle[] | undefined {
  if (!groups) return undefined
  const found: Needle[] = []
  let first = 0
  for (const { rows, filters } of groups) {
    const possible = wanted.map((values, i) => values?.filter((value) => filters[i]?.mayHold(value) ?? true))
    const column = possible.findIndex((values) => values !== undefined)
    if (possible.every((values) => values?.length !== 0)) {
      for (const { text } of possible[column]!)
        found.push({ file, rows: [first, first + rows - 1], column: NEEDLE_COLUMNS[column]!, value: text })
    }
    first += rows
  }
  return found
}
