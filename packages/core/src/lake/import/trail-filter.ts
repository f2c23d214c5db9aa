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
  for (const [name, day] of Object.entries({ from, to })) {
    if (day !== undefined && !isDay(day)) throw invalidOption(name, 'must be a day such as 2024-05-01')
  }
  if (from !== undefined && to !== undefined && from > to) throw invalidOption('from', 'must not be after to')
}

function isDay(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** A file whose key does not tell what the filter asks for is not meant. */
export function isMeant({ accounts, regions, from, to }: TrailFilter, file: TrailObject): boolean {
  const { account = '', region = '', date = '' } = file
  if (accounts && !accounts.includes(account)) return false
  if (regions && !regions.includes(region)) return false
  if (from !== undefined && date < from) return false
  return to === undefined || (date !== '' && date <= to)
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
