import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashText, NO_ID, NO_TAPE } from '../../../src/events/index.ts'
import { newFileState, type Row } from '../../../src/lake/import/batch-state.ts'
import { Identities } from '../../../src/lake/import/identities.ts'

const file = newFileState({ source: 0, key: 'k', uri: 'file:///k', size: 1, etag: 'e', modifiedMs: 0, sourceId: 'abc' })

interface Known {
  readonly eventId: string | null
  readonly account: string | null
  readonly day: string
}

/** A row of an event; with `isHeld` its id lies in the text of its batch, else beside it. */
function row({ eventId, account, day }: Known, isHeld: boolean): Row {
  const raw = Buffer.from(eventId ?? '')
  const record = {
    index: 0,
    start: 0,
    end: raw.length,
    eventTimeMs: 0,
    idStart: isHeld && eventId !== null ? 0 : NO_ID,
    idEnd: isHeld && eventId !== null ? raw.length : NO_ID,
    eventId: isHeld ? null : eventId,
    account,
    region: null,
    category: 'Management',
    typed: null,
    compact: null,
    tape: NO_TAPE,
  }
  const batch = { raw, read: 1, records: [record], unusable: [], tape: new Int32Array() }
  return { file, record, batch, day, digest: undefined, fate: 'kept', first: undefined, sibling: undefined }
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
      const identities = new Identities()
      const firsts = new Map<string, Row>()
      const ids = new Set<string>()
      const repeats: Row[] = []
      for (const [event, isHeld] of all) {
        const one = row(event, isHeld)
        identities.add(one)
        if (!event.eventId) {
          expect(one.first).toBeUndefined()
          continue
        }
        const identity = JSON.stringify(event)
        const first = firsts.get(identity)
        expect(one.first).toBe(first)
        if (first) repeats.push(one)
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
