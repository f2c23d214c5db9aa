import type * as ast from '../ast.ts'
import { quoteName } from './text.ts'

/** A lambda's parameter: `$` keeps it apart from columns and from the lambdas inside macros. */
export function lambdaParameter(lambda: ast.Lambda, index: number): string {
  const name = lambda.parameters[index]!.value.toLowerCase()
  // Names of digits are those of `bind`.
  return quoteName(/^\d+$/.test(name) ? `$_${name}` : `$${name}`)
}

export function lambdaSql(lambda: ast.Lambda, body: string): string {
  return `lambda ${lambda.parameters.map((_, i) => lambdaParameter(lambda, i)).join(', ')}: ${body}`
}
