import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { commonSuperType, isComparable } from './coercion.ts'
import { analyzeBody, type QueryColumn } from './query.ts'
import type { Scope } from './scope.ts'
import { attempt, fail, type State, throwErrors } from './state.ts'

/** Analyzes UNION, INTERSECT, EXCEPT: names are those of the first branch, types the common ones. */
export function analyzeSetOperation(state: State, node: ast.SetOperation, scope: Scope): readonly QueryColumn[] {
  const left = attempt(state, () => analyzeBody(state, node.left, scope))
  const right = attempt(state, () => analyzeBody(state, node.right, scope))
  if (!left || !right) return throwErrors(state) as never
  const { operator, all } = node
  if (left.length !== right.length) {
    const message = `${operator} query has different number of fields: ${left.length}, ${right.length}`
    return fail(state, 'TYPE_MISMATCH', { message }, node)
  }
  return left.map(({ name, type }, i) => {
    const other = right[i]!.type
    const common = commonSuperType(type, other)
    if (!common) {
      const message = `column ${i + 1} in ${operator} query has incompatible types: ${formatType(type)}, ${formatType(other)}`
      return fail(state, 'TYPE_MISMATCH', { message }, node)
    }
    if (!isComparable(common) && (operator !== 'UNION' || !all)) {
      const message = `Type ${formatType(common)} is not comparable and therefore cannot be used in ${operator}${all ? '' : ' DISTINCT'}`
      return fail(state, 'TYPE_MISMATCH', { message }, node)
    }
    return { name, type: common }
  })
}
