import { utimesSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { withFaults } from '../../src/storage/fault.ts'
import { openLocalStore } from '../../src/storage/local.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/object-store.ts'
import { listExpiredCommits, listExpiredLogFiles } from '../../src/table/cleanup.ts'
import { type CheckpointEngine, openTable, type Snapshot, type Table } from '../../src/table/index.ts'
import {
  append,
  digits,
  newTable,
  pathsOf,
  removeOf,
  stores,
  temporaryEngine,
  temporaryFolder,
  WRITE,
  writeForeign,
} from './helpers.ts'

const DAY = 86_400_000

/** Everything that a reader can tell of a state, but not when its tombstones end. */
const seen = ({ files, transactions, domains, metadata, protocol, version, timestampMs }: Snapshot) => ({
  files: [...files.values()],
  transactions: new Map([...transactions].map(([id, t]) => [id, { ...t }])),
  domains: new Map(domains),
  // A NULL in a checkpoint is a member that is not there.
  metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)),
  protocol,
  version,
  timestampMs,
})

async function deleteCommits(store: ObjectStore, from: number, to: number): Promise<void> {
  for (let version = from; version <= to; version++) await store.delete(`events/_delta_log/${digits(version)}.json`)
}

/** A table with everything that a checkpoint holds, at version 4. */
async function richTable(store: ObjectStore): Promise<Table> {
  const table = await newTable(store)
  await append(table, 'a', 'b%20c', 'gone')
  await table.commit({
    snapshot: table.current(),
    actions: [
      { txn: { appId: 'app', version: 3, lastUpdated: 5 } },
      { txn: { appId: 'other', version: 9007199254740991 } },
      removeOf('gone', Date.now() - DAY),
      {
        add: {
          path: 'd',
          partitionValues: {},
          size: 2 ** 40,
          modificationTime: 7,
          dataChange: true,
          stats: '{"numRecords":1,"minValues":{"s":"\\"ü😀\'\\n\\u0000"}}',
          tags: { k: 'v', n: null },
        },
      },
      { add: { path: 'no-stats', partitionValues: {}, size: 1, modificationTime: 7, dataChange: true } },
    ],
    commitInfo: WRITE,
  })
  await table.commit({
    snapshot: table.current(),
    actions: [{ txn: { appId: 'app', version: 4, lastUpdated: 6 } }],
    commitInfo: WRITE,
  })
  await writeForeign(store, 4, [
    { commitInfo: { timestamp: Date.now() + 5000 } },
    { domainMetadata: { domain: 'x', configuration: '{"a":1}', removed: false } },
    { remove: { path: 'long-gone', dataChange: false, deletionTimestamp: Date.now() - 8 * DAY } },
  ])
  await table.refresh()
  return table
}

describe.each(stores)('a checkpoint %s', (_, open) => {
  test('says the same as the commits it stands for, also when they are gone', async () => {
    const store = await open()
    const engine = await temporaryEngine()
    const table = await richTable(store)
    const before = await openTable(store, 'events', { engine })
    expect(await table.checkpoint()).toBe(true)
    const hint = JSON.parse((await store.get('events/_delta_log/_last_checkpoint')).toString())
    const file = await store.head(`events/_delta_log/${digits(4)}.checkpoint.parquet`)
    // protocol, metaData, two txn, a domain, four adds, one tombstone.
    expect(hint).toEqual({ version: 4, size: 10, sizeInBytes: file?.size, numOfAddFiles: 4 })
    await deleteCommits(store, 0, 3)
    const after = await openTable(store, 'events', { engine })
    expect(seen(after.current())).toEqual(seen(before.current()))
    expect([...after.current().removed.keys()]).toEqual(['gone'])
    expect(after.current().transactions.get('app')).toEqual({ appId: 'app', version: 4, lastUpdated: 6 })
    expect(after.current().removed.get('gone')).toMatchObject({ path: 'gone', dataChange: false })
    // Without an engine of the caller's one is opened for the purpose.
    expect(seen((await openTable(store, 'events')).current())).toEqual(seen(before.current()))

    await append(after, 'e')
    const again = await openTable(store, 'events', { engine })
    expect(pathsOf(again.current())).toEqual([...pathsOf(before.current()), 'e'])
    expect(await table.checkpoint()).toBe(true)
    expect(await table.checkpoint()).toBe(false)
    await deleteCommits(store, 0, 5)
    expect(pathsOf((await openTable(store, 'events', { engine })).current())).toEqual(pathsOf(again.current()))
  })

  test.each([
    'missing',
    'no JSON',
    'pointing to nothing',
    'of an older checkpoint',
    'of another kind',
    'pointing to a broken file',
  ])('a hint that is %s changes nothing', async (kind) => {
    const store = await open()
    const engine = await temporaryEngine()
    const table = await newTable(store)
    const hint = 'events/_delta_log/_last_checkpoint'
    await append(table, 'a')
    await table.checkpoint()
    const old = await store.get(hint)
    await append(table, 'b')
    await append(table, 'c')
    await table.checkpoint()
    await append(table, 'd')
    if (kind !== 'pointing to a broken file') await deleteCommits(store, 0, 2)
    const write = {
      missing: () => store.delete(hint),
      'no JSON': () => store.put(hint, Buffer.from('{"version":')),
      'pointing to nothing': () => store.put(hint, Buffer.from('{"version":77,"size":1}')),
      'of an older checkpoint': () => store.put(hint, old),
      'of another kind': () => store.put(hint, Buffer.from('{"version":3,"parts":0}')),
      'pointing to a broken file': () =>
        store.put(`events/_delta_log/${digits(3)}.checkpoint.parquet`, Buffer.from('PAR1')),
    }[kind]
    await write?.()
    const opened = await openTable(store, 'events', { engine })
    expect(opened.current().version).toBe(4)
    expect(pathsOf(opened.current())).toEqual(['a', 'b', 'c', 'd'])
  })

  test('old versions are read from the checkpoint below them as long as their commits are there', async () => {
    const store = await open()
    const table = await newTable(store)
    for (const path of ['a', 'b', 'c', 'd']) {
      await append(table, path)
      if (path === 'b') await table.checkpoint()
    }
    await table.checkpoint()
    await deleteCommits(store, 0, 1)
    expect(pathsOf(await table.snapshot({ version: 2 }))).toEqual(['a', 'b'])
    expect(pathsOf(await table.snapshot({ version: 3 }))).toEqual(['a', 'b', 'c'])
    await expect(table.snapshot({ version: 1 })).rejects.toMatchObject({ code: 'TABLE_VERSION_NOT_FOUND' })
    await deleteCommits(store, 3, 3)
    await expect(table.snapshot({ version: 3 })).rejects.toMatchObject({ code: 'TABLE_VERSION_NOT_FOUND' })
    expect(pathsOf(await table.snapshot({ version: 4 }))).toEqual(['a', 'b', 'c', 'd'])
  })
})

test('is due after a hundred commits or four megabytes of them', async () => {
  const table = await newTable(openMemoryStore())
  for (let i = 1; i < 99; i++) await append(table, `f${i}`)
  expect(await table.checkpointIfDue()).toBe(false)
  await append(table, 'f99')
  expect(await table.checkpointIfDue()).toBe(true)
  expect(await table.checkpointIfDue()).toBe(false)
  const large = {
    add: {
      path: 'large',
      partitionValues: {},
      size: 1,
      modificationTime: 1,
      dataChange: true,
      stats: JSON.stringify({ x: 'y'.repeat(4_100_000) }),
    },
  }
  await table.commit({ snapshot: table.current(), actions: [large], commitInfo: WRITE })
  expect(await table.checkpointIfDue()).toBe(true)
  const again = await openTable(table.store, 'events')
  expect(again.current().files.size).toBe(100)
  expect(await again.checkpointIfDue()).toBe(false)
})

test('is not written when the log holds actions that it would drop', async () => {
  const store = openMemoryStore()
  const table = await newTable(store)
  await writeForeign(store, 1, [{ newKind: { x: 1 } }])
  expect(await table.checkpoint()).toBe(false)
  expect(await store.head('events/_delta_log/_last_checkpoint')).toBeUndefined()
  expect(table.current().unknownActions).toEqual(new Set(['newKind']))
})

test('is not announced when fewer files came out than went in', async () => {
  const store = openMemoryStore()
  const engine = await temporaryEngine()
  await append(await newTable(store), 'a', 'b')
  // An engine that loses a row.
  const lossy: CheckpointEngine = {
    scratch: engine.scratch,
    rows: engine.rows,
    run: (sql) => engine.run(sql.replace('}))', "}) WHERE add.path IS DISTINCT FROM 'a')")),
  }
  const table = await openTable(store, 'events', { engine: lossy })
  await expect(table.checkpoint()).rejects.toMatchObject({ code: 'TABLE_CORRUPT' })
  expect(await store.head(`events/_delta_log/${digits(1)}.checkpoint.parquet`)).toBeUndefined()
  expect(await store.head('events/_delta_log/_last_checkpoint')).toBeUndefined()
})

test('two that write the same version agree', async () => {
  const store = openMemoryStore()
  const one = await newTable(store)
  await append(one, 'a')
  const two = await openTable(store, 'events')
  expect(await Promise.all([one.checkpoint(), two.checkpoint()])).toEqual([true, true])
  await deleteCommits(store, 0, 0)
  expect(pathsOf((await openTable(store, 'events')).current())).toEqual(['a'])
})

test('a failed write leaves the table as it was', async () => {
  const store = openMemoryStore()
  await append(await newTable(store), 'a')
  const table = await openTable(
    withFaults(store, ({ operation }) => (operation === 'putFile' ? { kind: 'fail', errno: 'ENOSPC' } : undefined)),
    'events',
  )
  await expect(table.checkpoint()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  expect(pathsOf((await openTable(store, 'events')).current())).toEqual(['a'])
})

describe('checkpoints of other writers', () => {
  /** Writes SQL's result as the checkpoint of version 2 over a log whose commits are gone. */
  async function withCheckpoint(selects: readonly string[], parts = 1) {
    const store = openMemoryStore()
    const engine = await temporaryEngine()
    const table = await newTable(store)
    const { metadata } = table.current()
    await append(table, 'x')
    await append(table, 'y')
    const meta = `{'id': '${metadata.id}', 'format': {'provider': 'parquet'}, 'schemaString': '${metadata.schemaString}', 'partitionColumns': []::VARCHAR[], 'configuration': MAP{'a': 'b'}}`
    const protocol = `{'minReaderVersion': 3, 'minWriterVersion': 7, 'readerFeatures': ['timestampNtz'], 'writerFeatures': ['timestampNtz']}`
    const all = [`SELECT ${protocol} AS protocol, ${meta} AS metaData`, ...selects].join(' UNION ALL BY NAME ')
    const { readFile } = await import('node:fs/promises')
    for (let part = 1; part <= parts; part++) {
      const path = `${engine.scratch}/foreign-${part}.parquet`
      await engine.run(
        `COPY (SELECT * EXCLUDE (i) FROM (SELECT *, row_number() OVER () AS i FROM (${all})) WHERE i % ${parts} = ${part - 1}) TO '${path}' (FORMAT parquet)`,
      )
      const infix = parts === 1 ? '' : `.${String(part).padStart(10, '0')}.${String(parts).padStart(10, '0')}`
      await store.put(`events/_delta_log/${digits(2)}.checkpoint${infix}.parquet`, await readFile(path))
    }
    await deleteCommits(store, 0, 2)
    return { store, engine }
  }

  const add = (extra = '') =>
    `SELECT {'path': 'p%20q', 'partitionValues': MAP{'date': '2024-01-01', 'x': NULL}, 'size': 5, 'modificationTime': 6, 'dataChange': false${extra}} AS add`

  test('with more and fewer members than ours', async () => {
    const { store, engine } = await withCheckpoint([
      add(
        ", 'stats_parsed': {'numRecords': 3, 'minValues': {'t': TIMESTAMP '2024-01-01 10:00:00'}}, 'partitionValues_parsed': {'date': 1}, 'deletionVector': NULL::STRUCT(storageType VARCHAR)",
      ),
      `SELECT {'path': 'r'} AS remove`,
      `SELECT {'appId': 'app', 'version': 8} AS txn`,
    ])
    const { files, removed, transactions } = (await openTable(store, 'events', { engine })).current()
    expect([...files.values()]).toEqual([
      {
        path: 'p%20q',
        key: 'events/p q',
        partitionValues: { date: '2024-01-01', x: null },
        size: 5,
        modificationTime: 6,
        stats: expect.any(String),
      },
    ])
    expect(JSON.parse([...files.values()][0]!.stats!)).toEqual({
      numRecords: 3,
      minValues: { t: '2024-01-01 10:00:00' },
    })
    expect([...removed.keys()]).toEqual(['r'])
    expect(transactions.get('app')).toEqual({ appId: 'app', version: 8 })
  })

  test('in several parts, and not while a part is missing', async () => {
    const { store, engine } = await withCheckpoint([add(), add().replace('p%20q', 'z')], 3)
    await store.put('events/_delta_log/_last_checkpoint', Buffer.from('{"version":2,"size":3,"parts":3}'))
    expect(new Set(pathsOf((await openTable(store, 'events', { engine })).current()))).toEqual(new Set(['p%20q', 'z']))
    await store.delete('events/_delta_log/_last_checkpoint')
    expect((await openTable(store, 'events', { engine })).current().files.size).toBe(2)
    await store.delete(`events/_delta_log/${digits(2)}.checkpoint.0000000001.0000000003.parquet`)
    await expect(openTable(store, 'events', { engine })).rejects.toThrow()
  })

  test('with a deletion vector: refused', async () => {
    const { store, engine } = await withCheckpoint([add(", 'deletionVector': {'storageType': 'u'}")])
    await expect(openTable(store, 'events', { engine })).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
  })

  test('of the second kind: refused, also when nothing else is there', async () => {
    const { store, engine } = await withCheckpoint([`SELECT {'path': 'x'} AS sidecar`])
    await expect(openTable(store, 'events', { engine })).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
    await store.delete(`events/_delta_log/${digits(2)}.checkpoint.parquet`)
    await store.put(
      `events/_delta_log/${digits(2)}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`,
      Buffer.from('{}'),
    )
    await expect(openTable(store, 'events', { engine })).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
  })

  test('with actions that we do not know: read, and no checkpoint of ours over it', async () => {
    const { store, engine } = await withCheckpoint([add(), `SELECT {'x': 1} AS newKind`])
    const table = await openTable(store, 'events', { engine })
    expect(table.current().unknownActions).toEqual(new Set(['newKind']))
    await append(table, 'more')
    expect(await table.checkpoint()).toBe(false)
  })
})

describe('commits that may be cleaned away', () => {
  const commit = (version: number) => `events/_delta_log/${digits(version)}.json`

  test('are old and below the checkpoint that the hint names, oldest first', async () => {
    const table = await newTable(openMemoryStore())
    for (const path of ['a', 'b', 'c', 'd']) await append(table, path)
    const later = Date.now() + 31 * DAY
    expect(await listExpiredCommits(table, { nowMs: later })).toEqual([])
    await table.checkpoint()
    await append(table, 'e')
    expect(await listExpiredCommits(table, { nowMs: later })).toEqual([0, 1, 2, 3].map(commit))
    expect(await listExpiredCommits(table, { nowMs: later, keepFrom: 2 })).toEqual([0, 1].map(commit))
    expect(await listExpiredCommits(table, { nowMs: Date.now() + 29 * DAY })).toEqual([])
    await table.store.delete(`events/_delta_log/${digits(4)}.checkpoint.parquet`)
    expect(await listExpiredCommits(table, { nowMs: later })).toEqual([])
  })

  test.each([
    ['interval 7 days', 8, 4],
    ['interval 7 days', 6, 0],
    ['interval 1 week 2 days', 8, 0],
    ['interval 1 week 2 days', 10, 4],
    ['interval forever', 1e4, 0],
  ])('%s, after %d days: %d of them', async (duration, days, expected) => {
    const table = await newTable(openMemoryStore())
    const { metadata } = table.current()
    const metaData = {
      ...metadata,
      configuration: { ...metadata.configuration, 'delta.logRetentionDuration': duration },
    }
    await table.commit({
      snapshot: table.current(),
      actions: [{ metaData }],
      commitInfo: { operation: 'SET TBLPROPERTIES' },
    })
    for (const path of ['a', 'b', 'c']) await append(table, path)
    await table.checkpoint()
    expect(await listExpiredCommits(table, { nowMs: Date.now() + days * DAY })).toHaveLength(expected)
  })

  test('versions that were the newest one within the retention can still be read', async () => {
    const store = openLocalStore(await temporaryFolder())
    const table = await newTable(store)
    const ages = [50, 45, 40, 38, 36, 34, 25, 20, 5]
    for (const [i] of ages.entries()) {
      if (i > 0) await append(table, `f${i}`)
      if (i === 2 || i === 5 || i === 7) await table.checkpoint()
    }
    for (const [version, days] of ages.entries()) {
      const seconds = (Date.now() - days * DAY) / 1000
      utimesSync(store.localPath(`events/_delta_log/${digits(version)}.json`)!, seconds, seconds)
    }
    const log = (name: string) => `events/_delta_log/${name}`
    const wanted = [0, 1, 2, 3, 4].map((version) => log(`${digits(version)}.json`))
    // Version 5 was the newest one 30 days ago: it and its checkpoint stay, the newer checkpoint 7 notwithstanding.
    expect(await listExpiredCommits(table, { nowMs: Date.now() })).toEqual(wanted)
    const expired = await listExpiredLogFiles(table, { nowMs: Date.now() })
    expect(expired).toEqual([...wanted, log(`${digits(2)}.checkpoint.parquet`)])
    for (const key of expired) await store.delete(key)
    const fresh = await openTable(store, 'events', { engine: await temporaryEngine() })
    for (const version of [5, 6, 7, 8]) {
      expect(pathsOf(await fresh.snapshot({ version }))).toHaveLength(version)
    }
    await expect(fresh.snapshot({ version: 4 })).rejects.toMatchObject({ code: 'TABLE_VERSION_NOT_FOUND' })
  })
})
