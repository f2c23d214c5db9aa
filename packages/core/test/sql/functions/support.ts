import { engineType } from '../../../src/schema/engine-type.ts'
import {
  array,
  BIGINT,
  char,
  decimal,
  INTEGER,
  type LakeType,
  map,
  row,
  time,
  timestamp,
  varchar,
} from '../../../src/schema/types.ts'
import { type Argument, type Binding, bindOverload } from '../../../src/sql/analyze/bind.ts'
import { type Pattern, signatureOf } from '../../../src/sql/analyze/signature.ts'
import { dependenciesOf } from '../../../src/sql/emit/library.ts'
import { functions } from '../../../src/sql/functions/index.ts'
import type { CallContext, EmittedArgument, FunctionDefinition, Overload } from '../../../src/sql/functions/types.ts'
import type { Translation } from '../../../src/sql/translation.ts'

/** Types for the variables of signatures. */
const VARIABLES: Readonly<Record<string, LakeType>> = {
  K: varchar(),
  K1: varchar(),
  K2: varchar(),
  V1: BIGINT,
  S: varchar(),
  U: BIGINT,
}

/** A type that fits a pattern. */
export function sampleType(pattern: Pattern): LakeType {
  switch (pattern.kind) {
    case 'type':
      return pattern.type
    case 'variable':
      return VARIABLES[pattern.name] ?? INTEGER
    case 'sized':
      switch (pattern.base) {
        case 'decimal':
          return decimal(10, 2)
        case 'varchar':
          return varchar(7)
        case 'char':
          return char(5)
        case 'time':
          return time(3, pattern.withTimeZone)
        case 'timestamp':
          return timestamp(3, pattern.withTimeZone)
      }
      break
    case 'array':
      return array(sampleType(pattern.element))
    case 'map':
      return map(sampleType(pattern.key), sampleType(pattern.value))
    case 'row':
      return row(pattern.fields.map((f) => ({ type: sampleType(f.type) })))
    case 'function':
      return { kind: 'function', parameters: pattern.parameters.map(sampleType), result: sampleType(pattern.result) }
  }
  throw new TypeError(`no sample of ${JSON.stringify(pattern)}`)
}

export interface OverloadCase {
  readonly name: string
  readonly definition: FunctionDefinition
  readonly overload: Overload
}

export const overloadCases: readonly OverloadCase[] = Object.entries(functions).flatMap(([name, definition]) =>
  definition.overloads.map((overload) => ({ name, definition, overload })),
)

/** Binds an overload to arguments of fitting types; variadic and optional parameters are given once. */
export function bindSample(overload: Overload): Binding {
  const args = signatureOf(overload).parameters.map(({ pattern }): Argument => {
    const type = sampleType(pattern)
    return type.kind === 'function'
      ? { kind: 'lambda', arity: type.parameters.length, resultFor: () => type.result }
      : { kind: 'value', type }
  })
  const binding = bindOverload(overload, args)
  if (!binding) throw new TypeError(`${overload.signature} does not take its own types`)
  return binding
}

const span = { start: 0, end: 0 }
export const NOW_MICROS = 1_700_000_000_123_456n

/** A call's context whose aggregates have no clauses but those asked for; window functions run over everything. */
export function contextOf(binding: Binding, kind: FunctionDefinition['kind']): CallContext {
  return {
    resultType: binding.resultType,
    bindings: binding.bindings,
    span,
    nowMicros: NOW_MICROS,
    engineType,
    aggregate: (name, args, { orderBy, filter, distinct } = {}) => {
      const call = `${name}(${distinct ? 'DISTINCT ' : ''}${args.join(', ')}${orderBy === undefined ? '' : ` ORDER BY ${orderBy}`})`
      const filtered = filter === undefined ? '' : ` FILTER (WHERE ${filter})`
      return kind === 'window' ? `(${call}${filtered} OVER (ORDER BY "i"))` : `(${call}${filtered})`
    },
  }
}

/** A lambda that answers NULL of its type. */
const nullLambda = (type: LakeType & { kind: 'function' }): string =>
  `lambda ${type.parameters.map((_, i) => `"$p${i}"`).join(', ')}: CAST(NULL AS ${engineType(type.result)})`

/** The emitted call over columns `"c0"`, `"c1"`, …, or over the given SQL. */
export function emitOverload(
  { definition, overload }: OverloadCase,
  binding: Binding,
  sql?: readonly string[],
  literals?: readonly EmittedArgument['literal'][],
): string {
  const args = binding.parameterTypes.map((type, i): EmittedArgument => {
    if (type.kind === 'function') return { sql: sql?.[i] ?? nullLambda(type), type, span }
    const literal = literals?.[i]
    return { sql: sql?.[i] ?? `"c${i}"`, type, span, ...(literal === undefined ? {} : { literal }) }
  })
  const { duckdb } = overload
  if (typeof duckdb !== 'string') return duckdb(args, contextOf(binding, definition.kind))
  const texts = args.map((a) => a.sql)
  return definition.kind === 'scalar'
    ? `${duckdb}(${texts.join(', ')})`
    : contextOf(binding, definition.kind).aggregate(duckdb, texts)
}

/** A query of the engine's own words, to be run like a translation. */
export function engineQuery(sql: string, columns: readonly LakeType[]): Translation {
  return { sql, columns: columns.map((type, i) => ({ name: `c${i}`, type })), tables: [], ...dependenciesOf(sql) }
}

/** The engine's literal of a plain value of a type, never NULL. */
export function sampleValue(type: LakeType): string {
  const cast = (text: string) => `CAST(${text} AS ${engineType(type)})`
  switch (type.kind) {
    case 'boolean':
      return 'true'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return cast('2')
    case 'real':
    case 'double':
      return cast('0.5')
    case 'decimal':
      return cast('1.25')
    case 'varchar':
      return "'2020'"
    case 'char':
      return "'ab   '"
    case 'json':
      return "'[1]'"
    case 'varbinary':
      return "unhex('3631')"
    case 'ipaddress':
      return "unhex('00000000000000000000ffff0a000001')"
    case 'date':
      return "DATE '2020-01-31'"
    case 'time':
      return type.withTimeZone ? "{'t': TIME '10:11:12.5', 'o': 60}" : "TIME '10:11:12.5'"
    case 'timestamp':
      return type.withTimeZone
        ? "{'t': TIMESTAMP '2020-01-31 10:11:12.5', 'z': '+01:00'}"
        : "TIMESTAMP '2020-01-31 10:11:12.5'"
    case 'interval day to second':
      return cast('86400000')
    case 'interval year to month':
      return cast('1')
    case 'array':
      return `[${sampleValue(type.element)}]`
    case 'map':
      return `MAP([${sampleValue(type.key)}], [${sampleValue(type.value)}])`
    case 'row':
      return `{${type.fields.map((f, i) => `'f${i + 1}': ${sampleValue(f.type)}`).join(', ')}}`
    case 'uuid':
      return cast("'12151fd2-7586-11e9-8f9e-2a86e4085a59'")
    default:
      return cast('NULL')
  }
}
