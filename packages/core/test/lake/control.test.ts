import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDocument, removeDocument, trimDocument, updateDocument } from '../../src/lake/documents.ts'
import { lakeDocuments, savedResults } from '../../src/lake/index.ts'
import { type ObjectStore, openMemoryStore } from '../../src/storage/index.ts'
import { cleanUpAfterEach, newFolder, openLake } from './support.ts'

cleanUpAfterEach()

describe('documents of a lake', () => {
  test('are read, changed, listed, trimmed and removed', async () => {
    const documents = lakeDocuments(await openLake())
    for (let n = 0; n < 9; n++) await documents.update<number>('counts', 'a', (count = 0) => count + 1)
    await documents.trim('counts', 'a')
    expect(await documents.read('counts', 'a')).toEqual({ id: 'a', version: 9, value: 9 })
    expect((await documents.update<number>('counts', 'a', (count = 0) => count + 1))?.version).toBe(10)
    expect(await documents.list('counts')).toEqual(['a'])
    await documents.remove('counts', 'a')
    expect(await documents.read('counts', 'a')).toBeUndefined()
  })

  test.each(['..', '../stores', 'a/b', '', '.hidden', 'x'.repeat(129)])('%j names none', async (id) => {
    const documents = lakeDocuments(await openLake(openMemoryStore()))
    await expect(documents.read('counts', id)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(documents.read(id, 'a')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(documents.update('counts', id, () => 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(documents.remove('counts', id)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('the catalog of stores is out of reach, and so is a lake that is open read-only', async () => {
    const storage = openMemoryStore()
    const documents = lakeDocuments(await openLake(storage))
    await expect(documents.update('stores', 'catalog', () => ({}))).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    const readOnly = lakeDocuments(await openLake(storage, { readOnly: true }))
    await expect(readOnly.update('counts', 'a', () => 1)).rejects.toMatchObject({ code: 'LAKE_READ_ONLY' })
  })
})

test('a document that is changed or removed while it is read gives its newer state, or none', async () => {
  const storage = openMemoryStore()
  await updateDocument(storage, 'counts', 'a', () => 1)
  let meanwhile: (() => Promise<unknown>) | undefined
  const racing: ObjectStore = {
    ...storage,
    async get(key) {
      const work = meanwhile
      meanwhile = undefined
      await work?.()
      return storage.get(key)
    },
  }
  meanwhile = async () => {
    await updateDocument(storage, 'counts', 'a', () => 2)
    await trimDocument(storage, 'counts', 'a', 1)
  }
  expect((await readDocument(racing, 'counts', 'a'))?.value).toBe(2)
  meanwhile = () => removeDocument(storage, 'counts', 'a')
  expect(await readDocument(racing, 'counts', 'a')).toBeUndefined()
})

test('results are kept, read in parts, and removed', async () => {
  const folder = newFolder()
  const results = savedResults(await openLake())
  writeFileSync(join(folder, 'rows'), 'first\nsecond\n')
  await results.writeFile('q1', 'rows.ndjson', join(folder, 'rows'))
  await results.write('q1', 'index.json', Buffer.from('[0,6]'))
  const part = await results.read('q1', 'rows.ndjson', { start: 6, length: 6 })
  expect(Buffer.from(part).toString()).toBe('second')
  expect(await results.list()).toEqual(['q1'])
  await results.remove('q1')
  await expect(results.read('q1', 'rows.ndjson')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  await expect(results.read('..', 'traillake.json')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
