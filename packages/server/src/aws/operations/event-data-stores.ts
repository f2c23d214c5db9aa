import {
  AWS_DEFAULT_SELECTORS,
  checkAdvancedSelectors,
  type EventDataStore,
  type UpdateEventDataStoreOptions,
} from '@traillake/core'
import { AUDIT_STORE } from '../../audit/audit-log.ts'
import { isImportOver } from '../../imports/import-record.ts'
import { AwsFault } from '../faults.ts'
import { type Call, operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { required } from '../shape.ts'
import {
  advancedEventSelectors,
  billingMode,
  boolean,
  eventDataStoreArn,
  eventDataStoreName,
  kmsKeyId,
  nextToken,
  pageSize,
  retentionPeriod,
  tagsList,
} from '../shapes.ts'
import { authorize, inactive, seconds, storeOf } from '../stores.ts'
import { readTags } from './tag-rules.ts'

const DAY_MS = 86_400_000
const PENDING_DAYS = 7
const EXTENDABLE = 'EXTENDABLE_RETENTION_PRICING'
const FIXED = 'FIXED_RETENTION_PRICING'
/** Days by billing mode: what a store gets that says nothing, and the most. */
const retention: Readonly<Record<string, { readonly default: number; readonly max: number }>> = {
  [EXTENDABLE]: { default: 366, max: 3653 },
  [FIXED]: { default: 2557, max: 2557 },
}

const named = { EventDataStore: required(eventDataStoreArn) }
const common = ['InvalidParameterException', 'OperationNotPermittedException', 'UnsupportedOperationException'] as const
const byName = ['EventDataStoreARNInvalidException', 'EventDataStoreNotFoundException'] as const

const settings = {
  AdvancedEventSelectors: advancedEventSelectors,
  MultiRegionEnabled: boolean,
  OrganizationEnabled: boolean,
  RetentionPeriod: retentionPeriod,
  TerminationProtectionEnabled: boolean,
  KmsKeyId: kmsKeyId,
  BillingMode: billingMode,
} as const

const createEventDataStore = operation({
  name: 'CreateEventDataStore',
  input: { Name: required(eventDataStoreName), ...settings, TagsList: tagsList, StartIngestion: boolean },
  errors: [
    'EventDataStoreAlreadyExistsException',
    'EventDataStoreMaxLimitExceededException',
    'InvalidEventSelectorsException',
    'InvalidTagParameterException',
    'ConflictException',
    'InvalidKmsKeyIdException',
    'KmsKeyNotFoundException',
    ...common,
  ],
  note: 'OrganizationEnabled, MultiRegionEnabled and BillingMode are kept and shown; a store holds whatever accounts and Regions are imported into it. There are no KMS keys.',
  async run(input, call) {
    const { lake, maxEventDataStores } = call.context
    authorize(call, 'CreateEventDataStore')
    refuseKey(input.KmsKeyId)
    const stores = (await lake.listEventDataStores()).filter(({ name }) => name !== AUDIT_STORE)
    if (stores.length >= maxEventDataStores) {
      throw new AwsFault(
        'EventDataStoreMaxLimitExceededException',
        `The lake has ${stores.length} event data stores, those pending deletion included; at most ${maxEventDataStores} are allowed.`,
      )
    }
    const mode = input.BillingMode ?? EXTENDABLE
    const days = input.RetentionPeriod ?? retention[mode]!.default
    checkRetention(mode, days)
    const tags = readTags(input.TagsList ?? [])
    const store = await lake.createEventDataStore({
      name: input.Name,
      advancedEventSelectors: checkAdvancedSelectors(
        input.AdvancedEventSelectors ?? AWS_DEFAULT_SELECTORS,
        'event-data-store',
      ),
      retentionDays: days,
      terminationProtected: input.TerminationProtectionEnabled ?? true,
      ...(input.StartIngestion === false ? { ingestionStopped: true } : {}),
      ...(tags.length === 0 ? {} : { tags }),
      cloudTrail: {
        multiRegion: input.MultiRegionEnabled ?? true,
        organization: input.OrganizationEnabled ?? false,
        billingMode: mode,
      },
    })
    return { ...describe(store), Status: 'CREATED', ...(input.TagsList ? { TagsList: input.TagsList } : {}) }
  },
})

const getEventDataStore = operation({
  name: 'GetEventDataStore',
  input: named,
  errors: [...byName, ...common],
  run: async (input, call) => ({
    ...describe(await storeOf(call, input.EventDataStore, 'GetEventDataStore', { pending: true })),
    FederationStatus: 'DISABLED',
  }),
})

const listEventDataStores = operation({
  name: 'ListEventDataStores',
  input: { NextToken: nextToken, MaxResults: pageSize(1000) },
  errors: [
    'InvalidMaxResultsException',
    'InvalidNextTokenException',
    'OperationNotPermittedException',
    'UnsupportedOperationException',
  ],
  async run(input, call) {
    authorize(call, 'ListEventDataStores')
    const stores = await call.context.lake.listEventDataStores()
    const { items, next } = pageOf('ListEventDataStores', input, stores, input.MaxResults ?? 1000)
    return { EventDataStores: items.map(({ arn, name }) => ({ EventDataStoreArn: arn, Name: name })), ...next }
  },
})

const updateEventDataStore = operation({
  name: 'UpdateEventDataStore',
  input: { ...named, Name: eventDataStoreName, ...settings },
  errors: [
    ...byName,
    'EventDataStoreAlreadyExistsException',
    'InvalidEventSelectorsException',
    'InactiveEventDataStoreException',
    'InvalidKmsKeyIdException',
    'KmsKeyNotFoundException',
    'ConflictException',
    ...common,
  ],
  note: 'As CreateEventDataStore. A shorter RetentionPeriod removes older events when retention is applied, not at once.',
  async run({ EventDataStore: reference, ...input }, call) {
    const { id } = await storeOf(call, reference, 'UpdateEventDataStore')
    if (Object.keys(input).length === 0) {
      throw new AwsFault('InvalidParameterException', 'At least one setting to change must be given.')
    }
    refuseKey(input.KmsKeyId)
    if (input.AdvancedEventSelectors) checkAdvancedSelectors(input.AdvancedEventSelectors, 'event-data-store')
    const store = await call.context.lake.updateEventDataStore(id, (current): UpdateEventDataStoreOptions => {
      if (current.deletedFrom) throw inactive(current)
      const before = current.cloudTrail?.billingMode ?? EXTENDABLE
      const mode = input.BillingMode ?? before
      if (before === EXTENDABLE && mode === FIXED) {
        throw new AwsFault('InvalidParameterException', `BillingMode cannot be changed from ${EXTENDABLE} to ${FIXED}.`)
      }
      if (input.RetentionPeriod !== undefined) checkRetention(mode, input.RetentionPeriod)
      return {
        ...(input.Name === undefined ? {} : { name: input.Name }),
        ...(input.AdvancedEventSelectors ? { advancedEventSelectors: input.AdvancedEventSelectors } : {}),
        ...(input.RetentionPeriod === undefined ? {} : { retentionDays: input.RetentionPeriod }),
        ...(input.TerminationProtectionEnabled === undefined
          ? {}
          : { terminationProtected: input.TerminationProtectionEnabled }),
        cloudTrail: {
          ...current.cloudTrail,
          ...(input.MultiRegionEnabled === undefined ? {} : { multiRegion: input.MultiRegionEnabled }),
          ...(input.OrganizationEnabled === undefined ? {} : { organization: input.OrganizationEnabled }),
          billingMode: mode,
        },
      }
    })
    return { ...describe(store), FederationStatus: 'DISABLED' }
  },
})

const deleteEventDataStore = operation({
  name: 'DeleteEventDataStore',
  input: named,
  errors: [
    ...byName,
    'EventDataStoreTerminationProtectedException',
    'EventDataStoreHasOngoingImportException',
    'InactiveEventDataStoreException',
    'ConflictException',
    ...common,
  ],
  async run(input, call) {
    const { lake, imports, now } = call.context
    const { id } = await storeOf(call, input.EventDataStore, 'DeleteEventDataStore')
    const importing = (await imports.list()).find((record) => record.store.id === id && !isImportOver(record))
    if (importing) {
      throw new AwsFault(
        'EventDataStoreHasOngoingImportException',
        `The import ${importing.id} into the event data store is under way: stop it, or wait for its end.`,
      )
    }
    await lake.updateEventDataStore(id, (current) => {
      if (current.deletedFrom) throw inactive(current)
      if (current.terminationProtected) {
        throw new AwsFault(
          'EventDataStoreTerminationProtectedException',
          `Termination protection is on for the event data store ${current.arn}: switch it off first.`,
        )
      }
      return { deletedFrom: new Date(now().getTime() + PENDING_DAYS * DAY_MS) }
    })
    return {}
  },
})

const restoreEventDataStore = operation({
  name: 'RestoreEventDataStore',
  input: named,
  errors: [...byName, 'InvalidEventDataStoreStatusException', ...common],
  async run(input, call) {
    const { id } = await storeOf(call, input.EventDataStore, 'RestoreEventDataStore', { pending: true })
    const store = await call.context.lake.updateEventDataStore(id, (current) => {
      if (!current.deletedFrom) throw wrongStatus(current, 'PENDING_DELETION')
      return { deletedFrom: null }
    })
    return describe(store)
  },
})

const ingestionErrors = [
  ...byName,
  'InvalidEventDataStoreStatusException',
  'InvalidEventDataStoreCategoryException',
  'ConflictException',
  ...common,
] as const

const startIngestion = operation({
  name: 'StartEventDataStoreIngestion',
  input: named,
  errors: ingestionErrors,
  note: 'The state is kept and shown. Imports work in either state, as in AWS; there is no delivery from trails to switch.',
  run: (input, call) => switchIngestion(call, input.EventDataStore, 'StartEventDataStoreIngestion', false),
})

const stopIngestion = operation({
  name: 'StopEventDataStoreIngestion',
  input: named,
  errors: ingestionErrors,
  note: 'As StartEventDataStoreIngestion.',
  run: (input, call) => switchIngestion(call, input.EventDataStore, 'StopEventDataStoreIngestion', true),
})

export const eventDataStoreOperations = [
  createEventDataStore,
  getEventDataStore,
  listEventDataStores,
  updateEventDataStore,
  deleteEventDataStore,
  restoreEventDataStore,
  startIngestion,
  stopIngestion,
]

async function switchIngestion(call: Call, reference: string, name: string, stop: boolean): Promise<object> {
  const { id, schema } = await storeOf(call, reference, name, { pending: true })
  if (schema !== 'events' && schema !== 'configuration') {
    throw new AwsFault(
      'InvalidEventDataStoreCategoryException',
      'Ingestion is switched for stores of CloudTrail events and configuration items only.',
    )
  }
  await call.context.lake.updateEventDataStore(id, (current) => {
    const wanted = stop ? 'ENABLED' : 'STOPPED_INGESTION'
    if (statusOf(current) !== wanted) throw wrongStatus(current, wanted)
    return { ingestionStopped: stop }
  })
  return {}
}

function describe(store: EventDataStore): object {
  const { multiRegion = true, organization = false, billingMode: mode = EXTENDABLE } = store.cloudTrail ?? {}
  return {
    EventDataStoreArn: store.arn,
    Name: store.name,
    Status: statusOf(store),
    AdvancedEventSelectors: store.advancedEventSelectors,
    MultiRegionEnabled: multiRegion,
    OrganizationEnabled: organization,
    // A store that the library made may keep events for ever: then there is no number to give.
    ...(store.retentionDays === undefined ? {} : { RetentionPeriod: store.retentionDays }),
    TerminationProtectionEnabled: store.terminationProtected,
    CreatedTimestamp: seconds(store.createdAt),
    UpdatedTimestamp: seconds(store.updatedAt),
    BillingMode: mode,
  }
}

function statusOf(store: EventDataStore): string {
  if (store.deletedFrom) return 'PENDING_DELETION'
  return store.ingestionStopped ? 'STOPPED_INGESTION' : 'ENABLED'
}

function wrongStatus(store: EventDataStore, wanted: string): AwsFault {
  return new AwsFault(
    'InvalidEventDataStoreStatusException',
    `The event data store ${store.arn} is ${statusOf(store)}; it must be ${wanted} for this.`,
  )
}

function checkRetention(mode: string, days: number): void {
  const { max } = retention[mode]!
  if (days > max) {
    throw new AwsFault('InvalidParameterException', `RetentionPeriod must be 7 to ${max} days with ${mode}.`)
  }
}

/** Saying yes would promise an encryption that nobody does. */
function refuseKey(key: string | undefined): void {
  if (key === undefined) return
  throw new AwsFault('KmsKeyNotFoundException', `There is no KMS key ${key}: this server knows none.`)
}
