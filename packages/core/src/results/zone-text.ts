import { type Instant, timestampText } from './time-text.ts'

/** `2024-05-01 03:04:05.678 Europe/Berlin`: the wall clock of the zone at a UTC instant, and the zone as it was written. */
export function zonedText(instant: Instant, zone: string, precision: number): string {
  const seconds = instant.seconds + offsetSeconds(zone, instant.seconds)
  return `${timestampText({ seconds, nanos: instant.nanos }, precision)} ${zone}`
}

const clocks = new Map<string, Intl.DateTimeFormat>()
/** Offsets change on quarter hours at the most often, so one lookup serves 15 minutes of a zone. */
const offsets = new Map<string, number>()
const OFFSETS_KEPT = 10_000

function offsetSeconds(zone: string, seconds: number): number {
  if (zone === 'UTC' || zone === 'Z') return 0
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone)
  if (fixed) return (fixed[1] === '-' ? -60 : 60) * (Number(fixed[2]) * 60 + Number(fixed[3]))
  const quarter = Math.floor(seconds / 900)
  const key = `${zone} ${quarter}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  const offset = lookUpOffset(zone, quarter * 900)
  if (offsets.size >= OFFSETS_KEPT) offsets.clear()
  offsets.set(key, offset)
  return offset
}

function lookUpOffset(zone: string, seconds: number): number {
  let clock = clocks.get(zone)
  if (!clock) {
    const part = 'numeric'
    const fields = { year: part, month: part, day: part, hour: part, minute: part, second: part, era: 'short' } as const
    clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', ...fields })
    clocks.set(zone, clock)
  }
  const parts = Object.fromEntries(clock.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]))
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
  const wall = new Date(0)
  wall.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day))
  wall.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second), 0)
  return wall.getTime() / 1000 - seconds
}
