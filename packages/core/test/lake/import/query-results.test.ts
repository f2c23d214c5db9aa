import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ImportOptions, type ImportProgress, importLogs, listEventDataStores } from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { csvLine } from '../../../src/results/index.ts'
import { deliverResults, impostor, key, keyAs } from '../signed-results.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents } from '../support.ts'
import { record } from '../trail-files.ts'

cleanUpAfterEach()

const inline = { inline: true }
const signOf = (folder: string) => join(folder, 'result_sign.json')
const change = (path: string, edit: (text: string) => string) => writeFileSync(path, edit(readFileSync(path, 'utf8')))
const into = (queryResults: ImportOptions['queryResults']): ImportOptions => ({
  into: 'org',
  ...(queryResults ? { queryResults } : {}),
})

describe('a verified result', () => {
  test.each(['pkcs1', 'spki'] as const)('of several files is imported, with a key in the form %s', async (type) => {
    const folder = deliverResults(newFolder(), ['a', 'b'])
    const lake = await openLake()
    const keys = { publicKeys: [impostor, { fingerprint: 'other', value: 'x' }, keyAs(type)].slice(1) }
    const report = await importLogs(lake, folder, into(keys), inline)
    expect(report).toMatchObject({ files: 2, read: 2, kept: 2, failures: [] })
    expect(report.skipped).toMatchObject([{ source: /result_sign\.json$/, kind: 'query-result' }])
    expect(await queryEvents(lake, report.store, 'SELECT eventid FROM events ORDER BY 1')).toEqual([
      { eventid: 'a' },
      { eventid: 'b' },
    ])
    // Nothing is left to verify: no key is needed.
    expect(await importLogs(lake, folder, into(undefined), inline)).toMatchObject({ files: 0, filesAlreadyImported: 2 })
  })

  test('asks for the keys of its region and time, once a folder', async () => {
    const folder = newFolder()
    for (const name of ['one', 'two']) deliverResults(join(folder, name), [`${name}-a`, `${name}-b`])
    const asked: unknown[] = []
    const fetchPublicKeys = async (...of: readonly [string, Date, Date]) => {
      asked.push([of[0], of[1].toISOString(), of[2].toISOString()])
      return [key]
    }
    const lake = await openLake()
    expect(await importLogs(lake, folder, into({ fetchPublicKeys }), inline)).toMatchObject({ kept: 4 })
    expect(asked).toEqual(Array(2).fill(['us-east-1', '2022-05-10T22:06:30.000Z', '2022-05-30T22:06:30.000Z']))
  })

  test('named as one file needs its sign file, not the other files', async () => {
    const folder = deliverResults(newFolder(), ['a', 'b'])
    const lake = await openLake()
    const options = into({ publicKeys: [key] })
    expect(await importLogs(lake, join(folder, 'result_2.csv.gz'), options, inline)).toMatchObject({ kept: 1 })
  })
})

describe('what is refused before anything is read', () => {
  const one = (folder: string) => join(folder, 'result_1.csv.gz')
  test.each<[string, (folder: string) => void, ImportOptions['queryResults'], RegExp]>([
    ['no keys', () => {}, undefined, /the public key 67b9.* is not known/],
    ['another key', () => {}, { publicKeys: [{ ...key, fingerprint: 'x' }] }, /is not known/],
    ['a key of the same name', () => {}, { publicKeys: [impostor] }, /the signature in result_sign.json is wrong/],
    ['a key that is none', () => {}, { publicKeys: [{ ...key, value: 'AAAA' }] }, /the signature .* is wrong/],
    ['no sign file', (f) => rmSync(signOf(f)), { publicKeys: [key] }, /result_sign.json does not lie beside it/],
    ['a sign file cut', (f) => change(signOf(f), (t) => t.slice(0, 90)), { publicKeys: [key] }, /is no sign file/],
    [
      'another algorithm',
      (f) => change(signOf(f), (t) => t.replace('SHA-256', 'MD5')),
      { publicKeys: [key] },
      /is no sign file/,
    ],
    [
      'a hash changed',
      (f) => change(signOf(f), (t) => t.replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`)),
      { publicKeys: [key] },
      /the signature .* is wrong/,
    ],
    [
      'a file missing',
      (f) => rmSync(join(f, 'result_2.csv.gz')),
      { publicKeys: [key] },
      /result_2.csv.gz, which was signed with it, is missing/,
    ],
    [
      'a file too many',
      (f) => writeFileSync(join(f, 'result_3.csv.gz'), readFileSync(one(f))),
      { publicKeys: [key] },
      /result_3.*does not name it/,
    ],
  ])('%s', async (_name, spoil, keys, message) => {
    const folder = deliverResults(newFolder(), ['a', 'b'])
    spoil(folder)
    const lake = await openLake()
    const failure = await importLogs(lake, folder, into(keys), inline).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'QUERY_RESULT_UNVERIFIED', message: expect.stringMatching(message) })
    expect(await listEventDataStores(lake)).toEqual([])
  })

  test.each([
    { publicKeys: key },
    { publicKeys: [{ value: 'x' }] },
    { fetchPublicKeys: true },
    { unverified: 'yes' },
    { keys: [] },
  ])('options %o', async (options) => {
    const lake = await openLake()
    const failure = importLogs(lake, newFolder(), into(options as unknown as ImportOptions['queryResults']), inline)
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

test('a file that was changed after it was signed is named and left out, the others are in; whole again it is read', async () => {
  const folder = deliverResults(newFolder(), ['a', 'b'])
  const path = join(folder, 'result_1.csv.gz')
  const sound = readFileSync(path)
  writeFileSync(path, gzipSync(csvLine(['eventJson']) + csvLine([JSON.stringify(record({ id: 'forged' }))])))
  for (const tuning of [inline, {}]) {
    const lake = await openLake()
    const report = await importLogs(lake, folder, into({ publicKeys: [key] }), tuning)
    expect(report).toMatchObject({ kept: 1, filesFailed: 1, failures: [{ code: 'QUERY_RESULT_CHANGED' }] })
    expect(await retryQuarantine(lake)).toMatchObject({ items: 0 })
    const changed = readFileSync(path)
    writeFileSync(path, sound)
    expect(await importLogs(lake, folder, into({ publicKeys: [key] }), tuning)).toMatchObject({ kept: 1, failures: [] })
    writeFileSync(path, changed)
  }
})

test('without verification it is said aloud', async () => {
  const folder = deliverResults(newFolder(), ['a'])
  rmSync(signOf(folder))
  const said: ImportProgress[] = []
  const lake = await openLake()
  const options = { ...into({ unverified: true }), onProgress: (one: ImportProgress) => said.push(one) }
  expect(await importLogs(lake, folder, options, inline)).toMatchObject({ kept: 1 })
  expect(said).toContainEqual({ kind: 'advice', message: 'signatures of query results are NOT verified' })
})

test('chosen columns are refused with what is lacking; a changed file is not read by a retry', async () => {
  const folder = deliverResults(newFolder(), ['a'], ['eventName', 'eventTime'])
  const lake = await openLake()
  const report = await importLogs(lake, folder, into({ publicKeys: [key] }), inline)
  expect(report.failures).toMatchObject([{ code: 'UNSUPPORTED_SHAPE', reason: /the column eventJson is missing/ }])
  writeFileSync(
    join(folder, 'result_1.csv.gz'),
    gzipSync(csvLine(['eventJson']) + csvLine([JSON.stringify(record({ id: 'x' }))])),
  )
  expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 0, unavailable: 1 })
})

test('answers about something else are named, too', async () => {
  const folder = deliverResults(newFolder(), ['a'], ['_col0'])
  const lake = await openLake()
  for (const tuning of [inline, { ...inline, heldBytes: 1 }]) {
    const report = await importLogs(lake, folder, { ...into({ publicKeys: [key] }), dryRun: true }, tuning)
    expect(report.failures).toMatchObject([{ code: 'UNSUPPORTED_SHAPE', reason: /the column eventJson is missing/ }])
  }
})

test('answers beside a trail are not read on a walk through the bucket, and are where they are named', async () => {
  const bucket = newFolder()
  const at = 'AWSLogs/111122223333/CloudTrail-Lake/Query/2024/05/01/6a7f'
  deliverResults(join(bucket, at), ['a'])
  const lake = await openLake()
  const options = into({ publicKeys: [key] })
  for (const place of ['', 'AWSLogs', 'AWSLogs/111122223333']) {
    await expect(importLogs(lake, join(bucket, place), options, inline)).rejects.toMatchObject({ code: 'NO_LOG_FILES' })
  }
  for (const place of ['AWSLogs/111122223333/CloudTrail-Lake', dirname(at), at]) {
    const report = await importLogs(lake, join(bucket, place), { ...options, dryRun: true }, inline)
    expect(report).toMatchObject({ files: 1, kept: 1 })
  }
  const copy = join(newFolder(), 'copy')
  renameSync(join(bucket, at), copy)
  expect(await importLogs(lake, copy, options, inline)).toMatchObject({ kept: 1 })
})
