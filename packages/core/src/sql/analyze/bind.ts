import {
  array,
  char,
  decimal,
  formatType,
  type LakeType,
  map,
  row,
  sameType,
  time,
  timestamp,
  UNKNOWN,
  varchar,
} from '../../schema/types.ts'
import type { Overload } from '../functions/types.ts'
import {
  canCoerce,
  commonSuperType,
  integerAsDecimal,
  isComparable,
  isInteger,
  isOrderable,
  isTypeOnlyCoercion,
} from './coercion.ts'
import type { Parameter, Pattern } from './signature.ts'
import { signatureOf } from './signature.ts'

/** The length that unbounded varchar binds a number variable to. */
export const UNBOUNDED_LENGTH = 2147483647

/** An argument of a call: a type, or a lambda, whose type depends on what its parameters turn out to be. */
export type Argument =
  | { readonly kind: 'value'; readonly type: LakeType }
  | {
      readonly kind: 'lambda'
      readonly arity: number
      readonly resultFor: (parameters: readonly LakeType[]) => LakeType
    }

export interface Binding {
  readonly overload: Overload
  readonly bindings: ReadonlyMap<string, LakeType | number>
  readonly parameterTypes: readonly LakeType[]
  readonly resultType: LakeType
  /** Arguments whose value must be converted. */
  readonly coercions: number
}

/** Why a lambda can never fit: it takes a wrong number of arguments. */
export interface ArityFault {
  readonly argument: number
  readonly expected: number
}

/** Binds an overload to arguments; undefined when they do not fit. Errors inside a lambda's body pass through. */
export function bindOverload(
  overload: Overload,
  args: readonly Argument[],
  onArity?: (fault: ArityFault) => void,
): Binding | undefined {
  const signature = signatureOf(overload)
  const formals = expandParameters(signature.parameters, args.length)
  if (!formals) return undefined
  const variables = new Map<string, LakeType>()
  const sizes = new Map<string, LakeType>()
  const solver: Solver = { overload, variables, sizes }
  for (const [i, arg] of args.entries()) {
    const formal = formals[i]!
    if (arg.kind === 'lambda') {
      if (formal.kind !== 'function') return undefined
      if (formal.parameters.length !== arg.arity) {
        onArity?.({ argument: i, expected: formal.parameters.length })
        return undefined
      }
    } else if (!unify(formal, arg.type, solver)) return undefined
  }
  if (!solveLambdas(formals, args, solver)) return undefined

  const parameterTypes = formals.map((formal) => substitute(formal, solver))
  let coercions = 0
  for (const [i, arg] of args.entries()) {
    if (arg.kind === 'lambda') continue
    if (!canCoerce(arg.type, parameterTypes[i]!)) return undefined
    if (!isTypeOnlyCoercion(arg.type, parameterTypes[i]!)) coercions += 1
  }
  const bindings = bindingsOf(solver)
  const argumentTypes = args.map((arg, i) => (arg.kind === 'lambda' ? parameterTypes[i]! : arg.type))
  const resultType = overload.result?.(bindings, argumentTypes) ?? substitute(signature.result, solver)
  return { overload, bindings, parameterTypes, resultType, coercions }
}

interface Solver {
  readonly overload: Overload
  /** Type variables. */
  readonly variables: Map<string, LakeType>
  /** What `decimal(p,s)` and the like stand for, by the text of base and variables. */
  readonly sizes: Map<string, LakeType>
}

/** The pattern of each of `count` arguments; undefined when the signature does not take so many. */
function expandParameters(parameters: readonly Parameter[], count: number): Pattern[] | undefined {
  const required = parameters.filter((p) => !p.optional && !p.variadic).length
  const variadic = parameters.find((p) => p.variadic)
  let spare = count - required
  if (spare < 0) return undefined
  const formals: Pattern[] = []
  for (const parameter of parameters) {
    if (!parameter.optional && !parameter.variadic) formals.push(parameter.pattern)
    else if (parameter.optional && spare > 0) {
      formals.push(parameter.pattern)
      spare -= 1
    } else if (parameter === variadic) {
      for (; spare > 0; spare--) formals.push(parameter.pattern)
    }
  }
  return spare === 0 ? formals : undefined
}

/** Binds what the pattern's variables can be from an actual type. NULL tells nothing but always fits. */
function unify(pattern: Pattern, actual: LakeType, solver: Solver): boolean {
  switch (pattern.kind) {
    case 'type':
      return canCoerce(actual, pattern.type) || isTypeOnlyCoercion(actual, pattern.type)
    case 'variable':
      return bindVariable(pattern.name, actual, solver)
    case 'sized':
      return bindSize(pattern, actual, solver)
    case 'array':
      return actual.kind === 'unknown' || (actual.kind === 'array' && unify(pattern.element, actual.element, solver))
    case 'map':
      return (
        actual.kind === 'unknown' ||
        (actual.kind === 'map' && unify(pattern.key, actual.key, solver) && unify(pattern.value, actual.value, solver))
      )
    case 'row':
      return (
        actual.kind === 'unknown' ||
        (actual.kind === 'row' &&
          actual.fields.length === pattern.fields.length &&
          pattern.fields.every((field, i) => unify(field.type, actual.fields[i]!.type, solver)))
      )
    case 'function':
      return false
  }
}

function bindVariable(name: string, actual: LakeType, { overload, variables }: Solver): boolean {
  const bound = variables.get(name)
  const type = bound === undefined ? actual : commonSuperType(bound, actual)
  if (!type) return false
  if (overload.comparable?.includes(name) && !isComparable(type)) return false
  if (overload.orderable?.includes(name) && !isOrderable(type)) return false
  variables.set(name, type)
  return true
}

type Sized = Extract<Pattern, { kind: 'sized' }>

function bindSize(pattern: Sized, actual: LakeType, { sizes }: Solver): boolean {
  const converted = convertToSized(pattern, actual)
  const asSized = converted && withGivenNumbers(pattern, converted)
  if (!asSized) return false
  const key = `${pattern.base} ${pattern.withTimeZone} ${pattern.numbers.join()}`
  const bound = sizes.get(key)
  const type = bound === undefined ? asSized : commonSuperType(bound, asSized)
  if (type) sizes.set(key, type)
  return type !== undefined
}

/** The narrowest type of the pattern's base that the actual type converts to. */
function convertToSized({ base, withTimeZone }: Sized, actual: LakeType): LakeType | undefined {
  const { kind } = actual
  switch (base) {
    case 'decimal':
      if (kind === 'unknown') return decimal(1, 0)
      return isInteger(actual) ? integerAsDecimal(actual) : kind === 'decimal' ? actual : undefined
    case 'varchar':
      return kind === 'unknown' ? varchar(0) : kind === 'varchar' ? actual : undefined
    case 'char':
      if (kind === 'varchar') return char(Math.min(actual.length ?? 65536, 65536))
      return kind === 'unknown' ? char(0) : kind === 'char' ? actual : undefined
    case 'time':
      if (kind === 'unknown') return time(0, withTimeZone)
      return kind === 'time' && (withTimeZone || !actual.withTimeZone)
        ? time(actual.precision, withTimeZone)
        : undefined
    case 'timestamp':
      if (kind === 'unknown' || kind === 'date') return timestamp(0, withTimeZone)
      return kind === 'timestamp' && (withTimeZone || !actual.withTimeZone)
        ? timestamp(actual.precision, withTimeZone)
        : undefined
  }
}

/** The type with the numbers that the signature fixes. */
function withGivenNumbers(pattern: Sized, type: LakeType): LakeType {
  const given = pattern.numbers.map((name) => (/^\d+$/.test(name) ? Number(name) : undefined))
  return type.kind === 'decimal' ? decimal(given[0] ?? type.precision, given[1] ?? type.scale) : type
}

/** Types the lambdas, again and again while what they return widens a variable. */
function solveLambdas(formals: readonly Pattern[], args: readonly Argument[], solver: Solver): boolean {
  if (!args.some((arg) => arg.kind === 'lambda')) return true
  for (let round = 0; round < 4; round++) {
    const before = snapshot(solver)
    for (const [i, arg] of args.entries()) {
      const formal = formals[i]!
      if (arg.kind !== 'lambda' || formal.kind !== 'function') continue
      const result = arg.resultFor(formal.parameters.map((p) => substitute(p, solver)))
      if (!unify(formal.result, result, solver)) return false
    }
    if (snapshot(solver) === before) break
  }
  // What a lambda returns is never converted.
  return args.every((arg, i) => {
    const formal = formals[i]!
    if (arg.kind !== 'lambda' || formal.kind !== 'function') return true
    const result = arg.resultFor(formal.parameters.map((p) => substitute(p, solver)))
    const wanted = substitute(formal.result, solver)
    return sameType(result, wanted) || (wanted.kind === 'varchar' && isTypeOnlyCoercion(result, wanted))
  })
}

function snapshot({ variables, sizes }: Solver): string {
  return [...variables, ...sizes].map(([name, type]) => `${name}=${formatType(type)}`).join()
}

/** The type a pattern stands for; a variable that nothing bound is `unknown`. */
function substitute(pattern: Pattern, solver: Solver): LakeType {
  switch (pattern.kind) {
    case 'type':
      return pattern.type
    case 'variable':
      return solver.variables.get(pattern.name) ?? UNKNOWN
    case 'sized':
      return sizedType(pattern, solver)
    case 'array':
      return array(substitute(pattern.element, solver))
    case 'map':
      return map(substitute(pattern.key, solver), substitute(pattern.value, solver))
    case 'row':
      return row(
        pattern.fields.map(({ name, type }) =>
          name === undefined ? { type: substitute(type, solver) } : { name, type: substitute(type, solver) },
        ),
      )
    case 'function':
      return {
        kind: 'function',
        parameters: pattern.parameters.map((p) => substitute(p, solver)),
        result: substitute(pattern.result, solver),
      }
  }
}

function sizedType(pattern: Sized, solver: Solver): LakeType {
  const exact = solver.sizes.get(`${pattern.base} ${pattern.withTimeZone} ${pattern.numbers.join()}`)
  if (exact) return exact
  // A result such as `timestamp(p) with time zone` of a parameter `timestamp(p)`: the numbers are shared.
  const bindings = bindingsOf(solver)
  const [first, second] = pattern.numbers.map((name) => {
    const value = /^\d+$/.test(name) ? Number(name) : bindings.get(name)
    return typeof value === 'number' ? value : undefined
  })
  switch (pattern.base) {
    case 'decimal':
      return decimal(first ?? 38, second ?? 0)
    case 'varchar':
      return first === undefined || first === UNBOUNDED_LENGTH ? varchar() : varchar(first)
    case 'char':
      return char(first ?? 1)
    case 'time':
      return time(first ?? 3, pattern.withTimeZone)
    case 'timestamp':
      return timestamp(first ?? 3, pattern.withTimeZone)
  }
}

function bindingsOf({ variables, sizes }: Solver): Map<string, LakeType | number> {
  const bindings = new Map<string, LakeType | number>(variables)
  for (const [key, type] of sizes) {
    const names = key.slice(key.lastIndexOf(' ') + 1).split(',')
    for (const [i, number] of numbersOf(type).entries()) if (names[i] !== undefined) bindings.set(names[i], number)
  }
  return bindings
}

function numbersOf(type: LakeType): number[] {
  switch (type.kind) {
    case 'decimal':
      return [type.precision, type.scale]
    case 'varchar':
      return [type.length ?? UNBOUNDED_LENGTH]
    case 'char':
      return [type.length]
    case 'time':
    case 'timestamp':
      return [type.precision]
    default:
      return []
  }
}
