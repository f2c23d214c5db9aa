import { skipByteOrderMark, skipKey, skipString, skipValue, skipWhiteSpace } from '../json-bytes.ts'
import type { Failed } from '../outcome.ts'
import { csvColumns, EVENT_COLUMNS, EVENT_JSON } from './csv.ts'
import { skipTimestamp } from './lines.ts'

/** What a file is that holds events but is no log file of a trail. */
export type LogForm =
  /** What `LookupEvents` answers, or its events one by one. */
  | 'lookup-events'
  /** Envelopes of EventBridge. */
  | 'event-bridge'
  /** What CloudWatch Logs exports, hands to subscribers, or answers. */
  | 'cloudwatch-logs'
  /** Rows of a query, by CloudTrail Lake or over one of its tables, with whole events in the column `eventJson`. */
  | 'lake-rows'
  /** Records without the `{"Records":[…]}` around them. */
  | 'bare-records'

export interface Form {
  readonly kind: LogForm
  /** How its text is cut: JSON values one after the other, one line after the other, or as CSV. */
  readonly cut: 'values' | 'lines' | 'csv'
}

/** So much of a text is looked at to tell its form. */
export const HEAD_BYTES = 1 << 20

/** True for a text that begins as log files of trails do: it is looked at no further. */
export function beginsAsLogFile(text: Buffer): boolean {
  return text.subarray(0, LOG_FILE.length).equals(LOG_FILE)
}

const LOG_FILE = Buffer.from('{"Records":[')

/**
 * Tells the form of a text by its beginning: by the keys of its first object, or by the header of a CSV. Undefined for log files
 * of trails, and for what holds no events as far as can be seen; a failure for rows about events that are not all there.
 *
 * @param head the first `HEAD_BYTES` of the text, or all of it
 */
export function recogniseForm(head: Buffer): Form | Failed | undefined {
  const start = skipWhiteSpace(head, skipByteOrderMark(head, 0), head.length)
  if (start === head.length) return undefined
  const message = skipTimestamp(head, start)
  if (message !== start) return head[message] === 123 ? { kind: 'cloudwatch-logs', cut: 'lines' } : undefined
  const isArray = head[start] === 91
  const first = isArray ? skipWhiteSpace(head, start + 1, head.length) : start
  if (head[first] === 123) {
    const kind = kindOfObject(head, first)
    if (typeof kind !== 'string') return kind
    return { kind, cut: !isArray && isOneALine(head, first) ? 'lines' : 'values' }
  }
  const columns = isArray ? undefined : csvColumns(head.subarray(start))
  if (columns === undefined) return undefined
  return columns.includes(EVENT_JSON) ? { kind: 'lake-rows', cut: 'csv' } : NO_EVENTS
}

/** Rows that are about events, or an answer of a query, without the events themselves. */
export const NO_EVENTS: Failed = {
  outcome: 'failed',
  code: 'UNSUPPORTED_SHAPE',
  reason:
    'its rows hold no whole events: the column eventJson is missing (select eventJson, or *, and export it again)',
}

/** Does the first line hold whole values, with another line after it? Then one that is broken spoils itself alone. */
function isOneALine(head: Buffer, start: number): boolean {
  const end = head.indexOf(10, start)
  let p = start
  while (p >= 0 && p < end) p = skipWhiteSpace(head, skipValue(head, p, end), end)
  return p === end && skipWhiteSpace(head, end, head.length) < head.length
}

function kindOfObject(head: Buffer, start: number): LogForm | Failed | undefined {
  const members = topMembers(head, start)
  const has = (...keys: readonly string[]) => keys.every((key) => members.has(key))
  /** The keys of the first element of a list, none where it is empty; undefined for what is no list. */
  const elementKeys = (key: string) => {
    const p = members.get(key)
    if (p === undefined || head[p] !== 91) return undefined
    const first = skipWhiteSpace(head, p + 1, head.length)
    return head[first] === 123 ? topMembers(head, first) : new Map<string, number>()
  }
  if (elementKeys('Records')) return undefined
  const lookedUp = elementKeys('Events')
  if (has('CloudTrailEvent') || lookedUp?.has('CloudTrailEvent') || lookedUp?.size === 0) return 'lookup-events'
  if (has('detail-type', 'source')) return 'event-bridge'
  if (elementKeys('logEvents') || elementKeys('events')?.has('message')) return 'cloudwatch-logs'
  if (has('message', 'timestamp') && (has('id') || has('eventId') || has('ingestionTime'))) return 'cloudwatch-logs'
  if (has('eventVersion') && (has('eventTime') || has('eventName'))) return 'bare-records'
  const rows = members.get('QueryResultRows')
  const labels = rows === undefined ? [...members.keys()] : labelsOfRow(head, rows)
  const columns = labels.map((label) => label.toLowerCase())
  if (columns.includes(EVENT_JSON)) return 'lake-rows'
  if (rows !== undefined && labels.length === 0 && isFinished(head, members)) return 'lake-rows'
  // Of an object that the head cuts, "Records" may be still to come.
  const isRow = columns.some((label) => EVENT_COLUMNS.has(label)) && skipValue(head, start, head.length) >= 0
  return rows !== undefined || isRow ? NO_EVENTS : undefined
}

/** An answer without rows says that there are none only when the query has ended. */
function isFinished(head: Buffer, members: ReadonlyMap<string, number>): boolean {
  const status = members.get('QueryStatus')
  return status !== undefined && head.toString('utf8', status, skipString(head, status, head.length)) === '"FINISHED"'
}

/** The labels of the first row of `GetQueryResults`: a list of lists of objects with one member each. */
function labelsOfRow(head: Buffer, rows: number): readonly string[] {
  const labels: string[] = []
  let p = skipWhiteSpace(head, rows + 1, head.length)
  while (head[p] === 91 || head[p] === 44) {
    p = skipWhiteSpace(head, p + 1, head.length)
    if (head[p] !== 123) break
    labels.push(...topMembers(head, p).keys())
    p = skipWhiteSpace(head, skipValue(head, p, head.length), head.length)
  }
  return labels
}

/** The keys of an object, as far as the text reaches, with the positions of their values. */
function topMembers(head: Buffer, start: number): ReadonlyMap<string, number> {
  const members = new Map<string, number>()
  const end = head.length
  let p = skipWhiteSpace(head, start + 1, end)
  while (head[p] === 34) {
    const value = skipKey(head, p, end)
    if (value < 0) break
    members.set(head.toString('utf8', p + 1, skipString(head, p, value) - 1), value)
    const valueEnd = skipValue(head, value, end)
    if (valueEnd < 0) break
    const comma = skipWhiteSpace(head, valueEnd, end)
    if (head[comma] !== 44) break
    p = skipWhiteSpace(head, comma + 1, end)
  }
  return members
}
