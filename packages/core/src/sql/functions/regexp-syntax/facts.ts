import type { RegexpNode } from './syntax.ts'

/** True when the pattern may match the empty text. */
export function canBeEmpty(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'character':
    case 'any':
    case 'set':
      return false
    case 'anchor':
    case 'look':
    case 'backreference':
      return true
    case 'sequence':
      return node.items.every(canBeEmpty)
    case 'alternatives':
      return node.items.some(canBeEmpty)
    case 'capture':
    case 'atomic':
      return canBeEmpty(node.body)
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body)
  }
}
