import { type Cursor, createCursor } from '../../lake/compact/thrift-cursor.ts'
import type { ByteRange } from '../../storage/object-store.ts'
import type { TimeSpan } from '../../table/index.ts'

/** What a Parquet footer says of where things lie in its file. */
export interface ChunkTable {
  /** The top-level column, in lower case, of each column chunk of a row group. */
  readonly columns: readonly string[]
  readonly groups: readonly ChunkGroup[]
}

export interface ChunkGroup {
  readonly rows: number
  /** Of the column asked for, where the footer tells. */
  readonly times?: TimeSpan
  /** Four numbers a column chunk: where its pages begin, their length, where its Bloom filter begins, its length (0 without one). */
  readonly places: Float64Array
  /** Of all its column chunks and their filters. */
  readonly bytes: number
}

const PLACES = 4

/** The stretches that a column chunk takes: its pages, and its Bloom filter. */
export function rangesOf({ places }: ChunkGroup, chunk: number): readonly ByteRange[] {
  const at = chunk * PLACES
  const [start = 0, length = 0, bloomStart = 0, bloomLength = 0] = places.subarray(at, at + PLACES)
  const pages = { start, length }
  return bloomLength === 0 ? [pages] : [pages, { start: bloomStart, length: bloomLength }]
}

/** How many bytes a column chunk and its filter take. */
export function bytesOf({ places }: ChunkGroup, chunk: number): number {
  return places[chunk * PLACES + 1]! + places[chunk * PLACES + 3]!
}

/** Numbers of the fields of Parquet's footer. */
const FILE = { schema: 2, groups: 4 } as const
const ELEMENT = { type: 1, name: 4, convertedType: 6, logicalType: 10 } as const
const GROUP = { columns: 1, rows: 3 } as const
const CHUNK = { file: 1, metadata: 3, encryption: 8, encryptedMetadata: 9 } as const
const COLUMN = {
  path: 3,
  length: 7,
  dataPage: 9,
  dictionaryPage: 11,
  statistics: 12,
  bloom: 14,
  bloomLength: 15,
} as const
const STATISTICS = { nulls: 3, max: 5, min: 6 } as const
const INT64 = 2
const TIMESTAMP_MICROS = 10
const LOGICAL_TIMESTAMP = 8
const UNIT_MICROS = 2

/**
 * Reads a footer. Throws RangeError or TypeError where the bytes are none, or where a chunk's bytes are not told exactly: such a file can only be
 * had whole.
 *
 * @param dataEnd where the footer begins: chunks end before it
 * @param timeColumn a column of timestamps in microseconds, whose span each row group tells
 */
export function readChunkTable(footer: Buffer, dataEnd: number, timeColumn: string): ChunkTable {
  const cursor = createCursor(footer)
  const groups: ReadGroup[] = []
  let columns: readonly string[] | undefined
  let hasTimes = false
  cursor.struct((field, type) => {
    if (field === FILE.schema) cursor.list(() => (hasTimes = isMicros(cursor, timeColumn) || hasTimes))
    else if (field !== FILE.groups) cursor.skip(type)
    else
      cursor.list(() => {
        const group = readGroup(cursor, dataEnd, hasTimes ? timeColumn : undefined)
        columns ??= group.columns
        if (columns.some((name, i) => name !== group.columns[i]) || columns.length !== group.columns.length)
          throw new TypeError('the row groups have different columns')
        groups.push(group)
      })
  })
  return { columns: columns ?? [], groups: groups.map(({ columns: _, ...group }) => group) }
}

/** Is this element of the schema the column, and its values microseconds? */
function isMicros(cursor: Cursor, column: string): boolean {
  let [physical, converted, name, isLogical] = [0, 0, '', false]
  cursor.struct((field, type) => {
    if (field === ELEMENT.type) physical = cursor.number()
    else if (field === ELEMENT.convertedType) converted = cursor.number()
    else if (field === ELEMENT.name) name = cursor.text()
    else if (field === ELEMENT.logicalType)
      cursor.struct((kind, kindType) => {
        if (kind !== LOGICAL_TIMESTAMP) cursor.skip(kindType)
        else
          cursor.struct((member, memberType) => {
            if (member !== 2) cursor.skip(memberType)
            else
              cursor.struct((unit, unitType) => {
                isLogical = unit === UNIT_MICROS
                cursor.skip(unitType)
              })
          })
      })
    else cursor.skip(type)
  })
  return name === column && physical === INT64 && (isLogical || converted === TIMESTAMP_MICROS)
}

type ReadGroup = ChunkGroup & Pick<ChunkTable, 'columns'>

function readGroup(cursor: Cursor, dataEnd: number, timeColumn: string | undefined): ReadGroup {
  const columns: string[] = []
  const places: number[] = []
  let [rows, bytes] = [0, 0]
  let span: Statistics | undefined
  cursor.struct((field, type) => {
    if (field === GROUP.rows) rows = cursor.number()
    else if (field !== GROUP.columns) cursor.skip(type)
    else
      cursor.list(() => {
        const { path, range, bloom, statistics } = readChunk(cursor)
        for (const { start, length } of [range, bloom]) {
          const isWithin = start >= 4 && length >= 0 && start + length <= dataEnd
          if (!isWithin && length !== 0) throw new RangeError('a column chunk lies outside of its file')
        }
        columns.push(path[0]!.toLowerCase())
        places.push(range.start, range.length, bloom.start, bloom.length)
        bytes += range.length + bloom.length
        if (path.length === 1 && path[0] === timeColumn) span = statistics
      })
  })
  const times = span && timesOf(span, rows)
  return { rows, columns, places: Float64Array.from(places), bytes, ...(times ? { times } : {}) }
}

interface Statistics {
  readonly min: bigint | undefined
  readonly max: bigint | undefined
  readonly nulls: number | undefined
}

interface ReadChunk {
  readonly path: readonly string[]
  readonly range: ByteRange
  readonly bloom: ByteRange
  readonly statistics: Statistics | undefined
}

function readChunk(cursor: Cursor): ReadChunk {
  const path: string[] = []
  const numbers = new Map<number, number>()
  let statistics: Statistics | undefined
  let hasMetadata = false
  cursor.struct((member, memberType) => {
    if (member === CHUNK.file || member === CHUNK.encryption || member === CHUNK.encryptedMetadata)
      throw new TypeError('a column chunk lies in another file, or is encrypted')
    if (member !== CHUNK.metadata) {
      cursor.skip(memberType)
      return
    }
    hasMetadata = true
    cursor.struct((field, type) => {
      if (field === COLUMN.path) cursor.list(() => path.push(cursor.text()))
      else if (field === COLUMN.statistics) statistics = readStatistics(cursor)
      else if (type === 6 || type === 5) numbers.set(field, cursor.number())
      else cursor.skip(type)
    })
  })
  const dataPage = numbers.get(COLUMN.dataPage)
  const length = numbers.get(COLUMN.length)
  if (!hasMetadata || path.length === 0 || dataPage === undefined || length === undefined)
    throw new TypeError('a column chunk does not tell where it lies')
  // 0 stands for "none". Where there are both, the dictionary comes first.
  const dictionaryPage = numbers.get(COLUMN.dictionaryPage) || dataPage
  if (dictionaryPage > dataPage) throw new TypeError('a dictionary behind its data')
  const bloomStart = numbers.get(COLUMN.bloom)
  const bloomLength = numbers.get(COLUMN.bloomLength)
  if (bloomStart !== undefined && !bloomLength) throw new TypeError('a Bloom filter without its length')
  return {
    path,
    range: { start: dictionaryPage, length },
    bloom: { start: bloomStart ?? 0, length: bloomLength && bloomStart !== undefined ? bloomLength : 0 },
    statistics,
  }
}

function readStatistics(cursor: Cursor): Statistics {
  let [min, max, nulls]: [bigint | undefined, bigint | undefined, number | undefined] = [
    undefined,
    undefined,
    undefined,
  ]
  cursor.struct((field, type) => {
    if (field === STATISTICS.nulls) nulls = cursor.number()
    else if (field === STATISTICS.min) min = int64(cursor.bytes())
    else if (field === STATISTICS.max) max = int64(cursor.bytes())
    else cursor.skip(type)
  })
  return { min, max, nulls }
}

function int64(bytes: Buffer): bigint | undefined {
  return bytes.length === 8 ? bytes.readBigInt64LE() : undefined
}

function timesOf({ min, max, nulls }: Statistics, rows: number): TimeSpan | undefined {
  if (min === undefined || max === undefined) return undefined
  return {
    // A division of big integers cuts towards zero.
    lowMs: Number(min / 1000n) - 1,
    highMs: Number(max / 1000n) + 1,
    rows: nulls === undefined ? undefined : rows - nulls,
  }
}
