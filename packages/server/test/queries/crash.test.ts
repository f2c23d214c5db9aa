import { expect, test } from 'vitest'
import { serve } from '../programs/serve.ts'
import { ENDLESS, newLake, ok, runQuery, trails, until } from '../support.ts'

test('a killed server loses what it had under way, and nothing else', { timeout: 120_000 }, async () => {
  const lake = await newLake()
  await lake.import(trails, { into: 'org' })
  const { location } = lake
  const first = await serve(location)
  const finished = await runQuery(first.url, 'SELECT count(*) AS n FROM org')
  const { QueryId: cut } = await ok(first.url, 'StartQuery', { QueryStatement: ENDLESS('org') })
  const second = await serve(location)
  const { QueryId: other } = await ok(second.url, 'StartQuery', { QueryStatement: ENDLESS('org') })
  expect((await ok(second.url, 'DescribeQuery', { QueryId: cut })).QueryStatus).toMatch(/QUEUED|RUNNING/)
  await first.kill()
  const over = await until(
    () => ok(second.url, 'DescribeQuery', { QueryId: cut }),
    ({ QueryStatus }) => QueryStatus !== 'QUEUED' && QueryStatus !== 'RUNNING',
  )
  expect(over).toMatchObject({ QueryStatus: 'FAILED', ErrorMessage: expect.stringContaining('server') })
  expect((await ok(second.url, 'GetQueryResults', { QueryId: finished.QueryId })).QueryResultRows).toEqual([
    [{ n: '2900' }],
  ])
  expect((await ok(second.url, 'DescribeQuery', { QueryId: other })).QueryStatus).toMatch(/QUEUED|RUNNING/)
  await second.kill()
  // The third one finds two journals of servers that are gone, once their leases are over.
  await new Promise((resolve) => setTimeout(resolve, 3500))
  const third = await serve(location)
  const { QueryId } = await runQuery(
    third.url,
    `SELECT count_if(eventName = 'StartQuery') AS started, count(*) = count(DISTINCT eventID) AS once FROM "traillake-audit"`,
  )
  const { QueryResultRows } = await ok(third.url, 'GetQueryResults', { QueryId })
  expect(QueryResultRows).toEqual([[{ started: '3' }, { once: 'true' }]])
})
