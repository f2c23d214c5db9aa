import type { Span } from '../../errors/span.ts'
import type * as ast from '../ast.ts'

/**
 * Where an error about a node points.
 *
 * As in Trino: comparisons, arithmetic, predicates and set operations at their operator, everything else at its start. Without the text the
 * operator's place is unknown, and the node itself is the place.
 */
export function placeOf(node: ast.Node, text: string | undefined): Span {
  switch (node.kind) {
    case 'Parenthesized':
      return placeOf(node.expression, text)
    case 'Comparison':
    case 'Arithmetic':
    case 'Concatenation':
    case 'IsDistinctFrom':
    case 'SetOperation':
      return operatorAfter(node.left, node, text)
    case 'Between':
    case 'In':
    case 'Like':
    case 'IsNull':
    case 'QuantifiedComparison':
    case 'AtTimeZone':
      return operatorAfter(node.value, node, text)
    default:
      return node.span
  }
}

function operatorAfter(left: ast.Node, node: ast.Node, text: string | undefined): Span {
  if (text === undefined) return node.span
  const start = skipBlank(text, left.span.end)
  const operator = /^(?:[a-z]+|[^\sa-z0-9_'"()]+)/i.exec(text.slice(start, node.span.end))
  return operator ? { start, end: start + operator[0].length } : node.span
}

/** The next place after white space, comments and the parentheses that a query's span leaves out. */
function skipBlank(text: string, from: number): number {
  const blank = /(?:[\s)]|--[^\n]*|\/\*[\s\S]*?\*\/)*/y
  blank.lastIndex = from
  return from + (blank.exec(text)?.[0].length ?? 0)
}
