import type { ColumnChunk } from './column-chunk.ts'
import type { ParquetNode } from './schema.ts'

/** What a column of a file holds: texts as they are, numbers in digits, instants as `yyyy-MM-ddTHH:mm:ss.SSS`, `true` and `false`. */
export interface FileBounds {
  /** Absent where all is NULL, or where a text is long. */
  readonly min?: string
  readonly max?: string
  readonly nullCount: number
}

interface Collected {
  readonly node: ParquetNode
  nullCount: number
  isKnown: boolean
  min: Uint8Array | undefined
  max: Uint8Array | undefined
}

/** Joins the bounds of row groups. */
export function createFileBounds(): {
  add(node: ParquetNode, chunk: ColumnChunk): void
  readonly columns: ReadonlyMap<string, FileBounds>
} {
  const collected = new Map<string, Collected>()
  return {
    add(node, { nulls, values, bounds }) {
      let column = collected.get(node.name)
      if (!column) {
        column = { node, nullCount: 0, isKnown: true, min: undefined, max: undefined }
        collected.set(node.name, column)
      }
      column.nullCount += nulls
      if (!bounds) {
        if (nulls < values) column.isKnown = false
        return
      }
      if (!column.min || compare(node, bounds.min, column.min) < 0) column.min = bounds.min
      if (!column.max || compare(node, bounds.max, column.max) > 0) column.max = bounds.max
    },
    get columns() {
      return new Map([...collected].map(([name, column]) => [name, toBounds(column)]))
    },
  }
}

function toBounds({ node, nullCount, isKnown, min, max }: Collected): FileBounds {
  return isKnown && min && max ? { min: toText(node, min), max: toText(node, max), nullCount } : { nullCount }
}

function compare({ kind }: ParquetNode, a: Uint8Array, b: Uint8Array): number {
  if (kind !== 'integer' && kind !== 'timestamp') return Buffer.compare(a, b)
  const [left, right] = [numberOf(a), numberOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function toText({ kind }: ParquetNode, value: Uint8Array): string {
  switch (kind) {
    case 'integer':
      return String(numberOf(value))
    case 'timestamp':
      return new Date(Number(numberOf(value) / 1000n)).toISOString().slice(0, -1)
    case 'boolean':
      return String(value[0] === 1)
    default:
      return Buffer.from(value).toString()
  }
}

function numberOf(value: Uint8Array): bigint {
  return Buffer.from(value.buffer, value.byteOffset, 8).readBigInt64LE()
}
