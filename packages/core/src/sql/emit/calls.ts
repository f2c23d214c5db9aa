import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { ResolvedCall } from '../analyze/analysis.ts'
import { commonSuperType } from '../analyze/coercion.ts'
import { bare } from '../analyze/names.ts'
import type * as ast from '../ast.ts'
import type { CallContext, EmittedArgument } from '../functions/types.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { compareSql } from '../rewrite/comparison.ts'
import { identityOf, isPlain } from '../rewrite/identity.ts'
import { isTryable, tried } from '../rewrite/try.ts'
import { walk } from '../visit.ts'
import type { Emit } from './emitter.ts'
import { unsupported } from './expressions.ts'
import { lambdaSql } from './lambdas.ts'
import { nullOf } from './literals.ts'
import { mayFail } from './may-fail.ts'
import { sortItemsSql } from './sorting.ts'
import { bindAll, bindAlways } from './text.ts'
import { windowSql } from './windows.ts'

type SpecialForm = (node: ast.FunctionCall, emit: Emit, type: LakeType) => string

/** Calls that are no functions: not all of their arguments are computed, or failures are caught. */
const specialForms: Readonly<Record<string, SpecialForm>> = {
  if: (n, emit, type) => {
    const [condition, yes, no] = n.arguments
    return `CASE WHEN ${emit(condition!)} THEN ${emit.lazy(yes!, type)} ELSE ${no ? emit.lazy(no, type) : nullOf(type)} END`
  },
  coalesce: (n, emit, type) =>
    `coalesce(${n.arguments.map((a, i) => (i === 0 ? emit.as(a, type) : emit.lazy(a, type))).join(', ')})`,
  nullif: (n, emit, type) => {
    const [a, b] = n.arguments as [ast.Expression, ast.Expression]
    // The first keeps its own type; both are compared in their common one.
    const common = commonSuperType(emit.type(a), emit.type(b))!
    return bindAll([emit.as(a, type), emit(b)], ([value, right]) => {
      const equal = compareSql('=', castSql(value!, type, common), castSql(right!, emit.type(b), common), common)
      return `CASE WHEN ${equal} THEN ${nullOf(type)} ELSE ${value} END`
    })
  },
  try: (n, emit, type) => tryCallSql(n, emit, type),
}

/** TRY(value): sub-queries are computed before it, as the engine wants it; their failures are not caught in Trino either. */
function tryCallSql(node: ast.FunctionCall, emit: Emit, type: LakeType): string {
  const value = node.arguments[0]!
  const unreplaced = emit.within(emit.scope.outputs ? { outputs: emit.scope.outputs } : {})
  const outside = new Map<string, string>()
  walk(value, (n) => {
    if (!standsOutsideTry(n, emit)) return n.kind !== 'Query'
    outside.set(unreplaced.raw(n), emit.raw(n))
    return false
  })
  // The engine loses its way where what is bound to a name and what is grouped by meet in one lambda.
  if (outside.size > 0) {
    walk(value, (n) => {
      if (n.kind === 'Query') return false
      if (n.kind !== 'Identifier' && n.kind !== 'Dereference') return !standsOutsideTry(n, emit)
      if (emit.analysis.references.get(n)?.kind !== 'column') return true
      outside.set(unreplaced.raw(n), emit.raw(n))
      return false
    })
  }
  const texts = [...outside.values()]
  const inside = (scoped: Emit): string => {
    const sql = scoped.lazy(value, type)
    return isTryable(sql) ? tried(sql) : unsupported('TRY over a sub-query or a volatile function', node)
  }
  if (texts.length === 0) return inside(emit)
  const struct = `struct_pack(${texts.map((sql, i) => `v${i + 1} := ${sql}`).join(', ')})`
  return bindAlways(struct, (name) => {
    const replacements = new Map([
      ...(emit.scope.replacements ?? []),
      ...[...outside.keys()].map((sql, i) => [sql, `struct_extract(${name}, 'v${i + 1}')`] as const),
    ])
    return inside(emit.within({ ...emit.scope, replacements }))
  })
}

/** Sub-queries, aggregates and window functions: none of them is computed for one row, and none is caught in Trino either. */
function standsOutsideTry(node: ast.Node, emit: Emit): node is ast.Expression {
  if (node.kind === 'Subquery' || node.kind === 'Exists' || node.kind === 'Grouping') return true
  if (node.kind !== 'FunctionCall') return false
  return node.over !== undefined || emit.analysis.calls.get(node)?.definition.kind === 'aggregate'
}

/** A call of a function by its name. */
export function callSql(node: ast.FunctionCall, emit: Emit): string {
  const name = node.name.parts.at(-1)!.value.toLowerCase()
  const call = emit.analysis.calls.get(node)
  const special = Object.hasOwn(specialForms, name) ? specialForms[name] : undefined
  if (special) return special(node, emit, emit.analysis.typeOf.get(node)!)
  if (call === undefined) return unsupported(`the function ${name}`, node)
  const inner = call.definition.kind === 'aggregate' && node.over === undefined ? emit.within({}) : emit
  return emitCall(call, node, argumentsOf(node.arguments, call, inner), {
    ...contextOf(call, node, emit),
    aggregate: (engineName, args, options = {}) => aggregateSql(node, engineName, args, options, inner, emit),
  })
}

/** EXTRACT, TRIM and CURRENT_…: functions by another name. */
export function namedCallSql(node: ast.Expression, args: readonly ast.Expression[], emit: Emit): string {
  const call = emit.analysis.calls.get(node)
  if (call === undefined) return unsupported(node.kind, node)
  return emitCall(call, node, argumentsOf(args, call, emit), {
    ...contextOf(call, node, emit),
    aggregate: () => unsupported(`${node.kind} as an aggregate`, node),
  })
}

function contextOf(call: ResolvedCall, node: ast.Expression, emit: Emit): Omit<CallContext, 'aggregate'> {
  return {
    resultType: call.resultType,
    bindings: call.bindings,
    span: node.span,
    nowMicros: emit.environment.nowMicros,
    engineType,
    ...(node.kind === 'FunctionCall' && node.overflow ? { overflow: node.overflow } : {}),
  }
}

function emitCall(
  call: ResolvedCall,
  node: ast.Expression,
  args: readonly EmittedArgument[],
  context: CallContext,
): string {
  const { duckdb } = call.overload
  if (duckdb === undefined) return unsupported(`the function ${call.name}`, node)
  if (typeof duckdb !== 'string') return bracket(duckdb(args, context))
  const sqls = args.map((a) => a.sql)
  return call.definition.kind === 'scalar' ? `${duckdb}(${sqls.join(', ')})` : context.aggregate(duckdb, sqls)
}

/** Functions answer with operators and CASE at times: these are bracketed here, once for all. */
function bracket(sql: string): string {
  return /^(?:[\w.]+|"[^"]+")(?:\((?:[^()'"]|'[^']*'|"[^"]*")*\))?$/.test(sql) ||
    /^\((?:[^()'"]|'[^']*'|"[^"]*")*\)$/.test(sql)
    ? sql
    : `(${sql})`
}

function argumentsOf(args: readonly ast.Expression[], call: ResolvedCall, emit: Emit): readonly EmittedArgument[] {
  return args.map((node, index) => {
    const inner = bare(node)
    if (inner.kind === 'Lambda') return lambdaArgument(inner, call, index, emit)
    const type = call.parameterTypes[index] ?? emit.type(node)
    const sql = type.kind === 'function' || type.kind === 'opaque' ? emit(node) : emit.as(node, type)
    const literal = literalOf(node, emit)
    return literal === undefined ? { sql, type, span: node.span } : { sql, type, literal, span: node.span }
  })
}

function lambdaArgument(node: ast.Lambda, call: ResolvedCall, index: number, emit: Emit): EmittedArgument {
  const declared = call.parameterTypes[index]
  const wanted = declared?.kind === 'function' ? declared.result : undefined
  const own = emit.analysis.typeOf.get(node.body)!
  const body = emit.lazy(node.body, wanted === undefined || wanted.kind === 'unknown' ? own : wanted)
  const type: LakeType = declared ?? { kind: 'function', parameters: [], result: emit.type(node.body) }
  return { sql: lambdaSql(node, body), type, span: node.span }
}

/** The value of a literal argument. */
function literalOf(node: ast.Expression, emit: Emit): string | bigint | boolean | null | undefined {
  switch (node.kind) {
    case 'StringLiteral':
    case 'LongLiteral':
    case 'BooleanLiteral':
      return node.value
    case 'NullLiteral':
      return null
    case 'Parenthesized':
      return literalOf(node.expression, emit)
    case 'GenericLiteral':
      if (node.type === 'varchar') return node.value
      return /^(?:tinyint|smallint|integer|int|bigint)$/.test(node.type) ? BigInt(node.value) : undefined
    case 'Cast':
      // CAST('x' AS varchar) is as good as the literal.
      return node.value.kind === 'StringLiteral' && emit.analysis.typeOf.get(node)?.kind === 'varchar'
        ? literalOf(node.value, emit)
        : undefined
    case 'Parameter': {
      const value = emit.environment.parameters[node.index]
      return typeof value === 'number' ? (Number.isSafeInteger(value) ? BigInt(value) : undefined) : (value ?? null)
    }
    default:
      return undefined
  }
}

interface AggregateOptions {
  readonly orderBy?: string
  readonly filter?: string
  readonly distinct?: boolean
}

/** `name([DISTINCT] args [ORDER BY …]) [FILTER …] [OVER …]`. */
function aggregateSql(
  node: ast.FunctionCall,
  name: string,
  args: readonly string[],
  options: AggregateOptions,
  inner: Emit,
  emit: Emit,
): string {
  const distinct = options.distinct ?? node.distinct
  const order = options.orderBy ?? sortItemsSql(node.orderBy, inner)
  const nulls = node.nulls === 'IGNORE' ? ' IGNORE NULLS' : ''
  const filters = [node.filter ? inner(node.filter) : '', options.filter ?? ''].filter((f) => f !== '')
  const wanted = node.filter && node.arguments.some((a) => mayFail(a, inner)) ? onlyWhere(filters[0]!, args) : args
  const values = distinct ? distinctValues(node, name, wanted, inner) : wanted
  const call = `${name}(${distinct ? 'DISTINCT ' : ''}${values.join(', ')}${order === '' ? '' : ` ORDER BY ${order}`}${nulls})`
  const filter = filters.length === 0 ? '' : ` FILTER (WHERE ${filters.join(' AND ')})`
  const window = emit.analysis.windows.get(node)
  const over = node.over === undefined ? '' : ` OVER (${window ? windowSql(window, emit) : ''})`
  return filter === '' && over === '' ? call : `(${call}${filter}${over})`
}

/** The engine computes what is aggregated for every row, and leaves out rows only then. Constants must stay what they are. */
function onlyWhere(condition: string, args: readonly string[]): readonly string[] {
  return args.map((sql) => (sql.includes('"') ? `CASE WHEN ${condition} THEN ${sql} END` : sql))
}

/** DISTINCT goes by identity: counting can count the identities, anything else needs the values themselves. */
function distinctValues(node: ast.FunctionCall, name: string, args: readonly string[], emit: Emit): readonly string[] {
  return args.map((sql, i) => {
    const argument = node.arguments[i]
    const type = argument && emit.type(argument)
    if (type === undefined || isPlain(type)) return sql
    return name === 'count'
      ? identityOf(sql, type)
      : unsupported(`${node.name.parts.at(-1)!.value}(DISTINCT ${type.kind})`, node)
  })
}
