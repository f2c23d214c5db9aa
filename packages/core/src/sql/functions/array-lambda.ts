import { engineType } from '../../schema/engine-type.ts'
import { tried } from '../rewrite/try.ts'
import { elementType } from './array-search.ts'
import { applyLambda, bind, bindAll, freshNames, invoke, mapList, splitLambda, sqls, structOf } from './emit.ts'
import type { EmitCall, EmittedArgument } from './types.ts'

/** True when a lambda's body may fail while it runs. */
const mayFail = (body: string): boolean => /TRINO:|CAST\(|trino_|[-+*/%]/.test(body.replaceAll(/'(?:[^']|'')*'/g, ''))

/**
 * any_match, all_match, none_match: Trino stops at the first element that decides, so a later one that fails does no harm.
 *
 * The macro sees truth values; where the body may fail, those up to the first that decides are computed for real.
 */
export const matcher =
  (macro: string, decides: 'true' | 'false'): EmitCall =>
  ([list, lambda]) => {
    const { parameters, body } = splitLambda(lambda!.sql)
    const over = (elements: string) => `${macro}(list_transform(${elements}, ${lambda!.sql}))`
    if (!mayFail(body) || /\bSELECT\b|\brandom\(|\buuid\(/i.test(body)) return over(list!.sql)
    return bind(list!.sql, (a) => {
      const safely = `list_transform(${a}, lambda ${parameters[0]}: ${tried(body)})`
      return over(`${a}[1:coalesce(list_position(${safely}, ${decides}), len(${a}))]`)
    })
  }

export const sortWith: EmitCall = ([list, lambda]) => {
  const element = engineType(elementType(list!.type))
  const order = (a: string, b: string) => bind(applyLambda(lambda!, [a, b]), (c) => `trino_order(${c})`)
  const [acc, e, y] = freshNames(3, list!.sql, lambda!.sql)
  return `list_reduce(list_transform(${list!.sql}, lambda ${e}: [${e}]), lambda ${acc}, ${e}: list_concat(list_filter(${acc}, lambda ${y}: ${order(y!, `${e}[1]`)} <= 0), ${e}, list_filter(${acc}, lambda ${y}: ${order(y!, `${e}[1]`)} > 0)), CAST([] AS ${element}[]))`
}

/** A fold over {s, x}: the engine wants state and element of one type. */
export function fold(list: string, element: string, state: EmittedArgument, step: EmittedArgument): string {
  const type = engineType(state.type)
  const [a, b, x] = freshNames(3, list, state.sql, step.sql)
  const value = applyLambda(step, [`${a}.s`, `${b}.x`])
  return `list_reduce(list_transform(${list}, lambda ${x}: {'s': CAST(NULL AS ${type}), 'x': ${x}}), lambda ${a}, ${b}: {'s': CAST(${value} AS ${type}), 'x': CAST(NULL AS ${element})}, {'s': CAST(${state.sql} AS ${type}), 'x': CAST(NULL AS ${element})}).s`
}

export const reduce: EmitCall = ([list, state, step, finish]) => {
  const folded = fold(list!.sql, engineType(elementType(list!.type)), state!, step!)
  return bind(list!.sql, (a) => `CASE WHEN ${a} IS NOT NULL THEN ${applyLambda(finish!, [folded])} END`)
}

export const zip: EmitCall = (args, call) =>
  bindAll(sqls(args), (lists) => {
    const known = lists.map((l) => `${l} IS NOT NULL`).join(' AND ')
    const result = elementType(call.resultType)
    const rows = mapList(invoke('list_zip', ...lists), [], (z) =>
      structOf(
        result,
        lists.map((_, i) => `${z}[${i + 1}]`),
      ),
    )
    return `CASE WHEN ${known} THEN ${rows} END`
  })

export const zipWith: EmitCall = ([a, b, lambda]) =>
  bindAll([a!.sql, b!.sql], ([x, y]) => {
    const rows = mapList(`list_zip(${x}, ${y})`, [lambda!.sql], (z) => applyLambda(lambda!, [`${z}[1]`, `${z}[2]`]))
    return `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${rows} END`
  })
