import { knownResources } from './known-resources.ts'

export interface EventResource {
  readonly type?: string
  readonly name: string
}

/** An event as LookupEvents shows it; what a record lacks is absent. */
export interface HistoryEvent {
  readonly id: string
  readonly name?: string
  readonly source?: string
  /** `true` or `false`. */
  readonly readOnly?: string
  readonly accessKeyId?: string
  readonly username?: string
  readonly timeMs: number
  readonly resources: readonly EventResource[]
  /** The whole record as JSON text. */
  readonly text: string
}

type Json = Readonly<Record<string, unknown>>

/** @param timeMs the time by which the store sorts it, epoch milliseconds */
export function historyEvent(text: string, timeMs: number): HistoryEvent {
  const record = JSON.parse(text) as Json
  const identity = objectOf(record.userIdentity)
  const values = {
    name: textOf(record.eventName),
    source: textOf(record.eventSource),
    readOnly: typeof record.readOnly === 'boolean' ? String(record.readOnly) : textOf(record.readOnly),
    accessKeyId: textOf(identity.accessKeyId),
    username: usernameOf(identity),
  }
  const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  return { id: textOf(record.eventID) ?? '', ...known, timeMs, resources: resourcesOf(record), text }
}

/** The user's name; of an assumed role the session's; `root`; of a service its own name. */
function usernameOf(identity: Json): string | undefined {
  const name = textOf(identity.userName)
  if (name !== undefined) return name
  switch (identity.type) {
    case 'AssumedRole':
      return /:([\s\S]+)$/.exec(textOf(identity.principalId) ?? '')?.[1]
    case 'Root':
      return 'root'
    case 'AWSService':
      return textOf(identity.invokedBy)
    default:
      return undefined
  }
}

/** The record's own list, then what well-known members name; each thing once. */
function resourcesOf(record: Json): readonly EventResource[] {
  const found = new Map<string, EventResource>()
  const add = (name: string, type: string | undefined) => {
    const key = `${type} ${name}`
    if (!found.has(key)) found.set(key, { name, ...(type === undefined ? {} : { type }) })
  }
  for (const resource of Array.isArray(record.resources) ? record.resources : []) {
    const { ARN: arn, type } = objectOf(resource)
    if (textOf(arn) !== undefined) add(arn as string, textOf(type))
  }
  for (const known of knownResources) {
    if (known.source !== record.eventSource) continue
    for (const name of namesAt(record[known.part], known.path)) add(name, known.type)
  }
  return [...found.values()]
}

function namesAt(value: unknown, [step, ...rest]: readonly string[]): readonly string[] {
  if (step === undefined) return textOf(value) === undefined ? [] : [value as string]
  if (step === '*') return Array.isArray(value) ? value.flatMap((item) => namesAt(item, rest)) : []
  const object = objectOf(value)
  return Object.hasOwn(object, step) ? namesAt(object[step], rest) : []
}

/** A text that is not empty. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
