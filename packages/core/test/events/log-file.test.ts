import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { eventIdOf, eventJsonBytes, readLogFile, sourceBytes, streamLogFile } from '../../src/events/index.ts'
import { readTrailFile, trailFiles } from './corpus.ts'
import { scanner, summaries, summary } from './summaries.ts'

const record = (id: string) => `{"eventTime":"2024-05-01T10:00:00Z","eventID":"${id}"}`
const documentOf = (...records: readonly string[]) => `{"Records":[${records.join(',')}]}`
const gzip = (text: string) => gzipSync(text)
const good = gzip(documentOf(record('a'), record('b')))
const flip = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at < 0 ? copy.length + at : at]! ^= 1
  return copy
}

const cases: readonly (readonly [string, Uint8Array, string])[] = [
  ['a log file', good, '0:a 1:b'],
  ['one not compressed', Buffer.from(documentOf(record('a'))), '0:a'],
  ['no records', gzip('{"Records":[]}'), ''],
  ['two members, one document', Buffer.concat([gzip('{"Records":['), gzip(`${record('a')}]}`)]), '0:a'],
  ['two members, a document each', Buffer.concat([good, gzip(documentOf(record('c')))]), '0:a 1:b 2:c'],
  ['two documents', Buffer.from(`${documentOf(record('a'))}\n${documentOf(record('b'))}\n`), '0:a 1:b'],
  ['byte order marks', Buffer.from(`\ufeff${documentOf(record('a'))}\ufeff${documentOf(record('b'))}`), '0:a 1:b'],
  ['more members', gzip(`{"v":1,"x":{"Records":[1]},"Records":[${record('a')}],"y":[]}`), '0:a'],
  ['Records twice', gzip(`{"Records":[${record('a')}],"Records":[${record('b')}]}`), '0:a 1:b'],
  ['padding of zeros', Buffer.concat([good, Buffer.alloc(700)]), '0:a 1:b'],
  [
    'entries of all kinds',
    gzip(documentOf(record('a'), '1', '"x"', 'null', '[{}]', '{}', record('b'))),
    '0:a 1:not an object 2:not an object 3:not an object 4:not an object 5:no readable eventTime 6:b',
  ],
  [
    'no usable time',
    gzip(
      documentOf('{"eventTime":5}', '{"eventTime":"x"}', '{"eventTime":null}', '{"EVENTTIME":"2024-05-01T10:00:00Z"}'),
    ),
    '0:no readable eventTime 1:no readable eventTime 2:no readable eventTime 3:null',
  ],
  [
    'a malformed record',
    gzip(documentOf('{"a":1,}', record('a'), '{"a":tru}', '{"a":"\n"}', 'nul')),
    '0:malformed JSON 1:a 2:malformed JSON 3:malformed JSON 4:malformed JSON',
  ],
  ['a record that is no UTF-8', Buffer.from(documentOf(record('\xff'), record('b')), 'latin1'), '0:invalid UTF-8 1:b'],
  ['escaped quotes', gzip(documentOf(record('\\"},{\\\\'), record('b'))), '0:"},{\\ 1:b'],

  ['no bytes', Buffer.alloc(0), 'empty'],
  ['gzip of nothing', gzip(''), 'empty'],
  ['white space', Buffer.from(' \n\t'), 'empty'],
  ['XML', gzip('<Error/>'), 'not-a-log-file'],
  ['a number', Buffer.from('5'), 'not-a-log-file'],
  ['CSV', Buffer.from('a,b\n1,2\n'), 'not-a-log-file'],
  ['Parquet', Buffer.from('PAR1\u0015\u0004'), 'not-a-log-file'],
  ['an empty object', gzip('{}'), 'not-a-log-file'],
  ['Records that are none', gzip('{"Records":null}'), 'not-a-log-file'],
  ['records in another case', gzip('{"records":[]}'), 'not-a-log-file'],
  ['a digest', gzip('{"awsAccountId":"1","digestEndTime":"x","logFiles":[]}'), 'digest'],
  ['a Config snapshot', gzip('{"fileVersion":"1.0","configurationItems":[{}]}'), 'config'],
  ['a sign file', gzip('{"files":[],"hashSignature":"x","queryCompleteTime":"x"}'), 'query-result'],
  [
    'aggregated events',
    gzip(documentOf('{"eventCategory":"Aggregated","eventType":"AwsAggregatedEvent"}')),
    'aggregated',
  ],

  [
    'an array of other things',
    gzip('[1]'),
    'UNSUPPORTED_SHAPE: an array of what is no record, in the place of {"Records":[…]}',
  ],
  ['UTF-16', Buffer.from(`\ufeff${documentOf(record('a'))}`, 'utf16le'), 'INVALID_UTF8: UTF-16 text'],
  [
    'a log file and another object',
    Buffer.from(`${documentOf(record('a'))}\n${record('b')}`),
    'UNSUPPORTED_SHAPE: other objects beside {"Records":[…]}',
  ],
  ['cut in the data', good.subarray(0, -12), 'TRUNCATED_GZIP: truncated gzip'],
  ['cut in the trailer', good.subarray(0, -3), 'TRUNCATED_GZIP: truncated gzip'],
  ['cut in the header', good.subarray(0, 5), 'TRUNCATED_GZIP: truncated gzip'],
  ['a second member cut', Buffer.concat([good, good.subarray(0, 20)]), 'TRUNCATED_GZIP: truncated gzip'],
  ['a wrong checksum', flip(good, -6), 'CORRUPT_GZIP: corrupt gzip: incorrect data check'],
  ['a wrong length', flip(good, -2), 'CORRUPT_GZIP: corrupt gzip: incorrect length check'],
  [
    'text after the gzip',
    Buffer.concat([good, Buffer.from('more')]),
    'TRAILING_DATA: data after the end of the gzip stream',
  ],
  [
    'text after padding',
    Buffer.concat([good, Buffer.from('\0\0more')]),
    'TRAILING_DATA: data after the end of the gzip stream',
  ],
  ['text after the document', gzip(`${documentOf()} x`), 'MALFORMED_JSON: broken JSON at byte 15'],
  ['a trailing comma', gzip('{"Records":[1,]}'), 'MALFORMED_JSON: broken JSON at byte 14'],
  ['no comma', gzip('{"Records":[1 2]}'), 'MALFORMED_JSON: broken JSON at byte 14'],
  ['crossed brackets', gzip('{"Records":[{"a":[}]}'), 'MALFORMED_JSON: broken JSON at byte 12'],
  ['no colon', gzip('{"Records"}'), 'MALFORMED_JSON: broken JSON at byte 1'],
  ['cut in a record', gzip(documentOf(record('a')).slice(0, -5)), 'MALFORMED_JSON: the JSON text ends early'],
  ['cut after a record', gzip(documentOf(record('a')).slice(0, -1)), 'MALFORMED_JSON: the JSON text ends early'],
  ['cut in a string', gzip('{"Rec'), 'MALFORMED_JSON: the JSON text ends early'],
  ['an open array of open objects', gzip('{"Records":[{"a":[{'), 'MALFORMED_JSON: the JSON text ends early'],
]

describe('a file read whole and the same file as a stream', () => {
  test.each(cases)('%s', async (_name, bytes, wanted) => {
    const { whole, streamed } = await summaries(bytes)
    expect(whole).toBe(wanted)
    expect(streamed).toBe(wanted)
    const inPieces = await streamLogFile(bytes, scanner, { bufferBytes: 64 })
    if (inPieces.outcome !== 'records') expect(summary(inPieces)).toBe(wanted)
    else expect(inPieces.read).toBe(wanted === '' ? 0 : wanted.match(/\d+:/g)!.length)
  })

  test.each(['invictus-2023', 'aws-docs', 'layout-quirks'])(
    'every file of %s in windows of 1000 bytes',
    async (set) => {
      for (const file of trailFiles(set)) {
        const bytes = readTrailFile(file)!
        const read = readLogFile(bytes, scanner)
        if (read.outcome !== 'records') continue
        const stream = await streamLogFile(bytes, scanner, { bufferBytes: 1000 })
        if (stream.outcome !== 'records') throw new Error(`${file}: ${JSON.stringify(stream)}`)
        let index = 0
        for await (const batch of stream.batches()) {
          for (const found of batch.records) {
            const same = read.batch.records.find((other) => other.index === found.index)!
            expect(eventJsonBytes(batch, found).equals(eventJsonBytes(read.batch, same))).toBe(true)
            expect([eventIdOf(batch, found), found.eventTimeMs]).toEqual([
              eventIdOf(read.batch, same),
              same.eventTimeMs,
            ])
          }
          index += batch.read
        }
        expect(index).toBe(read.batch.read)
        expect(stream.sha256).toBe(read.sha256)
      }
    },
  )
})

test('a fault is named by its place in the whole text, however it is read', async () => {
  const text = documentOf(...Array.from({ length: 300 }, (_, i) => record(`${i}`)), '1 2')
  const wanted = { code: 'MALFORMED_JSON', reason: `broken JSON at byte ${text.length - 3}` }
  expect(readLogFile(Buffer.from(text), scanner)).toMatchObject(wanted)
  expect(await streamLogFile(Buffer.from(text), scanner, { bufferBytes: 1000 })).toMatchObject(wanted)
})

test('the hash is that of the uncompressed bytes, byte order mark and all', () => {
  const text = `\ufeff${documentOf(record('a'))}\n`
  const read = readLogFile(gzip(text), scanner)
  expect(read).toMatchObject({
    rawBytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  })
})

test('offsets give the bytes as delivered, eventjson the compact ones', () => {
  const spaced = '{ "eventTime" : "2024-05-01T10:00:00Z",\n\t"a": [ 1.50, "x \\/ y" ] }'
  const read = readLogFile(gzip(documentOf(' 7', spaced)), scanner)
  if (read.outcome !== 'records') throw new Error(read.outcome)
  expect(sourceBytes(read.batch, read.batch.unusable[0]!).toString()).toBe('7')
  expect(sourceBytes(read.batch, read.batch.records[0]!).toString()).toBe(spaced)
  expect(eventJsonBytes(read.batch, read.batch.records[0]!).toString()).toBe(
    '{"eventTime":"2024-05-01T10:00:00Z","a":[1.50,"x \\/ y"]}',
  )
})

describe('sizes', () => {
  test('more than the buffer holds is large, up to it is not', () => {
    const raw = gunzipSync(good)
    expect(readLogFile(good, scanner, { bufferBytes: raw.length }).outcome).toBe('records')
    expect(readLogFile(good, scanner, { bufferBytes: raw.length - 1 }).outcome).toBe('large')
    expect(readLogFile(raw, scanner, { bufferBytes: raw.length - 1 }).outcome).toBe('large')
    expect(readLogFile(good, scanner, { bufferBytes: 0 }).outcome).toBe('large')
  })

  test('a trailer that lies about the length is found out', () => {
    // The length of the first of two members is claimed by neither: only inflating tells.
    const liar = Buffer.concat([gzip(documentOf(...Array.from({ length: 500 }, (_, i) => record(`${i}`)))), gzip(' ')])
    expect(readLogFile(liar, scanner, { bufferBytes: 1000 }).outcome).toBe('large')
    const read = readLogFile(liar, scanner)
    expect(read.outcome === 'records' && read.batch.read).toBe(500)
  })

  test('a bomb fails at the cap', async () => {
    const bomb = Buffer.concat([gzip('{"Records":["'), gzipSync(Buffer.alloc(300 << 20, 97))])
    expect(readLogFile(bomb, scanner).outcome).toBe('large')
    expect(await streamLogFile(bomb, scanner, { maxRawBytes: 30 << 20 })).toMatchObject({
      code: 'TOO_LARGE',
      reason: expect.stringMatching(/^the file /),
    })
    expect(await streamLogFile(bomb, scanner, { maxRecordBytes: 40 << 20 })).toMatchObject({
      code: 'TOO_LARGE',
      reason: expect.stringMatching(/^a record /),
    })
    // Inflating one takes long enough to be stopped.
    let asked = 0
    const checkStopped = () => {
      if (++asked === 3) throw new Error('stopped')
    }
    await expect(streamLogFile(bomb, scanner, { checkStopped })).rejects.toThrow('stopped')
    expect(asked).toBe(3)
  })

  test('a large foreign file is what it is', async () => {
    const config = gzip(`{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":["${'a'.repeat(3 << 20)}"]}`)
    const options = { bufferBytes: 1 << 16, maxRecordBytes: 1 << 20 }
    expect(await streamLogFile(config, scanner, options)).toEqual({ outcome: 'skipped', kind: 'config' })
    const xml = gzip(`<a>${'{"Records":[]}'.repeat(1 << 17)}`)
    expect(await streamLogFile(xml, scanner, options)).toEqual({ outcome: 'skipped', kind: 'not-a-log-file' })
  })

  test('a record of 20 MB, and one a hundred thousand levels deep', async () => {
    const deep = `${'{"a":['.repeat(100_000)}1${']}'.repeat(100_000)}`
    const huge = `{"eventTime":"2024-05-01T10:00:00Z","eventID":"big","requestParameters":{"a":"${'é'.repeat(10 << 20)}"}}`
    const nested = `{"eventTime":"2024-05-01T10:00:00Z","eventID":"deep","requestParameters":${deep},"other":${deep}}`
    const { whole, streamed } = await summaries(gzip(documentOf(huge, nested, deep, `[${deep}]`)))
    expect(whole).toBe('0:big 1:deep 2:no readable eventTime 3:not an object')
    expect(streamed).toBe(whole)
  })
})
