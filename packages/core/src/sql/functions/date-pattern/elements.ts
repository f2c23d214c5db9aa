/** A number that a pattern prints or parses. */
export type NumberField =
  | 'century'
  | 'year'
  | 'yearOfEra'
  | 'weekyear'
  | 'month'
  | 'week'
  | 'dayOfYear'
  | 'day'
  | 'dayOfWeek'
  | 'hour'
  | 'clockHour'
  | 'halfdayHour'
  | 'halfdayClockHour'
  | 'minute'
  | 'second'

/** One piece of a date pattern, whatever the language it was written in. */
export type Element =
  | { readonly kind: 'literal'; readonly text: string }
  /** Printed with at least `min` digits, parsed with at most `max`. */
  | {
      readonly kind: 'number'
      readonly field: NumberField
      readonly min: number
      readonly max: number
      readonly signed: boolean
    }
  | { readonly kind: 'text'; readonly field: 'month' | 'weekday' | 'halfday' | 'era'; readonly short: boolean }
  | { readonly kind: 'fraction'; readonly min: number; readonly max: number }
  /** `pivot` is the middle of the hundred years meant; a lenient one also takes years of other lengths. */
  | {
      readonly kind: 'twoDigitYear'
      readonly field: 'year' | 'weekyear'
      readonly pivot: number
      readonly lenient: boolean
    }
  | { readonly kind: 'zone'; readonly form: 'offset' | 'offsetWithColon' | 'id' | 'shortName' | 'longName' }

export interface Pattern {
  readonly elements: readonly Element[]
}

/** A pattern that means nothing; the message is Trino's. */
export class PatternError extends Error {}

const MOST_DIGITS: Readonly<Partial<Record<NumberField, number>>> = {
  dayOfYear: 3,
  dayOfWeek: 1,
  year: 9,
  yearOfEra: 9,
  weekyear: 9,
}
const SIGNED: ReadonlySet<NumberField> = new Set<NumberField>(['year', 'weekyear', 'century'])

export function numberElement(field: NumberField, min: number, max = MOST_DIGITS[field] ?? 2): Element {
  return { kind: 'number', field, min, max: Math.max(min, max), signed: SIGNED.has(field) }
}

export const literal = (text: string): Element => ({ kind: 'literal', text })

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const
/** From Monday. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
