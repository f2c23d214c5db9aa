import type { LakeType } from '../../schema/types.ts'
import { identityOf, isPlain } from '../rewrite/identity.ts'

/**
 * Turns a value into one that the engine finds equal exactly when Trino finds the first equal; undefined when the value itself will do.
 */
export function comparisonKey(type: LakeType): ((sql: string) => string) | undefined {
  return isPlain(type) ? undefined : (sql) => identityOf(sql, type)
}

/** True for types that hold NaN as a value equal to nothing. */
export const hasNaN = (type: LakeType): boolean => type.kind === 'double' || type.kind === 'real'
