import { mapLimited } from '../../lake/import/map-limited.ts'
import type { ScanBounds } from '../../schema/bounds.ts'
import type { DataFile } from '../../table/index.ts'
import { type HashedValue, hashValue } from './bloom-filter.ts'
import type { BloomIndex, IndexedGroup } from './bloom-index.ts'

/** The rows of a row group, the first and the last included and counted from the file's beginning, that have one of a few values. */
export interface Needle {
  readonly file: DataFile
  /** Which row group of the file it is, from 0. */
  readonly group: number
  readonly rows: readonly [first: number, last: number]
  readonly column: (typeof NEEDLE_COLUMNS)[number]
  readonly values: readonly string[]
}

export interface NarrowedFiles {
  /** The files that can hold a matching row, in the order given. */
  readonly files: readonly DataFile[]
  /** Where it pays to read them so: every matching row is one of exactly one of these. */
  readonly needles?: readonly Needle[]
  /** The row groups of files that can hold a matching row, where the filters tell. */
  readonly groups?: ReadonlyMap<DataFile, ReadonlySet<number>>
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
  bounds: ScanBounds,
): Promise<NarrowedFiles> {
  const wanted = wantedOf(bounds)
  const [leading] = wanted
  if (!leading || files.length > MOST_FILES) return { files }
  // The engine asks the filters for a single value itself.
  const isOne = wanted.every((values) => values.length === 1)
  if (isOne && index.isLocal && files.length < FEWEST_FILES) return { files }
  const indexed = await mapLimited(files, READERS, (file) => index.groups(file))
  const found = files.map((file, i) => matchGroups(file, indexed[i], wanted))
  const kept = files.filter((_, i) => found[i]?.length !== 0)
  const byFile = files.flatMap((file, i) =>
    found[i] ? [[file, new Set(found[i].map(({ group }) => group))] as const] : [],
  )
  const narrowed = { files: kept, groups: new Map(byFile) }
  // A row may have an id and a key that are wanted: it would be found twice.
  const isMixed = leading.some(({ column }) => column !== leading[0]!.column)
  if (isOne || isMixed || found.some((needles) => needles === undefined)) return narrowed
  const needles = found.flatMap((each) => each ?? [])
  const groups = found.reduce((sum, each, i) => sum + (each?.length === 0 ? 0 : (indexed[i]?.length ?? 0)), 0)
  const pays = needles.length > 0 && needles.length <= Math.min(MOST_NEEDLES, groups * MOST_OF_GROUPS)
  // A text with a NUL would end the statement.
  const isText = needles.every(({ values }) => !values.some((value) => value.includes('\0')))
  return pays && isText ? { ...narrowed, needles } : narrowed
}

interface WantedValue extends HashedValue {
  /** One of NEEDLE_COLUMNS. */
  readonly column: number
  readonly text: string
}

/** Lists of which a row that matters has one of each. */
function wantedOf({ eventIds, accessKeyIds, needles }: ScanBounds): readonly (readonly WantedValue[])[] {
  const lists = [
    hashValues(0, eventIds),
    hashValues(1, accessKeyIds),
    [...hashValues(0, needles?.eventIds), ...hashValues(1, needles?.accessKeyIds)],
  ]
  return lists.filter(({ length }) => length > 0 && length <= MOST_VALUES)
}

/** As the engine gets them: halves of surrogate pairs become U+FFFD, and two texts one. */
function hashValues(column: number, values: ReadonlySet<string> = new Set()): readonly WantedValue[] {
  const texts = new Set([...values].map((value) => Buffer.from(value).toString()))
  return [...texts].map((text) => ({ column, text, ...hashValue(text) }))
}

/** What of a file may match, row group by row group; undefined where nothing can be told. */
function matchGroups(
  file: DataFile,
  groups: readonly IndexedGroup[] | undefined,
  wanted: readonly (readonly WantedValue[])[],
): readonly Needle[] | undefined {
  if (!groups) return undefined
  const found: Needle[] = []
  let first = 0
  for (const [group, { rows, filters }] of groups.entries()) {
    const possible = wanted.map((values) => values.filter((value) => filters[value.column]?.mayHold(value) ?? true))
    if (possible.every((values) => values.length > 0)) {
      const column = NEEDLE_COLUMNS[possible[0]![0]!.column]!
      found.push({ file, group, rows: [first, first + rows - 1], column, values: possible[0]!.map(({ text }) => text) })
    }
    first += rows
  }
  return found
}
