import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { EventDataStore, Lake } from '@traillake/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, test } from 'vitest'
import type { AttributeKey } from '../../src/history/attributes.ts'
import { newestFirst } from '../../src/history/position.ts'
import { createStoreHistory, type StoreHistory, type StoreRequest } from '../../src/history/store-history.ts'
import { createStretches } from '../../src/history/stretches.ts'
import { newFolder, newLake, trails } from '../support.ts'

interface Known {
  readonly id: string
  readonly timeMs: number
  readonly name: string
}

let lake: Lake
let store: EventDataStore
/** All events, newest first, as the lake itself tells them. */
let all: readonly Known[]
beforeAll(async () => {
  lake = await newLake()
  await lake.import(trails, { into: 'org' })
  store = await lake.getEventDataStore('org')
  const sql = `SELECT eventID, CAST(to_unixtime(eventTime) * 1000 AS bigint), eventName FROM org
    WHERE eventCategory = 'Management' ORDER BY eventTime DESC, eventID DESC`
  const rows = (await (await lake.query(sql, { rowMode: 'array' })).toArray()) as [string, number, string][]
  all = rows.map(([id, timeMs, name]) => ({ id, timeMs, name }))
})

const everything: StoreRequest = { category: 'Management', fromMs: 0, toMs: 4_000_000_000_000 }
const by = (key: AttributeKey, value: string): StoreRequest => ({ ...everything, attribute: { key, value } })

/** A lake that counts the queries it is asked. */
function counting(of: Lake): { readonly lake: Lake; readonly count: () => number } {
  let asked = 0
  const query: Lake['query'] = (...args) => {
    asked += 1
    return of.query(...args)
  }
  return { lake: { ...of, query }, count: () => asked }
}

/** All ids of a request, in pages of some size. */
async function pages(history: StoreHistory, request: StoreRequest, size: number): Promise<readonly string[]> {
  const ids: string[] = []
  let after = request.after
  for (;;) {
    const page = await history.read(store, { ...request, ...(after ? { after } : {}) }, size)
    expect(page.events.length).toBeLessThanOrEqual(size)
    ids.push(...page.events.map(({ id }) => id))
    if (!page.end) return ids
    after = page.end
  }
}

test('any windows, attributes and pages give what the lake has there, in whatever order they are asked for', async () => {
  const history = createStoreHistory(lake)
  const [newest, oldest] = [all[0]!.timeMs, all.at(-1)!.timeMs]
  const time = fc.oneof(
    fc.integer({ min: oldest - 5000, max: newest + 5000 }),
    fc.nat(all.length - 1).map((i) => all[i]!.timeMs),
  )
  const place = fc.option(
    fc.nat(all.length - 1).map((i) => ({ timeMs: all[i]!.timeMs, id: all[i]!.id })),
    { nil: undefined },
  )
  const name = fc.option(
    fc.nat(all.length - 1).map((i) => all[i]!.name),
    { nil: undefined },
  )
  await fc.assert(
    fc.asyncProperty(
      time,
      time,
      place,
      name,
      fc.integer({ min: 1, max: 2000 }),
      async (a, b, after, eventName, count) => {
        const request: StoreRequest = {
          ...(eventName === undefined ? everything : by('EventName', eventName)),
          fromMs: Math.min(a, b),
          toMs: Math.max(a, b),
          ...(after ? { after } : {}),
        }
        const wanted = all.filter(
          (event) =>
            event.timeMs >= request.fromMs &&
            event.timeMs <= request.toMs &&
            (eventName === undefined || event.name === eventName) &&
            (!after || newestFirst(event, after) > 0),
        )
        const { events, end } = await history.read(store, request, count)
        expect(events.map(({ id }) => id)).toEqual(wanted.slice(0, count).map(({ id }) => id))
        if (wanted.length > count) expect(end).toMatchObject({ id: wanted[count - 1]!.id })
      },
    ),
    { numRuns: 60 },
  )
})

describe('what was read', () => {
  it('is not read again: twenty pages and the first one once more take one query', async () => {
    const { lake: counted, count } = counting(lake)
    const history = createStoreHistory(counted)
    let after: StoreRequest['after']
    for (let page = 0; page < 20; page++)
      after = (await history.read(store, { ...everything, ...(after ? { after } : {}) }, 50)).end
    expect(after).toMatchObject({ id: all[999]!.id })
    // The window of a call moves on with the clock.
    await history.read(store, { ...everything, fromMs: 5, toMs: everything.toMs + 5 }, 50)
    expect(count()).toBe(1)
    expect(await pages(history, everything, 700)).toEqual(all.map(({ id }) => id))
  })

  it('is read once for all who ask at the same time', async () => {
    const { lake: counted, count } = counting(lake)
    const history = createStoreHistory(counted)
    const answers = await Promise.all(Array.from({ length: 8 }, () => history.read(store, everything, 50)))
    expect(answers.map(({ events }) => events.length)).toEqual(Array(8).fill(50))
    expect(count()).toBe(1)
  })

  it('is what nothing was found of, too', async () => {
    const { lake: counted, count } = counting(lake)
    const history = createStoreHistory(counted)
    for (const key of ['EventId', 'Username'] as const) {
      const asked = count()
      expect(await pages(history, by(key, 'nobody'), 50)).toEqual([])
      const first = count()
      expect(await pages(history, by(key, 'nobody'), 50)).toEqual([])
      expect([first - asked > 0, count() - first]).toEqual([true, 0])
    }
  })

  it('is told apart by attribute and value', async () => {
    const history = createStoreHistory(lake)
    const names = [...new Set(all.map(({ name }) => name))].slice(0, 3)
    for (const name of names) {
      const wanted = all.filter((event) => event.name === name).map(({ id }) => id)
      expect(await pages(history, by('EventName', name), 50)).toEqual(wanted)
      expect(await pages(history, by('EventSource', name), 50)).toEqual([])
    }
  })
})

/** A file with one event. */
function logOf(id: string, minute: number): string {
  const record = {
    eventVersion: '1.08',
    eventTime: `2024-05-01T12:0${minute}:00Z`,
    eventID: id,
    eventCategory: 'Management',
    awsRegion: 'us-east-1',
  }
  const file = join(newFolder(), `111122223333_CloudTrail_us-east-1_20240501T120${minute}Z_${id}.json.gz`)
  writeFileSync(file, gzipSync(JSON.stringify({ Records: [{ ...record, recipientAccountId: '111122223333' }] })))
  return file
}

it('shows what was imported, and not what was undone, with the next request', async () => {
  const own = await newLake()
  const made = await own.createEventDataStore({ name: 'live' })
  const history = createStoreHistory(own)
  const ids = async () => (await history.read(made, everything, 50)).events.map(({ id }) => id)
  expect(await ids()).toEqual([])
  const add = (id: string, minute: number) => own.import(logOf(id, minute), { into: 'live' })
  await add('b', 1)
  expect(await ids()).toEqual(['b'])
  // One that is newer, and one that came late, between what was read before.
  const { importId } = await add('c', 2)
  await add('a', 0)
  expect(await ids()).toEqual(['c', 'b', 'a'])
  await own.imports.undo(importId)
  expect(await ids()).toEqual(['b', 'a'])
})

it('shows nothing of a store that was removed in one that was made with its id', async () => {
  const own = await newLake()
  const formerArn = 'arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/5f4d2b51-8f4b-4f0e-9c9f-0a2d3a5b7c11'
  const history = createStoreHistory(own)
  const read: (readonly string[])[] = []
  for (const id of ['a', 'b']) {
    const made = await own.createEventDataStore({ name: 'live', formerArn })
    await own.import(logOf(id, 1), { into: 'live' })
    read.push((await history.read(made, everything, 50)).events.map((event) => event.id))
    await own.deleteEventDataStore('live')
    await own.vacuum({ graceHours: 0, force: true })
  }
  expect(read).toEqual([['a'], ['b']])
})

describe('stretches', () => {
  const at = (timeMs: number) => ({ timeMs, id: '' })
  const stretch = (start: number, end: number, text = '') => ({
    start: at(start),
    events: [{ timeMs: start - 1, id: 'e', text }],
    end: at(end),
  })

  it('are found from their start to just before their end', () => {
    const stretches = createStretches(100_000)
    stretches.add('k', stretch(30, 20))
    const found = (key: string, timeMs: number) => stretches.find(key, at(timeMs)) !== undefined
    expect([31, 30, 21, 20].map((timeMs) => found('k', timeMs))).toEqual([false, true, true, false])
    expect(found('other', 30)).toBe(false)
  })

  it('go when there are too many: first what was not used for longest', () => {
    const stretches = createStretches(36_000)
    const text = 'x'.repeat(1000)
    for (const start of [30, 20, 10]) stretches.add('k', stretch(start, start - 10, text))
    stretches.find('k', at(30))
    stretches.add('k', stretch(40, 30, text))
    const found = [40, 30, 20, 10].map((start) => stretches.find('k', at(start)) !== undefined)
    expect(found).toEqual([true, true, false, true])
  })
})
