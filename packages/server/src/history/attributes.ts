import type { HistoryEvent } from './history-event.ts'
import { type KnownResource, knownResources } from './known-resources.ts'

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
    sql: (value) => {
      // A name inside a list is part of that list's JSON text, where quotes and backslashes are escaped.
      const escaped = JSON.stringify(value).slice(1, -1)
      const contains = (text: string) => (member: string) => `strpos(${member}, ${quote(text)}) > 0`
      return anyOf([
        listed('arn', value),
        ...named(knownResources, contains(escaped)),
        ...(escaped === value ? [] : named(knownResources, contains(value))),
      ])
    },
    has: (event, value) => event.resources.some(({ name }) => name === value),
  },
  ResourceType: {
    sql: (value) =>
      anyOf([
        listed('type', value),
        ...named(
          knownResources.filter(({ type }) => type === value),
          (member) => `${member} IS NOT NULL`,
        ),
      ]),
    has: (event, value) => event.resources.some(({ type }) => type === value),
  },
}

/** The record's own list of resources has the value. (Many times as fast as any_match.) */
function listed(member: 'arn' | 'type', value: string): string {
  return `contains(transform(resources, r -> r.${member}), ${quote(value)})`
}

/** A condition on the outermost members that lead to names; only events of the service are looked into. */
function named(resources: readonly KnownResource[], condition: (member: string) => string): readonly string[] {
  const byService = new Map<string, Set<string>>()
  for (const { source, part, path } of resources) {
    const conditions = byService.get(source) ?? new Set()
    byService.set(source, conditions.add(condition(`element_at(${part}, ${quote(path[0])})`)))
  }
  return [...byService].map(([source, conditions]) => `(eventSource = ${quote(source)} AND ${anyOf([...conditions])})`)
}

function anyOf(conditions: readonly string[]): string {
  return `(${conditions.join(' OR ')})`
}

/** A string literal of Lake SQL. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
