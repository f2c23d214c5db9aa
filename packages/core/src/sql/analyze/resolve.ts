import { sameType } from '../../schema/types.ts'
import type { FunctionDefinition } from '../functions/types.ts'
import { type Argument, type ArityFault, type Binding, bindOverload } from './bind.ts'
import { signatureOf } from './signature.ts'
import { formatSignatureType } from './signature-text.ts'

export type Resolution =
  | { readonly kind: 'bound'; readonly binding: Binding }
  | { readonly kind: 'none'; readonly arity: ArityFault | undefined }
  /** Several overloads fit a bare NULL equally well; the message is Trino's. */
  | { readonly kind: 'ambiguous'; readonly message: string }

/** Chooses the overload of a function for a call, as Trino does: without conversions, else the most specific one. */
export function resolveOverload(definition: FunctionDefinition, args: readonly Argument[]): Resolution {
  let arity: ArityFault | undefined
  const fitting: Binding[] = []
  for (const overload of definition.overloads) {
    const binding = bindOverload(overload, args, (fault) => {
      arity ??= fault
    })
    if (binding?.coercions === 0) return { kind: 'bound', binding }
    if (binding) fitting.push(binding)
  }
  if (fitting.length === 0) return { kind: 'none', arity }
  const best = tellByNulls(mostSpecific(fitting), args)
  const isOpen = best.some((b) => !sameType(b.resultType, best[0]!.resultType)) && args.some(isNull)
  if (isOpen) return { kind: 'ambiguous', message: ambiguous(best) }
  return { kind: 'bound', binding: best.toSorted((a, b) => a.coercions - b.coercions)[0]! }
}

const isNull = (arg: Argument): boolean => arg.kind === 'value' && arg.type.kind === 'unknown'

/** Of the fitting overloads those that no other is more specific than: whose arguments another takes, but not the other way round. */
function mostSpecific(fitting: readonly Binding[]): readonly Binding[] {
  return fitting.filter((b) => !fitting.some((a) => a !== b && takes(b, a) && !takes(a, b)))
}

/** True when an overload takes arguments of the types that another has bound. */
function takes(wide: Binding, narrow: Binding): boolean {
  const args = narrow.parameterTypes.map((type): Argument => {
    if (type.kind !== 'function') return { kind: 'value', type }
    return { kind: 'lambda', arity: type.parameters.length, resultFor: () => type.result }
  })
  return bindOverload(wide.overload, args) !== undefined
}

/** Of several, those that convert nothing but NULLs, when there are any. */
function tellByNulls(best: readonly Binding[], args: readonly Argument[]): readonly Binding[] {
  if (best.length < 2 || !args.some(isNull)) return best
  const exact = best.filter((b) =>
    args.every((arg, i) => arg.kind === 'lambda' || isNull(arg) || sameType(arg.type, b.parameterTypes[i]!)),
  )
  return exact.length > 0 ? exact : best
}

function ambiguous(best: readonly Binding[]): string {
  const candidates = best.map(
    (b) => `\t * (${b.parameterTypes.map(formatSignatureType).join(',')}):${formatSignatureType(b.resultType)}\n`,
  )
  return `Could not choose a best candidate operator. Explicit type casts must be added.\nCandidates are:\n${candidates.join('')}`
}

/** Trino's words for a call that fits no overload; lambdas are shown as `<function>`. */
export function unexpectedParameters(name: string, definition: FunctionDefinition, args: readonly Argument[]): string {
  const given = args.map((arg) => (arg.kind === 'lambda' ? '<function>' : formatSignatureType(arg.type)))
  const expected = definition.overloads.map((overload) => `${name}(${signatureOf(overload).text})`).toSorted()
  return `Unexpected parameters (${given.join(', ')}) for function ${name}. Expected: ${expected.join(', ')}`
}
