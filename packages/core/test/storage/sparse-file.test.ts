import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FaultCall, openMemoryStore, withFaults, withFileCache } from '../../src/storage/index.ts'
import { joinRanges } from '../../src/storage/join-ranges.ts'
import type { ByteRange, LocalCopies, ObjectStore, SparseFile } from '../../src/storage/object-store.ts'
import { temporaryFolder } from './temporary.ts'

const KEY = 'a.parquet'
const ETAG = 'one'
const SLOTS = 40
const SLOT_BYTES = 50_000
const END = Buffer.from('the end')
const object = Buffer.from(Array.from({ length: SLOTS * SLOT_BYTES + 100 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))
const rangeOf = (slot: number): ByteRange => ({ start: slot * SLOT_BYTES, length: SLOT_BYTES })

/** An object whose etag may change, and a cache of it as one process has it. */
async function newObject() {
  const memory = openMemoryStore()
  await memory.put(KEY, object)
  const now = { etag: ETAG }
  const calls: FaultCall[] = []
  const told: ObjectStore = {
    ...withFaults(memory, (call) => {
      calls.push(call)
      return undefined
    }),
  }
  const store: ObjectStore = {
    ...told,
    async get(key, options = {}) {
      if (options.ifMatch !== undefined && options.ifMatch !== now.etag) throw new Error('precondition')
      return told.get(key, options)
    },
  }
  const folder = await temporaryFolder()
  const open = (maxBytes = 1e9) => withFileCache(store, { folder, maxBytes }).copies!
  return { folder, open, now, reads: () => calls.filter(({ operation }) => operation === 'get').length }
}

function sparse(copies: LocalCopies, wanted: readonly number[], part = 'all'): SparseFile {
  return {
    path: copies.pathOf(KEY, part),
    slots: SLOTS,
    rangesOf: (slot) => [rangeOf(slot)],
    wanted,
    dataEnd: SLOTS * SLOT_BYTES,
    ending: async () => END,
  }
}

function check(path: string, wanted: readonly number[] = []): void {
  const bytes = readFileSync(path)
  const marks = bytes.subarray(SLOTS * SLOT_BYTES, SLOTS * SLOT_BYTES + SLOTS)
  expect(bytes.subarray(SLOTS * SLOT_BYTES + SLOTS).equals(END)).toBe(true)
  for (const slot of wanted) expect(marks[slot]).toBe(1)
  for (const [slot, mark] of marks.entries()) {
    const { start, length } = rangeOf(slot)
    if (mark === 1)
      expect(bytes.subarray(start, start + length).equals(object.subarray(start, start + length))).toBe(true)
    else expect(mark).toBe(0)
  }
}

test('what is wanted is fetched once, near things together, and stays for the next process', async () => {
  const { folder, open, reads } = await newObject()
  const copies = open()
  await copies.fetchParts(KEY, ETAG, [sparse(copies, [3, 4, 6, 20])])
  check(copies.pathOf(KEY, 'all'), [3, 4, 6, 20])
  expect(reads()).toBe(2)
  // Holes take no room.
  const { blocks } = statSync(copies.pathOf(KEY, 'all'))
  expect(blocks * 512).toBeLessThan(8 * SLOT_BYTES)
  await copies.fetchParts(KEY, ETAG, [sparse(copies, [4])])
  const other = open()
  await other.fetchParts(KEY, ETAG, [sparse(other, [3, 6])])
  expect(reads()).toBe(2)
  await other.fetchParts(KEY, ETAG, [sparse(other, [3, 30])])
  expect(reads()).toBe(3)
  check(copies.pathOf(KEY, 'all'), [3, 4, 6, 20, 30])
  expect(readdirSync(folder)).toHaveLength(1)
})

test('processes that fill and delete the same files at once never mark what is not there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(SLOTS - 1), { minLength: 1, maxLength: 8 }), { minLength: 4, maxLength: 12 }),
      async (wishes) => {
        const { folder, open } = await newObject()
        const processes = [open(), open(), open()]
        await Promise.all(
          wishes.map(async (wanted, i) => {
            const copies = processes[i % processes.length]!
            if (i % 4 === 3) rmSync(copies.pathOf(KEY, 'all'), { force: true })
            await copies.fetchParts(KEY, ETAG, [sparse(copies, wanted), sparse(copies, wanted, 'other')])
          }),
        )
        for (const name of readdirSync(folder)) check(join(folder, name))
        check(processes[0]!.pathOf(KEY, 'other'), [])
        for (const [i, wanted] of wishes.entries()) {
          const copies = processes[i % processes.length]!
          await copies.fetchParts(KEY, ETAG, [sparse(copies, wanted)])
          check(copies.pathOf(KEY, 'all'), wanted)
        }
      },
    ),
    { numRuns: 25 },
  )
})

test('a file that others deleted is made anew, whatever this process remembers of it', async () => {
  const { open } = await newObject()
  const copies = open()
  for (const wanted of [[1, 2], [1], [2, 5]]) {
    await copies.fetchParts(KEY, ETAG, [sparse(copies, wanted)])
    check(copies.pathOf(KEY, 'all'), wanted)
    rmSync(copies.pathOf(KEY, 'all'))
  }
})

test('an object that was replaced adds nothing to what is there of the one before', async () => {
  const { open, now } = await newObject()
  const copies = open()
  await copies.fetchParts(KEY, ETAG, [sparse(copies, [1])])
  now.etag = 'two'
  await expect(copies.fetchParts(KEY, ETAG, [sparse(copies, [1, 2])])).rejects.toThrow('precondition')
  check(copies.pathOf(KEY, 'all'), [1])
  await copies.fetchParts(KEY, ETAG, [sparse(copies, [1])])
})

test('what was made of an object is made once, and again when it is forgotten', async () => {
  const { open } = await newObject()
  let made = 0
  const make = async () => Buffer.from(`made ${++made}`)
  expect(String(await open().keep(KEY, 'x', make))).toBe('made 1')
  expect(String(await open().keep(KEY, 'x', make))).toBe('made 1')
  await open().forget(KEY, 'x')
  expect(String(await open().keep(KEY, 'x', make))).toBe('made 2')
})

test('joined ranges cover what is wanted, and little more', () => {
  const ranges = fc.array(fc.record({ start: fc.nat(50_000_000), length: fc.integer({ min: 1, max: 20_000_000 }) }))
  fc.assert(
    fc.property(ranges, (wanted) => {
      const joined = joinRanges(wanted)
      for (const [i, { start, length }] of joined.entries()) {
        expect(length).toBeGreaterThan(0)
        expect(length).toBeLessThanOrEqual(8 * 1024 * 1024)
        if (i > 0) expect(start).toBeGreaterThanOrEqual(joined[i - 1]!.start + joined[i - 1]!.length)
      }
      for (const { start, length } of wanted) {
        const covered = joined.reduce((sum, range) => {
          const both = Math.min(start + length, range.start + range.length) - Math.max(start, range.start)
          return sum + Math.max(0, both)
        }, 0)
        expect(covered).toBe(length)
      }
    }),
  )
})
