import type { EventDataStore } from '@traillake/core'
import { AwsFault } from '../faults.ts'
import { type Call, operation } from '../operation.ts'
import { required } from '../shape.ts'
import { tagsList, text } from '../shapes.ts'
import { parseArn, storeOf } from '../stores.ts'
import { MAX_TAGS, readTags } from './tag-rules.ts'

const errors = [
  'ResourceNotFoundException',
  'CloudTrailARNInvalidException',
  'EventDataStoreARNInvalidException',
  'ResourceTypeNotSupportedException',
  'InactiveEventDataStoreException',
  'EventDataStoreNotFoundException',
  'UnsupportedOperationException',
  'OperationNotPermittedException',
] as const
const changeErrors = [
  ...errors,
  'ChannelARNInvalidException',
  'ChannelNotFoundException',
  'InvalidTagParameterException',
  'ConflictException',
] as const

const addTags = operation({
  name: 'AddTags',
  input: { ResourceId: required(text), TagsList: required(tagsList) },
  errors: [...changeErrors, 'TagsLimitExceededException'],
  note: 'Tags of event data stores; there are no trails, channels and dashboards.',
  async run(input, call) {
    const added = readTags(input.TagsList)
    const { id } = await taggable(call, input.ResourceId, 'AddTags')
    await call.context.lake.updateEventDataStore(id, ({ tags = [] }) => {
      const values = new Map([...tags, ...added].map((tag) => [tag.key, tag]))
      if (values.size > MAX_TAGS) {
        throw new AwsFault(
          'TagsLimitExceededException',
          `The resource would have ${values.size} tags; at most ${MAX_TAGS} are allowed.`,
        )
      }
      return { tags: [...values.values()] }
    })
    return {}
  },
})

const removeTags = operation({
  name: 'RemoveTags',
  input: { ResourceId: required(text), TagsList: required(tagsList) },
  errors: changeErrors,
  note: 'As AddTags. A tag goes by its key, whatever value is given.',
  async run(input, call) {
    const { id } = await taggable(call, input.ResourceId, 'RemoveTags')
    const gone = new Set(input.TagsList.map(({ Key }) => Key))
    await call.context.lake.updateEventDataStore(id, ({ tags = [] }) => ({
      tags: tags.filter(({ key }) => !gone.has(key)),
    }))
    return {}
  },
})

const listTags = operation({
  name: 'ListTags',
  input: { ResourceIdList: required({ kind: 'list', min: 1, max: 20, of: text }), NextToken: text },
  errors: [...errors, 'InvalidTokenException'],
  note: 'As AddTags. All tags come in one answer, so a token is never valid.',
  async run(input, call) {
    if (input.NextToken !== undefined) {
      throw new AwsFault('InvalidTokenException', 'The token is not valid: the answer has one page.')
    }
    const list: object[] = []
    for (const arn of input.ResourceIdList) {
      const { tags = [] } = await taggable(call, arn, 'ListTags')
      list.push({
        ResourceId: arn,
        TagsList: tags.map(({ key, value }) => ({ Key: key, ...(value === undefined ? {} : { Value: value }) })),
      })
    }
    return { ResourceTagList: list }
  },
})

export const tagOperations = [addTags, removeTags, listTags]

/** The store behind the ARN of a taggable resource; faults tell what else it may be. */
async function taggable(call: Call, arn: string, name: 'AddTags' | 'RemoveTags' | 'ListTags'): Promise<EventDataStore> {
  const parts = parseArn(arn)
  if (!parts) {
    const fault =
      arn.startsWith('arn:') && !arn.includes(':cloudtrail:')
        ? 'ResourceTypeNotSupportedException'
        : 'CloudTrailARNInvalidException'
    throw new AwsFault(fault, `${arn} is no ARN of a trail, event data store, dashboard or channel.`)
  }
  switch (parts.type) {
    case 'eventdatastore':
      return storeOf(call, arn, name)
    case 'channel':
      throw new AwsFault(
        name === 'ListTags' ? 'ResourceNotFoundException' : 'ChannelNotFoundException',
        `There is no channel ${arn}.`,
      )
    case 'trail':
    case 'dashboard':
      throw new AwsFault('ResourceNotFoundException', `There is no ${parts.type} ${arn}.`)
    default:
      throw new AwsFault('ResourceTypeNotSupportedException', `A ${parts.type} has no tags.`)
  }
}
