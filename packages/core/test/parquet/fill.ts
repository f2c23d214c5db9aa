import type { Column } from '../../src/parquet/index.ts'

/** A value as a column holds it: what lies in it by name, elements in a list, entries in a map; integers and instants (ms) as numbers. */
export type Value =
  | null
  | string
  | number
  | boolean
  | readonly Value[]
  | Map<string, Value>
  | { readonly [name: string]: Value }

/** Puts a value into a slot of a column. */
export function fill(column: Column, slot: number, value: Value): void {
  if (value === null) return
  const { kind } = column.node
  if (kind === 'list' || kind === 'map') {
    const items =
      kind === 'list' ? (value as readonly Value[]).map((item) => [item]) : [...(value as Map<string, Value>)]
    column.fillList(slot, items.length)
    for (const item of items) {
      const at = column.nextElement()
      item.forEach((part, i) => {
        fill(column.children[i]!, at, part)
      })
    }
    return
  }
  column.fill(slot)
  if (kind === 'struct') {
    for (const child of column.children) fill(child, slot, (value as Record<string, Value>)[child.node.name]!)
  } else if (kind === 'boolean') column.addFlag(value as boolean)
  else if (kind === 'text') column.addText(Buffer.from(value as string))
  else if (kind === 'document') column.documents!.add(Buffer.from(value as string))
  else column.addNumber(value as number)
}
