import type { Bounds } from './column.ts'
import { createThriftWriter } from './compact-protocol.ts'
import { PAGE_BYTES, type PackedPage } from './documents.ts'
import { withRoom } from './grow.ts'
import type { LeveledLeaf } from './leaf.ts'
import { type Levels, levelAt } from './levels.ts'
import { bitWidth, packedBound, packNumbers, packRun } from './run-length.ts'

/** Compresses with zstd. */
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

export function createChunkEncoder(compress: Compress): ChunkEncoder {
  const thrift = createThriftWriter()
  /** The page that is being laid out. */
  let room = Buffer.allocUnsafe(1 << 16)
  let used = 0
  let parts: Uint8Array[] = []
  let sizes = { uncompressed: 0, all: 0, dictionary: 0 }

  function reserve(length: number): void {
    room = withRoom(room, used, length)
  }

  /** Puts levels with their length before them; nothing where there can be but one. */
  function putLevels(levels: Levels, from: number, end: number, max: number): void {
    if (max === 0) return
    const width = bitWidth(max)
    const start = used + 4
    if (typeof levels === 'number') {
      reserve(16)
      used = packRun(levels, end - from, width, room, start)
    } else {
      reserve(4 + packedBound(end - from, width))
      used = packNumbers(levels, from, end, width, room, start)
    }
    room.writeUInt32LE(used - start, start - 4)
  }

  /** Begins a data page with the levels of these values. */
  function beginPage({ leaf, definition, repetition }: LeveledLeaf, from: number, end: number): void {
    used = 0
    putLevels(repetition, from, end, leaf.maxRepetition)
    putLevels(definition, from, end, leaf.maxDefinition)
  }

  function putBytes(bytes: Uint8Array): void {
    reserve(bytes.length)
    room.set(bytes, used)
    used += bytes.length
  }

  function putCodes(codes: Int32Array, count: number, distinct: number): void {
    const width = bitWidth(distinct - 1)
    reserve(1 + packedBound(count, width))
    room[used] = width
    used = packNumbers(codes, 0, count, width, room, used + 1)
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

  /** The room is used for the next page: what it holds is compressed or copied. */
  function packed(bytes: Uint8Array, values: number, isCompressed: boolean): PackedPage {
    return { body: isCompressed ? compress(bytes) : Buffer.from(bytes), uncompressed: bytes.length, values }
  }

  /** Texts in plain form, in pages that end with a row. */
  function addTextPages(leveled: LeveledLeaf, plain: Uint8Array, isCompressed: boolean): void {
    const { leaf, definition, repetition, count } = leveled
    const add = (from: number, end: number, texts: Uint8Array) => {
      beginPage(leveled, from, end)
      putBytes(texts)
      addPage(packed(room.subarray(0, used), end - from, isCompressed), Encoding.plain)
    }
    let from = 0
    let start = 0
    if (plain.length > PAGE_BYTES) {
      const view = new DataView(plain.buffer, plain.byteOffset, plain.length)
      let at = 0
      for (let i = 0; i < count; i++) {
        if (at - start >= PAGE_BYTES && levelAt(repetition, i) === 0) {
          add(from, i, plain.subarray(start, at))
          from = i
          start = at
        }
        if (levelAt(definition, i) === leaf.maxDefinition) at += 4 + view.getUint32(at, true)
      }
    }
    add(from, count, plain.subarray(start))
  }

  /** @returns are the pages compressed? */
  function addPages(leveled: LeveledLeaf): boolean {
    const { column } = leveled.leaf
    if (column.documents) {
      for (const page of column.documents.take()) addPage(page, Encoding.plain)
      return true
    }
    const { count } = leveled
    const plain = column.plain()
    if (column.isDictionary) {
      beginPage(leveled, 0, count)
      putCodes(column.codes, column.count, column.distinct)
      const isCompressed = plain.length + used >= LEAST_COMPRESSED
      const codes = packed(room.subarray(0, used), count, isCompressed)
      addPage(packed(plain, column.distinct, isCompressed), Encoding.plain, true)
      addPage(codes, Encoding.dictionary)
      return isCompressed
    }
    if (column.node.kind === 'text') {
      const isCompressed = plain.length >= LEAST_COMPRESSED
      addTextPages(leveled, plain, isCompressed)
      return isCompressed
    }
    beginPage(leveled, 0, count)
    putBytes(plain)
    const isCompressed = used >= LEAST_COMPRESSED
    addPage(packed(room.subarray(0, used), count, isCompressed), Encoding.plain)
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
