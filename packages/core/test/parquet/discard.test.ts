import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { discard } from '../../src/parquet/index.ts'
import { PageMemory } from '../../src/parquet/page-memory.ts'

test('a large buffer is freed at once', () => {
  const bytes = gunzipSync(gzipSync(randomBytes(1 << 20)))
  const before = process.memoryUsage().arrayBuffers
  discard(bytes)
  expect(bytes.length).toBe(0)
  expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThan(1 << 19)
})

test('small buffers, which lie beside others, stay what they are', () => {
  const all = Array.from({ length: 100 }, (_, i) => Buffer.from(`text ${i}`))
  for (const bytes of all) discard(bytes)
  expect(all.map(String)).toEqual(Array.from({ length: 100 }, (_, i) => `text ${i}`))
})

test('pages stay until they are let go, whatever their sizes, and their memory serves again', () => {
  const memory = new PageMemory()
  const sizes = [0, 1, 5000, 700_000, 700_000, 3, 2_000_000, 400_000, 1 << 20, 9]
  for (let round = 0; round < 3; round++) {
    const pages = sizes.map((size) => randomBytes(size))
    const copies = pages.map((page) => Buffer.from(page))
    const kept = pages.map((page) => memory.keep(page))
    expect(kept.every((page, i) => copies[i]!.equals(page))).toBe(true)
    memory.clear()
  }
  const first = memory.keep(randomBytes(100))
  memory.clear()
  expect(memory.keep(randomBytes(100)).buffer).toBe(first.buffer)
})
