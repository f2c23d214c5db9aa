import type { LakeType } from '../../../schema/types.ts'
import { bare } from '../../analyze/names.ts'
import { parseLakeTimestamp, parseTimestamp } from '../../analyze/temporal.ts'
import type * as ast from '../../ast.ts'
import { level } from '../../parser/levels.ts'
import { expressionTexts } from '../../print/expressions.ts'
import { quoteString } from '../../print/names.ts'
import { instantText, timestampText } from './clock.ts'
import type { TrinoEnvironment, TrinoPrinter } from './emit-trino.ts'
import { trinoName } from './names.ts'

type Texts = { readonly [N in ast.Expression as N['kind']]: (node: N, p: TrinoPrinter) => string }

/** The text of each kind of expression, without brackets around it: as it was written, but for names, parameters and the clock. */
export const trinoTexts: Texts = {
  ...expressionTexts,
  GenericLiteral: (n, p) => {
    const type = p.environment.analysis.typeOf.get(n)!
    const lake = type.kind === 'timestamp' && !parseTimestamp(n.value) ? parseLakeTimestamp(n.value) : undefined
    return lake && type.kind === 'timestamp'
      ? timestampText(lake.micros, type.precision, type.withTimeZone)
      : expressionTexts.GenericLiteral(n, p)
  },
  Parameter: (n, p) => parameterText(p.environment.parameters[n.index] ?? null),
  Identifier: (n) => trinoName(n),
  Dereference: (n, p) => {
    const member = memberOf(n, p.environment)
    const isSame = member === undefined || member.toLowerCase() === n.field.value.toLowerCase()
    return `${p.expression(n.base, level.primary)}.${trinoName(isSame ? n.field : { value: member, quoted: false })}`
  },
  Lambda: (n, p) => {
    const names = n.parameters.map(trinoName)
    return `${names.length === 1 ? names[0] : `(${names.join(', ')})`} -> ${p.expression(n.body)}`
  },
  CurrentValue: (n, p) => {
    const type = p.environment.analysis.typeOf.get(n)!
    return instantText(type, p.environment.now) ?? expressionTexts.CurrentValue(n, p)
  },
  FunctionCall: (n, p) => {
    const call = p.environment.analysis.calls.get(n)
    return (
      (call?.name === 'now' && instantText(call.resultType, p.environment.now)) || expressionTexts.FunctionCall(n, p)
    )
  },
}

/** The member of a row that a name means, as its type names it; undefined where the name means a column. */
export function memberOf(node: ast.Dereference, { analysis }: TrinoEnvironment): string | undefined {
  const reference = analysis.references.get(node)
  if (reference?.kind !== 'field') return undefined
  const type = analysis.typeOf.get(node.base)
  return type?.kind === 'row' ? type.fields[reference.index]?.name : undefined
}

/** A literal that Lake reads in another type than its own, in that type; undefined for everything that Trino reads as Lake does. */
export function explicitText(node: ast.Expression, { analysis, parameters }: TrinoEnvironment): string | undefined {
  const [from, to] = [analysis.typeOf.get(node), analysis.coerceTo.get(node)]
  if (from === undefined || to === undefined) return undefined
  const inner = bare(node)
  if (from.kind === 'boolean' && to.kind === 'varchar' && inner.kind === 'BooleanLiteral') return `'${inner.value}'`
  if (from.kind !== 'varchar' || to.kind !== 'timestamp') return undefined
  return timeText(
    inner.kind === 'Parameter' ? parameters[inner.index] : inner.kind === 'StringLiteral' ? inner.value : undefined,
    to,
  )
}

function timeText(text: unknown, to: Extract<LakeType, { kind: 'timestamp' }>): string {
  const parsed = typeof text === 'string' ? parseLakeTimestamp(text) : undefined
  if (parsed === undefined) throw new TypeError('a text that is no timestamp')
  return timestampText(parsed.micros, to.precision, to.withTimeZone)
}

function parameterText(value: string | number | bigint | boolean | null): string {
  if (value === null) return 'NULL'
  switch (typeof value) {
    case 'string':
      return quoteString(value)
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
    case 'bigint':
      return signed(String(value))
    case 'number':
      return Number.isSafeInteger(value) ? signed(String(value)) : doubleText(value)
  }
}

/** A sign of its own must not run into one before it. */
function signed(text: string): string {
  return text.startsWith('-') ? `(${text})` : text
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan()'
  if (!Number.isFinite(value)) return value > 0 ? 'infinity()' : '(-infinity())'
  return signed(value.toExponential().replace('e+', 'e'))
}
