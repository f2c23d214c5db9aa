import type { DuckDBType } from '@duckdb/node-api'
import type { Vector } from '@duckdb/node-bindings'
import { loadDuckDb, loadDuckDbBindings } from './duckdb.ts'

/** The type of a column that is filled from JavaScript, as plain data. */
export type BufferType =
  | { readonly kind: 'varchar' | 'boolean' | 'timestamp' | 'bigint' }
  | { readonly kind: 'struct'; readonly members: readonly { readonly name: string; readonly type: BufferType }[] }
  | { readonly kind: 'list'; readonly element: BufferType }
  /** From text to text: a list of structs of key and value. */
  | { readonly kind: 'map' }

/**
 * The values of a vector on their way to DuckDB, in its layout. Bytes of rows that are not valid are zero.
 *
 * Widths in bytes: varchar 16 (length and up to 12 bytes, or length, first four bytes and address), list and map 16 (first
 * element and their number, 64 bits each), timestamp 8 (microseconds) and bigint 8, boolean 1, struct 0.
 */
export interface VectorBuffer {
  readonly kind: BufferType['kind']
  readonly children: readonly VectorBuffer[]
  bytes: Uint8Array<ArrayBuffer>
  /** The same memory as whole numbers of 32 bits. */
  words: Int32Array<ArrayBuffer>
  /** One bit a row, lowest first. */
  valid: Uint8Array<ArrayBuffer>
  /** Rows there is room for. */
  capacity: number
  /** How many rows are valid. */
  validRows: number
  /** Of a list or map: elements so far. */
  elements: number
}

const WIDTHS = { varchar: 16, list: 16, map: 16, timestamp: 8, bigint: 8, boolean: 1, struct: 0 } as const

export function newVectorBuffer(type: BufferType, capacity: number): VectorBuffer {
  const bytes = new Uint8Array(capacity * WIDTHS[type.kind])
  return {
    kind: type.kind,
    children: childTypes(type).map((child) => newVectorBuffer(child, capacity)),
    bytes,
    words: new Int32Array(bytes.buffer, 0, bytes.length >> 2),
    valid: new Uint8Array(validityBytes(capacity)),
    capacity,
    validRows: 0,
    elements: 0,
  }
}

const TEXT: BufferType = { kind: 'varchar' }

function childTypes(type: BufferType): readonly BufferType[] {
  switch (type.kind) {
    case 'struct':
      return type.members.map((member) => member.type)
    case 'list':
      return [type.element]
    case 'map':
      // The struct between a map and its texts is always valid: it needs no buffer.
      return [TEXT, TEXT]
    default:
      return []
  }
}

/** Bits come in whole words of 64. */
function validityBytes(rows: number): number {
  return Math.ceil(rows / 64) * 8
}

/** Makes room for more rows in a buffer and the members of structs in it. */
export function growVectorBuffer(buffer: VectorBuffer, capacity: number): void {
  const { bytes, valid } = buffer
  buffer.bytes = new Uint8Array(capacity * WIDTHS[buffer.kind])
  buffer.bytes.set(bytes)
  buffer.words = new Int32Array(buffer.bytes.buffer, 0, buffer.bytes.length >> 2)
  buffer.valid = new Uint8Array(validityBytes(capacity))
  buffer.valid.set(valid)
  buffer.capacity = capacity
  if (buffer.kind === 'struct') for (const child of buffer.children) growVectorBuffer(child, capacity)
}

/** Empties a buffer of `rows` rows. */
export function clearVectorBuffer(buffer: VectorBuffer, rows: number): void {
  if (buffer.validRows > 0) {
    buffer.bytes.fill(0, 0, rows * WIDTHS[buffer.kind])
    buffer.valid.fill(0, 0, validityBytes(rows))
  }
  const childRows = buffer.kind === 'struct' ? rows : buffer.elements
  for (const child of buffer.children) clearVectorBuffer(child, childRows)
  buffer.validRows = 0
  buffer.elements = 0
}

/** Copies a buffer's rows into an empty vector of its type. */
export function fillVector(vector: Vector, buffer: VectorBuffer, rows: number): void {
  const bindings = loadDuckDbBindings()
  if (buffer.validRows < rows) {
    bindings.vector_ensure_validity_writable(vector)
    bindings.copy_data_to_vector_validity(vector, 0, buffer.valid.buffer, 0, validityBytes(rows))
  }
  const { kind, children } = buffer
  if (buffer.validRows > 0 && kind !== 'struct') {
    bindings.copy_data_to_vector(vector, 0, buffer.bytes.buffer, 0, rows * WIDTHS[kind])
  }
  if (kind === 'struct') {
    children.forEach((child, i) => {
      fillVector(bindings.struct_vector_get_child(vector, i), child, rows)
    })
  } else if ((kind === 'list' || kind === 'map') && buffer.elements > 0) {
    bindings.list_vector_reserve(vector, buffer.elements)
    bindings.list_vector_set_size(vector, buffer.elements)
    const elements = bindings.list_vector_get_child(vector)
    children.forEach((child, i) => {
      const target = kind === 'map' ? bindings.struct_vector_get_child(elements, i) : elements
      fillVector(target, child, buffer.elements)
    })
  }
}

/** DuckDB's type for it. */
export function bufferDuckDbType(type: BufferType): DuckDBType {
  const duckdb = loadDuckDb()
  switch (type.kind) {
    case 'varchar':
      return duckdb.VARCHAR
    case 'boolean':
      return duckdb.BOOLEAN
    case 'timestamp':
      return duckdb.TIMESTAMP
    case 'bigint':
      return duckdb.BIGINT
    case 'map':
      return duckdb.MAP(duckdb.VARCHAR, duckdb.VARCHAR)
    case 'list':
      return duckdb.LIST(bufferDuckDbType(type.element))
    case 'struct':
      return duckdb.STRUCT(Object.fromEntries(type.members.map(({ name, type: t }) => [name, bufferDuckDbType(t)])))
  }
}
