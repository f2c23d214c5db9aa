import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLakeFile } from '../../src/lake/index.ts'
import { openLocalStore, openMemoryStore } from '../../src/storage/index.ts'
import { cleanUpAfterEach, keysOf, newFolder, newLakePlace, onS3, openStore } from './support.ts'

cleanUpAfterEach()

test('a lake is made once and keeps its id', async () => {
  const storage = openStore(newLakePlace())
  const made = await openLakeFile(storage, { create: true })
  expect(made).toMatchObject({ formatVersion: 1, accountId: '000000000000', region: 'us-east-1', partition: 'aws' })
  expect(await openLakeFile(storage)).toEqual(made)
  expect(await openLakeFile(storage, { create: true, accountId: '111122223333' })).toEqual(made)
  expect(JSON.parse((await storage.get('traillake.json')).toString())).toEqual(made)
  expect(await keysOf(storage)).toEqual(['traillake.json'])
})

test('makers that come at once get one lake', async () => {
  const storage = openStore(newLakePlace())
  const made = await Promise.all(Array.from({ length: 5 }, () => openLakeFile(storage, { create: true })))
  expect(new Set(made.map((file) => file.lakeId)).size).toBe(1)
})

test.each([
  { region: 'eu-central-1', partition: 'aws' },
  { region: 'cn-north-1', partition: 'aws-cn' },
  { region: 'us-gov-west-1', partition: 'aws-us-gov' },
])('$region is in $partition', async ({ region, partition }) => {
  const file = await openLakeFile(openMemoryStore(), { create: true, region, accountId: '012345678901' })
  expect(file).toMatchObject({ region, partition, accountId: '012345678901' })
})

// A place in S3 that nothing was written to is none.
test.skipIf(onS3)('without create there is no lake, and nothing is made', async () => {
  const folder = join(newFolder(), 'not-there')
  await expect(openLakeFile(openLocalStore(folder))).rejects.toMatchObject({ code: 'LAKE_NOT_FOUND' })
  expect(existsSync(folder)).toBe(false)
})

test.each([
  { options: { accountId: '123' }, code: 'INVALID_OPTION' },
  { options: { region: 'somewhere' }, code: 'INVALID_OPTION' },
  { options: { readOnly: true }, code: 'LAKE_READ_ONLY' },
])('$options is refused with $code', async ({ options, code }) => {
  const storage = openMemoryStore()
  await expect(openLakeFile(storage, { create: true, ...options })).rejects.toMatchObject({ code })
  expect(await storage.head('traillake.json')).toBeUndefined()
})

test.each([
  { text: '{"formatVersion":2,"lakeId":"x"}', code: 'LAKE_FORMAT_NEWER' },
  { text: '{"formatVersion":1}', code: 'STORAGE_ERROR' },
  { text: '{}', code: 'STORAGE_ERROR' },
  { text: 'null', code: 'STORAGE_ERROR' },
  { text: '{', code: 'STORAGE_ERROR' },
])('$text is refused with $code', async ({ text, code }) => {
  const storage = openStore(newLakePlace())
  await storage.put('traillake.json', Buffer.from(text))
  await expect(openLakeFile(storage, { create: true })).rejects.toMatchObject({ code })
  expect((await storage.get('traillake.json')).toString()).toBe(text)
})
