import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { bind, bindAll } from '../emit/text.ts'

type Operator = ast.Arithmetic['operator']
type Decimal = LakeType & { readonly kind: 'decimal' }

const ZERO = "CAST('TRINO:DIVISION_BY_ZERO:Division by zero' AS TINYINT)"

/** Arithmetic on two numbers; both of one type, or decimals of two. */
export function arithmeticSql(
  operator: Operator,
  left: string,
  right: string,
  types: { left: LakeType; right: LakeType; result: LakeType },
): string {
  const { result } = types
  if (result.kind === 'decimal')
    return decimalSql(operator, left, right, types.left as Decimal, types.right as Decimal, result)
  if (result.kind === 'double' || result.kind === 'real') return `(${left} ${operator} ${right})`
  if (operator === '/' || operator === '%') {
    // The engine's own words for division by a known number are Trino's.
    if (/^[1-9]\d*$/.test(right)) return `(${left} ${operator === '/' ? '//' : '%'} ${right})`
    return bind(right, (divisor) => `${operator === '/' ? 'trino_divide' : 'trino_modulo'}(${left}, ${divisor})`)
  }
  return `(${left} ${operator} ${right})`
}

function nonZero(divisor: string): string {
  return /^[1-9]\d*$/.test(divisor) ? divisor : `CASE WHEN ${divisor} = 0 THEN ${ZERO} ELSE ${divisor} END`
}

function decimalSql(
  operator: Operator,
  left: string,
  right: string,
  leftType: Decimal,
  rightType: Decimal,
  result: Decimal,
): string {
  const type = engineType(result)
  if (operator === '%') return `CAST((${left} % ${nonZero(right)}) AS ${type})`
  if (operator === '/') return decimalDivision(left, right, leftType, rightType, result)
  // The engine's own rule gives the same type up to 38 digits; beyond that it must not round first.
  return `CAST((${left} ${operator} ${right}) AS ${type})`
}

/**
 * Division of decimals keeps the larger scale and rounds half away from zero.
 *
 * Both are taken as integers: `a / 10^as ÷ b / 10^bs` in units of `10^-scale` is `a·10^(scale - as + bs) ÷ b`.
 */
function decimalDivision(left: string, right: string, leftType: Decimal, rightType: Decimal, result: Decimal): string {
  const shift = result.scale - leftType.scale + rightType.scale
  const type = engineType(result)
  return bindAll([left, right], ([a, b]) => {
    const zero = `CASE WHEN ${b} = 0 THEN CAST('TRINO:DIVISION_BY_ZERO:Division by zero' AS HUGEINT) ELSE trino_unscaled(${b}) END`
    const scaled =
      shift === 0 ? `trino_unscaled(${a})` : `trino_unscaled(${a}) * CAST('1${'0'.repeat(shift)}' AS HUGEINT)`
    return bindAll([`(${scaled})`, `(${zero})`], ([n, d]) => scaleDown(`trino_half_up(${n}, ${d})`, result.scale, type))
  })
}

function scaleDown(units: string, scale: number, type: string): string {
  if (scale === 0) return `CAST(${units} AS ${type})`
  const unit = `CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale},${scale}))`
  return `CAST((CAST(${units} AS DECIMAL(38,0)) * ${unit}) AS ${type})`
}

/** `-value`. */
export function negateSql(value: string, type: LakeType): string {
  if (type.kind === 'double' || type.kind === 'real') return `(-${value})`
  return `(-(${value}))`
}
