export const DAY_MS = 86_400_000

const floorMod = (a: number, b: number): number => ((a % b) + b) % b

/** A UTC wall clock, taken apart. */
export interface Civil {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly dayOfYear: number
  /** Monday is 1. */
  readonly dayOfWeek: number
  readonly week: number
  readonly weekyear: number
  /** Milliseconds of the day. */
  readonly clock: number
}

/** Milliseconds since 1970 of a day; months beyond 1 to 12 and days beyond the month run on. */
export function dayMillis(year: number, month: number, day: number): number {
  // Date.UTC takes years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime()
}

export const daysInMonth = (year: number, month: number): number => new Date(dayMillis(year, month + 1, 0)).getUTCDate()
export const daysInYear = (year: number): number => (daysInMonth(year, 2) === 29 ? 366 : 365)

/** Monday of the first ISO week of a week-based year. */
export function weekyearStart(weekyear: number): number {
  const january4 = dayMillis(weekyear, 1, 4)
  return january4 - (isoDayOfWeek(january4) - 1) * DAY_MS
}

export const weeksInWeekyear = (weekyear: number): number =>
  Math.round((weekyearStart(weekyear + 1) - weekyearStart(weekyear)) / (7 * DAY_MS))

const isoDayOfWeek = (millis: number): number => floorMod(Math.floor(millis / DAY_MS) + 3, 7) + 1

export function civilOf(millis: number): Civil {
  const clock = floorMod(millis, DAY_MS)
  const midnight = millis - clock
  const date = new Date(midnight)
  const year = date.getUTCFullYear()
  let weekyear = year + 1
  while (weekyearStart(weekyear) > midnight) weekyear -= 1
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    dayOfYear: Math.round((midnight - dayMillis(year, 1, 1)) / DAY_MS) + 1,
    dayOfWeek: isoDayOfWeek(midnight),
    week: Math.round((midnight - weekyearStart(weekyear)) / (7 * DAY_MS) - 0.5) + 1,
    weekyear,
    clock,
  }
}
