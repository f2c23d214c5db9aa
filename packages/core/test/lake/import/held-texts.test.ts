import { expect, test } from 'vitest'
import { Found, RecordBatch } from '../../../src/events/index.ts'
import { TextMemory } from '../../../src/lake/import/held-texts.ts'

function batchOf(letter: string, length: number): RecordBatch {
  const tape = Int32Array.from({ length: 3 + (length % 5) }, (_, i) => length * 10 + i)
  const found = new Found()
  found.unusable.push({ index: 0, start: 0, end: length, reason: 'not an object' })
  return new RecordBatch(Buffer.from(letter.repeat(length)), tape, found)
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
    expect([now.read, now.records, now.unusable]).toEqual([1, [], batch.unusable])
  }
})

test('what was released serves again; what is larger than all of it has memory of its own', () => {
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
  const held = other.hold(large)
  expect(held.raw).toBe(large.raw)
  large.tape.fill(0)
  expect(held.tape).toEqual(batchOf('f', 9_000_000).tape)
})

test('a text of ours is freed once it is copied, and not where it stays', () => {
  const texts = new TextMemory().lease()
  for (const [length, left] of [
    [1_000_000, 0],
    [9_000_000, 9_000_000],
  ] as const) {
    const batch = batchOf('a', length)
    expect(texts.hold(batch, true).raw.equals(Buffer.from('a'.repeat(length)))).toBe(true)
    expect(batch.raw.length).toBe(left)
  }
})
