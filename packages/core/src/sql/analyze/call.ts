import { BIGINT, DATE, formatType, type LakeType, time, timestamp, VARCHAR } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { FunctionDefinition } from '../functions/types.ts'
import { unsupportedFunctions } from '../functions/unsupported.ts'
import type { Argument } from './bind.ts'
import { checkBeforeBinding, checkClauses, checkOrderBy } from './call-rules.ts'
import { isComparable } from './coercion.ts'
import { typeCondition, typeExpression } from './expression.ts'
import { functionHint } from './function-hints.ts'
import { lambdaArgument, typeLambda } from './lambda.ts'
import { bare } from './names.ts'
import { concatenation } from './operators.ts'
import { type Resolution, resolveOverload, unexpectedParameters } from './resolve.ts'
import type { Scope } from './scope.ts'
import { formatSignatureType } from './signature-text.ts'
import { isSpecialForm, typeSpecialForm } from './special-forms.ts'
import { coerce, fail, type State } from './state.ts'
import { analyzeWindow } from './window.ts'

/** The definition of a function by its written name; undefined when there is none. */
export function definitionOf(state: State, name: ast.QualifiedName): FunctionDefinition | undefined {
  const only = name.parts.length === 1 ? name.parts[0]!.value.toLowerCase() : undefined
  return only !== undefined && Object.hasOwn(state.functions, only) ? state.functions[only] : undefined
}

export function calledName(node: ast.FunctionCall): string {
  return node.name.parts.map((part) => part.value.toLowerCase()).join('.')
}

export function typeCall(state: State, node: ast.FunctionCall, scope: Scope): LakeType {
  const name = calledName(node)
  if (isSpecialForm(name) && node.over === undefined) return typeSpecialForm(state, node, name, scope)
  const definition = definitionOf(state, node.name)
  if (definition) checkClauses(state, node, definition)
  if (node.arguments.length > 127)
    fail(state, 'TOO_MANY_ARGUMENTS', { message: `Too many arguments for function call ${name}()` }, node)
  if (node.over !== undefined) state.windows.set(node, analyzeWindow(state, node.over, scope))
  if (node.filter)
    typeCondition(
      state,
      node.filter,
      scope,
      (actual) => `Filter expression result must evaluate to a boolean (actual: ${actual})`,
    )
  const args = typeArguments(state, node.arguments, scope)
  if (!definition) return unknownFunction(state, node, name)
  checkBeforeBinding(state, node, name, args)
  const result = bindCall(state, node, name, definition, node.arguments, args, scope)
  if (node.distinct) checkDistinct(state, node)
  checkOrderBy(state, node, scope)
  return result
}

function unknownFunction(state: State, node: ast.FunctionCall, name: string): never {
  if (Object.hasOwn(unsupportedFunctions, name)) {
    return fail(
      state,
      'NOT_SUPPORTED',
      { message: `Function '${name}' is not supported: ${unsupportedFunctions[name]}` },
      node,
    )
  }
  return fail(
    state,
    'FUNCTION_NOT_FOUND',
    { message: `Function '${name}' not registered` },
    node,
    functionHint(state, name),
  )
}

function checkDistinct(state: State, node: ast.FunctionCall): void {
  for (const type of state.calls.get(node)?.parameterTypes ?? []) {
    if (!isComparable(type)) {
      fail(
        state,
        'TYPE_MISMATCH',
        { message: `DISTINCT can only be applied to comparable types (actual: ${formatType(type)})` },
        node,
      )
    }
  }
}

/** Types all arguments but lambdas, whose types follow from the function's. */
function typeArguments(state: State, nodes: readonly ast.Expression[], scope: Scope): Argument[] {
  return nodes.map((node) => {
    const inner = bare(node)
    if (inner.kind === 'Lambda') return lambdaArgument(state, inner, scope)
    return { kind: 'value', type: typeExpression(state, node, scope) }
  })
}

/** Binds a call to one overload and records what that means for it and its arguments; throws when nothing fits. */
function bindCall(
  state: State,
  node: ast.Expression,
  name: string,
  definition: FunctionDefinition,
  nodes: readonly ast.Expression[],
  args: readonly Argument[],
  scope: Scope,
): LakeType {
  const resolution = resolveOverload(definition, args)
  if (resolution.kind !== 'bound') return refuse(state, node, name, definition, nodes, args, resolution)
  const { overload, bindings, parameterTypes, resultType } = resolution.binding
  for (const [i, arg] of args.entries()) {
    const parameter = parameterTypes[i]!
    const argument = nodes[i]!
    if (arg.kind === 'value') coerce(state, argument, parameter, arg.type)
    else if (parameter.kind === 'function') {
      typeLambda(state, bare(argument) as ast.Lambda, parameter.parameters, scope)
      state.typeOf.set(argument, parameter)
    }
  }
  state.calls.set(node, { name, definition, overload, bindings, parameterTypes, resultType })
  return resultType
}

function refuse(
  state: State,
  node: ast.Expression,
  name: string,
  definition: FunctionDefinition,
  nodes: readonly ast.Expression[],
  args: readonly Argument[],
  resolution: Exclude<Resolution, { kind: 'bound' }>,
): never {
  if (resolution.kind === 'ambiguous')
    return fail(state, 'AMBIGUOUS_FUNCTION_CALL', { message: resolution.message }, node)
  const { arity } = resolution
  if (arity && definition.overloads.length === 1) {
    const lambda = bare(nodes[arity.argument]!) as ast.Lambda
    const message = `Expected a lambda that takes ${arity.expected} argument(s) but got ${lambda.parameters.length}`
    return fail(state, 'INVALID_PARAMETER_USAGE', { message }, lambda)
  }
  return fail(state, 'FUNCTION_NOT_FOUND', { message: unexpectedParameters(name, definition, args) }, node)
}

/** `a || b`. It is typed here, not by the table, and has no entry in `calls`: operands are converted, the result's type says what is joined. */
export function typeConcatenation(state: State, node: ast.Concatenation, scope: Scope): LakeType {
  const left = typeExpression(state, node.left, scope)
  const right = typeExpression(state, node.right, scope)
  const operation = concatenation(left, right)
  if (operation === 'ambiguous') {
    const message = 'Could not choose a best candidate operator. Explicit type casts must be added.'
    return fail(state, 'AMBIGUOUS_FUNCTION_CALL', { message }, node)
  }
  if (!operation) {
    const message = `Unexpected parameters (${formatSignatureType(left)}, ${formatSignatureType(right)}) for function concat. Expected: concat(E, array(E)) E, concat(array(E)) E, concat(array(E), E) E, concat(char(x), char(y)), concat(varbinary), concat(varchar)`
    const text = left.kind === 'varchar' ? node.right : right.kind === 'varchar' ? node.left : undefined
    return fail(state, 'FUNCTION_NOT_FOUND', { message }, node, text && 'convert with CAST(… AS varchar)')
  }
  coerce(state, node.left, operation.left, left)
  coerce(state, node.right, operation.right, right)
  return operation.result
}

/** Binds a form of its own syntax to the function it means, when the table has it; gives the type either way. */
function bindForm(
  state: State,
  node: ast.Expression,
  name: string,
  nodes: readonly ast.Expression[],
  otherwise: LakeType,
  scope: Scope,
): LakeType {
  const args = typeArguments(state, nodes, scope)
  const definition = Object.hasOwn(state.functions, name) ? state.functions[name] : undefined
  return definition ? bindCall(state, node, name, definition, nodes, args, scope) : otherwise
}

type TypeTest = (type: LakeType) => boolean
const hasDate: TypeTest = (type) => type.kind === 'date' || type.kind === 'timestamp'
const hasTime: TypeTest = (type) => type.kind === 'timestamp' || type.kind === 'time'
const orDays =
  (test: TypeTest): TypeTest =>
  (type) =>
    test(type) || type.kind === 'interval day to second'
const orMonths =
  (test: TypeTest): TypeTest =>
  (type) =>
    test(type) || type.kind === 'interval year to month'
const hasZone: TypeTest = (type) => (type.kind === 'timestamp' || type.kind === 'time') && type.withTimeZone

/** The function of each EXTRACT field, and the types it can be taken from. */
const extractFields: Readonly<Record<string, readonly [string, TypeTest]>> = {
  YEAR: ['year', orMonths(hasDate)],
  QUARTER: ['quarter', hasDate],
  MONTH: ['month', orMonths(hasDate)],
  WEEK: ['week', hasDate],
  DAY: ['day', orDays(hasDate)],
  DAY_OF_MONTH: ['day_of_month', hasDate],
  DAY_OF_WEEK: ['day_of_week', hasDate],
  DOW: ['day_of_week', hasDate],
  DAY_OF_YEAR: ['day_of_year', hasDate],
  DOY: ['day_of_year', hasDate],
  YEAR_OF_WEEK: ['year_of_week', hasDate],
  YOW: ['year_of_week', hasDate],
  HOUR: ['hour', orDays(hasTime)],
  MINUTE: ['minute', orDays(hasTime)],
  SECOND: ['second', orDays(hasTime)],
  TIMEZONE_MINUTE: ['timezone_minute', hasZone],
  TIMEZONE_HOUR: ['timezone_hour', hasZone],
}

export function typeExtract(state: State, node: ast.Extract, scope: Scope): LakeType {
  const field = extractFields[node.field]
  if (!field) {
    const message = `Invalid EXTRACT field ${node.field}, valid fields are: ${Object.keys(extractFields).join(', ')}`
    return fail(state, 'SYNTAX_ERROR', { message }, node)
  }
  const [name, accepts] = field
  const type = typeExpression(state, node.value, scope)
  if (type.kind !== 'unknown' && !accepts(type)) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Cannot extract ${node.field} from ${formatType(type)}` },
      node.value,
    )
  }
  return bindForm(state, node, name, [node.value], BIGINT, scope)
}

const trimFunctions: Readonly<Record<ast.Trim['side'], string>> = { BOTH: 'trim', LEADING: 'ltrim', TRAILING: 'rtrim' }

export function typeTrim(state: State, node: ast.Trim, scope: Scope): LakeType {
  const nodes = node.characters ? [node.value, node.characters] : [node.value]
  return bindForm(state, node, trimFunctions[node.side], nodes, VARCHAR, scope)
}

export function typeCurrentValue(state: State, node: ast.CurrentValue): LakeType {
  const type = currentType(node)
  const name = node.name.startsWith('LOCAL') ? node.name.toLowerCase() : `current_${node.name.toLowerCase()}`
  const definition = Object.hasOwn(state.functions, name) ? state.functions[name] : undefined
  const resolution = definition && resolveOverload(definition, [])
  if (definition && resolution?.kind === 'bound') {
    const { overload, bindings, parameterTypes } = resolution.binding
    state.calls.set(node, { name, definition, overload, bindings, parameterTypes, resultType: type })
  }
  return type
}

function currentType({ name, precision = 3 }: ast.CurrentValue): LakeType {
  switch (name) {
    case 'DATE':
      return DATE
    case 'TIME':
    case 'LOCALTIME':
      return time(precision, name === 'TIME')
    case 'TIMESTAMP':
    case 'LOCALTIMESTAMP':
      return timestamp(precision, name === 'TIMESTAMP')
    default:
      return VARCHAR
  }
}
