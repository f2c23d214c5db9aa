import { engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import { plainText } from '../rewrite/cast/text.ts'
import { compareSql } from '../rewrite/comparison.ts'
import { comparisonKey, hasNaN } from './compare.ts'
import {
  applyLambda,
  bind,
  bindAll,
  bound,
  freshName,
  freshNames,
  invoke,
  literalInteger,
  literalText,
  mapList,
  plain,
  refuse,
  splitLambda,
  sqls,
  structOf,
  template,
} from './emit.ts'
import type { EmitCall, EmittedArgument, FunctionTable } from './types.ts'

const elementType = (type: LakeType): LakeType => {
  if (type.kind !== 'array') throw new TypeError(`${type.kind} is no array`)
  return type.element
}

/** True when a lambda's body may fail while it runs. */
const mayFail = (body: string): boolean => /TRINO:|CAST\(|trino_|[-+*/%]/.test(body.replaceAll(/'(?:[^']|'')*'/g, ''))

/**
 * any_match, all_match, none_match: Trino stops at the first element that decides, so a later one that fails does no harm.
 *
 * The macro sees truth values; where the body may fail, those up to the first that decides are computed for real.
 */
const matcher =
  (macro: string, decides: 'true' | 'false'): EmitCall =>
  ([list, lambda]) => {
    const { parameters, body } = splitLambda(lambda!.sql)
    const over = (elements: string) => `${macro}(list_transform(${elements}, ${lambda!.sql}))`
    if (!mayFail(body) || /\bSELECT\b|\brandom\(|\buuid\(/i.test(body)) return over(list!.sql)
    return bind(list!.sql, (a) => {
      const safely = `list_transform(${a}, lambda ${parameters[0]}: TRY(${body}))`
      return over(`${a}[1:coalesce(list_position(${safely}, ${decides}), len(${a}))]`)
    })
  }

/**
 * Functions that look elements up by equality.
 *
 * Of arrays, maps and rows equality may be undecided (a NULL inside), which Trino refuses unless the element was found before.
 */
const lookup =
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

const remove: EmitCall = ([list, value]) =>
  bindAll([list!.sql, value!.sql], (names) => {
    const [a, x] = names as [string, string]
    const type = value!.type
    if (isStructured(type)) {
      return bind(matches(a, x, type, 'array_remove'), (m) => {
        const [e, i] = freshNames(2, a, m)
        return `list_filter(${a}, lambda ${e}, ${i}: ${m}[${i}] IS NOT true)`
      })
    }
    const key = comparisonKey(type) ?? ((sql: string) => sql)
    const e = freshName(a, x)
    const differs = `${key(e)} IS DISTINCT FROM ${key(x)}${hasNaN(type) ? ` OR isnan(${e})` : ''}`
    return `CASE WHEN ${x} IS NOT NULL THEN list_filter(${a}, lambda ${e}: ${differs}) END`
  })

/** Set operations; where equality needs keys, arrays become lists of {k, v} and the result keeps v. */
const setOperation =
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

const elementAt: EmitCall = ([list, index]) => {
  const at = literalInteger(index)
  if (at === 0n) refuse('SQL array indices start at 1', index!.span)
  return at === undefined ? `trino_element_at(${list!.sql}, ${index!.sql})` : `${list!.sql}[${index!.sql}]`
}

const valueAt: EmitCall = ([map, value]) => {
  const key = comparisonKey(value!.type)
  if (!key) return `${map!.sql}[${value!.sql}]`
  return bindAll([map!.sql, value!.sql], ([m, k]) => {
    const e = freshName(m!, k!, key(k!))
    return `list_filter(map_entries(${m}), lambda ${e}: ${key(`${e}.key`)} = ${key(k!)})[1].value`
  })
}

const arrayHistogram: EmitCall = ([list], call) => {
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

const containsSequence: EmitCall = (args) => {
  const key = comparisonKey(elementType(args[0]!.type))
  return bindAll(
    args.map((a) => (key ? mapList(a.sql, [], key) : a.sql)),
    (names) => invoke('trino_contains_sequence', ...names),
  )
}

const sortWith: EmitCall = ([list, lambda]) => {
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

const reduce: EmitCall = ([list, state, step, finish]) => {
  const folded = fold(list!.sql, engineType(elementType(list!.type)), state!, step!)
  return bind(list!.sql, (a) => `CASE WHEN ${a} IS NOT NULL THEN ${applyLambda(finish!, [folded])} END`)
}

const zip: EmitCall = (args, call) =>
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

const zipWith: EmitCall = ([a, b, lambda]) =>
  bindAll([a!.sql, b!.sql], ([x, y]) => {
    const rows = mapList(`list_zip(${x}, ${y})`, [lambda!.sql], (z) => applyLambda(lambda!, [`${z}[1]`, `${z}[2]`]))
    return `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${rows} END`
  })

const join: EmitCall = ([list, delimiter, nulls]) => {
  const element = elementType(list!.type)
  const texts =
    element.kind === 'varchar' || element.kind === 'char'
      ? list!.sql
      : mapList(list!.sql, [], (e) => plainText(e, element))
  const macro = `trino_join${nulls ? '3' : ''}${literalText(delimiter) === undefined ? '_any' : ''}`
  return bindAll([texts, delimiter!.sql, ...(nulls ? [nulls.sql] : [])], (n) => invoke(macro, ...n))
}

const sequenceOf =
  (macro: string): EmitCall =>
  ([a, b, step]) =>
    bindAll(
      [a!.sql, b!.sql, ...(step ? [step.sql] : [])],
      ([x, y, s]) => `${macro}(${x}, ${y}, ${s ?? `CASE WHEN ${x} <= ${y} THEN 1 ELSE -1 END`})`,
    )

const repeat: EmitCall = ([value, count]) => {
  const i = freshName(value!.sql)
  return `list_transform(range(0, trino_repeat_count(${count!.sql})), lambda ${i}: ${value!.sql})`
}

export const arrayFunctions: FunctionTable = {
  transform: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), function(T, U)) -> array(U)', duckdb: 'list_transform' }],
  },
  filter: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), function(T, boolean)) -> array(T)', duckdb: 'list_filter' }],
  },
  any_match: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), function(T, boolean)) -> boolean', duckdb: matcher('trino_any', 'true') }],
    note: 'three-valued; false for no element',
  },
  all_match: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), function(T, boolean)) -> boolean', duckdb: matcher('trino_all', 'false') }],
    note: 'three-valued; true for no element',
  },
  none_match: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), function(T, boolean)) -> boolean', duckdb: matcher('NOT trino_any', 'true') }],
    note: 'the contrary of any_match',
  },
  element_at: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E), bigint) -> E', duckdb: elementAt },
      { signature: '(map(K, V), K) -> V', comparable: ['K'], duckdb: valueAt },
    ],
    note: 'the engine gives a list for maps and refuses lists',
  },
  cardinality: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E)) -> bigint', duckdb: plain('len') },
      { signature: '(map(K, V)) -> bigint', duckdb: template('CAST(cardinality($1) AS BIGINT)') },
    ],
  },
  contains: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(T), T) -> boolean', comparable: ['T'], duckdb: lookup('trino_contains', 'contains') },
      { signature: '(varchar, ipaddress) -> boolean', duckdb: 'trino_ip_contains' },
    ],
    note: 'NULL when absent and the array holds a NULL; NaN is never found',
  },
  array_position: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(T), T) -> bigint', comparable: ['T'], duckdb: lookup('trino_position', 'array_position') },
    ],
    note: '0 when absent',
  },
  array_remove: {
    kind: 'scalar',
    overloads: [{ signature: '(array(E), E) -> array(E)', comparable: ['E'], duckdb: remove }],
  },
  array_distinct: {
    kind: 'scalar',
    overloads: [{ signature: '(array(E)) -> array(E)', comparable: ['E'], duckdb: setOperation('trino_distinct') }],
    note: 'keeps NULL and the order; list_distinct keeps neither',
  },
  array_union: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E), array(E)) -> array(E)', comparable: ['E'], duckdb: setOperation('trino_union') },
    ],
  },
  array_intersect: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E), array(E)) -> array(E)', comparable: ['E'], duckdb: setOperation('trino_intersect') },
    ],
  },
  array_except: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E), array(E)) -> array(E)', comparable: ['E'], duckdb: setOperation('trino_except') },
    ],
    note: 'against an empty array the first comes back as it is, repetitions included',
  },
  arrays_overlap: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E), array(E)) -> boolean', comparable: ['E'], duckdb: setOperation('trino_overlap') },
    ],
  },
  array_max: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(double)) -> double', duckdb: bound('trino_array_max_double') },
      { signature: '(array(real)) -> real', duckdb: bound('trino_array_max_double') },
      { signature: '(array(T)) -> T', orderable: ['T'], duckdb: bound('trino_array_max') },
    ],
    note: 'NULL when an element is; NaN loses',
  },
  array_min: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T)) -> T', orderable: ['T'], duckdb: bound('trino_array_min') }],
    note: 'NULL when an element is',
  },
  array_sort: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E)) -> array(E)', orderable: ['E'], duckdb: plain('list_sort', "'ASC'", "'NULLS LAST'") },
      { signature: '(array(T), function(T, T, integer)) -> array(T)', duckdb: sortWith },
    ],
  },
  array_join: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(T), varchar) -> varchar', duckdb: join },
      { signature: '(array(T), varchar, varchar) -> varchar', duckdb: join },
    ],
    note: 'elements in the text form of a cast to varchar',
  },
  array_histogram: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T)) -> map(T, bigint)', comparable: ['T'], duckdb: arrayHistogram }],
  },
  flatten: { kind: 'scalar', overloads: [{ signature: '(array(array(E))) -> array(E)', duckdb: 'flatten' }] },
  reduce: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), S, function(S, T, S), function(S, R)) -> R', duckdb: reduce }],
  },
  slice: {
    kind: 'scalar',
    overloads: [{ signature: '(array(E), bigint, bigint) -> array(E)', duckdb: bound('trino_slice') }],
  },
  sequence: {
    kind: 'scalar',
    overloads: [
      { signature: '(bigint, bigint) -> array(bigint)', duckdb: sequenceOf('trino_seq_big') },
      { signature: '(bigint, bigint, bigint) -> array(bigint)', duckdb: sequenceOf('trino_seq_big') },
      { signature: '(date, date) -> array(date)', duckdb: sequenceOf('trino_seq_days') },
      {
        signature: '(date, date, interval day to second) -> array(date)',
        duckdb: ([a, b, s]) =>
          sequenceOf('trino_seq_days')([a!, b!, { ...s!, sql: `trino_day_step(${s!.sql})` }], undefined as never),
      },
      {
        signature: '(date, date, interval year to month) -> array(date)',
        duckdb: (args, call) => mapList(sequenceOf('trino_seq_months')(args, call), [], (t) => `CAST(${t} AS DATE)`),
      },
      {
        signature: '(timestamp(p), timestamp(p), interval day to second) -> array(timestamp(p))',
        duckdb: sequenceOf('trino_seq_ts'),
      },
      {
        signature: '(timestamp(p), timestamp(p), interval year to month) -> array(timestamp(p))',
        duckdb: sequenceOf('trino_seq_months'),
      },
    ],
    note: 'at most 10000 elements, and the step must lead from start to stop',
  },
  repeat: {
    kind: 'scalar',
    overloads: [{ signature: '(T, bigint) -> array(T)', duckdb: repeat }],
    note: 'repeat() of the engine repeats text',
  },
  trim_array: {
    kind: 'scalar',
    overloads: [{ signature: '(array(E), bigint) -> array(E)', duckdb: bound('trino_trim_array') }],
  },
  contains_sequence: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), array(T)) -> boolean', comparable: ['T'], duckdb: containsSequence }],
  },
  combinations: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), bigint) -> array(array(T))', duckdb: bound('trino_combinations') }],
  },
  ngrams: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), bigint) -> array(array(T))', duckdb: bound('trino_ngrams') }],
  },
  zip: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(T1), array(T2)) -> array(row(T1, T2))', duckdb: zip },
      { signature: '(array(T1), array(T2), array(T3)) -> array(row(T1, T2, T3))', duckdb: zip },
      { signature: '(array(T1), array(T2), array(T3), array(T4)) -> array(row(T1, T2, T3, T4))', duckdb: zip },
      {
        signature: '(array(T1), array(T2), array(T3), array(T4), array(T5)) -> array(row(T1, T2, T3, T4, T5))',
        duckdb: zip,
      },
    ],
  },
  zip_with: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T), array(U), function(T, U, R)) -> array(R)', duckdb: zipWith }],
  },
  shuffle: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(array(T)) -> array(T)',
        duckdb: ([a]) =>
          mapList(`list_sort(${mapList(a!.sql, [], (e) => `{'r': random(), 'x': ${e}}`)})`, [], (e) => `${e}.x`),
      },
    ],
  },
  dot_product: {
    kind: 'scalar',
    overloads: [{ signature: '(array(double), array(double)) -> double', duckdb: bound('trino_dot') }],
  },
  euclidean_distance: {
    kind: 'scalar',
    overloads: [{ signature: '(array(double), array(double)) -> double', duckdb: bound('trino_euclidean') }],
  },
  cosine_similarity: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(double), array(double)) -> double', duckdb: bound('trino_cosine') },
      { signature: '(map(varchar, double), map(varchar, double)) -> double', duckdb: bound('trino_cosine_map') },
    ],
  },
  cosine_distance: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(array(double), array(double)) -> double',
        duckdb: ([a, b]) => `(1 - ${bindAll([a!.sql, b!.sql], (n) => invoke('trino_cosine', ...n))})`,
      },
    ],
  },
}
