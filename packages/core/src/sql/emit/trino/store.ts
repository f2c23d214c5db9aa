import { TraillakeError } from '../../../errors/index.ts'
import type { ScanBounds } from '../../../schema/bounds.ts'
import { CHECKSUM_COLUMN } from '../../../schema/layouts.ts'
import { formatType, type LakeType } from '../../../schema/types.ts'
import type { RelationColumn, RelationLeaf, TableVersion } from '../../analyze/analysis.ts'
import { quoteName } from '../../print/names.ts'
import type { TrinoEnvironment } from './emit-trino.ts'
import { columnName } from './names.ts'
import { holdsTimestamp } from './uses.ts'

/** The partition column with the UTC day of `eventtime`: the one predicate by which Trino skips files of these tables. */
const PARTITION_DAY = 'date'

/**
 * A store as a query: Lake's columns in their order and their types, then the hidden ones that are used, of the days that can matter.
 *
 * Rows without a day have no `eventtime` either, and a bound on the day is only there where no such row can match.
 */
export function storeText(leaf: RelationLeaf, { uses, table }: TrinoEnvironment): string {
  const { source } = leaf
  if (source.kind !== 'table') throw new TypeError('no table')
  if (!source.table.prunable) {
    const message = `${source.table.id} is a table of traillake alone: target trino is not supported for it`
    throw new TraillakeError('NOT_SUPPORTED', { message }, { span: leaf.node.span })
  }
  const columns = leaf.columns.flatMap((column) => {
    if (column.hidden && !uses.hidden.has(column)) return []
    return [columnText(column, uses.converted.has(column))]
  })
  const days = daysText(source.bounds)
  const name = table(source.table).map(quoteName).join('.') + versionText(source.asOf)
  return `SELECT ${columns.join(', ')} FROM ${name}${days === undefined ? '' : ` WHERE ${days}`}`
}

function versionText(asOf: TableVersion | undefined): string {
  if (!asOf) return ''
  if ('version' in asOf) return ` FOR VERSION AS OF ${asOf.version}`
  const text = new Date(asOf.timestampMs).toISOString().replace('T', ' ').replace('Z', ' UTC')
  return ` FOR TIMESTAMP AS OF TIMESTAMP '${text}'`
}

function columnText({ origin, type }: RelationColumn, isConverted: boolean): string {
  if (origin.kind !== 'own' || !origin.catalog) throw new TypeError('no column of a table')
  const { name, physical = name, computed } = origin.catalog
  const label = columnName(name)
  if (computed === CHECKSUM_COLUMN) return `to_base64(sha256(to_utf8(eventjson))) AS ${label}`
  // The tables hold microseconds. The plain one is always converted: everything else about it depends on it.
  if (type.kind === 'timestamp' || (isConverted && holdsTimestamp(type)))
    return `CAST(${columnName(physical)} AS ${typeText(type)}) AS ${label}`
  return physical === name ? label : `${columnName(physical)} AS ${label}`
}

/** A type with its members' names in quotes, whatever words they are. */
function typeText(type: LakeType): string {
  switch (type.kind) {
    case 'array':
      return `array(${typeText(type.element)})`
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`
    case 'row':
      return `row(${type.fields.map((f) => (f.name === undefined ? '' : `${quoteName(f.name)} `) + typeText(f.type)).join(', ')})`
    default:
      return formatType(type)
  }
}

/** The days within the bounds; undefined where every day is. */
function daysText({ minTimeMs = -Infinity, maxTimeMs = Infinity }: ScanBounds): string | undefined {
  const [first, last] = [dayOf(minTimeMs), dayOf(maxTimeMs)]
  const day = quoteName(PARTITION_DAY)
  if (first !== undefined && last !== undefined) return `${day} BETWEEN DATE '${first}' AND DATE '${last}'`
  if (first !== undefined) return `${day} >= DATE '${first}'`
  return last === undefined ? undefined : `${day} <= DATE '${last}'`
}

/** 0001-01-01 and the end of 9999-12-31. */
const FOUR_DIGIT_YEARS = { min: -62_135_596_800_000, max: 253_402_300_799_999 } as const

/** Undefined beyond the years of four digits: without the bound, more is read and the same is found. */
function dayOf(ms: number): string | undefined {
  const isNear = ms >= FOUR_DIGIT_YEARS.min && ms <= FOUR_DIGIT_YEARS.max
  return isNear ? new Date(ms).toISOString().slice(0, 10) : undefined
}
