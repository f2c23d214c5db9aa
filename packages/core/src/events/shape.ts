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

/** How a value is read where the plain path meets it: the numbers are those of `assembly/plain-reader.ts`. */
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

/** A key of a struct that the layout names, and what its value is. */
export interface ShapeKey {
  readonly key: string
  readonly kind: Kind
  readonly child: Shape | null
  /** Index into the slots of a record, -1 for most. */
  readonly slot: number
  /** The id of its node in the layout's tree, -1 for a key without a column. */
  readonly node: number
}

/** The keys of one struct of a layout. */
export interface Shape {
  readonly lowerCase: ReadonlySet<string>
  /** In the order in which records mostly have them. */
  readonly keys: readonly ShapeKey[]
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

/**
 * The shape of a layout's records, or with `typed` of typed texts.
 *
 * @param tree of the same layout
 */
export function recordShape(layout: LayoutName, tree: RecordNode | undefined, typed = false): Shape {
  const columns = layouts[layout].columns.filter((column) => column.json !== '')
  const names = new Set(columns.map((column) => column.json))
  const shape = shapeOf(columns, tree, typed, slotKeys as readonly string[])
  // A layout need not have all the columns that import decides by.
  const others = slotKeys.flatMap((key, slot) =>
    names.has(key) ? [] : [{ key, kind: Kind.careful, child: null, slot, node: -1 }],
  )
  return { ...shape, keys: [...shape.keys, ...others] }
}

function shapeOf(
  fields: readonly Field[],
  node: RecordNode | undefined,
  typed: boolean,
  slots: readonly string[] = [],
): Shape {
  return {
    lowerCase: new Set([...fields.flatMap((f) => [f.json, f.name]), ...slots].map(lowerAscii)),
    keys: fields.map((field, i) => {
      const child = node?.children[i]
      return {
        key: typed ? typedKey(field) : field.json,
        kind: isRenamed(field) && !typed ? Kind.careful : kindOf(field.kind),
        child: childOf(field.kind, child, typed),
        slot: slots.indexOf(field.json),
        node: child?.id ?? -1,
      }
    }),
  }
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

/** What a key is that the layout does not name. */
export function keyKind({ lowerCase }: Shape, key: string): Kind {
  return lowerCase.has(lowerAscii(key)) ? Kind.careful : Kind.ignored
}

/** Lower case of the letters A to Z alone: keys are compared by them. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
