import type { DuckDBConnection } from '@duckdb/node-api'
import type { Vector } from '@duckdb/node-bindings'
import { loadDuckDb, loadDuckDbBindings } from './duckdb.ts'
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
   * Copies texts to DuckDB, one a row, as the column of that name, and tells where each lies there: low and high word of
   * the address every four words, from word 2. Each text is more than 12 bytes of UTF-8. Texts of other columns may lie in them.
   */
  assignTexts(count: number, text: (row: number) => Uint8Array): Int32Array
  /** Copies bytes (more than 12) that texts of columns lie in; at most once a chunk. Returns the address. */
  assignShared(bytes: Uint8Array): number
}

export interface ChunkRows {
  readonly rowCount: number
  /** Fills the columns of a chunk with rows from `start` on. */
  fill(chunk: Chunk, start: number, count: number): void
}

/** A SQL table function whose rows are whatever `set` was given last. */
export interface ChunkSource {
  set(rows: ChunkRows): void
  /** Lets go of the rows; the function yields none until the next `set`. */
  clear(): void
}

const NO_ROWS: ChunkRows = { rowCount: 0, fill: () => undefined }

/**
 * Registers the table function `name()`: the given columns, the text column, and a last one, `shared`, that is not to be
 * selected.
 *
 * Columns are handed over as vectors, a call for each and not for each value: DuckDB neither parses nor casts. Texts inside a
 * row's text cost no copy: their vectors point into it. DuckDB copies what it keeps of a chunk before it asks for the next.
 */
export function registerChunkSource(
  connection: DuckDBConnection,
  name: string,
  columns: readonly ChunkColumn[],
  textColumn: string,
): ChunkSource {
  const duckdb = loadDuckDb()
  const bindings = loadDuckDbBindings()
  const chunkRows = bindings.vector_size()
  const buffers = columns.map((column) => newVectorBuffer(column.type, chunkRows))
  let rows: ChunkRows = NO_ROWS
  let texts: Vector
  let shared: Vector
  const chunk: Chunk = {
    buffers,
    assignTexts(count, text) {
      for (let i = 0; i < count; i++) bindings.vector_assign_string_element_len(texts, i, text(i))
      return wordsOf(bindings.vector_get_data(texts, count * 16))
    },
    assignShared(bytes) {
      bindings.vector_assign_string_element_len(shared, 0, bytes)
      const words = wordsOf(bindings.vector_get_data(shared, 16))
      return (words[2]! >>> 0) + words[3]! * 4_294_967_296
    },
  }
  const source = duckdb.DuckDBTableFunction.create({
    name,
    bindFunction(info) {
      for (const column of columns) info.addResultColumn(column.name, bufferDuckDbType(column.type))
      info.addResultColumn(textColumn, duckdb.VARCHAR)
      info.addResultColumn('shared', duckdb.BLOB)
      info.setCardinality(rows.rowCount, true)
    },
    initFunction(info) {
      // One scanning thread: the rows come in their order, and the callback runs in one place.
      info.setMaxThreads(1)
      info.setInitData({ next: 0 })
    },
    mainFunction(info, output) {
      try {
        const cursor = info.initData as { next: number }
        const start = cursor.next
        const count = Math.min(chunkRows, rows.rowCount - start)
        output.rowCount = count
        cursor.next = start + count
        if (count === 0) return
        const vector = (column: number) => bindings.data_chunk_get_vector(output.chunk, column)
        texts = vector(columns.length)
        shared = vector(columns.length + 1)
        for (const buffer of buffers) clearVectorBuffer(buffer, chunkRows)
        rows.fill(chunk, start, count)
        buffers.forEach((buffer, column) => {
          fillVector(vector(column), buffer, count)
        })
      } catch (error) {
        info.setError(error instanceof Error ? error.message : String(error))
      }
    },
  })
  connection.registerTableFunction(source)

  return {
    set(next) {
      rows = next
    },
    clear() {
      rows = NO_ROWS
    },
  }
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = bytes
  // What the client gives is a copy; where that lies askew it is copied once more.
  if (byteOffset % 4 === 0) return new Int32Array(buffer, byteOffset, byteLength >> 2)
  return new Int32Array(bytes.slice().buffer)
}
