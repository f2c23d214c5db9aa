import { TraillakeError } from '../../errors/index.ts'
import type { Span } from '../../errors/span.ts'
import { formatType, type LakeType } from '../../schema/types.ts'
import { comparisonKey } from './compare.ts'
import { applyLambda, bind, bindAll, freshName, invoke, mapList, memberNames, refuse, sqls, structOf } from './emit.ts'
import type { EmitCall, EmittedArgument, FunctionTable } from './types.ts'

const rowOf = (type: LakeType): LakeType => {
  if (type.kind !== 'array') throw new TypeError(`${type.kind} is no array`)
  return type.element
}

/** A map of arrays of keys and values, with Trino's errors for keys that are NULL or equal. */
function makeMap(keys: string, values: string, keyType: LakeType): string {
  const identity = comparisonKey(keyType)
  return bindAll([keys, values], ([k, v]) =>
    identity ? bind(mapList(k!, [v!], identity), (i) => `trino_map(${k}, ${i}, ${v})`) : `trino_map(${k}, ${k}, ${v})`,
  )
}

const keyOf = (type: LakeType): LakeType => {
  if (type.kind !== 'map') throw new TypeError(`${type.kind} is no map`)
  return type.key
}

/** Refuses keys whose equality the engine does not know, rather than answer by another. */
function plainKeys(name: string, key: LakeType, span: Span): void {
  if (!comparisonKey(key)) return
  throw new TraillakeError(
    'NOT_SUPPORTED',
    { message: `${name} over keys of type ${formatType(key)} is not supported` },
    { span },
  )
}

/** Applies a lambda of key and value to the entries of a map. */
const overEntries = (
  map: EmittedArgument,
  lambda: EmittedArgument,
  entry: (name: string, value: string) => string,
): string =>
  mapList(`map_entries(${map.sql})`, [lambda.sql], (e) => entry(e, applyLambda(lambda, [`${e}.key`, `${e}.value`])))

const filterMap: EmitCall = ([map, lambda]) => {
  const list = `map_entries(${map!.sql})`
  const e = freshName(list, lambda!.sql)
  return `map_from_entries(list_filter(${list}, lambda ${e}: ${applyLambda(lambda!, [`${e}.key`, `${e}.value`])}))`
}

const transformValues: EmitCall = ([map, lambda]) =>
  `map_from_entries(${overEntries(map!, lambda!, (e, value) => `{'k': ${e}.key, 'v': ${value}}`)})`

const transformKeys: EmitCall = ([map, lambda], call) =>
  bind(map!.sql, (m) =>
    makeMap(
      overEntries({ ...map!, sql: m }, lambda!, (_, key) => key),
      `map_values(${m})`,
      keyOf(call.resultType),
    ),
  )

const entries: EmitCall = ([map], call) =>
  mapList(`map_entries(${map!.sql})`, [], (e) => structOf(rowOf(call.resultType), [`${e}.key`, `${e}.value`]))

const fromEntries: EmitCall = ([rows], call) => {
  const [k, v] = memberNames(rowOf(rows!.type))
  return bind(rows!.sql, (r) =>
    makeMap(
      mapList(r, [], (e) => `${e}.${k}`),
      mapList(r, [], (e) => `${e}.${v}`),
      keyOf(call.resultType),
    ),
  )
}

const multimapFromEntries: EmitCall = ([rows], call) => {
  plainKeys('multimap_from_entries', keyOf(call.resultType), call.span)
  const [k, v] = memberNames(rowOf(rows!.type))
  return bind(
    mapList(rows!.sql, [], (e) => `{'k': trino_key(${e}.${k}), 'v': ${e}.${v}}`),
    (r) => `trino_multimap(${r})`,
  )
}

const concatMaps: EmitCall = (args, call) => {
  plainKeys('map_concat', keyOf(call.resultType), call.span)
  if (args.length < 2) refuse('There must be two or more concatenation arguments to map_concat', call.span)
  return bindAll(
    sqls(args),
    (maps) =>
      `CASE WHEN ${maps.map((m) => `${m} IS NOT NULL`).join(' AND ')} THEN ${invoke('map_concat', ...maps)} END`,
  )
}

const zipMaps: EmitCall = ([a, b, lambda], call) => {
  plainKeys('map_zip_with', keyOf(call.resultType), call.span)
  return bindAll([a!.sql, b!.sql], ([x, y]) => {
    const keys = mapList(
      `trino_union(map_keys(${x}), map_keys(${y}))`,
      [],
      (k) => `{'k': ${k}, 'a': ${x}[${k}], 'b': ${y}[${k}]}`,
    )
    const made = mapList(
      keys,
      [lambda!.sql],
      (e) => `{'k': ${e}.k, 'v': ${applyLambda(lambda!, [`${e}.k`, `${e}.a`, `${e}.b`])}}`,
    )
    return `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN map_from_entries(${made}) END`
  })
}

const features: EmitCall = (args) =>
  bindAll(
    sqls(args),
    (values) =>
      `CASE WHEN ${values.map((v) => `${v} IS NOT NULL`).join(' AND ')} THEN map(CAST(range(0, ${values.length}) AS BIGINT[]), [${values.join(', ')}]) END`,
  )

export const mapFunctions: FunctionTable = {
  map: {
    kind: 'scalar',
    overloads: [
      { signature: '() -> map(unknown, unknown)', duckdb: () => 'CAST(MAP {} AS MAP(INTEGER, INTEGER))' },
      {
        signature: '(array(K), array(V)) -> map(K, V)',
        comparable: ['K'],
        duckdb: ([k, v], call) => makeMap(k!.sql, v!.sql, keyOf(call.resultType)),
      },
    ],
    note: 'the errors are those of Trino',
  },
  map_keys: { kind: 'scalar', overloads: [{ signature: '(map(K, V)) -> array(K)', duckdb: 'map_keys' }] },
  map_values: { kind: 'scalar', overloads: [{ signature: '(map(K, V)) -> array(V)', duckdb: 'map_values' }] },
  map_entries: {
    kind: 'scalar',
    overloads: [{ signature: '(map(K, V)) -> array(row(K, V))', duckdb: entries }],
    note: 'rows without names; the engine names them key and value',
  },
  map_from_entries: {
    kind: 'scalar',
    overloads: [{ signature: '(array(row(K, V))) -> map(K, V)', comparable: ['K'], duckdb: fromEntries }],
  },
  multimap_from_entries: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(row(K, V))) -> map(K, array(V))', comparable: ['K'], duckdb: multimapFromEntries },
    ],
  },
  map_concat: {
    kind: 'scalar',
    overloads: [{ signature: '(map(K, V), map(K, V)...) -> map(K, V)', comparable: ['K'], duckdb: concatMaps }],
    note: 'NULL when any argument is',
  },
  map_filter: {
    kind: 'scalar',
    overloads: [{ signature: '(map(K, V), function(K, V, boolean)) -> map(K, V)', duckdb: filterMap }],
  },
  transform_values: {
    kind: 'scalar',
    overloads: [{ signature: '(map(K, V1), function(K, V1, V2)) -> map(K, V2)', duckdb: transformValues }],
  },
  transform_keys: {
    kind: 'scalar',
    overloads: [
      { signature: '(map(K1, V), function(K1, V, K2)) -> map(K2, V)', comparable: ['K2'], duckdb: transformKeys },
    ],
  },
  map_zip_with: {
    kind: 'scalar',
    overloads: [{ signature: '(map(K, V1), map(K, V2), function(K, V1, V2, V3)) -> map(K, V3)', duckdb: zipMaps }],
  },
  features: {
    kind: 'scalar',
    overloads: [{ signature: '(double, double...) -> map(bigint, double)', duckdb: features }],
  },
}
