import type { DataChunk, Vector } from '@duckdb/node-bindings'
import { readByteStrings } from './byte-strings.ts'
import { type DuckDbBindings, loadDuckDbBindings } from './duckdb.ts'
import type { PhysicalType } from './physical-type.ts'

/**
 * One column of one chunk, copied out of the engine's memory. The layout is Arrow's: a validity bitmap (bit set: not NULL,
 * least significant first; absent: no NULLs), fixed-width values, or offsets into bytes or a child.
 */
export type Column = FixedColumn | BytesColumn | ListColumn | StructColumn

interface ColumnBase {
  readonly type: PhysicalType
  readonly length: number
  readonly validity: Uint8Array | undefined
}

/** `values` is 8-byte aligned. BOOLEAN is a byte a value. */
export interface FixedColumn extends ColumnBase {
  readonly layout: 'fixed'
  readonly values: Uint8Array
}

export interface BytesColumn extends ColumnBase {
  readonly layout: 'bytes'
  /** `length + 1` of them; NULL is empty. */
  readonly offsets: Int32Array
  readonly values: Uint8Array
}

/** Lists and maps; a map's child is a struct of key and value. */
export interface ListColumn extends ColumnBase {
  readonly layout: 'list'
  readonly offsets: Int32Array
  readonly child: Column
}

export interface StructColumn extends ColumnBase {
  readonly layout: 'struct'
  readonly children: readonly Column[]
}

/** Copies the columns of a chunk out, so that the chunk may be freed. */
export function readColumns(chunk: DataChunk, types: readonly PhysicalType[]): readonly Column[] {
  const api = loadDuckDbBindings()
  const rows = rowCount(chunk)
  return types.map((type, i) => readVector(api, api.data_chunk_get_vector(chunk, i), type, rows))
}

export function rowCount(chunk: DataChunk): number {
  return loadDuckDbBindings().data_chunk_get_size(chunk)
}

/** True when value `i` of a column is NULL. */
export function isNull(column: Column, i: number): boolean {
  return column.validity !== undefined && ((column.validity[i >> 3] as number) & (1 << (i & 7))) === 0
}

function readVector(api: DuckDbBindings, vector: Vector, type: PhysicalType, length: number): Column {
  const validity = readValidity(api, vector, length)
  switch (type.kind) {
    case 'fixed':
    case 'decimal': {
      const values =
        length === 0 ? EMPTY : Uint8Array.prototype.slice.call(api.vector_get_data(vector, length * type.width))
      return { layout: 'fixed', type, length, validity, values }
    }
    case 'bytes': {
      const data = length === 0 ? EMPTY : api.vector_get_data(vector, length * 16)
      return {
        layout: 'bytes',
        type,
        length,
        validity,
        ...readByteStrings(data, length, validity, api.get_data_from_pointer),
      }
    }
    case 'struct': {
      const children = type.children.map((child, i) =>
        readVector(api, api.struct_vector_get_child(vector, i), child, length),
      )
      return { layout: 'struct', type, length, validity, children }
    }
    case 'list':
    case 'map': {
      const child: PhysicalType =
        type.kind === 'list'
          ? type.child
          : { kind: 'struct', names: ['key', 'value'], children: [type.key, type.value] }
      const items = readVector(api, api.list_vector_get_child(vector), child, api.list_vector_get_size(vector))
      const entries = length === 0 ? EMPTY : Uint8Array.prototype.slice.call(api.vector_get_data(vector, length * 16))
      return { layout: 'list', type, length, validity, ...arrangeLists(entries, length, validity, items) }
    }
  }
}

const EMPTY = new Uint8Array(0)

function readValidity(api: DuckDbBindings, vector: Vector, length: number): Uint8Array | undefined {
  if (length === 0) return undefined
  // The client's types do not say so, but a vector without NULLs has no bitmap.
  const bitmap = api.vector_get_validity(vector, Math.ceil(length / 64) * 8) as Uint8Array | null
  if (!bitmap) return undefined
  const copy = bitmap.slice()
  return hasNull(copy, length) ? copy : undefined
}

function hasNull(bitmap: Uint8Array, length: number): boolean {
  const whole = length >> 3
  for (let i = 0; i < whole; i++) if (bitmap[i] !== 0xff) return true
  const rest = (1 << (length & 7)) - 1
  return ((bitmap[whole] ?? 0) & rest) !== rest
}

/** Bytes that a column takes in memory. */
export function columnBytes(column: Column): number {
  const validity = column.validity?.byteLength ?? 0
  switch (column.layout) {
    case 'fixed':
      return validity + column.values.byteLength
    case 'bytes':
      return validity + column.offsets.byteLength + column.values.byteLength
    case 'list':
      return validity + column.offsets.byteLength + columnBytes(column.child)
    case 'struct':
      return column.children.reduce((sum, child) => sum + columnBytes(child), validity)
  }
}

/**
 * Turns the engine's list entries (offset and length, 8 bytes each, in any order over the child) into Arrow's offsets,
 * which follow each other: the child is rearranged only where the entries do not follow each other already.
 */
function arrangeLists(
  entries: Uint8Array,
  length: number,
  validity: Uint8Array | undefined,
  items: Column,
): { offsets: Int32Array; child: Column } {
  const words = new Uint32Array(entries.buffer, entries.byteOffset, length * 4)
  const offsets = new Int32Array(length + 1)
  let inOrder = true
  for (let i = 0; i < length; i++) {
    const at = offsets[i] as number
    const valid = validity === undefined || ((validity[i >> 3] as number) & (1 << (i & 7))) !== 0
    const size = valid ? (words[i * 4 + 2] as number) : 0
    if (size > 0 && words[i * 4] !== at) inOrder = false
    offsets[i + 1] = at + size
  }
  const total = offsets[length] as number
  if (inOrder) return { offsets, child: total === items.length ? items : takeRows(items, sequence(total)) }
  const indexes = new Int32Array(total)
  for (let i = 0; i < length; i++) {
    const at = offsets[i] as number
    const size = (offsets[i + 1] as number) - at
    for (let k = 0; k < size; k++) indexes[at + k] = (words[i * 4] as number) + k
  }
  return { offsets, child: takeRows(items, indexes) }
}

function sequence(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i)
}

/** The rows of a column at `indexes`, in that order. */
export function takeRows(column: Column, indexes: Int32Array): Column {
  const length = indexes.length
  const validity = takeValidity(column, indexes)
  switch (column.layout) {
    case 'fixed': {
      const { width } = column.type as { readonly width: number }
      const values = new Uint8Array(length * width)
      for (let i = 0; i < length; i++) {
        const from = (indexes[i] as number) * width
        for (let b = 0; b < width; b++) values[i * width + b] = column.values[from + b] as number
      }
      return { ...column, length, validity, values }
    }
    case 'bytes': {
      const offsets = new Int32Array(length + 1)
      for (let i = 0; i < length; i++)
        offsets[i + 1] = (offsets[i] as number) + sizeAt(column.offsets, indexes[i] as number)
      const values = new Uint8Array(offsets[length] as number)
      for (let i = 0; i < length; i++) {
        const from = column.offsets[indexes[i] as number] as number
        values.set(column.values.subarray(from, column.offsets[(indexes[i] as number) + 1]), offsets[i])
      }
      return { ...column, length, validity, offsets, values }
    }
    case 'list': {
      const offsets = new Int32Array(length + 1)
      for (let i = 0; i < length; i++)
        offsets[i + 1] = (offsets[i] as number) + sizeAt(column.offsets, indexes[i] as number)
      const items = new Int32Array(offsets[length] as number)
      for (let i = 0; i < length; i++) {
        const from = column.offsets[indexes[i] as number] as number
        for (let at = offsets[i] as number, k = 0; at + k < (offsets[i + 1] as number); k++) items[at + k] = from + k
      }
      return { ...column, length, validity, offsets, child: takeRows(column.child, items) }
    }
    case 'struct':
      return { ...column, length, validity, children: column.children.map((child) => takeRows(child, indexes)) }
  }
}

function sizeAt(offsets: Int32Array, i: number): number {
  return (offsets[i + 1] as number) - (offsets[i] as number)
}

function takeValidity(column: Column, indexes: Int32Array): Uint8Array | undefined {
  if (column.validity === undefined) return undefined
  const bitmap = new Uint8Array(Math.ceil(indexes.length / 64) * 8)
  for (let i = 0; i < indexes.length; i++) {
    if (!isNull(column, indexes[i] as number)) bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7))
  }
  return bitmap
}
