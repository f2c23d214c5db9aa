import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ObjectInfo, ObjectStore } from '../../src/storage/object-store.ts'
import { temporaryFolder } from './temporary.ts'

const bytes = (text: string) => Buffer.from(text)

async function all(items: AsyncIterable<ObjectInfo>): Promise<string[]> {
  const keys: string[] = []
  for await (const item of items) keys.push(item.key)
  return keys
}

/** What every ObjectStore must do; `open` gives an empty one. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as an ObjectStore`, () => {
    test('gives back what was put, whole and in ranges', async () => {
      const store = await open()
      await store.put('a/b.txt', bytes('0123456789'))
      expect((await store.get('a/b.txt')).toString()).toBe('0123456789')
      const range = async (start: number, length: number) =>
        (await store.get('a/b.txt', { range: { start, length } })).toString()
      expect(await range(0, 3)).toBe('012')
      expect(await range(7, 3)).toBe('789')
      expect(await range(8, 100)).toBe('89')
      expect(await range(10, 5)).toBe('')
      expect(await range(3, 0)).toBe('')
    })

    test('put replaces, also with nothing, and changes the etag', async () => {
      const store = await open()
      await store.put('k', bytes('one'))
      const before = await store.head('k')
      await store.put('k', bytes('two'))
      const after = await store.head('k')
      expect((await store.get('k')).toString()).toBe('two')
      expect(before).toMatchObject({ key: 'k', size: 3 })
      expect(after?.etag).not.toBe(before?.etag)
      await store.put('k', new Uint8Array())
      expect(await store.get('k')).toHaveLength(0)
      expect(await store.head('k')).toMatchObject({ size: 0 })
    })

    test('the bytes handed in and out are not shared with the store', async () => {
      const store = await open()
      const given = bytes('abc')
      await store.put('k', given)
      given[0] = 0x7a
      const got = await store.get('k')
      got[1] = 0x7a
      expect((await store.get('k')).toString()).toBe('abc')
    })

    test('what is missing: get fails, head is undefined, delete is silent', async () => {
      const store = await open()
      await store.put('folder/x', bytes('1'))
      for (const key of ['none', 'folder', 'folder/none', 'folder/x/below']) {
        await expect(store.get(key), key).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
        await expect(store.get(key, { range: { start: 0, length: 1 } }), key).rejects.toMatchObject({
          code: 'SOURCE_NOT_FOUND',
        })
        expect(await store.head(key), key).toBeUndefined()
        await store.delete(key)
      }
      expect(await all(store.list(''))).toEqual(['folder/x'])
      await store.delete('folder/x')
      expect(await all(store.list(''))).toEqual([])
    })

    test('putIfAbsent writes once and leaves what is there alone', async () => {
      const store = await open()
      expect(await store.putIfAbsent('log/1', bytes('first'))).toBe(true)
      expect(await store.putIfAbsent('log/1', bytes('second'))).toBe(false)
      expect(await store.putIfAbsent('log/1', bytes('first'))).toBe(false)
      expect((await store.get('log/1')).toString()).toBe('first')
      expect(await all(store.list(''))).toEqual(['log/1'])
    })

    test('of many racing putIfAbsent of one key exactly one wins, and its bytes stay', async () => {
      const store = await open()
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, i) => store.putIfAbsent(`log/${round}`, bytes(`writer ${i}`))),
        )
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect((await store.get(`log/${round}`)).toString()).toBe(`writer ${answers.indexOf(true)}`)
      }
      expect(await all(store.list(''))).toHaveLength(5)
    })

    test('putFile moves a file in and refuses a taken key, keeping both', async () => {
      const store = await open()
      const folder = await temporaryFolder()
      const path = join(folder, 'x')
      await writeFile(path, 'content')
      const info = await store.putFile('data/x', path)
      expect(info).toEqual(await store.head('data/x'))
      expect(info).toMatchObject({ key: 'data/x', size: 7 })
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
      await writeFile(path, 'other')
      await expect(store.putFile('data/x', path)).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
      expect((await store.get('data/x')).toString()).toBe('content')
      expect((await stat(path)).size).toBe(5)
      await expect(store.putFile('data/y', join(folder, 'none'))).rejects.toThrow()
      expect(await all(store.list(''))).toEqual(['data/x'])
    })

    test('lists in code-unit order of whole keys, not folder by folder', async () => {
      const store = await open()
      // '-' < '.' < '/' < '0': a folder sorts as its name and a slash.
      const keys = ['a-b', 'a.b', 'a/b', 'a/b/c', 'a0', 'a/ü', 'a/\u{1F600}', 'a/\uFFFC', 'B', 'a/b.d', 'z/y/x/w']
      const placed = keys.filter((k) => k !== 'a/b')
      for (const key of placed) await store.put(key, bytes(key))
      const expected = [...placed].sort()
      expect(await all(store.list(''))).toEqual(expected)
      for (const prefix of ['a', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a/b/c/', 'z/y', 'none', 'none/x', 'z/y/x/w']) {
        const wanted = expected.filter((k) => k.startsWith(prefix))
        expect(await all(store.list(prefix)), prefix).toEqual(wanted)
        for (const after of [...expected, 'a', 'a/', 'a/b', 'a/b/', 'zz']) {
          expect(await all(store.list(prefix, { after })), `${prefix} after ${after}`).toEqual(
            wanted.filter((k) => k > after),
          )
        }
      }
    })

    test('a listing equals that of a plain map of keys', async () => {
      const segment = fc.constantFrom('a', 'b', 'a-', 'a.', 'a0', 'ü', '%41', 'a b', '=', "it's", '"', '\\', '😀')
      const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), key, fc.nat(6), async (wanted, after, cut) => {
          // A key that is also a folder cannot lie on a disk.
          const keys = wanted.filter((k) => !wanted.some((other) => other.startsWith(`${k}/`)))
          const store = await open()
          for (const k of keys) await store.put(k, bytes(k))
          const prefix = [...after].slice(0, cut).join('')
          const expected = keys.sort().filter((k) => k.startsWith(prefix) && k > after)
          expect(await all(store.list(prefix, { after }))).toEqual(expected)
          for (const k of keys) expect((await store.get(k)).toString()).toBe(k)
        }),
        { numRuns: 30 },
      )
    })

    test('a listing tells what head tells', async () => {
      const store = await open()
      await store.put('x/1', bytes('one'))
      await store.put('x/2', bytes('three'))
      for await (const info of store.list('x/')) expect(info).toEqual(await store.head(info.key))
    })

    test('names the folders directly below a prefix', async () => {
      const store = await open()
      for (const key of ['b/1', 'a/x/1', 'a/y/1', 'a-/1', 'file', 'a/file']) await store.put(key, bytes('1'))
      expect(await store.listFolders('')).toEqual(['a-', 'a', 'b'])
      expect(await store.listFolders('a/')).toEqual(['x', 'y'])
      expect(await store.listFolders('none/')).toEqual([])
    })

    test.each([
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '..',
      '../a',
      'a/../../b',
      './a',
      'a/.',
      'a\0b',
      '.tmp-x',
      'a/.tmp-x',
      'a\ud800',
    ])('refuses the key %j', async (key) => {
      const store = await open()
      const refused = { code: 'STORAGE_ERROR' }
      await expect(store.put(key, bytes('x'))).rejects.toMatchObject(refused)
      await expect(store.putIfAbsent(key, bytes('x'))).rejects.toMatchObject(refused)
      await expect(store.get(key)).rejects.toMatchObject(refused)
      await expect(store.head(key)).rejects.toMatchObject(refused)
      await expect(store.delete(key)).rejects.toMatchObject(refused)
      expect(await all(store.list(''))).toEqual([])
    })

    test.each(['../', '/', 'a/../../', './', 'a//b'])('refuses to list %j', async (prefix) => {
      const store = await open()
      await expect(all(store.list(prefix))).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    })

    test('an aborted signal stops reading and listing', async () => {
      const store = await open()
      await store.put('a', bytes('1'))
      const signal = AbortSignal.abort()
      await expect(store.get('a', { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
      await expect(all(store.list('', { signal }))).rejects.toMatchObject({ code: 'CANCELLED' })
    })

    test('the probe passes and leaves nothing behind', async () => {
      const store = await open()
      await store.probe()
      expect(await all(store.list(''))).toEqual([])
    })
  })
}
