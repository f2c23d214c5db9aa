import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { storageError } from '../../src/storage/errors.ts'
import { openLocalStore } from '../../src/storage/local.ts'
import { openObjectStore } from '../../src/storage/open.ts'
import { describeObjectStore } from './contract.ts'
import { temporaryFolder } from './temporary.ts'

describeObjectStore('LocalStore', async () => openLocalStore(await temporaryFolder()))
describeObjectStore('LocalStore in a folder that is not there yet', async () =>
  openLocalStore(join(await temporaryFolder(), 'a', 'b')),
)

async function keysOf(root: string, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of openLocalStore(root).list(prefix)) keys.push(key)
  return keys
}

describe('a folder on disk', () => {
  test('no unfinished file is left or listed', async () => {
    const root = await temporaryFolder()
    const store = openLocalStore(root)
    await store.put('a', Buffer.from('1'))
    await store.put('a', Buffer.from('2'))
    await store.putIfAbsent('b', Buffer.from('1'))
    await store.putIfAbsent('b', Buffer.from('2'))
    expect((await readdir(root)).sort()).toEqual(['a', 'b'])
    await writeFile(join(root, '.tmp-99-x'), 'half')
    await mkdir(join(root, '.tmp-folder'))
    await writeFile(join(root, '.tmp-folder', 'x'), 'half')
    expect(await keysOf(root)).toEqual(['a', 'b'])
    expect(await store.listFolders('')).toEqual([])
  })

  test('links to files and folders are followed, loops and links to nothing are not', async () => {
    const root = await temporaryFolder()
    const elsewhere = await temporaryFolder()
    await mkdir(join(elsewhere, 'deep'))
    await writeFile(join(elsewhere, 'deep', 'log'), 'x')
    await mkdir(join(root, 'real'))
    await writeFile(join(root, 'real', 'file'), 'y')
    await symlink(elsewhere, join(root, 'linked'))
    await symlink(join(elsewhere, 'deep', 'log'), join(root, 'one'))
    await symlink(root, join(root, 'real', 'up'))
    await symlink(join(root, 'real'), join(root, 'real', 'self'))
    await symlink('a-link-to-itself', join(root, 'a-link-to-itself'))
    await symlink(join(root, 'nowhere'), join(root, 'broken'))
    const keys = await keysOf(root)
    expect(keys).toContain('linked/deep/log')
    expect(keys).toContain('one')
    expect(keys).toContain('real/file')
    expect(keys.filter((k) => k.includes('broken') || k.includes('itself'))).toEqual([])
    expect(keys.filter((k) => k.startsWith('real/self/'))).toEqual([])
    expect(keys.length).toBeLessThan(12)
    const store = openLocalStore(root)
    expect((await store.get('one')).toString()).toBe('x')
    expect(store.uri('one')).toBe(store.uri('linked/deep/log'))
    // Asked for one after the other: a file and a link in one folder.
    expect([store.uri('real/file'), store.uri('real/self/file')]).toEqual([
      store.uri('real/file'),
      store.uri('real/file'),
    ])
    await symlink(join(elsewhere, 'deep', 'log'), join(root, 'real', 'link'))
    expect([store.uri('real/file'), store.uri('real/link')]).toEqual([store.uri('real/file'), store.uri('one')])
    expect(fileURLToPath(store.uri('not/yet'))).toMatch(/not\/yet$/)
  })

  test('a URI is that of the path, whatever the name', async () => {
    const root = await temporaryFolder()
    const store = openLocalStore(root)
    for (const folder of ['', 'in a b/', 'c%d/']) {
      for (const name of ['x_1.json.gz', 'a b', 'ü', '%41', 'a#b', 'a?b', 'a~b', '-', '.h', '..x']) {
        await store.put(`${folder}${name}`, Buffer.from('x'))
        const path = join(realpathSync(root), folder, name)
        expect(store.uri(`${folder}${name}`)).toBe(pathToFileURL(path).href)
      }
    }
  })

  test('pipes, sockets and devices are not objects', async () => {
    const root = await temporaryFolder()
    await promisify(execFile)('mkfifo', [join(root, 'pipe')])
    await symlink(devNull, join(root, 'null'))
    expect(await keysOf(root)).toEqual([])
    expect(await openLocalStore(root).head('null')).toBeUndefined()
  })

  test('a file name that is no UTF-8 is an error and not left out', async () => {
    const root = await temporaryFolder()
    await writeFile(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff]), Buffer.from('.gz')]), 'x')
    await expect(keysOf(root)).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
  })

  test('the etag tells two writes of the same size and millisecond apart', async () => {
    const root = await temporaryFolder()
    const store = openLocalStore(root)
    const time = new Date('2024-01-01T00:00:00.500Z')
    await writeFile(join(root, 'a'), 'one')
    await utimes(join(root, 'a'), time, time)
    const first = await store.head('a')
    expect(first).toEqual({
      key: 'a',
      size: 3,
      modifiedMs: time.getTime(),
      etag: `3-${BigInt(time.getTime()) * 1_000_000n}`,
    })
    await writeFile(join(root, 'b'), 'two')
    await utimes(join(root, 'b'), time, time.getTime() / 1000 + 0.0001)
    await rename(join(root, 'b'), join(root, 'a'))
    const second = await store.head('a')
    expect(second?.size).toBe(3)
    expect(second?.etag).not.toBe(first?.etag)
  })

  test.each([
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EACCES', 'STORAGE_DENIED'],
    ['EPERM', 'STORAGE_DENIED'],
    ['EROFS', 'STORAGE_DENIED'],
    ['EIO', 'STORAGE_ERROR'],
    ['EMFILE', 'STORAGE_ERROR'],
    ['ENOENT', 'STORAGE_ERROR'],
  ])('%s while writing is %s', (errno, code) => {
    const error = storageError(
      Object.assign(new Error(`${errno}: text, open '/secret/folder/x'`), { code: errno }),
      'write',
      'x',
      '/secret/folder/x',
    )
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('/secret')
  })

  test('a place that cannot be written to is named', async () => {
    const root = await temporaryFolder()
    await writeFile(join(root, 'file'), '')
    const place = join(root, 'file', 'lake')
    await expect(openLocalStore(place).probe()).rejects.toThrow(`could not write to ${place}: ENOTDIR`)
  })

  test.skipIf(!existsSync('/dev/full'))('what a full device says is STORAGE_FULL', async () => {
    const error: unknown = await writeFile('/dev/full', 'x').catch((e: unknown) => e)
    expect(storageError(error, 'write', 'x', 'x').code).toBe('STORAGE_FULL')
  })

  test.skipIf(process.getuid?.() === 0)('a folder without rights is STORAGE_DENIED', async () => {
    const root = await temporaryFolder()
    await chmod(root, 0o500)
    await expect(openLocalStore(root).put('a', Buffer.from('1'))).rejects.toMatchObject({ code: 'STORAGE_DENIED' })
    await chmod(root, 0o700)
  })

  test('a folder in the way is an error', async () => {
    const root = await temporaryFolder()
    await mkdir(join(root, 'a'))
    const store = openLocalStore(root)
    await expect(store.put('a', Buffer.from('1'))).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    await writeFile(join(root, 'f'), 'x')
    await expect(store.put('f/below', Buffer.from('1'))).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    await store.delete('a')
    expect(await readdir(root)).toEqual(['a', 'f'])
  })
})

describe('openObjectStore', () => {
  test.each(['gs://bucket/x', 'https://host/x', 'file://host/share'])('%s is refused', async (location) => {
    await expect(openObjectStore(location)).rejects.toMatchObject({ code: 'UNSUPPORTED_STORAGE' })
  })

  test('paths and file URIs name the same store', async () => {
    const root = join(await temporaryFolder(), 'with space:colon')
    await (await openObjectStore(root)).put('a', Buffer.from('1'))
    const byUri = await openObjectStore(openLocalStore(root).uri('a').replace(/\/a$/, ''))
    expect((await byUri.get('a')).toString()).toBe('1')
    const relative = await openObjectStore('a:b')
    expect(relative.location).toBe(join(process.cwd(), 'a:b'))
  })
})
