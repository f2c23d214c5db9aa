/*
 * The few fields of a Parquet footer that tell where Bloom filters lie. Seventy columns a row group are skipped over in place: a footer
 * takes a tenth of a millisecond and not several.
 */

import { BINARY, BYTE, DOUBLE, FALSE, I16, I32, I64, LIST, MAP, SET, STRUCT, TRUE } from '../../parquet/thrift-types.ts'

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

/** Walks through a struct in Thrift's compact protocol. */
export interface Cursor {
  /** Where it is. */
  readonly position: number
  /** Calls `field` for each field, which must read or skip its value. */
  struct(field: (id: number, type: number) => void): void
  list(item: () => void): void
  number(): number
  text(): string
  bytes(): Buffer
  skip(type: number): void
}

export function createCursor(bytes: Buffer): Cursor {
  let at = 0
  const byte = () => bytes.readUInt8(at++)

  /** Offsets fit a double: the high bits are added, not shifted. */
  function varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const next = byte()
      value += (next & 0x7f) * scale
      if (next < 0x80) return value
      if (scale > 2 ** 56) throw new RangeError('a number of more than 64 bits')
    }
  }

  function number(): number {
    const value = varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  function forward(length: number): number {
    const from = at
    at += length
    if (at > bytes.length) throw new RangeError('a text goes beyond the end')
    return from
  }

  function struct(field: (id: number, type: number) => void): void {
    let id = 0
    for (let header = byte(); header !== 0; header = byte()) {
      id = header >> 4 === 0 ? number() : id + (header >> 4)
      field(id, header & 0x0f)
    }
  }

  function list(item: (type: number) => void): void {
    const header = byte()
    const size = header >> 4 === 15 ? varint() : header >> 4
    for (let i = 0; i < size; i++) item(header & 0x0f)
  }

  function skip(type: number): void {
    switch (type) {
      // The value of a boolean is in its type.
      case TRUE:
      case FALSE:
        return
      case BYTE:
        forward(1)
        return
      case I16:
      case I32:
      case I64:
        varint()
        return
      case DOUBLE:
        forward(8)
        return
      case BINARY:
        forward(varint())
        return
      case LIST:
      case SET:
        list(skipElement)
        return
      case MAP: {
        const size = varint()
        const types = size === 0 ? 0 : byte()
        for (let i = 0; i < size; i++) for (const each of [types >> 4, types & 0x0f]) skipElement(each)
        return
      }
      case STRUCT:
        struct((_, member) => skip(member))
        return
      default:
        throw new TypeError(`no Thrift type ${type}`)
    }
  }

  /** In lists and maps a boolean is a byte. */
  function skipElement(type: number): void {
    if (type === TRUE || type === FALSE) forward(1)
    else skip(type)
  }

  return {
    get position() {
      return at
    },
    struct,
    list,
    number,
    text() {
      const length = varint()
      const from = forward(length)
      return bytes.toString('utf8', from, from + length)
    },
    bytes() {
      const length = varint()
      const from = forward(length)
      return bytes.subarray(from, from + length)
    },
    skip,
  }
}
