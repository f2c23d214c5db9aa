import { describe, expect, test } from 'vitest'
import { AwsFault } from '../../src/aws/faults.ts'
import { pageStart, pageToken } from '../../src/aws/paging.ts'
import { readInput } from '../../src/aws/read-input.ts'
import { type Members, required } from '../../src/aws/shape.ts'
import * as shapes from '../../src/aws/shapes.ts'

const knowing = {
  errors: ['InvalidParameterException', 'InvalidMaxResultsException', 'InvalidTagParameterException'],
} as const

function outcome(members: Members, body: unknown, errors: { errors: readonly never[] } | typeof knowing = knowing) {
  try {
    return readInput(body, members, errors)
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error
    return `${error.fault}: ${error.message.replace(/^1 validation error detected: /, '')}`
  }
}

describe('a member', () => {
  test.each([
    [shapes.uuid, 'a'.repeat(35), /^InvalidParameter.*greater than or equal to 36$/],
    [shapes.uuid, 'a'.repeat(37), /less than or equal to 36$/],
    [shapes.uuid, 'A'.repeat(36), /regular expression pattern: \[a-f0-9-\]\+$/],
    [shapes.uuid, `${'a'.repeat(35)}\n`, /regular expression/],
    [shapes.uuid, 36, /^SerializationException/],
    [shapes.queryStatement, '', /greater than or equal to 1$/],
    [shapes.queryStatement, 'x'.repeat(10_001), /less than or equal to 10000$/],
    [shapes.retentionPeriod, 6, /greater than or equal to 7$/],
    [shapes.retentionPeriod, 3654, /less than or equal to 3653$/],
    [shapes.retentionPeriod, 7.5, /^SerializationException/],
    [shapes.billingMode, 'FREE', /enum value set: \[EXTENDABLE_RETENTION_PRICING, FIXED_RETENTION_PRICING\]$/],
    [shapes.timestamp, '2024-05-01T00:00:00Z', /^SerializationException/],
    [shapes.timestamp, 1e300, /can be represented/],
    [shapes.boolean, 'true', /^SerializationException/],
    [shapes.importDestinations, [], /length greater than or equal to 1$/],
    [shapes.importDestinations, ['aaa', 'bbb'], /length less than or equal to 1$/],
    [shapes.importDestinations, [null], /must not be null$/],
    [shapes.tagsList, [{ Value: 'v' }], /^InvalidTagParameter.*'it\.1\.member\.key'.*must not be null$/],
    [shapes.tagsList, [{ Key: 'k'.repeat(129) }], /^InvalidTagParameter.*less than or equal to 128$/],
    [shapes.tagsList, {}, /^SerializationException/],
    [shapes.pageSize(50), 51, /^InvalidMaxResults/],
    [shapes.deliveryUri, 's3://B', /regular expression/],
    [shapes.deliveryUri, 'file:folder', /regular expression/],
  ] as const)('%#: %j is refused', (shape, value, message) => {
    expect(outcome({ It: shape }, { It: value })).toMatch(message)
  })

  test.each([
    [shapes.uuid, '0a1b2c3d-1111-2222-3333-444455556666', undefined],
    [shapes.queryStatement, 'SELECT 1\nFROM x', undefined],
    [shapes.timestamp, 1717977600.5, new Date('2024-06-10T00:00:00.500Z')],
    [shapes.eventDataStoreName, 'a.b-c_d', undefined],
    [shapes.tagsList, [{ Key: 'k' }], undefined],
    [shapes.deliveryUri, 's3://my-bucket/and/prefix', undefined],
    [shapes.deliveryUri, 'file:///srv/answers', undefined],
  ] as const)('%#: %j is taken', (shape, value, read) => {
    expect(outcome({ It: shape }, { It: value })).toEqual({ It: read ?? value })
  })

  test('that is required must be there', () => {
    const wanted = { It: required(shapes.text) }
    for (const body of [{}, { It: null }, { it: 'x' }]) {
      expect(outcome(wanted, body)).toBe(
        "InvalidParameterException: Value null at 'it' failed to satisfy constraint: Member must not be null",
      )
    }
  })

  test('of an operation that knows no fault for it is a ValidationException', () => {
    expect(outcome({ It: shapes.pageSize(5) }, { It: 6 }, { errors: [] })).toMatch(/^ValidationException/)
  })
})

describe('a page token', () => {
  const input = { Filter: 'x', MaxResults: 2 }
  const token = pageToken('List', input, { from: 2 })

  test('leads on with the same parameters, whatever the page size', () => {
    expect(pageStart('List', { ...input, NextToken: token })).toEqual({ from: 2 })
    expect(pageStart('List', { Filter: 'x', MaxResults: 9, NextToken: token } as object)).toEqual({ from: 2 })
    expect(pageStart('List', {})).toBeUndefined()
    expect(token).toMatch(/^[\x21-\x7e]{4,1000}$/)
  })

  test.each([
    ['another operation', 'Other', { ...input, NextToken: token }],
    ['another parameter', 'List', { Filter: 'y', NextToken: token }],
    ['a missing parameter', 'List', { NextToken: token }],
    [
      'another position',
      'List',
      { ...input, NextToken: `${Buffer.from('{"from":9}').toString('base64url')}.${token.split('.')[1]}` },
    ],
    ['a longer token', 'List', { ...input, NextToken: `${token}.x` }],
    ['nonsense', 'List', { ...input, NextToken: 'nonsense' }],
  ])('is not valid for %s', (_, operation, given) => {
    expect(() => pageStart(operation, given)).toThrow(expect.objectContaining({ fault: 'InvalidNextTokenException' }))
  })
})
