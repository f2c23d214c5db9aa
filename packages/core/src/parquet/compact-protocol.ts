import { BINARY, FALSE, I16, I32, I64, LIST, STRUCT, TRUE } from './thrift-types.ts'

/** Writes structs in Thrift's compact protocol. Fields must come in order of their ids. */
export interface ThriftWriter {
  bool(id: number, value: boolean): void
  i16(id: number, value: number): void
  i32(id: number, value: number): void
  /** A whole number of up to 53 bits. */
  i64(id: number, value: number): void
  binary(id: number, value: Uint8Array): void
  /** A field that is a struct. */
  struct(id: number, members: () => void): void
  structs<T>(id: number, items: readonly T[], members: (item: T) => void): void
  numbers(id: number, items: readonly number[]): void
  texts(id: number, items: readonly string[]): void
  /** Puts bytes of fields that another writer wrote; `lastId` is the id of the last of them. */
  raw(bytes: Uint8Array, lastId: number): void
  /** Ends the outermost struct, gives its bytes and begins anew. */
  end(): Buffer
  /** The bytes so far, without an end. */
  fields(): Buffer
}

export function createThriftWriter(): ThriftWriter {
  let bytes = Buffer.allocUnsafe(4096)
  let used = 0
  let lastId = 0

  function reserve(count: number): void {
    if (used + count <= bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, used + count))
    bytes.copy(larger, 0, 0, used)
    bytes = larger
  }

  function byte(value: number): void {
    reserve(1)
    bytes[used++] = value
  }

  /** Numbers of more than 32 bits are divided, not shifted. */
  function varint(value: number): void {
    reserve(10)
    let rest = value
    while (rest >= 128) {
      bytes[used++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    bytes[used++] = rest
  }

  const zigzag = (value: number) => varint(value >= 0 ? value * 2 : -value * 2 - 1)

  function header(id: number, type: number): void {
    const step = id - lastId
    if (step > 0 && step <= 15) byte((step << 4) | type)
    else {
      byte(type)
      zigzag(id)
    }
    lastId = id
  }

  function put(value: Uint8Array): void {
    reserve(value.length)
    bytes.set(value, used)
    used += value.length
  }

  function members(write: () => void): void {
    const outer = lastId
    lastId = 0
    write()
    byte(0)
    lastId = outer
  }

  function listHeader(size: number, type: number): void {
    if (size < 15) byte((size << 4) | type)
    else {
      byte(0xf0 | type)
      varint(size)
    }
  }

  function taken(): Buffer {
    const all = Buffer.from(bytes.subarray(0, used))
    used = 0
    lastId = 0
    return all
  }

  return {
    bool: (id, value) => header(id, value ? TRUE : FALSE),
    i16(id, value) {
      header(id, I16)
      zigzag(value)
    },
    i32(id, value) {
      header(id, I32)
      zigzag(value)
    },
    i64(id, value) {
      header(id, I64)
      zigzag(value)
    },
    binary(id, value) {
      header(id, BINARY)
      varint(value.length)
      put(value)
    },
    struct(id, write) {
      header(id, STRUCT)
      members(write)
    },
    structs(id, items, write) {
      header(id, LIST)
      listHeader(items.length, STRUCT)
      for (const item of items) members(() => write(item))
    },
    numbers(id, items) {
      header(id, LIST)
      listHeader(items.length, I32)
      for (const item of items) zigzag(item)
    },
    texts(id, items) {
      header(id, LIST)
      listHeader(items.length, BINARY)
      for (const item of items) {
        const text = Buffer.from(item)
        varint(text.length)
        put(text)
      }
    },
    raw(fields, last) {
      put(fields)
      lastId = last
    },
    end() {
      byte(0)
      return taken()
    },
    fields: taken,
  }
}
