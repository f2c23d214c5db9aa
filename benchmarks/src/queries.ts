import type { DataSet } from './generate.ts'

export interface BenchmarkQuery {
  readonly name: string
  /** A point query: one partition, or one row. */
  readonly point: boolean
  readonly lake: string
  /** The same question, written by hand for DuckDB. */
  readonly duckdb: string
}

/** Twenty questions of an investigation; FROM events in both dialects. */
export function benchmarkQueries({ needle }: DataSet): readonly BenchmarkQuery[] {
  const dayAt = (offset: number) =>
    new Date(Date.parse(`${needle.day}T00:00:00Z`) + offset * 86_400_000).toISOString().slice(0, 10)
  const [previous, next] = [dayAt(-1), dayAt(1)]
  const day = (timestamp: string) =>
    `eventTime >= ${timestamp}'${needle.day} 00:00:00' AND eventTime < ${timestamp}'${next} 00:00:00'`
  const twoDays = (timestamp: string) =>
    `eventTime >= ${timestamp}'${previous} 00:00:00' AND eventTime < ${timestamp}'${next} 00:00:00'`
  const place = `recipientAccountId = '${needle.account}' AND awsRegion = '${needle.region}'`
  return [
    both(
      'count by eventName, top 20',
      `SELECT eventName, count(*) AS n FROM events GROUP BY eventName ORDER BY n DESC, eventName LIMIT 20`,
    ),
    {
      name: 'one account, region and day',
      point: true,
      lake: `SELECT eventName, count(*) AS n FROM events WHERE ${place} AND ${day('')} GROUP BY eventName ORDER BY n DESC, eventName`,
      duckdb: `SELECT eventName, count(*) AS n FROM events WHERE ${place} AND ${day('TIMESTAMP ')} GROUP BY eventName ORDER BY n DESC, eventName`,
    },
    both(
      'the same by calendarday',
      `SELECT eventName, count(*) AS n FROM events WHERE ${place} AND calendarday = ${needle.day.replaceAll('-', '')} GROUP BY eventName ORDER BY n DESC, eventName`,
      true,
    ),
    both('one eventID', `SELECT eventTime, eventName, awsRegion FROM events WHERE eventID = '${needle.eventId}'`, true),
    both('one eventID, whole row', `SELECT * FROM events WHERE eventID = '${needle.eventId}'`, true),
    both(
      'twenty eventIDs',
      `SELECT eventID, eventTime, eventName FROM events WHERE eventID IN (${needle.eventIds.map((id) => `'${id}'`).join(', ')})`,
      true,
    ),
    both(
      'one access key',
      `SELECT eventName, count(*) AS n FROM events WHERE userIdentity.accessKeyId = '${needle.accessKeyId}' GROUP BY eventName ORDER BY n DESC, eventName`,
    ),
    both(
      'one source address',
      `SELECT eventName, count(*) AS n FROM events WHERE sourceIPAddress = '${needle.sourceIp}' GROUP BY eventName ORDER BY n DESC, eventName`,
    ),
    both(
      'errors by user',
      `SELECT userIdentity.arn, errorCode, count(*) AS n FROM events WHERE errorCode IS NOT NULL GROUP BY userIdentity.arn, errorCode ORDER BY n DESC, 1, 2 LIMIT 20`,
    ),
    {
      name: 'map values of request parameters',
      point: false,
      lake: `SELECT element_at(requestParameters, 'bucketName') AS bucket, count(*) AS n FROM events WHERE eventSource = 's3.amazonaws.com' GROUP BY element_at(requestParameters, 'bucketName') ORDER BY n DESC, 1 LIMIT 20`,
      duckdb: `SELECT requestParameters['bucketName'] AS bucket, count(*) AS n FROM events WHERE eventSource = 's3.amazonaws.com' GROUP BY 1 ORDER BY n DESC, 1 LIMIT 20`,
    },
    {
      name: 'distinct users a day',
      point: false,
      lake: `SELECT date(eventTime) AS day, count(DISTINCT userIdentity.arn) AS users FROM events GROUP BY date(eventTime) ORDER BY day`,
      duckdb: `SELECT CAST(eventTime AS DATE) AS day, count(DISTINCT userIdentity.arn) AS users FROM events GROUP BY 1 ORDER BY day`,
    },
    {
      name: 'unnested resources',
      point: false,
      lake: `SELECT r.type, count(*) AS n FROM events CROSS JOIN UNNEST(resources) AS r GROUP BY r.type ORDER BY n DESC, 1`,
      duckdb: `SELECT r.type, count(*) AS n FROM (SELECT unnest(resources) AS r FROM events) GROUP BY r.type ORDER BY n DESC, 1`,
    },
    both('a text in any event', `SELECT count(*) AS n FROM events WHERE eventJson LIKE '%AccessDenied%'`),
    {
      name: 'sessions of two days',
      point: false,
      lake: `SELECT count(*) AS sessions, count(DISTINCT arn) AS users FROM (SELECT userIdentity.arn AS arn, date_diff('minute', lag(eventTime) OVER (PARTITION BY userIdentity.arn ORDER BY eventTime), eventTime) AS gap FROM events WHERE ${twoDays('')}) WHERE gap IS NULL OR gap > 30`,
      duckdb: `SELECT count(*) AS sessions, count(DISTINCT arn) AS users FROM (SELECT userIdentity.arn AS arn, date_sub('minute', lag(eventTime) OVER (PARTITION BY userIdentity.arn ORDER BY eventTime), eventTime) AS gap FROM events WHERE ${twoDays('TIMESTAMP ')}) WHERE gap IS NULL OR gap > 30`,
    },
    {
      name: 'what keys did that made keys',
      point: false,
      lake: `SELECT b.eventName, count(*) AS n FROM events a JOIN events b ON b.userIdentity.accessKeyId = a.userIdentity.accessKeyId AND b.eventTime > a.eventTime WHERE a.eventName = 'CreateAccessKey' AND a.${day('').replace(' AND ', ' AND a.')} GROUP BY b.eventName ORDER BY n DESC, b.eventName LIMIT 20`,
      duckdb: `SELECT b.eventName, count(*) AS n FROM events a JOIN events b ON b.userIdentity.accessKeyId = a.userIdentity.accessKeyId AND b.eventTime > a.eventTime WHERE a.eventName = 'CreateAccessKey' AND a.${day('TIMESTAMP ').replace(' AND ', ' AND a.')} GROUP BY b.eventName ORDER BY n DESC, b.eventName LIMIT 20`,
    },
    {
      name: 'percentiles of bytes by bucket',
      point: false,
      lake: `SELECT element_at(requestParameters, 'bucketName') AS bucket, approx_percentile(CAST(element_at(additionalEventData, 'bytesTransferredOut') AS double), 0.95) AS p95 FROM events WHERE eventSource = 's3.amazonaws.com' GROUP BY element_at(requestParameters, 'bucketName') ORDER BY p95 DESC, bucket LIMIT 20`,
      duckdb: `SELECT requestParameters['bucketName'] AS bucket, quantile_disc(CAST(additionalEventData['bytesTransferredOut'] AS DOUBLE), 0.95) AS p95 FROM events WHERE eventSource = 's3.amazonaws.com' GROUP BY 1 ORDER BY p95 DESC, bucket LIMIT 20`,
    },
    {
      name: 'JSON inside a parameter',
      point: false,
      lake: `SELECT json_extract_scalar(element_at(requestParameters, 'filterSet'), '$.items[0].name') AS filter, count(*) AS n FROM events WHERE eventSource = 'ec2.amazonaws.com' GROUP BY json_extract_scalar(element_at(requestParameters, 'filterSet'), '$.items[0].name') ORDER BY n DESC, filter LIMIT 20`,
      duckdb: `SELECT json_extract_string(requestParameters['filterSet'], '$.items[0].name') AS filter, count(*) AS n FROM events WHERE eventSource = 'ec2.amazonaws.com' GROUP BY 1 ORDER BY n DESC, filter LIMIT 20`,
    },
    {
      name: 'a map value of every event',
      point: false,
      lake: `SELECT element_at(requestParameters, 'roleName') AS role, count(*) AS n FROM events GROUP BY element_at(requestParameters, 'roleName') ORDER BY n DESC, role LIMIT 20`,
      duckdb: `SELECT requestParameters['roleName'] AS role, count(*) AS n FROM events GROUP BY 1 ORDER BY n DESC, role LIMIT 20`,
    },
    {
      name: 'console logins without MFA',
      point: false,
      lake: `SELECT userIdentity.userName, sourceIPAddress, count(*) AS n FROM events WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No' GROUP BY userIdentity.userName, sourceIPAddress ORDER BY n DESC, 1, 2`,
      duckdb: `SELECT userIdentity.userName, sourceIPAddress, count(*) AS n FROM events WHERE eventName = 'ConsoleLogin' AND additionalEventData['MFAUsed'] = 'No' GROUP BY 1, 2 ORDER BY n DESC, 1, 2`,
    },
    both(
      'newest 100 rows, 3 columns',
      `SELECT eventTime, eventName, awsRegion FROM events ORDER BY eventTime DESC LIMIT 100`,
    ),
    both('newest 100 rows, whole', `SELECT * FROM events ORDER BY eventTime DESC LIMIT 100`),
  ]
}

function both(name: string, sql: string, point = false): BenchmarkQuery {
  return { name, point, lake: sql, duckdb: sql }
}
