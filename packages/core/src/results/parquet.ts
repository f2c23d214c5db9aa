import { TraillakeError } from '../errors/index.ts'
import { engineFieldName, engineType, formatType, type LakeType } from '../schema/index.ts'
import { uniqueLabels } from './arrow.ts'
import { memberNames } from './forms.ts'
import type { ResultField } from './rows.ts'

/**
 * The engine's SELECT of a result in types that Parquet has, from a SELECT that gives the result as the engine holds it.
 *
 * | Lake | Parquet |
 * | --- | --- |
 * | timestamp(p) | TIMESTAMP without zone: µs to p 6, else ns |
 * | timestamp(p) with time zone | TIMESTAMP in UTC, µs: the instant is kept, the zone's name is not |
 * | interval day to second, year to month | INT64 of milliseconds, INT32 of months |
 * | json, char | STRING |
 * | unknown | INT32, every value NULL |
 *
 * Errors: NOT_SUPPORTED, with the column's name, for time with time zone, timestamps with a zone finer than µs, and ipaddress.
 */
export function parquetSelect(sql: string, fields: readonly ResultField[]): string {
  // As file readers do, the engine takes names that differ in letter case alone for one.
  const labels = uniqueLabels(fields, (name) => name.toLowerCase())
  const columns = fields.map((_, i) => `c${i}`)
  const items = fields.map(
    ({ name, type }, i) => `${parquetValue(type, columns[i]!, name)} AS ${quoteName(labels[i]!)}`,
  )
  return `SELECT ${items.join(', ')} FROM (${sql}) AS result(${columns.join(', ')})`
}

/**
 * @param value SQL that gives a value as the engine holds it; short, since it is repeated
 * @param depth lambdas around it, each of which needs a name of its own
 */
function parquetValue(type: LakeType, value: string, column: string, depth = 0): string {
  switch (type.kind) {
    case 'ipaddress':
      throw refusal(column, type)
    case 'time':
      if (type.withTimeZone) throw refusal(column, type)
      return `CAST(${value} AS ${engineType(type)})`
    case 'timestamp':
      if (!type.withTimeZone) return `CAST(${value} AS ${engineType(type)})`
      if (type.precision > 6) throw refusal(column, type)
      return `(${value}.t AT TIME ZONE 'UTC')`
    case 'array': {
      const item = `e${depth}`
      return `list_transform(${value}, lambda ${item}: ${parquetValue(type.element, item, column, depth + 1)})`
    }
    case 'map': {
      const entry = `e${depth}`
      const [key, member] = (['key', 'value'] as const).map((part) =>
        parquetValue(type[part], `${entry}.${part}`, column, depth + 1),
      )
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${entry}: {'key': ${key}, 'value': ${member}}))`
    }
    case 'row': {
      const members = structNames(type).map((name, i) => {
        const member = `${value}.${quoteName(engineFieldName(type.fields, i))}`
        return `${quoteName(name)}: ${parquetValue(type.fields[i]!.type, member, column, depth)}`
      })
      return `CASE WHEN ${value} IS NOT NULL THEN {${members.join(', ')}} END`
    }
    default:
      return `CAST(${value} AS ${engineType(type)})`
  }
}

/** Members of a row, unless two differ in letter case alone. */
function structNames(type: LakeType & { readonly kind: 'row' }): readonly string[] {
  const names = memberNames(type)
  const isUnique = new Set(names.map((name) => name.toLowerCase())).size === names.length
  return isUnique ? names : names.map((_, i) => engineFieldName(type.fields, i))
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function refusal(column: string, type: LakeType): TraillakeError {
  return new TraillakeError(
    'NOT_SUPPORTED',
    { message: `Parquet has no type for column ${column}, ${formatType(type)}` },
    { hint: `CAST(${column} AS varchar)` },
  )
}
