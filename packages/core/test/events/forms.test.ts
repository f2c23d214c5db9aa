import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { eventJsonBytes, readLogFile, streamLogFile } from '../../src/events/index.ts'
import { readTrailFile, trailFiles } from './corpus.ts'
import { wrappings } from './forms.ts'
import { scanner, summaries, summary } from './summaries.ts'

/** Texts of the records of real log files, byte for byte. */
const real = ['invictus-2023', 'custodian', 'synthetic-org'].flatMap((set) =>
  trailFiles(set).flatMap((file) => {
    const read = readLogFile(readTrailFile(file)!, scanner)
    if (read.outcome !== 'records') return []
    return read.batch.records.map((record) => eventJsonBytes(read.batch, record).toString()).slice(0, 40)
  }),
)
const withVersion = real.filter((text) => text.startsWith('{"eventVersion":'))
const id = (name: string) => `{"eventVersion":"1.08","eventTime":"2024-05-01T10:00:00Z","eventID":"${name}"}`

test('there is something to wrap', () => {
  expect(withVersion.length).toBeGreaterThan(500)
})

describe.each(wrappings)('$name', ({ form, write }) => {
  const text = write(withVersion)

  test('gives the very records that were wrapped, whole and as a stream of small pieces', async () => {
    const bytes = gzipSync(text)
    const read = readLogFile(bytes, scanner)
    if (read.outcome !== 'records') throw new Error(summary(read))
    expect(read.form).toBe(form)
    expect([read.batch.read, read.batch.unusable]).toEqual([withVersion.length, []])
    expect(read.batch.records.map((record) => eventJsonBytes(read.batch, record).toString())).toEqual(withVersion)
    expect([read.rawBytes, read.sha256]).toEqual([
      Buffer.byteLength(text),
      createHash('sha256').update(text).digest('hex'),
    ])
    for (const bufferBytes of [1 << 16, 1 << 20]) {
      const stream = await streamLogFile(bytes, scanner, { bufferBytes })
      if (stream.outcome !== 'records') throw new Error(summary(stream))
      const streamed: string[] = []
      for await (const batch of stream.batches())
        streamed.push(...batch.records.map((record) => eventJsonBytes(batch, record).toString()))
      expect([stream.form, stream.sha256, stream.read]).toEqual([form, read.sha256, withVersion.length])
      expect(streamed).toEqual(withVersion)
    }
  })

  test('cut anywhere, it gives the first of the records or is refused, and nothing else', async () => {
    const short = write([id('a'), id('b'), id('c')])
    for (let length = 1; length < short.length; length++) {
      const { whole, streamed } = await summaries(Buffer.from(short.slice(0, length)))
      expect(streamed, `${length} bytes`).toBe(whole)
      const isPart = /^(?:0:a(?: 1:b(?: 2:c)?)?)?(?: ?\d:(?:not an object|no readable eventTime))?$/.test(whole)
      expect(isPart || /^(?:MALFORMED_JSON|UNSUPPORTED_SHAPE|not-a-log-file|empty)/.test(whole), whole).toBe(true)
    }
  })
})

const NO_EVENTS =
  'UNSUPPORTED_SHAPE: its rows hold no whole events: the column eventJson is missing (select eventJson, or *, and export it again)'
const looked = (event: string) => `{"EventId":"x","CloudTrailEvent":${JSON.stringify(event)}}`
const envelope = (type: string, detail: string) =>
  `{"version":"0","detail-type":"${type}","source":"aws.ec2","detail":${detail}}`

describe('what does not go by the book', () => {
  test.each([
    ['no events', '{"Events":[]}', ''],
    ['a first page without events', `{"Events":[]}{"Events":[${looked(id('a'))}]}`, '0:a'],
    ['a list in an object that goes on', `{"Events":[${looked(id('a'))}],"x":{"y":[1]},"z":null}`, '0:a'],
    ['a list that does not end', `{"Events":[${looked(id('a'))}`, 'MALFORMED_JSON: the JSON text ends early'],
    ['no comma in a list', `{"Events":[${looked(id('a'))} 1]}`, /^MALFORMED_JSON: broken JSON at byte/],
    ['an event that is no JSON', `{"Events":[${looked('oops')},${looked(id('b'))}]}`, '0:not an object 1:b'],
    ['an event cut short', `{"Events":[${looked('{"eventVersion":"1')},${looked(id('b'))}]}`, '0:not an object 1:b'],
    ['two events in one text', `{"Events":[${looked(`${id('a')}${id('b')}`)}]}`, '0:not an object'],
    ['an element without an event', `{"Events":[${looked(id('a'))},{"EventId":"x"}]}`, '0:a 1:no readable eventTime'],
    ['events that jq turned into objects', `{"EventId":"x","CloudTrailEvent":${id('a')}}`, '0:a'],
    ['white space in a text', looked(`\n ${id('a')} `), '0:a'],
    [
      'events of EventBridge that are not of CloudTrail',
      `${envelope('EC2 Instance State-change Notification', '{"state":"x"}')}\n${envelope('AWS API Call via CloudTrail', id('b'))}\n`,
      '0:no readable eventTime 1:b',
    ],
    ['a broken line among lines', `${id('a')}\n{"eventVersion":"1.0\n${id('c')}\n`, '0:a 1:not an object 2:c'],
    [
      'lines of all kinds',
      `${id('a')}\n\n \r\n5\nx y\n${id('b')}${id('c')}\n`,
      '0:a 1:not an object 2:not an object 3:b 4:c',
    ],
    ['log files as lines behind others', `${id('a')}\n{"Records":[${id('b')},${id('c')}]}\n`, '0:a 1:b 2:c'],
    ['lines with a byte order mark', `\ufeff${id('a')}\n${id('b')}`, '0:a 1:b'],
    [
      'an export with other messages',
      `2024-05-01T10:00:00Z ${id('a')}\n2024-05-01T10:00:00Z hello\n`,
      '0:a 1:not an object',
    ],
    ['an export of other logs', '2024-05-01T10:00:00Z START RequestId: 5\n', 'not-a-log-file'],
    ['a subscription that is only tried', '{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"x"}]}', ''],
    ['quotes and line feeds in cells', `eventJson,x\n"${id('a').replaceAll('"', '""')}","1\n2,"\n`, '0:a'],
    ['an empty cell', `x,eventJson\n1,\n2,"${id('b').replaceAll('"', '""')}"\n`, '0:not an object 1:b'],
    ['a row with too few cells', `x,eventJson\n1\n2,"${id('b').replaceAll('"', '""')}"`, '0:not an object 1:b'],
    [
      'a cell that goes on after its quotes',
      `eventJson\r\n"${id('a').replaceAll('"', '""')}"x\r\n"${id('b').replaceAll('"', '""')}" \r\n`,
      '0:not an object 1:b',
    ],
    ['quotes that do not close', 'eventJson\n"{', 'MALFORMED_JSON: the text ends within a value'],
    ['a header alone', 'eventID,eventJson\n', ''],
    ['a byte order mark before a header', `\ufeff"eventJson"\n"${id('a').replaceAll('"', '""')}"\n`, '0:a'],
    ['chosen columns as CSV', 'eventName,eventTime\nA,2024-05-01 10:00:00.000\n', NO_EVENTS],
    ['chosen columns as JSON', '{"eventname":"A","eventtime":"2024-05-01 10:00:00.000"}\n', NO_EVENTS],
    ['chosen columns of GetQueryResults', '{"QueryResultRows":[[{"eventName":"A"},{"n":"1"}]]}', NO_EVENTS],
    ['no rows of a query that has ended', '{"QueryStatus":"FINISHED","QueryResultRows":[]}', ''],
    ['no rows of one that has not', '{"QueryStatus":"RUNNING","QueryResultRows":[]}', NO_EVENTS],
    ['no rows of GetQueryResults', '{"QueryResultRows":[]}', NO_EVENTS],
    ['a log file behind a long text', `{"eventName":"${'x'.repeat(3 << 19)}","Records":[${id('a')}]}`, '0:a'],
    ['a log file behind an event name', `{"eventName":"x","Records":[${id('a')}]}`, '0:a'],
    ['messages of an application', '{"message":"hello","timestamp":5,"level":"info"}\n', 'not-a-log-file'],
    ['a list of other events', '{"events":[{"name":"x"}]}', 'not-a-log-file'],
    ['Events of others', '{"Events":[{"name":"x"}]}', 'not-a-log-file'],
    ['a bare record without a time', '{"eventVersion":"1.08","eventName":"x"}', '0:no readable eventTime'],
  ] as const)('%s', async (_name, text, wanted) => {
    const { whole, streamed } = await summaries(Buffer.from(text))
    if (typeof wanted === 'string') expect(whole).toBe(wanted)
    else expect(whole).toMatch(wanted)
    expect(streamed).toBe(whole)
  })

  test('an event in an event in an event is taken apart so far and no further', async () => {
    let text = id('a')
    for (let i = 0; i < 200; i++) text = `{"CloudTrailEvent":${text}}`
    expect((await summaries(Buffer.from(text))).whole).toBe('0:no readable eventTime')
  })

  test('bytes that are no UTF-8 stay as they are', async () => {
    const broken = Buffer.from(`${id('a')}\n${id('\xff')}\n`, 'latin1')
    expect((await summaries(broken)).whole).toBe('0:a 1:invalid UTF-8')
  })

  test('a bomb of another form fails at the cap', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(`${id('a')}\n`), Buffer.alloc(100 << 20, 10)]))
    expect(await streamLogFile(bomb, scanner, { maxRawBytes: 30 << 20 })).toMatchObject({ code: 'TOO_LARGE' })
    const line = gzipSync(Buffer.concat([Buffer.from(`${id('a')}\n`), Buffer.alloc(100 << 20, 97)]))
    expect(await streamLogFile(line, scanner)).toMatchObject({ code: 'TOO_LARGE', reason: /^a value/ })
  })
})
