import {
  BIGINT,
  char,
  DATE,
  DOUBLE,
  decimal,
  INTERVAL_DAY_SECOND,
  type INTERVAL_YEAR_MONTH,
  type LakeType,
  time,
  timestamp,
} from '../../schema/types.ts'
import { commonSuperType, integerAsDecimal, isInteger, isNumeric } from './coercion.ts'

/** What an operator's operands are converted to, and what it gives. */
export interface Operation {
  readonly left: LakeType
  readonly right: LakeType
  readonly result: LakeType
}

type Operator = '+' | '-' | '*' | '/' | '%'

/** The arithmetic operator for two operand types; undefined when there is none. */
export function arithmetic(operator: Operator, left: LakeType, right: LakeType): Operation | undefined {
  if (left.kind === 'unknown' && right.kind === 'unknown') return undefined
  if ((isNumeric(left) || left.kind === 'unknown') && (isNumeric(right) || right.kind === 'unknown'))
    return numeric(operator, left, right)
  return temporal(operator, left, right)
}

function numeric(operator: Operator, left: LakeType, right: LakeType): Operation | undefined {
  const common = commonSuperType(left, right)!
  if (common.kind !== 'decimal') return { left: common, right: common, result: common }
  const x = asDecimal(left, common)
  const y = asDecimal(right, common)
  return { left: x, right: y, result: decimalResult(operator, x, y) }
}

type Decimal = Extract<LakeType, { kind: 'decimal' }>

function asDecimal(type: LakeType, common: Decimal): Decimal {
  if (isInteger(type)) return integerAsDecimal(type)
  return type.kind === 'decimal' ? type : common
}

/** Precision and scale as the server measured them, never above 38 digits. */
function decimalResult(
  operator: Operator,
  { precision: xp, scale: xs }: Decimal,
  { precision: yp, scale: ys }: Decimal,
): LakeType {
  const scale = Math.max(xs, ys)
  switch (operator) {
    case '+':
    case '-':
      return decimal(Math.min(38, 1 + scale + Math.max(xp - xs, yp - ys)), scale)
    case '*':
      return decimal(Math.min(38, xp + yp), xs + ys)
    case '/':
      return decimal(Math.min(38, xp + ys + Math.max(0, ys - xs)), scale)
    case '%':
      return decimal(Math.min(xp - xs, yp - ys) + scale, scale)
  }
}

function temporal(operator: Operator, left: LakeType, right: LakeType): Operation | undefined {
  if (isInterval(left) || isInterval(right)) return withInterval(operator, left, right)
  if (operator !== '-') return undefined
  const common = commonSuperType(left, right)
  if (common?.kind !== 'date' && common?.kind !== 'time' && common?.kind !== 'timestamp') return undefined
  return { left: common, right: common, result: INTERVAL_DAY_SECOND }
}

function withInterval(operator: Operator, left: LakeType, right: LakeType): Operation | undefined {
  if (operator === '*' && isInterval(left)) return scaled(left, right)
  if (operator === '*' && isInterval(right)) {
    const swapped = scaled(right, left)
    return swapped && { left: swapped.right, right: swapped.left, result: swapped.result }
  }
  if (operator === '/' && isInterval(left) && (isNumeric(right) || right.kind === 'unknown'))
    return { left, right: DOUBLE, result: left }
  if (operator !== '+' && operator !== '-') return undefined
  if (isInterval(right)) {
    const result =
      isInterval(left) && left.kind === right.kind ? left : shifted(left.kind === 'unknown' ? right : left, right)
    return result && { left: left.kind === 'unknown' ? right : left, right, result }
  }
  if (operator === '-') return right.kind === 'unknown' ? { left, right: left, result: left } : undefined
  const result = shifted(right.kind === 'unknown' ? left : right, left)
  return result && { left, right: right.kind === 'unknown' ? left : right, result }
}

/** The type of a date or time moved by an interval. */
function shifted(type: LakeType, interval: LakeType): LakeType | undefined {
  if (type.kind === interval.kind) return interval
  const byMonths = interval.kind === 'interval year to month'
  if (type.kind === 'date') return DATE
  if (type.kind === 'timestamp') return byMonths ? type : timestamp(Math.max(3, type.precision), type.withTimeZone)
  return type.kind === 'time' && !byMonths ? time(Math.max(3, type.precision), type.withTimeZone) : undefined
}

function scaled(interval: LakeType, factor: LakeType): Operation | undefined {
  if (!isNumeric(factor) && factor.kind !== 'unknown') return undefined
  return { left: interval, right: isInteger(factor) || factor.kind === 'unknown' ? BIGINT : DOUBLE, result: interval }
}

function isInterval(type: LakeType): type is typeof INTERVAL_DAY_SECOND | typeof INTERVAL_YEAR_MONTH {
  return type.kind === 'interval day to second' || type.kind === 'interval year to month'
}

/** `-x` and `+x`. */
export function isSigned(type: LakeType): boolean {
  return isNumeric(type) || isInterval(type) || type.kind === 'unknown'
}

/** `a || b`; undefined when the operands cannot be joined, `ambiguous` when a NULL or an empty array could be an element or an array. */
export function concatenation(left: LakeType, right: LakeType): Operation | 'ambiguous' | undefined {
  if (left.kind === 'array' || right.kind === 'array') return arrayConcatenation(left, right)
  if (left.kind === 'unknown' || right.kind === 'unknown') return nullConcatenation(left, right)
  if (left.kind === 'char' || right.kind === 'char') return charConcatenation(left, right)
  if (left.kind !== right.kind || (left.kind !== 'varchar' && left.kind !== 'varbinary')) return undefined
  const result: LakeType = left.kind === 'varchar' ? { kind: 'varchar' } : left
  return { left: result, right: result, result }
}

/** A NULL beside a value counts as an array, which the value is added to: the result is an array, and NULL. */
function nullConcatenation(left: LakeType, right: LakeType): Operation | 'ambiguous' {
  if (left.kind === right.kind) return 'ambiguous'
  const element = left.kind === 'unknown' ? right : left
  const result: LakeType = { kind: 'array', element }
  return left.kind === 'unknown' ? { left: result, right, result } : { left, right: result, result }
}

/** Text beside a char counts as a char of its length. */
function charConcatenation(left: LakeType, right: LakeType): Operation | undefined {
  const [l, r] = [asChar(left), asChar(right)]
  return l && r && { left: l, right: r, result: char(Math.min(65536, l.length + r.length)) }
}

function asChar(type: LakeType): { readonly kind: 'char'; readonly length: number } | undefined {
  if (type.kind === 'varchar') return { kind: 'char', length: Math.min(65536, type.length ?? 65536) }
  return type.kind === 'char' ? type : undefined
}

function arrayConcatenation(left: LakeType, right: LakeType): Operation | 'ambiguous' | undefined {
  if (left.kind === 'array' && right.kind === 'array') {
    const common = commonSuperType(left, right)
    const isNested = (a: LakeType, b: LakeType) =>
      commonSuperType(a, { kind: 'array', element: b }) !== undefined && a.kind === 'array'
    const other = isNested(left.element, right.element) || isNested(right.element, left.element)
    if (common && (left.element.kind === 'unknown') !== (right.element.kind === 'unknown')) return 'ambiguous'
    if (common) return { left: common, right: common, result: common }
    if (!other) return undefined
  }
  if (left.kind === 'unknown' || right.kind === 'unknown') return 'ambiguous'
  const [list, element] = left.kind === 'array' && commonSuperType(left.element, right) ? [left, right] : [right, left]
  if (list.kind !== 'array') return undefined
  const type = commonSuperType(list.element, element)
  if (!type) return undefined
  const whole: LakeType = { kind: 'array', element: type }
  return list === left ? { left: whole, right: type, result: whole } : { left: type, right: whole, result: whole }
}
