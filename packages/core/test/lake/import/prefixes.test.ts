import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importLogs } from '../../../src/lake/import/import-logs.ts'
import { createLakeContext } from '../../../src/lake/lake-context.ts'
import { openLakeFile } from '../../../src/lake/lake-file.ts'
import { type ObjectInfo, openLocalStore, openMemoryStore } from '../../../src/storage/index.ts'
import { temporaryFolder } from '../../storage/temporary.ts'
import { record } from '../trail-files.ts'

const REGIONS = Array.from({ length: 20 }, (_, i) => `us-east-${i + 1}`)
const ACCOUNTS = Array.from({ length: 500 }, (_, i) => String(100_000_000_000 + i))
const into = 'org'

const keyOf = (account: string, region: string, minute: string) =>
  `AWSLogs/${account}/CloudTrail/${region}/2024/05/01/${account}_CloudTrail_${region}_20240501T10${minute}Z_0123456789abcdef.json.gz`

test('that nothing is new in 10,000 prefixes is found with one request a prefix', { timeout: 300_000 }, async () => {
  const memory = openMemoryStore()
  /** What lies in each folder of a region: looking through all keys for each of them would take minutes. */
  const infos = new Map<string, ObjectInfo[]>()
  const put = async (account: string, region: string, minute: string) => {
    const event = record({ id: `${account}${region}${minute}`, account, region })
    const key = keyOf(account, region, minute)
    await memory.put(key, gzipSync(JSON.stringify({ Records: [event] }), { level: 1 }))
    const folder = key.split('/').slice(0, 4).join('/')
    infos.set(`${folder}/`, [...(infos.get(`${folder}/`) ?? []), (await memory.head(key))!])
  }
  for (const account of ACCOUNTS) for (const region of REGIONS) await put(account, region, '00')
  const asked: string[] = []
  let reads = 0
  const store: typeof memory = {
    ...memory,
    async *list(prefix, { after = '' } = {}) {
      asked.push(prefix)
      yield* (infos.get(prefix) ?? []).filter(({ key }) => key > after)
    },
    async listFolders(prefix) {
      asked.push(prefix)
      const under = [...infos.keys()].filter((folder) => folder.startsWith(prefix))
      return [...new Set(under.map((folder) => folder.slice(prefix.length).split('/')[0]!))].sort()
    },
    get(key, options) {
      reads += 1
      return memory.get(key, options)
    },
  }
  const storage = openLocalStore(await temporaryFolder())
  const lake = createLakeContext(storage, await openLakeFile(storage, { create: true }))
  // Where the source lies is how it is known the next time.
  const sources = [{ name: 'trail', store }]
  const read = (options: object = {}) => importLogs(lake, [], { into, layout: 'date', ...options }, { sources })
  try {
    expect(await read()).toMatchObject({ files: 10_000, kept: 10_000 })
    asked.length = reads = 0
    expect(await read()).toMatchObject({ files: 0, filesAlreadyImported: expect.any(Number) })
    // Each region of an account once, and what is above them once: the names of accounts, of kinds of logs and of regions.
    expect(new Set(asked).size).toBe(asked.length)
    expect(asked.filter((prefix) => REGIONS.some((region) => prefix.endsWith(`/${region}/`)))).toHaveLength(10_000)
    expect(asked.length).toBeLessThanOrEqual(10_000 + 2 * ACCOUNTS.length + 2)
    expect(reads).toBe(0)

    // Work is proportional to what is new.
    await put(ACCOUNTS[77]!, REGIONS[7]!, '05')
    asked.length = reads = 0
    expect(await read()).toMatchObject({ files: 1, kept: 1 })
    expect(reads).toBe(1)
    expect(new Set(asked).size).toBe(asked.length)
  } finally {
    await lake.close()
  }
})
