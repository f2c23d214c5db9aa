import type { Compress } from './column-chunk.ts'
import { ColumnKind, type ColumnsMemory } from './columns-memory.ts'
import { Documents } from './documents.ts'
import type { ParquetNode } from './schema.ts'

/** Microseconds are written, milliseconds are held. */
const MICROS = 1000
/** No bounds are kept of longer texts. */
const MAX_BOUND = 256

const KINDS = {
  text: ColumnKind.text,
  document: ColumnKind.struct,
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
  /** How many slots have a value, and by slot: is there one? */
  filled = 0
  has = new Uint8Array(0)
  /** Of a list or map, by slot: how many elements it holds. */
  counts = new Int32Array(0)
  /** Values that are not NULL; are they held as `codes`, positions among so many distinct ones? */
  count = 0
  isDictionary = false
  distinct = 0
  codes = new Int32Array(0)
  /** Room for `levelsOf`. */
  levels = new Int32Array(0)
  private values = 0
  private used = 0
  private dictionary = 0

  constructor(node: ParquetNode, memory: ColumnsMemory, compress: Compress, isRequired = false) {
    const { kind } = node
    this.node = node
    this.memory = memory
    this.at = memory.wasm.newColumn(KINDS[kind])
    this.isRequired = isRequired
    this.isList = kind === 'list' || kind === 'map'
    this.children = node.children.map((child, i) => new Column(child, memory, compress, kind === 'map' && i === 0))
    this.documents = kind === 'document' ? new Documents(compress) : undefined
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

  /** Adds the text again that was added last; false where it has to be given. */
  repeatText(): boolean {
    return this.memory.wasm.repeatText(this.at) !== 0
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
    const { wasm } = this.memory
    wasm.describe(this.at)
    const told = this.memory.told(11)
    const [filled, has, counts, count, isDictionary, distinct, codes, values, used, dictionary, slots] = told
    const { buffer } = wasm.memory
    this.filled = filled!
    this.has = new Uint8Array(buffer, has, slots)
    this.counts = new Int32Array(buffer, counts, this.isList ? slots : 0)
    this.count = this.documents?.count ?? count!
    this.isDictionary = isDictionary === 1 && count! > 0 && this.node.kind !== 'boolean'
    this.distinct = distinct!
    this.codes = new Int32Array(buffer, codes, this.isDictionary ? count : 0)
    this.values = values!
    this.used = used!
    this.dictionary = dictionary!
    for (const child of this.children) child.look()
  }

  /** The dictionary, or all values, in plain form. */
  plain(): Uint8Array {
    const { buffer } = this.memory.wasm.memory
    switch (this.node.kind) {
      case 'text':
        return new Uint8Array(buffer, this.values, this.used)
      case 'boolean':
        return packFlags(new Uint8Array(buffer, this.values, this.count))
      default:
        return this.isDictionary
          ? packNumbers(new Float64Array(buffer, this.dictionary, this.distinct), this.scale)
          : packNumbers(this.numbers(), this.scale)
    }
  }

  /** Undefined where there is no value, where a text is long, and of documents. */
  bounds(): Bounds | undefined {
    if (this.count === 0 || this.documents) return undefined
    switch (this.node.kind) {
      case 'text':
        return this.textBounds()
      case 'boolean': {
        const flags = new Uint8Array(this.memory.wasm.memory.buffer, this.values, this.count)
        return { min: Uint8Array.of(flags.includes(0) ? 0 : 1), max: Uint8Array.of(flags.includes(1) ? 1 : 0) }
      }
      default: {
        const numbers = this.numbers()
        let [min, max] = [numbers[0]!, numbers[0]!]
        for (const value of numbers) {
          if (value < min) min = value
          else if (value > max) max = value
        }
        return { min: packNumbers([min], this.scale), max: packNumbers([max], this.scale) }
      }
    }
  }

  clear(): void {
    this.memory.wasm.clear(this.at)
    this.documents?.take()
    for (const child of this.children) child.clear()
  }

  private get scale(): number {
    return this.node.kind === 'timestamp' ? MICROS : 1
  }

  private numbers(): Float64Array {
    return new Float64Array(this.memory.wasm.memory.buffer, this.values, this.count)
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

/** A bit each. */
function packFlags(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3)
  for (let i = 0; i < flags.length; i++) bits[i >> 3]! |= flags[i]! << (i & 7)
  return bits
}

/** Eight bytes each, times scale: microseconds of the year 9999 need more bits than a double has. */
function packNumbers(values: ArrayLike<number>, scale: number): Uint8Array {
  const bytes = new Uint8Array(values.length * 8)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const high = Math.floor(value / 4_294_967_296)
    const low = (value - high * 4_294_967_296) * scale
    const carry = Math.floor(low / 4_294_967_296)
    view.setUint32(i * 8, low - carry * 4_294_967_296, true)
    view.setInt32(i * 8 + 4, high * scale + carry, true)
  }
  return bytes
}
