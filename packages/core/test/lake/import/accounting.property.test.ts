import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { importLogs, type PartitionLayout } from '../../../src/lake/index.ts'
import { openMemoryStore } from '../../../src/storage/index.ts'
import { cleanUpAfterEach, openLake, queryEvents, querySources, readQuarantine } from '../support.ts'

cleanUpAfterEach()

/** One entry of `Records`, made so that identities and contents often meet. */
type Entry =
  | {
      readonly kind: 'event'
      readonly id: number | null
      readonly account: string | null
      readonly day: number
      readonly content: number
      readonly category: string
      readonly spaced: boolean
    }
  | { readonly kind: 'bad'; readonly text: string }

interface LogFile {
  readonly entries: readonly Entry[]
  readonly damage: 'none' | 'truncated' | 'empty'
  readonly region: string
}

const entry: fc.Arbitrary<Entry> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      id: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
      account: fc.constantFrom('111122223333', '444455556666', null, 'odd'),
      day: fc.integer({ min: 1, max: 3 }),
      content: fc.constantFrom(0, 0, 0, 1),
      category: fc.constantFrom('Management', 'Management', 'Data', 'Insight'),
      spaced: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('bad' as const),
      text: fc.constantFrom('null', '"text"', '7', '{}', '{"eventTime":"soon"}', '[]'),
    }),
  },
)

const logFile: fc.Arbitrary<LogFile> = fc.record({
  entries: fc.array(entry, { maxLength: 12 }),
  damage: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'truncated', 'empty'),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
})

const event = (content: number): Entry => ({
  kind: 'event',
  id: 4,
  account: 'odd',
  day: 1,
  content,
  category: 'Management',
  spaced: false,
})
const soundFile = (...entries: readonly Entry[]): LogFile => ({ entries, damage: 'none', region: 'us-east-1' })

/** An event; then a conflicting one and a duplicate, in this order, in a file of their own. */
const OTHER_THEN_SAME = [soundFile(event(0)), soundFile(event(1), event(0), event(1), event(0))]

function recordText(entry: Entry): string {
  if (entry.kind === 'bad') return entry.text
  const record = {
    eventVersion: '1.08',
    eventTime: `2024-05-0${entry.day}T00:00:0${entry.content}Z`,
    eventName: `Name${entry.content}`,
    eventCategory: entry.category,
    awsRegion: 'us-east-1',
    ...(entry.id === null ? {} : { eventID: `id-${entry.id}` }),
    ...(entry.account === null ? {} : { recipientAccountId: entry.account }),
  }
  return JSON.stringify(record, null, entry.spaced ? 1 : 0)
}

function fileBytes({ entries, damage }: LogFile): Buffer {
  if (damage === 'empty') return Buffer.alloc(0)
  const bytes = gzipSync(`{"Records":[${entries.map(recordText).join(',')}]}`)
  return damage === 'truncated' ? bytes.subarray(0, bytes.length - 9) : bytes
}

/** What must come of files read in this order: the rules of the design, one record after the other. */
function model(files: readonly LogFile[]) {
  const kept = new Map<string, string>()
  const keptRows: string[] = []
  const perFile = files.map((file) => {
    const counts = { read: 0, kept: 0, duplicate: 0, filtered: 0, quarantined: 0 }
    if (file.damage !== 'none') return counts
    for (const entry of file.entries) {
      counts.read += 1
      if (entry.kind === 'bad') counts.quarantined += 1
      else if (entry.category === 'Insight') counts.filtered += 1
      else {
        const text = JSON.stringify(JSON.parse(recordText(entry)))
        const identity = entry.id === null ? undefined : `${entry.id} ${entry.account} ${entry.day}`
        const first = identity === undefined ? undefined : kept.get(identity)
        if (first === undefined) {
          if (identity !== undefined) kept.set(identity, text)
          keptRows.push(text)
          counts.kept += 1
        } else if (first === text) counts.duplicate += 1
        else counts.quarantined += 1
      }
    }
    return counts
  })
  return { perFile, keptRows }
}

test.each<{ layout: PartitionLayout; batchBytes: number; workers: number; heldBytes?: number }>([
  { layout: 'account-region-date', batchBytes: 64_000_000, workers: 1 },
  { layout: 'account-region-date', batchBytes: 1, workers: 1 },
  { layout: 'account-region-date', batchBytes: 1, workers: 3 },
  { layout: 'date', batchBytes: 2000, workers: 2 },
  // Every file is read as a stream.
  { layout: 'date', batchBytes: 2000, workers: 2, heldBytes: 0 },
])(
  'every record is counted once, for what the rules make of it: %o',
  async ({ layout, batchBytes, workers, heldBytes }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(logFile, { minLength: 1, maxLength: 8 }), fc.nat({ max: 8 }), async (files, cut) => {
        const source = openMemoryStore('source')
        const lake = await openLake(openMemoryStore('lake'))
        const put = async (from: number, to: number) => {
          for (let i = from; i < to; i++) {
            await source.put(
              `AWSLogs/111122223333/CloudTrail/${files[0]!.region}/2024/05/01/${String(i).padStart(3, '0')}.json.gz`,
              fileBytes(files[i]!),
            )
          }
        }
        const run = () =>
          importLogs(
            lake,
            [],
            { into: 'org', layout, workers },
            {
              sources: [{ name: 'source', store: source }],
              batchBytes,
              ...(heldBytes === undefined ? {} : { heldBytes }),
            },
          )
        // In two imports, so that some of it meets what is stored.
        const first = Math.max(1, Math.min(cut, files.length))
        await put(0, first)
        const reports = [await run()]
        await put(first, files.length)
        reports.push(await run())
        const store = reports[0]!.store

        const { perFile, keptRows } = model(files)
        const sum = (name: keyof (typeof perFile)[number]) => perFile.reduce((total, counts) => total + counts[name], 0)
        for (const name of ['read', 'kept', 'duplicate', 'filtered', 'quarantined'] as const) {
          expect([name, reports[0]![name] + reports[1]![name]]).toEqual([name, sum(name)])
        }
        const ledger = await querySources(
          lake,
          store,
          'SELECT read, kept, duplicate, filtered, quarantined FROM sources ORDER BY source_key',
        )
        expect(ledger).toEqual(perFile)
        const rows = await queryEvents(
          lake,
          store,
          'SELECT eventjson, eventid, recipientaccountid, eventtime FROM events',
        )
        expect(rows.map((row) => row.eventjson).sort()).toEqual([...keptRows].sort())
        const entries = await readQuarantine(lake, store)
        expect(entries.filter((line) => line.record !== null)).toHaveLength(sum('quarantined'))
        expect(entries.filter((line) => line.record === null)).toHaveLength(
          files.filter((file) => file.damage === 'truncated').length,
        )
        await lake.close()
      }),
      {
        numRuns: 12,
        examples: [
          // What is stored decides, whatever comes first in the batch.
          [OTHER_THEN_SAME, 1],
          // So does what an earlier batch of the same import keeps.
          [OTHER_THEN_SAME, 8],
        ],
      },
    )
  },
)
