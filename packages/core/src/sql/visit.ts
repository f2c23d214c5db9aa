import type { Node } from './ast.ts'

/** Trees are walked many times and never change. */
const known = new WeakMap<Node, readonly Node[]>()

/** The nodes directly below one, in source order as far as the tree keeps it. */
export function children(node: Node): readonly Node[] {
  let found = known.get(node)
  if (found === undefined) {
    found = directlyBelow(node)
    known.set(node, found)
  }
  return found
}

function directlyBelow(node: Node): readonly Node[] {
  const found: Node[] = []
  for (const key in node) if (key !== 'span') collect(node[key as keyof Node], found)
  return found
}

function collect(value: unknown, into: Node[]): void {
  if (Array.isArray(value)) for (const item of value) collect(item, into)
  else if (typeof value === 'object' && value !== null) {
    if ('kind' in value && 'span' in value) into.push(value as Node)
    // A nameless group of members (a join's criteria, a row type's field): look through it.
    else for (const member of Object.values(value)) collect(member, into)
  }
}

/** Calls `visit` for a node and everything below it, parents first; returning false skips what is below. */
export function walk(node: Node, visit: (node: Node) => boolean | undefined): void {
  if (visit(node) === false) return
  for (const child of children(node)) walk(child, visit)
}
