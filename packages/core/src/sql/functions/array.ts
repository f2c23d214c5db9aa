import { plainText } from '../rewrite/cast/text.ts'
import { matcher, reduce, sortWith, zip, zipWith } from './array-lambda.ts'
import { arrayHistogram, containsSequence, elementType, lookup, remove, setOperation, valueAt } from './array-search.ts'
import { betterOf } from './conditional.ts'
import {
  bindAll,
  bound,
  freshName,
  invoke,
  literalInteger,
  literalText,
  mapList,
  plain,
  refuse,
  template,
} from './emit.ts'
import type { EmitCall, FunctionTable } from './types.ts'

const elementAt: EmitCall = ([list, index]) => {
  const at = literalInteger(index)
  if (at === 0n) refuse('SQL array indices start at 1', index!.span)
  return at === undefined ? `trino_element_at(${list!.sql}, ${index!.sql})` : `${list!.sql}[${index!.sql}]`
}

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

/** Arrays and rows are compared one by one: a NULL inside that would have to decide is an error. */
const extremeElement =
  (name: 'greatest' | 'least'): EmitCall =>
  (args, call) => {
    const { kind } = call.resultType
    if (kind !== 'array' && kind !== 'row')
      return bound(name === 'greatest' ? 'trino_array_max' : 'trino_array_min')(args, call)
    const better = betterOf(name, call.resultType)
    return bindAll(
      args.map((arg) => arg.sql),
      ([a]) => `CASE WHEN len(${a}) > 0 AND len(${a}) = list_count(${a}) THEN list_reduce(${a}, ${better}) END`,
    )
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
      { signature: '(array(T)) -> T', orderable: ['T'], duckdb: extremeElement('greatest') },
    ],
    note: 'NULL when an element is; NaN loses',
  },
  array_min: {
    kind: 'scalar',
    overloads: [{ signature: '(array(T)) -> T', orderable: ['T'], duckdb: extremeElement('least') }],
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
