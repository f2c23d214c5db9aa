import { clickHouseSql, type Dialect, duckDbSql, lakeSql } from './dialects.ts'
import type { DataSet } from './generate.ts'

export interface BenchmarkQuery {
  readonly name: string
  /** Measured, but no part of the mean. */
  readonly isBeside: boolean
  readonly lake: string
  /** The same question, written by hand for DuckDB and for ClickHouse. */
  readonly duckdb: string
  readonly clickhouse: string
}

/** Eighteen questions of an investigation and two beside them; FROM events in all dialects. */
export function benchmarkQueries({ needle }: DataSet): readonly BenchmarkQuery[] {
  const dayAt = (offset: number) =>
    new Date(Date.parse(`${needle.day}T00:00:00Z`) + offset * 86_400_000).toISOString().slice(0, 10)
  const between = (d: Dialect, from: number, to: number, table = '') =>
    `${table}eventTime >= ${d.timestamp(`${dayAt(from)} 00:00:00`)} AND ${table}eventTime < ${d.timestamp(`${dayAt(to)} 00:00:00`)}`
  const place = `recipientAccountId = '${needle.account}' AND awsRegion = '${needle.region}'`
  const byName = (where: string) =>
    `SELECT eventName, count(*) AS n FROM events WHERE ${where} GROUP BY eventName ORDER BY n DESC, eventName`
  const ids = needle.eventIds.map((id) => `'${id}'`).join(', ')
  return [
    query(
      'count by eventName, top 20',
      () => `SELECT eventName, count(*) AS n FROM events GROUP BY eventName ORDER BY n DESC, eventName LIMIT 20`,
    ),
    query('one account, region and day', (d) => byName(`${place} AND ${between(d, 0, 1)}`)),
    query('the same by calendarday', () => byName(`${place} AND calendarday = ${needle.day.replaceAll('-', '')}`)),
    query(
      'one eventID',
      () => `SELECT eventTime, eventName, awsRegion FROM events WHERE eventID = '${needle.eventId}'`,
    ),
    query('one eventID, whole row', () => `SELECT * FROM events WHERE eventID = '${needle.eventId}'`),
    query('one access key', () => byName(`userIdentity.accessKeyId = '${needle.accessKeyId}'`)),
    query('one source address', () => byName(`sourceIPAddress = '${needle.sourceIp}'`)),
    query(
      'errors by user',
      () =>
        `SELECT userIdentity.arn, errorCode, count(*) AS n FROM events WHERE errorCode IS NOT NULL GROUP BY userIdentity.arn, errorCode ORDER BY n DESC, 1, 2 LIMIT 20`,
    ),
    query('JSON inside a parameter', (d) => {
      const name = d.firstItemName(d.at('requestParameters', 'filterSet'))
      return `SELECT ${name} AS filter, count(*) AS n FROM events WHERE eventSource = 'ec2.amazonaws.com' GROUP BY ${name} ORDER BY n DESC, 1 LIMIT 20`
    }),
    query(
      'distinct users a day',
      (d) =>
        `SELECT ${d.date('eventTime')} AS day, count(DISTINCT userIdentity.arn) AS users FROM events GROUP BY ${d.date('eventTime')} ORDER BY 1`,
    ),
    query(
      'unnested resources',
      (d) => `SELECT r.type, count(*) AS n FROM ${d.resources} GROUP BY r.type ORDER BY n DESC, 1`,
    ),
    query('a text in any event', () => `SELECT count(*) AS n FROM events WHERE eventJson LIKE '%AccessDenied%'`),
    query(
      'sessions of two days',
      (d) =>
        `SELECT count(*) AS sessions, count(DISTINCT arn) AS users FROM (SELECT userIdentity.arn AS arn, ${d.minutesSinceLast('eventTime', 'userIdentity.arn')} AS gap FROM events WHERE ${between(d, -1, 1)}) t WHERE gap IS NULL OR gap > 30`,
    ),
    query(
      'what keys did that made keys',
      (d) =>
        `SELECT b.eventName, count(*) AS n FROM events a JOIN events b ON b.userIdentity.accessKeyId = a.userIdentity.accessKeyId AND b.eventTime > a.eventTime WHERE a.eventName = 'CreateAccessKey' AND ${between(d, 0, 1, 'a.')} GROUP BY b.eventName ORDER BY n DESC, 1 LIMIT 20`,
    ),
    query('percentiles of bytes by bucket', (d) => {
      const bucket = d.at('requestParameters', 'bucketName')
      const bytes = d.number(d.at('additionalEventData', 'bytesTransferredOut'))
      return `SELECT ${bucket} AS bucket, ${d.percentile95(bytes)} AS p95 FROM events WHERE eventSource = 's3.amazonaws.com' GROUP BY ${bucket} ORDER BY p95 DESC, 1 LIMIT 20`
    }),
    query('a map value of every event', (d) => {
      const bucket = d.at('requestParameters', 'bucketName')
      return `SELECT ${bucket} AS bucket, count(*) AS n FROM events GROUP BY ${bucket} ORDER BY n DESC, 1 LIMIT 20`
    }),
    query(
      'console logins without MFA',
      (d) =>
        `SELECT userIdentity.userName, sourceIPAddress, count(*) AS n FROM events WHERE eventName = 'ConsoleLogin' AND ${d.at('additionalEventData', 'MFAUsed')} = 'No' GROUP BY userIdentity.userName, sourceIPAddress ORDER BY n DESC, 1, 2`,
    ),
    query(
      'newest 100 rows, 3 columns',
      () => `SELECT eventTime, eventName, awsRegion FROM events ORDER BY eventTime DESC LIMIT 100`,
    ),
    query('newest 100 rows, whole', () => `SELECT * FROM events ORDER BY eventTime DESC LIMIT 100`, true),
    query('twenty eventIDs', () => `SELECT eventID, eventTime, eventName FROM events WHERE eventID IN (${ids})`, true),
  ]
}

function query(name: string, sql: (dialect: Dialect) => string, isBeside = false): BenchmarkQuery {
  const [lake, duckdb, clickhouse] = [lakeSql, duckDbSql, clickHouseSql].map((d) => d.finish(sql(d))) as [
    string,
    string,
    string,
  ]
  return { name, isBeside, lake, duckdb, clickhouse }
}
