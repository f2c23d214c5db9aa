import { request } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import { newFolder, newLake, newServer, runQuery, trails } from '../support.ts'

/*
 * Requests as clients were seen to write them: the headers in their case and order, the body in their spacing. None is signed for this
 * server, which without credentials asks for nothing.
 */

const signature = (names: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240610/us-east-1/cloudtrail/aws4_request, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`
const LONG = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.'
const SHORT = 'CloudTrail_20131101.'

type Head = (operation: string) => Readonly<Record<string, string>>

const oldPython: Head = (operation) => ({
  'Accept-Encoding': 'identity',
  'X-Amz-Target': `${LONG}${operation}`,
  'Content-Type': 'application/x-amz-json-1.1',
  'User-Agent': 'Boto3/1.26.27 Python/3.11.7 Linux/6.1 Botocore/1.29.27',
  'X-Amz-Date': '20240610T110614Z',
  Authorization: signature('content-type;host;x-amz-date;x-amz-target'),
})

const heads: Readonly<Record<string, Head>> = {
  'boto3 1.26': oldPython,
  'AWS CLI 1.45': (operation) => ({
    ...oldPython(operation),
    'User-Agent':
      'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/N,D,b,g,Z cfg/retry-mode#legacy botocore/1.43.11',
    'amz-sdk-invocation-id': '917fabb4-7a76-442b-8d78-68503542e3e8',
    'amz-sdk-request': 'attempt=1',
  }),
  'a client with --no-sign-request': (operation) => {
    const { Authorization: _, 'X-Amz-Date': __, ...rest } = oldPython(operation)
    return rest
  },
  'JS SDK 3.1137': (operation) => ({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${SHORT}${operation}`,
    'x-amz-user-agent': 'aws-sdk-js/3.1136.0',
    'user-agent': 'aws-sdk-js/3.1136.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#20.20.2 api/cloudtrail#3.1136.0 m/N,E,e',
    'amz-sdk-invocation-id': 'b859827f-1369-4116-97bf-ec26a143c105',
    'amz-sdk-request': 'attempt=1; max=3',
    'x-amz-date': '20240610T110846Z',
    'x-amz-content-sha256': 'f402d095972efeabc49acbdff67b9c2faafa2f6d4b8e4a0bf58a9c2b26a514d2',
    authorization: signature('content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target;x-amz-user-agent'),
  }),
  // Go asks for compressed answers, which some clients cannot read: none may come.
  'Go SDK 1.17': (operation) => ({
    'Accept-Encoding': 'gzip',
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': `${SHORT}${operation}`,
    'X-Amz-Date': '20240610T110846Z',
    Authorization: signature('content-length;content-type;host;x-amz-date;x-amz-target'),
  }),
}

const time = expect.any(Number)

/** Bodies as they were sent, with the names of this lake's things; and what the answer is, or the fault's name. */
const exchanges: readonly (readonly [string, string, object | string])[] = [
  [
    'StartQuery',
    '{"QueryStatement": "SELECT eventName, count(*) AS n FROM {id} GROUP BY eventName"}',
    { QueryId: expect.stringMatching(/^[a-f0-9-]{36}$/) },
  ],
  [
    'StartQuery',
    '{"QueryStatement":"SELECT eventID FROM {id}"}',
    { QueryId: expect.stringMatching(/^[a-f0-9-]{36}$/) },
  ],
  ['StartQuery', '{"QueryStatement": "SELEC"}', 'InvalidQueryStatementException'],
  [
    'DescribeQuery',
    '{"QueryId": "{query}", "EventDataStore": "{arn}"}',
    {
      QueryId: '{query}',
      QueryString: expect.stringContaining('SELECT eventName'),
      QueryStatus: 'FINISHED',
      QueryStatistics: {
        EventsMatched: 2900,
        EventsScanned: 2900,
        BytesScanned: time,
        ExecutionTimeInMillis: time,
        CreationTime: time,
      },
    },
  ],
  [
    'GetQueryResults',
    '{"QueryId": "{query}", "MaxQueryResults": 2}',
    {
      QueryStatus: 'FINISHED',
      QueryStatistics: { ResultsCount: 2, TotalResultsCount: 3, BytesScanned: time },
      QueryResultRows: [
        [{ eventName: 'Decrypt' }, { n: '178' }],
        [{ eventName: expect.any(String) }, { n: expect.stringMatching(/^\d+$/) }],
      ],
      NextToken: expect.any(String),
    },
  ],
  [
    'GetQueryResults',
    '{"QueryId": "{query}", "MaxQueryResults": 2, "NextToken": "AAAA1"}',
    'InvalidNextTokenException',
  ],
  [
    'ListQueries',
    '{"EventDataStore": "{id}", "StartTime": 1717977600, "EndTime": 1718064000, "QueryStatus": "FINISHED"}',
    { Queries: [] },
  ],
  ['CancelQuery', '{"QueryId": "{query}"}', 'InactiveQueryException'],
  [
    'UpdateEventDataStore',
    '{"EventDataStore": "{id}", "TerminationProtectionEnabled": false}',
    { TerminationProtectionEnabled: false },
  ],
  ['ListEventDataStores', '{}', { EventDataStores: [{ EventDataStoreArn: '{arn}', Name: 'org' }] }],
  ['ListImports', '{}', { Imports: [] }],
  [
    'LookupEvents',
    '{"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}], "StartTime": 1688169600, "EndTime": 1718064000, "MaxResults": 1}',
    {
      Events: [
        {
          EventId: expect.any(String),
          EventName: 'ConsoleLogin',
          ReadOnly: 'false',
          EventTime: time,
          EventSource: 'signin.amazonaws.com',
          Username: expect.any(String),
          Resources: expect.any(Array),
          CloudTrailEvent: expect.stringMatching(/^\{"eventVersion":/),
        },
      ],
      NextToken: expect.any(String),
    },
  ],
  [
    'StartImport',
    '{"Destinations": ["{arn}"], "ImportSource": {"S3": {"S3LocationUri": "s3://trail-bucket/AWSLogs/111122223333/CloudTrail/", "S3BucketRegion": "us-east-1", "S3BucketAccessRoleArn": "arn:aws:iam::111122223333:role/import"}}, "StartEventTime": 1717200000, "EndEventTime": 1719791999}',
    'InvalidImportSourceException',
  ],
  ['ListPublicKeys', '{"StartTime": 1717200000, "EndTime": 1719705600}', { PublicKeyList: [] }],
  ['ListTags', '{"ResourceIdList": ["{arn}"]}', { ResourceTagList: [{ ResourceId: '{arn}', TagsList: [] }] }],
  ['SearchSampleQueries', '{"SearchPhrase": "errors"}', { SearchResults: expect.any(Array) }],
  ['DescribeTrails', '{}', 'UnsupportedOperationException'],
  [
    'PutInsightSelectors',
    '{"TrailName": "main", "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}',
    'UnsupportedOperationException',
  ],
  ['GenerateQuery', '{"EventDataStores": ["{arn}"], "Prompt": "top errors"}', 'UnsupportedOperationException'],
]

describe.each(Object.entries(heads))('%s', (_, head) => {
  let url: string
  let filled: <T>(value: T) => T
  beforeAll(async () => {
    const lake = await newLake(newFolder(), { create: true, accountId: '111122223333' })
    await lake.import(trails, { into: 'org' })
    const { id, arn } = await lake.getEventDataStore('org')
    url = (await newServer(lake, { lookupDays: 'all' })).url
    const statement = `SELECT eventName, count(*) AS n FROM ${id} GROUP BY eventName ORDER BY 2 DESC LIMIT 3`
    const { QueryId } = await runQuery(url, statement)
    const names: Readonly<Record<string, string>> = { '{id}': id, '{arn}': arn, '{query}': QueryId }
    const fill = (text: string) => text.replace(/\{(?:id|arn|query)\}/g, (name) => names[name]!)
    filled = (value) => mapTexts(value, fill) as typeof value
  })

  test.each(exchanges)('%s %s', async (operation, body, wanted) => {
    const { status, headers, text } = await send(url, head(operation), filled(body))
    expect(headers['content-type']).toBe('application/x-amz-json-1.1')
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
    // Clients drop members that are null, or take them for values.
    const answer = JSON.parse(text, (name, value: unknown) => {
      expect(value, name).not.toBeNull()
      return value
    })
    if (typeof wanted === 'string') {
      expect(status).toBe(400)
      expect(answer).toEqual({ __type: wanted, message: expect.stringMatching(/./) })
    } else {
      expect(status).toBe(200)
      expect(answer).toMatchObject(filled(wanted))
    }
  })
})

/** Asymmetric matchers stay what they are. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change))
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, change)]))
}

interface Received {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Not `fetch`, which writes headers of its own. */
function send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Received> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } })
    call.on('error', reject).on('response', async (response) => {
      let text = ''
      for await (const part of response.setEncoding('utf8')) text += part
      resolve({ status: response.statusCode, headers: response.headers, text })
    })
    call.end(body)
  })
}
