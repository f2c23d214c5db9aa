import { formatType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import { canCoerce } from './coercion.ts'
import { analyzeBody, analyzeQuery, type QueryColumn, setOutputs } from './query.ts'
import type { NamedQuery, Scope } from './scope.ts'
import { fail, type State } from './state.ts'

/** Analyzes WITH; the result is the outer scope in which its names can be used, too. */
export function analyzeWith(state: State, node: ast.With, outer: Scope): Scope {
  const own = new Set<string>()
  let scope = outer
  for (const query of node.queries) {
    const name = query.name.value.toLowerCase()
    if (own.has(name))
      fail(state, 'DUPLICATE_NAMED_QUERY', { message: `WITH query name '${name}' specified more than once` }, query)
    own.add(name)
    const isRecursive = node.recursive && refersTo(query.query, name)
    const named = isRecursive
      ? analyzeRecursive(state, query, scope)
      : { node: query, columns: namedColumns(state, query, analyzeQuery(state, query.query, scope)) }
    scope = define(scope, name, named)
  }
  return scope
}

function define(scope: Scope, name: string, query: NamedQuery): Scope {
  return { ...scope, named: new Map(scope.named).set(name, query) }
}

/** The columns under the names of the WITH query's list, when it has one. */
function namedColumns(state: State, node: ast.WithQuery, columns: readonly QueryColumn[]): readonly QueryColumn[] {
  if (!node.columns) return columns
  if (node.columns.length !== columns.length) {
    const message = `WITH column alias list has ${node.columns.length} entries but WITH query(${node.name.value}) has ${columns.length} columns`
    fail(state, 'MISMATCHED_COLUMN_ALIASES', { message }, node)
  }
  return columns.map(({ type }, i) => ({ name: node.columns![i]!.value, type }))
}

/** True when a table of that name is read below; a name declared again further in is taken for the same, which only asks for a base case. */
function refersTo(node: ast.Node, name: string): boolean {
  let found = false
  walk(node, (child) => {
    if (child.kind === 'Table' && !child.isOfCatalog && child.name.parts.length === 1)
      found ||= child.name.parts[0]!.value.toLowerCase() === name
    return !found
  })
  return found
}

/** WITH RECURSIVE: the base of the UNION gives names and types, the other branch reads what has been found so far. */
function analyzeRecursive(state: State, node: ast.WithQuery, scope: Scope): NamedQuery {
  const { query, name } = node
  if (!node.columns)
    fail(state, 'MISSING_COLUMN_ALIASES', { message: 'missing column aliases in recursive WITH query' }, node)
  if (query.body.kind !== 'SetOperation' || query.body.operator !== 'UNION') {
    return fail(
      state,
      'INVALID_RECURSIVE_REFERENCE',
      { message: 'recursive reference outside of the step relation of recursive WITH query: it must be a UNION' },
      node,
    )
  }
  const clause = query.orderBy.length > 0 ? 'ORDER BY' : query.offset ? 'OFFSET' : query.limit ? 'LIMIT' : undefined
  if (clause) fail(state, 'NOT_SUPPORTED', { message: `immediate ${clause} clause in recursive query` }, query)
  const { left, right } = query.body
  if (refersTo(left, name.value.toLowerCase())) {
    fail(
      state,
      'INVALID_RECURSIVE_REFERENCE',
      { message: 'WITH table name is referenced in the base relation of recursion' },
      left,
    )
  }
  const base = analyzeBody(state, left, scope)
  const columns = namedColumns(state, node, base)
  const named: NamedQuery = { node, columns }
  const step = analyzeBody(state, right, define(scope, name.value.toLowerCase(), named))
  if (step.length !== base.length) {
    const message = `base and step relations of recursion have different number of fields: ${base.length}, ${step.length}`
    fail(state, 'TYPE_MISMATCH', { message }, right)
  }
  for (const [i, { type }] of step.entries()) {
    if (canCoerce(type, base[i]!.type)) continue
    const message = `recursion step relation output type (${formatType(type)}) is not coercible to recursion base relation output type (${formatType(base[i]!.type)}) at column ${i + 1}`
    fail(state, 'TYPE_MISMATCH', { message }, right)
  }
  setOutputs(state, query.body, base)
  setOutputs(state, query, base)
  return named
}
