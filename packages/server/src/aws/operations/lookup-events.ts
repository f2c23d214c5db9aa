import { isAllowed } from '../../auth/caller.ts'
import type { AttributeKey } from '../../history/attributes.ts'
import type { HistoryEvent } from '../../history/history-event.ts'
import { lookupEvents as lookup } from '../../history/lookup.ts'
import type { HistoryPosition } from '../../history/position.ts'
import { AwsFault } from '../faults.ts'
import { operation } from '../operation.ts'
import { pageStart, pageToken } from '../paging.ts'
import { lookupAttributes, pageSize, timestamp } from '../shapes.ts'
import { authorize, seconds } from '../stores.ts'

const PAGE = 50
const DAY_MS = 86_400_000
const OF_INSIGHTS: ReadonlySet<AttributeKey> = new Set(['EventId', 'EventName', 'EventSource'])

const lookupEvents = operation({
  name: 'LookupEvents',
  input: {
    LookupAttributes: lookupAttributes,
    StartTime: timestamp,
    EndTime: timestamp,
    EventCategory: { kind: 'string', values: ['insight'], fault: 'InvalidEventCategoryException' },
    MaxResults: pageSize(50),
    NextToken: { kind: 'string', fault: 'InvalidNextTokenException' },
  },
  errors: [
    'InvalidLookupAttributesException',
    'InvalidTimeRangeException',
    'InvalidMaxResultsException',
    'InvalidNextTokenException',
    'InvalidEventCategoryException',
    'UnsupportedOperationException',
    'OperationNotPermittedException',
  ],
  note: "Over all stores that the caller may query, of all accounts and Regions; the window of 90 days can be widened (--lookup-days). Resources come from the record's own list and from a table of well-known members, for AWS's rules are not published.",
  async run(input, call) {
    const { lake, history, now, lookupDays } = call.context
    authorize(call, 'LookupEvents')
    const attribute = attributeOf(input.LookupAttributes)
    const isInsight = input.EventCategory === 'insight'
    if (isInsight && attribute && !OF_INSIGHTS.has(attribute.key)) {
      throw new AwsFault(
        'InvalidLookupAttributesException',
        `Insights events can be looked up by ${[...OF_INSIGHTS].join(', ')}, not by ${attribute.key}.`,
      )
    }
    const { StartTime: from, EndTime: to } = input
    if (from && to && to < from) {
      throw new AwsFault('InvalidTimeRangeException', 'EndTime must not be before StartTime.')
    }
    const start = pageStart<HistoryPosition & { readonly now: number }>('LookupEvents', input)
    // All pages of one call see the window of the first.
    const nowMs = start?.now ?? now().getTime()
    const earliest = lookupDays === undefined ? 0 : nowMs - lookupDays * DAY_MS
    const stores = (await lake.listEventDataStores()).filter(
      (store) =>
        store.schema === (isInsight ? 'insights' : 'events') &&
        !store.deletedFrom &&
        isAllowed(call.caller, 'LookupEvents', store),
    )
    const size = input.MaxResults ?? PAGE
    const found = await lookup(history, {
      stores,
      category: isInsight ? 'Insight' : 'Management',
      ...(attribute ? { attribute } : {}),
      fromMs: Math.max(earliest, from?.getTime() ?? 0),
      toMs: to?.getTime() ?? nowMs,
      ...(start ? { after: { timeMs: start.timeMs, id: start.id } } : {}),
      count: size + 1,
    })
    const page = found.slice(0, size)
    const last = page.at(-1)
    return {
      Events: page.map(shown),
      ...(last && found.length > size
        ? { NextToken: pageToken('LookupEvents', input, { timeMs: last.timeMs, id: last.id, now: nowMs }) }
        : {}),
    }
  },
})

export const lookupOperations = [lookupEvents]

function attributeOf(
  list: readonly { readonly AttributeKey: AttributeKey; readonly AttributeValue: string }[] = [],
): { readonly key: AttributeKey; readonly value: string } | undefined {
  if (list.length > 1) {
    throw new AwsFault('InvalidLookupAttributesException', 'At most one lookup attribute can be given.')
  }
  return list[0] && { key: list[0].AttributeKey, value: list[0].AttributeValue }
}

function shown(event: HistoryEvent): object {
  return {
    EventId: event.id,
    ...(event.name === undefined ? {} : { EventName: event.name }),
    ...(event.readOnly === undefined ? {} : { ReadOnly: event.readOnly }),
    ...(event.accessKeyId === undefined ? {} : { AccessKeyId: event.accessKeyId }),
    EventTime: seconds(new Date(event.timeMs)),
    ...(event.source === undefined ? {} : { EventSource: event.source }),
    ...(event.username === undefined ? {} : { Username: event.username }),
    Resources: event.resources.map(({ type, name }) => ({
      ...(type === undefined ? {} : { ResourceType: type }),
      ResourceName: name,
    })),
    CloudTrailEvent: event.text,
  }
}
