import type { LakeType } from '../../schema/types.ts'
import { parseLakeTimestamp } from '../analyze/temporal.ts'

/*
 * Texts of dates, times and timestamps, read when a query is translated: literals, and Lake's texts compared with timestamps.
 */

const DATE = String.raw`([+-]?)(\d+)-(\d{1,2})-(\d{1,2})`
const TIME = String.raw`(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?`

export interface DateTime {
  /** Seconds since 1970 of the written date and time, as if UTC. */
  readonly seconds: bigint
  /** Up to twelve digits, as written. */
  readonly fraction: string
  /** The zone's text, when one is written. */
  readonly zone?: string
}

/**
 * Reads `YYYY-MM-DD[ HH:MM[:SS[.fff]]][ zone]`; undefined when the text is none or names no real instant.
 *
 * @param iso also accepts `T` between date and time
 */
export function parseDateTime(text: string, iso = false): DateTime | undefined {
  const match = new RegExp(`^\\s*${DATE}(?:${iso ? '(?:\\s+|[Tt])' : '\\s+'}${TIME})?\\s*(\\S+(?:/\\S+)*)?\\s*$`).exec(
    text,
  )
  if (!match) return undefined
  const [, sign, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  // `2020-01-01 01` is neither a time nor a zone.
  if (zone !== undefined && /^\d/.test(zone)) return undefined
  const days = epochDay(BigInt(`${sign === '-' ? '-' : ''}${year}`), Number(month), Number(day))
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const seconds = days * 86_400n + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second))
  return zone === undefined ? { seconds, fraction } : { seconds, fraction, zone }
}

/** Days since 1970-01-01; undefined for a day that does not exist. */
function epochDay(year: bigint, month: number, day: number): bigint | undefined {
  if (month < 1 || month > 12 || day < 1) return undefined
  const leap = year % 4n === 0n && (year % 100n !== 0n || year % 400n === 0n)
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  if (day > lengths[month - 1]!) return undefined
  // Howard Hinnant's days_from_civil: years begin in March.
  const y = month <= 2 ? year - 1n : year
  const era = (y >= 0n ? y : y - 399n) / 400n
  const yearOfEra = y - era * 400n
  const dayOfYear = BigInt(Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1)
  return era * 146_097n + yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear - 719_468n
}

/** Trino's text of a zone: `UTC`, `+05:30`, or the region's name; undefined when there is no such zone. */
export function canonicalZone(text: string): string | undefined {
  if (/^(?:z|utc|gmt|ut|zulu|etc\/(?:utc|gmt|uct|zulu|universal|greenwich))$/i.test(text)) return 'UTC'
  const offset = /^(?:utc|gmt|ut)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(text)
  if (offset) {
    const hours = Number(offset[2])
    const minutes = Number(offset[3] ?? '0')
    if (hours * 60 + minutes > 14 * 60 || minutes > 59) return undefined
    return hours + minutes === 0
      ? 'UTC'
      : `${offset[1]}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
  }
  // Java knows the three-letter zones of the tz database but for these.
  if (/^(?:EST|MST|HST|ROC)$/i.test(text) || !/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(text))
    return undefined
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text })
    return text
  } catch {
    return undefined
  }
}

/** Minutes east of UTC of an offset zone (`UTC`, `+05:30`); undefined for a region. */
export function offsetMinutes(zone: string): number | undefined {
  if (zone === 'UTC') return 0
  const match = /^([+-])(\d\d):(\d\d)$/.exec(zone)
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : undefined
}

/**
 * The instant that a wall clock in `zone` shows `seconds`; undefined when the clock skips it (a spring change).
 *
 * Of two such instants (an autumn change) it is the earlier, as Java's.
 */
export function localToUtc(seconds: bigint, zone: string): bigint | undefined {
  const fixed = offsetMinutes(zone)
  if (fixed !== undefined) return seconds - BigInt(fixed * 60)
  const candidates: bigint[] = []
  for (const probe of [seconds - 86_400n, seconds + 86_400n]) {
    const instant = seconds - zoneOffsetSeconds(probe, zone)
    if (instant + zoneOffsetSeconds(instant, zone) === seconds) candidates.push(instant)
  }
  return candidates.sort((a, b) => (a < b ? -1 : 1))[0]
}

function zoneOffsetSeconds(instant: bigint, zone: string): bigint {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(new Date(Number(instant) * 1000)).map((p) => [p.type, p.value]))
  const year = parts.era === 'BC' ? 1n - BigInt(parts.year!) : BigInt(parts.year!)
  const days = epochDay(year, Number(parts.month), Number(parts.day))!
  return days * 86_400n + BigInt(Number(parts.hour) * 3600 + Number(parts.minute) * 60 + Number(parts.second)) - instant
}

/** SQL of the engine's TIMESTAMP (or TIMESTAMP_NS) of an instant; fractions beyond what the engine holds are rounded. */
export function timestampSql(seconds: bigint, fraction: string, precision: number): string | undefined {
  const digits = precision > 6 ? 9 : 6
  const scaled = BigInt(fraction.padEnd(12, '0').slice(0, 12))
  const unit = 10n ** BigInt(12 - digits)
  // Twelve digits fit only when the last three are zero; a literal beyond that cannot be held.
  if (scaled % unit !== 0n) return undefined
  const text = dateTimeText(seconds)
  if (text === undefined) return undefined
  const written = (scaled / unit).toString().padStart(digits, '0').replace(/0+$/, '')
  return `${precision > 6 ? 'TIMESTAMP_NS' : 'TIMESTAMP'} '${text}${written === '' ? '' : `.${written}`}'`
}

function dateTimeText(seconds: bigint): string | undefined {
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  const year = date.getUTCFullYear()
  const rest = date
    .toISOString()
    .replace(/^.*?(\d\d-\d\dT.{8}).*$/, '$1')
    .replace('T', ' ')
  const written = year <= 0 ? String(1 - year).padStart(4, '0') : String(year).padStart(4, '0')
  return `${written}-${rest}${year <= 0 ? ' (BC)' : ''}`
}

/** SQL of a literal of type date, time or timestamp; undefined when the text is none. */
export function parseTemporal(text: string, type: LakeType): string | undefined {
  if (type.kind === 'date') {
    const value = /\d\s+\S|:/.test(text) ? undefined : parseDateTime(text)
    if (value === undefined || value.zone !== undefined) return undefined
    const written = dateTimeText(value.seconds)
    return written === undefined ? undefined : `DATE '${written.replace(/ \d\d:\d\d:\d\d/, '')}'`
  }
  if (type.kind === 'time') return parseTime(text, type)
  if (type.kind !== 'timestamp') return undefined
  const value = parseDateTime(text)
  if (!type.withTimeZone)
    return value && value.zone === undefined
      ? timestampSql(value.seconds, value.fraction, type.precision)
      : lakeTimestampSql(text)
  if (value === undefined) return undefined
  const zone = canonicalZone(value.zone ?? 'UTC')
  const instant = zone === undefined ? undefined : localToUtc(value.seconds, zone)
  const written = instant === undefined ? undefined : timestampSql(instant, value.fraction, type.precision)
  return written === undefined ? undefined : `{'t': ${written}, 'z': '${zone}'}`
}

/** SQL of a text that Lake reads as a timestamp, ISO forms with `T`, `Z` or an offset among them: the instant in UTC. Undefined for other text. */
export function lakeTimestampSql(text: string): string | undefined {
  const parsed = parseLakeTimestamp(text)
  if (parsed === undefined) return undefined
  const micros = ((parsed.micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  return timestampSql((parsed.micros - micros) / 1_000_000n, micros.toString().padStart(6, '0'), 6)
}

function parseTime(text: string, type: LakeType & { readonly kind: 'time' }): string | undefined {
  const match = new RegExp(`^\\s*${TIME}\\s*([+-]\\d{1,2}(?::?\\d{2})?)?\\s*$`).exec(text)
  if (!match) return undefined
  const [, hour, minute, second = '0', fraction = '', zone] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (type.withTimeZone !== (zone !== undefined)) return undefined
  const clock = [hour, minute, second].map((part) => part!.padStart(2, '0')).join(':')
  const local = `${type.precision > 6 ? 'TIME_NS' : 'TIME'} '${clock}${fraction === '' ? '' : `.${fraction}`}'`
  if (zone === undefined) return local
  const canonical = canonicalZone(zone)
  return canonical === undefined ? undefined : `{'t': ${local}, 'o': ${offsetMinutes(canonical)}}`
}
