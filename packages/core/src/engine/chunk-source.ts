import type { DuckDBConnection } from '@duckdb/node-api'
import type { Vector } from '@duckdb/node-bindings'
import { loadDuckDb, loadDuckDbBindings } from './duckdb.ts'
import { type RowsSource, registerOrderedSource } from './ordered-source.ts'
import {
  type BufferType,
  bufferDuckDbType,
  clearVectorBuffer,
  fillVector,
  newVectorBuffer,
  type VectorBuffer,
} from './vector-buffer.ts'

export interface ChunkColumn {
  readonly name: string
  readonly type: BufferType
}

/** A chunk of rows on its way to DuckDB. */
export interface Chunk {
  /** The buffers of the columns, empty at first. A function of this interface may only be called while the chunk is filled. */
  readonly buffers: readonly VectorBuffer[]
  /**
   * Copies bytes that texts of columns are to lie in, more than 12 of them, and tells where they lie then; at most once a
   * row of the chunk.
   */
  assign(bytes: Uint8Array): number
}

export interface ChunkRows {
  readonly rowCount: number
  /** Fills the columns of a chunk with rows from `start` on. */
  fill(chunk: Chunk, start: number, count: number): void
}

/**
 * Registers the table function `name()`: the given columns, and a last one, `shared`, that is not to be selected.
 *
 * Columns are handed over as vectors, a call for each and not for each value: DuckDB neither parses nor casts. Nor are texts
 * handed over one by one: their vectors point into stretches of bytes. DuckDB copies what it keeps of a chunk before it asks
 * for the next.
 */
export function registerChunkSource(
  connection: DuckDBConnection,
  name: string,
  columns: readonly ChunkColumn[],
): RowsSource<ChunkRows> {
  const bindings = loadDuckDbBindings()
  const chunkRows = bindings.vector_size()
  const buffers = columns.map((column) => newVectorBuffer(column.type, chunkRows))
  let shared: Vector
  let assigned = 0
  const chunk: Chunk = {
    buffers,
    assign(bytes) {
      const at = assigned++
      bindings.vector_assign_string_element_len(shared, at, bytes)
      const data = bindings.vector_get_data(shared, (at + 1) * 16)
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
      return view.getUint32(at * 16 + 8, true) + view.getUint32(at * 16 + 12, true) * 4_294_967_296
    },
  }
  const types = columns.map((column) => ({ name: column.name, type: bufferDuckDbType(column.type) }))
  return registerOrderedSource<ChunkRows>(
    connection,
    name,
    [...types, { name: 'shared', type: loadDuckDb().BLOB }],
    (output, rows, start, count) => {
      const vector = (column: number) => bindings.data_chunk_get_vector(output.chunk, column)
      shared = vector(columns.length)
      assigned = 0
      for (const buffer of buffers) clearVectorBuffer(buffer, chunkRows)
      rows.fill(chunk, start, count)
      buffers.forEach((buffer, column) => {
        fillVector(vector(column), buffer, count)
      })
    },
  )
}
