import { BINARY, BYTE, DOUBLE, FALSE, I16, I32, I64, LIST, MAP, SET, STRUCT, TRUE } from '../../parquet/thrift-types.ts'

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
