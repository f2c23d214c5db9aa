import { cpSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeParquet } from '../../../src/engine/write-parquet.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import {
  createLakeContext,
  getEventDataStore,
  importLogs,
  type LakeContext,
  localFile,
  openLakeFile,
} from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import type { StoreVerification, VerifyOptions } from '../../../src/lake/verify/types.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import type { ObjectInfo, ObjectStore } from '../../../src/storage/index.ts'
import { makeAdd, makeRemove } from '../../../src/table/index.ts'
import { temporaryFolder } from '../../storage/temporary.ts'
import { cleanUpAfterEach, copyLake, keysOf, newFolder, newLakePlace, onS3, openLake, openStore } from '../support.ts'
import { record, writeLog, writeText } from '../trail-files.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const inline = { inline: true, batchBytes: 2_000_000 }
const into = 'org'

/** A lake of sample trails with twins, conflicts, unusable records and an unreadable file; made once, copied for each test. */
let template: { lake: string; source: string }

beforeAll(async () => {
  const folder = await temporaryFolder()
  template = { lake: onS3 ? newLakePlace() : join(folder, 'lake'), source: join(folder, 'source') }
  cpSync(join(trails, 'invictus-2023'), template.source, { recursive: true })
  const first = writeLog(template.source, 'a/one', [{ id: '1' }, { id: '2' }, {}, {}])
  const storage = openStore(template.lake)
  const lake = createLakeContext(storage, await openLakeFile(storage, { create: true }))
  try {
    await importLogs(lake, template.source, { into }, inline)
    const one = JSON.stringify(record({ id: '1' }))
    const other = JSON.stringify(record({ id: '2', name: 'Other' }))
    const extra = JSON.stringify(record({ id: '3', extra: { userIdentity: { type: 'Root', arn: 'arn:x' } } }))
    writeText(template.source, 'b/two', `{"Records":[${one},null,${other},${extra},${extra}]}`)
    writeFileSync(join(template.source, 'b', 'broken.json.gz'), gzipSync('{"Records":[]}').subarray(0, 20))
    cpSync(first, join(template.source, 'b', 'copy.json.gz'))
    await importLogs(lake, template.source, { into }, inline)
  } finally {
    await lake.close()
  }
})

interface Place {
  readonly place: string
  readonly storage: ObjectStore
  /** Keys of its one store begin with it. */
  readonly store: string
}

/** A copy of the lake to damage. The raw files stay where they are unless a test brings its own. */
async function newCopy(): Promise<Place> {
  const place = await copyLake(template.lake)
  const storage = openStore(place)
  return { place, storage, store: `stores/${(await storage.listFolders('stores/'))[0]}` }
}

const ledgerFiles = async ({ storage, store }: Place) =>
  (await keysOf(storage, `${store}/sources/`)).filter((key) => /\/sources\/[^/]*\.parquet$/.test(key))

async function verify(at: string | LakeContext, options: VerifyOptions = {}): Promise<StoreVerification> {
  const lake = typeof at === 'string' ? await openLake(at, { readOnly: true }) : at
  const report = await verifyLake(lake, options)
  expect(report).toMatchObject({ reportVersion: 1, mode: options.fast ? 'fast' : 'full' })
  expect(report.ok).toBe(report.errors === 0)
  for (const { place, message, hint } of report.stores.flatMap((store) => store.findings)) {
    for (const text of [place, message, hint]) expect(text).not.toBe('')
  }
  return report.stores[0]!
}

const codes = ({ findings }: StoreVerification) => [...new Set(findings.map(({ code }) => code))].sort()

/** Data files, the largest first. */
async function dataFiles({ storage, store }: Place): Promise<readonly string[]> {
  const found: ObjectInfo[] = []
  for await (const info of storage.list(`${store}/events/`)) {
    if (info.key.endsWith('.parquet') && !info.key.includes('/_delta_log/')) found.push(info)
  }
  return found.sort((a, b) => b.size - a.size).map(({ key }) => key)
}

/** Changes the text of commits of a table. */
async function editLog(
  { storage, store }: Place,
  edit: (line: string) => string | undefined,
  table = 'events',
): Promise<void> {
  for (const key of await keysOf(storage, `${store}/${table}/_delta_log/`)) {
    if (!/\/\d{20}\.json$/.test(key)) continue
    const text = (await storage.get(key)).toString()
    const edited = `${text
      .trimEnd()
      .split('\n')
      .flatMap((line) => edit(line) ?? [])
      .join('\n')}\n`
    if (edited !== text) await storage.put(key, Buffer.from(edited))
  }
}

const copyObject = async ({ storage }: Place, from: string, to: string) => storage.put(to, await storage.get(from))

describe('a sound lake', () => {
  test('has nothing against it, and everything was looked at', async () => {
    const { place } = await newCopy()
    const found = await verify(place)
    expect(found.findings).toEqual([])
    expect(found).toMatchObject({
      ok: true,
      events: 2907,
      eventsAppended: 0,
      eventsRemoved: 0,
      ledger: { read: 2913, kept: 2907, duplicate: 4, filtered: 0, quarantined: 2 },
      checked: { events: 2907, sourceFiles: 59, rawFiles: 59, rawMissing: 0, quarantineEntries: 3 },
    })
    const fast = await verify(place, { fast: true })
    expect(fast).toMatchObject({ findings: [], checked: { events: 0, rawFiles: 0, sourceFiles: 59 } })
    expect(await verify(place, { raw: false })).toMatchObject({ findings: [], checked: { events: 2907, rawFiles: 0 } })
  })

  test('also after an undo, a retry, and importing again', async () => {
    const source = newFolder()
    const lake = await openLake()
    writeLog(source, 'a', [{ id: '1' }, { id: '2' }, { id: '3', time: '2024-05-02T00:00:00Z' }])
    const one = await importLogs(lake, source, { into }, inline)
    writeLog(source, 'b', [{ id: '1' }, { id: '2', name: 'Other' }, { id: '4' }])
    await importLogs(lake, source, { into }, inline)
    await undoImport(lake, one.importId)
    expect(await verify(lake)).toMatchObject({ findings: [], events: 2 })
    await retryQuarantine(lake)
    expect(await verify(lake)).toMatchObject({ findings: [], events: 3 })
    await importLogs(lake, source, { into }, inline)
    expect(await verify(lake)).toMatchObject({ findings: [], events: 4 })
  })

  test('shows progress, and stops when told to', async () => {
    const { place } = await newCopy()
    const stages = new Set<string>()
    await verify(place, { onProgress: ({ stage }) => stages.add(stage) })
    expect([...stages].sort()).toEqual(['data', 'events', 'files', 'quarantine', 'raw'])
    const lake = await openLake(place, { readOnly: true })
    await expect(verifyLake(lake, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(verifyLake(lake, { stores: ['none'] })).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
    await expect(verifyLake(lake, { quick: true } as object)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

describe('data files', () => {
  test('bytes flipped anywhere are found', async () => {
    const place = await newCopy()
    const [path] = await dataFiles(place)
    const bytes = await place.storage.get(path!)
    for (const at of [0.002, 0.11, 0.52, 0.88, 0.97].map((part) => Math.floor(part * bytes.length))) {
      const damaged = Buffer.from(bytes)
      for (let i = 0; i < 4; i++) damaged[at + i]! ^= 0x5a
      await place.storage.put(path!, damaged)
      const found = await verify(place.place)
      expect(found.ok, `flipped at ${at} of ${bytes.length}`).toBe(false)
      expect(found.findings.some((finding) => path!.endsWith(finding.place) && finding.severity === 'error')).toBe(true)
    }
  }, 120_000)

  test('bytes that are flipped after they were read are found', async () => {
    const place = await newCopy()
    const lake = await openLake(place.place)
    expect(await verify(lake)).toMatchObject({ ok: true })
    const [key] = await dataFiles(place)
    const bytes = await place.storage.get(key!)
    const damaged = Buffer.from(bytes)
    // Within what is compressed the page is lost; elsewhere a value would be another one, which EVENT_DIFFERS tells.
    const frame = bytes.lastIndexOf(ZSTD_MAGIC)
    damaged.fill(0x5a, frame + 16, frame + 24)
    await place.storage.put(key!, damaged)
    expect(codes(await verify(lake))).toContain('FILE_DAMAGED')
  })

  test.each([false, true])('a cut file is found, fast: %s', async (fast) => {
    const place = await newCopy()
    const [path] = await dataFiles(place)
    const bytes = await place.storage.get(path!)
    await place.storage.put(path!, bytes.subarray(0, bytes.length - 100))
    const found = await verify(place.place, { fast })
    expect(found.findings).toContainEqual(
      expect.objectContaining({ code: 'FILE_SIZE_DIFFERS', place: expect.stringMatching(/\.parquet$/) }),
    )
    // Its events are missing, and the raw files that brought them are named.
    if (!fast) expect(codes(found)).toEqual(['FILE_SIZE_DIFFERS', 'SOURCE_ROWS_MISSING'])
    await place.storage.put(path!, Buffer.concat([bytes.subarray(0, bytes.length - 100), Buffer.alloc(100)]))
    expect(codes(await verify(place.place, { fast }))).toContain('FILE_DAMAGED')
  })

  test.each([false, true])('a missing file is found, fast: %s', async (fast) => {
    const place = await newCopy()
    await place.storage.delete((await dataFiles(place))[0]!)
    const found = await verify(place.place, { fast })
    expect(codes(found)).toEqual(fast ? ['FILE_MISSING'] : ['FILE_MISSING', 'SOURCE_ROWS_MISSING'])
  })

  test('what no commit names is told, and is no error', async () => {
    const place = await newCopy()
    const [file] = await dataFiles(place)
    await copyObject(place, file!, `${place.store}/events/account=1/part-x.parquet`)
    await copyObject(place, file!, `${place.store}/sources/left.parquet`)
    expect(await verify(place.place)).toMatchObject({
      ...{ ok: true, errors: 0, warnings: 2 },
      findings: [
        { severity: 'warning', code: 'FILE_UNKNOWN', place: expect.stringMatching(/account=1\/part-x\.parquet$/) },
        { severity: 'warning', code: 'FILE_UNKNOWN', place: expect.stringMatching(/sources\/left\.parquet$/) },
      ],
    })
  })
})

describe('the log', () => {
  test('a file taken out of it is missed', async () => {
    const place = await newCopy()
    let taken = 0
    await editLog(place, (line) => (line.startsWith('{"add"') && taken++ === 0 ? undefined : line))
    const found = await verify(place.place)
    expect(codes(found)).toEqual(['EVENTS_UNACCOUNTED', 'FILE_UNKNOWN', 'SOURCE_ROWS_MISSING'])
    expect(codes(await verify(place.place, { fast: true }))).toEqual(['EVENTS_UNACCOUNTED', 'FILE_UNKNOWN'])
  })

  test('a file named twice is found', async () => {
    const place = await newCopy()
    const [path] = await dataFiles(place)
    await copyObject(place, path!, path!.replace('part-', 'part-0'))
    await editLog(place, (line) =>
      line.includes(path!.split('/').at(-1)!) ? `${line}\n${line.replace('part-', 'part-0')}` : line,
    )
    expect(codes(await verify(place.place))).toEqual(['EVENTS_UNACCOUNTED', 'EVENT_TWICE', 'SOURCE_ROWS_EXTRA'])
  })

  test.each([
    [
      'numRecords',
      (line: string) => line.replace(/\\"numRecords\\":(\d+)/, (_, n) => `\\"numRecords\\":${Number(n) + 1}`),
    ],
    ['least time', (line: string) => line.replace(/(minValues\\":\{\\"eventtime\\":\\")20\d\d/, '$12031')],
    ['greatest name', (line: string) => line.replace(/(maxValues.*\\"eventname\\":\\")[^\\]+/, '$1A')],
    ['number of NULLs', (line: string) => line.replace(/(nullCount\\":\{\\"eventtime\\":)0/, '$17')],
  ])('statistics that exclude rows are found: %s', async (name, edit) => {
    const place = await newCopy()
    await editLog(place, (line) => (line.startsWith('{"add"') ? edit(line) : line))
    const found = await verify(place.place, { raw: false })
    expect(codes(found)).toEqual(
      name === 'numRecords' ? ['EVENTS_UNACCOUNTED', 'ROW_COUNT_DIFFERS'] : ['STATISTICS_WRONG'],
    )
  })

  test('events in the partition of others are found', async () => {
    const place = await newCopy()
    await editLog(place, (line) => line.replace(/"region":"us-east-1"/, '"region":"eu-west-1"'))
    expect(codes(await verify(place.place, { raw: false }))).toEqual(['PARTITION_WRONG'])
  })

  test('one that cannot be read, and one with a gap', async () => {
    const place = await newCopy()
    const first = `${place.store}/events/_delta_log/00000000000000000001.json`
    await place.storage.delete(first)
    const gap = await verify(place.place)
    expect(gap).toMatchObject({ ok: false })
    expect(codes(gap)).toContain('LOG_DAMAGED')
    await place.storage.put(first, Buffer.from('no json\n'))
    expect(await verify(place.place)).toMatchObject({
      ...{ ok: false, version: null },
      findings: [{ code: 'LOG_DAMAGED', place: expect.stringMatching(/events\/_delta_log\/$/) }],
    })
  })

  test('sums that are not those of the ledger', async () => {
    const place = await newCopy()
    await editLog(place, (line) => line.replace(/"duplicate":(\d+)/, (_, n) => `"duplicate":${Number(n) + 1}`))
    expect(codes(await verify(place.place, { fast: true }))).toEqual(['LEDGER_SUM'])
  })
})

describe('raw files', () => {
  async function smallLake() {
    const source = newFolder()
    const lake = await openLake()
    const path = writeLog(source, 'a', [{ id: '1' }, { id: '2' }])
    const other = writeLog(source, 'b', [{ id: '3' }, { id: '1' }])
    await importLogs(lake, source, { into }, inline)
    return { lake, source, path, other }
  }

  test('one that holds other bytes is found, whatever its time says', async () => {
    const { lake, path } = await smallLake()
    const { atime, mtime } = statSync(path)
    const text = gunzipSync(readFileSync(path)).toString()
    writeFileSync(path, gzipSync(text.replace('"A"', '"B"')))
    const changed = { severity: 'error', code: 'RAW_CHANGED', place: pathToFileURL(path).href }
    expect(await verify(lake)).toMatchObject({ ok: false, findings: [changed], checked: { rawFiles: 2 } })
    utimesSync(path, atime, mtime)
    expect(await verify(lake)).toMatchObject({ findings: [changed] })
    // The same bytes packed in another way are the same file.
    writeFileSync(path, gzipSync(text, { level: 1 }))
    expect(await verify(lake)).toMatchObject({ ok: true, findings: [] })
  })

  test('one that was read again in its new state is none', async () => {
    const { lake, source, path } = await smallLake()
    writeLog(source, 'a', [{ id: '1' }, { id: '9' }])
    await importLogs(lake, path, { into }, inline)
    expect(await verify(lake)).toMatchObject({ findings: [], checked: { rawFiles: 2, rawSuperseded: 1 } })
  })

  test('one that is gone is told, and is no error', async () => {
    const { lake, path } = await smallLake()
    rmSync(path)
    expect(await verify(lake)).toMatchObject({
      ok: true,
      checked: { rawFiles: 1, rawMissing: 1 },
      findings: [{ severity: 'warning', code: 'RAW_MISSING', place: pathToFileURL(path).href }],
    })
  })
})

describe('the ledger and the quarantine', () => {
  test('a ledger file that is damaged or gone', async () => {
    const place = await newCopy()
    const [key] = await ledgerFiles(place)
    const bytes = await place.storage.get(key!)
    await place.storage.put(key!, bytes.fill(0, 100, 300))
    expect(codes(await verify(place.place, { fast: true }))).toEqual(
      expect.arrayContaining(['EVENTS_UNACCOUNTED', 'FILE_DAMAGED']),
    )
    await place.storage.delete(key!)
    expect(codes(await verify(place.place, { fast: true }))).toContain('FILE_MISSING')
  })

  test('a quarantine file that is cut, edited or gone', async () => {
    const place = await newCopy()
    const { storage } = place
    const [key] = await keysOf(storage, `${place.store}/quarantine/`)
    const bytes = await storage.get(key!)
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n')
    await storage.put(key!, bytes.subarray(0, bytes.length / 2))
    expect(codes(await verify(place.place, { raw: false }))).toEqual(['QUARANTINE_DAMAGED'])
    await storage.put(key!, gzipSync(`${lines.slice(1).join('\n')}\n`))
    expect(codes(await verify(place.place, { raw: false }))).toEqual(['QUARANTINE_COUNT'])
    await storage.put(key!, gzipSync(`${lines.join('\n').replace('"bytes":"null"', '"bytes":"nul1"')}\n`))
    expect(codes(await verify(place.place, { raw: false }))).toEqual(['QUARANTINE_DAMAGED'])
    await storage.delete(key!)
    expect(codes(await verify(place.place, { fast: true }))).toEqual(['QUARANTINE_DAMAGED'])
  })

  test('findings are counted beyond those that are listed', async () => {
    const place = await newCopy()
    for (const key of await dataFiles(place)) await place.storage.delete(key)
    const found = await verify(place.place, { maxFindings: 3 })
    expect(found.findings).toHaveLength(3)
    expect(found.errors).toBeGreaterThan(50)
  })
})

/** Commits a file made of the only data file of a lake, beside it or in its place. @param select over `FILE` */
async function commitDerived(
  lake: LakeContext,
  select: string,
  options: { readonly name: string; readonly rows: number; readonly replaces: boolean },
): Promise<void> {
  const { name, rows, replaces } = options
  const events = await lake.eventsTable((await getEventDataStore(lake, into)).id)
  const snapshot = await events.refresh()
  const [file] = [...snapshot.files.values()]
  const path = join(newFolder(), 'derived.parquet')
  const local = await localFile(lake.storage, file!.key, lake.engine.scratch)
  const from = `read_parquet('${local.path}', hive_partitioning=false)`
  await lake.engine.withConnection((connection) =>
    writeParquet(connection, { query: select.replace('FILE', from), path }),
  )
  const { size, modifiedMs } = await lake.storage.putFile(`${events.root}/${name}`, path)
  const add = makeAdd({
    name,
    partitionValues: file!.partitionValues,
    size,
    modifiedMs,
    stats: JSON.stringify({ numRecords: rows }),
    dataChange: !replaces,
  })
  const remove = makeRemove(file!, { deletionTimestampMs: Date.now(), dataChange: false })
  await events.commit({
    snapshot,
    actions: replaces ? [{ remove }, { add }] : [{ add }],
    commitInfo: { operation: replaces ? 'OPTIMIZE' : 'WRITE' },
  })
}

test('events of another writer are told from ours, and twins that it brings are found', async () => {
  const source = newFolder()
  const lake = await openLake()
  writeLog(source, 'a', [{ id: '1' }, { id: '2' }])
  await importLogs(lake, source, { into }, inline)
  const select = "SELECT * REPLACE (NULL::VARCHAR AS _source, NULL::BIGINT AS _record) FROM FILE WHERE eventid = '1'"
  await commitDerived(lake, select, { name: 'foreign-1', rows: 1, replaces: false })
  const found = await verify(lake)
  expect(found).toMatchObject({ events: 3, eventsAppended: 1, errors: 1, warnings: 1 })
  expect(found.findings.map(({ code }) => code)).toEqual(['EVENT_TWICE', 'SOURCE_UNKNOWN'])
})

describe('an event that is not what was imported', () => {
  /** Writes the only data file of a lake anew, with a change, as a faulty compaction would. */
  async function rewrite(change: string): Promise<{ lake: LakeContext; source: string }> {
    const source = newFolder()
    const lake = await openLake()
    const extra = { userIdentity: { type: 'IAMUser', arn: 'arn:x', accessKeyId: 'AK' }, requestParameters: { k: 'v' } }
    writeLog(source, 'a', [{ id: '1', extra }, { id: '2', extra }, { id: '3', extra }, { extra }])
    await importLogs(lake, source, { into }, inline)
    const name = 'account=111122223333/region=us-east-1/date=2024-05-01/changed.parquet'
    await commitDerived(lake, `SELECT * REPLACE (${change}) FROM FILE`, { name, rows: 4, replaces: true })
    return { lake, source }
  }

  test.each([
    ['nothing', 'eventname AS eventname', undefined],
    ['a column', "CASE eventid WHEN '2' THEN 'Other' ELSE eventname END AS eventname", 1],
    ['a member', "CASE eventid WHEN '2' THEN MAP {'k': 'w'} ELSE requestparameters END AS requestparameters", 1],
    ['a NULL', "CASE eventid WHEN '3' THEN NULL ELSE eventsource END AS eventsource", 1],
    [
      'the text of one without an id',
      'replace(eventjson, \'"eventName":"A","awsRegion":"us-east-1","rec\', \'"eventName":"B","awsRegion":"us-east-1","rec\') AS eventjson',
      1,
    ],
    ['a text that is no JSON', "CASE eventid WHEN '1' THEN eventjson[2:] ELSE eventjson END AS eventjson", 1],
  ])('is found beside its raw file and without it: %s', async (_, change, wanted) => {
    const { lake, source } = await rewrite(change)
    const withRaw = await verify(lake)
    rmSync(source, { recursive: true })
    const without = await verify(lake)
    for (const found of [withRaw, without, await verify(lake, { raw: false })]) {
      const errors = found.findings.filter(({ severity }) => severity === 'error')
      expect(errors.map(({ code }) => code)).toEqual(wanted === undefined ? [] : ['EVENT_DIFFERS'])
      for (const { place } of errors) expect(place).toMatch(/changed\.parquet$/)
    }
    expect(without.checked).toMatchObject({ rawFiles: 0, rawMissing: 1 })
  })

  test.each([
    ['another position', '_record + 1 AS _record', ['EVENT_DIFFERS']],
    [
      'another origin',
      "CASE eventid WHEN '1' THEN 'nowhere' ELSE _source END AS _source",
      ['SOURCE_ROWS_MISSING', 'SOURCE_UNKNOWN'],
    ],
    ['a flat copy', "'arn:y' AS _arn", ['EVENT_DIFFERS']],
    ['another day', 'eventtime + INTERVAL 1 DAY AS eventtime', ['EVENT_DIFFERS', 'PARTITION_WRONG']],
  ])('of %s', async (_, change, wanted) => {
    const { lake } = await rewrite(change)
    const errors = (await verify(lake)).findings.filter(({ severity }) => severity === 'error')
    expect([...new Set(errors.map(({ code }) => code))].sort()).toEqual(wanted)
  })
})

test('a ledger that does not add up, or has a file twice', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const place = await newCopy()
  const { storage } = place
  const keys = await ledgerFiles(place)
  const edit = async (sql: string) => {
    for (const key of keys) {
      const [path, edited] = ['old.parquet', 'new.parquet'].map((name) => join(newFolder(), name))
      writeFileSync(path!, await storage.get(key))
      await connection.run(`COPY (${sql.replaceAll('LEDGER', `'${path}'`)}) TO '${edited}' (FORMAT parquet)`)
      const bytes = readFileSync(edited!)
      await storage.put(key, bytes)
      // The log knows its size.
      const name = key.split('/').at(-1)!
      const resize = (line: string) =>
        line.includes(name) ? line.replace(/"size":\d+/, `"size":${bytes.length}`) : line
      await editLog(place, resize, 'sources')
    }
  }
  const originals = await Promise.all(keys.map((key) => storage.get(key)))
  await edit("SELECT * REPLACE (CASE WHEN source_key LIKE '%a/one%' THEN kept + 1 ELSE kept END AS kept) FROM LEDGER")
  expect(codes(await verify(place.place, { fast: true }))).toEqual([
    'EVENTS_UNACCOUNTED',
    'LEDGER_IDENTITY',
    'LEDGER_SUM',
  ])
  for (const [i, key] of keys.entries()) await storage.put(key, originals[i]!)
  await edit("SELECT * FROM LEDGER UNION ALL SELECT * FROM LEDGER WHERE source_key LIKE '%a/one%'")
  expect(codes(await verify(place.place, { fast: true }))).toEqual(['EVENTS_UNACCOUNTED', 'LEDGER_SUM', 'LEDGER_TWICE'])
})
