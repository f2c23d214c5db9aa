import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { RelationColumn } from './analysis.ts'

/** One name that expressions can use. */
export interface ScopeField {
  /** Undefined when nothing can refer to it by name. */
  readonly name: string | undefined
  /** The relation's name, lower case: one part, or more where it was written so. */
  readonly qualifier: readonly string[] | undefined
  readonly type: LakeType
  readonly hidden: boolean
  readonly meaning:
    | { readonly kind: 'column'; readonly column: RelationColumn }
    | { readonly kind: 'output'; readonly index: number }
    | { readonly kind: 'lambda'; readonly lambda: ast.Lambda; readonly index: number }
}

/** What a WITH query's name stands for. */
export interface NamedQuery {
  readonly node: ast.WithQuery
  readonly columns: readonly { readonly name: string | undefined; readonly type: LakeType }[]
}

/** The names visible at one place, innermost first. */
export interface Scope {
  readonly fields: readonly ScopeField[]
  readonly parent?: Scope | undefined
  /** True when `parent` belongs to the query around this one. */
  readonly isQueryBoundary: boolean
  /** WITH queries by lower-case name, those of outer queries included. */
  readonly named: ReadonlyMap<string, NamedQuery>
  /** Places, from 1, of the SELECT list's aliases by lower-case name: only ORDER BY sees them, but hints speak of them. */
  readonly aliases?: ReadonlyMap<string, number> | undefined
  /** The WINDOW clause of the SELECT around, by lower-case name. */
  readonly windows: ReadonlyMap<string, ast.Window>
  /** True inside a lambda's body. */
  readonly inLambda: boolean
}

export const EMPTY_SCOPE: Scope = {
  fields: [],
  isQueryBoundary: false,
  named: new Map(),
  windows: new Map(),
  inLambda: false,
}

/** A scope of a query inside `outer`, before its FROM is known. */
export function innerQuery(outer: Scope): Scope {
  return { fields: [], parent: outer, isQueryBoundary: true, named: outer.named, windows: new Map(), inLambda: false }
}

/** The same place with other relations to see. */
export function withFields(scope: Scope, fields: readonly ScopeField[]): Scope {
  return { ...scope, fields }
}

/** The fields of one scope that a dotted name can mean; parts in lower case. */
export function matches(fields: readonly ScopeField[], parts: readonly string[]): readonly ScopeField[] {
  const name = parts.at(-1)
  const prefix = parts.slice(0, -1)
  return fields.filter((field) => field.name?.toLowerCase() === name && hasSuffix(field.qualifier, prefix))
}

export function hasSuffix(qualifier: readonly string[] | undefined, suffix: readonly string[]): boolean {
  if (suffix.length === 0) return true
  if (!qualifier || qualifier.length < suffix.length) return false
  return suffix.every((part, i) => part === qualifier[qualifier.length - suffix.length + i])
}

export type Resolved =
  | { readonly kind: 'found'; readonly field: ScopeField; readonly depth: number }
  | { readonly kind: 'ambiguous' }
  /** A part before the last names a column: the rest are fields of it. */
  | { readonly kind: 'prefix' }
  | { readonly kind: 'missing' }

/** Looks a dotted name up, from the innermost scope outwards. */
export function resolveName(scope: Scope, parts: readonly string[]): Resolved {
  let depth = 0
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = matches(at.fields, parts)
    if (found.length > 1) return { kind: 'ambiguous' }
    if (found[0]) return { kind: 'found', field: found[0], depth }
    for (let n = parts.length - 1; n > 0; n--)
      if (matches(at.fields, parts.slice(0, n)).length > 0) return { kind: 'prefix' }
    if (at.isQueryBoundary) depth += 1
  }
  return { kind: 'missing' }
}

/** Names that could have been meant, for hints: those visible at the place. */
export function visibleNames(scope: Scope): string[] {
  const names: string[] = []
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    for (const field of at.fields) if (field.name !== undefined && !field.hidden) names.push(field.name)
  }
  return names
}
