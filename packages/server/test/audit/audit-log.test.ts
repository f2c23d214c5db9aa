import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lake } from '@traillake/core'
import { expect, test } from 'vitest'
import { call, NOBODY, newLake, newServer, ok } from '../support.ts'

const ask = async (lake: Lake, sql: string) => {
  const result = await lake.query(sql, { rowMode: 'array' })
  return result.toArray()
}

test('every call is an event of the store, with who, what and how it ended', async () => {
  const lake = await newLake()
  const tokens = [{ name: 'reader', token: 'token-of-a-reader', accountId: '111122223333' }]
  const server = await newServer(lake, { audit: true, credentials: { tokens } })
  const as = (token: string, operation: string, input: object) =>
    fetch(server.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-amz-target': `CloudTrail_20131101.${operation}`,
        'user-agent': 'test/1',
      },
      body: JSON.stringify(input),
    })
  const created = await as('token-of-a-reader', 'CreateEventDataStore', { Name: 'main', TagsList: [{ Key: 'a' }] })
  const { EventDataStoreArn } = await created.json()
  await as('token-of-a-reader', 'GetEventDataStore', { EventDataStore: NOBODY })
  await as('token-of-nobody', 'ListEventDataStores', {})
  const rest = (token: string, statement: string) =>
    fetch(`${server.url}/v1/queries`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ statement }),
    })
  await (await rest('token-of-a-reader', 'SELECT eventID FROM main')).text()
  await (await rest('token-of-a-reader', 'SELECT nothing FROM main')).text()
  await server.close()
  const rows = await ask(
    lake,
    `SELECT eventName, userIdentity.userName, userIdentity.accountId, errorCode, readOnly, userAgent = 'test/1',
       element_at(requestParameters, 'name'), element_at(responseElements, 'eventDataStoreArn'), element_at(requestParameters, 'statement')
     FROM "traillake-audit" ORDER BY eventSource, eventName, errorCode NULLS FIRST`,
  )
  expect(rows).toEqual([
    ['CreateEventDataStore', 'reader', '111122223333', null, false, true, 'main', EventDataStoreArn, null],
    ['GetEventDataStore', 'reader', '111122223333', 'EventDataStoreNotFound', true, true, null, null, null],
    ['ListEventDataStores', null, null, 'UnrecognizedClient', true, true, null, null, null],
    ['Query', 'reader', '111122223333', null, true, false, null, null, 'SELECT eventID FROM main'],
    ['Query', 'reader', '111122223333', 'COLUMN_NOT_FOUND', true, false, null, null, 'SELECT nothing FROM main'],
  ])
  // The request id of the event is the one that the caller saw.
  const ids = await ask(lake, `SELECT requestID FROM "traillake-audit" WHERE eventName = 'CreateEventDataStore'`)
  expect(ids).toEqual([[created.headers.get('x-amzn-requestid')]])
  expect(readdirSync(join(lake.location, 'journal'))).toEqual([])
})

test('what a server that died had in its journal is committed by the next one, once', async () => {
  const lake = await newLake()
  const event = (eventID: string) =>
    JSON.stringify({
      eventVersion: '1.11',
      eventTime: '2024-05-01T12:00:00Z',
      eventName: 'X',
      eventID,
      eventCategory: 'Management',
      recipientAccountId: '000000000000',
    })
  mkdirSync(join(lake.location, 'journal'))
  const left = join(lake.location, 'journal', `${NOBODY}.3.ndjson`)
  for (let time = 0; time < 2; time++) {
    // The last line was cut off.
    writeFileSync(left, `${event('a')}\n${event('b')}\n{"eventID":"c`)
    const server = await newServer(lake, { audit: true })
    await server.close()
    expect(readdirSync(join(lake.location, 'journal'))).toEqual([])
    expect(await ask(lake, `SELECT eventID FROM "traillake-audit" WHERE eventName = 'X' ORDER BY 1`)).toEqual([
      ['a'],
      ['b'],
    ])
  }
})

test('the journal of a server at work is left alone, and the audit store does not count as one of ten', async () => {
  const lake = await newLake()
  const first = await newServer(lake, { audit: true, maxEventDataStores: 1 })
  await ok(first.url, 'ListEventDataStores')
  const second = await newServer(lake, { audit: true })
  expect(readdirSync(join(lake.location, 'journal'))).toHaveLength(2)
  expect((await call(first.url, 'CreateEventDataStore', { Name: 'one' })).status).toBe(200)
  await second.close()
  await first.close()
  const names = await ask(lake, 'SELECT eventName FROM "traillake-audit" ORDER BY 1')
  expect(names).toEqual([['CreateEventDataStore'], ['ListEventDataStores']])
})
