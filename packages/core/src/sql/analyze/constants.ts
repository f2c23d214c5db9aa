import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { Analysis } from './analysis.ts'
import { intervalValue } from './literals.ts'
import { bare } from './names.ts'
import type { AnalyzeOptions } from './state.ts'
import { parseDate, parseLakeTimestamp, parseTimestamp } from './temporal.ts'

/** A moment that an expression without columns always has. */
export interface Moment {
  /** Microseconds since 1970, UTC; a time without zone counts as UTC, as the session's zone is. */
  readonly micros: bigint
  /** False for a literal in another zone: what day it is there is not worked out. */
  readonly isUtc: boolean
}

const MS = 1000n
const DAY = 86_400_000n * MS
const units: Readonly<Record<string, bigint>> = {
  millisecond: MS,
  second: 1000n * MS,
  minute: 60_000n * MS,
  hour: 3_600_000n * MS,
  day: DAY,
  week: 7n * DAY,
}
const months: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }

/** Works out dates and times of a query that do not depend on its rows. */
export class ConstantFolder {
  readonly #analysis: Pick<Analysis, 'typeOf' | 'coerceTo'>
  readonly #options: Pick<AnalyzeOptions, 'now' | 'parameters'>

  constructor(analysis: Pick<Analysis, 'typeOf' | 'coerceTo'>, options: Pick<AnalyzeOptions, 'now' | 'parameters'>) {
    this.#analysis = analysis
    this.#options = options
  }

  /** The text of a string literal or parameter. */
  text(node: ast.Expression): string | undefined {
    const inner = bare(node)
    if (inner.kind === 'StringLiteral') return inner.value
    const value = inner.kind === 'Parameter' ? this.#options.parameters?.[inner.index] : undefined
    return typeof value === 'string' ? value : undefined
  }

  /** The value of an integer literal or parameter. */
  integer(node: ast.Expression): number | undefined {
    const inner = bare(node)
    const value =
      inner.kind === 'LongLiteral'
        ? inner.value
        : inner.kind === 'Parameter'
          ? this.#options.parameters?.[inner.index]
          : undefined
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
  }

  /** The moment that a date or timestamp expression is; undefined when it is none or not easily known. */
  moment(node: ast.Expression): Moment | undefined {
    const text = this.text(node)
    if (text !== undefined) {
      const converted = this.#analysis.coerceTo.get(node)?.kind === 'timestamp' ? parseLakeTimestamp(text) : undefined
      return converted && converted.precision <= 6 ? { micros: converted.micros, isUtc: true } : undefined
    }
    const inner = bare(node)
    switch (inner.kind) {
      case 'GenericLiteral':
        return literalMoment(inner)
      case 'CurrentValue':
        return this.#current(inner)
      case 'Cast':
        return this.#cast(inner)
      case 'Arithmetic':
        return this.#shift(inner)
      case 'FunctionCall':
        return this.#call(inner)
      default:
        return undefined
    }
  }

  #now(): Moment {
    return { micros: BigInt(this.#options.now.getTime()) * MS, isUtc: true }
  }

  #current({ name, precision = 3 }: ast.CurrentValue): Moment | undefined {
    if (name === 'DATE') return floorDay(this.#now())
    return (name === 'TIMESTAMP' || name === 'LOCALTIMESTAMP') && precision >= 3 ? this.#now() : undefined
  }

  #cast(node: ast.Cast): Moment | undefined {
    const { value, safe } = node
    const to = this.#analysis.typeOf.get(node)
    if (to?.kind !== 'date' && (to?.kind !== 'timestamp' || to.precision < 3)) return undefined
    const text = this.text(value)
    const moment = text === undefined ? this.moment(value) : safe ? undefined : castMoment(text, to)
    if (!moment?.isUtc) return undefined
    if (to.kind === 'date') return floorDay(moment)
    // Finer times are rounded to the type's digits.
    return (to.kind === 'timestamp' && to.precision >= 6) || moment.micros % MS === 0n ? moment : undefined
  }

  #shift({ operator, left, right }: ast.Arithmetic): Moment | undefined {
    const [base, interval] = bare(right).kind === 'IntervalLiteral' ? [left, bare(right)] : [right, bare(left)]
    if (interval.kind !== 'IntervalLiteral' || (operator !== '+' && (operator !== '-' || base === right)))
      return undefined
    const moment = this.moment(base)
    if (!moment) return undefined
    const amount = intervalValue(interval) * (operator === '-' ? -1 : 1)
    if (!Number.isSafeInteger(amount)) return undefined
    if (interval.from === 'YEAR' || interval.from === 'MONTH') return addMonths(moment, amount)
    return { ...moment, micros: moment.micros + BigInt(amount) * MS }
  }

  #call(node: ast.FunctionCall): Moment | undefined {
    const name = node.name.parts.length === 1 ? node.name.parts[0]!.value.toLowerCase() : ''
    const [first, second, third] = node.arguments
    switch (name) {
      case 'now':
        return this.#now()
      case 'date': {
        const moment = first && this.moment(first)
        return moment?.isUtc ? floorDay(moment) : undefined
      }
      case 'date_trunc': {
        const unit = first && this.text(first)?.toLowerCase()
        const moment = second && this.moment(second)
        return unit !== undefined && moment?.isUtc ? truncate(moment, unit) : undefined
      }
      case 'date_add':
        return first && second && third
          ? this.#add(this.text(first)?.toLowerCase(), this.#signedInteger(second), this.moment(third))
          : undefined
      case 'from_iso8601_timestamp': {
        const text = first && this.text(first)
        const parsed =
          text !== undefined && /\dT\d.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? parseLakeTimestamp(text) : undefined
        return parsed && parsed.precision <= 3 ? { micros: parsed.micros, isUtc: /Z$/.test(text!) } : undefined
      }
      default:
        return undefined
    }
  }

  #add(unit: string | undefined, count: number | undefined, moment: Moment | undefined): Moment | undefined {
    if (unit === undefined || count === undefined || !moment?.isUtc) return undefined
    if (Object.hasOwn(units, unit)) return { ...moment, micros: moment.micros + units[unit]! * BigInt(count) }
    return Object.hasOwn(months, unit) ? addMonths(moment, months[unit]! * count) : undefined
  }

  #signedInteger(node: ast.Expression): number | undefined {
    const inner = bare(node)
    if (inner.kind !== 'Negation') return this.integer(inner)
    const value = this.integer(inner.value)
    return value === undefined ? undefined : inner.operator === '-' ? -value : value
  }
}

function literalMoment({ type, value }: ast.GenericLiteral): Moment | undefined {
  if (type === 'date') {
    const days = parseDate(value)
    return days === undefined ? undefined : { micros: BigInt(days) * DAY, isUtc: true }
  }
  if (type !== 'timestamp') return undefined
  const parsed = parseTimestamp(value)
  if (parsed && parsed.precision > 6) return undefined
  if (parsed) return { micros: parsed.micros, isUtc: parsed.zone === undefined || /^(?:utc|z)$/i.test(parsed.zone) }
  const lake = parseLakeTimestamp(value)
  return lake && lake.precision <= 6 ? { micros: lake.micros, isUtc: true } : undefined
}

/** CAST of text; a zone in it would be dropped or kept by the type, so it is not worked out. */
function castMoment(text: string, to: LakeType): Moment | undefined {
  if (to.kind === 'date') {
    const days = parseDate(text.trim())
    return days === undefined ? undefined : { micros: BigInt(days) * DAY, isUtc: true }
  }
  const parsed = parseTimestamp(text)
  return parsed && parsed.zone === undefined && parsed.precision <= 3
    ? { micros: parsed.micros, isUtc: true }
    : undefined
}

function floorDay({ micros, isUtc }: Moment): Moment {
  return { micros: floorTo(micros, DAY), isUtc }
}

function floorTo(micros: bigint, step: bigint): bigint {
  const rest = micros % step
  return micros - (rest < 0n ? rest + step : rest)
}

/** The start of the second, …, year that a moment is in; undefined for another unit. */
function truncate(moment: Moment, unit: string): Moment | undefined {
  // Weeks begin on Monday; 1970-01-01 was a Thursday.
  if (unit === 'week') return { ...moment, micros: floorTo(moment.micros + 3n * DAY, 7n * DAY) - 3n * DAY }
  if (Object.hasOwn(units, unit)) return { ...moment, micros: floorTo(moment.micros, units[unit]!) }
  if (!Object.hasOwn(months, unit)) return undefined
  const date = new Date(Number(floorTo(moment.micros, DAY) / MS))
  const month = date.getUTCMonth()
  date.setUTCMonth(month - (month % months[unit]!), 1)
  return { ...moment, micros: BigInt(date.getTime()) * MS }
}

/** The same day some months on, or that month's last day. */
function addMonths(moment: Moment, count: number): Moment | undefined {
  if (!moment.isUtc) return undefined
  const day = floorTo(moment.micros, DAY)
  const date = new Date(Number(day / MS))
  const wanted = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count)
  const last = new Date(date)
  last.setUTCMonth(last.getUTCMonth() + 1, 0)
  date.setUTCDate(Math.min(wanted, last.getUTCDate()))
  return Number.isNaN(date.getTime())
    ? undefined
    : { ...moment, micros: BigInt(date.getTime()) * MS + (moment.micros - day) }
}

/** The longest that a stretch of `date_trunc` can be, in milliseconds; undefined for an unknown unit. */
export function longestStretchMs(unit: string): number | undefined {
  if (Object.hasOwn(units, unit)) return Number(units[unit]! / MS)
  return Object.hasOwn(months, unit) ? months[unit]! * 31 * 86_400_000 : undefined
}
