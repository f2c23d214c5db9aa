import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { showImport } from '../../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { type EventDataStore, type ImportProgress, importLogs, type LakeContext } from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { openMemoryStore } from '../../../src/storage/index.ts'
import { type Member, tarMembers, tarOf, tgzOf, zipOf } from '../../archives.ts'
import {
  cleanUpAfterEach,
  newFolder,
  openLake,
  queryEvents,
  querySources,
  readQuarantine,
  stagingLeft,
} from '../support.ts'
import { record } from '../trail-files.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../../test-data/trails', import.meta.url))
const inline = { inline: true }
const log = (...ids: readonly string[]) => JSON.stringify({ Records: ids.map((id) => record({ id })) })
const NAME = '111122223333_CloudTrail_us-east-1_20240501T1000Z_0123456789abcdef.json.gz'
const DAY = 'AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/01'
const members: readonly Member[] = [
  { name: `${DAY}/${NAME}`, data: gzipSync(log('a', 'b')) },
  { name: 'loose.json', data: log('c') },
  { name: 'copies.ndjson', data: `${JSON.stringify(record({ id: 'd' }))}\n${JSON.stringify(record({ id: 'a' }))}\n` },
  { name: 'README.md', data: 'read me' },
  { name: 'inner.zip', data: zipOf([{ name: 'x.json', data: log('x') }]) },
  { name: 'AWSLogs/111122223333/CloudTrail-Digest/x.json.gz', data: gzipSync('{}') },
]
const kinds = [
  ['.zip', zipOf],
  ['.tar', tarOf],
  ['.tar.gz', tgzOf],
] as const

function write(name: string, bytes: Uint8Array): string {
  const path = join(newFolder(), name)
  writeFileSync(path, bytes)
  return path
}

const LEDGER = `SELECT regexp_extract(source_key, '[^/]*!/.*$') AS key, kind, status, error_code AS code, read::INTEGER AS read, kept::INTEGER AS kept
  FROM sources ORDER BY source_key`

async function isTidy(lake: LakeContext, store: EventDataStore): Promise<void> {
  expect(stagingLeft(lake, store)).toEqual([])
  expect(readdirSync(lake.engine.scratch).filter((name) => name.startsWith('archives-'))).toEqual([])
}

describe.each(kinds)('a %s', (ending, pack) => {
  test.each([
    ['here', inline],
    ['in threads', {}],
    ['as streams', { heldBytes: 100 }],
  ])('each member is a file of its own, read %s', async (_where, tuning) => {
    const path = write(`logs${ending}`, pack(members))
    const lake = await openLake()
    const report = await importLogs(lake, path, { into: 'org' }, tuning)
    expect(report).toMatchObject({ files: 3, read: 5, kept: 4, duplicate: 1, quarantined: 0, failures: [] })
    expect(report.skipped.map(({ source, kind }) => [source.split('!/')[1], kind]).sort()).toEqual([
      ['AWSLogs/111122223333/CloudTrail-Digest/x.json.gz', 'digest'],
      ['README.md', 'not-a-log-file'],
      ['inner.zip', 'not-a-log-file'],
    ])
    const row = { status: 'imported', code: null }
    expect(await querySources(lake, report.store, LEDGER)).toEqual([
      { ...row, key: `logs${ending}!/${DAY}/${NAME}`, kind: 'log', read: 2, kept: 2 },
      { ...row, key: `logs${ending}!/copies.ndjson`, kind: 'bare-records', read: 2, kept: 1 },
      { ...row, key: `logs${ending}!/loose.json`, kind: 'log', read: 1, kept: 1 },
    ])
    await isTidy(lake, report.store)
    const again = await importLogs(lake, path, { into: 'org' }, tuning)
    expect(again).toMatchObject({ files: 0, bytesRead: 0, read: 0, filesAlreadyImported: 1, skipped: [] })
    expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true, findings: [], checked: { rawFiles: 3 } }] })
    await isTidy(lake, report.store)
  })

  test('what was read in part is opened again, and only the rest is read; so after an undo', async () => {
    const path = write(`logs${ending}`, pack(members))
    const lake = await openLake()
    const first = await importLogs(lake, path, { into: 'org', accounts: ['111122223333'] }, inline)
    expect(first).toMatchObject({ files: 1, read: 2 })
    const second = await importLogs(lake, path, { into: 'org' }, inline)
    expect(second).toMatchObject({ files: 2, filesAlreadyImported: 1, read: 3, kept: 2 })
    expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ files: 0 })
    const undone = await undoImport(lake, first.importId)
    expect(undone.restored).toMatchObject([{ events: 1 }])
    expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ files: 1, read: 2, kept: 1 })
    expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true }] })
    await isTidy(lake, first.store)
  })

  test('an archive that was changed is read again, and its events are known', async () => {
    const path = write(`logs${ending}`, pack(members))
    const lake = await openLake()
    await importLogs(lake, path, { into: 'org' }, inline)
    writeFileSync(path, pack([...members, { name: 'new.json', data: log('e') }]))
    const report = await importLogs(lake, path, { into: 'org' }, inline)
    expect(report).toMatchObject({ files: 4, read: 6, kept: 1, duplicate: 5 })
  })

  test('a copy with another time is what was imported, for an undo too', async () => {
    const path = write(`logs${ending}`, pack(members))
    const lake = await openLake()
    const { importId, store } = await importLogs(lake, path, { into: 'org' }, inline)
    utimesSync(path, 5, 5)
    expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true, findings: [] }] })
    expect(await undoImport(lake, importId)).toMatchObject({ files: 3, events: 4 })
    expect(await queryEvents(lake, store, 'SELECT * FROM events')).toEqual([])
  })

  test('a member that is broken is in quarantine, and the others are in', async () => {
    const broken: Member = { name: 'broken.json.gz', data: gzipSync(log('z')).subarray(0, 40) }
    const path = write(`logs${ending}`, pack([broken, ...members]))
    const lake = await openLake()
    const report = await importLogs(lake, path, { into: 'org' }, inline)
    expect(report).toMatchObject({ kept: 4, filesFailed: 1, failures: [{ code: 'TRUNCATED_GZIP' }] })
    expect(await readQuarantine(lake, report.store)).toMatchObject([{ record: null, reason: 'TRUNCATED_GZIP' }])
    expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ files: 0, filesAlreadyImported: 1 })
    expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 0, unavailable: 0 })
    writeFileSync(path, pack([{ ...broken, data: gzipSync(log('z')) }, ...members]))
    expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 1, kept: 1 })
    await isTidy(lake, report.store)
  })

  test('in a dry run and in a store elsewhere it is what it is on the disk', async () => {
    const bytes = pack(members)
    const lake = await openLake()
    const dry = await importLogs(lake, write(`logs${ending}`, bytes), { into: 'org', dryRun: true }, inline)
    expect(dry).toMatchObject({ files: 3, read: 5, kept: 4, duplicate: 1 })
    const store = openMemoryStore()
    await store.put(`some/logs${ending}`, bytes)
    const sources = [{ name: 'memory', store }]
    const report = await importLogs(lake, 'memory', { into: 'org' }, { ...inline, sources })
    expect(report).toMatchObject({ files: 3, read: 5, kept: 4, duplicate: 1 })
    const again = await importLogs(lake, 'memory', { into: 'org' }, { ...inline, sources })
    expect(again).toMatchObject({ files: 0, filesAlreadyImported: 1 })
    await isTidy(lake, report.store)
  })
})

test.each(kinds)('a %s with two members of one name gives both', async (ending, pack) => {
  const name = `${DAY}/${NAME}`
  const twice = ['a', 'b'].map((id) => ({ name, data: gzipSync(log(id)) }))
  const path = write(`logs${ending}`, pack(twice))
  const lake = await openLake()
  const report = await importLogs(lake, path, { into: 'org', regions: ['us-east-1'] }, inline)
  expect(report).toMatchObject({ files: 2, kept: 2, skipped: [] })
  expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true, checked: { rawFiles: 2 } }] })
})

test('what is in an archive and is read outside of it alone is said aloud', async () => {
  const answer = { name: 'q/result_1.csv.gz', data: gzipSync('eventJson\n') }
  for (const [packed, advice] of [
    [
      [...members, answer],
      ['archives and query results inside archives are not read (2 here): unpack them to import them'],
    ],
    [members.filter(({ name }) => name !== 'inner.zip'), []],
  ] as const) {
    const said: string[] = []
    const onProgress = (progress: ImportProgress) => progress.kind === 'advice' && said.push(progress.message)
    const report = await importLogs(
      await openLake(),
      write('logs.zip', zipOf(packed)),
      { into: 'org', onProgress },
      inline,
    )
    expect(report).toMatchObject({ files: 3, read: 5 })
    expect(said).toEqual(advice)
  }
})

describe('damaged archives', () => {
  test('of one that is cut the members that came whole are in; it is named each time until it is whole', async () => {
    const bytes = tarOf(members)
    const path = write('logs.tar', tarMembers(members.slice(0, 1)))
    const lake = await openLake()
    for (const counts of [
      { files: 2, kept: 2, filesAlreadyImported: 0 },
      { files: 1, kept: 0, filesAlreadyImported: 1 },
    ]) {
      const report = await importLogs(lake, path, { into: 'org' }, inline)
      expect(report).toMatchObject({ ...counts, filesFailed: 1, failures: [{ code: 'ARCHIVE_DAMAGED' }] })
      expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true }] })
    }
    writeFileSync(path, bytes)
    expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ failures: [], read: 5, kept: 2 })
  })

  test.each([
    ['no.zip', Buffer.from('hello')],
    ['no.tgz', Buffer.from('hello')],
  ])('%s, which is none', async (name, bytes) => {
    const lake = await openLake()
    const report = await importLogs(lake, write(name, bytes), { into: 'org' }, {})
    expect(report).toMatchObject({ read: 0, filesFailed: 1, failures: [{ code: 'ARCHIVE_DAMAGED' }] })
  })

  test('a member that cannot be unpacked is in quarantine with the reason', async () => {
    const path = write('logs.zip', zipOf([{ name: 'secret.json', data: 'x', flags: 1 }, ...members]))
    for (const tuning of [inline, {}]) {
      const lake = await openLake()
      const report = await importLogs(lake, path, { into: 'org' }, tuning)
      expect(report).toMatchObject({ kept: 4, failures: [{ code: 'CORRUPT_ARCHIVE', reason: 'it is encrypted' }] })
      expect(await readQuarantine(lake, report.store)).toMatchObject([
        {
          source_key: `${pathToFileURL(path).href}!/secret.json`,
          reason: 'CORRUPT_ARCHIVE',
          detail: 'it is encrypted',
        },
      ])
      expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 0, unavailable: 1 })
      const [verified] = (await verifyLake(lake)).stores
      expect(verified!.findings).toMatchObject([
        {
          code: 'RAW_UNREADABLE',
          message: expect.stringMatching(/^could not unpack .*!\/secret\.json: it is encrypted$/),
        },
      ])
    }
  })
})

test('of many archives not all lie unpacked at once', async () => {
  const folder = newFolder()
  for (let i = 0; i < 12; i++) {
    writeFileSync(join(folder, `${10 + i}.tar`), tarOf([{ name: `${i}.json`, data: log(`${i}`) }]))
  }
  const lake = await openLake()
  let most = 0
  const count = () => {
    const found = readdirSync(lake.storage.localPath('stores') ?? lake.tempDirectory, { recursive: true }).map(String)
    most = Math.max(most, found.filter((name) => /tar-\w+$/.test(name)).length)
  }
  const onProgress = ({ kind }: ImportProgress) => kind === 'progress' && count()
  const report = await importLogs(lake, folder, { into: 'org', onProgress }, { ...inline, batchBytes: 1 })
  expect(report).toMatchObject({ files: 12, kept: 12 })
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(6)
  expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true, checked: { rawFiles: 12 } }] })
  await isTidy(lake, report.store)
})

test('an archive that is replaced while it is read is named, and read the next time', async () => {
  const path = write('logs.tar', tarOf(members))
  const lake = await openLake()
  const replace = ({ kind }: ImportProgress) => {
    if (kind === 'discovered') writeFileSync(path, tarOf([{ name: 'other.json', data: log('other') }]))
  }
  const report = await importLogs(lake, path, { into: 'org', onProgress: replace }, inline)
  expect(report).toMatchObject({ kept: 0, filesFailed: 3 })
  expect(new Set(report.failures.map(({ code }) => code))).toEqual(new Set(['SOURCE_CHANGED']))
  expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ files: 1, kept: 1, failures: [] })
})

test('names with an exclamation mark, and folders that look like a member, are told apart', async () => {
  const folder = join(newFolder(), 'odd.zip!')
  mkdirSync(folder)
  const path = join(folder, 'logs.zip')
  writeFileSync(path, zipOf([{ name: 'a!/b.zip!/c.json', data: log('a') }]))
  const lake = await openLake()
  const report = await importLogs(lake, folder, { into: 'org' }, inline)
  expect(report).toMatchObject({ kept: 1 })
  expect(await importLogs(lake, folder, { into: 'org' }, inline)).toMatchObject({ files: 0, filesAlreadyImported: 1 })
  expect(await verifyLake(lake)).toMatchObject({ stores: [{ ok: true, findings: [], checked: { rawFiles: 1 } }] })
})

test('a trail packed by tar, and the same trail as it is, give the same events; together each event is kept once', async () => {
  const folder = newFolder()
  cpSync(join(trails, 'invictus-2023'), join(folder, 'trail'), { recursive: true })
  const archive = join(newFolder(), 'trail.tar.gz')
  execFileSync('tar', ['czf', archive, '-C', join(folder, 'trail'), 'AWSLogs'])
  const [one, two] = [await openLake(), await openLake()]
  const plain = await importLogs(one, join(folder, 'trail'), { into: 'org' })
  const packed = await importLogs(two, archive, { into: 'org' })
  expect(plain.kept).toBeGreaterThan(2000)
  const content = 'SELECT sum(hash(e))::VARCHAR AS sum FROM (SELECT * EXCLUDE (_source, filename) FROM events) e'
  expect(await queryEvents(two, packed.store, content)).toEqual(await queryEvents(one, plain.store, content))
  expect(packed).toMatchObject({
    files: plain.files,
    read: plain.read,
    kept: plain.kept,
    quarantined: plain.quarantined,
  })
  const both = await importLogs(one, archive, { into: 'org' })
  expect(both).toMatchObject({ read: plain.read, kept: 0, duplicate: plain.kept + plain.duplicate })
  expect(await showImport(one, both.importId)).toMatchObject({ files: plain.files })
})
