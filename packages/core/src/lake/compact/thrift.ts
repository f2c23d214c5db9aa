/*
 * Thrift's compact protocol, as the footers of Parquet files are written in: a tree of values that keeps every field, known to
 * us or not, so that what is read and written again says the same.
 */

import { BINARY, BYTE, DOUBLE, FALSE, I16, I32, I64, LIST, MAP, SET, STRUCT, TRUE } from '../../parquet/thrift-types.ts'

/** A value and its type; a boolean inside a struct has its value in the type. */
export interface ThriftValue {
  readonly type: number
  readonly value: bigint | Buffer | ThriftList | ThriftMap | ThriftStruct | boolean
}

export interface ThriftList {
  readonly elementType: number
  readonly items: ThriftValue[]
}

export interface ThriftMap {
  readonly keyType: number
  readonly valueType: number
  readonly entries: readonly (readonly [ThriftValue, ThriftValue])[]
}

/** Fields by their number, in order. */
export type ThriftStruct = Map<number, ThriftValue>

/** Reads a struct that begins at the start of `bytes`. Throws RangeError or TypeError for what is none. */
export function readThrift(bytes: Buffer): ThriftStruct {
  let at = 0

  function byte(): number {
    return bytes.readUInt8(at++)
  }

  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const next = byte()
      value |= BigInt(next & 0x7f) << shift
      if (next < 0x80) return value
      if (shift > 63n) throw new RangeError('a number of more than 64 bits')
    }
  }

  const zigzag = () => {
    const value = varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  function take(length: number): Buffer {
    if (at + length > bytes.length) throw new RangeError('a text goes beyond the end')
    const taken = bytes.subarray(at, at + length)
    at += length
    return taken
  }

  function struct(): ThriftStruct {
    const fields: ThriftStruct = new Map()
    let id = 0
    for (let header = byte(); header !== 0; header = byte()) {
      const delta = header >> 4
      id = delta === 0 ? Number(zigzag()) : id + delta
      const type = header & 0x0f
      fields.set(id, type === TRUE || type === FALSE ? { type, value: type === TRUE } : value(type))
    }
    return fields
  }

  function value(type: number): ThriftValue {
    switch (type) {
      // Outside a struct a boolean is a byte.
      case TRUE:
      case FALSE:
        return { type, value: byte() === TRUE }
      case BYTE:
        return { type, value: BigInt(byte()) }
      case I16:
      case I32:
      case I64:
        return { type, value: zigzag() }
      case DOUBLE:
        return { type, value: take(8) }
      case BINARY:
        return { type, value: take(Number(varint())) }
      case LIST:
      case SET: {
        const header = byte()
        const elementType = header & 0x0f
        const size = header >> 4 === 15 ? Number(varint()) : header >> 4
        return { type, value: { elementType, items: Array.from({ length: size }, () => value(elementType)) } }
      }
      case MAP: {
        const size = Number(varint())
        const types = size === 0 ? 0 : byte()
        const [keyType, valueType] = [types >> 4, types & 0x0f]
        const entries = Array.from({ length: size }, () => [value(keyType), value(valueType)] as const)
        return { type, value: { keyType, valueType, entries } }
      }
      case STRUCT:
        return { type, value: struct() }
      default:
        throw new TypeError(`no Thrift type ${type}`)
    }
  }

  return struct()
}

/** The bytes of a struct. */
export function writeThrift(root: ThriftStruct): Buffer {
  const parts: Buffer[] = []
  let open: number[] = []

  function flush(): void {
    if (open.length > 0) parts.push(Buffer.from(open))
    open = []
  }

  function varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    for (; rest >= 0x80n; rest >>= 7n) open.push(Number(rest & 0x7fn) | 0x80)
    open.push(Number(rest))
  }

  const zigzag = (value: bigint) => varint((value << 1n) ^ (value >> 63n))

  function struct(fields: ThriftStruct): void {
    let last = 0
    for (const [id, field] of [...fields].sort(([a], [b]) => a - b)) {
      const delta = id - last
      if (delta > 0 && delta <= 15) open.push((delta << 4) | field.type)
      else {
        open.push(field.type)
        zigzag(BigInt(id))
      }
      last = id
      if (field.type !== TRUE && field.type !== FALSE) write(field)
    }
    open.push(0)
  }

  function write({ type, value }: ThriftValue): void {
    switch (type) {
      case TRUE:
      case FALSE:
        open.push(value === true ? TRUE : FALSE)
        return
      case BYTE:
        open.push(Number(value))
        return
      case I16:
      case I32:
      case I64:
        zigzag(value as bigint)
        return
      case BINARY:
        varint(BigInt((value as Buffer).length))
        flush()
        parts.push(value as Buffer)
        return
      case DOUBLE:
        flush()
        parts.push(value as Buffer)
        return
      case LIST:
      case SET: {
        const { elementType, items } = value as ThriftList
        if (items.length < 15) open.push((items.length << 4) | elementType)
        else {
          open.push(0xf0 | elementType)
          varint(BigInt(items.length))
        }
        for (const item of items) write(item)
        return
      }
      case MAP: {
        const { keyType, valueType, entries } = value as ThriftMap
        varint(BigInt(entries.length))
        if (entries.length > 0) open.push((keyType << 4) | valueType)
        for (const [key, member] of entries) {
          write(key)
          write(member)
        }
        return
      }
      default:
        struct(value as ThriftStruct)
    }
  }

  struct(root)
  flush()
  return Buffer.concat(parts)
}
