import { type Span, TraillakeError } from '../../errors/index.ts'
import type { Node } from '../ast.ts'
import { children } from '../visit.ts'

/** How deep brackets, sub-queries and the like may stand in each other: beyond this the parser would exhaust the stack. */
export const maxNesting = 200

/** How deep the tree may be, counting long chains of operators too: what comes after the parser walks it recursively. */
export const maxDepth = 1_000

export function tooDeep(span?: Span): TraillakeError {
  return new TraillakeError('NOT_SUPPORTED', { message: 'the statement is nested too deeply' }, { span })
}

/** Refuses a tree that is deeper than `maxDepth`. Not recursive itself. */
export function checkDepth(root: Node): void {
  let row: readonly Node[] = [root]
  for (let depth = 0; row.length > 0; depth++) {
    if (depth > maxDepth) throw tooDeep(row[0]!.span)
    row = row.flatMap((node) => children(node))
  }
}
