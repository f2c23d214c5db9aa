import { beforeAll, describe, expect, test } from 'vitest'
import { newLake, newServer, runQuery, trails } from '../support.ts'

let url: string
let matched: (statement: string) => Promise<number | undefined>
beforeAll(async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  await lake.views.create('kept', "SELECT * FROM org WHERE eventName = 'Decrypt'")
  url = (await newServer(lake)).url
  matched = async (statement) => (await runQuery(url, statement)).QueryStatistics.EventsMatched
})

const count = async (where: string): Promise<number> => {
  const { rows } = await (
    await fetch(`${url}/v1/queries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statement: `SELECT count(*) FROM org o WHERE ${where}` }),
    })
  ).json()
  return rows[0][0]
}

const DECRYPT = "eventName = 'Decrypt'"

describe('EventsMatched is what a count of the same WHERE gives', () => {
  test.each([
    ['SELECT eventID FROM org', 'true'],
    ['SELECT count(*) FROM org', 'true'],
    ['SELECT eventName, count(*) AS n FROM org GROUP BY 1 ORDER BY 2 DESC LIMIT 3', 'true'],
    ['SELECT DISTINCT eventName FROM org', 'true'],
    [`SELECT eventID FROM org WHERE ${DECRYPT}`, DECRYPT],
    [`SELECT eventID, rank() OVER (ORDER BY eventTime) AS r FROM (org) AS o WHERE o.${DECRYPT} ORDER BY 2`, DECRYPT],
    [`SELECT eventID FROM org WHERE ${DECRYPT} LIMIT 1000`, DECRYPT],
    ['SELECT eventID FROM org WHERE false', 'false'],
    [
      'SELECT eventID FROM org WHERE eventName IN (SELECT max(eventName) FROM org)',
      'eventName IN (SELECT max(eventName) FROM org)',
    ],
  ])('%s', async (statement, where) => {
    expect(await matched(statement)).toBe(await count(where))
  })
})

describe('EventsMatched is left out where the answer does not tell it', () => {
  test.each([
    `SELECT count(*) FROM org WHERE ${DECRYPT}`,
    `SELECT DISTINCT awsRegion FROM org WHERE ${DECRYPT}`,
    `SELECT eventID FROM org WHERE ${DECRYPT} LIMIT 178`,
    `SELECT eventID FROM org WHERE ${DECRYPT} ORDER BY 1 FETCH FIRST ROW ONLY`,
    `SELECT eventID FROM org WHERE ${DECRYPT} OFFSET 1`,
    `SELECT a.eventID FROM org a JOIN org b ON a.eventID = b.eventID`,
    'SELECT a.eventID FROM org a, org b WHERE a.eventID = b.eventID',
    'SELECT eventID, (SELECT count(*) FROM org) AS n FROM org',
    'SELECT eventID FROM org TABLESAMPLE BERNOULLI (50)',
    'SELECT eventID FROM kept',
    'WITH o AS (SELECT * FROM org) SELECT eventID FROM o',
    'SELECT eventID FROM org UNION ALL SELECT eventID FROM org',
    'SELECT name FROM traillake.stores',
    'SELECT 1',
  ])('%s', async (statement) => {
    expect(await matched(statement)).toBeUndefined()
  })
})
