import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { type FaultCall, openMemoryStore, withFaults, withFileCache } from '../../src/storage/index.ts'
import { temporaryFolder } from './temporary.ts'

const MB = 1024 * 1024

async function newCache(options: { readonly maxBytes?: number; readonly folder?: string } = {}) {
  const folder = options.folder ?? (await temporaryFolder())
  const calls: FaultCall[] = []
  const memory = openMemoryStore()
  const counted = withFaults(memory, (call) => {
    calls.push(call)
    return undefined
  })
  const cached = withFileCache(counted, { folder, maxBytes: options.maxBytes ?? 1000 * MB })
  return { folder, memory, calls, cached, copies: cached.copies! }
}
const age = (path: string, hours: number) => {
  const then = new Date(Date.now() - hours * 3_600_000)
  utimesSync(path, then, then)
}

test('an object is fetched once, whoever asks, also at the same time and the next time', async () => {
  const { memory, calls, copies, folder } = await newCache()
  await memory.put('a/b.parquet', Buffer.from('hello'))
  const paths = await Promise.all(Array.from({ length: 5 }, () => copies.fetch('a/b.parquet')))
  expect(new Set(paths)).toEqual(new Set([copies.pathOf('a/b.parquet')]))
  expect(readFileSync(paths[0]!, 'utf8')).toBe('hello')
  expect(calls.filter(({ operation }) => operation === 'get')).toHaveLength(1)
  expect(readdirSync(folder)).toHaveLength(1)
  expect(statSync(folder).mode & 0o077).toBe(0)
  const again = withFileCache(memory, { folder, maxBytes: 0 }).copies!
  await memory.delete('a/b.parquet')
  expect(await again.fetch('a/b.parquet')).toBe(paths[0])
})

test('a large object comes in parts, whole', async () => {
  const { memory, calls, copies } = await newCache()
  const bytes = Buffer.alloc(20 * MB + 5, Buffer.from(Array.from({ length: 251 }, (_, i) => i)))
  await memory.put('big', bytes)
  expect(readFileSync(await copies.fetch('big')).equals(bytes)).toBe(true)
  expect(calls.filter(({ operation }) => operation === 'get')).toHaveLength(3)
})

test('what fails, or is not what the log says, leaves nothing behind', async () => {
  const { memory, copies, folder } = await newCache()
  await expect(copies.fetch('none')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  await expect(copies.fetch('none', 5)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  await memory.put('short', Buffer.from('1234'))
  await expect(copies.fetch('short', 5)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  expect(readdirSync(folder)).toEqual([])
  expect(readFileSync(await copies.fetch('short', 4), 'utf8')).toBe('1234')
})

test('beyond the bound the copies not used for longest go, but none of this hour', async () => {
  const { memory, copies, folder } = await newCache({ maxBytes: 25 })
  for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) {
    await memory.put(key, Buffer.alloc(10, key))
    age(await copies.fetch(key), 10 - i)
  }
  const left = join(folder, 'x.part-1-2')
  const recent = join(folder, 'y.part-1-2')
  writeFileSync(left, 'x')
  writeFileSync(recent, 'x')
  age(left, 48)
  // A use makes it the newest.
  await copies.fetch('a')
  await memory.put('e', Buffer.alloc(10, 'e'))
  await copies.fetch('e')
  const there = (key: string) => statSync(copies.pathOf(key), { throwIfNoEntry: false }) !== undefined
  expect(['a', 'b', 'c', 'd', 'e'].filter(there)).toEqual(['a', 'e'])
  expect(readdirSync(folder)).toContain('y.part-1-2')
  expect(readdirSync(folder)).not.toContain('x.part-1-2')
  expect(readFileSync(await copies.fetch('b'), 'utf8')).toBe('b'.repeat(10))
  expect(['a', 'b', 'e'].filter(there)).toEqual(['a', 'b', 'e'])
})

test('a table file that is written is there to be read, and nothing else is kept', async () => {
  const { memory, calls, cached, copies, folder } = await newCache()
  const source = join(await temporaryFolder(), 'file')
  for (const key of ['a/b.parquet', 'a/c.json']) {
    writeFileSync(source, `of ${key}`)
    expect(await cached.putFile(key, source)).toMatchObject({ size: `of ${key}`.length })
    expect((await memory.get(key)).toString()).toBe(`of ${key}`)
  }
  expect(readdirSync(folder)).toEqual([basename(copies.pathOf('a/b.parquet'))])
  calls.length = 0
  expect(readFileSync(await copies.fetch('a/b.parquet'), 'utf8')).toBe('of a/b.parquet')
  expect(calls).toEqual([])
  expect(copies.fetchedBytes).toBe(0)
})

test('a table file that could not be written leaves no copy', async () => {
  const { memory, folder } = await newCache()
  const failing = withFaults(memory, ({ operation }) =>
    operation === 'putFile' ? { kind: 'fail', errno: 'EIO' } : undefined,
  )
  const cached = withFileCache(failing, { folder, maxBytes: MB })
  const source = join(await temporaryFolder(), 'file')
  writeFileSync(source, 'x')
  await expect(cached.putFile('b.parquet', source)).rejects.toThrow('EIO')
  expect(readdirSync(folder)).toEqual([])
  // One that cannot be kept is written all the same.
  const kept = await newCache()
  rmSync(kept.folder, { recursive: true })
  expect(await kept.cached.putFile('b.parquet', source)).toMatchObject({ size: 1 })
  expect((await kept.memory.get('b.parquet')).toString()).toBe('x')
})
