import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { OutputColumn } from './analysis.ts'
import { analyzeLimit } from './limit.ts'
import { sortOutputs } from './order-by.ts'
import { resolveTable } from './relation.ts'
import { EMPTY_SCOPE, innerQuery, type Scope, type ScopeField } from './scope.ts'
import { analyzeSetOperation } from './set-operation.ts'
import { analyzeSpecification } from './specification.ts'
import { fail, type State } from './state.ts'
import { analyzeValues } from './values.ts'
import { analyzeWith } from './with.ts'

/** A column that a query gives: `name` only when another query can refer to it. */
export interface QueryColumn {
  readonly name: string | undefined
  readonly type: LakeType
  readonly hidden?: boolean
}

/** Analyzes a query and everything in it. `outer` is what it sees of the query around it. */
export function analyzeQuery(state: State, query: ast.Query, outer: Scope = EMPTY_SCOPE): readonly QueryColumn[] {
  const scope = query.with ? analyzeWith(state, query.with, outer) : outer
  let columns: readonly QueryColumn[]
  if (query.body.kind === 'QuerySpecification') {
    // ORDER BY of a SELECT sees its FROM, too.
    columns = analyzeSpecification(state, query.body, scope, query)
  } else {
    columns = analyzeBody(state, query.body, scope)
    if (query.orderBy.length > 0) sortOutputs(state, query, query.body, withOutputs(innerQuery(scope), columns))
  }
  analyzeLimit(state, query)
  setOutputs(state, query, columns)
  return columns
}

/** Analyzes what can stand on either side of UNION. */
export function analyzeBody(state: State, body: ast.QueryBody, scope: Scope): readonly QueryColumn[] {
  switch (body.kind) {
    case 'Query':
      return analyzeQuery(state, body, scope)
    case 'QuerySpecification':
      return analyzeSpecification(state, body, scope, undefined)
    case 'SetOperation':
      return setOutputs(state, body, analyzeSetOperation(state, body, scope))
    case 'Values':
      return setOutputs(state, body, analyzeValues(state, body, scope))
    case 'TableStatement': {
      const columns = resolveTable(state, body.table, scope)
        .filter((field) => !field.hidden)
        .map(({ name, type }) => ({ name, type }))
      return setOutputs(state, body, columns)
    }
  }
}

/** Analyzes a query that stands in an expression. */
export function analyzeSubquery(
  state: State,
  query: ast.Query,
  node: ast.Expression,
  scope: Scope,
): readonly QueryColumn[] {
  if (scope.inLambda) fail(state, 'NOT_SUPPORTED', { message: 'Lambda expression cannot contain subqueries' }, node)
  return analyzeQuery(state, query, scope)
}

/** Keeps what a query or body gives, with the labels that results show. */
export function setOutputs(
  state: State,
  node: ast.Query | ast.QueryBody,
  columns: readonly QueryColumn[],
): readonly QueryColumn[] {
  state.outputs.set(node, labelled(columns))
  return columns
}

export function labelled(columns: readonly QueryColumn[]): readonly OutputColumn[] {
  return columns.map(({ name, type }, i) => ({ name: name ?? `_col${i}`, type }))
}

/** A scope in which names mean output columns. */
export function withOutputs(scope: Scope, columns: readonly QueryColumn[]): Scope {
  const fields = columns.map(
    ({ name, type }, index): ScopeField => ({
      name,
      type,
      qualifier: undefined,
      hidden: false,
      meaning: { kind: 'output', index },
    }),
  )
  return { ...scope, fields }
}
