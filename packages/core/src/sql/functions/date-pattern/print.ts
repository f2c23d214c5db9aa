import { type Civil, civilOf } from './civil.ts'
import { type Element, MONTHS, type NumberField, type Pattern, WEEKDAYS } from './elements.ts'

/** A wall clock with the zone that it stands in. */
export interface Zoned {
  /** Milliseconds since 1970 of the wall clock, as if UTC. */
  readonly local: number
  /** Minutes east of UTC. */
  readonly offset: number
  /** Trino's text of the zone. */
  readonly zone: string
}

/** Prints a wall clock by a pattern. */
export function printPattern({ elements }: Pattern, value: Zoned): string {
  const civil = civilOf(value.local)
  return elements.map((element) => printElement(element, civil, value)).join('')
}

function printElement(element: Element, civil: Civil, value: Zoned): string {
  switch (element.kind) {
    case 'literal':
      return element.text
    case 'number': {
      const number = numberOf(element.field, civil)
      return (number < 0 ? '-' : '') + String(Math.abs(number)).padStart(element.min, '0')
    }
    case 'text':
      return textOf(element.field, element.short, civil)
    case 'fraction':
      return String(civil.clock % 1000)
        .padStart(3, '0')
        .padEnd(element.min, '0')
        .slice(0, element.max < 3 ? element.max : Math.max(element.min, 3))
    case 'twoDigitYear':
      return String(Math.abs(element.field === 'year' ? civil.year : civil.weekyear) % 100).padStart(2, '0')
    case 'zone':
      return zoneText(element.form, value)
  }
}

function numberOf(field: NumberField, c: Civil): number {
  const hour = Math.floor(c.clock / 3_600_000)
  switch (field) {
    case 'century':
      return Math.floor((c.year > 0 ? c.year : 1 - c.year) / 100)
    case 'yearOfEra':
      return c.year > 0 ? c.year : 1 - c.year
    case 'year':
    case 'weekyear':
    case 'month':
    case 'week':
    case 'dayOfYear':
    case 'day':
    case 'dayOfWeek':
      return c[field]
    case 'hour':
      return hour
    case 'clockHour':
      return hour === 0 ? 24 : hour
    case 'halfdayHour':
      return hour % 12
    case 'halfdayClockHour':
      return hour % 12 === 0 ? 12 : hour % 12
    case 'minute':
      return Math.floor(c.clock / 60_000) % 60
    case 'second':
      return Math.floor(c.clock / 1000) % 60
  }
}

function textOf(field: 'month' | 'weekday' | 'halfday' | 'era', short: boolean, c: Civil): string {
  switch (field) {
    case 'month':
      return cut(MONTHS[c.month - 1]!, short)
    case 'weekday':
      return cut(WEEKDAYS[c.dayOfWeek - 1]!, short)
    case 'halfday':
      return c.clock < 43_200_000 ? 'AM' : 'PM'
    case 'era':
      return c.year > 0 ? 'AD' : 'BC'
  }
}

const cut = (text: string, short: boolean): string => (short ? text.slice(0, 3) : text)

function zoneText(form: (Element & { kind: 'zone' })['form'], { local, offset, zone }: Zoned): string {
  switch (form) {
    case 'offset':
    case 'offsetWithColon': {
      const minutes = Math.abs(offset)
      const pair = [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0'))
      return `${offset < 0 ? '-' : '+'}${pair.join(form === 'offset' ? '' : ':')}`
    }
    case 'id':
      return zone
    case 'shortName':
    case 'longName': {
      if (/^[+-]/.test(zone)) return zone
      const style = form === 'shortName' ? 'short' : 'long'
      const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: style }).formatToParts(
        new Date(local - offset * 60_000),
      )
      return parts.find((p) => p.type === 'timeZoneName')?.value ?? zone
    }
  }
}

/** The engine's strftime pattern that prints the same; undefined when there is none. */
export function strftimePattern({ elements }: Pattern): string | undefined {
  const pieces = elements.map(strftimePiece)
  return pieces.some((p) => p === undefined) ? undefined : pieces.join('')
}

const STRFTIME: Readonly<Record<string, string>> = {
  'year 4': '%Y',
  'weekyear 4': '%G',
  'month 1': '%-m',
  'month 2': '%m',
  'week 2': '%V',
  'dayOfYear 1': '%-j',
  'dayOfYear 3': '%j',
  'day 1': '%-d',
  'day 2': '%d',
  'dayOfWeek 1': '%u',
  'hour 1': '%-H',
  'hour 2': '%H',
  'halfdayClockHour 1': '%-I',
  'halfdayClockHour 2': '%I',
  'minute 1': '%-M',
  'minute 2': '%M',
  'second 1': '%-S',
  'second 2': '%S',
}

function strftimePiece(element: Element): string | undefined {
  switch (element.kind) {
    case 'literal':
      return element.text.replaceAll('%', '%%')
    case 'number':
      return STRFTIME[`${element.field} ${element.min}`]
    case 'text':
      if (element.field === 'era') return undefined
      return element.field === 'halfday'
        ? '%p'
        : element.field === 'month'
          ? element.short
            ? '%b'
            : '%B'
          : element.short
            ? '%a'
            : '%A'
    case 'fraction':
      return element.min < 3 ? undefined : `%g${'0'.repeat(element.min - 3)}`
    case 'twoDigitYear':
      return element.field === 'year' ? '%y' : undefined
    case 'zone':
      return undefined
  }
}
