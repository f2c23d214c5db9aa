import type { EventDataStore } from '@traillake/core'
import { readPolicy } from '../../auth/policy.ts'
import { AwsFault, toFault } from '../faults.ts'
import { type Call, operation } from '../operation.ts'
import { required } from '../shape.ts'
import { resourceArn, resourcePolicy } from '../shapes.ts'
import { parseArn, storeOf } from '../stores.ts'

const errors = [
  'ResourceARNNotValidException',
  'ResourceNotFoundException',
  'ResourceTypeNotSupportedException',
  'OperationNotPermittedException',
  'UnsupportedOperationException',
] as const

const putResourcePolicy = operation({
  name: 'PutResourcePolicy',
  input: { ResourceArn: required(resourceArn), ResourcePolicy: required(resourcePolicy) },
  errors: [...errors, 'ResourcePolicyNotValidException', 'ConflictException'],
  note: 'Policies of event data stores, and they are obeyed: Effect, Principal, Action and Resource. Conditions and the Not… members are refused, never ignored.',
  async run(input, call) {
    const store = await resource(call, input.ResourceArn, 'PutResourcePolicy')
    const invalid = (reason: string) =>
      new AwsFault('ResourcePolicyNotValidException', `The policy is not valid: ${reason}.`)
    let policy: unknown
    try {
      policy = JSON.parse(input.ResourcePolicy)
    } catch {
      throw invalid('it is no JSON')
    }
    const read = readPolicy(policy, 'resource')
    if (typeof read === 'string') throw invalid(read)
    for (const { Resource = [] } of read.Statement) {
      for (const named of typeof Resource === 'string' ? [Resource] : Resource) {
        if (named !== store.arn) throw invalid(`its Resource must be ${store.arn}, not ${named}`)
      }
    }
    await call.context.lake.updateEventDataStore(store.id, { resourcePolicy: JSON.stringify(read) })
    return { ResourceArn: store.arn, ResourcePolicy: JSON.stringify(read) }
  },
})

const getResourcePolicy = operation({
  name: 'GetResourcePolicy',
  input: { ResourceArn: required(resourceArn) },
  errors: [...errors, 'ResourcePolicyNotFoundException'],
  note: 'As PutResourcePolicy.',
  async run(input, call) {
    const store = await resource(call, input.ResourceArn, 'GetResourcePolicy')
    if (store.resourcePolicy === undefined) throw noPolicy(store)
    return { ResourceArn: store.arn, ResourcePolicy: store.resourcePolicy }
  },
})

const deleteResourcePolicy = operation({
  name: 'DeleteResourcePolicy',
  input: { ResourceArn: required(resourceArn) },
  errors: [...errors, 'ResourcePolicyNotFoundException', 'ConflictException'],
  note: 'As PutResourcePolicy.',
  async run(input, call) {
    const { id } = await resource(call, input.ResourceArn, 'DeleteResourcePolicy')
    await call.context.lake.updateEventDataStore(id, (current) => {
      if (current.resourcePolicy === undefined) throw noPolicy(current)
      return { resourcePolicy: null }
    })
    return {}
  },
})

export const resourcePolicyOperations = [putResourcePolicy, getResourcePolicy, deleteResourcePolicy]

function noPolicy(store: EventDataStore): AwsFault {
  return new AwsFault('ResourcePolicyNotFoundException', `No policy is attached to ${store.arn}.`)
}

/** These operations know stores by one name for every kind of resource, and other faults than the rest. */
async function resource(call: Call, arn: string, name: string): Promise<EventDataStore> {
  const parts = parseArn(arn)
  if (!parts) throw new AwsFault('ResourceARNNotValidException', `${arn} is no ARN of a CloudTrail resource.`)
  if (parts.type === 'dashboard' || parts.type === 'channel') {
    throw new AwsFault('ResourceNotFoundException', `There is no ${parts.type} ${arn}.`)
  }
  if (parts.type !== 'eventdatastore') {
    throw new AwsFault('ResourceTypeNotSupportedException', `A ${parts.type} has no resource policy.`)
  }
  try {
    return await storeOf(call, arn, name, { pending: true })
  } catch (error) {
    const { fault, message } = toFault(error)
    if (fault === 'EventDataStoreARNInvalidException') throw new AwsFault('ResourceARNNotValidException', message)
    if (fault === 'EventDataStoreNotFoundException') throw new AwsFault('ResourceNotFoundException', message)
    throw error
  }
}
