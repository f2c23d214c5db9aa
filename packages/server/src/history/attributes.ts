import { columnOf, type HistoryEvent } from './history-event.ts'
import { knownResources } from './known-resources.ts'

export type AttributeKey =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId'

interface Attribute {
  /** A condition in Lake SQL that every event with the value meets; events without it may meet it too. */
  readonly sql: (value: string) => string
  /** Whether an event has exactly the value. */
  readonly has: (event: HistoryEvent, value: string) => boolean
}

/** What LookupEvents can look for. The SQL keeps the search small, the second look makes it exact. */
export const attributes: Readonly<Record<AttributeKey, Attribute>> = {
  EventId: { sql: (value) => `eventID = ${quote(value)}`, has: (event, value) => event.id === value },
  EventName: { sql: (value) => `eventName = ${quote(value)}`, has: (event, value) => event.name === value },
  EventSource: { sql: (value) => `eventSource = ${quote(value)}`, has: (event, value) => event.source === value },
  ReadOnly: {
    sql: (value) => (value === 'true' || value === 'false' ? `readOnly = ${value}` : 'false'),
    has: (event, value) => event.readOnly === value,
  },
  AccessKeyId: {
    sql: (value) => `userIdentity.accessKeyId = ${quote(value)}`,
    has: (event, value) => event.accessKeyId === value,
  },
  Username: {
    sql: (value) =>
      anyOf([
        `userIdentity.userName = ${quote(value)}`,
        `strpos(userIdentity.principalId, ${quote(`:${value}`)}) > 0`,
        `userIdentity.invokedBy = ${quote(value)}`,
        ...(value === 'root' ? ["userIdentity.type = 'Root'"] : []),
      ]),
    has: (event, value) => event.username === value,
  },
  ResourceName: {
    sql: (value) =>
      anyOf([
        `any_match(resources, r -> r.arn = ${quote(value)})`,
        // A name inside a list is part of that list's JSON text, where quotes and backslashes are escaped.
        ...columns(() => true).map((column) => `strpos(${column}, ${quote(JSON.stringify(value).slice(1, -1))}) > 0`),
        ...columns(() => true).map((column) => `${column} = ${quote(value)}`),
      ]),
    has: (event, value) => event.resources.some(({ name }) => name === value),
  },
  ResourceType: {
    sql: (value) =>
      anyOf([
        `any_match(resources, r -> r.type = ${quote(value)})`,
        ...columns((type) => type === value).map((column) => `${column} IS NOT NULL`),
      ]),
    has: (event, value) => event.resources.some(({ type }) => type === value),
  },
}

function columns(isWanted: (type: string) => boolean): readonly string[] {
  const wanted = knownResources.filter(({ type }) => isWanted(type)).map(columnOf)
  return [...new Set(wanted.map(({ part, key }) => `element_at(${part}, ${quote(key)})`))]
}

function anyOf(conditions: readonly string[]): string {
  return `(${conditions.join(' OR ')})`
}

/** A string literal of Lake SQL. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
