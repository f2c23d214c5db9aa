import type { Compress } from './column-chunk.ts'
import { ColumnKind, type ColumnsMemory } from './columns-memory.ts'
import { Documents } from './documents.ts'
import type { ParquetNode } from './schema.ts'

/** Microseconds are written, milliseconds are held. */
const MICROS = 1000n
/** No bounds are kept of longer texts. */
const MAX_BOUND = 256

const KINDS = {
  text: ColumnKind.text,
  document: ColumnKind.document,
  boolean: ColumnKind.flag,
  timestamp: ColumnKind.number,
  integer: ColumnKind.number,
  struct: ColumnKind.struct,
  list: ColumnKind.list,
  map: ColumnKind.list,
} as const

/** The least and the greatest value, as Parquet's statistics have them. */
export interface Bounds {
  readonly min: Uint8Array
  readonly max: Uint8Array
}

/**
 * What a node of the schema holds within a row group. A node has slots: one a row, or, within a list or map, one an element of all of
 * its rows together. Slots are filled in order; one that is passed over is NULL.
 *
 * The values lie in WebAssembly's memory. `look` says what there is by then; what it says holds until something is added.
 */
export class Column {
  readonly node: ParquetNode
  readonly memory: ColumnsMemory
  /** Its place in memory. */
  readonly at: number
  readonly children: readonly Column[]
  /** The key of a map: it is never NULL. */
  readonly isRequired: boolean
  /** A list or map: what its children hold are elements. */
  readonly isList: boolean
  readonly documents: Documents | undefined
  /** How many slots have a value. */
  filled = 0
  /** Values that are not NULL; are they held as positions among so many distinct ones? */
  count = 0
  isDictionary = false
  distinct = 0
  /** Of texts, distinct ones or all: where they lie in plain form, and how many bytes. */
  place = 0
  used = 0

  constructor(node: ParquetNode, memory: ColumnsMemory, compress: Compress, isRequired = false) {
    const { kind } = node
    this.node = node
    this.memory = memory
    this.at = memory.wasm.newColumn(KINDS[kind])
    this.isRequired = isRequired
    this.isList = kind === 'list' || kind === 'map'
    this.children = node.children.map((child, i) => new Column(child, memory, compress, kind === 'map' && i === 0))
    this.documents = kind === 'document' ? new Documents(memory, this.at, compress) : undefined
  }

  /** Notes that a slot has a value, which is to be added. */
  fill(slot: number): void {
    this.memory.wasm.fill(this.at, slot)
  }

  /** Fills a slot of a list or map, whose elements follow. */
  fillList(slot: number, count: number): void {
    this.memory.wasm.fillList(this.at, slot, count)
  }

  /** The slot of a list's or map's next element. */
  nextElement(): number {
    return this.memory.wasm.nextElement(this.at)
  }

  addText(text: Uint8Array): void {
    this.memory.input(text)
    this.memory.wasm.addText(this.at, text.length)
  }

  /** A whole number of up to 53 bits, or milliseconds. */
  addNumber(value: number): void {
    this.memory.wasm.addNumber(this.at, value)
  }

  addFlag(value: boolean): void {
    this.memory.wasm.addFlag(this.at, value ? 1 : 0)
  }

  /** Takes note of what there is, here and in what lies in here. */
  look(): void {
    this.documents?.endPage()
    const { filled, count, isDictionary, distinct, place, used } = this.memory.describe(this.at)
    this.filled = filled
    this.count = this.documents?.paged ?? count
    this.isDictionary = isDictionary && count > 0 && this.node.kind !== 'boolean'
    this.distinct = distinct
    this.place = place
    this.used = used
    for (const child of this.children) child.look()
  }

  /** Undefined where there is no value, where a text is long, and of documents. */
  bounds(): Bounds | undefined {
    if (this.count === 0 || this.documents) return undefined
    switch (this.node.kind) {
      case 'text':
        return this.textBounds()
      case 'boolean': {
        const flags = new Uint8Array(this.memory.wasm.memory.buffer, this.place, this.count)
        return { min: Uint8Array.of(flags.includes(0) ? 0 : 1), max: Uint8Array.of(flags.includes(1) ? 1 : 0) }
      }
      default:
        this.memory.wasm.numberBounds(this.at, this.scale)
        return { min: this.memory.toldBytes(0, 8), max: this.memory.toldBytes(8, 16) }
    }
  }

  /** What a number is multiplied with to be written. */
  get scale(): bigint {
    return this.node.kind === 'timestamp' ? MICROS : 1n
  }

  clear(): void {
    this.memory.wasm.clear(this.at)
    this.documents?.take()
    for (const child of this.children) child.clear()
  }

  private textBounds(): Bounds | undefined {
    if (this.memory.wasm.textBounds(this.at) === 0) return undefined
    const view = new DataView(this.memory.wasm.memory.buffer)
    const [least, greatest] = this.memory.told(2)
    const textAt = (place: number) => this.memory.bytes.slice(place + 4, place + 4 + view.getInt32(place, true))
    if (view.getInt32(least!, true) > MAX_BOUND || view.getInt32(greatest!, true) > MAX_BOUND) return undefined
    return { min: textAt(least!), max: textAt(greatest!) }
  }
}
