import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKnownHashes } from '../../../src/lake/import/known-hashes.ts'

/** Near both ends, and equal in their lowest bits: what a slot says of a hash is not enough. */
const hash = fc.oneof(
  fc.nat(3),
  fc.nat(3).map((n) => 2 ** 53 - 1 - n * 256),
  fc.nat(40).map((n) => n * 2 ** 40),
  fc.maxSafeNat(),
)
const hashes = fc.uniqueArray(hash, { maxLength: 30 }).map((list) => Float64Array.from(list).sort())

test('holders are found by what they hold, as a look into every list finds them', () => {
  fc.assert(
    fc.property(fc.array(hashes, { maxLength: 8 }), hashes, fc.nat(8), (lists, wanted, dropped) => {
      const known = createKnownHashes<{ readonly name: number; readonly hashes: Float64Array }>()
      const holders = lists.map((list, name) => ({ name, hashes: list }))
      for (const holder of holders) known.add(holder)
      const look = (among: typeof holders) =>
        among
          .map((holder) => [holder, [...wanted].filter((one) => holder.hashes.includes(one))] as const)
          .filter(([, shared]) => shared.length > 0)
      expect([...known.find(wanted)]).toEqual(look(holders))
      known.keep(({ name }) => name !== dropped)
      const kept = holders.filter(({ name }) => name !== dropped)
      expect([...known.find(wanted)]).toEqual(look(kept))
      expect(known.count).toBe(kept.reduce((sum, holder) => sum + holder.hashes.length, 0))
    }),
  )
})

test('hundreds of thousands of hashes, while the table grows', () => {
  const known = createKnownHashes<{ readonly hashes: Float64Array }>()
  const lists = Array.from({ length: 10 }, (_, i) => {
    const list = new Float64Array(30_000)
    for (let j = 0; j < list.length; j++) list[j] = Math.floor(((j + 0.1 * i) / list.length) * 2 ** 53)
    return { hashes: list }
  })
  for (const list of lists) known.add(list)
  for (const list of lists) {
    const found = known.find(list.hashes)
    expect([...found.keys()]).toEqual([list])
    expect(found.get(list)).toEqual([...list.hashes])
  }
})
