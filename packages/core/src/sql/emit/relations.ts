import type { RelationColumn, RelationLeaf } from '../analyze/analysis.ts'
import type * as ast from '../ast.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { compareSql } from '../rewrite/comparison.ts'
import { columnList, columnNames, columnSql, isZipped, leafAlias } from './columns.ts'
import { conditionSql } from './conditions.ts'
import type { Emit } from './emitter.ts'
import { unsupported } from './expressions.ts'
import { quoteName } from './text.ts'

/** The relations of FROM, joined by commas. */
export function fromSql(relations: readonly ast.Relation[], emit: Emit): string {
  return relations.map((relation) => relationSql(relation, emit)).join(', ')
}

function relationSql(node: ast.Relation, emit: Emit): string {
  switch (node.kind) {
    case 'AliasedRelation':
    case 'ParenthesizedRelation':
      return relationSql(node.relation, emit)
    case 'SampledRelation':
      return sampledSql(node, emit)
    case 'Join':
      return joinSql(node, emit)
    default:
      return leafSql(leafOf(node, emit), emit)
  }
}

function leafOf(node: ast.Relation, emit: Emit): RelationLeaf {
  const leaf = emit.analysis.leaves.get(node)
  if (leaf === undefined) throw new TypeError(`no relation for ${node.kind}`)
  return leaf
}

/** A relation with its alias. */
function leafSql(leaf: RelationLeaf, emit: Emit): string {
  const alias = leafAlias(leaf)
  const { source } = leaf
  switch (source.kind) {
    case 'table':
      return `${quoteName(emit.environment.viewOf(leaf))} AS ${alias}`
    case 'with':
      return `${quoteName(emit.environment.withName(source.query))} AS ${alias}(${columnList(leaf.columns)})`
    case 'query': {
      const names = columnNames(leaf.columns)
      const lateral = leaf.node.kind === 'Lateral' ? 'LATERAL ' : ''
      return `${lateral}(${emit.query(source.query, names)}) AS ${alias}(${names.map(quoteName).join(', ')})`
    }
    case 'unnest':
      return `UNNEST(${unnestList(leaf, emit)}) AS ${alias}("u")`
  }
}

/** The one list of an UNNEST: several, and the ordinals, are zipped. */
function unnestList(leaf: RelationLeaf, emit: Emit): string {
  if (leaf.node.kind !== 'Unnest' || leaf.source.kind !== 'unnest') throw new TypeError('not an UNNEST')
  const lists = leaf.node.expressions.map((expression) => {
    const sql = emit(expression)
    return emit.type(expression).kind === 'map' ? `map_entries(${sql})` : sql
  })
  if (!isZipped(leaf)) return lists[0]!
  const safe = lists.map((list) => `coalesce(${list}, [])`)
  const lengths = safe.map((list) => `len(${list})`)
  const longest = lengths.length === 1 ? lengths[0]! : `greatest(${lengths.join(', ')})`
  const zipped = leaf.node.withOrdinality ? [...safe, `generate_series(CAST(1 AS BIGINT), ${longest})`] : safe
  return `list_zip(${zipped.join(', ')})`
}

/** A table as a whole, for `TABLE name`. */
export function tableSql(
  leaf: RelationLeaf,
  emit: Emit,
): { readonly from: string; readonly columnOf: (index: number) => string } {
  return { from: leafSql(leaf, emit), columnOf: (index) => columnSql(leaf.columns[index]!) }
}

function joinSql(node: ast.Join, emit: Emit): string {
  const left = relationSql(node.left, emit)
  const right = relationSql(node.right, emit)
  if (node.type === 'CROSS') return `(${left} CROSS JOIN ${right})`
  const on = node.criteria?.kind === 'On' ? conditionSql(node.criteria.expression, emit) : usingCondition(node, emit)
  return `(${left} ${node.type} JOIN ${right} ON ${on})`
}

function usingCondition(node: ast.Join, emit: Emit): string {
  const merged = emit.analysis.usings?.get(node)
  if (merged === undefined) return unsupported('JOIN USING', node)
  const tests = merged.map((column: RelationColumn) => {
    if (column.origin.kind !== 'using') throw new TypeError('not a USING column')
    const { left, right } = column.origin
    return compareSql(
      '=',
      castSql(columnSql(left), left.type, column.type),
      castSql(columnSql(right), right.type, column.type),
      column.type,
    )
  })
  return tests.length === 1 ? tests[0]! : `(${tests.join(' AND ')})`
}

function sampledSql(node: ast.SampledRelation, emit: Emit): string {
  const inner = unwrap(node.relation)
  const percentage = percentageOf(node.percentage, emit)
  if (inner.kind === 'Join') return unsupported('TABLESAMPLE of a join', node)
  const leaf = leafOf(inner, emit)
  if (leaf.source.kind === 'unnest' || leaf.node.kind === 'Lateral')
    return unsupported('TABLESAMPLE of UNNEST or LATERAL', node)
  if (percentage === 100) return leafSql(leaf, emit)
  return `${leafSql(leaf, emit)} TABLESAMPLE ${node.method} (${percentage} PERCENT)`
}

function unwrap(node: ast.Relation): ast.Relation {
  return node.kind === 'AliasedRelation' || node.kind === 'ParenthesizedRelation' ? unwrap(node.relation) : node
}

function percentageOf(node: ast.Expression, emit: Emit): number {
  switch (node.kind) {
    case 'LongLiteral':
      return Number(node.value)
    case 'DecimalLiteral':
    case 'DoubleLiteral':
      return Number(node.text)
    case 'Parenthesized':
      return percentageOf(node.expression, emit)
    default:
      return unsupported('TABLESAMPLE with a percentage that is not a literal', node)
  }
}
