import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { refuseAggregates } from './aggregates.ts'
import type { Argument } from './bind.ts'
import { typeExpression } from './expression.ts'
import type { Scope, ScopeField } from './scope.ts'
import { fail, newFindings, type State } from './state.ts'

/** A lambda as an argument: its body is typed on trial for each overload that wants to know what it returns. */
export function lambdaArgument(state: State, node: ast.Lambda, scope: Scope): Argument {
  // Once a lambda: a call of lambdas in lambdas is looked at many times.
  if (!state.lambdaTrials.has(node)) refuseAggregates(state, node.body, 'Lambda expression')
  return {
    kind: 'lambda',
    arity: node.parameters.length,
    resultFor: (parameters) => tryLambda(state, node, parameters, scope),
  }
}

/** Types a lambda for good. */
export function typeLambda(state: State, node: ast.Lambda, parameters: readonly LakeType[], scope: Scope): LakeType {
  const known = knownTrial(state, node, parameters, scope)
  const result = typeExpression(state, node.body, known?.inner ?? lambdaScope(node, parameters, scope))
  state.typeOf.set(node, { kind: 'function', parameters, result })
  return result
}

/** For how many types of its parameters one body is typed: lambdas in lambdas multiply what each of them is tried with. */
const maxTrials = 64

/** The type a body would have; what is learned of its parts is thrown away, the result is kept for the next overload that asks. */
function tryLambda(state: State, node: ast.Lambda, parameters: readonly LakeType[], scope: Scope): LakeType {
  const known = knownTrial(state, node, parameters, scope)
  if (known) return known.result
  const trials = state.lambdaTrials.get(node) ?? []
  if (trials.length >= maxTrials) {
    return fail(
      state,
      'NOT_SUPPORTED',
      { message: 'lambda expressions are nested too deeply to find their types' },
      node,
    )
  }
  const trial: State = { ...state, ...newFindings() }
  // Kept with the result: in a scope of its own every lambda in the body would be tried again, at twice the cost a level.
  const inner = lambdaScope(node, parameters, scope)
  const result = typeExpression(trial, node.body, inner)
  state.lambdaTrials.set(node, [...trials, { key: keyOf(parameters), scope, inner, result }])
  return result
}

function knownTrial(state: State, node: ast.Lambda, parameters: readonly LakeType[], scope: Scope) {
  const key = keyOf(parameters)
  return state.lambdaTrials.get(node)?.find((trial) => trial.key === key && trial.scope === scope)
}

function keyOf(parameters: readonly LakeType[]): string {
  return parameters.map(formatType).join()
}

function lambdaScope(lambda: ast.Lambda, parameters: readonly LakeType[], scope: Scope): Scope {
  const fields = lambda.parameters.map(
    (name, index): ScopeField => ({
      name: name.value,
      qualifier: undefined,
      type: parameters[index]!,
      hidden: false,
      meaning: { kind: 'lambda', lambda, index },
    }),
  )
  return { ...scope, fields, parent: scope, isQueryBoundary: false, inLambda: true }
}
