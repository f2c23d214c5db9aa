import { TraillakeError } from '../errors/index.ts'
import { getEventDataStore, listEventDataStores } from '../lake/stores.ts'
import { fetchViews } from './copies/local-views.ts'
import { type PlanContext, planQuery } from './plan-query.ts'

export interface WarmOptions {
  /** Event data stores, by name, id or ARN; default: all. */
  readonly stores?: readonly string[]
  /** Events of these days alone (UTC, both included), such as `2024-05-01`. */
  readonly from?: string
  readonly to?: string
  /** Columns as a query names them; default: all. */
  readonly columns?: readonly string[]
  readonly signal?: AbortSignal
}

export interface WarmReport {
  /** Data files that are in the cache now, as far as was asked. */
  readonly files: number
  /** Bytes that had to be fetched for it. */
  readonly fetchedBytes: number
}

/** Fetches what a query over these columns and days would read, and the filters on ids. */
export async function warmCache(context: PlanContext, options: WarmOptions = {}): Promise<WarmReport> {
  const { lake, footers, blooms } = context
  const { copies } = lake.storage
  if (!copies) return { files: 0, fetchedBytes: 0 }
  const before = copies.fetchedBytes
  const stores = options.stores
    ? await Promise.all(options.stores.map((store) => getEventDataStore(lake, store)))
    : await listEventDataStores(lake)
  const select = (options.columns ?? ['*']).join(', ')
  const times = conditions(options)
  let files = 0
  for (const { id } of stores) {
    await (await lake.sourcesTable(id)).refresh()
    const plan = await planQuery(context, `SELECT ${select} FROM "${id}"${times}`, {})
    await fetchViews(lake, footers, plan, options.signal)
    for (const { kept = [] } of plan.scans) {
      files += kept.length
      for (const file of kept) await blooms.groups(file)
    }
  }
  return { files, fetchedBytes: copies.fetchedBytes - before }
}

function conditions({ from, to }: WarmOptions): string {
  const bounds = [
    ...(from === undefined ? [] : [`eventTime >= '${day('from', from)} 00:00:00'`]),
    ...(to === undefined ? [] : [`eventTime <= '${day('to', to)} 23:59:59.999'`]),
  ]
  return bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`
}

function day(option: string, text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))) return text
  throw new TraillakeError('INVALID_OPTION', { option, reason: 'must be a day, such as 2024-05-01' })
}
