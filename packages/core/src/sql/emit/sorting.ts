import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { identityOf } from '../rewrite/identity.ts'
import type { Emit } from './emitter.ts'

/** `ASC NULLS LAST` and the like, always written out. */
export function direction(item: ast.SortItem): string {
  return `${item.descending ? 'DESC' : 'ASC'} NULLS ${item.nulls ?? 'LAST'}`
}

/** ORDER BY of a window or an aggregate. */
export function sortItemsSql(items: readonly ast.SortItem[], emit: Emit): string {
  return items
    .map((item) => `${sortKey(emit(item.expression), emit.type(item.expression))} ${direction(item)}`)
    .join(', ')
}

/** What the engine sorts by for a value: bare constants would be read as positions. */
export function sortKey(sql: string, type: LakeType): string {
  const key = identityOf(sql, type)
  return /^\d+$/.test(key) ? `CAST(${key} AS BIGINT)` : key
}
