import { isType, typeOfName } from '../../schema/parse-type.ts'
import {
  BIGINT,
  BOOLEAN,
  char,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL_DAY_SECOND,
  INTERVAL_YEAR_MONTH,
  JSON_TYPE,
  type LakeType,
  time,
  timestamp,
  UNKNOWN,
  VARBINARY,
  varchar,
} from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { fail, type ParameterValue, type State } from './state.ts'
import { parseDate, parseLakeTimestamp, parseTime, parseTimestamp } from './temporal.ts'

/** The type of a literal; throws INVALID_LITERAL when its text is not a value of its type. */
export function literalType(state: State, node: ast.Literal): LakeType {
  switch (node.kind) {
    case 'NullLiteral':
      return UNKNOWN
    case 'BooleanLiteral':
      return BOOLEAN
    case 'LongLiteral':
      return integerType(node.value)
    case 'DecimalLiteral':
      return (
        decimalLiteralType(node.text) ??
        fail(state, 'INVALID_LITERAL', { message: `Invalid decimal literal: ${node.text}` }, node)
      )
    case 'DoubleLiteral':
      return DOUBLE
    case 'StringLiteral':
      return varchar([...node.value].length)
    case 'BinaryLiteral':
      return VARBINARY
    case 'IntervalLiteral':
      return intervalType(state, node)
    case 'GenericLiteral':
      return typedLiteral(state, node)
  }
}

/** The type of a parameter's value: as a literal of it would have. */
export function parameterType(value: ParameterValue): LakeType {
  if (value === null) return UNKNOWN
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'string') return varchar([...value].length)
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? integerType(BigInt(value)) : DOUBLE
}

function integerType(value: bigint): LakeType {
  return value >= -2147483648n && value <= 2147483647n ? INTEGER : BIGINT
}

/** `1.50` is decimal(3,2): digits as written, but for leading zeros. Undefined beyond 38 digits, or for text that is no decimal. */
export function decimalLiteralType(text: string): LakeType | undefined {
  const match = /^[+-]?(\d*)(?:\.(\d*))?$/.exec(text)
  if (!match) return undefined
  const whole = match[1]!.replace(/^0+/, '')
  const fraction = match[2] ?? ''
  if (match[1] === '' && fraction === '') return undefined
  const precision = Math.max(1, whole.length + fraction.length)
  return precision > 38 ? undefined : decimal(precision, fraction.length)
}

const INTEGER_BITS: Readonly<Record<string, bigint>> = {
  tinyint: 7n,
  smallint: 15n,
  integer: 31n,
  int: 31n,
  bigint: 63n,
}

function typedLiteral(state: State, node: ast.GenericLiteral): LakeType {
  const { value } = node
  const invalid = (): never =>
    fail(state, 'INVALID_LITERAL', { message: `'${value}' is not a valid ${node.type.toUpperCase()} literal` }, node)
  switch (node.type) {
    case 'date':
      return parseDate(value) === undefined ? invalid() : DATE
    case 'timestamp': {
      const lake = /\dT\d/i.test(value) ? parseLakeTimestamp(value) : undefined
      // AWS's own queries write ISO forms, which Trino refuses: such a literal is the time in UTC.
      if (lake) return timestamp(lake.precision)
      const parsed = parseTimestamp(value) ?? invalid()
      return timestamp(parsed.precision, parsed.zone !== undefined)
    }
    case 'time': {
      const parsed = parseTime(value) ?? invalid()
      return time(parsed.precision, parsed.hasZone)
    }
    case 'decimal':
      return decimalLiteralType(value) ?? invalid()
    case 'char':
      return char([...value].length)
    case 'json':
      return isJson(value) ? JSON_TYPE : invalid()
    case 'boolean':
      return /^(?:true|false|t|f|1|0)$/i.test(value) ? BOOLEAN : invalid()
    case 'real':
    case 'double': {
      const type = typeOfName(node.type, [])
      return isType(type) && /^\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[dfDF]?|[+-]?Infinity|NaN)\s*$/i.test(value)
        ? type
        : invalid()
    }
    default:
  }
  const bits = INTEGER_BITS[node.type]
  const type = typeOfName(node.type, [])
  if (!isType(type)) return fail(state, 'TYPE_NOT_FOUND', { name: node.type }, node)
  if (bits !== undefined) {
    if (!/^\s*[+-]?\d+\s*$/.test(value)) return invalid()
    const number = BigInt(value.trim().replace(/^\+/, ''))
    return number >= -(1n << bits) && number < 1n << bits ? type : invalid()
  }
  if (type.kind === 'uuid' && !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return invalid()
  return type
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Which parts an interval's text has, by its first and last unit. An empty text is no time at all. */
const INTERVAL_TEXT: Readonly<Record<string, RegExp>> = {
  YEAR: /^\d+$/,
  MONTH: /^\d+$/,
  'YEAR MONTH': /^\d+-\d+$/,
  DAY: /^\d+$/,
  HOUR: /^\d+$/,
  MINUTE: /^\d+$/,
  SECOND: /^\d+(?:\.\d{1,9})?$/,
  'DAY HOUR': /^\d+ \d+$/,
  'DAY MINUTE': /^\d+ \d+:\d+$/,
  'DAY SECOND': /^\d+ \d+:\d+:\d+(?:\.\d{1,9})?$/,
  'HOUR MINUTE': /^\d+:\d+$/,
  'HOUR SECOND': /^\d+:\d+:\d+(?:\.\d{1,9})?$/,
  'MINUTE SECOND': /^\d+:\d+(?:\.\d{1,9})?$/,
}

function intervalType(state: State, node: ast.IntervalLiteral): LakeType {
  const unit = node.to === undefined || node.to === node.from ? node.from : `${node.from} ${node.to}`
  const name = `INTERVAL ${node.from}${node.to === undefined ? '' : ` TO ${node.to}`}`
  const pattern = INTERVAL_TEXT[unit]
  if (!pattern) return fail(state, 'INVALID_LITERAL', { message: `Invalid interval qualifier: ${name}` }, node)
  if (!pattern.test(node.value.trim().replace(/^[+-]/, '')) && node.value !== '') {
    return fail(state, 'INVALID_LITERAL', { message: `Invalid ${name} value: ${node.value}` }, node)
  }
  return node.from === 'YEAR' || node.from === 'MONTH' ? INTERVAL_YEAR_MONTH : INTERVAL_DAY_SECOND
}

/** Milliseconds of a DAY TO SECOND literal, or months of a YEAR TO MONTH one. */
export function intervalValue(node: ast.IntervalLiteral): number {
  const text = node.value.trim()
  const sign = node.sign * (text.startsWith('-') ? -1 : 1)
  const numbers = (text.match(/\d+(?:\.\d+)?/g) ?? []).map(Number)
  const weights: Readonly<Record<ast.IntervalField, number>> = {
    YEAR: 12,
    MONTH: 1,
    DAY: 86_400_000,
    HOUR: 3_600_000,
    MINUTE: 60_000,
    SECOND: 1000,
  }
  const units = Object.keys(weights) as ast.IntervalField[]
  const first = units.indexOf(node.from)
  return sign * numbers.reduce((sum, number, i) => sum + number * weights[units[first + i]!], 0)
}
