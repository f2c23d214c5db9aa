import { describe, expect, test } from 'vitest'
import { documentReader } from '../../src/lake/documents.ts'
import { listDocumentIds, readDocument, updateDocument, writeDocument } from '../../src/lake/index.ts'
import { type ObjectStore, openMemoryStore } from '../../src/storage/index.ts'
import { cleanUpAfterEach, newLakePlace, onS3, openStore } from './support.ts'

cleanUpAfterEach()

describe.each<{ name: string; open: () => ObjectStore }>([
  { name: 'memory', open: () => openMemoryStore() },
  { name: onS3 ? 'S3' : 'local', open: () => openStore(newLakePlace()) },
])('documents in a $name store', ({ open }) => {
  test('the highest number is the state', async () => {
    const storage = open()
    expect(await readDocument(storage, 'things', 'a')).toBeUndefined()
    expect(await writeDocument(storage, 'things', 'a', 0, { n: 1 })).toEqual({ id: 'a', version: 1, value: { n: 1 } })
    for (let n = 2; n <= 12; n++) await writeDocument(storage, 'things', 'a', n - 1, { n })
    await writeDocument(storage, 'things', 'b', 0, 'other')
    expect(await readDocument(storage, 'things', 'a')).toEqual({ id: 'a', version: 12, value: { n: 12 } })
    expect(await listDocumentIds(storage, 'things')).toEqual(['a', 'b'])
    expect(await listDocumentIds(storage, 'others')).toEqual([])
  })

  test('a number is written once', async () => {
    const storage = open()
    expect(await writeDocument(storage, 'things', 'a', 0, 'first')).toBeDefined()
    expect(await writeDocument(storage, 'things', 'a', 0, 'second')).toBeUndefined()
    expect((await readDocument(storage, 'things', 'a'))?.value).toBe('first')
  })

  test('changes made at once are all made', async () => {
    const storage = open()
    const add = () => updateDocument<number>(storage, 'counts', 'c', (n = 0) => n + 1)
    await Promise.all(Array.from({ length: 8 }, add))
    expect(await readDocument(storage, 'counts', 'c')).toEqual({ id: 'c', version: 8, value: 8 })
  })

  test('a reader gives each new state with the next look, and the same object as long as there is none', async () => {
    const storage = open()
    const read = documentReader<string>(storage, 'things', 'a')
    expect(await read()).toBeUndefined()
    expect(await read()).toBeUndefined()
    for (let version = 1; version <= 3; version++) {
      await writeDocument(storage, 'things', 'a', version - 1, `state ${version}`)
      const state = await read()
      expect(state).toEqual({ id: 'a', version, value: `state ${version}` })
      expect(await read()).toBe(state)
    }
    for (let version = 4; version <= 12; version++) await writeDocument(storage, 'things', 'a', version - 1, 'more')
    expect((await read())?.version).toBe(12)
  })

  test('readers that ask at once share a look; who asks while one is under way sees what was written before', async () => {
    const storage = open()
    let looks = 0
    let begun: () => void = () => undefined
    let proceed: Promise<void> | undefined
    const slow: ObjectStore = {
      ...storage,
      head: async (key) => {
        looks += 1
        const found = await storage.head(key)
        begun()
        await proceed
        return found
      },
    }
    await writeDocument(storage, 'things', 'a', 0, 'old')
    const read = documentReader<string>(slow, 'things', 'a')
    await read()
    expect((await Promise.all(Array.from({ length: 10 }, read))).map((state) => state?.value)).toEqual(
      Array(10).fill('old'),
    )
    expect(looks).toBe(2)
    let go: () => void = () => undefined
    proceed = new Promise((resolve) => {
      go = resolve
    })
    const looking = new Promise<void>((resolve) => {
      begun = resolve
    })
    const before = read()
    await looking
    await writeDocument(storage, 'things', 'a', 1, 'new')
    const after = read()
    go()
    expect((await before)?.value).toBe('old')
    expect((await after)?.value).toBe('new')
  })

  test('a look that fails fails those who share it, and not the next', async () => {
    const storage = open()
    await writeDocument(storage, 'things', 'a', 0, 'it')
    let isBroken = false
    const head: ObjectStore['head'] = (key) => (isBroken ? Promise.reject(new Error('broken')) : storage.head(key))
    const read = documentReader<string>({ ...storage, head }, 'things', 'a')
    await read()
    isBroken = true
    const [first, second] = await Promise.allSettled([read(), read()])
    expect([first?.status, second?.status]).toEqual(['rejected', 'rejected'])
    isBroken = false
    expect((await read())?.value).toBe('it')
  })

  test('a change that throws, or that changes nothing, writes nothing', async () => {
    const storage = open()
    await updateDocument(storage, 'counts', 'c', () => 1)
    await expect(
      updateDocument(storage, 'counts', 'c', () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await updateDocument(storage, 'counts', 'c', () => undefined)).toEqual({ id: 'c', version: 1, value: 1 })
    expect((await readDocument(storage, 'counts', 'c'))?.version).toBe(1)
  })
})
