import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { GroupingAnalysis, OutputItem } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'
import { identityOf, isPlain } from '../rewrite/identity.ts'
import { columnSql } from './columns.ts'
import { havingSql, whereSql } from './conditions.ts'
import type { Emit } from './emitter.ts'
import { fieldSql, isLiteral } from './expressions.ts'
import { distinctSql } from './queries.ts'
import { fromSql } from './relations.ts'
import { quoteName } from './text.ts'

export interface EmittedSpecification {
  /** The whole, without DISTINCT. */
  readonly sql: string
  /** The SELECT list, without names. */
  readonly items: readonly string[]
  readonly types: readonly LakeType[]
  /** The emitter for expressions that stand where the SELECT list stands. */
  readonly emit: Emit
}

/** SELECT … FROM … WHERE … GROUP BY … HAVING …; `extra` items follow the list. */
export function specificationSql(
  node: ast.QuerySpecification,
  emit: Emit,
  names: readonly string[],
  extra: readonly string[] = [],
): string {
  const { sql } = specificationParts(node, emit, names, extra)
  return node.distinct ? distinct(sql, node, emit, names) : sql
}

function distinct(sql: string, node: ast.QuerySpecification, emit: Emit, names: readonly string[]): string {
  const columns = emit.analysis.outputs.get(node)!
  if (columns.every(({ type }) => isPlain(type))) return sql.replace(/^SELECT /, 'SELECT DISTINCT ')
  return distinctSql(sql, columns, names)
}

export function specificationParts(
  node: ast.QuerySpecification,
  emit: Emit,
  names: readonly string[],
  extra: readonly string[] = [],
): EmittedSpecification {
  const analysis = emit.analysis.specifications.get(node)!
  const base = emit.within({})
  const grouped = groupingOf(analysis.grouping, base)
  const items = analysis.items.map((item) => itemSql(item, grouped.emit))
  const types = analysis.items.map((item) => itemType(item, emit))
  const isResult = emit.environment.results.has(node)
  const list = [
    ...items.map((sql, i) => `${isResult ? inEngineType(sql, types[i]!) : sql} AS ${quoteName(names[i]!)}`),
    ...extra,
  ]
  const from = node.from.length === 0 ? '' : ` FROM ${fromSql(node.from, base)}`
  const where = node.where ? ` WHERE ${whereSql(node.where, from, base)}` : ''
  const having = node.having ? ` HAVING ${havingSql(node.having, grouped.emit)}` : ''
  return { sql: `SELECT ${list.join(', ')}${from}${where}${grouped.clause}${having}`, items, types, emit: grouped.emit }
}

/** A column of the result in exactly the engine's type of its own: the engine forgets types of values that it finds to be NULL. */
function inEngineType(sql: string, type: LakeType): string {
  if (/^"r\d+"\.("[^"]+")$/.test(sql) || type.kind === 'opaque' || type.kind === 'function') return sql
  const wanted = engineType(type)
  return sql.startsWith('CAST(') && sql.endsWith(` AS ${wanted})`) ? sql : `CAST(${sql} AS ${wanted})`
}

function itemSql(item: OutputItem, emit: Emit): string {
  switch (item.kind) {
    case 'expression':
      return emit(item.expression)
    case 'column': {
      const sql = columnSql(item.column)
      return emit.scope.replacements?.get(sql) ?? sql
    }
    case 'field':
      return fieldSql(emit(item.base), emit.type(item.base), item.field)
  }
}

function itemType(item: OutputItem, emit: Emit): LakeType {
  switch (item.kind) {
    case 'expression':
      return emit.type(item.expression)
    case 'column':
      return item.column.type
    case 'field': {
      const type = emit.type(item.base)
      return type.kind === 'row' ? type.fields[item.field]!.type : type
    }
  }
}

/**
 * GROUP BY, and the emitter for what stands over the groups.
 *
 * A key whose identity is not the engine's (a timestamp with a zone, a map) is grouped by that identity, and stands above for any of the group's values.
 */
function groupingOf(
  grouping: GroupingAnalysis | undefined,
  emit: Emit,
): { readonly clause: string; readonly emit: Emit } {
  if (grouping === undefined) return { clause: '', emit }
  const replacements = new Map<string, string>()
  const whole = grouping.sets.length === 1 && grouping.sets[0]!.length === grouping.expressions.length
  const keys = grouping.expressions.map((expression) => {
    const [sql, type] = [emit(expression), emit.type(expression)]
    if (isLiteral(expression) || /^\d+$/.test(sql)) return `coalesce(${sql})`
    const key = identityOf(sql, type)
    if (key !== sql)
      replacements.set(sql, whole ? `any_value(${sql})` : `CASE WHEN GROUPING(${key}) = 0 THEN any_value(${sql}) END`)
    return key
  })
  const above = replacements.size === 0 ? emit : emit.within({ ...emit.scope, replacements })
  if (whole) return { clause: ` GROUP BY ${keys.length === 0 ? '()' : keys.join(', ')}`, emit: above }
  const sets = grouping.sets.map((set) => `(${set.map((index) => keys[index]).join(', ')})`)
  return { clause: ` GROUP BY GROUPING SETS (${sets.join(', ')})`, emit: above }
}
