import type { TrailObject } from '../../events/index.ts'
import { invalidOption } from '../check-options.ts'
import type { TrailFilter } from '../types.ts'

/** Errors: INVALID_OPTION. */
export function checkTrailFilter({ accounts, regions, from, to }: TrailFilter): void {
  const isList = (value: unknown, form: RegExp) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && form.test(item))
  if (accounts !== undefined && !isList(accounts, /^\d{12}$/)) {
    throw invalidOption('accounts', 'must be a list of accounts of twelve digits')
  }
  if (regions !== undefined && !isList(regions, /^[a-z]+(-[a-z]+)+-\d+$/)) {
    throw invalidOption('regions', 'must be a list of regions such as us-east-1')
  }
  for (const [name, limit] of Object.entries({ from, to })) {
    if (limit === undefined || isDayOrMoment(limit)) continue
    throw invalidOption(name, 'must be a day such as 2024-05-01, or a moment such as 2024-05-01T12:00:00Z')
  }
  if (from === undefined || to === undefined) return
  const isAfter = isMoment(to) ? Date.parse(from) > Date.parse(to) : dayOf(from) > to
  if (isAfter) throw invalidOption('from', 'must not be after to')
}

function isDayOrMoment(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?Z)?$/.test(text)) return false
  const date = new Date(isMoment(text) ? text : `${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length))
}

/** Whether one end of a filter is a moment: not every file of its day is meant then. */
export function isMoment(limit: string | undefined): boolean {
  return limit?.includes('T') ?? false
}

/** The UTC day of a day or a moment. */
export function dayOf(limit: string): string {
  return limit.slice(0, 'YYYY-MM-DD'.length)
}

/** A file whose key does not tell what the filter asks for is not meant. */
export function isMeant({ accounts, regions, from, to }: TrailFilter, file: TrailObject): boolean {
  const { account = '', region = '', date = '', deliveredAtMs = Number.NaN } = file
  if (accounts && !accounts.includes(account)) return false
  if (regions && !regions.includes(region)) return false
  if (from !== undefined && (date < dayOf(from) || (isMoment(from) && !(deliveredAtMs >= Date.parse(from)))))
    return false
  return to === undefined || (date !== '' && date <= dayOf(to) && (!isMoment(to) || deliveredAtMs <= Date.parse(to)))
}

/** The members of an import's options that filter. */
export function trailFilterOf({ accounts, regions, from, to }: TrailFilter): TrailFilter {
  return {
    ...(accounts ? { accounts } : {}),
    ...(regions ? { regions } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}
