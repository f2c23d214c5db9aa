import { expect, test } from 'vitest'
import type { RecordBatch } from '../../../src/events/index.ts'
import { TextMemory } from '../../../src/lake/import/held-texts.ts'

function batchOf(letter: string, length: number): RecordBatch {
  const tape = Int32Array.from({ length: 3 + (length % 5) }, (_, i) => length * 10 + i)
  return { raw: Buffer.from(letter.repeat(length)), read: 1, records: [], unusable: [], tape }
}

test('texts and tapes stay what they are until they are released, whatever is held beside them', () => {
  const memory = new TextMemory()
  const leases = [memory.lease(), memory.lease()]
  const sizes = [1, 2, 3, 1_000_003, 4_000_000, 0, 5_000_000, 3_900_001, 17]
  const held = sizes.flatMap((size, i) =>
    leases.map((lease, j) => {
      const batch = batchOf('abcdefghijklmnopqr'[i * 2 + j]!, size)
      return { batch, now: lease.hold(batch) }
    }),
  )
  for (const { batch, now } of held) {
    expect(now.raw.equals(batch.raw)).toBe(true)
    expect(now.tape).toEqual(batch.tape)
    expect(now).toMatchObject({ read: 1, records: [], unusable: [] })
  }
})

test('what was released serves again; what is larger than all of it is left where it is', () => {
  const memory = new TextMemory()
  const first = memory.lease()
  const { buffer } = first.hold(batchOf('a', 1000)).raw
  const other = memory.lease()
  expect(other.hold(batchOf('b', 1000)).raw.buffer).not.toBe(buffer)
  first.release()
  expect(memory.lease().hold(batchOf('c', 1000)).raw.buffer).toBe(buffer)
  // It is not given to two.
  expect(memory.lease().hold(batchOf('d', 1000)).raw.buffer).not.toBe(buffer)
  first.release()
  expect(memory.lease().hold(batchOf('e', 1000)).raw.buffer).not.toBe(buffer)
  const large = batchOf('f', 9_000_000)
  expect(other.hold(large)).toBe(large)
})
