import { didYouMean } from '../../errors/index.ts'
import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { typeExpression } from './expression.ts'
import { formatExpression } from './format-expression.ts'
import { lower, nameParts } from './names.ts'
import { type Resolved, resolveName, type Scope, type ScopeField, visibleNames } from './scope.ts'
import { fail, type State } from './state.ts'

/** A bare name: a column, an output column in ORDER BY, or a lambda's argument. */
export function typeIdentifier(state: State, node: ast.Identifier, scope: Scope): LakeType {
  const parts = [node.value.toLowerCase()]
  const resolved = resolveName(scope, parts)
  if (resolved.kind === 'found') return refer(state, node, resolved)
  return unresolved(state, node, parts, resolved, scope)
}

/** `a.b.c`: a column with its relation's name, or fields of a column, whichever the names in sight allow; or a field of any row value. */
export function typeDereference(state: State, node: ast.Dereference, scope: Scope): LakeType {
  const parts = nameParts(node)
  if (parts) {
    const resolved = resolveName(scope, lower(parts))
    if (resolved.kind === 'found') return refer(state, node, resolved)
    if (resolved.kind !== 'prefix') return unresolved(state, node, lower(parts), resolved, scope)
  }
  const base = typeExpression(state, node.base, scope)
  if (base.kind !== 'row') {
    const hint =
      base.kind === 'map' ? `write ${formatExpression(node.base)}['${node.field.value}']` : rowElementHint(base, node)
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Expression ${formatExpression(node.base)} is not of type ROW` },
      node.base,
      hint,
    )
  }
  const index = memberIndex(state, base, node)
  if (index === undefined) {
    const message = `Column reference '${parts ? lower(parts).join('.') : node.field.value.toLowerCase()}' is invalid`
    const members = base.fields.flatMap((field) => field.name ?? [])
    return fail(state, 'INVALID_COLUMN_REFERENCE', { message }, node, didYouMean(node.field.value, members))
  }
  state.references.set(node, { kind: 'field', index })
  return base.fields[index]!.type
}

type RowType = Extract<LakeType, { kind: 'row' }>

/** The place of a row's member by name; other spellings that the table's layout knows count too. */
function memberIndex(state: State, base: RowType, node: ast.Dereference): number | undefined {
  const wanted = node.field.value.toLowerCase()
  const found = base.fields.flatMap((field, i) => (field.name?.toLowerCase() === wanted ? [i] : []))
  if (found.length > 1) {
    return fail(
      state,
      'AMBIGUOUS_NAME',
      { name: wanted, message: `Ambiguous row field reference: ${node.field.value}` },
      node.field,
    )
  }
  if (found.length === 1) return found[0]
  const real = state.memberAliases.get(base)?.get(wanted)
  const index = base.fields.findIndex((field) => real !== undefined && field.name?.toLowerCase() === real)
  return index === -1 ? undefined : index
}

function rowElementHint(base: LakeType, node: ast.Dereference): string | undefined {
  if (base.kind !== 'array' || base.element.kind !== 'row') return undefined
  const text = formatExpression(node.base)
  return `${text} is ${formatType(base).slice(0, 9)}…: write element_at(${text}, 1).${node.field.value}, or UNNEST it`
}

function refer(
  state: State,
  node: ast.Identifier | ast.Dereference,
  { field, depth }: Extract<Resolved, { kind: 'found' }>,
): LakeType {
  const { meaning } = field
  state.references.set(node, meaning.kind === 'column' ? { kind: 'column', column: meaning.column, depth } : meaning)
  return field.type
}

function unresolved(
  state: State,
  node: ast.Expression,
  parts: readonly string[],
  resolved: Resolved,
  scope: Scope,
): never {
  const name = parts.join('.')
  if (resolved.kind === 'ambiguous') return fail(state, 'AMBIGUOUS_NAME', { name }, node, ambiguityHint(scope, name))
  return fail(state, 'COLUMN_NOT_FOUND', { name }, node, missingHint(node, parts, scope))
}

/** Which relations have the column. */
function ambiguityHint(scope: Scope, name: string): string | undefined {
  const owners: string[] = []
  for (const field of scope.fields)
    if (field.name?.toLowerCase() === name && field.qualifier) owners.push(`${field.qualifier.join('.')}.${name}`)
  return new Set(owners).size > 1 ? `say which: ${owners.join(' or ')}` : undefined
}

function missingHint(node: ast.Expression, parts: readonly string[], scope: Scope): string | undefined {
  const position = parts.length === 1 ? scope.aliases?.get(parts[0]!) : undefined
  if (position !== undefined)
    return `only ORDER BY sees the names of output columns: repeat the expression of ${parts[0]}, or GROUP BY ${position}`
  if (node.kind === 'Identifier' && node.quoted && !/^[\w$]+$/.test(node.value))
    return `text is written in single quotes: '${node.value}'`
  // Every other letter would be near to a name of one.
  const near =
    parts.join('.').length < 3
      ? undefined
      : didYouMean(parts.join('.'), [...visibleNames(scope), ...qualifiedNames(scope)])
  if (near !== undefined) return near
  return node.kind === 'Identifier' && node.quoted ? `text is written in single quotes: '${node.value}'` : undefined
}

function* qualifiedNames(scope: Scope): Iterable<string> {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    for (const field of at.fields as readonly ScopeField[]) {
      if (field.qualifier && field.name !== undefined && !field.hidden)
        yield `${field.qualifier.join('.')}.${field.name}`
    }
  }
}
