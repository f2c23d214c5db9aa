import { civilOf, DAY_MS, dayMillis, daysInMonth, daysInYear, weeksInWeekyear, weekyearStart } from './civil.ts'
import { type Element, MONTHS, type NumberField, type Pattern, WEEKDAYS } from './elements.ts'

/** What a text says by a pattern. */
export interface Parsed {
  /** Milliseconds since 1970 of the wall clock, as if UTC. */
  readonly local: number
  /** As written: minutes east of UTC, or a region; undefined when the text has no zone. */
  readonly zone: number | string | undefined
}

/** A text that does not follow its pattern; the message is Joda's. */
export class ParseError extends Error {}

type Field = NumberField | 'halfday' | 'fraction' | 'era'

interface Saved {
  readonly field: Field
  readonly value: number
}

class Mismatch {
  readonly position: number
  constructor(position: number) {
    this.position = position
  }
}

/** Reads a text by a pattern. Fields that the pattern lacks are those of 1970-01-01, the year 2000 where only a month or day is given. @throws ParseError */
export function parsePattern({ elements }: Pattern, text: string): Parsed {
  const saved: Saved[] = []
  let zone: number | string | undefined
  let position = 0
  try {
    for (const element of elements) {
      position =
        element.kind === 'zone'
          ? readZone(element.form)
          : readElement(element, text, position, (field, value) => saved.push({ field, value }))
    }
    if (position < text.length) throw new Mismatch(position)
  } catch (error) {
    if (error instanceof Mismatch) throw new ParseError(malformed(text, error.position))
    throw error
  }
  return { local: compute(saved, text), zone }

  function readZone(form: (Element & { kind: 'zone' })['form']): number {
    const found = zoneAt(form, text, position)
    if (!found) throw new Mismatch(position)
    zone = found.zone
    return found.end
  }
}

function malformed(text: string, position: number): string {
  const sample = text.length <= position + 35 ? text : `${text.slice(0, position + 32)}...`
  if (position <= 0) return `Invalid format: "${sample}"`
  if (position >= text.length) return `Invalid format: "${sample}" is too short`
  return `Invalid format: "${sample}" is malformed at "${sample.slice(position)}"`
}

type Save = (field: Field, value: number) => void

function readElement(element: Exclude<Element, { kind: 'zone' }>, text: string, at: number, save: Save): number {
  switch (element.kind) {
    case 'literal':
      if (text.slice(at, at + element.text.length).toLowerCase() !== element.text.toLowerCase()) throw new Mismatch(at)
      return at + element.text.length
    case 'number': {
      const { end, digits, negative } = digitsAt(text, at, element.max, element.signed)
      save(element.field, (negative ? -1 : 1) * Number(digits))
      return end
    }
    case 'text': {
      const found = longestName(namesOf(element.field), text, at)
      if (!found) throw new Mismatch(at)
      save(element.field === 'weekday' ? 'dayOfWeek' : element.field, found.value)
      return at + found.length
    }
    case 'fraction': {
      const { end, digits } = digitsAt(text, at, element.max, false)
      save('fraction', Math.floor(Number(digits.padEnd(4, '0').slice(0, 4)) / 10))
      return end
    }
    case 'twoDigitYear': {
      const { end, digits, negative, length } = element.lenient
        ? digitsAt(text, at, Number.POSITIVE_INFINITY, true)
        : digitsAt(text, at, 2, false)
      if (length !== 2 && !element.lenient) throw new Mismatch(at)
      save(
        element.field,
        length === 2 ? nearPivot(Number(digits), element.pivot) : (negative ? -1 : 1) * Number(digits),
      )
      return end
    }
  }
}

function digitsAt(
  text: string,
  at: number,
  max: number,
  signed: boolean,
): { end: number; digits: string; negative: boolean; length: number } {
  const sign = signed && /^[+-]\d/.test(text.slice(at, at + 2)) ? text[at]! : ''
  let end = at + sign.length
  while (end < text.length && end - at - sign.length < max && text[end]! >= '0' && text[end]! <= '9') end += 1
  if (end === at + sign.length) throw new Mismatch(at)
  return { end, digits: text.slice(at + sign.length, end), negative: sign === '-', length: end - at }
}

function nearPivot(year: number, pivot: number): number {
  const low = pivot - 50
  const t = ((low % 100) + 100) % 100
  return year + low + (year < t ? 100 : 0) - t
}

function namesOf(field: 'month' | 'weekday' | 'halfday' | 'era'): readonly (readonly [string, number])[] {
  switch (field) {
    case 'month':
      return MONTHS.map((name, i) => [name, i + 1])
    case 'weekday':
      return WEEKDAYS.map((name, i) => [name, i + 1])
    case 'halfday':
      return [
        ['AM', 0],
        ['PM', 1],
      ]
    case 'era':
      return [
        ['BC', 0],
        ['AD', 1],
      ]
  }
}

/** Names match as written, in lower and in upper case, whole or by three letters; the longest counts. */
function longestName(
  names: readonly (readonly [string, number])[],
  text: string,
  at: number,
): { value: number; length: number } | undefined {
  let best: { value: number; length: number } | undefined
  for (const [name, value] of names) {
    for (const form of [name, name.slice(0, 3)]) {
      const here = text.slice(at, at + form.length)
      if (
        (here === form || here === form.toLowerCase() || here === form.toUpperCase()) &&
        form.length > (best?.length ?? 0)
      )
        best = { value, length: form.length }
    }
  }
  return best
}

const SHORT_ZONES: Readonly<Record<string, string>> = {
  UT: 'UTC',
  UTC: 'UTC',
  GMT: 'UTC',
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
}

function zoneAt(
  form: (Element & { kind: 'zone' })['form'],
  text: string,
  at: number,
): { zone: number | string; end: number } | undefined {
  const rest = text.slice(at)
  if (form === 'offset' || form === 'offsetWithColon') {
    if (/^z/i.test(rest)) return { zone: 0, end: at + 1 }
    const match = /^([+-])(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,]?\d{3})?)?)?/.exec(rest)
    if (!match || Number(match[2]) > 23 || Number(match[3] ?? 0) > 59) return undefined
    return {
      zone: (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0)),
      end: at + match[0].length,
    }
  }
  if (form === 'id') {
    const match = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*/.exec(rest)
    return match && isRegion(match[0]) ? { zone: match[0], end: at + match[0].length } : undefined
  }
  const name = /^[A-Z]{2,3}/.exec(rest)?.[0]
  const zone = name === undefined ? undefined : SHORT_ZONES[name]
  return zone === undefined ? undefined : { zone, end: at + name!.length }
}

export function isRegion(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

interface Rule {
  /** Fields of a larger range are set first, then those of a larger unit. */
  readonly range: number
  readonly unit: number
  /** Joda's name of the field, for messages. */
  readonly name: string
  readonly bounds: (millis: number) => readonly [number, number]
  readonly set: (millis: number, value: number) => number
  /** Cuts what is smaller than the field. */
  readonly floor: (millis: number) => number
}

const MS = { second: 1000, minute: 60_000, hour: 3_600_000, halfday: 43_200_000 }
const floorTo = (unit: number) => (millis: number) => Math.floor(millis / unit) * unit
const clockRule = (
  name: string,
  range: number,
  unit: number,
  low: number,
  high: number,
  of: (value: number) => number,
): Rule => ({
  range,
  unit,
  name,
  bounds: () => [low, high],
  set: (millis, value) => {
    const start = Math.floor(millis / range) * range
    return start + of(value) * unit + (millis - start - Math.floor((millis - start) / unit) * unit)
  },
  floor: floorTo(unit),
})

const same = (value: number): number => value
const YEAR = 366 * DAY_MS
const startOfYear = (millis: number): number => dayMillis(civilOf(millis).year, 1, 1)

const yearRule: Rule = {
  range: Number.POSITIVE_INFINITY,
  unit: YEAR,
  name: 'year',
  bounds: () => [-292_275_054, 292_278_993],
  set: (millis, value) => {
    const c = civilOf(millis)
    return dayMillis(value, c.month, Math.min(c.day, daysInMonth(value, c.month))) + c.clock
  },
  floor: startOfYear,
}

const RULES: Readonly<Record<Field, Rule>> = {
  era: {
    ...yearRule,
    range: Number.POSITIVE_INFINITY,
    unit: YEAR * 1e6,
    name: 'era',
    bounds: () => [0, 1],
    set: same2,
    floor: (m) => m,
  },
  century: {
    ...yearRule,
    unit: YEAR * 100,
    name: 'centuryOfEra',
    set: (millis, value) => yearRule.set(millis, value * 100 + (civilOf(millis).year % 100)),
    floor: (millis) => dayMillis(Math.floor(civilOf(millis).year / 100) * 100, 1, 1),
  },
  year: yearRule,
  yearOfEra: { ...yearRule, name: 'yearOfEra', bounds: () => [1, 292_278_993] },
  weekyear: {
    ...yearRule,
    name: 'weekyear',
    set: (millis, value) => {
      const c = civilOf(millis)
      return (
        weekyearStart(value) + ((Math.min(c.week, weeksInWeekyear(value)) - 1) * 7 + c.dayOfWeek - 1) * DAY_MS + c.clock
      )
    },
    floor: (millis) => weekyearStart(civilOf(millis).weekyear),
  },
  month: {
    range: YEAR,
    unit: 31 * DAY_MS,
    name: 'monthOfYear',
    bounds: () => [1, 12],
    set: (millis, value) => {
      const c = civilOf(millis)
      return dayMillis(c.year, value, Math.min(c.day, daysInMonth(c.year, value))) + c.clock
    },
    floor: (millis) => dayMillis(civilOf(millis).year, civilOf(millis).month, 1),
  },
  week: {
    range: YEAR,
    unit: 7 * DAY_MS,
    name: 'weekOfWeekyear',
    bounds: (millis) => [1, weeksInWeekyear(civilOf(millis).weekyear)],
    set: (millis, value) => millis + (value - civilOf(millis).week) * 7 * DAY_MS,
    floor: (millis) => millis - civilOf(millis).clock - (civilOf(millis).dayOfWeek - 1) * DAY_MS,
  },
  dayOfYear: {
    range: YEAR,
    unit: DAY_MS,
    name: 'dayOfYear',
    bounds: (millis) => [1, daysInYear(civilOf(millis).year)],
    set: (millis, value) => millis + (value - civilOf(millis).dayOfYear) * DAY_MS,
    floor: floorTo(DAY_MS),
  },
  day: {
    range: 31 * DAY_MS,
    unit: DAY_MS,
    name: 'dayOfMonth',
    bounds: (millis) => [1, daysInMonth(civilOf(millis).year, civilOf(millis).month)],
    set: (millis, value) => millis + (value - civilOf(millis).day) * DAY_MS,
    floor: floorTo(DAY_MS),
  },
  dayOfWeek: {
    range: 7 * DAY_MS,
    unit: DAY_MS,
    name: 'dayOfWeek',
    bounds: () => [1, 7],
    set: (millis, value) => millis + (value - civilOf(millis).dayOfWeek) * DAY_MS,
    floor: floorTo(DAY_MS),
  },
  halfday: clockRule('halfdayOfDay', DAY_MS, MS.halfday, 0, 1, same),
  hour: clockRule('hourOfDay', DAY_MS, MS.hour, 0, 23, same),
  clockHour: clockRule('clockhourOfDay', DAY_MS, MS.hour, 1, 24, (v) => v % 24),
  halfdayHour: clockRule('hourOfHalfday', MS.halfday, MS.hour, 0, 11, same),
  halfdayClockHour: clockRule('clockhourOfHalfday', MS.halfday, MS.hour, 1, 12, (v) => v % 12),
  minute: clockRule('minuteOfHour', MS.hour, MS.minute, 0, 59, same),
  second: clockRule('secondOfMinute', MS.minute, MS.second, 0, 59, same),
  fraction: clockRule('millisOfSecond', MS.second, 1, 0, 999, same),
}

function same2(millis: number): number {
  return millis
}

/**
 * Sets the fields from the largest on, twice: what an early field moved a later one sets right.
 *
 * A text that starts with a month, week or day is of the year 2000.
 */
function compute(saved: readonly Saved[], text: string): number {
  const order = (s: Saved): Rule => RULES[s.field]
  const sorted = [...saved].sort((a, b) => order(b).range - order(a).range || order(b).unit - order(a).unit || 0)
  const first = sorted[0] && order(sorted[0])
  const fields =
    first && first.unit <= 31 * DAY_MS && first.unit >= DAY_MS
      ? [{ field: 'year' as const, value: 2000 }, ...sorted]
      : sorted
  let millis = 0
  const set = ({ field, value }: Saved, floor: boolean): void => {
    const rule = RULES[field]
    const [low, high] = rule.bounds(millis)
    if (value < low || value > high)
      throw new ParseError(
        `Cannot parse "${text}": Value ${value} for ${rule.name} must be in the range [${low},${high}]`,
      )
    millis = rule.set(millis, value)
    if (floor) millis = rule.floor(millis)
  }
  for (const field of fields) set(field, true)
  for (const [i, field] of fields.entries()) set(field, i === fields.length - 1)
  return millis
}
