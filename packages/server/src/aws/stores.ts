import type { EventDataStore } from '@traillake/core'
import { isAllowed, type Target } from '../auth/caller.ts'
import { AwsFault } from './faults.ts'
import type { Call } from './operation.ts'

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ARN = /^arn:(aws[a-z-]*):cloudtrail:([a-z0-9-]+):(\d{12}):([a-z]+)\/([^/]+)$/

/** The parts of a CloudTrail ARN; undefined for any other text. */
export function parseArn(text: string) {
  const [, partition = '', region = '', accountId = '', type = '', id = ''] = ARN.exec(text) ?? []
  return partition === '' ? undefined : { partition, region, accountId, type, id }
}

/**
 * The store that a request names by its ARN or id, if the caller may do `operation` to it.
 *
 * Faults: EventDataStoreARNInvalidException for what is neither or is another account's, EventDataStoreNotFoundException,
 * InactiveEventDataStoreException unless `pending` stores are wanted too.
 */
export async function storeOf(
  call: Call,
  reference: string,
  operation: string,
  { pending = false } = {},
): Promise<EventDataStore> {
  const stores = await call.context.lake.listEventDataStores()
  const id = storeIdOf(call, reference)
  const store = stores.find((candidate) => candidate.id === id)
  if (!store) throw new AwsFault('EventDataStoreNotFoundException', `There is no event data store ${reference}.`)
  authorize(call, operation, store)
  if (store.deletedFrom && !pending) throw inactive(store)
  return store
}

export function inactive(store: EventDataStore): AwsFault {
  return new AwsFault(
    'InactiveEventDataStoreException',
    `The event data store ${store.arn} is pending deletion: restore it to use it.`,
  )
}

/** Throws AccessDeniedException where the caller lacks the right. */
export function authorize({ caller }: Call, operation: string, target?: Target): void {
  if (isAllowed(caller, operation, target)) return
  throw new AwsFault(
    'AccessDeniedException',
    `User: ${caller.name} is not authorized to perform: cloudtrail:${operation} on resource: ${target?.arn ?? '*'}`,
  )
}

function storeIdOf({ context: { lake } }: Call, reference: string): string {
  if (ID.test(reference)) return reference
  const arn = parseArn(reference)
  if (arn?.type !== 'eventdatastore' || !ID.test(arn.id) || arn.accountId !== lake.accountId) {
    throw new AwsFault(
      'EventDataStoreARNInvalidException',
      `${reference} is no event data store of account ${lake.accountId}: use its ARN or the id at the ARN's end.`,
    )
  }
  return arn.region === lake.region ? arn.id : ''
}

/** `Date` members are numbers: seconds, with milliseconds as the fraction. */
export function seconds(time: Date | string): number {
  return new Date(time).getTime() / 1000
}
