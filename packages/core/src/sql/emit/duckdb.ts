import { isTraillakeError } from '../../errors/index.ts'
import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { Analysis, RelationLeaf } from '../analyze/analysis.ts'
import { bare } from '../analyze/names.ts'
import type * as ast from '../ast.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { raise } from '../rewrite/raise.ts'
import { lakeTimestampSql } from '../rewrite/temporal-literal.ts'
import type { Emit, Environment, Scope } from './emitter.ts'
import { expressionEmitters } from './expressions.ts'
import { querySql } from './queries.ts'

export interface EmitOptions {
  readonly now: Date
  readonly parameters?: Environment['parameters']
}

/** The view of a use of a table: `events`, `events_2`, … by the table's id. */
export function viewNames(analysis: Analysis): ReadonlyMap<RelationLeaf, string> {
  const uses = new Map<string, number>()
  return new Map(
    analysis.tables.map((leaf) => {
      const id = leaf.source.kind === 'table' ? leaf.source.table.id : ''
      const use = (uses.get(id) ?? 0) + 1
      uses.set(id, use)
      return [leaf, use === 1 ? id : `${id}:${use}`]
    }),
  )
}

/** The engine's SQL of an analyzed query. */
export function emitDuckdb(analysis: Analysis, options: EmitOptions): string {
  const views = viewNames(analysis)
  const withNames = new Map<ast.WithQuery, string>()
  const environment: Environment = {
    analysis,
    nowMicros: BigInt(options.now.getTime()) * 1000n,
    parameters: options.parameters ?? [],
    results: new Set(resultsOf(analysis.query)),
    viewOf: (leaf) => views.get(leaf)!,
    withName: (query) => {
      const name = withNames.get(query) ?? `w${withNames.size + 1}_${query.name.value.toLowerCase()}`
      withNames.set(query, name)
      return name
    },
  }
  return querySql(analysis.query, createEmit(environment, {}))
}

function resultsOf(body: ast.QueryBody): readonly ast.QuerySpecification[] {
  switch (body.kind) {
    case 'QuerySpecification':
      return [body]
    case 'Query':
      return resultsOf(body.body)
    case 'SetOperation':
      return [...resultsOf(body.left), ...resultsOf(body.right)]
    default:
      return []
  }
}

/** A text that Lake compares with timestamps: the instant in UTC that it names. */
function lakeTimestamp(node: ast.Expression, to: LakeType, environment: Environment): string {
  const inner = bare(node)
  const value =
    inner.kind === 'StringLiteral'
      ? inner.value
      : inner.kind === 'Parameter'
        ? environment.parameters[inner.index]
        : undefined
  const sql = typeof value === 'string' ? lakeTimestampSql(value) : undefined
  if (sql === undefined) throw new TypeError('a text that is no timestamp')
  const micros: LakeType = { kind: 'timestamp', precision: 6, withTimeZone: false }
  return castSql(sql, micros, to.kind === 'timestamp' ? { ...to, precision: Math.max(6, to.precision) } : to)
}

/** Errors that a value raises when it is computed. */
const COMPUTED = [
  'INVALID_FUNCTION_ARGUMENT',
  'INVALID_CAST_ARGUMENT',
  'DIVISION_BY_ZERO',
  'NUMERIC_VALUE_OUT_OF_RANGE',
] as const

function whenReached(emit: () => string, type: LakeType): string {
  try {
    return emit()
  } catch (error) {
    for (const code of COMPUTED) if (isTraillakeError(error, code)) return raise(code, error.reason, type)
    throw error
  }
}

/** Kinds whose value the engine may find to be NULL before it runs, and of whose type it then keeps nothing. */
const FORGETFUL: ReadonlySet<ast.Expression['kind']> = new Set([
  'FunctionCall',
  'Subscript',
  'Concatenation',
  'Dereference',
])

/** True where the engine may compute the value beforehand and find NULL: it holds one, or looks something up in a constant. */
function mayBeNull(sql: string): boolean {
  return (
    sql.includes('CAST(NULL AS ') || (/[\])]\[|element_at|subscript|struct_extract/.test(sql) && !/"r\d+"\./.test(sql))
  )
}

/** A value in the engine's type of its own, where the engine has such a type. */
function remembered(sql: string, type: LakeType | undefined): string {
  const isKnown = type !== undefined && !['unknown', 'opaque', 'function'].includes(type.kind)
  return isKnown ? `CAST(${sql} AS ${engineType(type)})` : sql
}

function createEmit(environment: Environment, scope: Scope): Emit {
  const { analysis } = environment
  const plain = (node: ast.Expression): string => {
    const emitter = expressionEmitters[node.kind] as (node: ast.Expression, emit: Emit) => string
    const sql = emitter(node, emit)
    return FORGETFUL.has(node.kind) && mayBeNull(sql) ? remembered(sql, analysis.typeOf.get(node)) : sql
  }
  const texts = new Map<ast.Expression, string>()
  const raw = (node: ast.Expression): string => {
    const known = texts.get(node) ?? written(node)
    texts.set(node, known)
    return known
  }
  const written = (node: ast.Expression): string => {
    if (scope.replacements === undefined || scope.replacements.size === 0) return plain(node)
    const found = scope.replacements.get(unreplaced().raw(node))
    return found ?? plain(node)
  }
  let other: Emit | undefined
  const unreplaced = (): Emit => {
    other ??= createEmit(environment, scope.outputs ? { outputs: scope.outputs } : {})
    return other
  }
  const type = (node: ast.Expression): LakeType => analysis.coerceTo.get(node) ?? analysis.typeOf.get(node)!
  const convert = (node: ast.Expression, to: LakeType): string => {
    const from = analysis.typeOf.get(node)
    if (from === undefined) return raw(node)
    return from.kind === 'varchar' && to.kind === 'timestamp'
      ? lakeTimestamp(node, to, environment)
      : castSql(raw(node), from, to)
  }
  const coerced = (node: ast.Expression): string => {
    const to = analysis.coerceTo.get(node)
    return to === undefined ? raw(node) : convert(node, to)
  }
  const emit: Emit = Object.assign(coerced, {
    raw,
    type,
    as: (node: ast.Expression, to: LakeType) => {
      const between = analysis.coerceTo.get(node)
      return between === undefined ? convert(node, to) : castSql(convert(node, between), between, to)
    },
    lazy: (node: ast.Expression, to: LakeType) => whenReached(() => emit.as(node, to), to),
    query: (query: ast.Query, names?: readonly string[]) => querySql(query, createEmit(environment, {}), names),
    within: (inner: Scope) => createEmit(environment, inner),
    renamed: (query: ast.WithQuery, name: string) =>
      createEmit({ ...environment, withName: (q) => (q === query ? name : environment.withName(q)) }, scope),
    scope,
    environment,
    analysis,
  })
  return emit
}
