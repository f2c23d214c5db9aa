import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { identityOf } from '../rewrite/identity.ts'
import type { Emit } from './emitter.ts'
import { bind } from './text.ts'

/** `ASC NULLS LAST` and the like, always written out. */
export function direction(item: ast.SortItem): string {
  return `${item.descending ? 'DESC' : 'ASC'} NULLS ${item.nulls ?? 'LAST'}`
}

/** ORDER BY of a window or an aggregate. `measured`: by a number that a frame measures distances in. */
export function sortItemsSql(items: readonly ast.SortItem[], emit: Emit, measured = false): string {
  const key = (item: ast.SortItem) => {
    const sql = emit(item.expression)
    const type = emit.type(item.expression)
    return measured ? identityOf(sql, type) : sortKey(sql, type, item)
  }
  return items.map((item) => `${key(item)} ${direction(item)}`).join(', ')
}

/** What the engine sorts by for a value: bare constants would be read as positions. */
export function sortKey(sql: string, type: LakeType, item: ast.SortItem): string {
  const key = identityOf(sql, type)
  if (/^\d+$/.test(key)) return `CAST(${key} AS BIGINT)`
  const hasNaN = type.kind === 'double' || type.kind === 'real'
  return hasNaN && item.nulls === 'FIRST' && key.includes('"') ? withLeastNaN(key) : key
}

/** Trino takes NaN for the largest number, but with NULLS FIRST for the smallest. */
function withLeastNaN(key: string): string {
  return bind(key, (v) => `CASE WHEN ${v} IS NOT NULL THEN struct_pack(n := NOT isnan(${v}), v := ${v}) END`)
}
