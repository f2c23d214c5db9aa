import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { refuseAggregates } from './aggregates.ts'
import type { RelationColumn } from './analysis.ts'
import { commonSuperType, isComparable } from './coercion.ts'
import { typeCondition } from './expression.ts'
import { bare } from './names.ts'
import { analyzeRelation, fieldOf, isLateral } from './relation.ts'
import { matches, type Scope, type ScopeField, withFields } from './scope.ts'
import { fail, type State } from './state.ts'

/** Analyzes a join; the result has the columns of USING first, then the others of both sides. */
export function analyzeJoin(state: State, node: ast.Join, scope: Scope): readonly ScopeField[] {
  const left = analyzeRelation(state, node.left, scope)
  const right = analyzeRelation(state, node.right, isLateral(node.right) ? lateralScope(scope, left) : scope)
  if (isLateral(node.right)) checkLateral(state, node)
  if (node.criteria?.kind === 'Using') return joinUsing(state, node, node.criteria.columns, left, right)
  const fields = [...left, ...right]
  if (node.criteria) {
    refuseAggregates(state, node.criteria.expression, 'JOIN clause')
    typeCondition(
      state,
      node.criteria.expression,
      withFields(scope, fields),
      (actual) => `JOIN ON clause must evaluate to a boolean: actual type ${actual}`,
    )
  }
  return fields
}

/** What a lateral relation sees: the relations to its left, and what the FROM clause sees. */
export function lateralScope(scope: Scope, left: readonly ScopeField[]): Scope {
  return withFields(scope, [...scope.fields, ...left])
}

function checkLateral(state: State, node: ast.Join): void {
  const isUnnest = (relation: ast.Relation): boolean =>
    relation.kind === 'AliasedRelation' ? isUnnest(relation.relation) : relation.kind === 'Unnest'
  const isTrue = node.criteria?.kind === 'On' && isTrueLiteral(node.criteria.expression)
  if (isUnnest(node.right) && node.criteria && !isTrue) {
    const message = `${node.type} JOIN involving UNNEST is only supported with condition ON TRUE`
    fail(state, 'NOT_SUPPORTED', { message }, node.criteria.kind === 'On' ? node.criteria.expression : node)
  }
  if ((node.type === 'RIGHT' || node.type === 'FULL') && !isTrue) {
    const message = `${node.type} JOIN involving LATERAL relation is only supported with condition ON TRUE`
    fail(state, 'NOT_SUPPORTED', { message }, node)
  }
}

function isTrueLiteral(node: ast.Expression): boolean {
  const inner = bare(node)
  return inner.kind === 'BooleanLiteral' && inner.value
}

function joinUsing(
  state: State,
  node: ast.Join,
  names: readonly ast.Name[],
  left: readonly ScopeField[],
  right: readonly ScopeField[],
): readonly ScopeField[] {
  const merged: ScopeField[] = []
  const used = new Set<ScopeField>()
  const seen = new Set<string>()
  for (const name of names) {
    const lower = name.value.toLowerCase()
    if (seen.has(lower)) {
      fail(
        state,
        'DUPLICATE_COLUMN_NAME',
        { message: `Column '${name.value}' appears multiple times in USING clause` },
        name,
      )
    }
    seen.add(lower)
    const a = side(state, left, name, 'left')
    const b = side(state, right, name, 'right')
    used.add(a).add(b)
    const type = commonSuperType(a.type, b.type)
    if (!type || !isComparable(type)) {
      fail(
        state,
        'TYPE_MISMATCH',
        { message: `Cannot apply operator: ${formatType(a.type)} = ${formatType(b.type)}` },
        name,
      )
    }
    merged.push(fieldOf(mergedColumn(node, name.value, type as LakeType, columnOf(a), columnOf(b)), undefined))
  }
  state.usings.set(node, merged.map(columnOf))
  return [...merged, ...[...left, ...right].filter((field) => !used.has(field))]
}

function side(state: State, fields: readonly ScopeField[], name: ast.Name, which: 'left' | 'right'): ScopeField {
  const found = matches(fields, [name.value.toLowerCase()])
  if (found.length > 1) fail(state, 'AMBIGUOUS_NAME', { name: name.value.toLowerCase() }, name)
  const message = `Column '${name.value}' is missing from ${which} side of join`
  return found[0] ?? fail(state, 'COLUMN_NOT_FOUND', { name: name.value, message }, name)
}

function mergedColumn(
  node: ast.Join,
  name: string,
  type: LakeType,
  left: RelationColumn,
  right: RelationColumn,
): RelationColumn {
  return { name, type, hidden: false, origin: { kind: 'using', join: node.type, left, right } }
}

function columnOf(field: ScopeField): RelationColumn {
  if (field.meaning.kind !== 'column') throw new TypeError('a relation has columns only')
  return field.meaning.column
}
