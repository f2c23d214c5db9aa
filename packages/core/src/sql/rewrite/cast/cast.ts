import { TraillakeError } from '../../../errors/index.ts'
import { engineFieldName, engineType } from '../../../schema/engine-type.ts'
import { formatType, type LakeType, sameType } from '../../../schema/types.ts'
import { bind, quoteName, quoteString } from '../../emit/text.ts'
import { raiseSql } from '../raise.ts'
import { fromJson, toJson } from './json.ts'
import { lambda } from './lambda.ts'
import { toDate, toTime, toTimestamp } from './temporal.ts'
import { toText } from './text.ts'

const INTEGERS = new Set(['tinyint', 'smallint', 'integer', 'bigint'])
const RANK = ['tinyint', 'smallint', 'integer', 'bigint']

/**
 * Converts an emitted value, as Trino's CAST does; also used for implicit conversions, which are a part of it.
 *
 * @throws NOT_SUPPORTED for pairs that Trino has and traillake has not
 */
export function castSql(sql: string, from: LakeType, to: LakeType): string {
  if (sameEngineValue(from, to)) return sql
  const number = literalNumber(sql)
  if (number !== undefined && widensNumber(from, to)) return `CAST('${number}' AS ${engineType(to)})`
  if (from.kind === 'unknown')
    return /^CAST\(NULL AS /.test(sql) ? `CAST(NULL AS ${engineType(to)})` : `CAST(${sql} AS ${engineType(to)})`
  switch (to.kind) {
    case 'boolean':
      return toBoolean(sql, from)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return toInteger(sql, from, to.kind)
    case 'double':
    case 'real':
      return toFloat(sql, from, to.kind)
    case 'decimal':
      return toDecimal(sql, from, to)
    case 'varchar':
    case 'char':
      return toText(sql, from, to)
    case 'date':
      return toDate(sql, from) ?? refuse(from, to)
    case 'time':
      return toTime(sql, from, to) ?? refuse(from, to)
    case 'timestamp':
      return toTimestamp(sql, from, to) ?? refuse(from, to)
    case 'json':
      return toJson(sql, from)
    case 'array':
      if (from.kind === 'json') return fromJson(sql, to)
      if (from.kind !== 'array') return refuse(from, to)
      return mapList(sql, (v) => castSql(v, from.element, to.element))
    case 'map':
      return from.kind === 'json' ? fromJson(sql, to) : from.kind === 'map' ? castMap(sql, from, to) : refuse(from, to)
    case 'row':
      return from.kind === 'json' ? fromJson(sql, to) : from.kind === 'row' ? castRow(sql, from, to) : refuse(from, to)
    case 'uuid':
      if (from.kind === 'varchar' || from.kind === 'char') {
        const failing = (v: string): string =>
          raiseSql('INVALID_CAST_ARGUMENT', `'Cannot cast value to UUID: ' || ${v}`, to)
        return bind(sql, (v) => `coalesce(CASE WHEN length(${v}) = 36 THEN TRY_CAST(${v} AS UUID) END, ${failing(v)})`)
      }
      return from.kind === 'varbinary' ? `trino_binary_to_uuid(${sql})` : refuse(from, to)
    case 'ipaddress':
      if (from.kind === 'varchar' || from.kind === 'char') return `trino_ip_cast(${sql})`
      return from.kind === 'varbinary' ? `trino_ip_from_binary(${sql})` : refuse(from, to)
    case 'varbinary':
      if (from.kind === 'ipaddress') return `trino_ip_to_binary(${sql})`
      return from.kind === 'uuid' ? `unhex(replace(CAST(${sql} AS VARCHAR), '-', ''))` : refuse(from, to)
    default:
      return refuse(from, to)
  }
}

const TRIED = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'double', 'real', 'boolean'])

/** TRY_CAST where the engine need not fail and be caught for it: that costs a hundred times as much a row. Undefined for other pairs. */
export function tryCastSql(sql: string, from: LakeType, to: LakeType): string | undefined {
  if (from.kind !== 'varchar' && from.kind !== 'char') return undefined
  if (to.kind === 'ipaddress') return `trino_try_ipaddress(${sql})`
  return TRIED.has(to.kind) ? bind(sql, (v) => `trino_try_${to.kind}(${v})`) : undefined
}

/** The number of an emitted literal, so that a conversion of it is one literal again. */
function literalNumber(sql: string): string | undefined {
  return /^(?:(\d+)|CAST\('?(-?[\d.]+)'? AS (?:[A-Z]*INT[A-Z]*|DECIMAL\([\d,]+\))\))$/
    .exec(sql)
    ?.slice(1)
    .find((text) => text !== undefined)
}

function widensNumber(from: LakeType, to: LakeType): boolean {
  if (to.kind === 'double') return from.kind === 'decimal' || INTEGERS.has(from.kind)
  return INTEGERS.has(from.kind) && RANK.indexOf(from.kind) < RANK.indexOf(to.kind)
}

function refuse(from: LakeType, to: LakeType): never {
  throw new TraillakeError('NOT_SUPPORTED', {
    message: `CAST from ${formatType(from)} to ${formatType(to)} is not supported`,
  })
}

/** True when values of `from` are values of `to` as the engine holds them. */
export function sameEngineValue(from: LakeType, to: LakeType): boolean {
  if (sameType(from, to)) return true
  if (from.kind === 'varchar' && to.kind === 'varchar')
    return to.length === undefined || (from.length !== undefined && from.length <= to.length)
  if (from.kind === 'timestamp' && to.kind === 'timestamp') {
    return (
      from.withTimeZone === to.withTimeZone && from.precision <= to.precision && from.precision > 6 === to.precision > 6
    )
  }
  if (from.kind === 'time' && to.kind === 'time') {
    return (
      from.withTimeZone === to.withTimeZone && from.precision <= to.precision && from.precision > 6 === to.precision > 6
    )
  }
  if (from.kind === 'array' && to.kind === 'array') return sameEngineValue(from.element, to.element)
  if (from.kind === 'map' && to.kind === 'map')
    return sameEngineValue(from.key, to.key) && sameEngineValue(from.value, to.value)
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every(
        (f, i) =>
          engineFieldName(from.fields, i) === engineFieldName(to.fields, i) &&
          sameEngineValue(f.type, to.fields[i]!.type),
      )
    )
  }
  return false
}

function toBoolean(sql: string, from: LakeType): string {
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return bind(sql, (v) => `trino_text_to_boolean(${v})`)
    case 'json':
      return bind(sql, (v) => `trino_json_to_boolean(${v})`)
    default:
      return `(${sql} <> 0)`
  }
}

function toInteger(sql: string, from: LakeType, to: 'tinyint' | 'smallint' | 'integer' | 'bigint'): string {
  const type = to.toUpperCase()
  switch (from.kind) {
    case 'boolean':
      return `CAST(${sql} AS ${type})`
    case 'varchar':
    case 'char':
      return bind(sql, (v) => `trino_text_to_${to}(${v})`)
    case 'json':
      return bind(sql, (v) => `trino_json_to_${to}(${v})`)
    case 'double':
    case 'real':
      return bind(sql, (v) => `trino_double_to_${to}(${v})`)
    case 'decimal': {
      const name = to === 'integer' ? 'INT' : type
      return checked(sql, type, (v) =>
        raiseSql('INVALID_CAST_ARGUMENT', `'Cannot cast ''' || trino_decimal_text(${v}) || ''' to ${name}'`, {
          kind: to,
        }),
      )
    }
    default:
      if (!INTEGERS.has(from.kind)) return refuse(from, { kind: to })
      if (RANK.indexOf(from.kind) <= RANK.indexOf(to)) return `CAST(${sql} AS ${type})`
      return checked(sql, type, (v) =>
        raiseSql('NUMERIC_VALUE_OUT_OF_RANGE', `'Out of range for ${to}: ' || ${v}`, { kind: to }),
      )
  }
}

/** TRY_CAST with Trino's error in place of NULL. */
function checked(sql: string, type: string, failing: (v: string) => string): string {
  return bind(sql, (v) => `coalesce(TRY_CAST(${v} AS ${type}), ${failing(v)})`)
}

function toFloat(sql: string, from: LakeType, to: 'double' | 'real'): string {
  const type = to === 'real' ? 'FLOAT' : 'DOUBLE'
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return bind(sql, (v) => `trino_text_to_${to}(${v})`)
    case 'json':
      return bind(sql, (v) => `trino_json_to_${to}(${v})`)
    case 'double':
      return bind(sql, (v) => `trino_double_to_real(${v})`)
    case 'decimal':
      // Through text: the engine divides the unscaled value, which rounds twice.
      return from.precision > 15 ? `CAST(CAST(${sql} AS VARCHAR) AS ${type})` : `CAST(${sql} AS ${type})`
    default:
      return INTEGERS.has(from.kind) || from.kind === 'boolean' || from.kind === 'real'
        ? `CAST(${sql} AS ${type})`
        : refuse(from, { kind: to })
  }
}

function toDecimal(sql: string, from: LakeType, to: LakeType & { readonly kind: 'decimal' }): string {
  const type = engineType(to)
  const name = `DECIMAL(${to.precision}, ${to.scale})`
  const cannot = (message: string): string => raiseSql('INVALID_CAST_ARGUMENT', message, to)
  switch (from.kind) {
    case 'boolean':
      return `CAST(CAST(${sql} AS INTEGER) AS ${type})`
    case 'varchar':
    case 'char': {
      const shape = `'[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?'`
      return bind(
        sql,
        (v) =>
          `coalesce(CASE WHEN regexp_full_match(${v}, ${shape}) THEN TRY_CAST(${v} AS ${type}) END, ${cannot(`'Cannot cast VARCHAR ''' || ${v} || ''' to ${name}. Value is not a number.'`)})`,
      )
    }
    case 'json':
      return bind(sql, (v) => {
        const text = `CASE json_type(${v}) WHEN 'VARCHAR' THEN trino_json_unquote(${v}) WHEN 'BOOLEAN' THEN CASE WHEN ${v} = 'true' THEN '1' ELSE '0' END WHEN 'ARRAY' THEN '' WHEN 'OBJECT' THEN '' ELSE ${v} END`
        return `CASE WHEN json_type(${v}) <> 'NULL' THEN coalesce(TRY_CAST(${text} AS ${type}), ${cannot(`'Cannot cast input json to DECIMAL(${to.precision},${to.scale})' || left(${v}, 0)`)}) END`
      })
    case 'double':
    case 'real': {
      // Through the shortest text, as Trino's BigDecimal.valueOf.
      const source = from.kind === 'real' ? 'REAL' : 'DOUBLE'
      return bind(
        sql,
        (v) =>
          `coalesce(CASE WHEN isfinite(${v}) THEN TRY_CAST(CAST(${v} AS VARCHAR) AS ${type}) END, ${cannot(`'Cannot cast ${source} ''' || CASE WHEN isnan(${v}) THEN 'NaN' WHEN isinf(${v}) THEN CASE WHEN ${v} > 0 THEN 'Infinity' ELSE '-Infinity' END ELSE CAST(${v} AS VARCHAR) END || ''' to ${name}'`)})`,
      )
    }
    case 'decimal':
      if (to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale)
        return `CAST(${sql} AS ${type})`
      return checked(sql, type, (v) =>
        cannot(
          `'Cannot cast DECIMAL(${from.precision}, ${from.scale}) ''' || trino_decimal_text(${v}) || ''' to ${name}'`,
        ),
      )
    default: {
      const digits = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 }[from.kind as 'bigint']
      if (digits === undefined) return refuse(from, to)
      if (to.precision - to.scale >= digits) return `CAST(${sql} AS ${type})`
      return checked(sql, type, (v) => cannot(`'Cannot cast ${from.kind.toUpperCase()} ''' || ${v} || ''' to ${name}'`))
    }
  }
}

/** Converts every element of a list. */
function mapList(sql: string, element: (v: string) => string): string {
  return `list_transform(${sql}, ${lambda(element)})`
}

function castMap(
  sql: string,
  from: LakeType & { readonly kind: 'map' },
  to: LakeType & { readonly kind: 'map' },
): string {
  const entry = lambda(
    (e) =>
      `{'key': ${castSql(`struct_extract(${e}, 'key')`, from.key, to.key)}, 'value': ${castSql(`struct_extract(${e}, 'value')`, from.value, to.value)}}`,
  )
  const entries = `list_transform(map_entries(${sql}), ${entry})`
  if (sameEngineValue(from.key, to.key)) return `map_from_entries(${entries})`
  return bind(
    entries,
    (e) =>
      `map_from_entries(CASE WHEN len(list_distinct(list_transform(${e}, ${lambda((x) => `struct_extract(${x}, 'key')`)}))) < len(${e}) THEN ${raiseSql(
        'INVALID_CAST_ARGUMENT',
        "'duplicate keys'",
        {
          kind: 'array',
          element: {
            kind: 'row',
            fields: [
              { name: 'key', type: to.key },
              { name: 'value', type: to.value },
            ],
          },
        },
      )} ELSE ${e} END)`,
  )
}

function castRow(
  sql: string,
  from: LakeType & { readonly kind: 'row' },
  to: LakeType & { readonly kind: 'row' },
): string {
  if (from.fields.length !== to.fields.length) return refuse(from, to)
  return bind(sql, (v) => {
    const members = to.fields.map((field, i) => {
      const member = `struct_extract(${v}, ${quoteString(engineFieldName(from.fields, i))})`
      return `${quoteName(engineFieldName(to.fields, i))} := ${castSql(member, from.fields[i]!.type, field.type)}`
    })
    return `CASE WHEN ${v} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`
  })
}
