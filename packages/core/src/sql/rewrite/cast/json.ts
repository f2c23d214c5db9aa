import { TraillakeError } from '../../../errors/index.ts'
import { engineFieldName, engineType } from '../../../schema/engine-type.ts'
import { formatType, type LakeType } from '../../../schema/types.ts'
import { bind, quoteName, quoteString } from '../../emit/text.ts'
import { raiseSql } from '../raise.ts'
import { castSql } from './cast.ts'
import { lambda } from './lambda.ts'
import { plainText } from './text.ts'

/** CAST to json: the JSON text of a value; SQL NULL stays NULL outside, and is `null` inside arrays, maps and rows. */
export function toJson(sql: string, from: LakeType): string {
  switch (from.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'decimal':
      return plainText(sql, from)
    case 'double':
      return bind(sql, (v) => `trino_json_number(${v})`)
    case 'real':
      return bind(sql, (v) => `trino_json_number(${v})`)
    case 'varchar':
      return `CAST(to_json(${sql}) AS VARCHAR)`
    case 'date':
    case 'timestamp':
      return `('"' || ${plainText(sql, from)} || '"')`
    case 'json':
      return sql
    case 'array':
      return `('[' || array_to_string(list_transform(${sql}, ${lambda((e) => orNull(toJson(e, from.element)))}), ',') || ']')`
    case 'map': {
      // Members stand in the order of their keys' text.
      const entry = lambda(
        (e) =>
          `{'k': ${plainText(`struct_extract(${e}, 'key')`, from.key)}, 'v': ${orNull(toJson(`struct_extract(${e}, 'value')`, from.value))}}`,
      )
      const member = lambda(
        (e) => `CAST(to_json(struct_extract(${e}, 'k')) AS VARCHAR) || ':' || struct_extract(${e}, 'v')`,
      )
      return `('{' || array_to_string(list_transform(list_sort(list_transform(map_entries(${sql}), ${entry})), ${member}), ',') || '}')`
    }
    case 'row':
      return bind(sql, (v) => {
        const members = from.fields.map(({ name, type }, i) => {
          const value = toJson(`struct_extract(${v}, ${quoteString(engineFieldName(from.fields, i))})`, type)
          return `${quoteString(`${i === 0 ? '' : ','}${JSON.stringify(name ?? '')}:`)} || ${orNull(value)}`
        })
        return `CASE WHEN ${v} IS NOT NULL THEN '{' || ${members.join(' || ')} || '}' END`
      })
    case 'unknown':
      return 'CAST(NULL AS VARCHAR)'
    default:
      throw new TraillakeError('NOT_SUPPORTED', { message: `CAST from ${formatType(from)} to json is not supported` })
  }
}

function orNull(json: string): string {
  return `coalesce(${json}, 'null')`
}

type Structured = LakeType & { readonly kind: 'array' | 'map' | 'row' }

/** CAST from json to array, map or row. */
export function fromJson(sql: string, to: Structured): string {
  return bind(sql, (j) => {
    const cannot = (expected: string): string =>
      raiseSql(
        'INVALID_CAST_ARGUMENT',
        `${quoteString(`Cannot cast to ${formatType(to)}. Expected a json ${expected}, but got `)} || left(${j}, 1) || chr(10) || ${j}`,
        to,
      )
    switch (to.kind) {
      case 'array':
        return `CASE json_type(${j}) WHEN 'NULL' THEN NULL WHEN 'ARRAY' THEN list_transform(${elementsOf(j)}, ${lambda((e) => member(e, to.element))}) ELSE ${cannot('array')} END`
      case 'map': {
        const entry = lambda(
          (e) =>
            `{'key': ${castSql(`struct_extract(${e}, 'key')`, { kind: 'varchar' }, to.key)}, 'value': ${member(`struct_extract(${e}, 'value')`, to.value)}}`,
        )
        return `CASE json_type(${j}) WHEN 'NULL' THEN NULL WHEN 'OBJECT' THEN map_from_entries(list_transform(map_entries(${membersOf(j)}), ${entry})) ELSE ${cannot('object')} END`
      }
      case 'row':
        return fromJsonRow(j, to, cannot('array or object'))
    }
  })
}

function fromJsonRow(j: string, to: LakeType & { readonly kind: 'row' }, failing: string): string {
  const pack = (value: (index: number) => string): string =>
    `struct_pack(${to.fields.map((_, i) => `${quoteName(engineFieldName(to.fields, i))} := ${value(i)}`).join(', ')})`
  const count = to.fields.length
  const byPlace = bind(
    elementsOf(j),
    (list) =>
      `CASE WHEN len(${list}) = ${count} THEN ${pack((i) => member(`${list}[${i + 1}]`, to.fields[i]!.type))} ELSE ${raiseSql('INVALID_CAST_ARGUMENT', `${quoteString(`Cannot cast to ${formatType(to)}. Unexpected token: `)} || ${j}`, to)} END`,
  )
  const byName = bind(membersOf(j), (members) =>
    pack((i) => {
      const { name, type } = to.fields[i]!
      if (name === undefined) return member('CAST(NULL AS VARCHAR)', type)
      const key = quoteString(name.toLowerCase())
      return type.kind === 'json'
        ? `trino_json_canonical(trino_json_member_json(${members}, ${key}))`
        : member(`trino_json_member(${members}, ${key})`, type)
    }),
  )
  return `CASE json_type(${j}) WHEN 'NULL' THEN CAST(NULL AS ${engineType(to)}) WHEN 'ARRAY' THEN ${byPlace} WHEN 'OBJECT' THEN ${byName} ELSE ${failing} END`
}

/** The elements of a JSON array as texts. */
function elementsOf(j: string): string {
  return `CAST(json_extract(${j}, '$[*]') AS VARCHAR[])`
}

/** The members of a JSON object as texts by name; a JSON null is NULL. */
function membersOf(j: string): string {
  return `CAST(CAST(CAST(${j} AS JSON) AS MAP(VARCHAR, JSON)) AS MAP(VARCHAR, VARCHAR))`
}

/** A JSON value inside another: `null` is NULL, but stays JSON's null where json is asked for. */
function member(sql: string, to: LakeType): string {
  // The engine rewrites numbers while it takes a value apart.
  if (to.kind === 'json') return `trino_json_canonical(coalesce(${sql}, 'null'))`
  return castSql(sql, { kind: 'json' }, to)
}
