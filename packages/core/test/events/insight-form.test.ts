import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecordScanner, readLogFile } from '../../src/events/index.ts'
import { type EngineRows, openEngineRows } from './engine-rows.ts'

let engine: EngineRows
beforeAll(async () => {
  engine = await openEngineRows()
})
afterAll(() => engine.close())

async function insightRow(record: object): Promise<Readonly<Record<string, unknown>>> {
  const text = JSON.stringify({ Records: [{ eventTime: '2024-05-01T10:00:00Z', ...record }] })
  const read = readLogFile(Buffer.from(text), createRecordScanner('insights'))
  if (read.outcome !== 'records') throw new Error(JSON.stringify(read))
  return (await engine.rowsOf('insights', read.batch)).get(0)!
}

const context = (parts: object) => ({
  baselineaverage: null,
  insightaverage: null,
  baselineduration: null,
  insightduration: null,
  attributions: null,
  ...parts,
})

const noAverages = { insightvalue: null, insightaverage: null, baselinevalue: null, baselineaverage: null }

test.each([
  { name: 'no details', record: {}, wanted: { insightstate: null, insightcontext: null, insightdetails: null } },
  {
    name: 'flat members are taken as they are',
    record: { insightState: 'End', insightContext: { baselineAverage: 1.5, insightDuration: 7 } },
    wanted: { insightstate: 'End', insightcontext: context({ baselineaverage: 1.5, insightduration: 7 }) },
  },
  {
    name: 'a member of its own beats the details',
    record: { insightState: 'End', insightDetails: { state: 'Start', eventName: 'RunInstances' } },
    wanted: { insightstate: 'End', insighteventname: 'RunInstances' },
  },
  {
    name: 'the source is a trail',
    record: { insightDetails: { insightSource: 'arn:t', errorCode: 'Denied', insightType: 'ApiErrorRateInsight' } },
    wanted: { insightsource: 'arn:t', insighterrorcode: 'Denied', insighttype: 'ApiErrorRateInsight' },
  },
  {
    name: 'statistics without attributions',
    record: {
      insightDetails: { insightContext: { statistics: { insight: { average: 9.8e-5 }, insightDuration: 5 } } },
    },
    wanted: { insightcontext: context({ insightaverage: 0.000098, insightduration: 5 }) },
  },
  {
    name: 'an attribution with an empty and a missing list',
    record: { insightDetails: { insightContext: { attributions: [{ attribute: 'userAgent', baseline: [] }, 'odd'] } } },
    wanted: {
      insightcontext: context({
        attributions: [{ attribute: 'userAgent', ...noAverages, insight: null, baseline: [] }, null],
      }),
    },
  },
  {
    name: 'the first of several values, one without average',
    record: {
      insightDetails: {
        insightContext: {
          attributions: [{ attribute: 'errorCode', insight: [{ value: 'null' }, { value: 'x', average: 2 }] }],
        },
      },
    },
    wanted: {
      insightcontext: context({
        attributions: [
          {
            attribute: 'errorCode',
            ...noAverages,
            insightvalue: 'null',
            insight: [
              { value: 'null', average: null },
              { value: 'x', average: 2 },
            ],
            baseline: null,
          },
        ],
      }),
    },
  },
  {
    name: 'details that are no object',
    record: { insightDetails: 'gone', insightType: 'ApiCallRateInsight' },
    wanted: { insightdetails: null, insighttype: 'ApiCallRateInsight', insightcontext: null },
  },
  {
    name: 'a record without category',
    record: { eventType: 'AwsCloudTrailInsight' },
    wanted: { eventcategory: 'Insight' },
  },
])('$name', async ({ record, wanted }) => {
  expect(await insightRow(record)).toMatchObject(wanted)
})
