import type { Span } from '../../errors/span.ts'
import type { LakeType } from '../../schema/types.ts'

/** An argument, emitted for the engine and already coerced to its parameter's type. */
export interface EmittedArgument {
  /** Primary or bracketed SQL; a lambda is `lambda "x", "y": body`. */
  readonly sql: string
  readonly type: LakeType
  /** The value of a literal (after coercion), for functions that decide by it: date units, patterns, JSON paths. Undefined when it is no literal. */
  readonly literal?: string | bigint | boolean | null
  readonly span: Span
}

/** What a function knows of its call beyond its arguments. */
export interface CallContext {
  readonly resultType: LakeType
  readonly bindings: ReadonlyMap<string, LakeType | number>
  readonly span: Span
  /** Instant of the statement, for now() and its kin: microseconds since 1970, UTC. */
  readonly nowMicros: bigint
  /**
   * Aggregates and window functions: composes `name([DISTINCT] args [ORDER BY …]) [FILTER …] [OVER …]` with the clauses of this call.
   *
   * @param options.orderBy replaces the call's own ORDER BY; `filter` is a condition to add; `distinct` overrides
   */
  readonly aggregate: (
    name: string,
    args: readonly string[],
    options?: { readonly orderBy?: string; readonly filter?: string; readonly distinct?: boolean },
  ) => string
  /** LISTAGG … ON OVERFLOW TRUNCATE; absent: too long a text is an error. */
  readonly overflow?: { readonly filler?: string; readonly withCount: boolean }
  /** The engine type of a Lake type, for CASTs. */
  readonly engineType: (type: LakeType) => string
}

/** Makes the engine's text of a call; throws a TraillakeError (Trino's code and message) for arguments that can never work. */
export type EmitCall = (args: readonly EmittedArgument[], call: CallContext) => string

/**
 * One signature and what it becomes.
 *
 * Signature grammar: `(array(T), function(T, boolean)) -> array(T)`. Type variables are one upper-case letter and digits; `decimal(p,s)`,
 * `varchar(n)`, `char(n)`, `timestamp(p)` bind numbers (names in lower case); a type followed by `...` may repeat (zero or more
 * beyond what precedes it); `[varchar]` may be left out. Plain `varchar` takes every length. Types as Trino writes them.
 */
export interface Overload {
  readonly signature: string
  /** Variables that must be comparable or orderable. */
  readonly comparable?: readonly string[]
  readonly orderable?: readonly string[]
  /** The engine's text; a string is a template of its own name: `'lower'` means `lower(args…)`. */
  readonly duckdb: string | EmitCall
  /** The result type when the signature cannot say it (`decimal` arithmetic, `varchar(n)` lengths). */
  readonly result?: (bindings: ReadonlyMap<string, LakeType | number>, argumentTypes: readonly LakeType[]) => LakeType
}

export interface FunctionDefinition {
  readonly kind: 'scalar' | 'aggregate' | 'window'
  /** Tried in order; of those that fit, the one with fewest coercions wins. */
  readonly overloads: readonly Overload[]
  /** In Trino text, when the name there is another. */
  readonly trino?: string
  /** Why the engine's form is not the plain name. */
  readonly note?: string
}

/** One family of functions: names in lower case. */
export type FunctionTable = Readonly<Record<string, FunctionDefinition>>

/** A scalar function in JavaScript, for what neither SQL nor a macro can do. */
export interface ScalarUdf {
  readonly name: string
  /** Engine types: VARCHAR, BIGINT, DOUBLE, BOOLEAN, BLOB, VARCHAR[]. */
  readonly parameters: readonly UdfType[]
  readonly result: UdfType
  /** Called with no NULL unless `nulls`; VARCHAR is string, BIGINT bigint, BLOB Uint8Array, VARCHAR[] an array. Throw UdfError to raise Trino's error. */
  readonly evaluate: (...args: never[]) => unknown
  readonly nulls?: boolean
  /** The arguments whose values can make it fail; all unless given. */
  readonly fails?: readonly number[]
}

export type UdfType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'BLOB' | 'VARCHAR[]'
