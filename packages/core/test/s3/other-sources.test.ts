import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openLake } from '../../src/index.ts'
import { tgzOf, zipOf } from '../archives.ts'
import { key, signedResults } from '../lake/signed-results.ts'
import { record } from '../lake/trail-files.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { deliver } from './trails.ts'

describe.skipIf(!python)('S3', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const newLake = async () => openLake(await temporaryFolder(), { create: true, s3: server.s3 })
  const log = (id: string) => JSON.stringify({ Records: [record({ id })] })

  test('answers of queries are read where they are named, verified, and not with the trail beside them', async () => {
    const bucket = await newBucket(server)
    const place = 'AWSLogs/111122223333/CloudTrail-Lake/Query/2024/05/01/6a7f'
    await deliver(server, bucket, '2024-05-01T10:00:00Z', { events: [{ id: 'trail' }] })
    for (const [name, bytes] of signedResults(['a', 'b'])) await putObject(server, bucket, `${place}/${name}`, bytes)
    await using lake = await newLake()
    expect(await lake.import(`s3://${bucket}`, { into: 'org' })).toMatchObject({ files: 1, kept: 1 })
    const from = `s3://${bucket}/AWSLogs/111122223333/CloudTrail-Lake`
    await expect(lake.import(from, { into: 'org' })).rejects.toMatchObject({ code: 'QUERY_RESULT_UNVERIFIED' })
    const queryResults = { publicKeys: [key] }
    const one = await lake.import(`s3://${bucket}/${place}/result_2.csv.gz`, { into: 'org', queryResults })
    expect(one).toMatchObject({ files: 1, kept: 1 })
    expect(await lake.import(from, { into: 'org', queryResults })).toMatchObject({ files: 1, kept: 1 })
    expect(await lake.import(from, { into: 'org' })).toMatchObject({ files: 0, filesAlreadyImported: 2 })
    const { stores } = await lake.verify()
    expect(stores[0]).toMatchObject({ ok: true, findings: [], events: 3, checked: { rawFiles: 3 } })
  })

  test.each([
    ['logs.zip', zipOf],
    ['logs.tar.gz', tgzOf],
  ] as const)('%s is fetched and opened, and not again', async (name, pack) => {
    const bucket = await newBucket(server)
    const bytes = pack([
      { name: 'a.json.gz', data: gzipSync(log('a')) },
      { name: 'b.json', data: log('b') },
    ])
    await putObject(server, bucket, `some/${name}`, bytes)
    await putObject(server, bucket, 'some/copies.ndjson', `${JSON.stringify(record({ id: 'a' }))}\n`)
    await using lake = await newLake()
    const from = `s3://${bucket}/some`
    expect(await lake.import(from, { into: 'org', dryRun: true })).toMatchObject({ planned: { files: 2 } })
    expect(await lake.import(from, { into: 'org' })).toMatchObject({ files: 3, read: 3, kept: 2, duplicate: 1 })
    expect(await lake.import(from, { into: 'org' })).toMatchObject({ files: 0, filesAlreadyImported: 2 })
    await using other = await newLake()
    expect(await other.import(`${from}/${name}`, { into: 'org' })).toMatchObject({ files: 2, kept: 2 })
    for (const one of [lake, other]) {
      expect(await one.verify()).toMatchObject({ stores: [{ ok: true, findings: [], events: 2 }] })
    }
  })
})
