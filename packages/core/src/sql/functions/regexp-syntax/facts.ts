import { caseVariants } from './folding.ts'
import type { CharacterClass, RegexpNode } from './syntax.ts'

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

/** True when a match depends on what stands around it. */
export function looksAround(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'anchor':
    case 'look':
      return true
    case 'sequence':
    case 'alternatives':
      return node.items.some(looksAround)
    case 'capture':
    case 'atomic':
    case 'repeat':
      return looksAround(node.body)
    default:
      return false
  }
}

/**
 * True when two alternatives are told apart by a single letter that one of them takes in both cases and the other in its own: `a|[aA]`.
 *
 * RE2 joins such alternatives to one class, and loses a case on the way.
 */
export function mixesCases(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'alternatives': {
      const branches = flattened(node).map(itemsOf)
      return branches.some((b, i) => branches.slice(i + 1).some((c) => joinsCases(b, c))) || node.items.some(mixesCases)
    }
    case 'sequence':
      return node.items.some(mixesCases)
    case 'capture':
    case 'atomic':
    case 'look':
    case 'repeat':
      return mixesCases(node.body)
    default:
      return false
  }
}

const flattened = (node: RegexpNode): readonly RegexpNode[] => {
  if (node.kind === 'alternatives') return node.items.flatMap(flattened)
  return node.kind === 'sequence' && node.items.length === 1 ? flattened(node.items[0]!) : [node]
}

const itemsOf = (node: RegexpNode): readonly RegexpNode[] =>
  node.kind === 'sequence' ? node.items.flatMap(itemsOf) : [node]

function joinsCases(a: readonly RegexpNode[], b: readonly RegexpNode[]): boolean {
  let same = 0
  while (same < a.length && JSON.stringify(a[same]) === JSON.stringify(b[same])) same += 1
  const [x, y] = [a[same], b[same]]
  if (a.length !== same + 1 || b.length !== same + 1 || x === undefined || y === undefined) return false
  const [both, own] = foldedLetter(x) === undefined ? [y, x] : [x, y]
  const letter = foldedLetter(both)
  if (letter === undefined || foldedLetter(own) === letter) return false
  return own.kind === 'set' || (own.kind === 'character' && lowest(own.code) === letter)
}

const lowest = (code: number): number => Math.min(code, ...caseVariants(code))

/** The letter that a node takes in both cases. */
function foldedLetter(node: RegexpNode): number | undefined {
  if (node.kind === 'character')
    return node.flags.ignoreCase && caseVariants(node.code).length > 0 ? lowest(node.code) : undefined
  if (node.kind !== 'set') return undefined
  const codes = new Set(singles(node.class).map(lowest))
  const [code] = codes
  return codes.size === 1 && (node.flags.ignoreCase || singles(node.class).length > 1) ? code : undefined
}

/** The characters of a class that is a list of them; none for other classes. */
function singles({ negated, parts }: CharacterClass): readonly number[] {
  const items = parts.length === 1 && !negated ? parts[0]! : []
  const codes = items.flatMap((item) => (item.kind === 'range' && item.from === item.to ? [item.from] : []))
  return codes.length === items.length ? codes : []
}
