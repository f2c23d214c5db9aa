import { createHash } from 'node:crypto'

export const DAY_MS = 86_400_000
const days = new Map<number, string>()

/** The UTC day of an instant, `yyyy-MM-dd`. */
export function utcDay(timeMs: number): string {
  const number = Math.floor(timeMs / DAY_MS)
  let day = days.get(number)
  if (day === undefined) {
    if (days.size > 10_000) days.clear()
    day = new Date(number * DAY_MS).toISOString().slice(0, -14)
    days.set(number, day)
  }
  return day
}

/** Hex SHA-256, as DuckDB's `sha256` gives it. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The ledger's `source_id` of a raw file: 32 hex digits that URI and etag decide. */
export function sourceIdOf(uri: string, etag: string): string {
  return createHash('sha256').update(`${uri}\n${etag}`).digest('hex').slice(0, 32)
}

/** The partition value of an account: itself where it is twelve digits, else NULL. */
export function accountPartition(account: string | null): string | null {
  return account !== null && /^\d{12}$/.test(account) ? account : null
}

/** The partition value of a region: itself where it looks like one and can be a folder's name, else NULL. */
export function regionPartition(region: string | null): string | null {
  return region !== null && /^[a-z0-9-]{1,64}$/.test(region) ? region : null
}

/** The partition value of a day: itself where it has four digits for the year, else NULL. */
export function datePartition(day: string): string | null {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? day : null
}
