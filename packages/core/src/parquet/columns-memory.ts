import { columnsWasm } from './columns-wasm.ts'

/** Kinds of columns in `assembly/columns.ts`. */
export const ColumnKind = { text: 0, flag: 1, number: 2, struct: 3, list: 4, document: 5 } as const

/** The level that all have, below 256; or the place in memory of a byte each. */
export type Levels = number

/** What is in `assembly/columns.ts` and `assembly/pages.ts`. */
interface Exports {
  readonly memory: WebAssembly.Memory
  toldAt(): number
  newColumn(kind: number): number
  clear(column: number): void
  fill(column: number, slot: number): void
  fillList(column: number, slot: number, count: number): void
  nextElement(column: number): number
  inputOf(length: number): number
  addText(column: number, length: number): void
  addDocument(column: number, length: number): void
  nextPage(column: number): void
  addNumber(column: number, value: number): void
  addFlag(column: number, value: number): void
  describe(column: number): void
  textBounds(column: number): number
  numberBounds(column: number, scale: bigint): void
  levelsOf(column: number, slots: number, depth: number, outer: Levels): Levels
  setStep(step: number, column: number, isRequired: number): void
  walk(rows: number, depth: number, outer: Levels): number
  definitionAt(): Levels
  repetitionAt(): Levels
  beginPage(): void
  pageAt(): number
  pageLength(): number
  putLevels(levels: Levels, from: number, end: number, most: number): void
  putCodes(column: number): void
  putBytes(from: number, length: number): void
  endOfTexts(
    definition: Levels,
    repetition: Levels,
    from: number,
    end: number,
    most: number,
    place: number,
    bytes: number,
  ): number
  putNumbers(column: number, scale: bigint): void
  putDistinctNumbers(column: number, scale: bigint): void
  putFlags(column: number): void
  headDocuments(column: number): number
  setNode(id: number, kind: number, column: number, repeats: number, owner: number, begins: number): void
  setRow(document: number, source: number, index: number, day: number, category: number, timeNode: number): void
  putRun(slot: number, count: number, run: number, rows: number, pageBytes: number): number
}

/** What is held of a column. */
export interface Described {
  /** Slots that have a value. */
  readonly filled: number
  /** Values that are not NULL; of documents those of the page at hand. */
  readonly count: number
  /** Are they held as positions among `distinct` ones? */
  readonly isDictionary: boolean
  readonly distinct: number
  /** Where texts lie in plain form, distinct ones or all, and how many bytes. */
  readonly place: number
  readonly used: number
}

let compiled: WebAssembly.Module | undefined

/** Memory that the columns of a writer share, and what works on it: `assembly/columns.ts`. */
export class ColumnsMemory {
  readonly wasm: Exports
  private byteView: Uint8Array
  private wordView: Int32Array
  private numberView: Float64Array

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(columnsWasm, 'base64'))
    this.wasm = new WebAssembly.Instance(compiled, {}).exports as unknown as Exports
    this.byteView = new Uint8Array(this.wasm.memory.buffer)
    this.wordView = new Int32Array(this.wasm.memory.buffer)
    this.numberView = new Float64Array(this.wasm.memory.buffer)
  }

  /** All of it. Memory that has grown is another one: views of what it was are empty. */
  get bytes(): Uint8Array {
    if (this.byteView.length === 0) this.byteView = new Uint8Array(this.wasm.memory.buffer)
    return this.byteView
  }

  /** The same, in words of four bytes. */
  get words(): Int32Array {
    if (this.wordView.length === 0) this.wordView = new Int32Array(this.wasm.memory.buffer)
    return this.wordView
  }

  /** The same, in numbers of eight bytes. */
  get numbers(): Float64Array {
    if (this.numberView.length === 0) this.numberView = new Float64Array(this.wasm.memory.buffer)
    return this.numberView
  }

  /** What the last call told: whole numbers. */
  told(count: number): Int32Array {
    return new Int32Array(this.wasm.memory.buffer, this.wasm.toldAt(), count)
  }

  /** The same, as bytes of its own. */
  toldBytes(from: number, end: number): Uint8Array {
    const at = this.wasm.toldAt()
    return this.bytes.slice(at + from, at + end)
  }

  /** What a column holds by now. */
  describe(column: number): Described {
    this.wasm.describe(column)
    const told = this.told(6)
    return {
      filled: told[0]!,
      count: told[1]!,
      isDictionary: told[2] === 1,
      distinct: told[3]!,
      place: told[4]!,
      used: told[5]!,
    }
  }

  /** The page that is being laid out. */
  page(): Uint8Array {
    const at = this.wasm.pageAt()
    return this.bytes.subarray(at, at + this.wasm.pageLength())
  }

  /** Copies a text to where it can be added from. */
  input(text: Uint8Array): void {
    const at = this.wasm.inputOf(text.length)
    this.bytes.set(text, at)
  }
}
