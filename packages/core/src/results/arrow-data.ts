import type { Data, DataType } from 'apache-arrow'
import type { BytesColumn, Column, FixedColumn, ListColumn, StructColumn } from '../engine/vectors.ts'
import type { LakeType } from '../schema/index.ts'
import { decoder } from './decode.ts'
import { textForm } from './forms.ts'
import { integers, unitsPerSecond } from './scalars.ts'

type Arrow = typeof import('apache-arrow')

/** Makes Arrow's data of a column; buffers are shared with it where the layouts agree. @param type `arrowType` of the Lake type */
export function arrowData(arrow: Arrow, lake: LakeType, type: DataType, column: Column): Data {
  const { length } = column
  if (lake.kind === 'unknown') return arrow.makeData({ type, length } as never)
  const nullBitmap = column.validity?.subarray(0, (length + 7) >> 3)
  const nulls = nullBitmap ? { nullBitmap } : { nullCount: 0 }
  return arrow.makeData({ type, length, ...nulls, ...buffers(arrow, lake, type, column) } as never)
}

interface Buffers {
  readonly data?: ArrayBufferView
  readonly valueOffsets?: Int32Array
  readonly child?: Data
  readonly children?: readonly Data[]
}

function buffers(arrow: Arrow, lake: LakeType, type: DataType, column: Column): Buffers {
  switch (lake.kind) {
    case 'boolean':
      return { data: packBits(column as FixedColumn) }
    case 'tinyint':
      return { data: integersOf(column, 1) }
    case 'smallint':
      return { data: integersOf(column, 2) }
    case 'integer':
      return { data: integersOf(column, 4) }
    case 'bigint':
    case 'interval day to second':
      return { data: integersOf(column, 8) }
    case 'real':
    case 'date':
      return { data: (column as FixedColumn).values }
    case 'double':
      return { data: doubles(column as FixedColumn) }
    case 'decimal':
      return { data: wideDecimals(column as FixedColumn) }
    case 'varchar':
    case 'char':
    case 'json':
    case 'varbinary':
      return { valueOffsets: (column as BytesColumn).offsets, data: (column as BytesColumn).values }
    case 'timestamp': {
      const instant = lake.withTimeZone ? ((column as StructColumn).children[0] as Column) : column
      return { data: inUnits(instant, lake.precision, 8) }
    }
    case 'time':
      return lake.withTimeZone
        ? text(lake, column)
        : { data: inUnits(column, lake.precision, lake.precision <= 3 ? 4 : 8) }
    case 'array': {
      const { offsets, child } = column as ListColumn
      return { valueOffsets: offsets, child: arrowData(arrow, lake.element, childType(type, 0), child) }
    }
    case 'map': {
      const { offsets, child } = column as ListColumn
      const entries = childType(type, 0)
      const types = [lake.key, lake.value] as const
      const children = types.map((t, i) =>
        arrowData(arrow, t, childType(entries, i), (child as StructColumn).children[i] as Column),
      )
      return {
        valueOffsets: offsets,
        child: arrow.makeData({ type: entries, length: child.length, nullCount: 0, children } as never),
      }
    }
    case 'row':
      return {
        children: lake.fields.map((field, i) =>
          arrowData(arrow, field.type, childType(type, i), (column as StructColumn).children[i] as Column),
        ),
      }
    default:
      return text(lake, column)
  }
}

function childType(type: DataType, i: number): DataType {
  return (type.children as readonly { readonly type: DataType }[])[i]?.type as DataType
}

function packBits({ values, length }: FixedColumn): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3)
  for (let i = 0; i < length; i++) if (values[i] !== 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  return bits
}

function integersOf(column: Column, width: 1 | 2 | 4 | 8): ArrayBufferView {
  const { type, values, length } = column as FixedColumn
  if (type.kind === 'fixed' && type.width === width && !type.name.startsWith('U')) return values
  const read = integers(column)
  if (width === 8) return BigInt64Array.from({ length }, (_, i) => BigInt(read(i)))
  const numbers = Array.from({ length }, (_, i) => Number(read(i)))
  return width === 1 ? Int8Array.from(numbers) : width === 2 ? Int16Array.from(numbers) : Int32Array.from(numbers)
}

function doubles({ type, values }: FixedColumn): ArrayBufferView {
  return type.kind === 'fixed' && type.name === 'FLOAT' ? Float64Array.from(new Float32Array(values.buffer)) : values
}

/** Arrow's decimals have 16 bytes, the engine's only as many as their digits need. */
function wideDecimals(column: FixedColumn): Uint8Array | Uint32Array {
  const { width } = column.type as { readonly width: number }
  if (width === 16) return column.values
  const read = integers(column)
  const words = new Int32Array(column.length * 4)
  for (let i = 0; i < column.length; i++) {
    const value = read(i)
    writeLong(words, i * 4, value)
    words[i * 4 + 2] = words[i * 4 + 3] = value < 0 ? -1 : 0
  }
  return new Uint32Array(words.buffer)
}

/** Counts of milli-, micro- or nanoseconds, by precision. */
function inUnits(column: Column, precision: number, width: 4 | 8): ArrayBufferView {
  const target = precision <= 3 ? 1e3 : precision <= 6 ? 1e6 : 1e9
  const source = unitsPerSecond(column as FixedColumn)
  if (source === target && width === 8) return (column as FixedColumn).values
  const read = integers(column)
  const convert = (value: number | bigint): number | bigint => {
    if (source >= target && typeof value === 'number') return Math.floor(value / (source / target))
    const nanos = BigInt(value) * BigInt(1e9 / source)
    const unit = BigInt(1e9 / target)
    return nanos / unit - (nanos % unit < 0n ? 1n : 0n)
  }
  if (width === 4) return Int32Array.from({ length: column.length }, (_, i) => Number(convert(read(i))))
  const words = new Int32Array(column.length * 2)
  for (let i = 0; i < column.length; i++) writeLong(words, i * 2, convert(read(i)))
  return new BigInt64Array(words.buffer)
}

function writeLong(words: Int32Array, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    words[at] = Number(BigInt.asIntN(32, value))
    words[at + 1] = Number(BigInt.asIntN(32, value >> 32n))
    return
  }
  const high = Math.floor(value / 0x1_0000_0000)
  words[at] = value - high * 0x1_0000_0000
  words[at + 1] = high
}

function text(lake: LakeType, column: Column): Buffers {
  const read = decoder(lake, column, textForm)
  const valueOffsets = new Int32Array(column.length + 1)
  const parts: Buffer[] = []
  for (let i = 0; i < column.length; i++) {
    const part = Buffer.from(read(i) ?? '')
    parts.push(part)
    valueOffsets[i + 1] = (valueOffsets[i] as number) + part.length
  }
  return { valueOffsets, data: new Uint8Array(Buffer.concat(parts)) }
}
