import type { LakeType } from '../../schema/types.ts'
import { compareSql } from '../rewrite/comparison.ts'
import { comparisonKey, hasNaN } from './compare.ts'
import { bind, bindAll, bound, freshName, freshNames, invoke, mapList, sqls } from './emit.ts'
import type { EmitCall } from './types.ts'

export const elementType = (type: LakeType): LakeType => {
  if (type.kind !== 'array') throw new TypeError(`${type.kind} is no array`)
  return type.element
}

/**
 * Functions that look elements up by equality.
 *
 * Of arrays, maps and rows equality may be undecided (a NULL inside), which Trino refuses unless the element was found before.
 */
export const lookup =
  (macro: string, name: string): EmitCall =>
  ([list, value]) =>
    bindAll([list!.sql, value!.sql], (names) => {
      const [a, x] = names as [string, string]
      const found = isStructured(value!.type)
        ? bind(matches(a, x, value!.type, name), (m) => `${macro}(${m}, CASE WHEN ${x} IS NOT NULL THEN true END)`)
        : onKeys(macro, a, x, value!.type)
      if (!hasNaN(value!.type)) return found
      const e = freshName(a, x)
      return `CASE WHEN isnan(${x}) THEN ${macro}(list_filter(${a}, lambda ${e}: ${e} IS NULL), ${x}) ELSE ${found} END`
    })

const isStructured = (type: LakeType): boolean => type.kind === 'array' || type.kind === 'map' || type.kind === 'row'

function onKeys(macro: string, a: string, x: string, type: LakeType): string {
  const key = comparisonKey(type)
  return key ? `${macro}(${mapList(a, [x], key)}, ${key(x)})` : `${macro}(${a}, ${x})`
}

/** Whether each element equals a value; fails for one that cannot be told, unless one before it does. NULL elements stay NULL. */
function matches(a: string, x: string, type: LakeType, name: string): string {
  const states = mapList(
    a,
    [x],
    (e) =>
      `CASE WHEN ${e} IS NULL THEN 0 ELSE CASE ${compareSql('=', e, x, type)} WHEN true THEN 1 WHEN false THEN 2 ELSE 3 END END`,
  )
  return bind(states, (s) => {
    const e = freshName(s)
    return `CASE WHEN ${x} IS NOT NULL THEN list_transform(trino_told(${s}, '${name}'), lambda ${e}: CASE ${e} WHEN 1 THEN true WHEN 2 THEN false END) END`
  })
}

export const remove: EmitCall = ([list, value]) =>
  bindAll([list!.sql, value!.sql], (names) => {
    const [a, x] = names as [string, string]
    const type = value!.type
    if (isStructured(type)) {
      return bind(matches(a, x, type, 'array_remove'), (m) => {
        const [e, i] = freshNames(2, a, m)
        return `CASE WHEN ${x} IS NOT NULL THEN list_filter(${a}, lambda ${e}, ${i}: ${m}[${i}] IS NOT true) END`
      })
    }
    const key = comparisonKey(type) ?? ((sql: string) => sql)
    const e = freshName(a, x)
    const differs = `${key(e)} IS DISTINCT FROM ${key(x)}${hasNaN(type) ? ` OR isnan(${e})` : ''}`
    return `CASE WHEN ${x} IS NOT NULL THEN list_filter(${a}, lambda ${e}: ${differs}) END`
  })

/** Set operations; where equality needs keys, arrays become lists of {k, v} and the result keeps v. */
export const setOperation =
  (macro: string): EmitCall =>
  (args) => {
    const key = comparisonKey(elementType(args[0]!.type))
    if (!key)
      return bound(macro === 'trino_distinct' && hasNaN(elementType(args[0]!.type)) ? 'trino_distinct_double' : macro)(
        args,
        undefined as never,
      )
    return bindAll(sqls(args), (names) => {
      const [a, b] = names
      const keys = mapList(a!, names, key)
      const others = b === undefined ? '' : mapList(b, names, key)
      const [at, place] = freshNames(2, ...names, keys, others, key('""')) as [string, string]
      switch (macro) {
        case 'trino_distinct':
          return pick(a!, `lambda ${at}, ${place}: list_position(${keys}, ${key(at)}) = ${place}`)
        case 'trino_union':
          return setOperation('trino_distinct')([{ ...args[0]!, sql: `(${a} || ${b})` }], undefined as never)
        case 'trino_intersect':
          return setOperation('trino_distinct')(
            [{ ...args[0]!, sql: pick(a!, `lambda ${at}: list_position(${others}, ${key(at)}) IS NOT NULL`) }],
            undefined as never,
          )
        case 'trino_except':
          return setOperation('trino_distinct')(
            [{ ...args[0]!, sql: pick(a!, `lambda ${at}: list_position(${others}, ${key(at)}) IS NULL`) }],
            undefined as never,
          )
        default:
          return `${macro}(${keys}, ${others})`
      }
    })
  }

const pick = (list: string, lambda: string): string => `list_filter(${list}, ${lambda})`

/** The value of a key of a map, found by the identity of keys. */
export const valueAt: EmitCall = ([map, value]) => {
  const key = comparisonKey(value!.type)
  if (!key) return `${map!.sql}[${value!.sql}]`
  return bindAll([map!.sql, value!.sql], ([m, k]) => {
    const e = freshName(m!, k!, key(k!))
    return `list_filter(map_entries(${m}), lambda ${e}: ${key(`${e}.key`)} = ${key(k!)})[1].value`
  })
}

export const arrayHistogram: EmitCall = ([list], call) => {
  const type = elementType(list!.type)
  const key = comparisonKey(type)
  if (!key) return bound('trino_array_histogram')([list!], call)
  const known = freshName(list!.sql)
  const entries = mapList(
    `list_filter(${list!.sql}, lambda ${known}: ${known} IS NOT NULL)`,
    [],
    (e) => `{'k': ${e}, 'i': ${key(e)}}`,
  )
  return bind(entries, (e) => `trino_counts_i(${e})`)
}

export const containsSequence: EmitCall = (args) => {
  const key = comparisonKey(elementType(args[0]!.type))
  return bindAll(
    args.map((a) => (key ? mapList(a.sql, [], key) : a.sql)),
    (names) => invoke('trino_contains_sequence', ...names),
  )
}
