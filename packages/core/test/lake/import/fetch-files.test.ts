import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFetcher } from '../../../src/lake/import/fetch-files.ts'
import type { BatchResult, BatchWorker, SourceFile } from '../../../src/lake/import/protocol.ts'
import { readFetched } from '../../../src/lake/import/read-fetched.ts'
import { openMemoryStore } from '../../../src/storage/memory.ts'
import { cleanUpAfterEach, newFolder } from '../support.ts'

cleanUpAfterEach()

const decision = { stored: [], claimed: [], assumed: new Float64Array() }

/** A fetcher of files of these sizes, each a batch, and what its worker is given. */
async function setUp(sizes: readonly number[], mostHeld: number) {
  const store = openMemoryStore()
  const files: SourceFile[] = []
  for (const [i, size] of sizes.entries()) {
    const key = `file-${i}`
    await store.put(key, Buffer.alloc(size, i + 1))
    files.push({ source: 0, uri: store.uri(key), sourceId: `id-${i}`, ...(await store.head(key))! })
  }
  const folder = newFolder()
  const given: SourceFile[] = []
  const worker: BatchWorker = {
    async scan(task) {
      given.push(...task.files)
      return { hashes: new Float64Array(), neighbourhoods: [] }
    },
    write: async () => ({ files: [], staged: [] }) satisfies BatchResult,
    claims: async () => undefined,
    close: async () => undefined,
  }
  const fetcher = createFetcher({
    folder,
    batches: files.map((file) => [file]),
    isAtHand: () => false,
    storeOf: () => store,
    archives: { fetch: () => expect.fail('no archive'), release: () => expect.fail('no archive') },
    signal: new AbortController().signal,
    mostHeld,
  })
  const onDisk = () => (existsSync(join(folder, 'fetched')) ? readdirSync(join(folder, 'fetched')).sort() : [])
  return { files, given, worker: fetcher.wrap(worker), onDisk, store }
}

test('small files are handed over in memory within a bound, others by way of the disk', async () => {
  const large = 1024 * 1024 + 1
  const { files, given, worker, onDisk } = await setUp([40, 60, 1, large, 100], 100)
  for (const [number, file] of files.slice(0, 3).entries()) await worker.scan({ number, files: [file] })
  // The third is one byte too many, the fourth is fetched ahead.
  await expect.poll(onDisk).toEqual(['id-2', 'id-3'])
  await worker.scan({ number: 3, files: [files[3]!] })
  expect(given.map(({ fetched = {} }) => Object.keys(fetched)[0])).toEqual(['bytes', 'bytes', 'path', 'path'])
  for (const [i, file] of given.entries()) {
    expect(readFetched(file)!.equals(Buffer.alloc(files[i]!.size, i + 1)), file.key).toBe(true)
  }
  for (const number of [0, 1, 2, 3]) await worker.write(number, decision)
  expect(onDisk()).toEqual(['id-4'])
})

test('what is written out makes room', async () => {
  const { files, given, worker, onDisk } = await setUp([60, 60, 60, 60], 120)
  for (const [number, file] of files.entries()) {
    await worker.scan({ number, files: [file] })
    await worker.write(number, decision)
  }
  expect(given.map(({ fetched = {} }) => Object.keys(fetched)[0])).toEqual(['bytes', 'bytes', 'bytes', 'bytes'])
  expect(onDisk()).toEqual([])
})

test('a small file that is another than was listed is told as changed, and does not keep its room', async () => {
  const { files, given, worker, store } = await setUp([60, 60], 60)
  await store.put('file-0', Buffer.alloc(61))
  await worker.scan({ number: 0, files: [{ ...files[0]!, etag: (await store.head('file-0'))!.etag }] })
  expect(() => readFetched(given[0]!)).toThrow(/was replaced while it was read/)
  await worker.write(0, decision)
  await worker.scan({ number: 1, files: [files[1]!] })
  await worker.write(1, decision)
  await worker.scan({ number: 2, files: [files[1]!] })
  expect(Object.keys(given[2]!.fetched!)).toEqual(['bytes'])
})
