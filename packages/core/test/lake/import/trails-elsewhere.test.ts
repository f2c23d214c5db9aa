import { describe, expect, test } from 'vitest'
import { openLake } from '../../../src/index.ts'
import { listTrail } from '../../../src/lake/import/list-trail.ts'
import { lookBack } from '../../../src/lake/import/listing-state.ts'
import { findTrailPrefixes } from '../../../src/lake/import/trail-prefixes.ts'
import type { TrailFilter } from '../../../src/lake/types.ts'
import { type ObjectStore, openMemoryStore } from '../../../src/storage/index.ts'
import { temporaryFolder } from '../../storage/temporary.ts'
import { writeLog } from '../trail-files.ts'

async function storeOf(keys: readonly string[]): Promise<ObjectStore> {
  const store = openMemoryStore()
  for (const key of keys) await store.put(key, Buffer.from('x'))
  return store
}

const log = (account: string, region: string, day: string, kind = 'CloudTrail') =>
  `${account}/${kind}/${region}/${day.replaceAll('-', '/')}/${account}_${kind}_${region}_${day.replaceAll('-', '')}T1000Z_abcdefghijklmnop.json.gz`

const [one, two] = ['111122223333', '444455556666']
const keys = [
  `AWSLogs/${log(one!, 'us-east-1', '2024-05-01')}`,
  `AWSLogs/${log(one!, 'us-east-1', '2024-05-02')}`,
  `AWSLogs/${log(one!, 'us-east-1', '2024-06-01')}`,
  `AWSLogs/${log(one!, 'eu-west-1', '2024-05-02')}`,
  `AWSLogs/${log(one!, 'us-east-1', '2024-05-02', 'CloudTrail-Insight')}`,
  `AWSLogs/${log(one!, 'us-east-1', '2024-05-02', 'CloudTrail-Digest')}`,
  `AWSLogs/o-exampleorgid/${log(two!, 'us-east-1', '2024-05-02')}`,
  `AWSLogs/Config/us-east-1/x.json.gz`,
  'README.json',
]

describe('a trail in a store that answers by prefix', () => {
  test.each<{ filter: TrailFilter; found: readonly number[] }>([
    { filter: {}, found: [0, 1, 2, 3, 4, 6] },
    { filter: { accounts: [two!] }, found: [6] },
    { filter: { regions: ['eu-west-1'] }, found: [3] },
    { filter: { from: '2024-05-02' }, found: [1, 2, 3, 4, 6] },
    { filter: { to: '2024-05-01' }, found: [0] },
    { filter: { from: '2024-05-02', to: '2024-05-31', accounts: [one!], regions: ['us-east-1'] }, found: [1, 4] },
    { filter: { from: '2025-01-01' }, found: [] },
    { filter: { from: '2024-05-02T10:00:00Z' }, found: [1, 2, 3, 4, 6] },
    { filter: { from: '2024-05-02T10:00:00.001Z' }, found: [2] },
    { filter: { to: '2024-05-02T10:00:00Z' }, found: [0, 1, 3, 4, 6] },
    { filter: { to: '2024-05-02T09:59:59.999Z' }, found: [0] },
    { filter: { from: '2024-05-01T10:00:00.001Z', to: '2024-05-02' }, found: [1, 3, 4, 6] },
  ])('$filter gives $found', async ({ filter, found }) => {
    const { infos, requests } = await listTrail(await storeOf(keys), filter, (_, day) => day)
    expect(infos.map(({ key }) => key).sort()).toEqual(found.map((i) => keys[i]!).sort())
    expect(requests).toBeLessThanOrEqual(2 + 3 + 3 + 4)
  })

  test('a prefix of the trail may have folders of its own; without a trail the place is listed whole', async () => {
    const below = await storeOf(keys.map((key) => `a/b/c/${key}`))
    expect((await findTrailPrefixes(below, {})).folders).toContain(`a/b/c/AWSLogs/${one}/CloudTrail/us-east-1/`)
    const deeper = await storeOf(keys.map((key) => `a/b/c/d/${key}`))
    expect(await findTrailPrefixes(deeper, {})).toEqual({ folders: [''], isTrail: false })
    expect((await listTrail(deeper, { from: '2024-06-01' }, (_, day) => day)).infos).toHaveLength(1)
  })

  test('a bucket of many other folders is not walked', async () => {
    const store = await storeOf(Array.from({ length: 1001 }, (_, i) => `data-${i}/x.json.gz`))
    await expect(findTrailPrefixes(store, {})).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test.each([
    ['20240501T1000Z_abc', 48, '2024/04/29/1_CloudTrail_x_20240429T1000'],
    ['20240301T0030Z_abc', 1, '2024/02/29/1_CloudTrail_x_20240229T2330'],
    ['20240501T1000ZHdkvFT', 0, '2024/05/01/1_CloudTrail_x_20240501T1000'],
  ])('looking back from %s by %i hours', (name, hours, expected) => {
    const account = '111122223333'
    const folder = `s3://b/AWSLogs/${account}/CloudTrail/us-east-1/`
    const [day, stamp] = [`${name.slice(0, 4)}/${name.slice(4, 6)}/${name.slice(6, 8)}`, name]
    const uri = `${folder}${day}/${account}_CloudTrail_us-east-1_${stamp}.json.gz`
    const wanted = folder + expected.replace('1_CloudTrail_x', `${account}_CloudTrail_us-east-1`)
    expect(lookBack(uri, folder, hours)).toBe(wanted)
    expect(lookBack(`${folder}${day}/other.json.gz`, folder, hours)).toBeUndefined()
  })
})

test('folders on disk are filtered by what their files are called', async () => {
  const folder = await temporaryFolder()
  for (const [i, key] of keys.slice(0, 4).entries()) writeLog(folder, key.replace('.json.gz', ''), [{ id: String(i) }])
  writeLog(folder, 'nameless', [{ id: 'x' }])
  await using lake = await openLake(await temporaryFolder(), { create: true })
  const read = (filter: TrailFilter) => lake.import(folder, { into: 'org', ...filter })
  expect(await read({ from: '2024-05-02', to: '2024-05-02' })).toMatchObject({ files: 2 })
  expect(await read({ regions: ['us-east-1'] })).toMatchObject({ files: 2, filesAlreadyImported: 1 })
  expect(await read({ from: '2024-06-01T10:00:00Z' })).toMatchObject({ files: 0, filesAlreadyImported: 1 })
  await expect(read({ from: '2024-06-01T10:01:00Z' })).rejects.toMatchObject({ code: 'NO_LOG_FILES' })
  expect(await read({})).toMatchObject({ files: 1, filesAlreadyImported: 4 })
})
