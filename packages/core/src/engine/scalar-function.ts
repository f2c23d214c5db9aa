import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api'
import type { DataChunk, Vector } from '@duckdb/node-bindings'
import { type DuckDbBindings, loadDuckDb, loadDuckDbBindings } from './duckdb.ts'
import type { PhysicalType } from './physical-type.ts'
import { type Column, isNull, readColumns, rowCount } from './vectors.ts'

export type ScalarType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'BLOB' | 'VARCHAR[]'

/** A scalar function in JavaScript. NULL in gives NULL out without a call, unless `nulls`. */
export interface ScalarFunction {
  readonly name: string
  readonly parameters: readonly ScalarType[]
  readonly result: ScalarType
  /** VARCHAR is a string, BIGINT a bigint, BLOB a Uint8Array, VARCHAR[] an array, NULL null. What it throws fails the query, with its message. */
  readonly evaluate: (...args: never[]) => unknown
  readonly nulls?: boolean
}

/**
 * Registers a function for every connection of the connection's instance.
 *
 * The client's own wrapper of vectors cuts a text at its first NUL and converts value by value, so vectors are read and
 * written through the bindings.
 */
export function registerScalarFunction(connection: DuckDBConnection, definition: ScalarFunction): void {
  const duckdb = loadDuckDb()
  const api = loadDuckDbBindings()
  const type = (name: ScalarType): DuckDBType => (name === 'VARCHAR[]' ? duckdb.LIST(duckdb.VARCHAR) : duckdb[name])
  const registered = new duckdb.DuckDBScalarFunction()
  registered.setName(definition.name)
  for (const parameter of definition.parameters) registered.addParameter(type(parameter))
  registered.setReturnType(type(definition.result))
  if (definition.nulls) registered.setSpecialHandling()
  const physical = definition.parameters.map((parameter) => PHYSICAL[parameter])
  api.scalar_function_set_function(registered.scalar_function, (info, input, output) => {
    try {
      writeResults(api, output, definition.result, evaluateRows(definition, input, physical))
    } catch (error) {
      api.scalar_function_set_error(info, error instanceof Error ? error.message : String(error))
    }
  })
  connection.registerScalarFunction(registered)
}

function evaluateRows(
  definition: ScalarFunction,
  input: DataChunk,
  types: readonly PhysicalType[],
): readonly unknown[] {
  const evaluate = definition.evaluate as (...args: readonly unknown[]) => unknown
  const readers = readColumns(input, types).map(argumentReader)
  return Array.from({ length: rowCount(input) }, (_, i) => {
    const args = readers.map((read) => read(i))
    return !definition.nulls && args.includes(null) ? null : (evaluate(...args) ?? null)
  })
}

const VARCHAR: PhysicalType = { kind: 'bytes', name: 'VARCHAR' }

const PHYSICAL: Readonly<Record<ScalarType, PhysicalType>> = {
  VARCHAR,
  BLOB: { kind: 'bytes', name: 'BLOB' },
  BIGINT: { kind: 'fixed', name: 'BIGINT', width: 8 },
  DOUBLE: { kind: 'fixed', name: 'DOUBLE', width: 8 },
  BOOLEAN: { kind: 'fixed', name: 'BOOLEAN', width: 1 },
  'VARCHAR[]': { kind: 'list', child: VARCHAR },
}

function argumentReader(column: Column): (i: number) => unknown {
  const read = valueReader(column)
  return (i) => (isNull(column, i) ? null : read(i))
}

function valueReader(column: Column): (i: number) => unknown {
  switch (column.layout) {
    case 'bytes': {
      const { offsets, type } = column
      const bytes = Buffer.from(column.values.buffer, column.values.byteOffset, column.values.length)
      if (type.kind === 'bytes' && type.name === 'VARCHAR')
        return (i) => bytes.toString('utf8', offsets[i], offsets[i + 1])
      return (i) => Uint8Array.prototype.slice.call(bytes, offsets[i], offsets[i + 1])
    }
    case 'list': {
      const { offsets, child } = column
      const item = argumentReader(child)
      return (i) =>
        Array.from({ length: (offsets[i + 1] as number) - (offsets[i] as number) }, (_, k) =>
          item((offsets[i] as number) + k),
        )
    }
    case 'fixed': {
      const { buffer, byteOffset, length } = column.values
      if (column.type.kind === 'fixed' && column.type.name === 'BIGINT') {
        const values = new BigInt64Array(buffer, byteOffset, length / 8)
        return (i) => values[i]
      }
      if (column.type.kind === 'fixed' && column.type.name === 'DOUBLE') {
        const values = new Float64Array(buffer, byteOffset, length / 8)
        return (i) => values[i]
      }
      return (i) => column.values[i] !== 0
    }
    case 'struct':
      throw new TypeError('no function takes a struct')
  }
}

function writeResults(api: DuckDbBindings, vector: Vector, type: ScalarType, values: readonly unknown[]): void {
  writeValidity(api, vector, values)
  switch (type) {
    case 'BIGINT':
      copyIn(
        api,
        vector,
        BigInt64Array.from(values, (v) => BigInt((v ?? 0) as bigint | number)),
      )
      break
    case 'DOUBLE':
      copyIn(
        api,
        vector,
        Float64Array.from(values, (v) => (v ?? 0) as number),
      )
      break
    case 'BOOLEAN':
      copyIn(
        api,
        vector,
        Uint8Array.from(values, (v) => (v ? 1 : 0)),
      )
      break
    case 'VARCHAR':
    case 'BLOB':
      writeBytes(api, vector, values)
      break
    case 'VARCHAR[]':
      writeLists(
        api,
        vector,
        values.map((v) => (v ?? []) as readonly (string | null)[]),
      )
  }
}

function writeLists(api: DuckDbBindings, vector: Vector, lists: readonly (readonly (string | null)[])[]): void {
  const entries = new BigUint64Array(lists.length * 2)
  let total = 0
  lists.forEach((list, i) => {
    entries[i * 2] = BigInt(total)
    entries[i * 2 + 1] = BigInt(list.length)
    total += list.length
  })
  api.list_vector_reserve(vector, total)
  api.list_vector_set_size(vector, total)
  copyIn(api, vector, entries)
  const child = api.list_vector_get_child(vector)
  const items = lists.flat()
  writeValidity(api, child, items)
  writeBytes(api, child, items)
}

function writeValidity(api: DuckDbBindings, vector: Vector, values: readonly unknown[]): void {
  if (!values.includes(null)) return
  const bitmap = new Uint8Array(Math.ceil(values.length / 64) * 8).fill(0xff)
  values.forEach((value, i) => {
    if (value === null) bitmap[i >> 3] = (bitmap[i >> 3] as number) & ~(1 << (i & 7))
  })
  api.vector_ensure_validity_writable(vector)
  api.copy_data_to_vector_validity(vector, 0, bitmap.buffer, 0, bitmap.byteLength)
}

function writeBytes(api: DuckDbBindings, vector: Vector, values: readonly unknown[]): void {
  values.forEach((value, i) => {
    if (value === null) return
    api.vector_assign_string_element_len(
      vector,
      i,
      typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array),
    )
  })
}

function copyIn(
  api: DuckDbBindings,
  vector: Vector,
  values: BigInt64Array | BigUint64Array | Float64Array | Uint8Array,
): void {
  if (values.byteLength > 0)
    api.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)
}
