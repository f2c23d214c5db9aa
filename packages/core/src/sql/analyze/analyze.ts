import type * as ast from '../ast.ts'
import { defaultCatalog } from '../default-catalog.ts'
import { functions } from '../functions/index.ts'
import { walk } from '../visit.ts'
import type { Analysis } from './analysis.ts'
import { deriveBounds } from './bounds.ts'
import { analyzeQuery, labelled } from './query.ts'
import { EMPTY_SCOPE } from './scope.ts'
import { checkForms } from './special-forms.ts'
import { type AnalyzeOptions, analysisOf, fail, newFindings, type State, throwErrors } from './state.ts'

export type { AnalyzeOptions, ParameterValue } from './state.ts'

/**
 * Finds out what a query means: what its names and calls stand for, every type, every implicit conversion, and which rows of its tables it
 * can need.
 *
 * @throws TraillakeError with Trino's code and message, at Trino's place when `options.text` is given; when several clauses are wrong, the
 * first in the text, with the rest as `others`
 */
export function analyze(query: ast.Query, options: AnalyzeOptions): Analysis {
  const state: State = {
    ...newFindings(),
    options,
    catalog: options.catalog ?? defaultCatalog(),
    functions: options.functions ?? functions,
    text: options.text,
    errors: [],
    memberAliases: new WeakMap(),
    counter: { leaves: 0 },
    lambdaTrials: new WeakMap(),
  }
  checkForms(state, query)
  checkParameters(state, query)
  const columns = analyzeQuery(state, query, EMPTY_SCOPE)
  throwErrors(state)
  const analysis = analysisOf(state, query, labelled(columns))
  deriveBounds(analysis, options)
  return analysis
}

/** As many values as there are `?`. */
function checkParameters(state: State, query: ast.Query): void {
  let expected = 0
  walk(query, (node) => {
    if (node.kind === 'Parameter') expected = Math.max(expected, node.index + 1)
  })
  const found = state.options.parameters?.length ?? 0
  if (expected === found) return
  const message = `Incorrect number of parameters: expected ${expected} but found ${found}`
  fail(state, 'INVALID_PARAMETER_USAGE', { message }, { start: 0, end: 0 })
}
