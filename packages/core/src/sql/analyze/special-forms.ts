import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import { commonSuperType } from './coercion.ts'
import { typeCondition, typeExpression, unifyTypes } from './expression.ts'
import type { Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'

/** Calls that are no functions: they decide which of their arguments are computed. They have no entry in `calls`. */
const forms = ['if', 'coalesce', 'nullif', 'try'] as const
export type SpecialForm = (typeof forms)[number]

export function isSpecialForm(name: string): name is SpecialForm {
  return (forms as readonly string[]).includes(name)
}

const arity: Readonly<Record<SpecialForm, readonly [min: number, max: number]>> = {
  if: [2, 3],
  coalesce: [2, Infinity],
  nullif: [2, 2],
  try: [1, 1],
}

/** What Trino refuses while it reads a text, before any name or type: forms and format() with too few arguments, and clauses on forms. */
export function checkForms(state: State, query: ast.Query): void {
  walk(query, (node) => {
    if (node.kind === 'FunctionCall' && node.name.parts.length === 1) checkForm(state, node)
    return true
  })
}

function checkForm(state: State, node: ast.FunctionCall): void {
  const name = node.name.parts[0]!.value.toLowerCase()
  const { arguments: args } = node
  const refuse = (message: string): never => fail(state, 'SYNTAX_ERROR', { message }, node)
  if (name === 'format' && args.length < 2) refuse("The 'format' function must have at least two arguments")
  if (!isSpecialForm(name)) return
  const [min, max] = arity[name]
  if (args.length < min || args.length > max)
    refuse(
      name === 'coalesce'
        ? `The 'coalesce' function must have at least two arguments`
        : `Invalid number of arguments for '${name}' function`,
    )
  const clause = node.distinct ? 'DISTINCT' : node.filter ? 'FILTER' : node.orderBy.length > 0 ? 'ORDER BY' : undefined
  if (clause) refuse(`${clause} not valid for '${name}' function`)
}

export function typeSpecialForm(state: State, node: ast.FunctionCall, name: SpecialForm, scope: Scope): LakeType {
  const { arguments: args } = node
  switch (name) {
    case 'if':
      return typeIf(state, node, scope)
    case 'coalesce':
      return unifyTypes(
        state,
        args,
        args.map((arg) => typeExpression(state, arg, scope)),
        'All COALESCE operands',
      )
    case 'nullif':
      return typeNullIf(state, node, scope)
    case 'try':
      return typeExpression(state, args[0]!, scope)
  }
}

function typeIf(state: State, node: ast.FunctionCall, scope: Scope): LakeType {
  const [condition, yes, no] = node.arguments
  typeCondition(state, condition!, scope, (actual) => `IF condition must evaluate to a boolean (actual: ${actual})`)
  const yesType = typeExpression(state, yes!, scope)
  if (!no) return yesType
  const noType = typeExpression(state, no, scope)
  const common = commonSuperType(yesType, noType)
  if (!common) {
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `Result types for IF must be the same: ${formatType(yesType)} vs ${formatType(noType)}` },
      node,
    )
  }
  coerce(state, yes!, common, yesType)
  coerce(state, no, common, noType)
  return common
}

/** The result is the first argument in its own type; only the comparison is made in the common one. */
function typeNullIf(state: State, node: ast.FunctionCall, scope: Scope): LakeType {
  const [first, second] = node.arguments.map((arg) => typeExpression(state, arg, scope)) as [LakeType, LakeType]
  if (commonSuperType(first, second)) return first
  return fail(
    state,
    'TYPE_MISMATCH',
    { message: `Types are not comparable with NULLIF: ${formatType(first)} vs ${formatType(second)}` },
    node,
  )
}
