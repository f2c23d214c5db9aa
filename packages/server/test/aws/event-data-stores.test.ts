import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { call, fault, NOBODY, newLake, newServer, ok } from '../support.ts'

let lake: Lake
let url: string
beforeAll(async () => {
  lake = await newLake()
  url = (await newServer(lake, { maxEventDataStores: 100 })).url
})

const select = (...fields: object[]) => [{ FieldSelectors: fields }]
const category = (name: string) => ({ Field: 'eventCategory', Equals: [name] })
const ARN = `arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/${NOBODY}`

it('a store that says nothing has the defaults of AWS', async () => {
  const created = await ok(url, 'CreateEventDataStore', { Name: 'defaults' })
  expect(created).toEqual({
    EventDataStoreArn: expect.stringMatching(
      /^arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore\/[0-9a-f-]{36}$/,
    ),
    Name: 'defaults',
    Status: 'CREATED',
    AdvancedEventSelectors: [{ Name: 'Default management events', FieldSelectors: [category('Management')] }],
    MultiRegionEnabled: true,
    OrganizationEnabled: false,
    RetentionPeriod: 366,
    TerminationProtectionEnabled: true,
    CreatedTimestamp: expect.any(Number),
    UpdatedTimestamp: expect.any(Number),
    BillingMode: 'EXTENDABLE_RETENTION_PRICING',
  })
  expect(Math.abs(created.CreatedTimestamp - Date.now() / 1000)).toBeLessThan(60)
  expect(await ok(url, 'GetEventDataStore', { EventDataStore: created.EventDataStoreArn })).toEqual({
    ...created,
    Status: 'ENABLED',
    FederationStatus: 'DISABLED',
  })
})

describe('CreateEventDataStore refuses', () => {
  const EDS = 'InvalidEventSelectorsException'
  test.each([
    [{}, 'InvalidParameterException'],
    [{ Name: 'ab' }, 'InvalidParameterException'],
    [{ Name: 'with space' }, 'InvalidParameterException'],
    [{ Name: NOBODY }, 'InvalidParameterException'],
    [{ Name: 'traillake' }, 'InvalidParameterException'],
    [{ RetentionPeriod: 6 }, 'InvalidParameterException'],
    [{ RetentionPeriod: 3654 }, 'InvalidParameterException'],
    [{ RetentionPeriod: 2558, BillingMode: 'FIXED_RETENTION_PRICING' }, 'InvalidParameterException'],
    [{ KmsKeyId: 'alias/mine' }, 'KmsKeyNotFoundException'],
    [{ KmsKeyId: 'no key' }, 'InvalidKmsKeyIdException'],
    [{ AdvancedEventSelectors: [] }, EDS],
    [{ AdvancedEventSelectors: select() }, EDS],
    [{ AdvancedEventSelectors: select(category('Nothing')) }, EDS],
    [{ AdvancedEventSelectors: select(category('Data')) }, EDS],
    [{ AdvancedEventSelectors: select({ Field: 'eventName', Equals: ['x'] }) }, EDS],
    [{ AdvancedEventSelectors: [...select(category('Insight')), ...select(category('Management'))] }, EDS],
    [{ AdvancedEventSelectors: Array.from({ length: 6 }, () => select(category('Management'))[0]) }, EDS],
    [{ TagsList: [{ Key: 'a' }, { Key: 'a' }] }, 'InvalidTagParameterException'],
    [{ TagsList: [{ Key: 'aws:x' }] }, 'InvalidTagParameterException'],
    [{ TagsList: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}` })) }, 'InvalidTagParameterException'],
    [{ TagsList: [{ Key: '' }] }, 'InvalidTagParameterException'],
    [{ StartIngestion: 'yes' }, 'SerializationException'],
  ])('%j with %s', async (input, name) => {
    const before = (await lake.listEventDataStores()).length
    const given = Object.keys(input).length === 0 ? {} : { Name: 'refused', ...input }
    expect((await fault(url, 'CreateEventDataStore', given)).name).toBe(name)
    expect(await lake.listEventDataStores()).toHaveLength(before)
  })

  it('one too many, those pending deletion included', async () => {
    const own = await newLake()
    const small = await newServer(own, { maxEventDataStores: 2 })
    const { EventDataStoreArn } = await ok(small.url, 'CreateEventDataStore', {
      Name: 'one',
      TerminationProtectionEnabled: false,
    })
    await ok(small.url, 'CreateEventDataStore', { Name: 'two' })
    await ok(small.url, 'DeleteEventDataStore', { EventDataStore: EventDataStoreArn })
    expect((await fault(small.url, 'CreateEventDataStore', { Name: 'three' })).name).toBe(
      'EventDataStoreMaxLimitExceededException',
    )
  })
})

describe('a store is named', () => {
  test.each([
    ['x', 'EventDataStoreARNInvalidException'],
    ['defaults', 'EventDataStoreARNInvalidException'],
    ['arn:aws:s3:::bucket', 'EventDataStoreARNInvalidException'],
    [ARN.replace('eventdatastore', 'trail'), 'EventDataStoreARNInvalidException'],
    [ARN.replace('000000000000', '111122223333'), 'EventDataStoreARNInvalidException'],
    [`${ARN}/more`, 'EventDataStoreARNInvalidException'],
    [ARN, 'EventDataStoreNotFoundException'],
    [ARN.replace('us-east-1', 'eu-west-1'), 'EventDataStoreNotFoundException'],
    [NOBODY, 'EventDataStoreNotFoundException'],
  ])('by %s: %s', async (EventDataStore, name) => {
    for (const operation of [
      ...['GetEventDataStore', 'DeleteEventDataStore', 'RestoreEventDataStore', 'ListQueries'],
      ...['StartEventDataStoreIngestion', 'StopEventDataStoreIngestion'],
    ]) {
      expect((await fault(url, operation, { EventDataStore })).name, operation).toBe(name)
    }
    expect((await fault(url, 'UpdateEventDataStore', { EventDataStore, Name: 'new' })).name).toBe(name)
  })
})

describe('UpdateEventDataStore', () => {
  it('changes what is given and keeps the rest', async () => {
    const created = await ok(url, 'CreateEventDataStore', {
      Name: 'changing',
      RetentionPeriod: 90,
      MultiRegionEnabled: false,
    })
    const EventDataStore = created.EventDataStoreArn
    const selectors = select(category('Data'), { Field: 'resources.type', Equals: ['AWS::S3::Object'] })
    const changed = await ok(url, 'UpdateEventDataStore', { EventDataStore, AdvancedEventSelectors: selectors })
    expect(changed).toEqual({
      ...created,
      Status: 'ENABLED',
      FederationStatus: 'DISABLED',
      AdvancedEventSelectors: selectors,
      UpdatedTimestamp: expect.any(Number),
    })
    const name = async (input: object) => (await fault(url, 'UpdateEventDataStore', { EventDataStore, ...input })).name
    expect(await name({})).toBe('InvalidParameterException')
    expect(await name({ Name: 'Defaults' })).toBe('EventDataStoreAlreadyExistsException')
    expect(await name({ AdvancedEventSelectors: select(category('Insight')) })).toBe('InvalidEventSelectorsException')
    expect(await name({ BillingMode: 'FIXED_RETENTION_PRICING' })).toBe('InvalidParameterException')
    expect(await name({ KmsKeyId: 'alias/x' })).toBe('KmsKeyNotFoundException')
  })

  it('goes from fixed to extendable pricing, where more days are allowed', async () => {
    const { EventDataStoreArn: EventDataStore, RetentionPeriod } = await ok(url, 'CreateEventDataStore', {
      Name: 'fixed',
      BillingMode: 'FIXED_RETENTION_PRICING',
    })
    expect(RetentionPeriod).toBe(2557)
    expect((await fault(url, 'UpdateEventDataStore', { EventDataStore, RetentionPeriod: 3000 })).name).toBe(
      'InvalidParameterException',
    )
    const changes = { BillingMode: 'EXTENDABLE_RETENTION_PRICING', RetentionPeriod: 3000 }
    expect(await ok(url, 'UpdateEventDataStore', { EventDataStore, ...changes })).toMatchObject(changes)
  })
})

it('a store pending deletion is listed, and can only be restored', async () => {
  const { EventDataStoreArn: EventDataStore } = await ok(url, 'CreateEventDataStore', {
    Name: 'pending',
    TerminationProtectionEnabled: false,
    StartIngestion: false,
  })
  await ok(url, 'DeleteEventDataStore', { EventDataStore })
  expect((await ok(url, 'ListEventDataStores')).EventDataStores).toContainEqual({
    EventDataStoreArn: EventDataStore,
    Name: 'pending',
  })
  const source = { S3: { S3LocationUri: 's3://x', S3BucketRegion: 'x', S3BucketAccessRoleArn: 'x' } }
  for (const [operation, input, name] of [
    ['DeleteEventDataStore', { EventDataStore }, 'InactiveEventDataStoreException'],
    ['UpdateEventDataStore', { EventDataStore, Name: 'other' }, 'InactiveEventDataStoreException'],
    ['ListQueries', { EventDataStore }, 'InactiveEventDataStoreException'],
    ['ListTags', { ResourceIdList: [EventDataStore] }, 'InactiveEventDataStoreException'],
    ['StartImport', { Destinations: [EventDataStore], ImportSource: source }, 'InactiveEventDataStoreException'],
    ['StartEventDataStoreIngestion', { EventDataStore }, 'InvalidEventDataStoreStatusException'],
  ] as const) {
    expect((await fault(url, operation, input)).name, operation).toBe(name)
  }
  // The state before comes back.
  expect((await ok(url, 'RestoreEventDataStore', { EventDataStore })).Status).toBe('STOPPED_INGESTION')
})

it('is gone for good after seven days', async () => {
  const own = await newLake()
  const eightDaysAgo = () => new Date(Date.now() - 8 * 86_400_000)
  const past = await newServer(own, { now: eightDaysAgo })
  const { EventDataStoreArn: EventDataStore } = await ok(past.url, 'CreateEventDataStore', {
    Name: 'one',
    TerminationProtectionEnabled: false,
  })
  await ok(past.url, 'DeleteEventDataStore', { EventDataStore })
  expect((await fault(past.url, 'RestoreEventDataStore', { EventDataStore })).name).toBe(
    'EventDataStoreNotFoundException',
  )
})

it('ingestion is switched for stores of CloudTrail events and configuration items only', async () => {
  const { EventDataStoreArn: EventDataStore } = await ok(url, 'CreateEventDataStore', {
    Name: 'activity',
    AdvancedEventSelectors: select(category('ActivityAuditLog')),
  })
  expect((await fault(url, 'StopEventDataStoreIngestion', { EventDataStore })).name).toBe(
    'InvalidEventDataStoreCategoryException',
  )
})

describe('tags', () => {
  const other = (type: string) => ARN.replace('eventdatastore', type)
  test.each([
    ['AddTags', 'x', 'CloudTrailARNInvalidException'],
    ['AddTags', 'arn:aws:s3:::bucket', 'ResourceTypeNotSupportedException'],
    ['AddTags', other('trail'), 'ResourceNotFoundException'],
    ['AddTags', other('channel'), 'ChannelNotFoundException'],
    ['ListTags', other('channel'), 'ResourceNotFoundException'],
    ['RemoveTags', other('thing'), 'ResourceTypeNotSupportedException'],
    ['RemoveTags', ARN, 'EventDataStoreNotFoundException'],
    ['ListTags', ARN.replace('000000000000', '111122223333'), 'EventDataStoreARNInvalidException'],
  ])('%s of %s: %s', async (operation, arn, name) => {
    const input = operation === 'ListTags' ? { ResourceIdList: [arn] } : { ResourceId: arn, TagsList: [{ Key: 'a' }] }
    expect((await fault(url, operation, input)).name).toBe(name)
  })

  it('are fifty at most, and a key is set anew', async () => {
    const { arn: ResourceId } = await lake.createEventDataStore({ name: 'tagged' })
    const TagsList = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))
    await ok(url, 'AddTags', { ResourceId, TagsList })
    expect((await fault(url, 'AddTags', { ResourceId, TagsList: [{ Key: 'more' }] })).name).toBe(
      'TagsLimitExceededException',
    )
    await ok(url, 'AddTags', { ResourceId, TagsList: [{ Key: 'k7', Value: 'new' }] })
    const { ResourceTagList } = await ok(url, 'ListTags', { ResourceIdList: [ResourceId] })
    expect(ResourceTagList[0].TagsList).toHaveLength(50)
    expect(ResourceTagList[0].TagsList[7]).toEqual({ Key: 'k7', Value: 'new' })
    expect((await fault(url, 'ListTags', { ResourceIdList: [ResourceId], NextToken: 'xxxx' })).name).toBe(
      'InvalidTokenException',
    )
  })
})

describe('resource policies', () => {
  test.each([
    ['x', 'ResourceARNNotValidException'],
    ['not/an arn', 'ResourceARNNotValidException'],
    [ARN, 'ResourceNotFoundException'],
    [ARN.replace('eventdatastore', 'dashboard'), 'ResourceNotFoundException'],
    [ARN.replace('eventdatastore', 'trail'), 'ResourceTypeNotSupportedException'],
  ])('of %s: %s', async (ResourceArn, name) => {
    expect((await fault(url, 'GetResourcePolicy', { ResourceArn })).name).toBe(name)
    expect((await fault(url, 'PutResourcePolicy', { ResourceArn, ResourcePolicy: '{}' })).name).toBe(name)
    expect((await fault(url, 'DeleteResourcePolicy', { ResourceArn })).name).toBe(name)
  })

  it('that speak of another resource, or are too long, are refused', async () => {
    const { arn: ResourceArn } = await lake.createEventDataStore({ name: 'policed' })
    const put = async (ResourcePolicy: string) =>
      (await fault(url, 'PutResourcePolicy', { ResourceArn, ResourcePolicy })).name
    const statement = { Effect: 'Allow', Principal: '*', Action: 'cloudtrail:StartQuery' }
    expect(await put(JSON.stringify({ Statement: [{ ...statement, Resource: ARN }] }))).toBe(
      'ResourcePolicyNotValidException',
    )
    expect(await put(JSON.stringify({ Statement: [statement] }))).toBe('ResourcePolicyNotValidException')
    expect(await put(' '.repeat(8193))).toBe('ResourcePolicyNotValidException')
    expect((await fault(url, 'DeleteResourcePolicy', { ResourceArn })).name).toBe('ResourcePolicyNotFoundException')
  })
})

it('a lake that is open read-only can be looked at, and changes nothing', async () => {
  const { openLake } = await import('@traillake/core')
  const readOnly = await openLake(lake.location, { readOnly: true })
  const server = await newServer(readOnly)
  expect((await call(server.url, 'ListEventDataStores')).status).toBe(200)
  expect((await fault(server.url, 'CreateEventDataStore', { Name: 'new' })).name).toBe('OperationNotPermittedException')
  expect((await fault(server.url, 'StartQuery', { QueryStatement: 'SELECT 1' })).name).toBe(
    'OperationNotPermittedException',
  )
  await server.close()
  await readOnly.close()
})
