import { readThrift, type ThriftList, type ThriftStruct, writeThrift } from '../../lake/compact/thrift.ts'
import { I64 } from '../../parquet/thrift-types.ts'
import type { LocalCopies, SparseFile } from '../../storage/object-store.ts'
import { bytesOf, rangesOf } from './chunk-table.ts'
import type { KnownFile } from './footers.ts'

/*
 * The engine cannot read a hole of a sparse file: the view of a query names the columns that are there, and the file's own footer names no row
 * group but those that are there. Nothing depends on what the engine skips by itself.
 */

/** Where more of a part is wanted than this, the rest is taken along: fewer and larger requests, and nothing left for the next query. */
const MOST = 0.75

/** A data file's row groups as sparse files: all of them in one, or one file each. */
export interface LocalParts {
  readonly files: readonly SparseFile[]
  /** The row group of each file; undefined where one file holds all. */
  readonly groups: readonly number[] | undefined
}

/**
 * Lays out the sparse files that hold some row groups of a data file, and what of them a query needs. The same row groups are always in the
 * same files.
 *
 * @param groups in order; where they are more than half of all, all are taken
 * @param columns top-level names; letter case does not count, as for the engine
 */
export function layOutParts(
  file: KnownFile,
  groups: readonly number[],
  columns: readonly string[],
  place: Place,
): LocalParts {
  // A query that is asked again reads the same: thousands of files would be laid out each time.
  const known = laidOut.get(file) ?? new Map<string, LocalParts>()
  laidOut.set(file, known)
  const what = `${groups.join()} ${columns.join()}`
  const parts = known.get(what) ?? layOut(file, groups, columns, place)
  if (known.size >= MOST_LAID_OUT) known.clear()
  known.set(what, parts)
  return parts
}

const laidOut = new WeakMap<KnownFile, Map<string, LocalParts>>()
const MOST_LAID_OUT = 20

interface Place {
  readonly copies: LocalCopies
  readonly key: string
  readonly footer: () => Promise<Buffer>
}

function layOut(
  { etag, dataEnd, table }: KnownFile,
  groups: readonly number[],
  columns: readonly string[],
  { copies, key, footer }: Place,
): LocalParts {
  const names = new Set(columns.map((name) => name.toLowerCase()))
  const width = table.columns.length
  const chunks = [...table.columns.keys()].filter((chunk) => names.has(table.columns[chunk]!))
  const make = (part: string, own: readonly number[], ending: () => Promise<Buffer>): SparseFile => {
    const held = own.map((group) => table.groups[group]!)
    const slots = held.length * width
    const wanted = held.flatMap((_, i) => chunks.map((chunk) => i * width + chunk))
    const wantedBytes = held.reduce(
      (sum, group) => sum + chunks.reduce((own, chunk) => own + bytesOf(group, chunk), 0),
      0,
    )
    const isMost = wantedBytes > MOST * held.reduce((sum, { bytes }) => sum + bytes, 0)
    return {
      path: copies.pathOf(key, `${etag} ${part}`),
      slots,
      rangesOf: (slot) => rangesOf(held[Math.floor(slot / width)]!, slot % width),
      wanted: isMost ? Array.from({ length: slots }, (_, slot) => slot) : wanted,
      dataEnd,
      ending,
    }
  }
  if (groups.length * 2 > table.groups.length) {
    const all = [...table.groups.keys()]
    return { files: [make('all', all, async () => withEnd(await footer()))], groups: undefined }
  }
  let tree: Promise<ThriftStruct> | undefined
  const ending = async (group: number) => {
    tree ??= footer().then(readThrift)
    return withEnd(footerOfGroup(await tree, group, table.groups[group]!.rows))
  }
  return { files: groups.map((group) => make(String(group), [group], () => ending(group))), groups }
}

const FILE = { rows: 3, rowGroups: 4 } as const

/** The footer of a file that has this row group alone. */
function footerOfGroup(footer: ThriftStruct, group: number, rows: number): Buffer {
  const found = footer.get(FILE.rowGroups)!
  const list = found.value as ThriftList
  const items = [list.items[group]!]
  return writeThrift(
    new Map([
      ...footer,
      [FILE.rows, { type: I64, value: BigInt(rows) }],
      [FILE.rowGroups, { type: found.type, value: { ...list, items } }],
    ]),
  )
}

function withEnd(footer: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([footer, length, Buffer.from('PAR1')])
}
