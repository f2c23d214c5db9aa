import type { Lake } from '@traillake/core'
import { type ErrorCode, isTraillakeError } from '@traillake/core/errors'
import type { Account, AccountQuery, AccountStore } from './read-account.ts'

/** What became of something that an account has. */
export interface Carried {
  readonly kind: 'store' | 'query'
  readonly region: string
  /** The name it has here. */
  readonly name: string
  /** Of a store. */
  readonly arn?: string
  readonly retentionDays?: number
  /** `exists`: an earlier migration made it; it is left as it is. */
  readonly outcome: 'created' | 'exists' | 'left out'
  /** Why it is left out, or what it lacks. */
  readonly notes: readonly string[]
}

/**
 * Makes the stores and keeps the queries of an account in a lake. Doing it again makes what is missing and changes nothing.
 *
 * @param dryRun says what would be done
 */
export async function carryOver(
  lake: Lake,
  accounts: readonly Account[],
  dryRun: boolean,
): Promise<readonly Carried[]> {
  /** Names of stores by their ids. */
  const there = new Map((await lake.listEventDataStores()).map((store) => [store.id, store.name]))
  const carried: Carried[] = []
  for (const { stores } of accounts) {
    for (const store of stores) carried.push(await carryStore(lake, store, there, dryRun))
  }
  const saved = new Map((await lake.savedQueries.list()).map((query) => [query.name, query.sql]))
  for (const { region, queries } of accounts) {
    for (const query of queries) carried.push(await carryQuery(lake, region, query, saved, dryRun))
  }
  return carried
}

/** Errors that say nothing about the other stores. */
const ABOUT_ONE_STORE: ReadonlySet<ErrorCode> = new Set([
  'COMMIT_CONFLICT',
  'EVENT_DATA_STORE_EXISTS',
  'INVALID_EVENT_DATA_STORE_NAME',
  'INVALID_EVENT_SELECTORS',
  'INVALID_OPTION',
])

async function carryStore(
  lake: Lake,
  store: AccountStore,
  there: Map<string, string>,
  dryRun: boolean,
): Promise<Carried> {
  const { region, arn, options } = store
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  const about = {
    kind: 'store' as const,
    region,
    arn,
    ...(options.retentionDays ? { retentionDays: options.retentionDays } : {}),
  }
  const existing = there.get(id)
  if (existing !== undefined) return { ...about, name: existing, outcome: 'exists', notes: [] }
  // Names are unique in a region there, and in the whole lake here.
  const isTaken = [...there.values()].some((other) => other.toLowerCase() === store.name.toLowerCase())
  const name = isTaken ? `${store.name}-${region}` : store.name
  const notes = isTaken ? [`the name ${store.name} is taken`, ...store.notes] : store.notes
  const leftOut = (reason: string): Carried => ({ ...about, name: store.name, outcome: 'left out', notes: [reason] })
  if (store.leftOut !== undefined) return leftOut(store.leftOut)
  try {
    if (dryRun) {
      const { checkAdvancedSelectors } = await import('@traillake/core')
      if (options.advancedEventSelectors) checkAdvancedSelectors(options.advancedEventSelectors)
    } else await lake.createEventDataStore({ ...options, name })
  } catch (error) {
    if (!isTraillakeError(error) || !ABOUT_ONE_STORE.has(error.code)) throw error
    return leftOut(error.hint === undefined ? error.message : `${error.message} (${error.hint})`)
  }
  there.set(id, name)
  return { ...about, name, outcome: 'created', notes }
}

async function carryQuery(
  lake: Lake,
  region: string,
  { dashboard, widget, sql, parameters }: AccountQuery,
  saved: Map<string, string>,
  dryRun: boolean,
): Promise<Carried> {
  const name = `${dashboard}-${widget}`
  const about = { kind: 'query' as const, region, name }
  if (saved.get(name) === sql) return { ...about, outcome: 'exists', notes: [] }
  if (saved.has(name)) return { ...about, outcome: 'left out', notes: ['another query has this name'] }
  const { parse } = await import('@traillake/core/sql')
  try {
    parse(sql)
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    return { ...about, outcome: 'left out', notes: [error.message] }
  }
  const description = `widget ${widget} of the dashboard ${dashboard}`
  if (!dryRun) await lake.savedQueries.save(name, sql, { description })
  saved.set(name, sql)
  const notes = parameters.length === 0 ? [] : [`it is run with the parameters ${parameters.join(', ')}`]
  return { ...about, outcome: 'created', notes }
}
