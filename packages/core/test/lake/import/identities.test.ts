import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecordScanner, hashText, readLogFile } from '../../../src/events/index.ts'
import { newFileState } from '../../../src/lake/import/batch-state.ts'
import { Identities } from '../../../src/lake/import/identities.ts'
import { Rows } from '../../../src/lake/import/rows.ts'

const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId: 'abc' })
const scanner = createRecordScanner('events')

interface Known {
  readonly eventId: string | null
  readonly account: string | null
  readonly day: string
}

/** Adds a row of an event; with `isHeld` its id lies in the text of its batch, else beside it. */
function addRow(rows: Rows, { eventId, account, day }: Known, isHeld: boolean): number {
  const record = { eventTime: `${day}T10:00:00Z`, eventID: eventId, recipientAccountId: account }
  const read = readLogFile(Buffer.from(JSON.stringify({ Records: [record] })), scanner)
  if (read.outcome !== 'records') throw new Error(read.outcome)
  rows.add(file, read.batch, isHeld)
  return rows.count - 1
}

const known: fc.Arbitrary<Known> = fc.record({
  // Enough ids to make the table grow, few enough for repeats.
  eventId: fc.option(
    fc.integer({ min: 0, max: 3000 }).map((n) => (n === 0 ? '' : `id-${n}`)),
    { freq: 50 },
  ),
  account: fc.constantFrom('111122223333', '444455556666', '', null),
  day: fc.constantFrom('2024-05-01', '2024-05-02'),
})

test('rows of one id, account and day are one event, however their ids are held', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(known, fc.boolean()), { maxLength: 4000, size: 'max' }), (all) => {
      const rows = new Rows()
      const identities = new Identities(rows)
      const firsts = new Map<string, number>()
      const ids = new Set<string>()
      const repeats: number[] = []
      for (const [event, isHeld] of all) {
        const one = addRow(rows, event, isHeld)
        identities.add(one, one + 1)
        if (!event.eventId) {
          expect(identities.firstOf(one)).toBeUndefined()
          continue
        }
        const identity = JSON.stringify(event)
        const first = firsts.get(identity)
        expect(identities.firstOf(one)).toBe(first)
        if (first !== undefined) repeats.push(one)
        else firsts.set(identity, one)
        ids.add(event.eventId)
      }
      expect(identities.repeats).toEqual(repeats)
      expect([...identities.hashes()]).toEqual([...ids].map(hashText).sort((a, b) => a - b))
      expect(new Set(identities.firsts())).toEqual(new Set(firsts.values()))
      for (const [identity, first] of firsts) expect(identities.find(JSON.parse(identity))).toBe(first)
      expect(identities.find({ eventId: 'id-no', account: null, day: '2024-05-01' })).toBeUndefined()
      const some = [...ids].filter((_, i) => i % 3 === 0)
      const wanted = [...firsts].filter(([identity]) => some.includes(JSON.parse(identity).eventId))
      const hashes = Float64Array.from([...some.map(hashText), hashText('id-no')])
      expect(new Set(identities.firsts(hashes))).toEqual(new Set(wanted.map(([, first]) => first)))
    }),
    { numRuns: 30 },
  )
})
