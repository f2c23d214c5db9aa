import type { StoreTag } from '@traillake/core'
import { AwsFault } from '../faults.ts'

export const MAX_TAGS = 50

interface TagInput {
  readonly Key: string
  readonly Value?: string
}

/** Tags as they are kept. InvalidTagParameterException for keys that come twice, that are AWS's own, or for too many. */
export function readTags(tags: readonly TagInput[]): readonly StoreTag[] {
  const refuse = (message: string) => new AwsFault('InvalidTagParameterException', message)
  const keys = new Set<string>()
  for (const { Key } of tags) {
    if (keys.has(Key)) throw refuse(`The tag key ${Key} is given twice.`)
    if (/^aws:/i.test(Key)) throw refuse(`The tag key ${Key} is reserved: keys must not begin with aws:.`)
    keys.add(Key)
  }
  if (tags.length > MAX_TAGS) throw refuse(`${tags.length} tags are given; a resource can have ${MAX_TAGS}.`)
  return tags.map(({ Key, Value }) => ({ key: Key, ...(Value === undefined ? {} : { value: Value }) }))
}
