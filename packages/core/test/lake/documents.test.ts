import { describe, expect, test } from 'vitest'
import { listDocumentIds, readDocument, updateDocument, writeDocument } from '../../src/lake/index.ts'
import { type ObjectStore, openLocalStore, openMemoryStore } from '../../src/storage/index.ts'
import { cleanUpAfterEach, newFolder } from './support.ts'

cleanUpAfterEach()

describe.each<{ name: string; open: () => ObjectStore }>([
  { name: 'memory', open: () => openMemoryStore() },
  { name: 'local', open: () => openLocalStore(newFolder()) },
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
