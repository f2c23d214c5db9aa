import type { EventDataStore } from '@traillake/core'
import { type AttributeKey, attributes, quote } from './attributes.ts'
import type { HistoryPosition } from './position.ts'

/** Which events of a store make up a history. */
export interface HistoryFilter {
  readonly category: 'Management' | 'Insight'
  readonly attribute?: { readonly key: AttributeKey; readonly value: string }
}

/** Lake SQL for the newest events of a store after a place, not older than `fromMs`: epoch milliseconds, id, text. */
export function historyStatement(
  store: EventDataStore,
  { category, attribute }: HistoryFilter,
  after: HistoryPosition,
  fromMs: number,
  limit: number,
): string {
  const last = literal(after.timeMs)
  const conditions = [
    `eventTime >= ${literal(fromMs)}`,
    ...(after.id === ''
      ? [`eventTime < ${last}`]
      : [
          `eventTime <= ${last}`,
          `(eventTime < ${last} OR (eventTime = ${last} AND coalesce(eventID, '') < ${quote(after.id)}))`,
        ]),
    ...(category === 'Management'
      ? ["(eventCategory = 'Management' OR (eventCategory IS NULL AND coalesce(managementEvent, true)))"]
      : []),
    ...(attribute ? [attributes[attribute.key].sql(attribute.value)] : []),
  ]
  return `SELECT CAST(to_unixtime(eventTime) * 1000 AS bigint), coalesce(eventID, ''), eventJson FROM ${quoteName(store.arn)}
WHERE ${conditions.join(' AND ')}
ORDER BY eventTime DESC, coalesce(eventID, '') DESC LIMIT ${limit}`
}

function literal(ms: number): string {
  return `TIMESTAMP '${new Date(ms).toISOString().replace('T', ' ').slice(0, 23)}'`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
