import type { LogForm } from '../../src/events/index.ts'

/** A way in which tools of AWS hand over the records of trails. */
export interface Wrapping {
  readonly name: string
  readonly form: LogForm
  /** The text of a file with these records. */
  readonly write: (records: readonly string[]) => string
}

const idOf = (record: string) => (JSON.parse(record) as { eventID?: string }).eventID ?? 'none'

const lookedUp = (record: string) => {
  const { eventName, eventSource, eventTime, readOnly } = JSON.parse(record)
  const ReadOnly = String(readOnly ?? false)
  const event = {
    EventId: idOf(record),
    EventName: eventName,
    ReadOnly,
    EventTime: eventTime,
    EventSource: eventSource,
  }
  return { ...event, Username: 'root', Resources: [], CloudTrailEvent: record }
}

/** The record's own text stands in the envelope. */
const envelope = (record: string, type = 'AWS API Call via CloudTrail') =>
  `{"version":"0","id":"${idOf(record)}","detail-type":"${type}","source":"aws.s3","account":"111122223333","time":"2024-05-01T10:00:00Z","region":"us-east-1","resources":[],"detail":${record}}`

const logEvent = (message: string, i: number) => ({ id: `3678${i}`, timestamp: 1_714_557_600_000 + i, message })

const subscription = (messages: readonly string[], messageType = 'DATA_MESSAGE') => {
  const place = { owner: '111122223333', logGroup: 'CloudTrail/logs', logStream: '111122223333_CloudTrail_us-east-1' }
  return JSON.stringify({ messageType, ...place, subscriptionFilters: ['all'], logEvents: messages.map(logEvent) })
}

const control = subscription(['CWL CONTROL MESSAGE: Checking health of destination Firehose.'], 'CONTROL_MESSAGE')

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join('')

export const wrappings: readonly Wrapping[] = [
  {
    name: 'aws cloudtrail lookup-events',
    form: 'lookup-events',
    write: (records) => JSON.stringify({ Events: records.map(lookedUp) }, null, 4),
  },
  {
    name: 'pages of LookupEvents, one after the other',
    form: 'lookup-events',
    write: (records) =>
      records.map((record, i) => JSON.stringify({ Events: [lookedUp(record)], NextToken: `${i}` })).join(''),
  },
  {
    name: 'the answer of LookupEvents with the token first',
    form: 'lookup-events',
    write: (records) => JSON.stringify({ NextToken: 'x', Events: records.map(lookedUp) }),
  },
  {
    name: 'jq .Events[]',
    form: 'lookup-events',
    write: (records) => records.map((record) => JSON.stringify(lookedUp(record), null, 2)).join('\n'),
  },
  {
    name: 'jq .Events',
    form: 'lookup-events',
    write: (records) => JSON.stringify(records.map(lookedUp)),
  },
  {
    name: 'EventBridge, a line each',
    form: 'event-bridge',
    write: (records) => lines(records.map((one) => envelope(one))),
  },
  {
    name: 'EventBridge by Firehose, without lines',
    form: 'event-bridge',
    write: (records) => records.map((record) => envelope(record, 'AWS Console Sign In via CloudTrail')).join(''),
  },
  { name: 'subscription', form: 'cloudwatch-logs', write: (records) => control + subscription(records) + control },
  {
    name: 'export task',
    form: 'cloudwatch-logs',
    write: (records) => lines(records.map((record) => `2024-05-01T10:00:00.123Z ${record}`)),
  },
  {
    name: 'export task of a group that EventBridge writes to',
    form: 'cloudwatch-logs',
    write: (records) => lines(records.map((record) => `2024-05-01T10:00:00.123Z ${envelope(record)}`)),
  },
  {
    name: 'aws logs filter-log-events',
    form: 'cloudwatch-logs',
    write: (records) => JSON.stringify({ events: records.map(logEvent), searchedLogStreams: [] }, null, 4),
  },
  {
    name: 'aws cloudtrail get-query-results',
    form: 'lake-rows',
    write: (records) =>
      JSON.stringify({
        QueryStatus: 'FINISHED',
        QueryStatistics: { ResultsCount: records.length },
        QueryResultRows: records.map((record) => [{ eventID: idOf(record) }, { eventJson: record }]),
      }),
  },
  {
    name: 'result files of a query',
    form: 'lake-rows',
    write: (records) =>
      `eventID,eventJson,errorCode\n${lines(records.map((record) => `${idOf(record)},${quoted(record)},`))}`,
  },
  {
    name: 'CSV of Athena',
    form: 'lake-rows',
    write: (records) => `"eventjson","eventid"\r\n${records.map((one) => `${quoted(one)},"x"\r\n`).join('')}`,
  },
  {
    name: 'NDJSON of Athena',
    form: 'lake-rows',
    write: (records) => lines(records.map((record) => JSON.stringify({ eventid: idOf(record), eventjson: record }))),
  },
  { name: 'NDJSON of records', form: 'bare-records', write: lines },
  { name: 'an array of records', form: 'bare-records', write: (records) => `\n[${records.join(', ')}]\n` },
]
