import type { CloudTrailClient, GetEventDataStoreCommandOutput } from '@aws-sdk/client-cloudtrail'
import type { AdvancedEventSelector, CreateEventDataStoreOptions, StoreTag } from '@traillake/core'
import { ask, type CloudTrailPlace, withCloudTrail } from '../cloudtrail-client.ts'

/** An event data store of an account. */
export interface AccountStore {
  readonly region: string
  readonly arn: string
  readonly name: string
  /** What makes the same store here. */
  readonly options: CreateEventDataStoreOptions
  /** Why it is left out. */
  readonly leftOut?: string
  /** What it has there and will not have here. */
  readonly notes: readonly string[]
}

/** A query of a dashboard of an account. */
export interface AccountQuery {
  readonly dashboard: string
  /** Which of the dashboard's widgets it is, from 1. */
  readonly widget: number
  readonly sql: string
  readonly parameters: readonly string[]
}

export interface Account {
  readonly region: string
  readonly stores: readonly AccountStore[]
  readonly queries: readonly AccountQuery[]
  /** What there is besides, or could not be read. */
  readonly notes: readonly string[]
}

/**
 * Reads what CloudTrail Lake holds in a region of an account, events apart.
 *
 * Errors: INVALID_OPTION without a region, STORAGE_CREDENTIALS, STORAGE_DENIED, STORAGE_ERROR. What the caller may not see besides the
 * stores is among the notes.
 */
export function readAccount(place: CloudTrailPlace): Promise<Account> {
  return withCloudTrail(place, async (client, region) => {
    const notes: string[] = []
    /** What is worth having, not worth failing for. */
    const optional = async <T>(what: string, operation: string, call: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await call()
      } catch (error) {
        notes.push(`${what} in ${region} could not be read: ${operation}: ${(error as Error).name}`)
        return undefined
      }
    }
    const found = new Map<string, GetEventDataStoreCommandOutput>()
    for (const arn of await listStores(client, region)) found.set(arn, await getStore(client, region, arn))
    const active = [...found].filter(([, store]) => !isPending(store)).map(([arn]) => arn)
    const tags = await optional('tags', 'ListTags', () => readTags(client, active))
    const stores: AccountStore[] = []
    for (const [arn, store] of found) {
      const policy = active.includes(arn)
        ? await optional(`the policy of ${store.Name}`, 'GetResourcePolicy', () => readPolicy(client, arn))
        : undefined
      stores.push(describeStore(region, arn, store, tags?.get(arn) ?? [], policy))
    }
    const queries = (await optional('dashboards', 'ListDashboards', () => readDashboards(client))) ?? []
    const channels = (await optional('integrations', 'ListChannels', () => readChannels(client))) ?? []
    for (const name of channels)
      notes.push(`integration ${name} in ${region}: send its events to PutAuditEvents of traillake serve`)
    return { region, stores, queries, notes }
  })
}

function listStores(client: CloudTrailClient, region: string): Promise<readonly string[]> {
  return ask(region, 'ListEventDataStores', async () => {
    const { paginateListEventDataStores } = await import('@aws-sdk/client-cloudtrail')
    const arns: string[] = []
    for await (const page of paginateListEventDataStores({ client }, {})) {
      for (const store of page.EventDataStores ?? []) if (store.EventDataStoreArn) arns.push(store.EventDataStoreArn)
    }
    return arns
  })
}

function getStore(client: CloudTrailClient, region: string, arn: string): Promise<GetEventDataStoreCommandOutput> {
  return ask(region, 'GetEventDataStore', async () => {
    const { GetEventDataStoreCommand } = await import('@aws-sdk/client-cloudtrail')
    return client.send(new GetEventDataStoreCommand({ EventDataStore: arn }))
  })
}

/** Nothing but its settings can be asked for then. */
function isPending({ Status }: GetEventDataStoreCommandOutput): boolean {
  return Status === 'PENDING_DELETION'
}

/** What one call takes. */
const RESOURCES_A_CALL = 20

async function readTags(
  client: CloudTrailClient,
  arns: readonly string[],
): Promise<ReadonlyMap<string, readonly StoreTag[]>> {
  const { paginateListTags } = await import('@aws-sdk/client-cloudtrail')
  const tags = new Map<string, readonly StoreTag[]>()
  for (let at = 0; at < arns.length; at += RESOURCES_A_CALL) {
    const ResourceIdList = arns.slice(at, at + RESOURCES_A_CALL)
    for await (const page of paginateListTags({ client }, { ResourceIdList })) {
      for (const { ResourceId = '', TagsList = [] } of page.ResourceTagList ?? []) {
        const list = TagsList.map(({ Key = '', Value }) => ({
          key: Key,
          ...(Value === undefined ? {} : { value: Value }),
        }))
        tags.set(ResourceId, [...(tags.get(ResourceId) ?? []), ...list])
      }
    }
  }
  return tags
}

async function readPolicy(client: CloudTrailClient, arn: string): Promise<string | undefined> {
  const { GetResourcePolicyCommand } = await import('@aws-sdk/client-cloudtrail')
  try {
    return (await client.send(new GetResourcePolicyCommand({ ResourceArn: arn }))).ResourcePolicy
  } catch (error) {
    if ((error as Error).name === 'ResourcePolicyNotFoundException') return undefined
    throw error
  }
}

function describeStore(
  region: string,
  arn: string,
  store: GetEventDataStoreCommandOutput,
  tags: readonly StoreTag[],
  policy: string | undefined,
): AccountStore {
  const name = store.Name ?? arn
  const notes: string[] = []
  if (store.KmsKeyId) notes.push(`it is encrypted with ${store.KmsKeyId}: encrypt the disk or bucket of the lake`)
  if (store.FederationStatus?.startsWith('ENABL'))
    notes.push('it is federated: other engines read the tables of the lake as they are')
  const { MultiRegionEnabled, OrganizationEnabled, BillingMode, RetentionPeriod } = store
  return {
    region,
    arn,
    name,
    options: {
      name,
      formerArn: arn,
      advancedEventSelectors: (store.AdvancedEventSelectors ?? []) as readonly AdvancedEventSelector[],
      terminationProtected: store.TerminationProtectionEnabled ?? false,
      ...(RetentionPeriod === undefined ? {} : { retentionDays: RetentionPeriod }),
      ...(store.Status?.startsWith('STOP') ? { ingestionStopped: true } : {}),
      ...(tags.length === 0 ? {} : { tags }),
      ...(policy === undefined ? {} : { resourcePolicy: policy }),
      cloudTrail: {
        ...(MultiRegionEnabled === undefined ? {} : { multiRegion: MultiRegionEnabled }),
        ...(OrganizationEnabled === undefined ? {} : { organization: OrganizationEnabled }),
        ...(BillingMode === undefined ? {} : { billingMode: BillingMode }),
        ...(store.KmsKeyId === undefined ? {} : { kmsKeyId: store.KmsKeyId }),
      },
    },
    ...(isPending(store) ? { leftOut: 'it waits for its deletion' } : {}),
    notes,
  }
}

async function readDashboards(client: CloudTrailClient): Promise<readonly AccountQuery[]> {
  const { GetDashboardCommand, ListDashboardsCommand } = await import('@aws-sdk/client-cloudtrail')
  const queries: AccountQuery[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(new ListDashboardsCommand({ Type: 'CUSTOM', ...(NextToken ? { NextToken } : {}) }))
    for (const { DashboardArn } of page.Dashboards ?? []) {
      const { Widgets = [] } = await client.send(new GetDashboardCommand({ DashboardId: DashboardArn }))
      const dashboard = DashboardArn?.split('/').at(-1) ?? 'dashboard'
      for (const [i, { QueryStatement, QueryParameters = [] }] of Widgets.entries()) {
        if (QueryStatement) queries.push({ dashboard, widget: i + 1, sql: QueryStatement, parameters: QueryParameters })
      }
    }
    NextToken = page.NextToken
  } while (NextToken)
  return queries
}

async function readChannels(client: CloudTrailClient): Promise<readonly string[]> {
  const { paginateListChannels } = await import('@aws-sdk/client-cloudtrail')
  const names: string[] = []
  for await (const page of paginateListChannels({ client }, {})) {
    for (const { Name, ChannelArn } of page.Channels ?? []) names.push(Name ?? ChannelArn ?? '')
  }
  return names
}
