import { cpSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { commonFaultNames } from '../../src/aws/faults.ts'
import { operations, unsupportedOperations } from '../../src/aws/operations/index.ts'
import type { Members, Shape } from '../../src/aws/shape.ts'
import { NOBODY, newFolder, newLake, newServer, ok, runQuery, trails } from '../support.ts'

/** Faults that tell of a fault of ours, or of a machine that cannot go on: no input may bring them about. */
const OURS: ReadonlySet<string> = new Set(['InternalFailure', 'ServiceUnavailableException'])
const common = commonFaultNames.filter((name) => !OURS.has(name))

let url: string
/** Right values of members, by name. */
const right: Record<string, readonly unknown[]> = {
  Name: ['main', 'second', 'org', 'main'],
  Key: ['team', 'env'],
  Value: ['audit'],
  SearchPhrase: ['console logins without MFA', 'errors'],
  Field: ['eventCategory'],
  Equals: [['Management']],
  RetentionPeriod: [7, 366],
  BillingMode: ['EXTENDABLE_RETENTION_PRICING'],
  S3LocationUri: ['s3://trail-bucket/AWSLogs'],
  DeliveryS3Uri: ['s3://trail-bucket/answers'],
  AttributeKey: ['EventName'],
  AttributeValue: ['ConsoleLogin'],
  EventCategory: ['insight'],
}
/** Texts that mean something to some member, or to a careless program. */
const texts: string[] = [
  '',
  ' ',
  '\0',
  '$EDS',
  '__proto__',
  'constructor',
  '\ud800',
  'e\u0301',
  '9'.repeat(400),
  NOBODY,
]

beforeAll(async () => {
  const bucket = newFolder()
  cpSync(trails, join(bucket, 'AWSLogs'), { recursive: true })
  const lake = await newLake()
  const { store } = await lake.import(trails, { into: 'org' })
  const second = await lake.createEventDataStore({ name: 'other' })
  url = (await newServer(lake, { buckets: { 'trail-bucket': bucket }, lookupDays: 'all' })).url
  const statement = { Effect: 'Allow', Principal: '*', Action: 'cloudtrail:StartQuery', Resource: store.arn }
  const policy = { Version: '2012-10-17', Statement: [statement] }
  const { QueryId } = await runQuery(url, `SELECT eventName FROM ${store.id} LIMIT 5`)
  const { NextToken } = await ok(url, 'GetQueryResults', { QueryId, MaxQueryResults: 1 })
  const source = { S3LocationUri: 's3://trail-bucket/AWSLogs', S3BucketRegion: 'x', S3BucketAccessRoleArn: 'y' }
  const { ImportId } = await ok(url, 'StartImport', { Destinations: [store.arn], ImportSource: { S3: source } })
  const stores = [store.arn, store.id, second.arn]
  Object.assign(right, {
    QueryStatement: [`SELECT eventName, count(*) FROM ${store.id} GROUP BY 1`, 'SELECT 1 / 0'],
    QueryId: [QueryId],
    ImportId: [ImportId],
    ResourcePolicy: [JSON.stringify(policy)],
    ...{ EventDataStore: stores, ResourceArn: stores, ResourceId: stores, Destination: stores },
    ...{ Destinations: stores.map((name) => [name]), ResourceIdList: [stores.slice(0, 1), [second.arn, store.arn]] },
  })
  texts.push(NextToken, store.arn.replace(/.{12}$/, '0'.repeat(12)), 'SELECT', 'DROP TABLE org', 'resources.type')
  texts.push(
    's3://trail-bucket/../..',
    's3://nowhere/',
    'file:///etc/passwd',
    'file://',
    'us-east-1',
    '{"Statement":[]}',
  )
}, 60_000)

const text = fc.oneof(
  { weight: 6, arbitrary: fc.nat().map((n) => texts[n % texts.length]!) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((length) => 'x'.repeat(length)) },
)
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  text,
  fc.nat().map((n) => Object.values(right).flat()[n % Object.values(right).flat().length]),
  fc.constantFrom(1e308, -1e308, -0, 2 ** 53, 0.5, -1, 0, [], {}, null),
)

/** What a member asks for, as far as its shape and its name tell. */
function fitting(name: string, shape: Shape): fc.Arbitrary<unknown> {
  if (right[name]) return fc.nat().map((n) => right[name]![n % right[name]!.length])
  switch (shape.kind) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: shape.min ?? 0, max: shape.max ?? 1000 })
    case 'timestamp':
      return fc.integer({ min: 1_680_000_000, max: 1_690_000_000 })
    case 'string':
      return shape.values ? fc.constantFrom(...shape.values) : text
    case 'list':
      return fc.array(fitting(name, shape.of), { minLength: 1, maxLength: 2 })
    case 'structure':
      return inputOf(shape.members)
  }
}

function inputOf(members: Members): fc.Arbitrary<object> {
  const entries = Object.entries(members).map(([name, member]): [string, fc.Arbitrary<unknown>] =>
    'required' in member
      ? [name, fitting(name, member.required)]
      : [
          name,
          fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fitting(name, member) }),
        ],
  )
  return fc.record(Object.fromEntries(entries))
}

type Edit = { readonly at: number; readonly value: unknown }
const edits = fc.array(fc.record({ at: fc.nat(1000), value: fc.oneof(junk, fc.constant(undefined)) }), { maxLength: 3 })

/** Puts another value in the place of one anywhere in it, or takes it away. */
function edited(input: unknown, { at, value }: Edit): unknown {
  const places: { readonly in: Record<string, unknown>; readonly name: string }[] = []
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, member] of Object.entries(node)) {
      places.push({ in: node as Record<string, unknown>, name })
      visit(member)
    }
  }
  visit(input)
  const place = places[at % places.length]
  if (place) place.in[place.name] = value
  return input
}

async function send(operation: string, body: BodyInit): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `CloudTrail_20131101.${operation}` }
  const response = await fetch(url, { method: 'POST', headers, body })
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  return { status: response.status, body: await response.json() }
}

/** Operations that succeeded, and errors that were told. */
const reached = new Set<string>()

test.each([...operations.values()])(
  '$name answers whatever it is sent with success or an error of its model',
  { timeout: 120_000 },
  async ({ name, input, errors }) => {
    const allowed = new Set<string>([...errors, ...common])
    await fc.assert(
      fc.asyncProperty(inputOf(input), edits, async (given, changes) => {
        const sent = changes.reduce(edited, structuredClone(given) as unknown)
        const { status, body } = await send(name, JSON.stringify(sent))
        if (status === 200) {
          reached.add(name)
          expect(body).toBeTypeOf('object')
        } else {
          reached.add((body as { __type: string }).__type)
          expect(status).toBe(400)
          expect(allowed).toContain((body as { __type: string }).__type)
          expect((body as { message: string }).message).not.toBe('')
        }
      }),
      { numRuns: 150 },
    )
  },
)

test('what was sent was good enough to find out: most operations succeeded, and many errors were told', () => {
  expect([...operations.keys()].filter((name) => reached.has(name)).length).toBeGreaterThanOrEqual(22)
  expect([...reached].filter((name) => name.endsWith('Exception')).length).toBeGreaterThanOrEqual(20)
})

test('any operation and any bytes are answered', { timeout: 120_000 }, async () => {
  const names = fc.oneof(
    fc.constantFrom(...operations.keys(), ...unsupportedOperations.keys()),
    fc.string({ unit: fc.constantFrom(...'aZ09_.-/ #'), maxLength: 30 }),
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(json)),
    fc.integer({ min: 1, max: 100_000 }).map((depth) => Buffer.from('['.repeat(depth))),
    fc.integer({ min: 1, max: 5000 }).map((depth) => Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)),
  )
  await fc.assert(
    fc.asyncProperty(names, bytes, async (name, body) => {
      const answer = await send(name, new Uint8Array(body))
      if (answer.status === 200) return
      expect(answer.status).toBe(400)
      expect(OURS).not.toContain((answer.body as { __type: string }).__type)
    }),
    { numRuns: 1000 },
  )
  expect((await ok(url, 'ListEventDataStores')).EventDataStores).not.toHaveLength(0)
})
