import { type FieldKind, type LayoutName, layouts } from '../schema/index.ts'
import { typedKey } from './shape.ts'

/** What a node of a layout's columns holds. */
export const NodeKind = { varchar: 0, boolean: 1, timestamp: 2, struct: 3, list: 4, map: 5 } as const
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind]

/**
 * A column of a layout, or what lies in one. A struct has its members as children, a list its element (a struct), a map its key
 * and its value (texts both).
 */
export interface RecordNode {
  /** Position in the order in which nodes begin; that of the whole record is 0. */
  readonly id: number
  readonly kind: NodeKind
  /** As SQL names a member of a struct. */
  readonly name: string
  readonly children: readonly RecordNode[]
}

/** Ids have this many bits in a tape. */
export const NODE_BITS = 8

/**
 * The record of a layout as a struct of its columns, the computed ones left out.
 *
 * @returns undefined for a layout with columns that no tape can hold: of numbers, or too many
 */
export function recordTree(layout: LayoutName): RecordNode | undefined {
  let count = 0
  let isWhole = true
  function node(name: string, kind: NodeKind, children: () => readonly RecordNode[]): RecordNode {
    const id = count++
    return { id, kind, name, children: children() }
  }
  const text = (name: string) => node(name, NodeKind.varchar, () => [])
  function fieldNode(name: string, kind: FieldKind): RecordNode {
    if (typeof kind === 'object') {
      const members = 'struct' in kind ? kind.struct : kind.array
      const struct = (of: string) =>
        node(of, NodeKind.struct, () => members.map((member) => fieldNode(member.name, member.kind)))
      return 'struct' in kind ? struct(name) : node(name, NodeKind.list, () => [struct('element')])
    }
    if (kind === 'map') return node(name, NodeKind.map, () => [text('key'), text('value')])
    if (kind !== 'varchar' && kind !== 'boolean' && kind !== 'timestamp') {
      isWhole = false
      return text(name)
    }
    return node(name, NodeKind[kind], () => [])
  }
  const columns = layouts[layout].columns.filter((column) => column.json !== '')
  const root = node('record', NodeKind.struct, () => columns.map((column) => fieldNode(typedKey(column), column.kind)))
  return isWhole && count <= 1 << NODE_BITS ? root : undefined
}
