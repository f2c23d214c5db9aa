import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { afterTrails, fault, newFolder, newLake, newServer, ok, trails } from '../support.ts'

interface Shown {
  readonly EventId: string
  readonly EventTime: number
  readonly Username?: string
  readonly Resources: readonly { readonly ResourceType?: string; readonly ResourceName: string }[]
  readonly CloudTrailEvent: string
}

let lake: Lake
let url: string
beforeAll(async () => {
  lake = await newLake()
  await lake.import(trails, { into: 'org' })
  // The same events a second time: the history shows each once.
  await lake.import(trails, { into: 'copy' })
  url = (await newServer(lake, { now: () => afterTrails })).url
})

async function everything(input: object, MaxResults?: number, server = url): Promise<readonly Shown[]> {
  const events: Shown[] = []
  let NextToken: string | undefined
  do {
    const page = await ok(server, 'LookupEvents', { ...input, MaxResults, NextToken })
    expect(page.Events.length).toBeLessThanOrEqual(MaxResults ?? 50)
    events.push(...page.Events)
    NextToken = page.NextToken
  } while (NextToken)
  return events
}

const expected = async (condition = 'true') => {
  const sql = `SELECT eventID FROM org WHERE eventCategory = 'Management' AND ${condition} ORDER BY eventTime DESC, eventID DESC`
  return (await (await lake.query(sql, { rowMode: 'array' })).toArray()).map((row) => (row as string[])[0])
}

const ids = (events: readonly Shown[]) => events.map(({ EventId }) => EventId)

describe('the history', () => {
  it('is every management event once, newest first, in pages of any size', async () => {
    const wanted = await expected()
    expect(ids(await everything({}))).toEqual(wanted)
    const some = { LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'iam.amazonaws.com' }] }
    expect(ids(await everything(some, 7))).toEqual(await expected("eventSource = 'iam.amazonaws.com'"))
  })

  it('lies between two times, both included', async () => {
    const [StartTime, EndTime] = ['2023-07-10T11:50:00Z', '2023-07-10T12:00:00Z'].map((time) => Date.parse(time) / 1000)
    const wanted = await expected(
      "eventTime BETWEEN TIMESTAMP '2023-07-10 11:50:00' AND TIMESTAMP '2023-07-10 12:00:00'",
    )
    expect(wanted.length).toBeGreaterThan(10)
    expect(ids(await everything({ StartTime, EndTime }))).toEqual(wanted)
  })

  it('goes back 90 days, or as far as is set', async () => {
    const later = () => new Date(afterTrails.getTime() + 91 * 86_400_000)
    expect(await everything({}, 50, (await newServer(lake, { now: later })).url)).toEqual([])
    const all = await newServer(lake, { now: later, lookupDays: 'all' })
    expect((await ok(all.url, 'LookupEvents')).Events).toHaveLength(50)
    // A start before the window does not widen it.
    const old = await newServer(lake, { now: later })
    expect(await everything({ StartTime: 0 }, 50, old.url)).toEqual([])
  })
})

describe('an attribute', () => {
  const by = (AttributeKey: string, AttributeValue: string) =>
    everything({ LookupAttributes: [{ AttributeKey, AttributeValue }] })

  test.each([
    ['EventName', 'ConsoleLogin', "eventName = 'ConsoleLogin'"],
    ['EventName', 'consolelogin', 'false'],
    ['ReadOnly', 'false', 'readOnly = false'],
    ['ReadOnly', 'False', 'false'],
    ['AccessKeyId', 'ASIATFQR7NSCTSRIPA7A', "userIdentity.accessKeyId = 'ASIATFQR7NSCTSRIPA7A'"],
    ['EventName', "' OR 1=1 --", 'false'],
  ])('%s %s', async (key, value, condition) => {
    expect(ids(await by(key, value))).toEqual(await expected(condition))
  })

  /** What is shown is what can be looked for: every value that any event has finds exactly the events that have it. */
  it.each(['Username', 'ResourceName', 'ResourceType'] as const)(
    '%s finds what shows it, and nothing else',
    async (key) => {
      const all = await everything({})
      const valuesOf = (event: Shown) =>
        key === 'Username'
          ? [event.Username ?? '']
          : event.Resources.map(({ ResourceName, ResourceType }) =>
              key === 'ResourceName' ? ResourceName : (ResourceType ?? ''),
            )
      const values = [...new Set(all.flatMap(valuesOf))].filter((value) => value !== '')
      expect(values.length).toBeGreaterThan(3)
      // A spread of them: each costs a few queries.
      for (const value of values.filter((_, i) => i % Math.ceil(values.length / 6) === 0)) {
        const wanted = all.filter((event) => valuesOf(event).includes(value))
        expect(ids(await by(key, value)), value).toEqual(ids(wanted))
      }
    },
  )
})

test('an event is shown as AWS shows it', async () => {
  const own = await newLake()
  const record = {
    eventVersion: '1.08',
    userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:session-name', accessKeyId: 'ASIAEXAMPLE' },
    eventTime: '2024-05-01T12:00:01Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'StartInstances',
    awsRegion: 'us-east-1',
    requestParameters: { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } },
    resources: [{ ARN: 'arn:aws:x', type: 'AWS::X::Y' }, { ARN: 'arn:aws:untyped' }],
    eventID: '0a1b2c3d-1111-2222-3333-444455556666',
    readOnly: false,
    eventCategory: 'Management',
    recipientAccountId: '111122223333',
  }
  const insight = { ...record, eventID: 'i', eventCategory: 'Data', resources: [] }
  const file = join(newFolder(), '111122223333_CloudTrail_us-east-1_20240501T1200Z_AAAA.json.gz')
  writeFileSync(file, gzipSync(JSON.stringify({ Records: [record, insight] })))
  await own.import(file, { into: 'org' })
  const server = await newServer(own, { now: () => new Date('2024-05-02T00:00:00Z') })
  expect((await ok(server.url, 'LookupEvents')).Events).toEqual([
    {
      EventId: record.eventID,
      EventName: 'StartInstances',
      ReadOnly: 'false',
      AccessKeyId: 'ASIAEXAMPLE',
      EventTime: Date.parse(record.eventTime) / 1000,
      EventSource: 'ec2.amazonaws.com',
      Username: 'session-name',
      Resources: [
        { ResourceType: 'AWS::X::Y', ResourceName: 'arn:aws:x' },
        { ResourceName: 'arn:aws:untyped' },
        { ResourceType: 'AWS::EC2::Instance', ResourceName: 'i-1' },
        { ResourceType: 'AWS::EC2::Instance', ResourceName: 'i-2' },
      ],
      CloudTrailEvent: JSON.stringify(record),
    },
  ])
})

test('a name is found whatever it holds, alone and in a list, where its service has such names', async () => {
  const own = await newLake()
  const name = `a"b\\c'd`
  const record = (eventID: string, eventSource: string, requestParameters: object) => ({
    ...{ eventVersion: '1.08', eventTime: '2024-05-01T12:00:01Z', eventName: 'X', awsRegion: 'us-east-1' },
    ...{ eventID, eventSource, requestParameters, eventCategory: 'Management', recipientAccountId: '111122223333' },
  })
  const Records = [
    record('1', 'ec2.amazonaws.com', { instancesSet: { items: [{ instanceId: 'i' }, { instanceId: name }] } }),
    record('2', 's3.amazonaws.com', { bucketName: name }),
    record('3', 'other.amazonaws.com', { bucketName: name }),
    { ...record('4', 'other.amazonaws.com', {}), resources: [{ ARN: 'untyped' }, { ARN: name, type: 'AWS::X::Y' }] },
  ]
  const file = join(newFolder(), '111122223333_CloudTrail_us-east-1_20240501T1200Z_AAAA.json.gz')
  writeFileSync(file, gzipSync(JSON.stringify({ Records })))
  await own.import(file, { into: 'org' })
  const server = await newServer(own, { now: () => new Date('2024-05-02T00:00:00Z') })
  const found = async (AttributeKey: string, AttributeValue: string) =>
    ids((await ok(server.url, 'LookupEvents', { LookupAttributes: [{ AttributeKey, AttributeValue }] })).Events)
  expect(await found('ResourceName', name)).toEqual(['4', '2', '1'])
  expect(await found('ResourceName', 'untyped')).toEqual(['4'])
  expect(await found('ResourceType', 'AWS::X::Y')).toEqual(['4'])
  expect(await found('ResourceType', 'AWS::S3::Bucket')).toEqual(['2'])
})

test.each([
  [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
  [{ MaxResults: 0 }, 'InvalidMaxResultsException'],
  [{ StartTime: 2, EndTime: 1 }, 'InvalidTimeRangeException'],
  [{ EventCategory: 'Insight' }, 'InvalidEventCategoryException'],
  [{ NextToken: 'nonsense' }, 'InvalidNextTokenException'],
  [{ LookupAttributes: [{ AttributeKey: 'eventName', AttributeValue: 'x' }] }, 'InvalidLookupAttributesException'],
  [{ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: '' }] }, 'InvalidLookupAttributesException'],
  [{ LookupAttributes: [{ AttributeKey: 'EventName' }] }, 'InvalidLookupAttributesException'],
  [
    { EventCategory: 'insight', LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'x' }] },
    'InvalidLookupAttributesException',
  ],
  [
    {
      LookupAttributes: [
        { AttributeKey: 'EventName', AttributeValue: 'x' },
        { AttributeKey: 'EventName', AttributeValue: 'y' },
      ],
    },
    'InvalidLookupAttributesException',
  ],
])('%j is refused with %s', async (input, name) => {
  expect((await fault(url, 'LookupEvents', input)).name).toBe(name)
})
