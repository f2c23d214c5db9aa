import { civilOf } from '../date-pattern/civil.ts'
import { MONTHS, WEEKDAYS } from '../date-pattern/elements.ts'
import { javaDouble } from '../json-text/write.ts'
import { FormatError, type FormatSpecifier, readFormat } from './read.ts'

/** Java's class of an argument, by the letter before its text. */
const CLASSES: Readonly<Record<string, string>> = {
  b: 'java.lang.Boolean',
  i: 'java.lang.Long',
  r: 'java.lang.Float',
  f: 'java.lang.Double',
  d: 'java.math.BigDecimal',
  s: 'java.lang.String',
  D: 'java.time.LocalDate',
  T: 'java.time.LocalDateTime',
  Z: 'java.time.ZonedDateTime',
  t: 'java.time.LocalTime',
}

/** A value: the letter of its class and its text; `n` alone is null. */
type Value = string

/** Prints as Java's Formatter. @throws FormatError */
export function printFormat(format: string, values: readonly Value[]): string {
  let next = 0
  let last = -1
  return readFormat(format)
    .map((part) => {
      if (typeof part === 'string') return part
      if (part.conversion === 'n') return '\n'
      if (part.conversion === '%') return pad('%', part)
      const at = part.index === 0 ? next++ : part.index === -1 ? last : part.index - 1
      const value = values[at]
      if (value === undefined) throw new FormatError(`MissingFormatArgument: Format specifier '${part.written}'`)
      last = at
      const text = printValue(part, value)
      return part.upper ? text.toUpperCase() : text
    })
    .join('')
}

function printValue(part: FormatSpecifier, value: Value): string {
  const [tag, text] = [value[0]!, value.slice(1)]
  if (part.conversion.startsWith('t')) return pad(tag === 'n' ? 'null' : dateText(part, tag, text), part)
  switch (part.conversion) {
    case 'b':
      return pad(cut(tag === 'b' ? text : String(tag !== 'n'), part), part)
    case 's':
      return pad(cut(plainText(tag, text), part), part)
    case 'h':
      if (tag !== 's' && tag !== 'n') throw new FormatError(`UnknownFormatConversion: Conversion = 'h'`)
      return pad(tag === 'n' ? 'null' : hashOf(text), part)
    case 'c':
      return tag === 'n' ? pad('null', part) : mismatch(part, tag)
    case 'd':
      return tag === 'n'
        ? pad('null', part)
        : tag === 'i'
          ? signed(grouped(text.replace('-', ''), part), text.startsWith('-'), part)
          : mismatch(part, tag)
    case 'x':
    case 'o':
      return tag === 'n'
        ? pad('null', part)
        : tag === 'i'
          ? unsigned(part, BigInt.asUintN(64, BigInt(text)))
          : mismatch(part, tag)
    default:
      return tag === 'n' ? pad('null', part) : /[rfd]/.test(tag) ? real(part, text) : mismatch(part, tag)
  }
}

function mismatch(part: FormatSpecifier, tag: string): never {
  throw new FormatError(`IllegalFormatConversion: ${part.conversion.at(-1)} != ${CLASSES[tag]}`)
}

const cut = (text: string, { precision }: FormatSpecifier): string =>
  precision === undefined ? text : [...text].slice(0, precision).join('')

function pad(text: string, { width, flags }: FormatSpecifier): string {
  const missing = ' '.repeat(Math.max(0, (width ?? 0) - [...text].length))
  return flags.includes('-') ? text + missing : missing + text
}

/** What %s prints: Java's toString. */
function plainText(tag: string, text: string): string {
  switch (tag) {
    case 'n':
      return 'null'
    case 'r':
    case 'f':
      return javaDouble(Number(text))
    case 'T':
      return isoTime(text)
    case 'Z': {
      const [day, clock, zone, offset] = text.split(' ') as [string, string, string, string]
      return `${isoTime(`${day} ${clock}`)}${offset}${/^[+-]/.test(zone) ? '' : `[${zone}]`}`
    }
    case 't':
      return shortClock(text)
    default:
      return text
  }
}

const isoTime = (text: string): string => {
  const [day, clock] = text.split(' ') as [string, string]
  return `${day}T${shortClock(clock)}`
}

/** Java leaves out seconds that are zero, and prints fractions by threes. */
function shortClock(clock: string): string {
  const [hms, fraction = ''] = clock.split('.') as [string, string?]
  const digits = fraction.replace(/0+$/, '')
  if (digits !== '') return `${hms}.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`
  return hms.endsWith(':00') ? hms.slice(0, -3) : hms
}

function hashOf(text: string): string {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return (hash >>> 0).toString(16)
}

function grouped(digits: string, { flags }: FormatSpecifier): string {
  if (!flags.includes(',')) return digits
  const [whole, fraction] = digits.split('.') as [string, string?]
  const groups = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

/** Adds sign, zeros and blanks. */
function signed(digits: string, negative: boolean, part: FormatSpecifier): string {
  const { flags, width = 0 } = part
  const brackets = negative && flags.includes('(')
  const before = brackets ? '(' : negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const after = brackets ? ')' : ''
  const zeros = flags.includes('0') ? '0'.repeat(Math.max(0, width - before.length - digits.length - after.length)) : ''
  return pad(before + zeros + digits + after, part)
}

function unsigned(part: FormatSpecifier, value: bigint): string {
  const prefix = part.flags.includes('#') ? (part.conversion === 'x' ? '0x' : '0') : ''
  const digits = value.toString(part.conversion === 'x' ? 16 : 8)
  const zeros = part.flags.includes('0')
    ? '0'.repeat(Math.max(0, (part.width ?? 0) - prefix.length - digits.length))
    : ''
  return pad(prefix + zeros + digits, part)
}

/** Digits and the place of the point of a decimal text: 0.digits times ten to the power. */
function decimalOf(text: string): { digits: string; power: number } {
  const [mantissa, exponent = '0'] = text.replace(/^-/, '').toLowerCase().split('e') as [string, string?]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?]
  const all = `${whole}${fraction}`
  const digits = all.replace(/^0+/, '')
  return { digits, power: whole.length + Number(exponent) - (all.length - digits.length) }
}

/** Rounds to `count` digits, half away from zero. */
function roundDigits(digits: string, count: number): { digits: string; carried: boolean } {
  if (count < 0) return { digits: '', carried: false }
  if (digits.length <= count) return { digits: digits.padEnd(count, '0'), carried: false }
  const kept = digits.slice(0, count)
  if (digits[count]! < '5') return { digits: kept, carried: false }
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(count, '0')
  return { digits: up, carried: up.length > count }
}

function real(part: FormatSpecifier, text: string): string {
  const value = Number(text)
  const negative = text.startsWith('-')
  if (!Number.isFinite(value))
    return signed(Number.isNaN(value) ? 'NaN' : 'Infinity', negative, { ...part, flags: part.flags.replace('0', '') })
  const precision = part.precision ?? 6
  const decimal = decimalOf(text)
  if (part.conversion === 'e') return signed(scientific(decimal, precision), negative, part)
  if (part.conversion === 'f') return signed(grouped(fixed(decimal, precision), part), negative, part)
  if (part.conversion === 'g') {
    const significant = precision === 0 ? 1 : precision
    const { carried } = roundDigits(decimal.digits, significant)
    const power = decimal.digits === '' ? 1 : decimal.power + (carried ? 1 : 0)
    const plain = power > -4 && power <= significant
    return signed(
      plain ? grouped(fixed(decimal, significant - power), part) : scientific(decimal, significant - 1),
      negative,
      part,
    )
  }
  throw new FormatError(`UnknownFormatConversion: Conversion = '${part.conversion}'`)
}

function fixed({ digits, power }: { digits: string; power: number }, precision: number): string {
  const padded = power < 0 ? '0'.repeat(-power) + digits : digits
  const whole = Math.max(power, 0)
  const rounded = roundDigits(padded, whole + precision)
  const all = rounded.digits.padStart(whole + precision + (rounded.carried ? 1 : 0), '0')
  const point = all.length - precision
  const before = all.slice(0, point) || '0'
  return precision === 0 ? before : `${before}.${all.slice(point)}`
}

function scientific({ digits, power }: { digits: string; power: number }, precision: number): string {
  const rounded = roundDigits(digits === '' ? '0' : digits, precision + 1)
  const kept = rounded.digits.slice(0, precision + 1)
  const exponent = digits === '' ? 0 : power - 1 + (rounded.carried ? 1 : 0)
  const text = precision === 0 ? kept : `${kept[0]}.${kept.slice(1)}`
  return `${text}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** What %t… prints of a date, a time or both. */
function dateText(part: FormatSpecifier, tag: string, text: string): string {
  if (!/[DTZt]/.test(tag)) mismatch(part, tag)
  const [day, clock] = tag === 't' ? ['1970-01-01', text] : (text.split(' ') as [string, string?])
  const [hms = '00:00:00', fraction = ''] = (clock ?? '').split('.').filter((p) => p !== '') as [string?, string?]
  const millis = Date.parse(`${day}T${hms}Z`)
  const c = civilOf(millis)
  const two = (n: number): string => String(n).padStart(2, '0')
  const [hour, minute, second] = hms.split(':').map(Number) as [number, number, number]
  const twelve = hour % 12 === 0 ? 12 : hour % 12
  const half = hour < 12 ? 'am' : 'pm'
  const texts: Readonly<Record<string, () => string>> = {
    Y: () => String(c.year).padStart(4, '0'),
    y: () => two(c.year % 100),
    C: () => two(Math.floor(c.year / 100)),
    m: () => two(c.month),
    d: () => two(c.day),
    e: () => String(c.day),
    j: () => String(c.dayOfYear).padStart(3, '0'),
    B: () => MONTHS[c.month - 1]!,
    b: () => MONTHS[c.month - 1]!.slice(0, 3),
    h: () => MONTHS[c.month - 1]!.slice(0, 3),
    A: () => WEEKDAYS[c.dayOfWeek - 1]!,
    a: () => WEEKDAYS[c.dayOfWeek - 1]!.slice(0, 3),
    F: () => `${String(c.year).padStart(4, '0')}-${two(c.month)}-${two(c.day)}`,
    D: () => `${two(c.month)}/${two(c.day)}/${two(c.year % 100)}`,
    H: () => two(hour),
    I: () => two(twelve),
    k: () => String(hour),
    l: () => String(twelve),
    M: () => two(minute),
    S: () => two(second),
    L: () => fraction.padEnd(3, '0').slice(0, 3),
    N: () => fraction.padEnd(9, '0').slice(0, 9),
    p: () => half,
    R: () => `${two(hour)}:${two(minute)}`,
    T: () => `${two(hour)}:${two(minute)}:${two(second)}`,
    r: () => `${two(twelve)}:${two(minute)}:${two(second)} ${half.toUpperCase()}`,
  }
  const letter = part.conversion[1]!
  const print = Object.hasOwn(texts, letter) ? texts[letter] : undefined
  if (!print) throw new FormatError(`UnknownFormatConversion: Conversion = 't${letter}'`)
  if (tag === 'D' && 'HIklMSLNpRTr'.includes(letter))
    throw new FormatError(`UnsupportedTemporalType: Unsupported field: HourOfDay`)
  return print()
}
