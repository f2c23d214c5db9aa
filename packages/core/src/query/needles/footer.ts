/*
 * The few fields of a Parquet footer that tell where Bloom filters lie. Seventy columns a row group are skipped over in place: a footer
 * takes a tenth of a millisecond and not several.
 */

import { type Cursor, createCursor } from '../../lake/compact/thrift-cursor.ts'

/** A row group: how many rows, and where the filters of the columns asked for begin, in their order; undefined where there is none. */
export interface RowGroup {
  readonly rows: number
  readonly filters: readonly (BloomPlace | undefined)[]
}

export interface BloomPlace {
  readonly offset: number
  /** Bytes of its header and bits; undefined in files of writers that do not say. */
  readonly length: number | undefined
}

/** What a footer's last eight bytes say of its length; undefined where they are not those of a plain Parquet file. */
export function footerLength(tail: Buffer): number | undefined {
  return tail.length === 8 && tail.toString('latin1', 4) === 'PAR1' ? tail.readUInt32LE(0) : undefined
}

/** The row groups of a file, in order. Throws RangeError or TypeError where the bytes are no footer. */
export function readRowGroups(footer: Buffer, columns: readonly string[]): readonly RowGroup[] {
  const cursor = createCursor(footer)
  const groups: RowGroup[] = []
  cursor.struct((field, type) => {
    if (field !== FILE_ROW_GROUPS) cursor.skip(type)
    else cursor.list(() => groups.push(readRowGroup(cursor, columns)))
  })
  return groups
}

const FILE_ROW_GROUPS = 4
const GROUP = { columns: 1, rows: 3 } as const
const CHUNK_METADATA = 3
const COLUMN = { path: 3, bloomOffset: 14, bloomLength: 15 } as const

function readRowGroup(cursor: Cursor, columns: readonly string[]): RowGroup {
  const filters: (BloomPlace | undefined)[] = columns.map(() => undefined)
  let rows = 0
  cursor.struct((field, type) => {
    if (field === GROUP.rows) rows = cursor.number()
    else if (field !== GROUP.columns) cursor.skip(type)
    else
      cursor.list(() =>
        cursor.struct((member, memberType) => {
          if (member !== CHUNK_METADATA) cursor.skip(memberType)
          else readColumn(cursor, columns, filters)
        }),
      )
  })
  return { rows, filters }
}

function readColumn(cursor: Cursor, columns: readonly string[], filters: (BloomPlace | undefined)[]): void {
  const path: string[] = []
  let offset: number | undefined
  let length: number | undefined
  cursor.struct((field, type) => {
    if (field === COLUMN.path) cursor.list(() => path.push(cursor.text()))
    else if (field === COLUMN.bloomOffset) offset = cursor.number()
    else if (field === COLUMN.bloomLength) length = cursor.number()
    else cursor.skip(type)
  })
  const at = path.length === 1 ? columns.indexOf(path[0]!) : -1
  if (at !== -1 && offset !== undefined) filters[at] = { offset, length }
}
