import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { NOBODY, newFolder, newLake, newServer, trails, until } from '../support.ts'
import { type Client, clients, python } from './clients.ts'

if (!python) console.warn('boto3 and the AWS CLI are left out: TRAILLAKE_AWS_PYTHON names no Python that has them')

const selectors = [{ Name: 'mgmt', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]

/** The same steps through every client: each operation once, and the errors that belong to its life cycle. */
describe.each(Object.keys(clients))('%s', (name) => {
  let client: Client
  afterAll(() => client?.close())

  it('works with every operation', { timeout: 300_000 }, async () => {
    const bucket = newFolder()
    cpSync(trails, join(bucket, 'AWSLogs'), { recursive: true })
    const { url } = await newServer(await newLake(), { buckets: { 'trail-bucket': bucket }, lookupDays: 'all' })
    client = clients[name]!(url)
    // biome-ignore lint/suspicious/noExplicitAny: outputs are looked into member by member
    const ok = async (operation: string, input: object = {}): Promise<any> => {
      const outcome = await client.call(operation, input)
      if ('error' in outcome) throw new Error(`${operation}: ${outcome.error}: ${outcome.message}`)
      return outcome.output
    }
    const fails = async (operation: string, input: object, error: string) => {
      expect(await client.call(operation, input), operation).toMatchObject({ error })
    }

    // Event data stores
    const created = await ok('CreateEventDataStore', {
      Name: 'main',
      AdvancedEventSelectors: selectors,
      RetentionPeriod: 366,
      TagsList: [{ Key: 'team', Value: 'audit' }],
    })
    expect(created).toMatchObject({ Name: 'main', Status: 'CREATED', TerminationProtectionEnabled: true })
    const EventDataStore: string = created.EventDataStoreArn
    const id = EventDataStore.slice(-36)
    await fails('CreateEventDataStore', { Name: 'MAIN' }, 'EventDataStoreAlreadyExistsException')
    await ok('CreateEventDataStore', { Name: 'second', StartIngestion: false })
    expect(await ok('GetEventDataStore', { EventDataStore: id })).toMatchObject({
      EventDataStoreArn: EventDataStore,
      Status: 'ENABLED',
      AdvancedEventSelectors: selectors,
      RetentionPeriod: 366,
    })
    await fails('GetEventDataStore', { EventDataStore: NOBODY }, 'EventDataStoreNotFoundException')
    await fails('GetEventDataStore', { EventDataStore: 'main' }, 'EventDataStoreARNInvalidException')
    const first = await ok('ListEventDataStores', { MaxResults: 1 })
    expect(first.EventDataStores).toEqual([{ EventDataStoreArn: EventDataStore, Name: 'main' }])
    const second = await ok('ListEventDataStores', { MaxResults: 1, NextToken: first.NextToken })
    expect(second).toMatchObject({ EventDataStores: [{ Name: 'second' }] })
    expect(second.NextToken).toBeUndefined()
    await fails('ListEventDataStores', { MaxResults: 1001 }, 'InvalidMaxResultsException')
    await fails('ListEventDataStores', { NextToken: 'nonsense' }, 'InvalidNextTokenException')
    await fails('DeleteEventDataStore', { EventDataStore }, 'EventDataStoreTerminationProtectedException')
    expect(
      await ok('UpdateEventDataStore', { EventDataStore, TerminationProtectionEnabled: false, Name: 'org' }),
    ).toMatchObject({ Name: 'org', TerminationProtectionEnabled: false })
    expect(await ok('DeleteEventDataStore', { EventDataStore })).toEqual({})
    expect(await ok('GetEventDataStore', { EventDataStore })).toMatchObject({ Status: 'PENDING_DELETION' })
    await fails('StartQuery', { QueryStatement: `SELECT 1 FROM ${id}` }, 'InactiveEventDataStoreException')
    await fails('AddTags', { ResourceId: EventDataStore, TagsList: [{ Key: 'a' }] }, 'InactiveEventDataStoreException')
    expect(await ok('RestoreEventDataStore', { EventDataStore })).toMatchObject({ Status: 'ENABLED' })
    await fails('RestoreEventDataStore', { EventDataStore }, 'InvalidEventDataStoreStatusException')
    expect(await ok('StopEventDataStoreIngestion', { EventDataStore })).toEqual({})
    await fails('StopEventDataStoreIngestion', { EventDataStore }, 'InvalidEventDataStoreStatusException')
    expect(await ok('GetEventDataStore', { EventDataStore })).toMatchObject({ Status: 'STOPPED_INGESTION' })
    expect(await ok('StartEventDataStoreIngestion', { EventDataStore })).toEqual({})

    // Tags and policies
    await ok('AddTags', { ResourceId: EventDataStore, TagsList: [{ Key: 'env', Value: 'test' }, { Key: 'bare' }] })
    await ok('RemoveTags', { ResourceId: EventDataStore, TagsList: [{ Key: 'team' }] })
    expect(await ok('ListTags', { ResourceIdList: [EventDataStore] })).toEqual({
      ResourceTagList: [{ ResourceId: EventDataStore, TagsList: [{ Key: 'env', Value: 'test' }, { Key: 'bare' }] }],
    })
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: { AWS: '999999999999' },
          Action: 'cloudtrail:StartQuery',
          Resource: EventDataStore,
        },
      ],
    })
    const policed = { ResourceArn: EventDataStore, ResourcePolicy }
    expect(await ok('PutResourcePolicy', policed)).toEqual(policed)
    expect(await ok('GetResourcePolicy', { ResourceArn: EventDataStore })).toEqual(policed)
    await fails('PutResourcePolicy', { ...policed, ResourcePolicy: '{' }, 'ResourcePolicyNotValidException')
    expect(await ok('DeleteResourcePolicy', { ResourceArn: EventDataStore })).toEqual({})
    await fails('GetResourcePolicy', { ResourceArn: EventDataStore }, 'ResourcePolicyNotFoundException')

    // Imports
    const S3 = {
      S3LocationUri: 's3://trail-bucket/AWSLogs/',
      S3BucketRegion: 'us-east-1',
      S3BucketAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
    }
    const started = await ok('StartImport', { Destinations: [EventDataStore], ImportSource: { S3 } })
    expect(started).toMatchObject({ Destinations: [EventDataStore], ImportSource: { S3 } })
    const { ImportId } = started
    const imported = await until(
      () => ok('GetImport', { ImportId }),
      ({ ImportStatus }) => ImportStatus === 'COMPLETED' || ImportStatus === 'FAILED',
    )
    expect(imported).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportStatistics: { EventsCompleted: 2900, FilesCompleted: 55, FailedEntries: 0 },
    })
    expect(await ok('ListImports', { Destination: EventDataStore })).toMatchObject({
      Imports: [{ ImportId, ImportStatus: 'COMPLETED' }],
    })
    expect(await ok('ListImportFailures', { ImportId })).toEqual({ Failures: [] })
    expect(await ok('StopImport', { ImportId })).toMatchObject({ ImportStatus: 'COMPLETED' })
    await fails('GetImport', { ImportId: NOBODY }, 'ImportNotFoundException')

    // Queries
    const QueryStatement = `SELECT eventName, count(*) AS n, NULL AS nothing FROM ${id} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3`
    const { QueryId } = await ok('StartQuery', { QueryStatement, DeliveryS3Uri: 's3://trail-bucket/answers' })
    const described = await until(
      () => ok('DescribeQuery', { QueryId }),
      ({ QueryStatus, DeliveryStatus }) => QueryStatus === 'FINISHED' && DeliveryStatus !== 'PENDING',
    )
    expect(described).toMatchObject({
      QueryString: QueryStatement,
      DeliveryStatus: 'SUCCESS',
      QueryStatistics: { EventsScanned: 2900 },
    })
    const page = await ok('GetQueryResults', { QueryId, MaxQueryResults: 2 })
    expect(page).toMatchObject({
      QueryStatus: 'FINISHED',
      QueryStatistics: { ResultsCount: 2, TotalResultsCount: 3 },
    })
    // The older SDK drops null members.
    const nothing = name === 'JS SDK 3.787' ? {} : { nothing: null }
    expect(page.QueryResultRows[0]).toEqual([{ eventName: 'Decrypt' }, { n: '178' }, nothing])
    const rest = await ok('GetQueryResults', { QueryId, MaxQueryResults: 2, NextToken: page.NextToken })
    expect(rest.QueryResultRows).toHaveLength(1)
    expect(rest.NextToken).toBeUndefined()
    expect(await ok('ListQueries', { EventDataStore, QueryStatus: 'FINISHED' })).toMatchObject({
      Queries: [{ QueryId, QueryStatus: 'FINISHED' }],
    })
    await fails('CancelQuery', { QueryId }, 'InactiveQueryException')
    await fails('DescribeQuery', { QueryId: NOBODY }, 'QueryIdNotFoundException')
    await fails('StartQuery', { QueryStatement: 'SELEC' }, 'InvalidQueryStatementException')
    const dates = { StartTime: { $date: 1_700_000_000_000 }, EndTime: { $date: 1_600_000_000_000 } }
    await fails('ListQueries', { EventDataStore, ...dates }, 'InvalidDateRangeException')
    const { SearchResults } = await ok('SearchSampleQueries', { SearchPhrase: 'console logins without MFA' })
    expect(SearchResults[0]).toMatchObject({ Name: 'Console logins without MFA', Relevance: 1 })
    const { PublicKeyList } = await ok('ListPublicKeys')
    expect(PublicKeyList).toHaveLength(1)

    // History
    const attribute = { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ConsoleLogin' }] }
    const found = await ok('LookupEvents', { ...attribute, MaxResults: 1 })
    expect(found.Events).toHaveLength(1)
    expect(JSON.parse(found.Events[0].CloudTrailEvent)).toMatchObject({
      eventName: 'ConsoleLogin',
      eventID: found.Events[0].EventId,
    })
    await fails('LookupEvents', { MaxResults: 1, NextToken: found.NextToken }, 'InvalidNextTokenException')
    await fails('LookupEvents', dates, 'InvalidTimeRangeException')

    // What is not carried out says so
    await fails('DescribeTrails', {}, 'UnsupportedOperationException')
    await fails('ListDashboards', {}, 'UnsupportedOperationException')
  })
})
