import { type Element, literal, numberElement, type Pattern, PatternError } from './elements.ts'

const clock = (): Element[] => [numberElement('minute', 2), literal(':'), numberElement('second', 2)]

/** Letters after `%` in date_format and date_parse (MySQL's). */
const MYSQL: Readonly<Record<string, () => readonly Element[]>> = {
  a: () => [{ kind: 'text', field: 'weekday', short: true }],
  b: () => [{ kind: 'text', field: 'month', short: true }],
  c: () => [numberElement('month', 1)],
  d: () => [numberElement('day', 2)],
  e: () => [numberElement('day', 1)],
  f: () => [{ kind: 'fraction', min: 6, max: 9 }],
  H: () => [numberElement('hour', 2)],
  h: () => [numberElement('halfdayClockHour', 2)],
  I: () => [numberElement('halfdayClockHour', 2)],
  i: () => [numberElement('minute', 2)],
  j: () => [numberElement('dayOfYear', 3)],
  k: () => [numberElement('hour', 1)],
  l: () => [numberElement('halfdayClockHour', 1)],
  M: () => [{ kind: 'text', field: 'month', short: false }],
  m: () => [numberElement('month', 2)],
  p: () => [{ kind: 'text', field: 'halfday', short: false }],
  r: () => [
    numberElement('halfdayClockHour', 2),
    literal(':'),
    ...clock(),
    literal(' '),
    { kind: 'text', field: 'halfday', short: false },
  ],
  S: () => [numberElement('second', 2)],
  s: () => [numberElement('second', 2)],
  T: () => [numberElement('hour', 2), literal(':'), ...clock()],
  v: () => [numberElement('week', 2)],
  x: () => [numberElement('weekyear', 4, 4)],
  W: () => [{ kind: 'text', field: 'weekday', short: false }],
  Y: () => [numberElement('year', 4, 4)],
  y: () => [{ kind: 'twoDigitYear', field: 'year', pivot: 2020, lenient: false }],
}

/** Reads a pattern of date_format and date_parse. @throws PatternError */
export function parseMysqlPattern(text: string): Pattern {
  const elements: Element[] = []
  const characters = [...text]
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i]!
    if (c !== '%') elements.push(literal(c))
    else {
      const letter = characters[++i]
      if (letter === undefined) break
      if ('wUuVXD'.includes(letter)) throw new PatternError(`%${letter} not supported in date format string`)
      elements.push(...(MYSQL[letter]?.() ?? [literal(letter)]))
    }
  }
  return complete(elements)
}

/** Tokens of to_char, to_date and to_timestamp (Teradata's), longest first. */
const TERADATA: readonly (readonly [string, () => Element])[] = [
  ['yyyy', () => numberElement('year', 4, 4)],
  ['hh24', () => numberElement('hour', 2)],
  ['hh', () => numberElement('halfdayClockHour', 2)],
  ['dd', () => numberElement('day', 2)],
  ['mi', () => numberElement('minute', 2)],
  ['mm', () => numberElement('month', 2)],
  ['ss', () => numberElement('second', 2)],
  ['yy', () => ({ kind: 'twoDigitYear', field: 'year', pivot: 2050, lenient: false })],
]

/** Reads a pattern of to_char, to_date and to_timestamp. @throws PatternError */
export function parseTeradataPattern(text: string): Pattern {
  const elements: Element[] = []
  for (let at = 0; at < text.length; ) {
    const token = TERADATA.find(([name]) => text.slice(at, at + name.length).toLowerCase() === name)
    if (token) {
      elements.push(token[1]())
      at += token[0].length
    } else if ('-/,.;: '.includes(text[at]!)) elements.push(literal(text[at++]!))
    else throw new PatternError(`Failed to tokenize string [${text}] at offset [${at}]`)
  }
  return complete(elements)
}

function complete(elements: readonly Element[]): Pattern {
  if (elements.length === 0) throw new PatternError('Both printing and parsing not supported')
  return { elements }
}

/** Reads a pattern of format_datetime and parse_datetime (Joda's). @param year the current one, for `yy` @throws PatternError */
export function parseJodaPattern(text: string, year = new Date().getUTCFullYear()): Pattern {
  if (text === '') throw new PatternError('Invalid pattern specification: Pattern is null or empty')
  const tokens = jodaTokens(text)
  return { elements: tokens.map((token, i) => jodaElement(token, tokens[i + 1], year)) }
}

interface Token {
  /** Absent for a literal. */
  readonly letter?: string
  /** The literal, or the letter as often as it was written. */
  readonly text: string
}

function jodaTokens(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; ) {
    const run = /^([A-Za-z])\1*/.exec(pattern.slice(i))
    if (run) {
      tokens.push({ letter: run[1]!, text: run[0] })
      i += run[0].length
      continue
    }
    let text = ''
    let quoted = false
    for (; i < pattern.length; i++) {
      const c = pattern[i]!
      if (c === "'" && pattern[i + 1] === "'") {
        text += c
        i += 1
      } else if (c === "'") quoted = !quoted
      else if (!quoted && /[A-Za-z]/.test(c)) break
      else text += c
    }
    tokens.push({ text })
  }
  return tokens
}

const isNumeric = ({ letter, text }: Token): boolean =>
  letter !== undefined && ('CxyYdhHmsSeDFwWkK'.includes(letter) || (letter === 'M' && text.length <= 2))

const JODA_NUMBERS: Readonly<Record<string, Parameters<typeof numberElement>[0]>> = {
  d: 'day',
  h: 'halfdayClockHour',
  H: 'hour',
  k: 'clockHour',
  K: 'halfdayHour',
  m: 'minute',
  s: 'second',
  e: 'dayOfWeek',
  D: 'dayOfYear',
  w: 'week',
}

const JODA_YEARS = { x: 'weekyear', y: 'year', Y: 'yearOfEra' } as const

function jodaElement({ letter, text }: Token, next: Token | undefined, year: number): Element {
  if (letter === undefined) return literal(text)
  const length = text.length
  switch (letter) {
    case 'G':
      return { kind: 'text', field: 'era', short: false }
    case 'C':
      return numberElement('century', length, length)
    case 'x':
    case 'y':
    case 'Y':
      // More digits may follow a year unless a number follows the token.
      if (length === 2) {
        const lenient = next === undefined || !isNumeric(next)
        return { kind: 'twoDigitYear', field: letter === 'x' ? 'weekyear' : 'year', pivot: year - 30, lenient }
      }
      return numberElement(JODA_YEARS[letter], length, next !== undefined && isNumeric(next) ? length : 9)
    case 'M':
      return length >= 3 ? { kind: 'text', field: 'month', short: length === 3 } : numberElement('month', length)
    case 'E':
      return { kind: 'text', field: 'weekday', short: length < 4 }
    case 'a':
      return { kind: 'text', field: 'halfday', short: false }
    case 'S':
      return { kind: 'fraction', min: length, max: length }
    case 'z':
      return { kind: 'zone', form: length >= 4 ? 'longName' : 'shortName' }
    case 'Z':
      return { kind: 'zone', form: length === 1 ? 'offset' : length === 2 ? 'offsetWithColon' : 'id' }
    default: {
      const field = JODA_NUMBERS[letter]
      if (!field) throw new PatternError(`Illegal pattern component: ${text}`)
      return numberElement(field, length)
    }
  }
}
