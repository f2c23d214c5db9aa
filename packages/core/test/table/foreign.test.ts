import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { writeParquet } from '../../src/engine/write-parquet.ts'
import { array, BIGINT, DATE, map, row, TIMESTAMP, VARCHAR } from '../../src/schema/types.ts'
import { openLocalStore } from '../../src/storage/local.ts'
import {
  buildStats,
  createTable,
  dataFileName,
  fileStats,
  makeAdd,
  makeRemove,
  openTable,
  parseTimestampStat,
  pruneFiles,
  type Snapshot,
  type Table,
} from '../../src/table/index.ts'
import { digits, temporaryEngine, temporaryFolder } from './helpers.ts'

const python = process.env.TRAILLAKE_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('./programs/foreign.py', import.meta.url))
const hasModules = spawnSync(python, ['-c', 'import deltalake, polars, pyarrow']).status === 0
if (!hasModules) {
  console.warn(
    `SKIPPED: ${python} lacks deltalake, polars or pyarrow; name an interpreter that has them in TRAILLAKE_PYTHON`,
  )
}

async function foreign(verb: string, folder: string, ...rest: (string | number)[]) {
  const { stdout } = await promisify(execFile)(python, [program, verb, folder, ...rest.map(String)], { maxBuffer: 1e8 })
  return JSON.parse(stdout)
}

const partitionColumns = ['account', 'region', 'date']
const columns = [
  { name: 'n', type: BIGINT },
  { name: 'eventtime', type: TIMESTAMP },
  { name: 'eventname', type: VARCHAR },
  {
    name: 'identity',
    type: row([
      { name: 'arn', type: VARCHAR },
      { name: 'since', type: TIMESTAMP },
    ]),
  },
  { name: 'parameters', type: map(VARCHAR, VARCHAR) },
  { name: 'tags', type: array(VARCHAR) },
  { name: 'account', type: VARCHAR },
  { name: 'region', type: VARCHAR },
  { name: 'date', type: DATE },
]

type Engine = Awaited<ReturnType<typeof temporaryEngine>>

async function setUp() {
  const engine = await temporaryEngine()
  const store = openLocalStore(await temporaryFolder())
  const table = await createTable(store, 'events', { name: 'cloudtrail', columns, partitionColumns, engine })
  return { engine, table, folder: store.localPath('events')! }
}

/** Writes `count` rows from number `first` on into one partition. */
async function writeRows(
  table: Table,
  engine: Engine,
  first: number,
  count: number,
  partitionValues: Record<string, string | null>,
) {
  const name = dataFileName(partitionColumns, partitionValues, randomUUID())
  const path = join(engine.scratch, name)
  await mkdir(dirname(path), { recursive: true })
  const start = `${partitionValues.date ?? '2020-01-01'} 00:00:00.001`
  const written = await engine.withConnection((connection) =>
    writeParquet(connection, {
      path,
      query: `SELECT n, TIMESTAMP '${start}' + to_seconds(n) AS eventtime,
        CASE WHEN n % 3 > 0 THEN repeat('Événement', (n % 5)::INT) || n END AS eventname,
        CASE WHEN n % 4 > 0 THEN {'arn': 'arn:' || n, 'since': TIMESTAMP '2020-02-02 02:02:02.002'} END AS identity,
        CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN MAP([]::VARCHAR[], []::VARCHAR[]) ELSE MAP{'k': 'v' || n, 'none': NULL} END AS parameters,
        CASE WHEN n % 2 > 0 THEN ['a', NULL, 'b' || n] END AS tags
        FROM (SELECT unnest(range(${first}, ${first + count}))::BIGINT AS n)`,
    }),
  )
  const stats = buildStats(written.rows, [
    {
      name: 'n',
      kind: 'integer',
      min: BigInt(written.columns.get('n')!.min!),
      max: BigInt(written.columns.get('n')!.max!),
      nullCount: 0,
    },
    {
      name: 'eventtime',
      kind: 'timestamp',
      min: parseTimestampStat(written.columns.get('eventtime')!.min!)!,
      max: parseTimestampStat(written.columns.get('eventtime')!.max!)!,
      nullCount: 0,
    },
    {
      name: 'eventname',
      kind: 'string',
      min: written.columns.get('eventname')?.min ?? null,
      max: written.columns.get('eventname')?.max ?? null,
      nullCount: written.columns.get('eventname')?.nullCount ?? 0,
    },
  ])
  const info = await table.store.putFile(`events/${name}`, path)
  return makeAdd({ name, partitionValues, size: info.size, modifiedMs: info.modifiedMs, stats, dataChange: true })
}

/** The rows of a state as DuckDB reads them from our list of files, in the form of the Python program. */
async function rowsOf(engine: Engine, table: Table, snapshot: Snapshot): Promise<unknown[]> {
  const paths = [...snapshot.files.values()].map((f) => `'${table.store.localPath(f.key)!.replaceAll("'", "''")}'`)
  const sql = `SELECT to_json({n: n, eventtime: strftime(eventtime, '%Y-%m-%dT%H:%M:%S.%g'), eventname: eventname,
      identity: CASE WHEN identity IS NOT NULL THEN {arn: identity.arn, since: strftime(identity.since, '%Y-%m-%dT%H:%M:%S.%g')} END,
      parameters: parameters, tags: tags, account: account, region: region, date: date})::VARCHAR
    FROM read_parquet([${paths.join()}], hive_partitioning=true, union_by_name=true,
      hive_types={'account': VARCHAR, 'region': VARCHAR, 'date': DATE}) ORDER BY n`
  const rows: unknown[] = []
  for await (const batch of engine.rows(sql)) for (const [json] of batch) rows.push(JSON.parse(json!))
  return rows
}

const PARTITIONS = [
  { account: '111122223333', region: 'us-east-1', date: '2024-05-01' },
  { account: '111122223333', region: 'us-east-1', date: '2024-05-02' },
  { account: '111122223333', region: null, date: '2024-05-02' },
  { account: null, region: null, date: null },
  // None of these is ever written by an import; the encoding must hold all the same.
  { account: "it's", region: 'a b', date: '2024-05-03' },
  { account: 'ü', region: 'a/b', date: '2024-05-03' },
  { account: 'a%2Fb', region: 'x#y?z', date: '2024-05-03' },
]

async function fill(table: Table, engine: Engine, perFile = 20): Promise<void> {
  let first = 0
  for (const partition of PARTITIONS) {
    const add = await writeRows(table, engine, first, perFile, partition)
    await table.commit({
      snapshot: table.current(),
      actions: [{ add }],
      commitInfo: { operation: 'WRITE', traillake: { ledger: [] } },
    })
    first += perFile
  }
}

describe.skipIf(!hasModules)('delta-rs and Polars', () => {
  test('read our table as we do: from commits, after compaction, and from our checkpoint alone', async () => {
    const { engine, table, folder } = await setUp()
    await fill(table, engine)
    const ours = await rowsOf(engine, table, table.current())
    expect(ours).toHaveLength(20 * PARTITIONS.length)

    const theirs = await foreign('read', folder)
    expect(theirs['delta-rs']).toEqual(ours)
    expect(theirs.polars).toEqual(ours)
    expect(theirs.version).toBe(PARTITIONS.length)
    expect(theirs.operations).toEqual([...PARTITIONS.map(() => 'WRITE'), 'CREATE TABLE'])
    expect(theirs.types).toMatchObject({
      n: 'int64',
      eventtime: 'timestamp[us]',
      date: expect.stringMatching(/^date32/),
    })
    expect(await foreign('read_day', folder, '2024-05-02')).toEqual({ files: 2 })

    // Two files of one partition become one; a row fewer would show.
    const [partition] = PARTITIONS
    const extra = await writeRows(table, engine, 1000, 5, partition!)
    await table.commit({ snapshot: table.current(), actions: [{ add: extra }], commitInfo: { operation: 'WRITE' } })
    const both = await rowsOf(engine, table, table.current())
    const inputs = [...table.current().files.values()].filter(
      (f) => f.partitionValues.account === partition!.account && f.partitionValues.date === partition!.date,
    )
    expect(inputs).toHaveLength(2)
    const outputs = [
      await writeRows(table, engine, 0, 20, partition!),
      await writeRows(table, engine, 1000, 5, partition!),
    ]
    await table.commit({
      snapshot: table.current(),
      actions: [
        ...inputs.map((f) => ({ remove: makeRemove(f, { deletionTimestampMs: Date.now(), dataChange: false }) })),
        ...outputs.map((add) => ({ add: { ...add, dataChange: false } })),
      ],
      commitInfo: { operation: 'OPTIMIZE', isBlindAppend: false },
    })
    expect((await foreign('read', folder))['delta-rs']).toEqual(both)

    expect(await table.checkpoint()).toBe(true)
    const { version } = table.current()
    for (let v = 0; v < version; v++) await table.store.delete(`events/_delta_log/${digits(v)}.json`)
    const after = await foreign('read', folder)
    expect(after['delta-rs']).toEqual(both)
    expect(after.polars).toEqual(both)
  })

  test('append, compact and checkpoint, and we read what they left', async () => {
    const { engine, table, folder } = await setUp()
    await fill(table, engine)
    const before = await rowsOf(engine, table, table.current())
    await foreign('append', folder, 5000, 12)
    const appended = await rowsOf(engine, table, await table.refresh())
    expect(appended).toHaveLength(before.length + 12)
    expect(appended.slice(0, before.length)).toEqual(before)
    expect(appended[before.length]).toEqual({
      n: 5000,
      eventtime: '2024-05-01T12:00:00.123',
      eventname: 'Foreign0',
      identity: { arn: 'arn', since: '2024-05-01T00:00:00.000' },
      parameters: { a: 'b', c: null },
      tags: ['x', null],
      account: '999988887777',
      region: null,
      date: '2024-05-01',
    })
    expect((await foreign('read', folder)).polars).toEqual(appended)
    // Their statistics are read: every file counts its rows, and times prune.
    const files = [...table.current().files.values()]
    expect(files.reduce((sum, f) => sum + fileStats(f).numRecords!, 0)).toBe(appended.length)
    const noon = Date.UTC(2024, 4, 1, 12, 0, 0, 123)
    const columnsToPrune = { time: 'eventtime' }
    const kept = pruneFiles(files, { minTimeMs: noon, maxTimeMs: noon }, columnsToPrune)
    expect(new Set(kept.map((f) => f.partitionValues.account))).toEqual(new Set(['999988887777']))

    // We write beside them, they compact and checkpoint.
    const add = await writeRows(table, engine, 9000, 5, { account: '999988887777', region: null, date: '2024-05-01' })
    await table.commit({ snapshot: table.current(), actions: [{ add }], commitInfo: { operation: 'WRITE' } })
    const all = await rowsOf(engine, table, table.current())
    const filesBefore = table.current().files.size
    const { numFilesRemoved } = await foreign('compact', folder)
    expect(numFilesRemoved).toBeGreaterThan(0)
    expect(await rowsOf(engine, table, await table.refresh())).toEqual(all)
    expect(table.current().files.size).toBeLessThan(filesBefore)
    await foreign('checkpoint', folder)
    const { version } = table.current()
    expect(await table.store.head(`events/_delta_log/${digits(version)}.checkpoint.parquet`)).toBeDefined()
    for (let v = 0; v < version; v++) await table.store.delete(`events/_delta_log/${digits(v)}.json`)
    const opened = await openTable(table.store, 'events', { engine })
    expect(await rowsOf(engine, opened, opened.current())).toEqual(all)
    const stated = (snapshot: Snapshot) =>
      [...snapshot.files.values()].map((f) => [f.path, f.size, f.partitionValues, fileStats(f)]).sort()
    expect(stated(opened.current())).toEqual(stated(table.current()))
    // And a checkpoint of ours over theirs.
    const more = await writeRows(table, engine, 9500, 1, PARTITIONS[0]!)
    await opened.commit({ snapshot: opened.current(), actions: [{ add: more }], commitInfo: { operation: 'WRITE' } })
    expect(await opened.checkpoint()).toBe(true)
    expect((await foreign('read', folder))['delta-rs']).toHaveLength(all.length + 1)
  })

  test('write at the same time as we do, and both lose nothing', async () => {
    const { engine, table, folder } = await setUp()
    await fill(table, engine, 1)
    const theirs = (async () => {
      for (let i = 0; i < 4; i++) await foreign('append', folder, 10_000 + i * 10, 3)
    })()
    let ours = 0
    let done = false
    theirs
      .finally(() => {
        done = true
      })
      .catch(() => undefined)
    while (!done) {
      const add = await writeRows(table, engine, 100 + ours, 1, PARTITIONS[0]!)
      await table.commit({
        snapshot: table.current(),
        actions: [{ add }],
        commitInfo: { operation: 'WRITE', isBlindAppend: true },
      })
      ours += 1
      // delta-rs gives up after 15 lost races: somebody who never pauses would starve it.
      await sleep(40)
    }
    await theirs
    const rows = (await rowsOf(engine, table, await table.refresh())) as { n: number }[]
    expect(new Set(rows.map((r) => r.n)).size).toBe(rows.length)
    expect(rows).toHaveLength(PARTITIONS.length + ours + 12)
    expect((await foreign('read', folder)).polars).toEqual(rows)
  })
})
