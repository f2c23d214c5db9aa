import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lake } from '@traillake/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { isAllowed } from '../../src/auth/caller.ts'
import { type Policy, readPolicy } from '../../src/auth/policy.ts'
import { readCredentials, startServer } from '../../src/index.ts'
import { newFolder, newLake, newServer } from '../support.ts'

const ARN = 'arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/11111111-2222-3333-4444-555555555555'

const allow = (action: string | string[], resource = '*', effect: 'Allow' | 'Deny' = 'Allow'): Policy => ({
  Statement: [{ Effect: effect, Action: action, Resource: resource }],
})
const onResource = (effect: 'Allow' | 'Deny', aws: string | string[] | '*', action = 'cloudtrail:*') =>
  JSON.stringify({
    Statement: [{ Effect: effect, Principal: aws === '*' ? '*' : { AWS: aws }, Action: action, Resource: ARN }],
  })

describe('a right', () => {
  test.each<[string, boolean, Policy | undefined, string | undefined]>([
    ['of a caller without a policy', true, undefined, undefined],
    ['that its policy gives', true, allow('cloudtrail:StartQuery'), undefined],
    ['that a pattern gives, in any case', true, allow('CloudTrail:start*'), undefined],
    ['that any action gives', true, allow('*', ARN), undefined],
    ['that its policy does not name', false, allow(['cloudtrail:GetQueryResults']), undefined],
    ['for another store', false, allow('cloudtrail:*', ARN.replace('1111', '2222')), undefined],
    ['with a dot where a letter is', false, allow('cloudtrail:*', ARN.replace('arn:', 'a.n:')), undefined],
    [
      'that its policy denies',
      false,
      { Statement: [...allow('*').Statement, ...allow('cloudtrail:StartQuery', '*', 'Deny').Statement] },
      undefined,
    ],
    ['that the store gives its account', true, allow('cloudtrail:ListTags'), onResource('Allow', '111122223333')],
    [
      'that the store gives the root of its account',
      true,
      allow('cloudtrail:ListTags'),
      onResource('Allow', 'arn:aws:iam::111122223333:root'),
    ],
    ['that the store gives everybody', true, allow('cloudtrail:ListTags'), onResource('Allow', '*')],
    [
      'that the store gives another account',
      false,
      allow('cloudtrail:ListTags'),
      onResource('Allow', ['999999999999']),
    ],
    ['that the store denies', false, allow('*'), onResource('Deny', '111122223333')],
    [
      'that the store denies a caller without a policy',
      false,
      undefined,
      onResource('Deny', '*', 'cloudtrail:StartQuery'),
    ],
    ['of a store whose policy is no JSON', false, undefined, '{'],
    ['of a store whose policy is none', false, undefined, '{}'],
    ['that the store denies another account', true, undefined, onResource('Deny', '999999999999')],
  ])('%s: %j', (_, allowed, policy, resourcePolicy) => {
    const caller = { name: 'AKIA', accountId: '111122223333', ...(policy ? { policy } : {}) }
    const target = { arn: ARN, ...(resourcePolicy ? { resourcePolicy } : {}) }
    expect(isAllowed(caller, 'StartQuery', target)).toBe(allowed)
  })
})

describe('a policy', () => {
  const statement = { Effect: 'Allow', Principal: '*', Action: 'cloudtrail:StartQuery', Resource: ARN }
  test.each<[unknown, string]>([
    [[], 'no JSON object'],
    [{ Statement: [] }, 'empty'],
    [{ Statements: [statement] }, 'Statements is no member'],
    [{ Statement: [{ ...statement, Effect: 'allow' }] }, 'Effect'],
    [{ Statement: [{ ...statement, Principal: undefined }] }, 'Principal'],
    [{ Statement: [{ ...statement, Principal: { Service: 'x' } }] }, 'Principal'],
    [{ Statement: [{ ...statement, Action: 's3:GetObject' }] }, 'Action'],
    [{ Statement: [{ ...statement, Resource: [] }] }, 'Resource'],
    [{ Statement: [statement, { ...statement, Condition: {} }] }, 'statement 2: Condition is not evaluated'],
    [{ Statement: [{ ...statement, NotAction: 'cloudtrail:X' }] }, 'NotAction is not evaluated'],
  ])('%j is refused', (value, reason) => {
    expect(readPolicy(value, 'resource')).toEqual(expect.stringContaining(reason))
  })

  test('of one statement needs no list', () => {
    expect(readPolicy({ Version: '2012-10-17', Statement: statement }, 'resource')).toEqual({
      Version: '2012-10-17',
      Statement: [statement],
    })
  })
})

describe('over the wire', () => {
  let lake: Lake
  let url: string
  let stores: readonly { readonly id: string; readonly arn: string }[]
  beforeAll(async () => {
    lake = await newLake()
    stores = [await lake.createEventDataStore({ name: 'open' }), await lake.createEventDataStore({ name: 'closed' })]
    const policy = { Statement: [{ Effect: 'Allow' as const, Action: 'cloudtrail:*', Resource: [stores[0]!.arn] }] }
    const tokens = [
      { name: 'all', token: 'token-of-the-admin' },
      { name: 'one', token: 'token-of-a-reader', policy },
    ]
    url = (await newServer(lake, { credentials: { tokens } })).url
  })
  const as = async (token: string, operation: string, input: object) => {
    const headers = { authorization: `Bearer ${token}`, 'x-amz-target': `CloudTrail_20131101.${operation}` }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) })
    return (await response.json()).__type ?? 'ok'
  }
  const rest = async (token: string, statement: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(`${url}/v1/queries`, { method: 'POST', headers, body: JSON.stringify({ statement }) })).status
  }

  test.each([
    ['token-of-the-admin', 'GetEventDataStore', 1, 'ok'],
    ['token-of-a-reader', 'GetEventDataStore', 0, 'ok'],
    ['token-of-a-reader', 'GetEventDataStore', 1, 'AccessDeniedException'],
    ['token-of-a-reader', 'DeleteEventDataStore', 1, 'AccessDeniedException'],
    ['token-of-a-reader', 'ListQueries', 1, 'AccessDeniedException'],
    ['token-of-nobody', 'GetEventDataStore', 0, 'UnrecognizedClientException'],
  ])('%s: %s of store %i is %s', async (token, operation, store, outcome) => {
    expect(await as(token, operation, { EventDataStore: stores[store]!.arn })).toBe(outcome)
  })

  test.each([
    ['token-of-the-admin', 'SELECT 1 FROM open, closed', 'ok', 200],
    ['token-of-a-reader', 'SELECT 1 FROM open', 'ok', 200],
    ['token-of-a-reader', 'SELECT 1 FROM open, closed', 'AccessDeniedException', 403],
    ['token-of-a-reader', 'SELECT (SELECT count(*) FROM closed) FROM open', 'AccessDeniedException', 403],
    ['token-of-a-reader', 'WITH c AS (SELECT * FROM closed) SELECT 1 FROM open', 'AccessDeniedException', 403],
    ['token-of-a-reader', 'SELECT 1 FROM traillake.data_files', 'AccessDeniedException', 403],
  ])('%s: %s is %s', async (token, statement, outcome, status) => {
    expect(await as(token, 'StartQuery', { QueryStatement: statement })).toBe(outcome)
    expect(await rest(token, statement)).toBe(status)
  })
})

describe('credentials', () => {
  test.each<[string, unknown, string]>([
    ['nothing', {}, 'no access key'],
    ['a list', [], 'no JSON object'],
    ['an unknown member', { users: [] }, 'users'],
    ['a key without its secret', { accessKeys: [{ accessKeyId: 'AKIA' }] }, 'secretAccessKey'],
    ['a short token', { tokens: [{ name: 'x', token: 'short' }] }, 'tokens[0].token'],
    [
      'a policy with conditions',
      {
        tokens: [
          {
            name: 'x',
            token: 'x'.repeat(16),
            policy: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: {} }] },
          },
        ],
      },
      'Condition',
    ],
  ])('of %s are refused', (_, value, reason) => {
    const file = join(newFolder(), 'credentials.json')
    writeFileSync(file, JSON.stringify(value))
    expect(() => readCredentials(file)).toThrow(expect.objectContaining({ message: expect.stringContaining(reason) }))
  })

  test('that are no JSON are refused without a word of what they hold', () => {
    const file = join(newFolder(), 'credentials.json')
    writeFileSync(file, '{"secretAccessKey": "the-secret" oops')
    expect(() => readCredentials(file)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('the-secret') }),
    )
    expect(() => readCredentials(file)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  test('let the server listen elsewhere; empty ones do not', async () => {
    const lake = await newLake()
    const server = await newServer(lake, {
      host: '0.0.0.0',
      credentials: { tokens: [{ name: 'x', token: 'x'.repeat(16) }] },
    })
    expect(
      (await fetch(server.url.replace('0.0.0.0', '127.0.0.1').concat('/v1/queries'), { method: 'POST' })).status,
    ).toBe(401)
    await expect(startServer({ lake, host: '0.0.0.0', port: 0, credentials: {} })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    await expect(startServer({ lake, host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
