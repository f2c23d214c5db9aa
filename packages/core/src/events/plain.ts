import { plainWasm } from './plain-wasm.ts'
import { RECORD_WORDS } from './record-list.ts'
import { keyKind, type Shape, slotKeys } from './shape.ts'

/**
 * Reads records that need no change: on their own bytes the engine's JSON reader gives exactly the columns of the layout.
 *
 * A record is plain when it is compact, valid JSON with no key twice and none in a foreign letter case, each value is of
 * its column's kind, and what lies inside a map prints again as it is written. The check is one-sided: a plain record may be
 * sent down the careful path at a cost in time, never the other way round.
 *
 * It is WebAssembly: `assembly/plain-reader.ts`.
 */
export interface PlainReader {
  /** Takes the text that the next calls of `read` are about, and begins an empty tape. */
  open(bytes: Buffer): void
  /**
   * Reads the record whose `{` is at `p` and those that follow behind commas alone, up to the first that is out of the ordinary. Adds their
   * stretches to the tape.
   *
   * @param index of the first; @param place the number of the place of the record before, which they have, too
   * @returns the position after the last; -1 when the first is not plain
   */
  read(p: number, index: number, place: number): number
  /** After a successful `read`: the words of its records, and how many these are. They change with the next. */
  run(): Int32Array
  runCount(): number
  /** After a successful `read`: the sum of what is out of the ordinary about the last record, by `Ended`. */
  ended(): number
  /** Of the last record: where the value of a slot's key begins, and where it ends; -1 where it is absent. */
  slotStart(slot: number): number
  slotEnd(slot: number): number
  /** Reads a typed text as `read` does a record. False when it is not plain throughout, or longer than a megabyte. */
  readTyped(text: Buffer): boolean
  /** How long the tape is: where the next record's stretch begins. */
  tapeLength(): number
  /** The tape, up to the next `open`. */
  tape(): Int32Array
}

/** What ends a run: another place (or what the category is derived from), no readable time, an id that has to be decoded or is none. */
export const Ended = { place: 1, time: 2, id: 4 } as const

interface Exports {
  readonly memory: WebAssembly.Memory
  newShape(): number
  keyRoom(length: number): number
  addKey(shape: number, bytes: number, length: number, kind: number, child: number, slot: number, node: number): number
  slotsAt(): number
  runAt(): number
  mostRecords(): number
  runCount(): number
  lastEnded(): number
  open(length: number): number
  readRun(p: number, shape: number, index: number, place: number): number
  openTyped(length: number): number
  readTyped(length: number, shape: number): number
  tapeStart(): number
  tapeLength(): number
}

let compiled: WebAssembly.Module | undefined

/** @param typedShape that of typed texts */
export function createPlainReader(shape: Shape, typedShape: Shape): PlainReader {
  compiled ??= new WebAssembly.Module(Buffer.from(plainWasm, 'base64'))
  const shapes: Shape[] = []
  const learn = (number: number, start: number, length: number) =>
    keyKind(shapes[number]!, Buffer.from(memory().subarray(start, start + length)).toString())
  const wasm = new WebAssembly.Instance(compiled, { js: { learn } }).exports as unknown as Exports
  // Memory grows to where it lies.
  const runAt = wasm.runAt()
  let bytes = new Uint8Array(wasm.memory.buffer)
  let slots = slotsOf(wasm)
  let run = runOf(wasm, runAt)

  /** Memory that has grown is another one: views of what it was are empty. */
  function memory(): Uint8Array {
    if (bytes.length === 0) {
      bytes = new Uint8Array(wasm.memory.buffer)
      slots = slotsOf(wasm)
      run = runOf(wasm, runAt)
    }
    return bytes
  }

  function enter(entered: Shape): number {
    const at = wasm.newShape()
    shapes.push(entered)
    for (const { key, kind, child, slot, node } of entered.keys) {
      const text = Buffer.from(`${key}":`)
      const room = wasm.keyRoom(text.length)
      memory().set(text, room)
      wasm.addKey(at, room, text.length, kind, child ? enter(child) : 0, slot, node)
    }
    return at
  }

  const [plainAt, typedAt] = [enter(shape), enter(typedShape)]
  return {
    open(text) {
      const at = wasm.open(text.length)
      memory().set(text, at)
    },
    read(p, index, place) {
      const end = wasm.readRun(p, plainAt, index, place)
      memory()
      return end
    },
    run: () => run,
    runCount: () => wasm.runCount(),
    ended: () => wasm.lastEnded(),
    slotStart: (slot) => slots[slot * 2]!,
    slotEnd: (slot) => slots[slot * 2 + 1]!,
    readTyped(text) {
      const at = wasm.openTyped(text.length)
      if (at === 0) return false
      memory().set(text, at)
      return wasm.readTyped(text.length, typedAt) === text.length
    },
    tapeLength: () => wasm.tapeLength(),
    tape: () => new Int32Array(wasm.memory.buffer, wasm.tapeStart(), wasm.tapeLength()),
  }
}

function slotsOf(wasm: Exports): Int32Array {
  return new Int32Array(wasm.memory.buffer, wasm.slotsAt(), slotKeys.length * 2)
}

function runOf(wasm: Exports, at: number): Int32Array {
  return new Int32Array(wasm.memory.buffer, at, wasm.mostRecords() * RECORD_WORDS)
}
