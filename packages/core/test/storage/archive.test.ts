import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { isArchive, openArchive } from '../../src/storage/index.ts'
import { type Member, tarMembers, tarOf, tgzOf, zipOf } from '../archives.ts'

const folder = mkdtempSync(join(tmpdir(), 'traillake-archive-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** What is in an archive: names, and contents or why they cannot be had. */
async function contents(ending: string, bytes: Uint8Array) {
  const path = join(folder, `${++files}${ending}`)
  writeFileSync(path, bytes)
  const work = mkdtempSync(join(folder, 'work-'))
  const archive = await openArchive(path, { folder: work })
  const found: (readonly [string, string])[] = []
  for (const [i, { name }] of archive.members.entries()) {
    const to = join(work, `member-${i}`)
    const extracted = await archive.extract(i, to)
    found.push([name, 'damage' in extracted ? `! ${extracted.damage}` : textOf(readFileSync(extracted.path))])
  }
  await archive.rest()
  return { found, damage: archive.damage, sizes: archive.members.map(({ size }) => size), work }
}

/** As the reader of log files takes it: gzip or not. */
function textOf(bytes: Buffer): string {
  try {
    return bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString()
  } catch (error) {
    return `? ${(error as Error).message}`
  }
}

const text = '{"Records":[]}'.repeat(20_000)
const members: readonly Member[] = [
  { name: 'AWSLogs/a.json', data: text },
  { name: 'AWSLogs/b.json.gz', data: gzipSync('b') },
  { name: 'empty.json', data: '' },
  { name: 'ünïcode – 日本.json', data: 'u' },
]
const wanted = [
  ['AWSLogs/a.json', text],
  ['AWSLogs/b.json.gz', 'b'],
  ['empty.json', ''],
  ['ünïcode – 日本.json', 'u'],
]

test.each(['a.zip', 'A.ZIP', 'x/a.tar', 'a.tar.gz', 'a.tgz'])('%s is an archive', (name) => {
  expect(isArchive(name)).toBe(true)
})
test.each(['a.json.gz', 'a.gz', 'zip', 'a.zip.json'])('%s is none', (name) => {
  expect(isArchive(name)).toBe(false)
})

describe('whole archives', () => {
  test.each([
    ['zip', '.zip', zipOf(members)],
    ['zip without compression', '.zip', zipOf(members.map((member) => ({ ...member, method: 0 })))],
    ['tar', '.tar', tarOf(members)],
    ['tar.gz', '.tar.gz', tgzOf(members)],
    ['tgz that is not compressed', '.tgz', tarOf(members)],
    ['tar that is', '.tar', tgzOf(members)],
  ])('%s', async (_name, ending, bytes) => {
    const { found, damage, sizes, work } = await contents(ending, bytes)
    expect(found).toEqual(wanted)
    expect(damage).toBeUndefined()
    expect(sizes).toEqual(members.map(({ data }) => Buffer.from(data).length))
    // What a tar brought to the disk goes with it.
    expect(readdirSync(work).filter((name) => name.startsWith('tar-'))).toEqual([])
  })

  test.each([
    ['.zip', zipOf([])],
    ['.tar', tarOf([])],
    ['.tar.gz', tgzOf([])],
  ])('a %s without members', async (ending, bytes) => {
    expect(await contents(ending, bytes)).toMatchObject({ found: [], damage: undefined })
  })

  test('folders and links are no members; names may be odd, and each is one', async () => {
    const odd = [
      '../../etc/passwd',
      '/root/x.json',
      'a\\b.json',
      'c.json',
      'c.json',
      '(2)/c.json',
      'c.json',
      'nul\u0001.json',
    ]
    const names = [
      ...['../../etc/passwd', '/root/x.json', 'a/b.json', 'c.json', '(2)/c.json', '(2)/(2)/c.json', '(3)/c.json'],
      'nul\u0001.json',
    ]
    const zip = await contents('.zip', zipOf([{ name: 'x/', data: '' }, ...odd.map((name) => ({ name, data: name }))]))
    expect(zip.found).toEqual(names.map((name, i) => [name, odd[i]]))
    const links = ['1', '2', '5'].map((type) => ({ name: `link${type}`, data: '', type }))
    const tar = await contents('.tar', tarOf([...links, ...odd.map((name) => ({ name, data: name }))]))
    expect(tar.found).toEqual(names.map((name, i) => [name, odd[i]]))
  })
})

describe('damage', () => {
  const two: readonly Member[] = [
    { name: 'a.json', data: text },
    { name: 'b.json', data: 'b' },
  ]

  test.each<[string, Partial<Member>, RegExp]>([
    ['a wrong sum', { crc: 5 }, /^\? incorrect data check$/],
    ['a wrong sum, stored', { crc: 5, method: 0 }, /^\? incorrect data check$/],
    ['encryption', { flags: 1 }, /^! it is encrypted$/],
    ['an unknown method', { method: 14 }, /^! its compression method 14 is not known$/],
    ['a size that is not true', { claims: 7 }, /^\? incorrect length check$/],
  ])('%s spoils one member of a zip', async (_name, spoiled, reason) => {
    const { found, damage } = await contents('.zip', zipOf([{ ...two[0]!, ...spoiled }, two[1]!]))
    expect(damage).toBeUndefined()
    expect(found[0]![1]).toMatch(reason)
    expect(found[1]).toEqual(['b.json', 'b'])
  })

  test('a gzip file in a zip whose sum is wrong, or that is larger than it says, is not taken', async () => {
    const data = gzipSync(Buffer.from(text))
    const wrong = await contents('.zip', zipOf([{ name: 'a.json.gz', data, crc: 1 }]))
    expect(wrong.found[0]![1]).toMatch(/^! incorrect data check/)
    const larger = await contents('.zip', zipOf([{ name: 'a.json.gz', data, claims: 20 }]))
    expect(larger.found[0]![1]).toMatch(/^! it is larger than the archive says/)
  })

  test('what is no zip, a zip that is cut, members that overlap, a bomb', async () => {
    const bytes = zipOf(two)
    for (const none of [Buffer.alloc(0), Buffer.from('hello'), bytes.subarray(0, -30)]) {
      const { found, damage } = await contents('.zip', none)
      expect(found).toEqual([])
      expect(damage).toMatch(/^end of central directory record signature not found.*[^.]$/)
    }
    const many = Array.from({ length: 50 }, (_, i) => ({ name: `${i}.json`, data: text }))
    expect((await contents('.zip', zipOf(many, { overlap: true }))).damage).toMatch(/overlap|200 times/)
    const bomb = await contents('.zip', zipOf([{ name: 'a.json', data: Buffer.alloc(100_000_000) }]))
    expect(bomb).toMatchObject({ found: [], damage: 'it unpacks to more than 200 times its size' })
  })

  test('a tar that is cut gives the members that came whole', async () => {
    const bytes = tarOf([two[1]!, two[0]!])
    const cut = await contents('.tar', bytes.subarray(0, 512 * 4))
    expect(cut.found).toEqual([
      ['b.json', 'b'],
      ['a.json', '! the archive ends within it'],
    ])
    expect(cut.damage).toMatch(/^truncated input/)
    expect(await contents('.tar', tarMembers([two[1]!]))).toMatchObject({
      found: [['b.json', 'b']],
      damage: 'it ends early',
    })
    const gz = tgzOf([two[1]!, two[0]!])
    expect(await contents('.tgz', gz.subarray(0, -12))).toMatchObject({ damage: 'truncated gzip' })
    const flipped = Buffer.from(gz)
    flipped[gz.length - 6]! ^= 1
    expect((await contents('.tgz', flipped)).damage).toMatch(/^corrupt gzip/)
    expect((await contents('.tar', Buffer.from('hello'.repeat(500)))).found).toEqual([])
    expect((await contents('.tar', Buffer.from('hello'.repeat(500)))).damage).toMatch(/^checksum failure/)
    expect((await contents('.tar', Buffer.alloc(0))).damage).toBe('unrecognized archive format')
  })

  test('what a tar has of a file in another form is a member that cannot be read, in its place', async () => {
    const sparse = { name: 'PaxHeaders/x', data: '22 GNU.sparse.major=1\n', type: 'x' }
    const bytes = tarOf([
      two[1]!,
      { name: 'old.json', data: text, type: 'S' },
      ...[sparse, { name: 'new.json', data: text }],
      { name: 'c.json', data: 'c' },
      { name: 'rest.json', data: text, type: 'M' },
      { name: 'odd.json', data: 'o', type: '9' },
      ...[sparse, { name: 'folder', data: '', type: '5' }],
      { name: 'volume', data: '', type: 'V' },
      { name: 'd.json', data: 'd' },
    ])
    const reason = '! it is a sparse file: pack it without --sparse'
    expect(await contents('.tar', bytes)).toMatchObject({
      damage: undefined,
      found: [
        ['b.json', 'b'],
        ['old.json', reason],
        ['new.json', reason],
        ['c.json', 'c'],
        ['rest.json', '! its type ContinuationFile is not read'],
        ['odd.json', expect.stringMatching(/^! its type \w+ is not read$/)],
        ['d.json', 'd'],
      ],
    })
  })

  test('a bomb in a tar stops being unpacked', async () => {
    const bomb = await contents('.tgz', tgzOf([{ name: 'a.json', data: Buffer.alloc(200_000_000) }]))
    expect(bomb.damage).toBe('it unpacks to more than 200 times its size')
    expect(bomb.found[0]![1]).toBe('! the archive ends within it')
  })

  test.each([
    ['.zip', zipOf],
    ['.tgz', tgzOf],
  ] as const)('a %s that rested gives its members again, one that was replaced does not', async (ending, pack) => {
    const path = join(folder, `${++files}${ending}`)
    writeFileSync(path, pack(two))
    const archive = await openArchive(path, { folder })
    for (let i = 0; i < 2; i++) {
      const extracted = await archive.extract(1, join(folder, `${files}-${i}`))
      expect('path' in extracted && textOf(readFileSync(extracted.path))).toBe('b')
      await archive.rest()
    }
    writeFileSync(path, pack([{ name: 'x.json', data: 'x' }, ...two]))
    await expect(archive.extract(1, join(folder, 'never'))).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  })

  test('a file that is not there', async () => {
    for (const name of ['no.zip', 'no.tar'])
      await expect(openArchive(join(folder, name), { folder })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  })
})
