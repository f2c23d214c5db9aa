import type { ScanBounds } from '../../schema/bounds.ts'
import type * as ast from '../ast.ts'
import { findWindowed } from './aggregates.ts'
import type { Analysis } from './analysis.ts'
import type { ConstantFolder } from './constants.ts'
import { columnKeyOf, type FactFinder } from './facts.ts'
import { type OnlyTable, onlyTable } from './only-table.ts'

/** A use of a table of which a query can need no more than the first rows by time. */
export interface FirstRows {
  readonly source: OnlyTable['source']
  readonly first: NonNullable<ScanBounds['first']>
}

/**
 * Finds `SELECT … FROM table ORDER BY eventTime LIMIT n`: without WHERE, groups, DISTINCT and windows, each row of the table is a row of the
 * result, and those behind the first n do not matter. FETCH FIRST … WITH TIES and further sort items choose among rows of the last time
 * that is wanted, all of which count as first.
 */
export function findFirstRows(
  analysis: Analysis,
  finder: FactFinder,
  constants: ConstantFolder,
  query: ast.Query,
): FirstRows | undefined {
  const { body, limit, offset, orderBy } = query
  const [sort] = orderBy
  if (body.kind !== 'QuerySpecification' || !limit?.count || !sort || sort.nulls === 'FIRST') return undefined
  const specification = analysis.specifications.get(body)
  if (!specification || specification.grouping || body.distinct || body.where || body.having) return undefined
  const table = onlyTable(analysis, body)
  if (!table) return undefined
  const { items } = specification
  const expressions = [...items.flatMap((item) => (item.kind === 'expression' ? [item.expression] : []))]
  if (findWindowed([...expressions, ...orderBy.map((item) => item.expression)]).length > 0) return undefined

  const position = analysis.sortPositions.get(sort)
  const item = position === undefined ? undefined : items[position]
  const key =
    item?.kind === 'column'
      ? columnKeyOf(item.column)
      : finder.keyOf(item?.kind === 'expression' ? item.expression : sort.expression)
  if (key === undefined || key !== table.keyOf('eventtime')) return undefined
  const [count, skipped] = [constants.integer(limit.count), offset ? constants.integer(offset) : 0]
  if (count === undefined || skipped === undefined) return undefined
  return { source: table.source, first: { rows: count + skipped, descending: sort.descending } }
}
