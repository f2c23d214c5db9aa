import { type ErrorCode, TraillakeError } from '../../errors/index.ts'
import { engineType } from '../../schema/engine-type.ts'
import { type LakeType, VARCHAR } from '../../schema/types.ts'
import { bare } from '../analyze/names.ts'
import type * as ast from '../ast.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { toJson } from '../rewrite/cast/json.ts'
import { plainText } from '../rewrite/cast/text.ts'
import { parsePath } from '../rewrite/json-path/parse.ts'
import { raiseSql } from '../rewrite/raise.ts'
import { tried } from '../rewrite/try.ts'
import type { Emit } from './emitter.ts'
import { nullOf } from './literals.ts'
import { bindAlways, quoteString } from './text.ts'

/** JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT, JSON_ARRAY. */
export function jsonFunctionSql(node: ast.JsonFunction, emit: Emit): string {
  switch (node.name) {
    case 'JSON_EXISTS':
      return existsSql(node, emit)
    case 'JSON_VALUE':
      return valueSql(node, emit)
    case 'JSON_QUERY':
      return querySql(node, emit)
    case 'JSON_ARRAY':
      return arraySql(node, emit)
    case 'JSON_OBJECT':
      return objectSql(node, emit)
  }
}

/** The items of the path, as `trino_json_path` gives them. */
function pathSql(node: ast.JsonFunction, emit: Emit): string {
  const path = node.path ?? ''
  try {
    parsePath(path)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new TraillakeError('SYNTAX_ERROR', { message: error.message }, { span: node.span })
  }
  const members = (node.passing ?? []).map(({ value, name, formatJson }) => {
    const json = formatJson ? `trino_json_format(${emit(value)})` : jsonOf(value, emit)
    return `${quoteString(`${JSON.stringify(name.value)}:`)} || coalesce(${json}, 'null')`
  })
  const passing = members.length === 0 ? `'{}'` : `('{' || ${members.join(" || ',' || ")} || '}')`
  return `trino_json_path(${emit.as(node.arguments[0]!, VARCHAR)}, ${quoteString(path)}, ${passing})`
}

function existsSql(node: ast.JsonFunction, emit: Emit): string {
  return bindAlways(pathSql(node, emit), (r) => {
    const failed =
      { ERROR: failure('BOOLEAN', r), TRUE: 'true', UNKNOWN: 'CAST(NULL AS BOOLEAN)' }[node.onError?.kind as 'ERROR'] ??
      'false'
    return `CASE WHEN ${r}[1] <> '' THEN ${failed} WHEN ${r} IS NOT NULL THEN len(${r}) > 1 END`
  })
}

/** Fails with what a path's answer says of its failure. */
function failure(type: string, r: string): string {
  return `CAST(CAST('TRINO:' || CASE ${r}[1] WHEN 'INPUT' THEN 'JSON_INPUT_CONVERSION_ERROR:' ELSE 'PATH_EVALUATION_ERROR:' END || ${r}[2] AS INTEGER) AS ${type})`
}

function valueSql(node: ast.JsonFunction, emit: Emit): string {
  const type = emit.analysis.typeOf.get(node)!
  return bindAlways(pathSql(node, emit), (r) => {
    const onEmpty = behavior(
      node.onEmpty,
      type,
      emit,
      refusal(type, 'JSON_VALUE_RESULT_ERROR', 'cannot extract SQL scalar from JSON: JSON path found no items'),
    )
    const onError = (failing: string): string => behavior(node.onError, type, emit, failing)
    const many = onError(
      refusal(type, 'JSON_VALUE_RESULT_ERROR', 'cannot extract SQL scalar from JSON: JSON path found multiple items'),
    )
    const nested = onError(
      refusal(
        type,
        'JSON_VALUE_RESULT_ERROR',
        'cannot extract SQL scalar from JSON: JSON path found an item that cannot be converted to an SQL value',
      ),
    )
    return `CASE WHEN ${r}[1] <> '' THEN ${onError(castFailure(type, r))} WHEN len(${r}) = 1 THEN ${onEmpty} WHEN len(${r}) > 2 THEN ${many} WHEN ${r}[2][1] IN ('[', '{') THEN ${nested} ELSE ${itemSql(`${r}[2]`, type, node, emit)} END`
  })
}

/** A scalar item in the type that RETURNING names. */
function itemSql(item: string, type: LakeType, node: ast.JsonFunction, emit: Emit): string {
  const converted =
    type.kind === 'date' || type.kind === 'time' || type.kind === 'timestamp'
      ? castSql(castSql(item, { kind: 'json' }, VARCHAR), VARCHAR, type)
      : castSql(item, { kind: 'json' }, type)
  switch (node.onError?.kind) {
    case 'ERROR':
      return converted
    case 'DEFAULT':
      return `CASE WHEN ${item} = 'null' THEN ${nullOf(type)} ELSE coalesce(${tried(converted)}, ${emit.as(node.onError.value, type)}) END`
    default:
      return tried(converted)
  }
}

function behavior(given: ast.JsonBehavior | undefined, type: LakeType, emit: Emit, failing: string): string {
  switch (given?.kind) {
    case 'ERROR':
      return failing
    case 'DEFAULT':
      return emit.as(given.value, type)
    case 'EMPTY ARRAY':
      return `'[]'`
    case 'EMPTY OBJECT':
      return `'{}'`
    default:
      return nullOf(type)
  }
}

function refusal(type: LakeType, code: ErrorCode, message: string): string {
  return raiseSql(code, quoteString(message), type)
}

function castFailure(type: LakeType, r: string): string {
  const text = failure('VARCHAR', r)
  return type.kind === 'varchar' || type.kind === 'char' ? text : `CAST(${text} AS ${engineType(type)})`
}

function querySql(node: ast.JsonFunction, emit: Emit): string {
  const type = emit.analysis.typeOf.get(node)!
  return bindAlways(pathSql(node, emit), (r) => {
    const onEmpty = behavior(
      node.onEmpty,
      VARCHAR,
      emit,
      refusal(VARCHAR, 'PATH_EVALUATION_ERROR', 'cannot extract JSON: JSON path found no items'),
    )
    const onError = (failing: string): string => behavior(node.onError, VARCHAR, emit, failing)
    const array = `'[' || array_to_string(${r}[2:], ',') || ']'`
    const only =
      node.quotes === 'OMIT'
        ? `CASE WHEN ${r}[2][1] = '"' THEN json_extract_string(${r}[2], '$') ELSE ${r}[2] END`
        : `${r}[2]`
    const many = onError(
      refusal(VARCHAR, 'PATH_EVALUATION_ERROR', 'cannot extract JSON: JSON path found multiple items'),
    )
    const wrapped =
      node.wrapper === 'UNCONDITIONAL'
        ? array
        : node.wrapper === 'CONDITIONAL'
          ? `CASE WHEN len(${r}) = 2 AND ${r}[2][1] IN ('[', '{') THEN ${r}[2] ELSE ${array} END`
          : `CASE WHEN len(${r}) > 2 THEN ${many} ELSE ${only} END`
    const text = `CASE WHEN ${r}[1] <> '' THEN ${onError(castFailure(VARCHAR, r))} WHEN len(${r}) = 1 THEN ${onEmpty} ELSE ${wrapped} END`
    return castSql(`(${text})`, VARCHAR, type)
  })
}

/** A value as JSON text: FORMAT JSON and other JSON functions are JSON already. */
function elementSql(node: ast.JsonFunction, index: number, emit: Emit): string {
  const value = node.arguments[index]!
  const inner = bare(value)
  const isJson = inner.kind === 'JsonFunction' && inner.name !== 'JSON_VALUE' && inner.name !== 'JSON_EXISTS'
  if (node.formatJson?.[index]) return `trino_json_format(${emit(value)})`
  return isJson ? emit(value) : jsonOf(value, emit)
}

function jsonOf(value: ast.Expression, emit: Emit): string {
  const type = emit.type(value)
  const direct = [
    'boolean',
    'tinyint',
    'smallint',
    'integer',
    'bigint',
    'decimal',
    'double',
    'real',
    'varchar',
    'json',
    'unknown',
  ]
  return direct.includes(type.kind)
    ? toJson(emit(value), type)
    : `CAST(to_json(${plainText(emit(value), type)}) AS VARCHAR)`
}

function arraySql(node: ast.JsonFunction, emit: Emit): string {
  const values = node.arguments.map((_, i) =>
    node.nullOnNull ? `coalesce(${elementSql(node, i, emit)}, 'null')` : elementSql(node, i, emit),
  )
  if (values.length === 0) return `'[]'`
  return castSql(
    `('[' || coalesce(array_to_string([${values.join(', ')}], ','), '') || ']')`,
    VARCHAR,
    emit.analysis.typeOf.get(node)!,
  )
}

/** Members stand in the order of their names. */
function objectSql(node: ast.JsonFunction, emit: Emit): string {
  if (node.arguments.length === 0) return `'{}'`
  const keepNulls = node.nullOnNull ?? true
  const members = node.arguments.map((_, i) => {
    const value = elementSql(node, i, emit)
    return `{'k': ${emit(node.keys![i]!)}, 'v': ${keepNulls ? `coalesce(${value}, 'null')` : value}}`
  })
  const [code, message] = node.uniqueKeys
    ? (['INVALID_FUNCTION_ARGUMENT', 'duplicate key passed to JSON_OBJECT function'] as const)
    : (['NOT_SUPPORTED', 'cannot construct a JSON object with duplicate key'] as const)
  const entries = keepNulls
    ? `[${members.join(', ')}]`
    : `list_filter([${members.join(', ')}], lambda e: e.v IS NOT NULL)`
  const text = bindAlways(entries, (e) => {
    const names = `list_transform(${e}, lambda e: e.k)`
    const joined = `array_to_string(list_transform(list_sort(${e}), lambda e: CAST(to_json(e.k) AS VARCHAR) || ':' || e.v), ',')`
    return `CASE WHEN len(list_distinct(${names})) < len(${e}) THEN ${refusal(VARCHAR, code, message)} ELSE '{' || ${joined} || '}' END`
  })
  return castSql(text, VARCHAR, emit.analysis.typeOf.get(node)!)
}
