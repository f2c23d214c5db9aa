import type { ErrorCode } from '../../errors/index.ts'
import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import { quoteString } from '../emit/text.ts'

const NUMERIC = new Set(['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'real', 'double', 'decimal'])

/**
 * An expression of type `type` that fails when it is computed, with Trino's code and message.
 *
 * A cast that cannot succeed is the only failure that works inside CASE and that TRY() catches; `error()` is volatile.
 * @param message SQL text of the message; when it is NULL nothing fails and the value is NULL
 */
export function raiseSql(code: ErrorCode, message: string, type: LakeType): string {
  const failing = `CAST(${quoteString(`TRINO:${code}:`)} || ${message} AS INTEGER)`
  return typed(failing, type)
}

/** `raiseSql` with a fixed message. */
export function raise(code: ErrorCode, message: string, type: LakeType): string {
  return typed(`CAST(${quoteString(`TRINO:${code}:${message}`)} AS INTEGER)`, type)
}

function typed(failing: string, type: LakeType): string {
  if (type.kind === 'integer') return failing
  if (NUMERIC.has(type.kind)) return `CAST(${failing} AS ${engineType(type)})`
  if (type.kind === 'varchar') return `CAST(${failing} AS VARCHAR)`
  return `CAST(CAST(${failing} AS VARCHAR) AS ${engineType(type)})`
}
