import { BOOLEAN } from '../../schema/types.ts'
import type { RelationColumn, RelationLeaf } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'
import { conjunctionSql } from '../rewrite/short-circuit.ts'
import { walk } from '../visit.ts'
import type { Emit } from './emitter.ts'
import { failingNames } from './failing-names.ts'
import { mayFail } from './may-fail.ts'

/** The condition of ON, where NULL is as good as false. */
export function conditionSql(node: ast.Expression, emit: Emit): string {
  return conjunction(node, emit, () => false)
}

/**
 * The condition of WHERE.
 *
 * @param from what FROM became
 */
export function whereSql(node: ast.Expression, from: string, emit: Emit): string {
  let fails: boolean | undefined
  return conjunction(node, emit, (term, isFailing) => {
    const leaf = onlyLeaf(term, emit)
    if (leaf?.source.kind !== 'query' && leaf?.source.kind !== 'with') return false
    fails ??= failingNames().test(from)
    return isFailing || fails
  })
}

/** The condition of HAVING: the engine moves it below the groups, before WHERE, unless it speaks of more than keys. */
export function havingSql(node: ast.Expression, emit: Emit): string {
  const sql = membersExtracted(emit(node))
  return mayFail(node, emit) ? `CASE WHEN count(*) >= 0 THEN ${sql} END` : sql
}

/** `"$e".k` of a lambda's parameter as a call: in HAVING the engine takes it for a column that is not grouped by. */
const membersExtracted = (sql: string): string =>
  sql.replace(/'(?:[^']|'')*'|("\$\w+")\.(\w+)/g, (text, name?: string, member?: string) =>
    name === undefined ? text : `struct_extract(${name}, '${member}')`,
  )

function conjunction(
  node: ast.Expression,
  emit: Emit,
  isMoved: (term: ast.Expression, mayFail: boolean) => boolean,
): string {
  const terms = termsOf(node)
  const failing = terms.map((term) => mayFail(term, emit))
  return conjunctionSql(
    terms.map((term, i) => {
      const sql = i === 0 ? emit(term) : emit.lazy(term, BOOLEAN)
      return isMoved(term, failing[i]!) ? inItsPlace(sql) : sql
    }),
    failing,
  )
}

/**
 * A condition that the engine leaves after those of the query below: it moves what it takes to be infallible, functions with a lambda
 * among them, into the scan of a table, before all others. A cast from a number may fail in its eyes.
 */
const inItsPlace = (sql: string): string => `CAST(CAST(${sql} AS TINYINT) AS BOOLEAN)`

/** The relation that a condition speaks of, when it is one alone: a condition on two may be what a join goes by. */
function onlyLeaf(term: ast.Expression, emit: Emit): RelationLeaf | undefined {
  const leaves = new Set<RelationLeaf>()
  const collect = ({ origin }: RelationColumn): void => {
    if (origin.kind === 'own') leaves.add(origin.relation)
    else for (const column of origin.kind === 'same' ? [origin.column] : [origin.left, origin.right]) collect(column)
  }
  walk(term, (n) => {
    if (n.kind !== 'Identifier' && n.kind !== 'Dereference') return true
    const reference = emit.analysis.references.get(n)
    if (reference?.kind === 'column') collect(reference.column)
    return reference?.kind !== 'column'
  })
  return leaves.size === 1 ? [...leaves][0] : undefined
}

function termsOf(node: ast.Expression): readonly ast.Expression[] {
  if (node.kind === 'Parenthesized') return termsOf(node.expression)
  return node.kind === 'Logical' && node.operator === 'AND' ? node.terms.flatMap(termsOf) : [node]
}
