/*
 * What a text proves about the time that it is the beginning of: `2024-05-01 10:` for every time of that hour. Times are those that a
 * year of four digits can print, as `yyyy-MM-dd HH:mm:ss.SSS`.
 */

/** Times in UTC milliseconds, both ends inclusive. */
export interface Stretch {
  readonly min: number
  readonly max: number
  /** The text is a whole beginning of a time; else only what stands before its first odd character counts. */
  readonly isWhole: boolean
}

/** Lengths at which a text of a time can end, and how it goes on to its first and to its last moment. */
const ENDS = [4, 7, 10, 13, 16, 19, 20, 21, 22, 23] as const
const FIRST = '0000-01-01 00:00:00.000'

/** The times whose texts, cut to `length` characters, begin with the longest sensible beginning of `text`; undefined where it has none. */
export function stretchOf(text: string, length: number): Stretch | undefined {
  const cut = text.slice(0, length)
  for (const end of ENDS.toReversed()) {
    if (end > cut.length) continue
    const beginning = cut.slice(0, end)
    const min = parseWhole(beginning + FIRST.slice(end))
    if (min === undefined) continue
    return { min, max: min + durationOf(beginning, min) - 1, isWhole: end === text.length }
  }
  return undefined
}

const WHOLE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/

/** UTC milliseconds of a text that is exactly a time; undefined for anything else, also for days that there are not. */
function parseWhole(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined
  const iso = `${text.replace(' ', 'T')}Z`
  const ms = Date.parse(iso)
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? undefined : ms
}

/** How long the times last that begin with a text, in milliseconds. */
function durationOf({ length }: string, min: number): number {
  const start = new Date(min)
  switch (length) {
    case 4:
      return start.setUTCFullYear(start.getUTCFullYear() + 1) - min
    case 7:
      return start.setUTCMonth(start.getUTCMonth() + 1) - min
    case 10:
      return 86_400_000
    case 13:
      return 3_600_000
    case 16:
      return 60_000
    case 19:
    case 20:
      return 1000
    default:
      return 10 ** (23 - length)
  }
}

/** How many characters of a time's text a format of `date_format` prints; undefined for one that prints something else. */
export function lengthOfDateFormat(format: string): number | undefined {
  return DATE_FORMATS.get(format)
}

/** How many characters of a time's text a pattern of `format_datetime` prints; undefined for one that prints something else. */
export function lengthOfDatePattern(pattern: string): number | undefined {
  return DATE_PATTERNS.get(pattern)
}

const DATE_FORMATS: ReadonlyMap<string, number> = new Map([
  ['%Y', 4],
  ['%Y-%m', 7],
  ['%Y-%m-%d', 10],
  ['%Y-%m-%d %H', 13],
  ['%Y-%m-%d %H:%i', 16],
  ['%Y-%m-%d %H:%i:%s', 19],
])

const DATE_PATTERNS: ReadonlyMap<string, number> = new Map(
  ['yyyy', 'yyyy-MM', 'yyyy-MM-dd', 'yyyy-MM-dd HH', 'yyyy-MM-dd HH:mm', 'yyyy-MM-dd HH:mm:ss'].map((pattern) => [
    pattern,
    pattern.length,
  ]),
)
