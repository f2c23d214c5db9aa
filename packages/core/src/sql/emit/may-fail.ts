import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import type { Emit } from './emitter.ts'
import { failingNames } from './failing-names.ts'

/**
 * True when computing an expression may fail for some row, so that terms before it in a condition must guard it.
 *
 * Sub-queries are no reason: they are computed once, whatever the condition.
 */
export function mayFail(node: ast.Expression, emit: Emit): boolean {
  let found = false
  walk(node, (n) => {
    if (found || n.kind === 'Query') return false
    switch (n.kind) {
      case 'Arithmetic':
        found = !literalOnly(n)
        break
      case 'Negation':
        found = true
        break
      case 'Subscript':
        found = emit.analysis.typeOf.get(n.base)?.kind !== 'row'
        break
      case 'Cast':
        found = !n.safe && castFails(n, emit)
        break
      case 'FunctionCall':
      case 'Extract':
      case 'Trim':
        if (n.kind === 'FunctionCall' && /^try$/i.test(n.name.parts.at(-1)!.value)) return false
        found = failingNames().test(emit.raw(n))
        break
      default:
    }
    return !found
  })
  return found
}

/** Arithmetic on nothing but literals and the statement's instant is computed once, before any row. */
function literalOnly(node: ast.Expression): boolean {
  let constant = true
  walk(node, (n) => {
    if (n.kind === 'Identifier' || n.kind === 'Dereference' || n.kind === 'FunctionCall' || n.kind === 'Query')
      constant = false
  })
  return constant
}

function castFails(node: ast.Cast, emit: Emit): boolean {
  const [from, to] = [emit.type(node.value), emit.analysis.typeOf.get(node)!]
  if (to.kind === 'varchar')
    return (
      ![
        'varchar',
        'char',
        'boolean',
        'integer',
        'bigint',
        'smallint',
        'tinyint',
        'double',
        'real',
        'decimal',
        'date',
        'timestamp',
      ].includes(from.kind) ||
      (to.length !== undefined && from.kind !== 'varchar')
    )
  if (to.kind === 'timestamp' || to.kind === 'date') return from.kind !== 'timestamp' && from.kind !== 'date'
  if (to.kind === 'double') return from.kind === 'varchar' || from.kind === 'json'
  return true
}
