import type { Bounds } from './column.ts'
import type { ColumnsMemory } from './columns-memory.ts'
import { createThriftWriter } from './compact-protocol.ts'
import { PAGE_BYTES, type PackedPage } from './documents.ts'
import type { LeveledLeaf } from './leaf.ts'

/** Compresses with zstd, into memory of its own. */
export type Compress = (bytes: Uint8Array) => Uint8Array

const Codec = { uncompressed: 0, zstd: 6 } as const
const Encoding = { plain: 0, rle: 3, dictionary: 8 } as const
const PageType = { data: 0, dictionary: 2 } as const
const PAGE = { type: 1, uncompressed: 2, compressed: 3, data: 5, dictionary: 7 } as const

/** Less is not worth compressing. */
const LEAST_COMPRESSED = 160

/** The values of a leaf in a row group, ready to be written. */
export interface ColumnChunk {
  readonly codec: number
  readonly encodings: readonly number[]
  /** With NULLs. */
  readonly values: number
  readonly nulls: number
  /** With headers. */
  readonly uncompressedBytes: number
  readonly bytes: number
  /** Of the dictionary's page, with its header; 0 where there is none. */
  readonly dictionaryBytes: number
  readonly bounds: Bounds | undefined
}

/** Lays out leaves one after the other. */
export interface ChunkEncoder {
  /** Appends headers and bodies of pages, in order. */
  encode(leveled: LeveledLeaf, parts: Uint8Array[]): ColumnChunk
}

export function createChunkEncoder(memory: ColumnsMemory, compress: Compress): ChunkEncoder {
  const { wasm } = memory
  const thrift = createThriftWriter()
  let parts: Uint8Array[] = []
  let sizes = { uncompressed: 0, all: 0, dictionary: 0 }

  /** Begins a data page with the levels of these values. */
  function beginPage({ leaf, definition, repetition }: LeveledLeaf, from: number, end: number): void {
    wasm.beginPage()
    wasm.putLevels(repetition, from, end, leaf.maxRepetition)
    wasm.putLevels(definition, from, end, leaf.maxDefinition)
  }

  function addPage(page: PackedPage, encoding: number, isDictionary = false): void {
    const { body, uncompressed, values } = page
    thrift.i32(PAGE.type, isDictionary ? PageType.dictionary : PageType.data)
    thrift.i32(PAGE.uncompressed, uncompressed)
    thrift.i32(PAGE.compressed, body.length)
    thrift.struct(isDictionary ? PAGE.dictionary : PAGE.data, () => {
      thrift.i32(1, values)
      thrift.i32(2, encoding)
      if (isDictionary) return
      thrift.i32(3, Encoding.rle)
      thrift.i32(4, Encoding.rle)
    })
    const header = thrift.end()
    parts.push(header, body)
    sizes.uncompressed += header.length + uncompressed
    sizes.all += header.length + body.length
    if (isDictionary) sizes.dictionary = header.length + body.length
  }

  /** What is laid out next takes the place of the bytes: they are compressed or copied. */
  function packed(bytes: Uint8Array, values: number, isCompressed: boolean): PackedPage {
    return { body: isCompressed ? compress(bytes) : Buffer.from(bytes), uncompressed: bytes.length, values }
  }

  /** Texts in plain form, in pages that end with a row. */
  function addTextPages(leveled: LeveledLeaf, isCompressed: boolean): void {
    const { leaf, definition, repetition, count } = leveled
    let place = leaf.column.place
    for (let from = 0; ; ) {
      const next = wasm.endOfTexts(definition, repetition, from, count, leaf.maxDefinition, place, PAGE_BYTES)
      const end = memory.told(1)[0]!
      beginPage(leveled, from, next)
      wasm.putBytes(place, end - place)
      addPage(packed(memory.page(), next - from, isCompressed), Encoding.plain)
      if (next === count) return
      from = next
      place = end
    }
  }

  /** @returns are the pages compressed? */
  function addDictionaryPages(leveled: LeveledLeaf): boolean {
    const { column } = leveled.leaf
    beginPage(leveled, 0, leveled.count)
    wasm.putCodes(column.at)
    const length = wasm.pageLength()
    // The dictionary comes first in the file; the size of both decides.
    if (column.node.kind === 'text') wasm.putBytes(column.place, column.used)
    else wasm.putDistinctNumbers(column.at, column.scale)
    const both = memory.page()
    const isCompressed = both.length >= LEAST_COMPRESSED
    addPage(packed(both.subarray(length), column.distinct, isCompressed), Encoding.plain, true)
    addPage(packed(both.subarray(0, length), leveled.count, isCompressed), Encoding.dictionary)
    return isCompressed
  }

  /** @returns are the pages compressed? */
  function addPages(leveled: LeveledLeaf): boolean {
    const { column } = leveled.leaf
    if (column.documents) {
      for (const page of column.documents.take()) addPage(page, Encoding.plain)
      return true
    }
    if (column.isDictionary) return addDictionaryPages(leveled)
    if (column.node.kind === 'text') {
      const isCompressed = column.used >= LEAST_COMPRESSED
      addTextPages(leveled, isCompressed)
      return isCompressed
    }
    beginPage(leveled, 0, leveled.count)
    if (column.node.kind === 'boolean') wasm.putFlags(column.at)
    else wasm.putNumbers(column.at, column.scale)
    const isCompressed = wasm.pageLength() >= LEAST_COMPRESSED
    addPage(packed(memory.page(), leveled.count, isCompressed), Encoding.plain)
    return isCompressed
  }

  return {
    encode(leveled, to) {
      const { leaf, count } = leveled
      const { column } = leaf
      const nulls = count - column.count
      parts = to
      sizes = { uncompressed: 0, all: 0, dictionary: 0 }
      const isCompressed = addPages(leveled)
      return {
        codec: isCompressed ? Codec.zstd : Codec.uncompressed,
        encodings: sizes.dictionary > 0 ? WITH_DICTIONARY : WITHOUT_DICTIONARY,
        values: count,
        nulls,
        uncompressedBytes: sizes.uncompressed,
        bytes: sizes.all,
        dictionaryBytes: sizes.dictionary,
        bounds: column.bounds(),
      }
    },
  }
}

const WITH_DICTIONARY = [Encoding.plain, Encoding.rle, Encoding.dictionary]
const WITHOUT_DICTIONARY = [Encoding.plain, Encoding.rle]
