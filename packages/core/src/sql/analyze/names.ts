import type * as ast from '../ast.ts'

/** The expression inside parentheses: they group, and change no meaning. */
export function bare(node: ast.Expression): ast.Expression {
  return node.kind === 'Parenthesized' ? bare(node.expression) : node
}

/** The parts of a name made of identifiers and dots; undefined for any other expression. */
export function nameParts(node: ast.Expression): readonly string[] | undefined {
  const inner = bare(node)
  if (inner.kind === 'Identifier') return [inner.value]
  if (inner.kind !== 'Dereference') return undefined
  const base = nameParts(inner.base)
  return base && [...base, inner.field.value]
}

export function lower(parts: readonly string[]): readonly string[] {
  return parts.map((part) => part.toLowerCase())
}
