import { type Field, type FieldKind, type LayoutName, layouts } from '../schema/index.ts'
import type { RecordNode } from './record-tree.ts'

/**
 * The key under which typed text holds a field. The engine casts structs by the names of their members, letter case apart,
 * so a member that SQL knows under another name than the record's has to be renamed in the text.
 */
export function typedKey(field: Field): string {
  return isRenamed(field) ? field.name : field.json
}

function isRenamed(field: Field): boolean {
  return field.name !== lowerAscii(field.json)
}

/** How a value is read where the plain path meets it. */
export const Kind = {
  /** No column: the value is skipped. */
  ignored: 0,
  varchar: 1,
  boolean: 2,
  timestamp: 3,
  map: 4,
  struct: 5,
  array: 6,
  number: 7,
  /** A known key in another letter case, or one to be renamed: only the careful path knows what it is. */
  careful: 8,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** A key met in a struct: its bytes up to and including the colon, and what its value is. */
export interface ShapeKey {
  readonly bytes: Uint8Array
  /** The same bytes in little-endian words as far as they fill one, and the word that ends them. */
  readonly words: Int32Array
  readonly lastWord: number
  readonly kind: Kind
  readonly child: Shape | null
  /** Index into the slots of a record, -1 for most. */
  readonly slot: number
  /** The id of its node in the layout's tree, -1 for a key without a column. */
  readonly node: number
  /** The key that followed this one last time: records repeat their order, so it is tried first. */
  next: ShapeKey | null
  /** The struct instance in which this key was met last; equal to the current one means it occurs twice. */
  stamp: number
}

/** The keys of one struct of a layout, known and met. Grows as unknown keys are met, up to a bound. */
export interface Shape {
  readonly lowerCase: ReadonlySet<string>
  readonly buckets: Map<number, ShapeKey[]>
  first: ShapeKey | null
  unknown: number
}

/** Top-level keys whose values import decides by. The order is that of the slots. */
export const slotKeys = [
  'eventTime',
  'eventID',
  'recipientAccountId',
  'awsRegion',
  'eventCategory',
  'eventType',
  'managementEvent',
] as const

export const Slot = { time: 0, id: 1, account: 2, region: 3, category: 4, type: 5, management: 6 } as const

/** Unknown keys that one struct remembers; more are read but not kept, so that odd data cannot fill the memory. */
const MAX_UNKNOWN = 1024

/**
 * The shape of a layout's records, or with `typed` of typed texts. Every call gives one of its own, because shapes learn.
 *
 * @param tree of the same layout
 */
export function recordShape(layout: LayoutName, tree: RecordNode | undefined, typed = false): Shape {
  const columns = layouts[layout].columns.filter((column) => column.json !== '')
  const names = new Set(columns.map((column) => column.json))
  const shape = shapeOf(columns, tree, typed, slotKeys as readonly string[])
  // A layout need not have all the columns that import decides by.
  slotKeys.forEach((key, slot) => {
    if (!names.has(key)) addKey(shape, key, Kind.careful, null, slot, -1)
  })
  return shape
}

function shapeOf(
  fields: readonly Field[],
  node: RecordNode | undefined,
  typed: boolean,
  slots: readonly string[] = [],
): Shape {
  const shape: Shape = {
    lowerCase: new Set([...fields.flatMap((f) => [f.json, f.name]), ...slots].map(lowerAscii)),
    buckets: new Map(),
    first: null,
    unknown: 0,
  }
  fields.forEach((field, i) => {
    const child = node?.children[i]
    addKey(
      shape,
      typed ? typedKey(field) : field.json,
      isRenamed(field) && !typed ? Kind.careful : kindOf(field.kind),
      childOf(field.kind, child, typed),
      slots.indexOf(field.json),
      child?.id ?? -1,
    )
  })
  return shape
}

function kindOf(kind: FieldKind): Kind {
  if (typeof kind === 'object') return 'struct' in kind ? Kind.struct : Kind.array
  switch (kind) {
    case 'varchar':
    case 'boolean':
    case 'timestamp':
    case 'map':
      return Kind[kind]
    default:
      return Kind.number
  }
}

function childOf(kind: FieldKind, node: RecordNode | undefined, typed: boolean): Shape | null {
  if (typeof kind !== 'object') return null
  return 'struct' in kind ? shapeOf(kind.struct, node, typed) : shapeOf(kind.array, node?.children[0], typed)
}

/** Remembers a key that the layout does not name. */
export function learnKey(shape: Shape, key: string): ShapeKey {
  const kind = shape.lowerCase.has(lowerAscii(key)) ? Kind.careful : Kind.ignored
  if (shape.unknown >= MAX_UNKNOWN) return makeKey(key, kind, null, -1, -1)
  shape.unknown += 1
  return addKey(shape, key, kind, null, -1, -1)
}

function addKey(shape: Shape, key: string, kind: Kind, child: Shape | null, slot: number, node: number): ShapeKey {
  const made = makeKey(key, kind, child, slot, node)
  const hash = hashKey(made.bytes, 0, made.bytes.length - 2)
  const bucket = shape.buckets.get(hash)
  if (bucket) bucket.push(made)
  else shape.buckets.set(hash, [made])
  shape.first ??= made
  return made
}

function makeKey(key: string, kind: Kind, child: Shape | null, slot: number, node: number): ShapeKey {
  const bytes = Buffer.from(`${key}":`)
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readInt32LE(i * 4))
  const lastWord = bytes.length < 4 ? 0 : bytes.readInt32LE(bytes.length - 4)
  return { bytes: new Uint8Array(bytes), words, lastWord, kind, child, slot, node, next: null, stamp: 0 }
}

/** A hash of key bytes; whoever finds two equal ones compares the bytes. */
export function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0
  return hash
}

/** Lower case of the letters A to Z alone: keys are compared by them. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
