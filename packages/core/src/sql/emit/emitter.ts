import type { LakeType } from '../../schema/types.ts'
import type { Analysis, RelationLeaf } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'

/** What one emission is about: the same for every node. */
export interface Environment {
  readonly analysis: Analysis
  /** Instant of the statement: microseconds since 1970, UTC. */
  readonly nowMicros: bigint
  /** Values of `?`, in order. */
  readonly parameters: readonly (string | number | bigint | boolean | null)[]
  /** The engine's view of a use of a table. */
  readonly viewOf: (leaf: RelationLeaf) => string
  /** The SELECTs whose columns are the result's. */
  readonly results: ReadonlySet<ast.QuerySpecification>
  /** The engine's name of a WITH query. */
  readonly withName: (query: ast.WithQuery) => string
}

/** Where an expression stands: what stands for some of its parts there. */
export interface Scope {
  /** ORDER BY: SQL of the output columns of what is sorted. */
  readonly outputs?: readonly string[]
  /** SQL that replaces an expression, by the SQL it would have had: grouping keys, columns of a wrapped query. */
  readonly replacements?: ReadonlyMap<string, string>
}

/** Emits an expression, coerced to the type that analysis demands; the text is primary or bracketed. */
export interface Emit {
  (node: ast.Expression): string
  /** In its own type, before coercion. */
  readonly raw: (node: ast.Expression) => string
  /** The type of what `emit(node)` gives: after coercion. */
  readonly type: (node: ast.Expression) => LakeType
  /** Coerced to `type`, whatever analysis says of it. */
  readonly as: (node: ast.Expression, type: LakeType) => string
  /** As `as`, in a place that is computed for some rows only: what can never work fails there when it is reached, not before. */
  readonly lazy: (node: ast.Expression, type: LakeType) => string
  /** A query as text without brackets; its columns are named by `names`, where given. */
  readonly query: (query: ast.Query, names?: readonly string[]) => string
  /** The same emitter in another place. */
  readonly within: (scope: Scope) => Emit
  /** The same emitter where a WITH query has another name: a round of a recursive one. */
  readonly renamed: (query: ast.WithQuery, name: string) => Emit
  readonly scope: Scope
  readonly environment: Environment
  readonly analysis: Analysis
}

/** One function for each kind of node: a missing kind does not compile. */
export type Emitters<Union extends { readonly kind: string }> = {
  readonly [N in Union as N['kind']]: (node: N, emit: Emit) => string
}
