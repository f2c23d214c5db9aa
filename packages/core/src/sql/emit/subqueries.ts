import { engineFieldName } from '../../schema/engine-type.ts'
import { type LakeType, sameType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { identityOf } from '../rewrite/identity.ts'
import type { Emit } from './emitter.ts'
import { comparedType } from './expressions.ts'
import { quoteName } from './text.ts'

/** `(query)` as a value; more than one column makes a row of them. */
export function scalarSql(node: ast.Subquery, emit: Emit): string {
  // The node's own type names the members of a row as analysis does.
  return `(${asOneColumn(node.query, emit.analysis.typeOf.get(node)!, emit, (value) => value)})`
}

export function existsSql(node: ast.Exists, emit: Emit): string {
  return `(EXISTS (${emit.query(node.query)}))`
}

/** `value IN (query)`. */
export function inQuerySql(node: ast.In, query: ast.Query, emit: Emit): string {
  const [value, type] = [emit(node.value), emit.type(node.value)]
  const produced = queryType(query, emit, emit.analysis.typeOf.get(node.value))
  const common = comparedType(type, produced)
  const sql = `(${identityOf(value, common)} IN (${asOneColumn(query, produced, emit, (v) => identityOf(castSql(v, produced, common), common))}))`
  return node.negated ? `(NOT ${sql})` : sql
}

/** `value op ALL|ANY (query)`. */
export function quantifiedSql(node: ast.QuantifiedComparison, emit: Emit): string {
  const [value, type] = [emit(node.value), emit.type(node.value)]
  const produced = queryType(node.query, emit, emit.analysis.typeOf.get(node.value))
  const common = comparedType(type, produced)
  const list = asOneColumn(node.query, produced, emit, (v) => identityOf(castSql(v, produced, common), common))
  const key = identityOf(value, common)
  const sql = `(${key} ${node.operator} ${node.quantifier} (${list}))`
  return isOfDistinct(node) && common.kind !== 'row'
    ? `(CASE WHEN ${key} IS NULL THEN ${ofDistinct(list, node.quantifier === 'ALL')} ELSE ${sql} END)`
    : sql
}

/** `= ALL` and `<> ANY`: Trino looks first whether the query has two values, which decides for NULL, too. */
function isOfDistinct({ operator, quantifier }: ast.QuantifiedComparison): boolean {
  return quantifier === 'ALL' ? operator === '=' : operator === '<>'
}

function ofDistinct(list: string, isAll: boolean): string {
  return `(SELECT CASE WHEN count(*) = 0 THEN ${isAll} WHEN count(DISTINCT "c") > 1 THEN ${!isAll} END FROM (${list}) AS "q"("c"))`
}

/** The type of a query as a value: of its column, or a row of its columns; one column is a row, too, where a row is compared with it. */
function queryType(query: ast.Query, emit: Emit, compared?: LakeType): LakeType {
  const columns = emit.analysis.outputs.get(query)!
  const only = columns.length === 1 ? columns[0]!.type : undefined
  return only !== undefined && compared?.kind !== 'row'
    ? only
    : { kind: 'row', fields: columns.map(({ type }) => ({ type })) }
}

function asOneColumn(query: ast.Query, type: LakeType, emit: Emit, shape: (value: string) => string): string {
  const columns = emit.analysis.outputs.get(query)!
  const isWhole = columns.length === 1 && sameType(columns[0]!.type, type)
  if (isWhole && shape('"q"."c"') === '"q"."c"') return emit.query(query)
  const names = columns.map((_, i) => quoteName(`c${i}`))
  const members = (): string =>
    type.kind !== 'row'
      ? ''
      : names.map((name, i) => `${quoteName(engineFieldName(type.fields, i))} := "q".${name}`).join(', ')
  const value = isWhole ? `"q".${names[0]}` : `struct_pack(${members()})`
  return `SELECT ${shape(value)} FROM (${emit.query(query)}) AS "q"(${names.join(', ')})`
}
