import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ImportOptions, isTraillakeError, type Lake, type OpenLakeOptions, openLake } from '../src/index.ts'

const trails = join(import.meta.dirname, '../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-lake-test-'))
const location = join(folder, 'lake')

/** What an operation fails with: its code and message. */
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error: unknown) => (isTraillakeError(error) ? `${error.code}: ${error.message}` : `not ours: ${error}`),
  )

beforeAll(async () => {
  const lake = await openLake(location, { create: true, accountId: '123456789012', region: 'eu-west-1' })
  await lake.import(join(trails, 'invictus-2023'), { into: 'trail' })
  await lake.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const withLake = async <T>(options: OpenLakeOptions, use: (lake: Lake) => Promise<T>): Promise<T> => {
  const lake = await openLake(location, options)
  try {
    return await use(lake)
  } finally {
    await lake.close()
  }
}

describe('openLake', () => {
  test('makes a lake only where it is asked to', async () => {
    const elsewhere = join(folder, 'elsewhere')
    expect(await failure(openLake(elsewhere))).toMatch('LAKE_NOT_FOUND')
    expect(existsSync(elsewhere)).toBe(false)
    await (await openLake(elsewhere, { create: true })).close()
    await (await openLake(elsewhere)).close()
    await (await openLake(elsewhere, { create: true })).close()
  })

  test('accountId and region are those of ARNs, and stay', async () => {
    await withLake({}, async (lake) => {
      const { arn, id } = await lake.getEventDataStore('trail')
      expect(arn).toBe(`arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/${id}`)
      expect([lake.accountId, lake.region, lake.location, lake.readOnly]).toEqual([
        '123456789012',
        'eu-west-1',
        location,
        false,
      ])
    })
    await withLake({ accountId: '123456789012', region: 'eu-west-1' }, async () => undefined)
    expect(await failure(openLake(location, { accountId: '111122223333' }))).toBe(
      'INVALID_OPTION: option accountId is 123456789012 in this lake for good',
    )
    expect(await failure(openLake(location, { region: 'us-east-1' }))).toMatch('INVALID_OPTION: option region')
  })

  test('readOnly writes nothing at all', async () => {
    const look = () =>
      readdirSync(location, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return `${path} ${lstatSync(path).mtimeMs}`
      })
    const before = look()
    await withLake({ readOnly: true }, async (lake) => {
      await (await lake.query('SELECT count(*) FROM trail')).toArray()
      await (await lake.query('SELECT count(*) FROM traillake.source_files')).toArray()
      await lake.describe('trail')
      expect(lake.readOnly).toBe(true)
      expect(await failure(lake.createEventDataStore({ name: 'new' }))).toMatch('LAKE_READ_ONLY')
      expect(await failure(lake.updateEventDataStore('trail', { name: 'new' }))).toMatch('LAKE_READ_ONLY')
      expect(await failure(lake.deleteEventDataStore('trail'))).toMatch('LAKE_READ_ONLY')
      expect(await failure(lake.import(join(trails, 'versions'), { into: 'trail' }))).toMatch('LAKE_READ_ONLY')
    })
    expect(look()).toEqual(before)
    expect(await failure(openLake(join(folder, 'none'), { create: true, readOnly: true }))).toMatch('LAKE_READ_ONLY')
  })

  test('memoryBytes bounds what queries hold', async () => {
    const sql =
      'SELECT cardinality(array_agg(a.eventJson || b.eventID)) AS n FROM trail a CROSS JOIN (SELECT eventID FROM trail LIMIT 20) b'
    expect(await withLake({}, async (lake) => (await lake.query(sql)).toArray())).toEqual([{ n: 58_000 }])
    expect(
      await withLake({ memoryBytes: 40_000_000 }, async (lake) => failure(lake.query(sql).then((r) => r.toArray()))),
    ).toBe('EXCEEDED_MEMORY_LIMIT: Query exhausted resources at this scale factor')
  })

  test.skipIf(!existsSync('/proc/self/task'))('threads says how many threads run queries', async () => {
    const threads = async (count: number) => {
      const before = readdirSync('/proc/self/task').length
      return withLake({ threads: count }, async (lake) => {
        await (await lake.query('SELECT 1')).toArray()
        return readdirSync('/proc/self/task').length - before
      })
    }
    await threads(1)
    const [one, seven] = [await threads(1), await threads(7)]
    expect(seven - one).toBe(6)
  })

  test('tempDirectory is where queries spill, and is left empty', async () => {
    const spill = join(folder, 'spill')
    mkdirSync(spill)
    await withLake({ tempDirectory: spill }, async (lake) => {
      await (await lake.query('SELECT 1')).toArray()
      // The engine of queries, and that of the lake itself.
      expect(readdirSync(spill)).toHaveLength(2)
    })
    expect(readdirSync(spill)).toEqual([])
  })

  test.each([
    [{ memoryBytes: 1 }, 'memoryBytes'],
    [{ memoryBytes: Number.NaN }, 'memoryBytes'],
    [{ threads: 0 }, 'threads'],
    [{ threads: 1.5 }, 'threads'],
    [{ tempDirectory: '/nowhere/at/all' }, 'tempDirectory'],
    [{ tempDirectory: import.meta.filename }, 'tempDirectory'],
    [{ readOnly: 'yes' }, 'readOnly'],
    [{ create: 1 }, 'create'],
    [{ creat: true }, 'creat'],
    [{ create: true, accountId: '12' }, 'accountId'],
    [{ create: true, region: 'mars' }, 'region'],
  ])('refuses %j', async (options, name) => {
    const fresh = join(folder, 'never')
    expect(await failure(openLake(fresh, options as OpenLakeOptions))).toMatch(`INVALID_OPTION: option ${name}`)
    expect(existsSync(fresh)).toBe(false)
  })

  test('a lake that was moved, or is reached through a link, answers the same', async () => {
    const moved = join(folder, 'moved [1] *')
    cpSync(location, moved, { recursive: true })
    const link = join(folder, 'link')
    symlinkSync(moved, link)
    for (const path of [moved, link]) {
      const lake = await openLake(path, { readOnly: true })
      expect(await (await lake.query('SELECT count(*) AS n FROM trail')).toArray()).toEqual([{ n: 2900 }])
      await lake.close()
    }
  })
})

describe('a lake', () => {
  test('keeps event data stores: made, listed, found by name, id and ARN, changed, removed', async () => {
    const lake = await openLake(join(folder, 'stores'), { create: true })
    const made = await lake.createEventDataStore({ name: 'Org.trail', retentionDays: 90 })
    expect(await failure(lake.createEventDataStore({ name: 'org.TRAIL' }))).toMatch('EVENT_DATA_STORE_EXISTS')
    for (const reference of ['org.trail', made.id, made.id.toUpperCase(), made.arn]) {
      expect((await lake.getEventDataStore(reference)).id).toBe(made.id)
    }
    const updated = await lake.updateEventDataStore('Org.trail', { name: 'renamed', terminationProtected: true })
    expect([updated.id, updated.name, updated.retentionDays]).toEqual([made.id, 'renamed', 90])
    expect(await failure(lake.deleteEventDataStore('renamed'))).toMatch('TERMINATION_PROTECTED')
    await lake.updateEventDataStore('renamed', { terminationProtected: false })
    await lake.deleteEventDataStore(made.arn)
    expect(await lake.listEventDataStores()).toEqual([])
    expect(await failure(lake.getEventDataStore(made.id))).toMatch('EVENT_DATA_STORE_NOT_FOUND')
    expect(await failure(lake.describe('renamed'))).toMatch('EVENT_DATA_STORE_NOT_FOUND')
    await lake.close()
  })

  test('describes a store from its log', async () => {
    const description = await withLake({ readOnly: true }, (lake) => lake.describe('trail'))
    expect(description).toMatchObject({ name: 'trail', events: 2900, sourceFiles: 55, schema: 'events' })
    expect(description.oldestEventTime?.toISOString()).toMatch(/^2023-07-10T1\d:/)
    expect(Number(description.newestEventTime)).toBeGreaterThan(Number(description.oldestEventTime))
    const [first] = description.columns
    expect(first).toEqual({ name: 'eventversion', type: 'varchar', hidden: false })
    expect(
      description.columns
        .filter((c) => c.hidden)
        .map((c) => c.name)
        .sort(),
    ).toEqual(['$record', '$source', 'calendarday'])
    expect(description.columns.find((c) => c.name === 'eventtime')?.type).toBe('timestamp(3)')
  })

  test.each<[string, (lake: Lake) => Promise<unknown>]>([
    ['option layout must', (lake) => lake.import(trails, { into: 'new', layout: 'weekly' as 'date' })],
    ['option layout must', (lake) => lake.createEventDataStore({ name: 'new', layout: 'weekly' as 'date' })],
    ['option dryrun is not known', (lake) => lake.import(trails, { into: 'new', dryrun: true } as ImportOptions)],
    ['option retention is not known', (lake) => lake.createEventDataStore({ name: 'new', retention: 1 } as never)],
    ['option layout is not known', (lake) => lake.updateEventDataStore('trail', { layout: 'date' } as never)],
    ['option into must', (lake) => lake.import(trails, {} as ImportOptions)],
    ['option options must', (lake) => lake.import(trails, undefined as never)],
    ['option source must', (lake) => lake.import([], { into: 'new' })],
    ['option source must', (lake) => lake.import(5 as never, { into: 'new' })],
    ['a name is text', (lake) => lake.createEventDataStore({} as never)],
  ])('refuses what it does not know: %s', async (message, work) => {
    await withLake({}, async (lake) => {
      expect(await failure(work(lake))).toMatch(message)
      expect(await lake.listEventDataStores()).toHaveLength(1)
    })
  })

  test('describes a store of many files', async () => {
    await withLake({}, async (lake) => {
      await lake.import(join(trails, 'versions'), { into: 'many' })
      const { dataFiles, oldestEventTime, newestEventTime } = await lake.describe('many')
      expect(dataFiles).toBeGreaterThan(2)
      const times = await (
        await lake.query('SELECT min(eventtime), max(eventtime) FROM many', { rowMode: 'array' })
      ).toArray()
      const text = (time: Date | undefined) => time?.toISOString().replace('T', ' ').slice(0, -1)
      expect([[text(oldestEventTime), text(newestEventTime)]]).toEqual(times)
      const { version, fromMs, toMs } = await lake.eventTimes('many')
      expect([new Date(fromMs), new Date(toMs)]).toEqual([oldestEventTime, newestEventTime])
      await lake.import(join(trails, 'invictus-2023'), { into: 'many' })
      const { newestEventTime: newest } = await lake.describe('many')
      expect(await lake.eventTimes('many')).not.toMatchObject({ version })
      expect((await lake.eventTimes('many')).toMs).toBe(Number(newest))
      await lake.deleteEventDataStore('many')
    })
  })

  test('claims no times that the log does not tell', async () => {
    await withLake({}, async (lake) => {
      const { id } = await lake.createEventDataStore({ name: 'foreign' })
      expect(await lake.eventTimes('foreign')).toEqual({ version: 0, fromMs: Infinity, toMs: -Infinity })
      await lake.import(join(trails, 'invictus-2023'), { into: 'foreign' })
      const log = join(location, 'stores', id, 'events/_delta_log')
      const numbers = readdirSync(log).filter((name) => /^\d{20}\.json$/.test(name))
      const [newest] = numbers.sort().reverse()
      const next = String(numbers.length).padStart(20, '0')
      // Another writer adds a file of whose events it says nothing.
      const added = readFileSync(join(log, newest!), 'utf8')
        .split('\n')
        .find((line) => line.startsWith('{"add"'))
      const { stats: _, ...add } = (JSON.parse(added!) as { add: { stats: string; path: string } }).add
      writeFileSync(join(log, `${next}.json`), `${JSON.stringify({ add: { ...add, path: `${add.path}.other` } })}\n`)
      expect(await lake.eventTimes('foreign')).toMatchObject({ fromMs: -Infinity, toMs: Infinity })
      await lake.deleteEventDataStore('foreign')
    })
  })

  test('imports into a new store, says so, and does nothing the second time', async () => {
    const lake = await openLake(join(folder, 'imports'), { create: true })
    const kinds: string[] = []
    const options = { into: 'versions', onProgress: ({ kind }: { kind: string }) => kinds.push(kind) }
    const first = await lake.import([join(trails, 'versions'), join(trails, 'custodian')], options)
    expect(kinds).toContain('store-created')
    expect(first).toMatchObject({ read: 42, kept: 42, duplicate: 0, filtered: 0, quarantined: 0 })
    const second = await lake.import(join(trails, 'versions'), { into: 'versions' })
    expect(second).toMatchObject({ read: 0, filesAlreadyImported: 15 })
    await lake.close()
  })

  test('refuses everything once it is closed, and closes once', async () => {
    const lake = await openLake(location, { readOnly: true })
    const result = await lake.query('SELECT eventJson FROM trail')
    await Promise.all([lake.close(), lake.close()])
    expect(await failure(result.toArray())).toMatch('CANCELLED')
    for (const work of [
      lake.query('SELECT 1'),
      lake.listEventDataStores(),
      lake.describe('trail'),
      lake.import('.', { into: 'x' }),
    ]) {
      expect(await failure(work)).toBe('LAKE_CLOSED: the lake is closed')
    }
    await lake.close()
  })

  test('is released at the end of an await using block', async () => {
    const lake = await openLake(location, { readOnly: true })
    await lake[Symbol.asyncDispose]()
    expect(await failure(lake.listEventDataStores())).toMatch('LAKE_CLOSED')
  })
})

test('a store that waits for its deletion is not queried until it is restored', async () => {
  await withLake({}, async (lake) => {
    const { id } = await lake.createEventDataStore({ name: 'leaving' })
    await lake.updateEventDataStore(id, { deletedFrom: new Date(Date.now() + 86_400_000) })
    for (const name of ['leaving', id]) {
      expect(await failure(lake.query(`SELECT count(*) FROM ${name}`))).toMatch('EVENT_DATA_STORE_INACTIVE')
    }
    await lake.updateEventDataStore(id, { deletedFrom: null })
    expect(await (await lake.query('SELECT count(*) AS n FROM leaving')).toArray()).toEqual([{ n: 0 }])
    await lake.deleteEventDataStore(id)
  })
})
