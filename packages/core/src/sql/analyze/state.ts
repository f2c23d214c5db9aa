import { type ErrorCode, type ErrorParams, type Span, TraillakeError } from '../../errors/index.ts'
import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { Catalog } from '../catalog.ts'
import type { FunctionTable } from '../functions/types.ts'
import type {
  Analysis,
  OutputColumn,
  Reference,
  RelationColumn,
  RelationLeaf,
  ResolvedCall,
  SpecificationAnalysis,
} from './analysis.ts'
import { placeOf } from './place.ts'
import type { Scope } from './scope.ts'

export type ParameterValue = string | number | bigint | boolean | null

export interface AnalyzeOptions {
  /** What the text may name; by default every UUID and ARN is a store with the columns of CloudTrail events. */
  readonly catalog?: Catalog | undefined
  /** Values of `?`, in order. */
  readonly parameters?: readonly ParameterValue[] | undefined
  /** Instant of the statement. */
  readonly now: Date
  /** Stores that `$NAME` placeholders stand for, by name without the `$`. */
  readonly placeholders?: Readonly<Record<string, string>> | undefined
  /** The text that was parsed: with it, errors have line and column, and point at operators as Trino's do. */
  readonly text?: string | undefined
  /** The functions there are; by default every one of the dialect. */
  readonly functions?: FunctionTable | undefined
}

/** The side tables while they are filled. */
export interface Findings {
  readonly typeOf: Map<ast.Expression, LakeType>
  readonly coerceTo: Map<ast.Expression, LakeType>
  readonly references: Map<ast.Identifier | ast.Dereference, Reference>
  readonly calls: Map<ast.Expression, ResolvedCall>
  readonly types: Map<ast.TypeNode, LakeType>
  readonly leaves: Map<ast.Relation, RelationLeaf>
  readonly specifications: Map<ast.QuerySpecification, SpecificationAnalysis>
  readonly outputs: Map<ast.Query | ast.QueryBody, readonly OutputColumn[]>
  readonly sortPositions: Map<ast.SortItem, number>
  readonly windows: Map<ast.FunctionCall, ast.Window>
  readonly usings: Map<ast.Join, readonly RelationColumn[]>
  readonly tables: RelationLeaf[]
}

/** What one run of the analyzer carries along. */
export interface State extends Findings {
  readonly options: AnalyzeOptions
  readonly catalog: Catalog
  readonly functions: FunctionTable
  readonly text: string | undefined
  /** Errors of clauses that do not depend on each other; thrown together at the end. */
  readonly errors: TraillakeError[]
  /** Other spellings of members, by the row type that has the member. */
  readonly memberAliases: WeakMap<LakeType, Map<string, string>>
  readonly counter: { leaves: number }
  readonly lambdaTrials: WeakMap<ast.Lambda, LambdaTrial[]>
}

/** A lambda's body typed for given argument types: kept, since overloads are tried one after another. */
export interface LambdaTrial {
  readonly key: string
  /** The scope of the call, and that of the body. */
  readonly scope: Scope
  readonly inner: Scope
  readonly result: LakeType
}

export function newFindings(): Findings {
  return {
    typeOf: new Map(),
    coerceTo: new Map(),
    references: new Map(),
    calls: new Map(),
    types: new Map(),
    leaves: new Map(),
    specifications: new Map(),
    outputs: new Map(),
    sortPositions: new Map(),
    windows: new Map(),
    usings: new Map(),
    tables: [],
  }
}

/** What is known so far, as others see it. */
export function analysisOf(state: State, query: ast.Query, output: readonly OutputColumn[]): Analysis {
  const {
    typeOf,
    coerceTo,
    references,
    calls,
    types,
    leaves,
    specifications,
    outputs,
    sortPositions,
    windows,
    usings,
    tables,
  } = state
  return {
    query,
    output,
    typeOf,
    coerceTo,
    references,
    calls,
    types,
    leaves,
    specifications,
    outputs,
    sortPositions,
    windows,
    usings,
    tables,
  }
}

/** An error at a node, placed where Trino would place it. */
export function errorAt<C extends ErrorCode>(
  state: State,
  code: C,
  params: ErrorParams<C>,
  at: ast.Node | Span,
  hint?: string,
): TraillakeError<C> {
  const span = 'kind' in at ? placeOf(at, state.text) : at
  return new TraillakeError(code, params, { span, hint, text: state.text })
}

export function fail<C extends ErrorCode>(
  state: State,
  code: C,
  params: ErrorParams<C>,
  at: ast.Node | Span,
  hint?: string,
): never {
  throw errorAt(state, code, params, at, hint)
}

/** Runs one of several independent parts: its error is kept for the end, and the others still run. */
export function attempt<T>(state: State, part: () => T): T | undefined {
  try {
    return part()
  } catch (error) {
    if (!(error instanceof TraillakeError)) throw error
    state.errors.push(error, ...error.others)
    return undefined
  }
}

/** Throws the errors kept so far, if any: the first in the text, with the others attached. */
export function throwErrors(state: State): void {
  const [first, ...others] = state.errors.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
  if (!first) return
  state.errors.length = 0
  throw Object.assign(first, { others })
}

/** Records that an expression is converted; nothing is recorded when it has the type already. */
export function coerce(state: State, node: ast.Expression, to: LakeType, from: LakeType): void {
  if (from === to || formatType(from) === formatType(to)) state.coerceTo.delete(node)
  else state.coerceTo.set(node, to)
}
