import type { RecordBatch } from './record.ts'

/**
 * True for entries that all are five-minute summaries of data events: they have the shape of a log file but no time, and are
 * recognised by this where the file's key did not tell.
 */
export function holdsOnlySummaries({ raw, list, unusable }: Pick<RecordBatch, 'raw' | 'list' | 'unusable'>): boolean {
  if (list.count > 0 || unusable.length === 0) return false
  return unusable.every(
    ({ start, end, reason }) =>
      reason === 'no readable eventTime' && raw.subarray(start, end).includes('"AwsAggregatedEvent"'),
  )
}
