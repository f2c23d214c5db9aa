import { closeSync, openSync, rmSync, writevSync } from 'node:fs'
import { Column } from './column.ts'
import { type ColumnChunk, type Compress, createChunkEncoder } from './column-chunk.ts'
import { ColumnsMemory } from './columns-memory.ts'
import { createThriftWriter, type ThriftWriter } from './compact-protocol.ts'
import { createFileBounds, type FileBounds } from './file-bounds.ts'
import { createLeaves, type Leaf } from './leaf.ts'
import { PageMemory } from './page-memory.ts'
import { footerHead, HEAD_END, type ParquetNode, physicalTypeOf } from './schema.ts'

const MAGIC = Buffer.from('PAR1')
const CREATED_BY = Buffer.from('traillake')
const FILE = { rows: 3, rowGroups: 4, createdBy: 6, orders: 7 } as const
const GROUP = { columns: 1, bytes: 2, rows: 3, fileOffset: 5, compressedBytes: 6, ordinal: 7 } as const
const CHUNK = { fileOffset: 2, metadata: 3 } as const
const COLUMN = {
  type: 1,
  encodings: 2,
  path: 3,
  codec: 4,
  values: 5,
  uncompressedBytes: 6,
  bytes: 7,
  dataPage: 9,
  dictionaryPage: 11,
  statistics: 12,
} as const
const STATISTICS = { nulls: 3, max: 5, min: 6 } as const

interface PlacedChunk {
  readonly leaf: Leaf
  readonly chunk: ColumnChunk
  readonly offset: number
}

interface RowGroup {
  readonly rows: number
  readonly chunks: readonly PlacedChunk[]
}

/** What a file that was written is like. */
export interface WrittenFile {
  readonly rows: number
  readonly bytes: number
  /** Of columns that are no structs, lists or maps, by name. */
  readonly columns: ReadonlyMap<string, FileBounds>
}

/**
 * Writes Parquet files of one schema, one after the other: open a file, fill the columns, flush them as a row group, again and again, close it.
 * It is synchronous: nothing but a disk lies behind it.
 *
 * Errors: those of the file system.
 */
export interface ParquetWriter {
  /** To be filled, in the order of the schema. */
  readonly columns: readonly Column[]
  /** What they lie in. */
  readonly memory: ColumnsMemory
  /** Begins a file that does not exist yet. */
  open(path: string): void
  /** Writes the first so many slots of all columns and empties them. */
  flush(rows: number): void
  /** Ends the file. It is not synced. */
  close(): WrittenFile
  /** Empties the columns and removes the file that is not closed. */
  abandon(): void
}

export function createParquetWriter(nodes: readonly ParquetNode[], compress: Compress): ParquetWriter {
  const memory = new ColumnsMemory()
  const pages = new PageMemory()
  const pack: Compress = (bytes) => pages.keep(compress(bytes))
  const columns = nodes.map((node) => new Column(node, memory, pack))
  const leaves = createLeaves(columns, memory)
  const encoder = createChunkEncoder(memory, pack)
  const head = footerHead(nodes)
  const thrift = createThriftWriter()
  let path = ''
  let file: number | undefined
  let position = 0
  let groups: RowGroup[] = []

  function write(parts: readonly Uint8Array[]): void {
    writeAll(file!, parts)
    for (const part of parts) position += part.length
  }

  function release(): void {
    if (file !== undefined) closeSync(file)
    file = undefined
    groups = []
    for (const column of columns) column.clear()
    pages.clear()
  }

  return {
    columns,
    memory,
    open(at) {
      path = at
      file = openSync(path, 'wx')
      position = 0
      write([MAGIC])
    },
    flush(rows) {
      const chunks: PlacedChunk[] = []
      const parts: Uint8Array[] = []
      let offset = position
      for (const column of columns) column.look()
      leaves.level(rows, (leveled) => {
        const chunk = encoder.encode(leveled, parts)
        chunks.push({ leaf: leveled.leaf, chunk, offset })
        offset += chunk.bytes
      })
      write(parts)
      groups.push({ rows, chunks })
      for (const column of columns) column.clear()
      pages.clear()
    },
    close() {
      const footer = putFooter(thrift, head, leaves.all.length, groups)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(footer.length)
      write([footer, length, MAGIC])
      const bounds = createFileBounds()
      for (const { chunks } of groups) {
        for (const { leaf, chunk } of chunks) if (leaf.path.length === 1) bounds.add(leaf.column.node, chunk)
      }
      const rows = groups.reduce((sum, group) => sum + group.rows, 0)
      release()
      return { rows, bytes: position, columns: bounds.columns }
    },
    abandon() {
      const isOpen = file !== undefined
      release()
      if (isOpen) rmSync(path, { force: true })
    },
  }
}

/** A write may take but a part of what it is given. */
function writeAll(file: number, parts: readonly Uint8Array[]): void {
  let rest = parts.filter((part) => part.length > 0)
  while (rest.length > 0) {
    const some = rest.slice(0, MOST_PARTS)
    let written = writevSync(file, some)
    let done = 0
    while (done < some.length && written >= some[done]!.length) written -= some[done++]!.length
    rest = rest.slice(done)
    if (written > 0) rest[0] = rest[0]!.subarray(written)
  }
}

/** More at once are refused by some systems. */
const MOST_PARTS = 1000

function putFooter(thrift: ThriftWriter, head: Buffer, leaves: number, groups: readonly RowGroup[]): Buffer {
  thrift.raw(head, HEAD_END)
  thrift.i64(
    FILE.rows,
    groups.reduce((sum, { rows }) => sum + rows, 0),
  )
  thrift.structs(
    FILE.rowGroups,
    groups.map((group, ordinal) => ({ ...group, ordinal })),
    ({ rows, chunks, ordinal }) => {
      const total = (of: 'uncompressedBytes' | 'bytes') => chunks.reduce((sum, { chunk }) => sum + chunk[of], 0)
      thrift.structs(GROUP.columns, chunks, (placed) => putChunk(thrift, placed))
      thrift.i64(GROUP.bytes, total('uncompressedBytes'))
      thrift.i64(GROUP.rows, rows)
      thrift.i64(GROUP.fileOffset, chunks[0]!.offset)
      thrift.i64(GROUP.compressedBytes, total('bytes'))
      thrift.i16(GROUP.ordinal, ordinal)
    },
  )
  thrift.binary(FILE.createdBy, CREATED_BY)
  // Bounds are in the order that each type has by itself.
  thrift.structs(FILE.orders, Array.from({ length: leaves }), () => thrift.struct(1, () => undefined))
  return thrift.end()
}

function putChunk(thrift: ThriftWriter, { leaf, chunk, offset }: PlacedChunk): void {
  thrift.i64(CHUNK.fileOffset, offset)
  thrift.struct(CHUNK.metadata, () => {
    thrift.i32(COLUMN.type, physicalTypeOf(leaf.column.node))
    thrift.numbers(COLUMN.encodings, chunk.encodings)
    thrift.texts(COLUMN.path, leaf.path)
    thrift.i32(COLUMN.codec, chunk.codec)
    thrift.i64(COLUMN.values, chunk.values)
    thrift.i64(COLUMN.uncompressedBytes, chunk.uncompressedBytes)
    thrift.i64(COLUMN.bytes, chunk.bytes)
    thrift.i64(COLUMN.dataPage, offset + chunk.dictionaryBytes)
    if (chunk.dictionaryBytes > 0) thrift.i64(COLUMN.dictionaryPage, offset)
    thrift.struct(COLUMN.statistics, () => {
      thrift.i64(STATISTICS.nulls, chunk.nulls)
      if (!chunk.bounds) return
      thrift.binary(STATISTICS.max, chunk.bounds.max)
      thrift.binary(STATISTICS.min, chunk.bounds.min)
    })
  })
}
