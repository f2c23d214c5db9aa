import { describe, expect, test } from 'vitest'
import { isTraillakeError } from '../../src/errors/index.ts'
import {
  ALL_EVENTS_SELECTORS,
  AWS_DEFAULT_SELECTORS,
  advancedFilter,
  basicFilter,
  checkAdvancedSelectors,
  checkBasicSelectors,
  createRecordScanner,
  layoutOfSelectors,
  readLogFile,
  selectableEvent,
} from '../../src/events/index.ts'
import type { AdvancedEventSelector, AdvancedFieldSelector, BasicEventSelector } from '../../src/schema/selectors.ts'

/** An event as the scanner hands it over, so that what is tested is what import runs. */
function eventOf(record: object) {
  const text = JSON.stringify({ Records: [{ eventTime: '2024-05-01T10:00:00Z', ...record }] })
  const read = readLogFile(Buffer.from(text), createRecordScanner('events'))
  if (read.outcome !== 'records') throw new Error(JSON.stringify(read))
  return selectableEvent(read.batch, read.batch.records[0]!)
}

const selects = (fields: readonly AdvancedFieldSelector[], record: object) =>
  advancedFilter([{ FieldSelectors: fields }])(eventOf(record))

const isCategory = (category: string): AdvancedFieldSelector => ({ Field: 'eventCategory', Equals: [category] })

describe('the worked cases of the CloudTrail guide', () => {
  const arn = 'arn:aws:s3:::amzn-s3-demo-bucket'
  const fields: readonly AdvancedFieldSelector[] = [
    isCategory('Data'),
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
    {
      Field: 'resources.ARN',
      Equals: [`${arn}/object1`],
      StartsWith: [`${arn}/`],
      EndsWith: ['object3'],
      NotStartsWith: [`${arn}/deselect`],
      NotEndsWith: ['object5'],
      NotEquals: [`${arn}/object6`],
    },
  ]
  test.each([
    [`${arn}/object1`, true],
    [`${arn}/object2`, true],
    [`${arn}1/object3`, true],
    [`${arn}/deselectObject4`, false],
    [`${arn}/object5`, false],
    [`${arn}/object6`, false],
    [`${arn}1/object1`, false],
  ])('%s: %s', (ARN, wanted) => {
    checkAdvancedSelectors([{ FieldSelectors: fields }], 'event-data-store')
    expect(selects(fields, { eventCategory: 'Data', resources: [{ type: 'AWS::S3::Object', ARN }] })).toBe(wanted)
  })
})

describe('one field', () => {
  const c = 'sessionCredentialFromConsole'
  test.each<[string, AdvancedFieldSelector, object, boolean]>([
    ['equal', { Field: 'eventName', Equals: ['A', 'B'] }, { eventName: 'B' }, true],
    ['letter case counts', { Field: 'eventName', Equals: ['b'] }, { eventName: 'B' }, false],
    ['a star is a star', { Field: 'eventName', StartsWith: ['Get*'] }, { eventName: 'GetItem' }, false],
    ['missing fails a select', { Field: 'eventName', StartsWith: ['G'] }, {}, false],
    ['missing passes a deselect', { Field: c, NotEquals: ['true'] }, {}, true],
    ['present fails a deselect', { Field: c, NotEquals: ['true'] }, { [c]: 'true' }, false],
    ['a boolean is its text', { Field: c, Equals: ['true'] }, { [c]: true }, true],
    ['read only', { Field: 'readOnly', Equals: ['true'] }, { readOnly: true }, true],
    ['read only as text', { Field: 'readOnly', Equals: ['true'] }, { readOnly: 'True' }, true],
    ['read only unknown', { Field: 'readOnly', Equals: ['false'] }, {}, false],
    ['identity', { Field: 'userIdentity.arn', EndsWith: [':root'] }, { userIdentity: { arn: 'x:root' } }, true],
    ['another case of the key', { Field: 'eventName', Equals: ['B'] }, { EVENTNAME: 'B' }, true],
    ['null is missing', { Field: 'errorCode', Equals: ['VpceAccessDenied'] }, { errorCode: null }, false],
    ['category derived', isCategory('Data'), { managementEvent: false }, true],
    ['category by default', isCategory('Management'), {}, true],
    ['category of Insights', isCategory('Insight'), { eventType: 'AwsCloudTrailInsight' }, true],
  ])('%s', (_name, field, record, wanted) => {
    expect(selects([field], record)).toBe(wanted)
  })

  test('the same field twice: both must hold', () => {
    const both = [
      { Field: 'eventName', StartsWith: ['Get'] },
      { Field: 'eventName', NotEndsWith: ['Item'] },
    ]
    expect(selects(both, { eventName: 'GetItem' })).toBe(false)
    expect(selects(both, { eventName: 'GetObject' })).toBe(true)
  })

  test('type and ARN must be of one resource', () => {
    const record = {
      resources: [
        { type: 'AWS::DynamoDB::Stream', ARN: 'arn:stream' },
        { type: 'AWS::DynamoDB::Table', ARN: 'arn:table' },
      ],
    }
    const type = { Field: 'resources.type', Equals: ['AWS::DynamoDB::Table'] }
    expect(selects([type, { Field: 'resources.ARN', Equals: ['arn:table'] }], record)).toBe(true)
    expect(selects([type, { Field: 'resources.ARN', Equals: ['arn:stream'] }], record)).toBe(false)
    expect(selects([type, { Field: 'resources.ARN', NotEquals: ['arn:stream'] }], record)).toBe(true)
    expect(selects([type], { resources: null })).toBe(false)
  })
})

test('several selectors: one is enough', () => {
  const filter = advancedFilter(ALL_EVENTS_SELECTORS)
  for (const eventCategory of ['Management', 'Data', 'NetworkActivity'])
    expect(filter(eventOf({ eventCategory }))).toBe(true)
  expect(filter(eventOf({ eventCategory: 'Insight' }))).toBe(false)
  expect(advancedFilter(AWS_DEFAULT_SELECTORS)(eventOf({ eventCategory: 'Data' }))).toBe(false)
})

const s3 = { Field: 'resources.type', Equals: ['AWS::S3::Object'] }
const many = (n: number, size = 1) => Array.from({ length: n }, (_, i) => `v${i}`.padEnd(size, 'x'))
const management = (...more: readonly object[]) => [{ FieldSelectors: [isCategory('Management'), ...more] }]
const data = (...more: readonly object[]) => [{ FieldSelectors: [isCategory('Data'), ...more] }]
const network = (...more: readonly object[]) => [{ FieldSelectors: [isCategory('NetworkActivity'), ...more] }]

describe('accepted', () => {
  test.each<[string, unknown, 'lake' | 'event-data-store' | 'trail']>([
    ['the default of AWS', AWS_DEFAULT_SELECTORS, 'event-data-store'],
    ['the default of a lake', ALL_EVENTS_SELECTORS, 'lake'],
    [
      'every field of management events',
      management(
        { Field: 'eventSource', StartsWith: ['a'] },
        { Field: 'eventType', NotEquals: ['AwsServiceEvent'] },
        { Field: 'userIdentity.arn', EndsWith: ['x'] },
      ),
      'event-data-store',
    ],
    ['a trail without KMS', management({ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }), 'trail'],
    ['data events', data(s3, { Field: 'readOnly', Equals: ['false'] }), 'trail'],
    [
      'denied network events',
      network(
        { Field: 'eventSource', Equals: ['s3.amazonaws.com'] },
        { Field: 'errorCode', Equals: ['VpceAccessDenied'] },
      ),
      'trail',
    ],
    ['Insights alone', [{ Name: '', FieldSelectors: [isCategory('Insight')] }], 'event-data-store'],
    ['500 values', management({ Field: 'eventName', Equals: many(499) }), 'lake'],
    ['a value of 2048 characters', management({ Field: 'eventName', Equals: many(1, 2048) }), 'lake'],
  ])('%s', (_name, selectors, target) => {
    expect(checkAdvancedSelectors(selectors, target)).toEqual(selectors)
  })
})

describe('refused', () => {
  test.each<[string, unknown, ('lake' | 'event-data-store' | 'trail')?]>([
    ['no list', {}],
    ['null', null],
    ['an empty list', []],
    ['a selector that is no object', ['x']],
    ['a selector with a member of another name', [{ FieldSelectors: [isCategory('Data')], Fields: [] }]],
    ['no field selectors', [{ FieldSelectors: [] }]],
    ['no category', [{ FieldSelectors: [s3] }]],
    ['two categories', [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data', 'Management'] }] }]],
    ['the category twice', [{ FieldSelectors: [isCategory('Data'), isCategory('Data')] }]],
    ['a category by its beginning', [{ FieldSelectors: [{ Field: 'eventCategory', StartsWith: ['Man'] }] }]],
    ['an unknown category', [{ FieldSelectors: [isCategory('Aggregated')] }]],
    ['a category named like a property', [{ FieldSelectors: [isCategory('constructor')] }]],
    ['a store category on a trail', [{ FieldSelectors: [isCategory('Insight')] }], 'trail'],
    [
      'a condition on Insights events',
      [{ FieldSelectors: [isCategory('Insight'), { Field: 'readOnly', Equals: ['true'] }] }],
    ],
    ['Insights beside others', [{ FieldSelectors: [isCategory('Insight')] }, ...AWS_DEFAULT_SELECTORS]],
    ['Insights twice', [{ FieldSelectors: [isCategory('Insight')] }, { FieldSelectors: [isCategory('Insight')] }]],
    ['an unknown field', management({ Field: 'eventId', Equals: ['x'] })],
    ['a field in another case', management({ Field: 'eventname', Equals: ['x'] })],
    ['a field named like a property', management({ Field: 'toString', Equals: ['x'] })],
    ['resources of management events', management(s3)],
    ['an event name on a trail', management({ Field: 'eventName', Equals: ['x'] }), 'trail'],
    ['another source on a trail', management({ Field: 'eventSource', NotEquals: ['s3.amazonaws.com'] }), 'trail'],
    ['a source on a trail by equality', management({ Field: 'eventSource', Equals: ['kms.amazonaws.com'] }), 'trail'],
    ['readOnly by its beginning', management({ Field: 'readOnly', StartsWith: ['t'] })],
    ['readOnly maybe', management({ Field: 'readOnly', Equals: ['maybe'] })],
    ['console false', management({ Field: 'sessionCredentialFromConsole', Equals: ['false'] })],
    ['data events without a type', data(), 'event-data-store'],
    ['two types', data({ Field: 'resources.type', Equals: ['AWS::S3::Object', 'AWS::Lambda::Function'] })],
    ['a type twice', data(s3, s3)],
    ['a type of another form', data({ Field: 'resources.type', Equals: ['S3'] })],
    ['network events without a source', network(), 'event-data-store'],
    ['two sources', network({ Field: 'eventSource', Equals: ['a', 'b'] })],
    ['another error', network({ Field: 'errorCode', Equals: ['AccessDenied'] })],
    ['readOnly of network events', network({ Field: 'readOnly', Equals: ['true'] })],
    ['no operator', management({ Field: 'eventName' })],
    ['no value', management({ Field: 'eventName', Equals: [] })],
    ['an empty value', management({ Field: 'eventName', Equals: [''] })],
    ['a number', management({ Field: 'eventName', Equals: [1] })],
    ['a text in place of a list', management({ Field: 'eventName', Equals: 'x' })],
    ['an unknown operator', management({ Field: 'eventName', Contains: ['x'] })],
    ['a value of 2049 characters', management({ Field: 'eventName', Equals: many(1, 2049) })],
    ['501 values', management({ Field: 'eventName', Equals: many(500) })],
    ['six selectors', Array.from({ length: 6 }, () => AWS_DEFAULT_SELECTORS[0])],
    ['a name of 1001 characters', [{ Name: 'x'.repeat(1001), FieldSelectors: [isCategory('Data')] }]],
  ])('%s', (_name, selectors, target = 'lake') => {
    let error: unknown
    try {
      checkAdvancedSelectors(selectors, target)
    } catch (caught) {
      error = caught
    }
    expect(isTraillakeError(error, 'INVALID_EVENT_SELECTORS'), String(error)).toBe(true)
  })
})

test.each([
  ['Management', 'events'],
  ['Data', 'events'],
  ['NetworkActivity', 'events'],
  ['Insight', 'insights'],
  ['ConfigurationItem', 'configuration'],
  ['Evidence', 'evidence'],
  ['ActivityAuditLog', 'activity'],
] as const)('%s events are kept in the layout %s', (category, layout) => {
  const selectors: AdvancedEventSelector[] = [{ FieldSelectors: [isCategory(category)] }]
  expect(layoutOfSelectors(selectors)).toBe(layout)
})

describe('basic selectors', () => {
  const object = (ARN: string) => ({
    eventCategory: 'Data',
    readOnly: true,
    resources: [{ type: 'AWS::S3::Object', ARN }],
  })
  const s3Values = (...Values: string[]): BasicEventSelector => ({
    DataResources: [{ Type: 'AWS::S3::Object', Values }],
  })
  const fn = 'arn:aws:lambda:us-east-1:111122223333:function:f'
  const call = (ARN: string) => ({ eventCategory: 'Data', resources: [{ type: 'AWS::Lambda::Function', ARN }] })
  test.each<[string, BasicEventSelector, object, boolean]>([
    ['management by default', {}, {}, true],
    ['no management', { IncludeManagementEvents: false }, {}, false],
    [
      'an excluded source',
      { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
      { eventSource: 'kms.amazonaws.com' },
      false,
    ],
    [
      'another source',
      { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
      { eventSource: 's3.amazonaws.com' },
      true,
    ],
    ['only reads', { ReadWriteType: 'ReadOnly' }, { readOnly: false }, false],
    ['only writes', { ReadWriteType: 'WriteOnly' }, { readOnly: false }, true],
    ['neither known', { ReadWriteType: 'WriteOnly' }, {}, false],
    ['no data by default', {}, object('arn:aws:s3:::b/k'), false],
    ['all objects', s3Values('arn:aws:s3'), object('arn:aws:s3:::b/k'), true],
    ['one bucket', s3Values('arn:aws:s3:::b/'), object('arn:aws:s3:::b/k'), true],
    ['a bucket whose name begins so', s3Values('arn:aws:s3:::b'), object('arn:aws:s3:::b2/k'), false],
    ['a prefix', s3Values('arn:aws:s3:::b/logs'), object('arn:aws:s3:::b/logs-2/k'), true],
    ['writes of data', { ...s3Values('arn:aws:s3'), ReadWriteType: 'WriteOnly' }, object('arn:aws:s3:::b/k'), false],
    ['that function', { DataResources: [{ Type: 'AWS::Lambda::Function', Values: [fn] }] }, call(fn), true],
    [
      'no prefix of a function',
      { DataResources: [{ Type: 'AWS::Lambda::Function', Values: [fn] }] },
      call(`${fn}2`),
      false,
    ],
    [
      'all functions',
      { DataResources: [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }] },
      call(fn),
      true,
    ],
    ['another type', s3Values('arn:aws:s3'), call(fn), false],
    ['network activity', {}, { eventCategory: 'NetworkActivity' }, false],
    ['Insights', { IncludeManagementEvents: false }, { eventCategory: 'Insight' }, true],
  ])('%s', (_name, selector, record, wanted) => {
    expect(basicFilter(checkBasicSelectors([selector]))(eventOf(record))).toBe(wanted)
  })

  const arns = (n: number) => Array.from({ length: n }, (_, i) => `arn:aws:s3:::b/${i}`)
  test.each<[string, unknown]>([
    ['none', []],
    ['six', [{}, {}, {}, {}, {}, {}]],
    ['a wrong ReadWriteType', [{ ReadWriteType: 'Read' }]],
    ['another source', [{ ExcludeManagementEventSources: ['s3.amazonaws.com'] }]],
    ['another type', [{ DataResources: [{ Type: 'AWS::SNS::Topic', Values: ['arn:aws:sns'] }] }]],
    ['an ARN of another service', [s3Values('arn:aws:lambda')]],
    ['251 resources', [s3Values(...arns(251))]],
    ['a member of another name', [{ Exclude: [] }]],
    ['advanced selectors', AWS_DEFAULT_SELECTORS],
  ])('refused: %s', (_name, selectors) => {
    expect(() => checkBasicSelectors(selectors)).toThrow(/invalid event selectors/)
  })

  test('the forms for all do not count as resources', () => {
    expect(() => checkBasicSelectors([s3Values(...arns(250), 'arn:aws:s3')])).not.toThrow()
  })
})
