import { expect, test } from 'vitest'
import { type ObjectStore, openMemoryStore, openMirror, withMirror } from '../../src/storage/index.ts'
import { temporaryFolder } from './temporary.ts'

const CATALOG = 'documents/stores/catalog/00000000000000000001.json'

/** A lake of one document, read as it is opened and asked. */
async function readThrough(folder: string, id: string): Promise<ObjectStore> {
  const lake = openMemoryStore('lake')
  await lake.put('traillake.json', Buffer.from(`{"lakeId":"${id}"}`))
  await lake.put(CATALOG, Buffer.from(`catalog of ${id}`))
  const mirrored = withMirror(lake, folder)
  await mirrored.get('traillake.json')
  await mirrored.get(CATALOG)
  return openMirror(lake, folder)
}

test('what is kept of a lake goes once another one is found in its place', async () => {
  const folder = await temporaryFolder()
  const first = await readThrough(folder, 'one')
  expect((await first.get(CATALOG)).toString()).toBe('catalog of one')
  const second = await readThrough(folder, 'two')
  expect((await second.get('traillake.json')).toString()).toBe('{"lakeId":"two"}')
  expect((await second.get(CATALOG)).toString()).toBe('catalog of two')
})
