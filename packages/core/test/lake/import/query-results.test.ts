import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ImportOptions, type ImportProgress, importLogs } from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { csvLine } from '../../../src/results/index.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents } from '../support.ts'
import { record } from '../trail-files.ts'

cleanUpAfterEach()

const inline = { inline: true }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const FINGERPRINT = '67b9fa73676d86966b449dd677850753'
const der = (type: 'pkcs1' | 'spki') => publicKey.export({ type, format: 'der' }).toString('base64')
const key = { fingerprint: FINGERPRINT, value: der('pkcs1') }
const others = {
  fingerprint: FINGERPRINT,
  value: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'pkcs1', format: 'der' })
    .toString('base64'),
}

/** Result files with an event each, and their sign file, as CloudTrail Lake writes them. */
function deliver(folder: string, ids: readonly string[], header = ['eventName', 'eventJson']): string {
  mkdirSync(folder, { recursive: true })
  const files = ids.map((id, i) => {
    const event = JSON.stringify(record({ id }))
    const bytes = gzipSync(csvLine(header) + csvLine(header.map((label) => (label === 'eventJson' ? event : 'A'))))
    const fileName = `result_${i + 1}.csv.gz`
    writeFileSync(join(folder, fileName), bytes)
    return { fileHashValue: createHash('sha256').update(bytes).digest('hex'), fileName }
  })
  const text = files.map((file) => file.fileHashValue).join(' ')
  const signFile = {
    version: '1.0',
    region: 'us-east-1',
    files,
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: '2022-05-10T22:06:30Z',
    hashSignature: sign('sha256', Buffer.from(text), privateKey).toString('hex'),
    publicKeyFingerprint: FINGERPRINT,
  }
  writeFileSync(join(folder, 'result_sign.json'), JSON.stringify(signFile))
  return folder
}

const signOf = (folder: string) => join(folder, 'result_sign.json')
const change = (path: string, edit: (text: string) => string) => writeFileSync(path, edit(readFileSync(path, 'utf8')))
const into = (queryResults: ImportOptions['queryResults']): ImportOptions => ({
  into: 'org',
  ...(queryResults ? { queryResults } : {}),
})

describe('a verified result', () => {
  test.each(['pkcs1', 'spki'] as const)('of several files is imported, with a key in the form %s', async (type) => {
    const folder = deliver(newFolder(), ['a', 'b'])
    const lake = await openLake(newFolder())
    const keys = { publicKeys: [others, { fingerprint: 'other', value: 'x' }, { ...key, value: der(type) }].slice(1) }
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
    for (const name of ['one', 'two']) deliver(join(folder, name), [`${name}-a`, `${name}-b`])
    const asked: unknown[] = []
    const fetchPublicKeys = async (...of: readonly [string, Date, Date]) => {
      asked.push([of[0], of[1].toISOString(), of[2].toISOString()])
      return [key]
    }
    const lake = await openLake(newFolder())
    expect(await importLogs(lake, folder, into({ fetchPublicKeys }), inline)).toMatchObject({ kept: 4 })
    expect(asked).toEqual(Array(2).fill(['us-east-1', '2022-05-10T22:06:30.000Z', '2022-05-30T22:06:30.000Z']))
  })

  test('named as one file needs its sign file, not the other files', async () => {
    const folder = deliver(newFolder(), ['a', 'b'])
    const lake = await openLake(newFolder())
    const options = into({ publicKeys: [key] })
    expect(await importLogs(lake, join(folder, 'result_2.csv.gz'), options, inline)).toMatchObject({ kept: 1 })
  })
})

describe('what is refused before anything is read', () => {
  const one = (folder: string) => join(folder, 'result_1.csv.gz')
  test.each<[string, (folder: string) => void, ImportOptions['queryResults'], RegExp]>([
    ['no keys', () => {}, undefined, /the public key 67b9.* is not known/],
    ['another key', () => {}, { publicKeys: [{ ...key, fingerprint: 'x' }] }, /is not known/],
    ['a key of the same name', () => {}, { publicKeys: [others] }, /the signature in result_sign.json is wrong/],
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
    const folder = deliver(newFolder(), ['a', 'b'])
    spoil(folder)
    const lake = await openLake(newFolder())
    const failure = await importLogs(lake, folder, into(keys), inline).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'QUERY_RESULT_UNVERIFIED', message: expect.stringMatching(message) })
  })

  test.each([
    { publicKeys: key },
    { publicKeys: [{ value: 'x' }] },
    { fetchPublicKeys: true },
    { unverified: 'yes' },
    { keys: [] },
  ])('options %o', async (options) => {
    const lake = await openLake(newFolder())
    const failure = importLogs(lake, newFolder(), into(options as unknown as ImportOptions['queryResults']), inline)
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

test('a file that was changed after it was signed is named and left out, the others are in; whole again it is read', async () => {
  const folder = deliver(newFolder(), ['a', 'b'])
  const path = join(folder, 'result_1.csv.gz')
  const sound = readFileSync(path)
  writeFileSync(path, gzipSync(csvLine(['eventJson']) + csvLine([JSON.stringify(record({ id: 'forged' }))])))
  for (const tuning of [inline, {}]) {
    const lake = await openLake(newFolder())
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
  const folder = deliver(newFolder(), ['a'])
  rmSync(signOf(folder))
  const said: ImportProgress[] = []
  const lake = await openLake(newFolder())
  const options = { ...into({ unverified: true }), onProgress: (one: ImportProgress) => said.push(one) }
  expect(await importLogs(lake, folder, options, inline)).toMatchObject({ kept: 1 })
  expect(said).toContainEqual({ kind: 'advice', message: 'signatures of query results are NOT verified' })
})

test('chosen columns are refused with what is lacking; a changed file is not read by a retry', async () => {
  const folder = deliver(newFolder(), ['a'], ['eventName', 'eventTime'])
  const lake = await openLake(newFolder())
  const report = await importLogs(lake, folder, into({ publicKeys: [key] }), inline)
  expect(report.failures).toMatchObject([{ code: 'UNSUPPORTED_SHAPE', reason: /the column eventJson is missing/ }])
  writeFileSync(
    join(folder, 'result_1.csv.gz'),
    gzipSync(csvLine(['eventJson']) + csvLine([JSON.stringify(record({ id: 'x' }))])),
  )
  expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 0, unavailable: 1 })
})

test('answers beside a trail are not read on a walk through the bucket, and are where they are named', async () => {
  const bucket = newFolder()
  const at = 'AWSLogs/111122223333/CloudTrail-Lake/Query/2024/05/01/6a7f'
  deliver(join(bucket, at), ['a'])
  const lake = await openLake(newFolder())
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
