import { BOOLEAN } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { conjunctionSql } from '../rewrite/short-circuit.ts'
import type { Emit } from './emitter.ts'
import { mayFail } from './may-fail.ts'

/** The condition of WHERE or ON, where NULL is as good as false. */
export function conditionSql(node: ast.Expression, emit: Emit): string {
  const terms = termsOf(node)
  return conjunctionSql(
    terms.map((term, i) => (i === 0 ? emit(term) : emit.lazy(term, BOOLEAN))),
    terms.map((term) => mayFail(term, emit)),
  )
}

function termsOf(node: ast.Expression): readonly ast.Expression[] {
  if (node.kind === 'Parenthesized') return termsOf(node.expression)
  return node.kind === 'Logical' && node.operator === 'AND' ? node.terms.flatMap(termsOf) : [node]
}
