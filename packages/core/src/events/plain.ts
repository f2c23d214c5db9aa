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
  /** After a successful `read`: where the value of a slot's key begins, and where it ends; -1 where it is absent. */
  slotStart(slot: number): number
  slotEnd(slot: number): number
  /** After a successful `read`: UTC milliseconds of `eventTime`, NaN where that is no timestamp. */
  timeMs(): number
  /** After a successful `read`: where the text of `eventID` lies; -1 when it has to be decoded. */
  idStart(): number
  idEnd(): number
  /** After a successful `read`: sum of what is as it was in the record before, by `Same`. Before the first there is a record without values. */
  sames(): number
  /** Reads a typed text as `read` does a record. False when it is not plain throughout, or longer than a megabyte. */
  readTyped(text: Buffer): boolean
  /** How long the tape is: where the next record's stretch begins. */
  tapeLength(): number
  /** A copy of the tape. */
  takeTape(): Int32Array
}

/** `category`: all that it is derived from. */
export const Same = { account: 1, region: 2, category: 4 } as const

interface Exports {
  readonly memory: WebAssembly.Memory
  newShape(): number
  keyRoom(length: number): number
  addKey(shape: number, bytes: number, length: number, kind: number, child: number, slot: number, node: number): number
  slotsAt(): number
  factsAt(): number
  open(length: number): number
  read(p: number, shape: number): number
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
  let bytes = new Uint8Array(wasm.memory.buffer)
  let views = viewsOf(wasm)

  /** Memory that has grown is another one: views of what it was are empty. */
  function memory(): Uint8Array {
    if (bytes.length === 0) {
      bytes = new Uint8Array(wasm.memory.buffer)
      views = viewsOf(wasm)
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
    read(p) {
      const end = wasm.read(p, plainAt)
      memory()
      return end
    },
    slotStart: (slot) => views.slots[slot * 2]!,
    slotEnd: (slot) => views.slots[slot * 2 + 1]!,
    timeMs: () => views.time[0]!,
    idStart: () => views.others[0]!,
    idEnd: () => views.others[1]!,
    sames: () => views.others[2]!,
    readTyped(text) {
      const at = wasm.openTyped(text.length)
      if (at === 0) return false
      memory().set(text, at)
      return wasm.readTyped(text.length, typedAt) === text.length
    },
    tapeLength: () => wasm.tapeLength(),
    takeTape: () => new Int32Array(wasm.memory.buffer, wasm.tapeStart(), wasm.tapeLength()).slice(),
  }
}

function viewsOf(wasm: Exports) {
  const { buffer } = wasm.memory
  return {
    slots: new Int32Array(buffer, wasm.slotsAt(), slotKeys.length * 2),
    time: new Float64Array(buffer, wasm.factsAt(), 1),
    others: new Int32Array(buffer, wasm.factsAt() + 8, 3),
  }
}
