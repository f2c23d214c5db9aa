import { plainWasm } from './plain-wasm.ts'
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
  /** The position after the record whose `{` is at `p`; -1 when it is not plain. Adds its stretch to the tape. */
  read(p: number): number
  /** After a successful `read`: value spans of the slot keys as start, end pairs; start is -1 where the key is absent. */
  readonly slots: Int32Array
  /** Reads a typed text as `read` does a record. False when it is not plain throughout, or longer than a megabyte. */
  readTyped(text: Buffer): boolean
  /** After a successful `read`: UTC milliseconds of a timestamp at this position of a slot, NaN for anything else. */
  timeAt(p: number): number
  /** How long the tape is: where the next record's stretch begins. */
  tapeLength(): number
  /** A copy of the tape. */
  takeTape(): Int32Array
}

interface Exports {
  readonly memory: WebAssembly.Memory
  newShape(): number
  keyRoom(length: number): number
  addKey(shape: number, bytes: number, length: number, kind: number, child: number, slot: number, node: number): number
  slotsAt(): number
  open(length: number): number
  read(p: number, shape: number): number
  openTyped(length: number): number
  readTyped(length: number, shape: number): number
  timeAt(p: number): number
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
  let bytes = new Uint8Array(wasm.memory.buffer)
  let spans = new Int32Array(wasm.memory.buffer, wasm.slotsAt(), slotKeys.length * 2)
  const slots = new Int32Array(slotKeys.length * 2)

  /** Memory that has grown is another one: views of what it was are empty. */
  function memory(): Uint8Array {
    if (bytes.length === 0) {
      bytes = new Uint8Array(wasm.memory.buffer)
      spans = new Int32Array(wasm.memory.buffer, wasm.slotsAt(), slotKeys.length * 2)
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
    slots,
    open(text) {
      const at = wasm.open(text.length)
      memory().set(text, at)
    },
    read(p) {
      const end = wasm.read(p, plainAt)
      if (end === -1) return -1
      memory()
      slots.set(spans)
      return end
    },
    readTyped(text) {
      const at = wasm.openTyped(text.length)
      if (at === 0) return false
      memory().set(text, at)
      return wasm.readTyped(text.length, typedAt) === text.length
    },
    timeAt: (p) => wasm.timeAt(p),
    tapeLength: () => wasm.tapeLength(),
    takeTape: () => new Int32Array(wasm.memory.buffer, wasm.tapeStart(), wasm.tapeLength()).slice(),
  }
}
