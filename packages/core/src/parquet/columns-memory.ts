import { columnsWasm } from './columns-wasm.ts'

/** Kinds of columns in `assembly/columns.ts`. */
export const ColumnKind = { text: 0, flag: 1, number: 2, struct: 3, list: 4 } as const

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
  repeatText(column: number): number
  addNumber(column: number, value: number): void
  addFlag(column: number, value: number): void
  describe(column: number): void
  textBounds(column: number): number
  setNode(id: number, kind: number, column: number, repeats: number, owner: number, begins: number): void
  putRecord(slot: number, base: number, from: number, end: number, timeNode: number, timeMs: number): number
}

let compiled: WebAssembly.Module | undefined

/** Memory that the columns of a writer share, and what works on it: `assembly/columns.ts`. */
export class ColumnsMemory {
  readonly wasm: Exports
  private byteView: Uint8Array
  private wordView: Int32Array

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(columnsWasm, 'base64'))
    this.wasm = new WebAssembly.Instance(compiled, {}).exports as unknown as Exports
    this.byteView = new Uint8Array(this.wasm.memory.buffer)
    this.wordView = new Int32Array(this.wasm.memory.buffer)
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

  /** What the last call told. */
  told(count: number): Int32Array {
    return new Int32Array(this.wasm.memory.buffer, this.wasm.toldAt(), count)
  }

  /** Copies a text to where it can be added from. */
  input(text: Uint8Array): void {
    const at = this.wasm.inputOf(text.length)
    this.bytes.set(text, at)
  }
}
