import type { OutputColumn } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'
import { castSql, sameEngineValue } from '../rewrite/cast/cast.ts'
import { walk } from '../visit.ts'
import { columnNames } from './columns.ts'
import type { Emit } from './emitter.ts'
import { unsupported } from './expressions.ts'
import { bodySql } from './queries.ts'
import { quoteName } from './text.ts'

/** Trino's limit of rounds of a recursive query. */
const MAX_DEPTH = 10

/** `WITH …` and a blank. */
export function withSql(node: ast.With, emit: Emit): string {
  const queries = node.queries.flatMap((query) =>
    isRecursive(query, emit) ? recursiveSql(query, emit) : [plainSql(query, emit)],
  )
  return `WITH ${queries.join(', ')} `
}

function plainSql(node: ast.WithQuery, emit: Emit): string {
  const names = columnNames(columnsOf(node, emit))
  return `${quoteName(emit.environment.withName(node))}(${names.map(quoteName).join(', ')}) AS ${isSmall(node.query.body) ? '' : 'NOT MATERIALIZED '}(${emit.query(node.query, names)})`
}

/**
 * True for a query that gathers rows: that is dearer to do twice than to keep.
 *
 * Any other is put in where it is used, as Trino does: the engine would keep every column of a query used twice, wanted or not.
 */
function isSmall(body: ast.QueryBody): boolean {
  if (body.kind === 'Query') return isSmall(body.body)
  return body.kind === 'QuerySpecification' && (body.groupBy !== undefined || body.distinct)
}

function columnsOf(node: ast.WithQuery, emit: Emit): readonly OutputColumn[] {
  return emit.analysis.outputs
    .get(node.query)!
    .map((column, i) => ({ ...column, name: node.columns?.[i]?.value ?? column.name }))
}

function isRecursive(node: ast.WithQuery, emit: Emit): boolean {
  let found = false
  walk(node.query, (n) => {
    const leaf = n.kind === 'Table' ? emit.analysis.leaves.get(n) : undefined
    if (leaf?.source.kind === 'with' && leaf.source.query === node) found = true
  })
  return found
}

/**
 * A recursive query, unrolled as Trino does it: the first round, ten more, each over the rows of the one before, and a last one that must be empty.
 *
 * The engine's own recursion has no limit of depth, and `UNION` there drops rows between rounds.
 */
function recursiveSql(node: ast.WithQuery, emit: Emit): readonly string[] {
  const { body } = node.query
  if (
    body.kind !== 'SetOperation' ||
    body.operator !== 'UNION' ||
    node.query.with ||
    node.query.orderBy.length > 0 ||
    node.query.limit ||
    node.query.offset
  ) {
    return unsupported('a recursive query of this form', node)
  }
  const columns = columnsOf(node, emit)
  const names = columnNames(columns)
  const list = names.map(quoteName).join(', ')
  const name = emit.environment.withName(node)
  const round = (depth: number): string => `${name}:${depth}`
  const rounds = [
    `${quoteName(round(0))}(${list}) AS MATERIALIZED (${inTypes(body.left, columns, emit, names)})`,
    ...Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => {
      const step = inTypes(body.right, columns, emit.renamed(node, round(depth)), names)
      return `${quoteName(round(depth + 1))}(${list}) AS MATERIALIZED (${step})`
    }),
  ]
  const failing = `CAST('TRINO:NOT_SUPPORTED:Recursion depth limit exceeded (${MAX_DEPTH}). Use ''max_recursion_depth'' session property to modify the limit.' AS BOOLEAN)`
  const all = Array.from(
    { length: MAX_DEPTH + 2 },
    (_, depth) => `SELECT * FROM ${quoteName(round(depth))}${depth > MAX_DEPTH ? ` WHERE ${failing}` : ''}`,
  )
  const union = all.join(' UNION ALL ')
  return [
    ...rounds,
    `${quoteName(name)}(${list}) AS (${body.all ? union : `SELECT DISTINCT * FROM (${union}) AS "q"`})`,
  ]
}

function inTypes(body: ast.QueryBody, columns: readonly OutputColumn[], emit: Emit, names: readonly string[]): string {
  const own = emit.analysis.outputs.get(body)!
  const sql = bodySql(body, emit, names)
  if (own.every(({ type }, i) => sameEngineValue(type, columns[i]!.type))) return sql
  const items = own.map(({ type }, i) => castSql(`"q".${quoteName(names[i]!)}`, type, columns[i]!.type))
  return `SELECT ${items.join(', ')} FROM (${sql}) AS "q"(${names.map(quoteName).join(', ')})`
}
