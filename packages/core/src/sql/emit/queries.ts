import { engineFieldName } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { OutputColumn } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'
import { castSql, sameEngineValue } from '../rewrite/cast/cast.ts'
import { identityOf, isPlain } from '../rewrite/identity.ts'
import { columnNames } from './columns.ts'
import type { Emit } from './emitter.ts'
import { tableSql } from './relations.ts'
import { direction, sortKey } from './sorting.ts'
import { type EmittedSpecification, specificationParts, specificationSql } from './specification.ts'
import { quoteName, quoteString } from './text.ts'
import { withSql } from './with.ts'

/** A query: WITH, body, ORDER BY, OFFSET and LIMIT. Its columns are named by `names`, or by their labels made unique. */
export function querySql(query: ast.Query, emit: Emit, names?: readonly string[]): string {
  const head = query.with ? withSql(query.with, emit) : ''
  const columns = names ?? columnNames(emit.analysis.outputs.get(query)!)
  return `${head}${sortedSql(query, emit, columns)}`
}

function sortedSql(query: ast.Query, emit: Emit, names: readonly string[]): string {
  if (query.limit?.withTies) return withTiesSql(query, emit, names)
  const limits = limitSql(query, emit)
  const { body } = query
  if (query.orderBy.length === 0)
    return `${limits === '' ? bodySql(body, emit, names) : primaryBody(body, emit, names)}${limits}`
  if (body.kind === 'QuerySpecification' && !body.distinct) {
    const parts = specificationParts(body, emit, names)
    const keys = sortKeys(
      query,
      parts.emit.within({ ...parts.emit.scope, outputs: parts.items }),
      parts.items,
      parts.types,
    )
    return `${parts.sql}${orderSql(keys)}${limits}`
  }
  // DISTINCT and set operations are sorted as a whole, by their columns.
  const columns = names.map((name) => `"q".${quoteName(name)}`)
  const types = emit.analysis.outputs.get(body)!.map((column) => column.type)
  const replacements =
    body.kind === 'QuerySpecification'
      ? distinctReplacements(specificationParts(body, emit, names), columns)
      : new Map<string, string>()
  const keys = sortKeys(query, emit.within({ outputs: columns, replacements }), columns, types)
  return `SELECT ${columns.join(', ')} FROM (${bodySql(body, emit, names)}) AS "q"(${names.map(quoteName).join(', ')})${orderSql(keys)}${limits}`
}

/** In ORDER BY of a SELECT DISTINCT an expression of the SELECT list stands for its column. */
function distinctReplacements(parts: EmittedSpecification, columns: readonly string[]): ReadonlyMap<string, string> {
  return new Map(parts.items.map((item, i) => [item, columns[i]!]))
}

interface SortKey {
  readonly sql: string
  readonly direction: string
}

function orderSql(keys: readonly SortKey[]): string {
  return keys.length === 0 ? '' : ` ORDER BY ${keys.map((key) => `${key.sql} ${key.direction}`).join(', ')}`
}

/** ORDER BY as expressions over what is sorted; constants sort nothing. */
function sortKeys(
  query: ast.Query,
  emit: Emit,
  outputs: readonly string[],
  types: readonly LakeType[],
): readonly SortKey[] {
  return query.orderBy.flatMap((item) => {
    const position = emit.analysis.sortPositions.get(item)
    const sql =
      position === undefined
        ? sortKey(emit(item.expression), emit.type(item.expression), item)
        : sortKey(outputs[position]!, types[position]!, item)
    return isConstant(sql) ? [] : [{ sql, direction: direction(item) }]
  })
}

/** The engine refuses to sort by a literal, and a bare number would be a position. */
function isConstant(sql: string): boolean {
  return /^(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|'(?:[^']|'')*'|true|false|CAST\((?:NULL|\d+|'[^']*') AS [^)]*\)\)?|\w+ '[^']*')$/i.test(
    sql,
  )
}

function limitSql(query: ast.Query, emit: Emit): string {
  const limit = query.limit?.count ? ` LIMIT ${countSql(query.limit.count, emit)}` : ''
  const offset = query.offset ? ` OFFSET ${countSql(query.offset, emit)}` : ''
  return `${limit}${offset}`
}

function countSql(count: ast.RowCount, emit: Emit): string {
  return count.kind === 'LongLiteral' ? `${count.value}` : `${emit.environment.parameters[count.index] ?? 0}`
}

/** FETCH FIRST n ROWS WITH TIES: the rows whose rank, after OFFSET, is at most n. */
function withTiesSql(query: ast.Query, emit: Emit, names: readonly string[]): string {
  const { body } = query
  const count = query.limit?.count ? countSql(query.limit.count, emit) : '1'
  const offset = query.offset ? ` OFFSET ${countSql(query.offset, emit)}` : ''
  const columns = names.map((name) => `"q".${quoteName(name)}`)
  const types = emit.analysis.outputs.get(body)!.map((column) => column.type)
  let keys: readonly SortKey[]
  let inner: string
  const keyNames = query.orderBy.map((_, i) => quoteName(`$key${i}`))
  if (body.kind === 'QuerySpecification' && !body.distinct) {
    const parts = specificationParts(body, emit, names)
    keys = sortKeys(query, parts.emit.within({ ...parts.emit.scope, outputs: parts.items }), parts.items, types)
    inner = `${specificationSql(
      body,
      emit,
      names,
      keys.map((key, i) => `${key.sql} AS ${keyNames[i]}`),
    )}`
  } else {
    keys = sortKeys(query, emit.within({ outputs: columns }), columns, types)
    const list = [...columns, ...keys.map((key, i) => `${key.sql} AS ${keyNames[i]}`)].join(', ')
    inner = `SELECT ${list} FROM (${bodySql(body, emit, names)}) AS "q"(${names.map(quoteName).join(', ')})`
  }
  const order = keys.map((key, i) => `"q".${keyNames[i]} ${key.direction}`).join(', ')
  const sorted = `SELECT * FROM (${inner}) AS "q" ORDER BY ${order}${offset}`
  const ranked = `SELECT "q".*, rank() OVER (ORDER BY ${order}) AS "$rank" FROM (${sorted}) AS "q"`
  return `SELECT ${columns.join(', ')} FROM (${ranked}) AS "q" WHERE "q"."$rank" <= ${count} ORDER BY ${order}`
}

/** A body without ORDER BY and LIMIT. */
export function bodySql(body: ast.QueryBody, emit: Emit, names: readonly string[]): string {
  switch (body.kind) {
    case 'QuerySpecification':
      return specificationSql(body, emit, names)
    case 'SetOperation':
      return setOperationSql(body, emit, names)
    case 'Values':
      return valuesSql(body, emit, names)
    case 'TableStatement':
      return tableStatementSql(body, emit, names)
    case 'Query':
      return `(${querySql(body, emit, names)})`
  }
}

/** A body to which LIMIT can be added. */
function primaryBody(body: ast.QueryBody, emit: Emit, names: readonly string[]): string {
  if (body.kind === 'QuerySpecification') return bodySql(body, emit, names)
  return `SELECT * FROM (${bodySql(body, emit, names)}) AS "q"(${names.map(quoteName).join(', ')})`
}

function setOperationSql(node: ast.SetOperation, emit: Emit, names: readonly string[]): string {
  const columns = emit.analysis.outputs.get(node)!
  const left = branchSql(node.left, columns, emit, names)
  const right = branchSql(node.right, columns, emit, names)
  if (columns.every(({ type }) => isPlain(type)))
    return `(${left}) ${node.operator}${node.all ? ' ALL' : ''} (${right})`
  if (node.operator === 'UNION') {
    const all = `(${left}) UNION ALL (${right})`
    return node.all ? all : distinctSql(all, columns, names)
  }
  return identitySetSql(node, left, right, columns, names)
}

/** INTERSECT and EXCEPT by identity: rows are told apart by the identities of their columns and by how many there were before. */
function identitySetSql(
  node: ast.SetOperation,
  left: string,
  right: string,
  columns: readonly OutputColumn[],
  names: readonly string[],
): string {
  const list = names.map(quoteName).join(', ')
  const keys = columns.map(({ type }, i) => identityOf(`"q".${quoteName(names[i]!)}`, type))
  const numbered = (sql: string): string =>
    `SELECT ${[...names.map((n) => `"q".${quoteName(n)}`), `struct_pack(${keys.map((k, i) => `k${i} := ${k}`).join(', ')}) AS "$key"`, `row_number() OVER (PARTITION BY ${keys.join(', ')}) AS "$n"`].join(', ')} FROM (${sql}) AS "q"(${list})`
  const keep = node.operator === 'INTERSECT' ? 'EXISTS' : 'NOT EXISTS'
  const same = `"b"."$key" IS NOT DISTINCT FROM "a"."$key"${node.all ? ' AND "b"."$n" = "a"."$n"' : ''}`
  const first = node.all ? '' : ' AND "a"."$n" = 1'
  return `SELECT ${names.map((n) => `"a".${quoteName(n)}`).join(', ')} FROM (${numbered(left)}) AS "a" WHERE ${keep} (SELECT 1 FROM (${numbered(right)}) AS "b" WHERE ${same})${first}`
}

/** A branch of a set operation in the common types. */
function branchSql(
  body: ast.QueryBody,
  columns: readonly OutputColumn[],
  emit: Emit,
  names: readonly string[],
): string {
  const own = emit.analysis.outputs.get(body)!
  const sql = bodySql(body, emit, names)
  if (own.every(({ type }, i) => sameEngineValue(type, columns[i]!.type))) return sql
  const items = own.map(
    ({ type }, i) => `${castSql(`"q".${quoteName(names[i]!)}`, type, columns[i]!.type)} AS ${quoteName(names[i]!)}`,
  )
  return `SELECT ${items.join(', ')} FROM (${sql}) AS "q"(${names.map(quoteName).join(', ')})`
}

/** DISTINCT by identity: of equal rows the engine's first stands for all. */
export function distinctSql(sql: string, columns: readonly OutputColumn[], names: readonly string[]): string {
  const columnSqls = names.map((name) => `"d".${quoteName(name)}`)
  const keys = columns.map(({ type }, i) => identityOf(columnSqls[i]!, type))
  const items = columns.map(
    ({ type }, i) => `${isPlain(type) ? columnSqls[i] : `any_value(${columnSqls[i]})`} AS ${quoteName(names[i]!)}`,
  )
  return `SELECT ${items.join(', ')} FROM (${sql}) AS "d"(${names.map(quoteName).join(', ')}) GROUP BY ${keys.join(', ')}`
}

function valuesSql(node: ast.Values, emit: Emit, names: readonly string[]): string {
  const columns = emit.analysis.outputs.get(node)!
  const rows = node.rows.map((row) => `(${valuesRow(row, columns, emit).join(', ')})`)
  return `SELECT * FROM (VALUES ${rows.join(', ')}) AS "v"(${names.map(quoteName).join(', ')})`
}

/** The cells of a row: items of a row constructor, members of a row value, or one value. */
function valuesRow(node: ast.Expression, columns: readonly OutputColumn[], emit: Emit): readonly string[] {
  if (node.kind === 'Parenthesized') return valuesRow(node.expression, columns, emit)
  if (node.kind === 'Row') return node.items.map((item, i) => emit.as(item, columns[i]!.type))
  const type = emit.analysis.typeOf.get(node)!
  if (type.kind !== 'row') return [emit.as(node, columns[0]!.type)]
  const value = emit.raw(node)
  return type.fields.map((field, i) =>
    castSql(`struct_extract(${value}, ${quoteString(engineFieldName(type.fields, i))})`, field.type, columns[i]!.type),
  )
}

function tableStatementSql(node: ast.TableStatement, emit: Emit, names: readonly string[]): string {
  const leaf = emit.analysis.leaves.get(node.table)!
  const visible = leaf.columns.map((column, index) => ({ column, index })).filter(({ column }) => !column.hidden)
  const { from, columnOf } = tableSql(leaf, emit)
  return `SELECT ${visible.map(({ index }, i) => `${columnOf(index)} AS ${quoteName(names[i]!)}`).join(', ')} FROM ${from}`
}
