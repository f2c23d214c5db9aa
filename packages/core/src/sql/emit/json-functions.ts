import type * as ast from '../ast.ts'
import type { Emit } from './emitter.ts'
import { unsupported } from './expressions.ts'

/** JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT, JSON_ARRAY. */
export function jsonFunctionSql(node: ast.JsonFunction, _emit: Emit): string {
  return unsupported(node.name, node)
}
