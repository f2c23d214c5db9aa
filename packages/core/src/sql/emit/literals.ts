import { type Span, TraillakeError } from '../../errors/index.ts'
import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { castSql } from '../rewrite/cast/cast.ts'
import { parseTemporal } from '../rewrite/temporal-literal.ts'
import type { Emit } from './emitter.ts'
import { quoteString } from './text.ts'

export function nullOf(type: LakeType): string {
  return `CAST(NULL AS ${engineType(type)})`
}

export function booleanLiteral(value: boolean): string {
  return value ? 'true' : 'false'
}

const INT_MAX = 2147483647n

/** An integer literal as a value of an integer type; negative ones would be typed one size up by the engine. */
export function integerLiteral(value: bigint, kind: 'tinyint' | 'smallint' | 'integer' | 'bigint'): string {
  if (kind === 'integer' && value >= 0n && value <= INT_MAX) return `${value}`
  return `CAST(${value < 0n ? `'${value}'` : value} AS ${kind.toUpperCase()})`
}

export function decimalLiteral(text: string, type: LakeType): string {
  return `CAST('${text}' AS ${engineType(type)})`
}

export function doubleLiteral(text: string): string {
  const value = Number(text)
  if (!Number.isFinite(value)) return `CAST('${value > 0 ? 'Infinity' : '-Infinity'}' AS DOUBLE)`
  return text.startsWith('-') ? `CAST('${text}' AS DOUBLE)` : text
}

export function binaryLiteral(hex: string): string {
  return `unhex('${hex}')`
}

/** A value given for a `?`, in the type that analysis found for it. */
export function parameterLiteral(value: string | number | bigint | boolean | null, type: LakeType): string {
  if (value === null) return nullOf(type)
  switch (typeof value) {
    case 'string':
      return quoteString(value)
    case 'boolean':
      return booleanLiteral(value)
    case 'bigint':
      return integerLiteral(value, type.kind === 'integer' ? 'integer' : 'bigint')
    case 'number':
      return type.kind === 'double'
        ? doubleLiteral(value.toExponential())
        : integerLiteral(BigInt(value), type.kind === 'integer' ? 'integer' : 'bigint')
  }
}

/** `DATE '…'`, `TIMESTAMP '…'`, `DECIMAL '…'`, `JSON '…'`, `IPADDRESS '…'`: a text in the type that it names. */
export function genericLiteral(node: ast.GenericLiteral, emit: Emit): string {
  const type = emit.analysis.typeOf.get(node)!
  switch (type.kind) {
    case 'date':
    case 'time':
    case 'timestamp':
      return temporalLiteral(node.value, type, node.span)
    case 'decimal':
      return decimalLiteral(node.value, type)
    case 'varchar':
      return quoteString(node.value)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return integerLiteral(BigInt(node.value.trim()), type.kind)
    case 'json':
      return castSqlOfJsonText(node.value)
    default:
      return castSql(quoteString(node.value), { kind: 'varchar' }, type)
  }
}

function castSqlOfJsonText(text: string): string {
  return `trino_json_canonical(${quoteString(text)})`
}

/** The engine's literal of a date, time or timestamp; INVALID_LITERAL when the text is none. */
export function temporalLiteral(text: string, type: LakeType, span: Span): string {
  const value = parseTemporal(text, type)
  if (value === undefined) {
    if ('precision' in type && type.precision > 9) {
      throw new TraillakeError(
        'NOT_SUPPORTED',
        { message: `a ${type.kind} of ${type.precision} digits is not supported` },
        { span },
      )
    }
    const name = type.kind.toUpperCase()
    throw new TraillakeError('INVALID_LITERAL', { message: `'${text}' is not a valid ${name} literal` }, { span })
  }
  return value
}
