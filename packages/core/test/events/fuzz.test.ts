import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createRecordScanner,
  type LogFileRead,
  readLogFile,
  readTrailKey,
  streamLogFile,
} from '../../src/events/index.ts'
import { record } from '../lake/trail-files.ts'
import { readTrailFile, trailFiles } from './corpus.ts'
import { type EngineRows, openEngineRows } from './engine-rows.ts'
import { wrappings } from './forms.ts'

let engine: EngineRows
beforeAll(async () => {
  engine = await openEngineRows()
})
afterAll(() => engine.close())

const files = ['aws-docs', 'versions', 'synthetic-org', 'layout-quirks', 'custodian']
  .flatMap((set) => trailFiles(set))
  .map((file) => readTrailFile(file)!)
  .filter((bytes) => bytes.length > 0 && bytes.length < 20_000)

/** The JSON of files that can be inflated: damage there gets past the checksum. */
const texts = files.flatMap((bytes) => {
  if (bytes[0] !== 0x1f) return [bytes]
  try {
    return [gunzipSync(bytes)]
  } catch {
    return []
  }
})

type Edit = { readonly at: number; readonly kind: 'flip' | 'cut' | 'splice' | 'double' | 'insert'; readonly n: number }

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(1 << 20),
  kind: fc.constantFrom('flip', 'cut', 'splice', 'double', 'insert'),
  n: fc.nat(1 << 16),
})

const interesting = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\u0000',
  '\n',
  ' ',
  '\xff',
  '\\ud800',
  '1e9',
  'null',
  '"eventTime":',
]

function mutate(bytes: Buffer, edits: readonly Edit[], other: Buffer): Buffer {
  let out = Buffer.from(bytes)
  for (const { at, kind, n } of edits) {
    const p = at % (out.length + 1)
    if (kind === 'flip' && p < out.length) out[p]! ^= 1 << (n % 8)
    if (kind === 'cut') out = Buffer.concat([out.subarray(0, p), out.subarray(p + (n % 40))])
    if (kind === 'splice') out = Buffer.concat([out.subarray(0, p), other.subarray(n % (other.length + 1))])
    if (kind === 'double') out = Buffer.concat([out.subarray(0, p), out.subarray(Math.max(0, p - (n % 60)))])
    if (kind === 'insert')
      out = Buffer.concat([
        out.subarray(0, p),
        Buffer.from(interesting[n % interesting.length]!, 'latin1'),
        out.subarray(p),
      ])
  }
  return out
}

const pick = (from: readonly Buffer[]) => fc.nat(from.length - 1).map((i) => from[i]!)
const damaged = (from: readonly Buffer[]) =>
  fc
    .tuple(pick(from), fc.array(edit, { minLength: 1, maxLength: 4 }), pick(from))
    .map(([bytes, edits, other]) => mutate(bytes, edits, other))

function checkAccounting(read: LogFileRead): void {
  if (read.outcome !== 'records') return
  const { records, unusable, read: count } = read.batch
  expect(records.length + unusable.length).toBe(count)
  const indexes = [...records, ...unusable].map((entry) => entry.index).sort((a, b) => a - b)
  expect(indexes).toEqual(Array.from({ length: count }, (_, i) => i))
}

/** The records of small log files in every other form. */
const copies = wrappings.flatMap(({ write }) => {
  const records = ['a', 'b', 'c'].map((id) => JSON.stringify({ eventVersion: '1.08', ...record({ id }) }))
  return [Buffer.from(write(records)), gzipSync(write(records))]
})

test.each([
  ['log files', files],
  ['copies in other forms', copies],
])('damaged %s are outcomes, never exceptions, and streams agree', async (_what, sound) => {
  const scanner = createRecordScanner('events')
  await fc.assert(
    fc.asyncProperty(damaged(sound), async (bytes) => {
      const read = readLogFile(bytes, scanner)
      checkAccounting(read)
      const stream = await streamLogFile(bytes, scanner, { bufferBytes: 512 })
      expect(stream.outcome).toBe(read.outcome)
      // Of two faults in one file a stream can meet the broken JSON before the broken gzip.
      const isTwice = read.outcome === 'failed' && /GZIP|TRAILING/.test(read.code)
      if ((stream.outcome === 'failed' || stream.outcome === 'skipped') && !isTwice) expect(stream).toEqual(read)
      if (stream.outcome === 'records' && read.outcome === 'records') {
        let count = 0
        for await (const batch of stream.batches()) count += batch.records.length
        expect(count).toBe(read.batch.records.length)
      }
    }),
    { numRuns: 800 },
  )
})

test.each(['events', 'insights', 'activity'] as const)(
  'the engine reads every record that is left of damaged text: %s',
  async (layout) => {
    const asIs = createRecordScanner(layout)
    const rewriting = createRecordScanner(layout, { normalizeAll: true })
    await fc.assert(
      fc.asyncProperty(damaged(texts), async (bytes) => {
        const read = readLogFile(bytes, asIs)
        checkAccounting(read)
        const rewritten = readLogFile(bytes, rewriting)
        expect(rewritten.outcome).toBe(read.outcome)
        if (read.outcome !== 'records' || rewritten.outcome !== 'records') return
        const rows = await engine.rowsOf(layout, read.batch)
        expect(rows.size).toBe(read.batch.records.length)
        expect([...rows.values()].filter((row) => row.eventtime === null)).toEqual([])
        expect(await engine.rowsOf(layout, rewritten.batch)).toEqual(rows)
        expect(rewritten.batch.unusable).toEqual(read.batch.unusable)
      }),
      { numRuns: 250 },
    )
  },
)

test('bytes of any kind, packed or not', () => {
  const scanner = createRecordScanner('events')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isPacked) => {
      checkAccounting(readLogFile(isPacked ? gzipSync(bytes) : bytes, scanner))
    }),
    { numRuns: 2000 },
  )
})

test('keys of any kind', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('AWSLogs', 'CloudTrail', '__proto__', '111122223333', '2024'))),
      (parts) => void readTrailKey(parts.join('/')),
    ),
  )
})
