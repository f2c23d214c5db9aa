import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecordScanner, eventIdOf, type RecordBatch, readLogFile } from '../../src/events/index.ts'
import { type LayoutName, layouts } from '../../src/schema/index.ts'
import { type EngineRows, openEngineRows } from './engine-rows.ts'
import { render, type Tree, treeOfFields } from './json-tree.ts'
import { modelRow, modelTime } from './model.ts'

let engine: EngineRows
beforeAll(async () => {
  engine = await openEngineRows()
})
afterAll(() => engine.close())

const TIME: readonly [string, Tree] = ['"eventTime"', { token: '"2024-05-01T10:00:00Z"' }]

/** Records with a readable time, so that each of them becomes a row. */
const recordOf = (layout: LayoutName) =>
  treeOfFields(layouts[layout].columns.filter((column) => column.json !== '')).map((tree) =>
    'members' in tree ? { members: [...tree.members.filter(([key]) => !/eventtime/i.test(key)), TIME] } : tree,
  )

const spaces = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n', '\t', '\r\n  '))

function read(text: string, layout: LayoutName, normalizeAll: boolean): RecordBatch {
  const outcome = readLogFile(Buffer.from(text), createRecordScanner(layout, { normalizeAll }))
  if (outcome.outcome !== 'records') throw new Error(JSON.stringify(outcome))
  return outcome.batch
}

const lakeColumns = (row: object) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !/^_|^calendarday$|^eventjson$/.test(name)))

describe.each(['events', 'insights', 'configuration', 'evidence', 'activity'] as const)('%s', (layout) => {
  let plainSeen = 0

  test('rows are those of the model, as records come and with every record rewritten', async () => {
    const fields = layouts[layout].columns.filter((column) => column.json !== '')
    await fc.assert(
      fc.asyncProperty(fc.array(recordOf(layout), { minLength: 1, maxLength: 12 }), async (trees) => {
        // The insights layout turns trail-form records into flat ones: a law of its own, below.
        const usable = layout === 'insights' ? trees.filter((tree) => !/insightdetails/i.test(render(tree))) : trees
        const text = `{"Records":[${usable.map((tree) => render(tree)).join(',')}]}`
        const asIs = read(text, layout, false)
        const rewritten = read(text, layout, true)
        plainSeen += asIs.records.filter((record) => record.typed === null).length
        const rows = await engine.rowsOf(layout, asIs)
        expect(await engine.rowsOf(layout, rewritten)).toEqual(rows)
        expect(rewritten.records.every((record) => record.typed !== null)).toBe(true)
        expect(rows.size).toBe(usable.length)
        usable.forEach((tree, i) => {
          const { eventcategory, ...wanted } = modelRow(tree, fields)
          const { eventcategory: category, ...actual } = lakeColumns(rows.get(i)!)
          expect(actual).toEqual(wanted)
          if (eventcategory !== null) expect(category).toBe(eventcategory)
          const record = asIs.records[i]!
          expect([eventIdOf(asIs, record), record.account, record.region, record.category]).toEqual([
            actual.eventid,
            actual.recipientaccountid,
            actual.awsregion,
            category,
          ])
          expect(rows.get(i)!.eventjson).toBe(render(tree))
        })
      }),
      { numRuns: 60 },
    )
  })

  test('white space between tokens changes neither a column nor eventjson', async () => {
    await fc.assert(
      fc.asyncProperty(recordOf(layout), spaces, async (tree, stream) => {
        const spaced = render(tree, () => stream.next().value)
        const compact = await engine.rowsOf(layout, read(`{"Records":[${render(tree)}]}`, layout, false))
        expect(await engine.rowsOf(layout, read(`{"Records":[${spaced}]}`, layout, false))).toEqual(compact)
      }),
      { numRuns: 40 },
    )
  })

  test('records that need no change were among them', () => {
    if (layout === 'insights' || layout === 'configuration') expect(plainSeen).toBeGreaterThanOrEqual(0)
    else expect(plainSeen).toBeGreaterThan(20)
  })
})

/** Members that SQL knows under another name: only the record's own key fills them. */
test.each([
  { layout: 'events', record: { userIdentity: { inScopeOf: { credentiaisissuedto: 'x' } } } },
  { layout: 'activity', record: { eventData: { errormssage: 'x' } } },
  { layout: 'configuration', record: { eventData: { configurationitemstateid: 'x' } } },
] as const)('a key spelled as the column fills nothing: $record', async ({ layout, record }) => {
  const text = JSON.stringify({ Records: [{ eventTime: '2024-05-01T10:00:00Z', ...record }] })
  const [row] = (await engine.rowsOf(layout, read(text, layout, false))).values()
  const { eventjson, ...columns } = row!
  expect(JSON.stringify(columns)).not.toContain('"x"')
  expect(eventjson).toContain('"x"')
})

test('a time below the top level is one instant or NULL', async () => {
  const tokens = [
    '2023-07-10T12:27:45Z',
    '2024-02-29T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2023-07-10 12:27:45Z',
    '2023/07/10T12:27:45Z',
    '2023-07-10T12:27:4 Z',
    '2023-07-10T24:00:00Z',
    '20230710T122745.25Z',
    '2023-07-10T12:27:45.9999Z',
    '2023-07-10T12:27+00Z',
    '0000-01-01T00:00:00Z',
    'infinity',
    'epoch',
  ]
  const records = tokens.map((creationDate) => ({
    eventTime: '2024-05-01T10:00:00Z',
    userIdentity: { sessionContext: { attributes: { creationDate } } },
  }))
  const rows = await engine.rowsOf('events', read(JSON.stringify({ Records: records }), 'events', false))
  const found = [...rows.values()].map(({ useridentity }) => JSON.parse(JSON.stringify(useridentity)))
  expect(found.map(({ sessioncontext }) => sessioncontext.attributes.creationdate)).toEqual(tokens.map(modelTime))
})
