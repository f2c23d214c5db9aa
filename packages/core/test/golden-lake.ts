import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdvancedEventSelector, Lake } from '../src/index.ts'

const repository = join(import.meta.dirname, '../../..')
const golden = join(repository, 'test-data/golden')
const trails = join(repository, 'test-data/trails')
const shared = join(repository, '../shared/data')
/** The one set that a fresh clone lacks: without it `$EDS_ID` cannot be asked. */
export const whole = existsSync(join(shared, 'sans504-2021-week'))
if (!whole) console.warn('skipped: cases on $EDS_ID need a data set that cannot be part of the repository')

export const readLines = <T>(name: string): readonly T[] =>
  readFileSync(join(golden, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

const small = ['aws-docs', 'custodian', 'panther-org', 'synthetic-org', 'traildiscover', 'versions'].map((set) =>
  join(trails, set),
)
const lakeOnly = (pattern: RegExp) =>
  readdirSync(join(trails, 'lake-only'))
    .filter((name) => pattern.test(name))
    .map((name) => join(trails, 'lake-only', name))
const category = (value: string): readonly AdvancedEventSelector[] => [
  { FieldSelectors: [{ Field: 'eventCategory', Equals: [value] }] },
]

export interface GoldenStore {
  readonly placeholder: string
  readonly name: string
  readonly sources: readonly string[]
  readonly events: number
  readonly selectors?: readonly AdvancedEventSelector[]
}

export const stores: readonly GoldenStore[] = [
  {
    placeholder: 'EDS_ID',
    name: 'everything',
    sources: whole ? [...small, join(trails, 'invictus-2023'), join(shared, 'sans504-2021-week')] : [],
    events: whole ? 18_355 : 0,
  },
  { placeholder: 'EDS_ID_2', name: 'invictus', sources: [join(trails, 'invictus-2023')], events: 2900 },
  { placeholder: 'EDS_ID_3', name: 'small.sets', sources: small, events: 816 },
  {
    placeholder: 'CONFIG_EDS_ID',
    name: 'configuration',
    sources: lakeOnly(/items/),
    events: 20,
    selectors: category('ConfigurationItem'),
  },
  {
    placeholder: 'ACTIVITY_EDS_ID',
    name: 'activity',
    sources: lakeOnly(/^activity-log/),
    events: 12,
    selectors: category('ActivityAuditLog'),
  },
  {
    placeholder: 'INSIGHT_EDS_ID',
    name: 'insights',
    sources: [join(trails, 'synthetic-org')],
    events: 12,
    selectors: category('Insight'),
  },
]

/** Makes the stores that the golden queries ask, each filled in the way given; their ids by placeholder. */
export async function makeStores(
  lake: Lake,
  fill: (store: GoldenStore, id: string) => Promise<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  for (const store of stores) {
    const { placeholder, name, sources, selectors } = store
    const { id } = await lake.createEventDataStore({
      name,
      ...(selectors ? { advancedEventSelectors: selectors } : {}),
    })
    ids.set(placeholder, id)
    if (sources.length > 0) await fill(store, id)
  }
  return ids
}

const PLACEHOLDER = /\$((?:CONFIG_|ACTIVITY_|INSIGHT_)?EDS_ID(?:_[23])?)\b/g

/** A golden statement with the ids of stores in it. */
export function withStoreIds(sql: string, ids: ReadonlyMap<string, string>): string {
  return sql.replace(PLACEHOLDER, (_, name: string) => ids.get(name) as string)
}
