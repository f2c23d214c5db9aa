import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { refuseAggregates } from './aggregates.ts'
import type { Argument } from './bind.ts'
import { typeExpression } from './expression.ts'
import type { Scope, ScopeField } from './scope.ts'
import { newFindings, type State } from './state.ts'

/** A lambda as an argument: its body is typed on trial for each overload that wants to know what it returns. */
export function lambdaArgument(state: State, node: ast.Lambda, scope: Scope): Argument {
  refuseAggregates(state, node.body, 'Lambda expression')
  return {
    kind: 'lambda',
    arity: node.parameters.length,
    resultFor: (parameters) => tryLambda(state, node, parameters, scope),
  }
}

/** Types a lambda for good. */
export function typeLambda(state: State, node: ast.Lambda, parameters: readonly LakeType[], scope: Scope): LakeType {
  const result = typeExpression(state, node.body, lambdaScope(node, parameters, scope))
  state.typeOf.set(node, { kind: 'function', parameters, result })
  return result
}

/** The type a body would have; what is learned of its parts is thrown away, the result is kept for the next overload that asks. */
function tryLambda(state: State, node: ast.Lambda, parameters: readonly LakeType[], scope: Scope): LakeType {
  const key = parameters.map(formatType).join()
  const trials = state.lambdaTrials.get(node) ?? []
  const known = trials.find((trial) => trial.key === key && trial.scope === scope)
  if (known) return known.result
  const trial: State = { ...state, ...newFindings() }
  const result = typeExpression(trial, node.body, lambdaScope(node, parameters, scope))
  state.lambdaTrials.set(node, [...trials, { key, scope, result }])
  return result
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
