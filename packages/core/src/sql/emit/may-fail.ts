import { TraillakeError } from '../../errors/index.ts'
import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import type { Emit } from './emitter.ts'
import { failingNames } from './failing-names.ts'

/**
 * True when computing an expression may fail for some row, so that terms before it in a condition must guard it.
 *
 * Parts without a column are no reason: they are computed once, before any row. Nor are sub-queries.
 */
export function mayFail(node: ast.Expression, emit: Emit): boolean {
  let found = false
  walk(node, (n) => {
    if (found || n.kind === 'Query' || !('span' in n) || isConstant(n)) return false
    found = fails(n, emit)
    return !found && !(n.kind === 'FunctionCall' && isTry(n))
  })
  return found
}

function fails(node: ast.Node, emit: Emit): boolean {
  switch (node.kind) {
    case 'Arithmetic':
    case 'Negation':
      return !isFloat(node, emit)
    case 'Subscript':
    case 'Cast':
    case 'FunctionCall':
    case 'Extract':
    case 'Trim':
    case 'JsonFunction':
    case 'AtTimeZone':
      return !(node.kind === 'FunctionCall' && isTry(node)) && textFails(node, emit)
    default:
      return false
  }
}

function textFails(node: ast.Expression, emit: Emit): boolean {
  try {
    return failingNames().test(emit.raw(node))
  } catch (error) {
    // What can never work fails when it is reached.
    if (error instanceof TraillakeError) return true
    throw error
  }
}

function isTry(node: ast.FunctionCall): boolean {
  return /^try$/i.test(node.name.parts.at(-1)!.value)
}

/** Floating point overflows to infinity and divides by zero without failing. */
function isFloat(node: ast.Expression, emit: Emit): boolean {
  const kind = emit.analysis.typeOf.get(node)?.kind
  return kind === 'double' || kind === 'real'
}

function isConstant(node: ast.Node): boolean {
  let constant = true
  walk(node, (n) => {
    if (n.kind === 'Identifier' || n.kind === 'Dereference' || n.kind === 'Query') constant = false
    return constant
  })
  return constant
}
