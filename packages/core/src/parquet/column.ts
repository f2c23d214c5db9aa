import type { Compress } from './column-chunk.ts'
import { Documents } from './documents.ts'
import { FlagValues } from './flag-values.ts'
import { NumberValues } from './number-values.ts'
import type { ParquetNode } from './schema.ts'
import { TextValues } from './text-values.ts'

/** Microseconds are written, milliseconds are held. */
const MICROS = 1000

/**
 * What a node of the schema holds within a row group. A node has slots: one a row, or, within a list or map, one an element of all of
 * its rows together. Slots are filled in order; one that is passed over is NULL.
 */
export class Column {
  readonly node: ParquetNode
  readonly children: readonly Column[]
  /** The key of a map: it is never NULL. */
  readonly isRequired: boolean
  /** A list or map: what its children hold are elements. */
  readonly isList: boolean
  /** Of what the values are, by the node's kind; none for a node that holds others. */
  readonly texts: TextValues | undefined
  readonly numbers: NumberValues | undefined
  readonly flags: FlagValues | undefined
  readonly documents: Documents | undefined
  /** By slot: is there a value? */
  has = new Uint8Array(64)
  /** How many slots have one. */
  filled = 0
  /** Of a list or map, by slot: how many elements it holds; and how many all hold. */
  counts = new Int32Array(0)
  elements = 0
  /** Room for `levelsOf`. */
  levels = new Int32Array(0)

  constructor(node: ParquetNode, compress: Compress, isRequired = false) {
    const { kind } = node
    this.node = node
    this.isRequired = isRequired
    this.isList = kind === 'list' || kind === 'map'
    this.children = node.children.map((child, i) => new Column(child, compress, kind === 'map' && i === 0))
    this.texts = kind === 'text' ? new TextValues() : undefined
    this.numbers =
      kind === 'timestamp' || kind === 'integer' ? new NumberValues(kind === 'timestamp' ? MICROS : 1) : undefined
    this.flags = kind === 'boolean' ? new FlagValues() : undefined
    this.documents = kind === 'document' ? new Documents(compress) : undefined
    if (this.isList) this.counts = new Int32Array(64)
  }

  /** Notes that a slot has a value, which the caller puts to the others. */
  fill(slot: number): void {
    if (slot >= this.has.length) this.grow(slot)
    this.has[slot] = 1
    this.filled++
  }

  /** Fills a slot of a list or map, whose elements follow. */
  fillList(slot: number, count: number): void {
    this.fill(slot)
    this.counts[slot] = count
  }

  clear(): void {
    if (this.filled > 0) {
      this.has.fill(0)
      this.counts.fill(0)
      this.texts?.clear()
      this.numbers?.clear()
      this.flags?.clear()
      this.documents?.take()
    }
    this.filled = 0
    this.elements = 0
    for (const child of this.children) child.clear()
  }

  private grow(slot: number): void {
    const length = Math.max(this.has.length * 2, slot + 1)
    const has = new Uint8Array(length)
    has.set(this.has)
    this.has = has
    if (!this.isList) return
    const counts = new Int32Array(length)
    counts.set(this.counts)
    this.counts = counts
  }
}
