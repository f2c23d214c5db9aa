import type { DataSet } from './generate.ts'

export interface BenchmarkQuery {
  readonly name: string
  /** A point query: one partition, or one row. */
  readonly point: boolean
  readonly lake: string
  /** The same question, written by hand for DuckDB. */
  readonly duckdb: string
}

/** Eleven questions of an investigation; FROM events in both dialects. */
export function benchmarkQueries({ needle }: DataSet): readonly BenchmarkQuery[] {
  const next = new Date(Date.parse(`${needle.day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
  const day = (timestamp: string) =>
    `eventTime >= ${timestamp}'${needle.day} 00:00:00' AND eventTime < ${timestamp}'${next} 00:00:00'`
  return [
    both(
      'count by eventName, top 20',
      `SELECT eventName, count(*) AS n FROM events GROUP BY eventName ORDER BY n DESC, eventName LIMIT 20`,
    ),
    {
      name: 'one account, region and day',
      point: true,
      lake: `SELECT eventName, count(*) AS n FROM events WHERE recipientAccountId = '${needle.account}' AND awsRegion = '${needle.region}' AND ${day('')} GROUP BY eventName ORDER BY n DESC, eventName`,
      duckdb: `SELECT eventName, count(*) AS n FROM events WHERE recipientAccountId = '${needle.account}' AND awsRegion = '${needle.region}' AND ${day('TIMESTAMP ')} GROUP BY eventName ORDER BY n DESC, eventName`,
    },
    both('one eventID', `SELECT eventTime, eventName, awsRegion FROM events WHERE eventID = '${needle.eventId}'`, true),
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
    both('newest 100 rows, whole', `SELECT * FROM events ORDER BY eventTime DESC LIMIT 100`),
  ]
}

function both(name: string, sql: string, point = false): BenchmarkQuery {
  return { name, point, lake: sql, duckdb: sql }
}
