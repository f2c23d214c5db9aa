import { expect, test } from 'vitest'
import { checkReadable, checkWritable, OUR_PROTOCOL, parseActions, serializeActions } from '../../src/table/actions.ts'
import type { Action, Metadata, Protocol } from '../../src/table/types.ts'

const parse = (text: string) => parseActions(text, 'table', 'commit 7')
const metadata: Metadata = {
  id: 'i',
  format: { provider: 'parquet' },
  schemaString: '{}',
  partitionColumns: [],
  configuration: {},
}

test('what is written is read, one action a line, every line ended', () => {
  const actions: Action[] = [
    { commitInfo: { timestamp: 1, operation: 'WRITE', traillake: { ledger: [{ path: 'x' }] }, text: 'a\nb\u2028' } },
    { protocol: OUR_PROTOCOL },
    { metaData: metadata },
    {
      add: {
        path: 'a%20b',
        partitionValues: { date: null },
        size: 1,
        modificationTime: 2,
        dataChange: true,
        stats: '{}',
      },
    },
    { remove: { path: 'c', dataChange: false, deletionTimestamp: 3 } },
    { txn: { appId: 'app', version: 4 } },
    { domainMetadata: { domain: 'd', configuration: '{}', removed: false } },
  ]
  const text = serializeActions(actions)
  expect(text.endsWith('}\n')).toBe(true)
  expect(text.split('\n')).toHaveLength(actions.length + 1)
  expect(parse(text)).toEqual(actions)
})

test('lines of other writers: no line end, blank lines, carriage returns, null members, change data', () => {
  const text = '{"add":null,"txn":{"appId":"a","version":1}}\r\n\n{"cdc":{"path":"x"}}\n{"newKind":{"x":1}}'
  expect(parse(text)).toEqual([{ txn: { appId: 'a', version: 1 } }, { unknown: { name: 'newKind' } }])
})

test.each([
  '{"add":{"path":"x"',
  '7',
  'null',
  '[]',
  '{"add":7}',
  '{"add":{"size":1,"partitionValues":{}}}',
  '{"add":{"path":"x","partitionValues":{}}}',
  '{"add":{"path":"x","size":1}}',
  '{"add":{"path":"x","size":1.5,"partitionValues":{}}}',
  '{"remove":{}}',
  '{"metaData":{"id":"x"}}',
  '{"protocol":{}}',
  '{"txn":{"appId":"x"}}',
])('%s is damage', (line) => {
  expect(() => parse(line)).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }))
})

test.each(['add', 'remove'])('a deletion vector in %s is refused, never ignored', (kind) => {
  const file = { path: 'x', size: 1, partitionValues: {}, dataChange: true }
  const line = (deletionVector: unknown) => JSON.stringify({ [kind]: { ...file, deletionVector } })
  expect(() => parse(line({ storageType: 'u' }))).toThrow(
    expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED', message: expect.stringContaining('deletionVectors') }),
  )
  expect(parse(line(null))).toHaveLength(1)
})

const protocol = (reader: number, writer: number, readerFeatures?: string[], writerFeatures?: string[]): Protocol => ({
  minReaderVersion: reader,
  minWriterVersion: writer,
  ...(readerFeatures ? { readerFeatures } : {}),
  ...(writerFeatures ? { writerFeatures } : {}),
})

test.each([
  { of: OUR_PROTOCOL, reads: true, writes: true },
  { of: protocol(1, 2), reads: true, writes: false },
  { of: protocol(1, 7, undefined, ['appendOnly']), reads: true, writes: false },
  { of: protocol(1, 7, undefined, ['domainMetadata']), reads: true, writes: true },
  { of: protocol(3, 7, [], []), reads: true, writes: true },
  { of: protocol(2, 5), reads: false, writes: false },
  {
    of: protocol(3, 7, ['timestampNtz', 'deletionVectors'], ['timestampNtz', 'deletionVectors']),
    reads: false,
    writes: false,
  },
  { of: protocol(3, 7, ['columnMapping'], ['columnMapping']), reads: false, writes: false },
  { of: protocol(3, 7, ['v2Checkpoint'], ['v2Checkpoint']), reads: false, writes: false },
  { of: protocol(4, 8), reads: false, writes: false },
])('$of: reading $reads, writing $writes', ({ of, reads, writes }) => {
  const refused = expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' })
  if (reads) checkReadable(of, metadata, 't')
  else expect(() => checkReadable(of, metadata, 't')).toThrow(refused)
  if (writes) checkWritable(of, metadata, 't')
  else expect(() => checkWritable(of, metadata, 't')).toThrow(refused)
})

test('column mapping and other file formats are refused', () => {
  const refused = expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' })
  const mapped = { ...metadata, configuration: { 'delta.columnMapping.mode': 'name' } }
  expect(() => checkReadable(OUR_PROTOCOL, mapped, 't')).toThrow(refused)
  expect(() => checkReadable(OUR_PROTOCOL, { ...metadata, format: { provider: 'orc' } }, 't')).toThrow(refused)
})
