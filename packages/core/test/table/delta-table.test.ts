import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '../../src/storage/memory.ts'
import { createTable, openTable, parseSchemaString, tableExists } from '../../src/table/index.ts'
import {
  addOf,
  append,
  columns,
  digits,
  newTable,
  pathsOf,
  removeOf,
  stores,
  temporaryEngine,
  WRITE,
  writeForeign,
} from './helpers.ts'

describe.each(stores)('a table %s', (_, open) => {
  test('starts at version 0 with the one feature, its columns and no files', async () => {
    const store = await open()
    expect(await tableExists(store, 'events')).toBe(false)
    await expect(openTable(store, 'events')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    const table = await createTable(store, 'events', {
      name: 'x',
      columns,
      partitionColumns: ['eventname'],
      configuration: { a: 'b' },
    })
    expect(await tableExists(store, 'events')).toBe(true)
    const { metadata, protocol, version, files } = table.current()
    expect(version).toBe(0)
    expect(files.size).toBe(0)
    expect(protocol).toEqual({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz'],
      writerFeatures: ['timestampNtz'],
    })
    expect(parseSchemaString(metadata.schemaString)).toEqual(columns)
    expect(metadata).toMatchObject({
      name: 'x',
      partitionColumns: ['eventname'],
      format: { provider: 'parquet', options: {} },
    })
    expect(metadata.configuration).toEqual({ 'delta.checkpointInterval': '1000000', a: 'b' })
    const kinds = (await store.get(`events/_delta_log/${digits(0)}.json`))
      .toString()
      .trimEnd()
      .split('\n')
      .map((l) => Object.keys(JSON.parse(l))[0])
    expect(kinds).toEqual(['commitInfo', 'protocol', 'metaData'])
    await expect(createTable(store, 'events', { name: 'y', columns, partitionColumns: [] })).rejects.toMatchObject({
      code: 'COMMIT_CONFLICT',
    })
    expect((await openTable(store, 'events')).current().metadata.id).toBe(metadata.id)
  })

  test('keeps live files in commit order and the tombstones of others', async () => {
    const table = await newTable(await open())
    await append(table, 'a', 'b')
    await append(table, 'c')
    const before = table.current()
    const { snapshot, version } = await table.commit({
      snapshot: before,
      actions: [removeOf('a'), addOf('d')],
      commitInfo: WRITE,
    })
    expect(version).toBe(3)
    expect(pathsOf(snapshot)).toEqual(['b', 'c', 'd'])
    expect([...snapshot.removed.keys()]).toEqual(['a'])
    // A snapshot never changes under whoever holds it.
    expect(pathsOf(before)).toEqual(['a', 'b', 'c'])
    expect(before.removed.size).toBe(0)
    expect(pathsOf((await openTable(table.store, 'events')).current())).toEqual(['b', 'c', 'd'])
  })

  test('is advanced by reading what others committed', async () => {
    const store = await open()
    const [one, other] = [await newTable(store), await openTable(store, 'events')]
    await append(one, 'a')
    expect(other.current().version).toBe(0)
    expect(pathsOf(await other.refresh())).toEqual(['a'])
    for (let i = 0; i < 40; i++) await append(one, `b${i}`)
    expect((await other.refresh()).version).toBe(41)
    expect(pathsOf(other.current())).toEqual(pathsOf(one.current()))
    expect(await other.refresh()).toBe(other.current())
  })

  test('travels to every version by number and by time', async () => {
    const table = await newTable(await open())
    for (const path of ['a', 'b', 'c']) await append(table, path)
    const commits = []
    for await (const commit of table.history()) commits.push(commit)
    expect(commits.map((c) => c.version)).toEqual([3, 2, 1, 0])
    for (const { version, commitInfo } of commits) {
      const expected = ['a', 'b', 'c'].slice(0, version)
      expect(pathsOf(await table.snapshot({ version }))).toEqual(expected)
      expect((await table.snapshot({ timestampMs: commitInfo.timestamp! })).version).toBe(version)
    }
    const [newest] = commits
    expect((await table.snapshot({ timestampMs: newest!.commitInfo.timestamp! + 1e6 })).version).toBe(3)
    const missing = { code: 'TABLE_VERSION_NOT_FOUND' }
    for (const version of [4, -1, 1.5]) await expect(table.snapshot({ version })).rejects.toMatchObject(missing)
    await expect(table.snapshot({ timestampMs: commits[3]!.commitInfo.timestamp! - 1 })).rejects.toMatchObject(missing)
    expect((await table.snapshot()).version).toBe(3)
  })

  test('history stops at its limit and at the end of the log', async () => {
    const table = await newTable(await open())
    for (const path of ['a', 'b', 'c']) await append(table, path)
    const versions = async (limit?: number) => {
      const found = []
      for await (const { version } of table.history(limit === undefined ? {} : { limit })) found.push(version)
      return found
    }
    expect(await versions(2)).toEqual([3, 2])
    await table.store.delete(`events/_delta_log/${digits(1)}.json`)
    expect(await versions()).toEqual([3, 2])
    expect(await table.readCommit(1)).toBeUndefined()
  })
})

test('who asks for the newest state while another reading is past the end gets a reading of its own', async () => {
  const store = openMemoryStore()
  const writer = await newTable(store)
  let answers = Promise.resolve()
  let release = () => {}
  // Answers of the store are held back, as on a slow line.
  const slow = { ...store, get: (key: string) => store.get(key).finally(() => answers) }
  const reader = await openTable(slow, 'events')
  answers = new Promise((resolve) => {
    release = resolve
  })
  const first = reader.refresh()
  await new Promise((resolve) => setImmediate(resolve))
  await append(writer, 'a')
  const second = reader.refresh()
  const third = reader.refresh()
  release()
  expect((await first).version).toBe(0)
  expect([(await second).version, (await third).version]).toEqual([1, 1])
})

describe('the log of other writers', () => {
  test('files without commitInfo, added again, with paths to decode', async () => {
    const store = openMemoryStore()
    const table = await newTable(store)
    const add = (path: string, size: number) => ({
      add: { path, partitionValues: {}, size, modificationTime: 1, dataChange: true },
    })
    await writeForeign(store, 1, [add('a%20b/c%2525', 1), add('d', 1)])
    await writeForeign(store, 2, [add('a%20b/c%2525', 2)])
    const snapshot = await table.refresh()
    expect([...snapshot.files.values()].map((f) => [f.key, f.size])).toEqual([
      ['events/d', 1],
      ['events/a b/c%25', 2],
    ])
    expect(snapshot.timestampMs).toBeGreaterThan(1_600_000_000_000)
  })

  test('clocks that run back: a commit counts as made after the one before it', async () => {
    const store = openMemoryStore()
    const table = await newTable(store)
    const start = table.current().timestampMs
    for (const [version, timestamp] of [
      [1, start + 1000],
      [2, start + 500],
      [3, start + 2000],
    ] as const) {
      await writeForeign(store, version, [{ commitInfo: { timestamp } }])
    }
    const at = async (ms: number) => (await table.snapshot({ timestampMs: start + ms })).version
    expect([await at(999), await at(1000), await at(1001), await at(1999), await at(2000)]).toEqual([0, 1, 2, 2, 3])
    // Ours never runs back, whatever the clock says.
    await writeForeign(store, 4, [{ commitInfo: { timestamp: start + 1e9 } }])
    const { commitInfo } = await append(table, 'x')
    expect(commitInfo.timestamp).toBe(start + 1e9 + 1)
  })

  test('what is not ours in the log folder is passed over', async () => {
    const store = openMemoryStore()
    const table = await newTable(store)
    await append(table, 'a')
    for (const name of [
      '_trino_meta/extended_stats.json',
      `.${digits(9)}.json.crc`,
      `${digits(9)}.crc`,
      `${digits(9)}.json.tmp`,
      '9.json',
      `${digits(0)}.00000000000000000009.compacted.json`,
      'x/00000000000000000009.json',
    ]) {
      await store.put(`events/_delta_log/${name}`, Buffer.from('x'))
    }
    expect((await openTable(store, 'events')).current().version).toBe(1)
  })

  test.each([
    ['absolute path', 's3://bucket/x.parquet', 'TABLE_FEATURE_UNSUPPORTED'],
    ['a path that leaves the table', '..%2F..%2Fsecret', 'TABLE_CORRUPT'],
    ['a path that is no encoding', 'a%zz', 'TABLE_CORRUPT'],
  ])('%s is refused', async (_, path, code) => {
    const store = openMemoryStore()
    const table = await newTable(store)
    await writeForeign(store, 1, [
      { add: { path, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true } },
    ])
    await expect(table.refresh()).rejects.toMatchObject({ code })
    await expect(openTable(store, 'events')).rejects.toMatchObject({ code })
  })

  test('an unknown feature stops reading, a feature that only concerns writers stops writing', async () => {
    const store = openMemoryStore()
    const table = await newTable(store)
    const feature = (reader: string[], writer: string[]) => ({
      protocol: {
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ['timestampNtz', ...reader],
        writerFeatures: ['timestampNtz', ...writer],
      },
    })
    await writeForeign(store, 1, [feature([], ['clustering'])])
    await table.refresh()
    const before = table.current()
    await expect(append(table, 'a')).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
    await expect(table.checkpoint()).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
    await writeForeign(store, 2, [feature(['deletionVectors'], ['deletionVectors'])])
    await expect(table.refresh()).rejects.toThrow(/deletionVectors/)
    expect(table.current()).toBe(before)
  })
})

describe('a damaged log', () => {
  test.each([
    [
      'a gap',
      'commit 1 is missing',
      async (s: Awaited<ReturnType<(typeof stores)[0][1]>>) => s.delete(`events/_delta_log/${digits(1)}.json`),
    ],
    [
      'half a line',
      'commit 2',
      async (s) => s.put(`events/_delta_log/${digits(2)}.json`, Buffer.from('{"add":{"path":')),
    ],
    ['nothing', 'commit 2 is empty', async (s) => s.put(`events/_delta_log/${digits(2)}.json`, Buffer.from(''))],
    ['no text', 'no UTF-8', async (s) => s.put(`events/_delta_log/${digits(2)}.json`, Buffer.from([0x7b, 0xff]))],
    ['no beginning', 'commit 0 is missing', async (s) => s.delete(`events/_delta_log/${digits(0)}.json`)],
  ] as [string, string, (s: Awaited<ReturnType<(typeof stores)[0][1]>>) => Promise<void>][])(
    '%s is an error and not a shorter table',
    async (_, reason, damage) => {
      const store = openMemoryStore()
      const table = await newTable(store)
      for (const path of ['a', 'b', 'c']) await append(table, path)
      await damage(store)
      await expect(openTable(store, 'events', { engine: await temporaryEngine() })).rejects.toMatchObject({
        code: 'TABLE_CORRUPT',
        message: expect.stringContaining(reason),
      })
    },
  )
})

test.each([
  ['columns of one name', { columns: [columns[0]!, { ...columns[1]!, name: 'N' }], partitionColumns: [] }],
  ['a partition column that is not last', { columns, partitionColumns: ['n'] }],
  ['an unknown partition column', { columns, partitionColumns: ['x'] }],
  ['nothing but partition columns', { columns, partitionColumns: columns.map((c) => c.name) }],
])('%s are refused', async (_, options) => {
  const store = openMemoryStore()
  await expect(createTable(store, 'events', { name: 'x', ...options })).rejects.toThrow(TypeError)
  expect(await tableExists(store, 'events')).toBe(false)
})
