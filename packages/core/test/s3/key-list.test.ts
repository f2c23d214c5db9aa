import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { createTableEngine } from '../../src/engine/table-engine.ts'
import { type ImportOptions, openLake } from '../../src/index.ts'
import { writeLog } from '../lake/trail-files.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket, putObject } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { startProxy } from './proxy.ts'
import { deliver } from './trails.ts'

const into = 'org'

test('of a folder on disk, the files that a list names are read and no others', async () => {
  const folder = await temporaryFolder()
  const paths = ['a', 'b', 'sub/c', 'd'].map((name) => writeLog(folder, name, [{ id: name }]))
  const list = join(await temporaryFolder(), 'keys.txt')
  writeFileSync(list, `a.json.gz\r\n${paths[2]}\n\na.json.gz\n`)
  await using lake = await openLake(await temporaryFolder(), { create: true })
  expect(await lake.import(folder, { into, keys: list })).toMatchObject({ files: 2, kept: 2 })
  const ids = await (await lake.query(`SELECT eventID FROM ${into} ORDER BY eventID`)).toArray()
  expect(ids.map((row) => row.eventID)).toEqual(['a', 'sub/c'])
  expect(await lake.import(folder, { into })).toMatchObject({ kept: 2, filesAlreadyImported: 2 })

  const refuse = async (text: string, error: object) => {
    writeFileSync(list, text)
    await expect(lake.import(folder, { into, keys: list })).rejects.toMatchObject(error)
  }
  await refuse('none.json.gz', { code: 'SOURCE_NOT_FOUND' })
  await refuse('../elsewhere.json.gz', { code: 'INVALID_OPTION' })
  await refuse('\n', { code: 'NO_LOG_FILES' })
  await expect(lake.import(folder, { into, keys: join(folder, 'none') })).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
  })
  await expect(lake.import(folder, { into, keys: 5 as unknown as string })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  })
})

describe.skipIf(!python)('of a bucket', { timeout: 120_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!

  /** A bucket with a file a day, and what an import of it makes. */
  async function newTrail() {
    const bucket = await newBucket(server)
    const keys: string[] = []
    for (const day of ['01', '02', '03', '04', '05'])
      keys.push(await deliver(server, bucket, `2024-05-${day}T10:00:00Z`))
    const lake = await openLake(await temporaryFolder(), { create: true, s3: proxy.s3 })
    const read = (options: Omit<ImportOptions, 'into'>, source = `s3://${bucket}`) =>
      lake.import(source, { into, compact: false, ...options })
    return { bucket, keys, lake, read }
  }

  test('keys and URIs name what is read; nothing is listed', async () => {
    const { bucket, keys, lake, read } = await newTrail()
    await putObject(server, bucket, 'lists/one.txt', `${keys[0]}\ns3://${bucket}/${keys[3]}\n${keys[4]}\n`)
    const list = `s3://${bucket}/lists/one.txt`
    proxy.reset()
    expect(await read({ keys: list, to: '2024-05-04' })).toMatchObject({ files: 2, kept: 2 })
    expect(proxy.counts()).toMatchObject({ HEAD: 3 })
    expect(proxy.counts()).not.toHaveProperty('LIST')
    await expect(read({ keys: list }, `s3://${bucket}/elsewhere`)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    // What a list left out is found by the next import that looks.
    expect(await read({})).toMatchObject({ kept: 3 })
    await lake.close()
  })

  /** Delivers an inventory of the bucket as S3 does. */
  async function deliverInventory(bucket: string, keys: readonly string[], format: 'CSV' | 'Parquet', isFull: boolean) {
    const rows = await Promise.all(
      keys.map(async (key) => {
        const found = await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        return {
          key,
          size: found.ContentLength!,
          modified: found.LastModified!.toISOString(),
          etag: found.ETag!.slice(1, -1),
        }
      }),
    )
    const old = { ...rows[0]!, etag: 'an-older-version' }
    const all = [...rows.map((row) => ({ ...row, latest: true })), { ...old, latest: false }]
    let data: Buffer
    let schema: string
    if (format === 'CSV') {
      const quoted = (...values: readonly unknown[]) => values.map((value) => `"${value}"`).join(',')
      const encoded = (key: string) => encodeURIComponent(key).replaceAll('%20', '+')
      schema = isFull
        ? 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass'
        : 'Bucket, Key'
      const lines = (isFull ? all : rows).map((row) =>
        isFull
          ? quoted(
              bucket,
              encoded(row.key),
              'v',
              (row as { latest?: boolean }).latest,
              false,
              row.size,
              row.modified,
              row.etag,
              'STANDARD',
            )
          : quoted(bucket, encoded(row.key)),
      )
      data = gzipSync(`${lines.join('\n')}\n`)
    } else {
      const path = join(await temporaryFolder(), 'x.parquet')
      const engine = createTableEngine({ scratch: await temporaryFolder() })
      const values = all.map(
        (r) =>
          `('${bucket}', '${r.key}', ${r.latest}, false, ${r.size}::BIGINT, TIMESTAMP '${r.modified.slice(0, -1)}', '${r.etag}')`,
      )
      await engine.run(
        `COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS t(bucket, key, is_latest, is_delete_marker, size, last_modified_date, e_tag)) TO '${path}' (FORMAT parquet)`,
      )
      await engine.close()
      data = readFileSync(path)
      schema =
        'message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional boolean is_latest; optional boolean is_delete_marker; optional int64 size; optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); }'
    }
    const file = `inventory/${bucket}/daily/data/x.${format === 'CSV' ? 'csv.gz' : 'parquet'}`
    await putObject(server, bucket, file, data)
    const manifest = JSON.stringify({
      sourceBucket: bucket,
      destinationBucket: `arn:aws:s3:::${bucket}`,
      version: '2016-11-30',
      fileFormat: format,
      fileSchema: schema,
      files: [{ key: file, size: data.length, MD5checksum: createHash('md5').update(data).digest('hex') }],
    })
    const key = `inventory/${bucket}/daily/2024-05-06T01-00Z/manifest.json`
    await putObject(server, bucket, key, manifest)
    return { uri: `s3://${bucket}/${key}`, file, data, manifest }
  }

  test.each([
    ['CSV', true],
    ['CSV', false],
    ['Parquet', true],
  ] as const)('an S3 Inventory in %s (all fields: %s)', async (format, isFull) => {
    const { bucket, keys, lake, read } = await newTrail()
    const odd = 'AWSLogs/ü + 100%25 & more.json.gz'
    await putObject(server, bucket, odd, readFileSync(writeLog(await temporaryFolder(), 'x', [{ id: 'odd' }])))
    const outside = [odd, 'other/outside.json.gz']
    await putObject(server, bucket, outside[1]!, 'no log')
    const { uri, file, data, manifest } = await deliverInventory(
      bucket,
      [keys[1]!, keys[2]!, ...outside],
      format,
      isFull,
    )
    proxy.reset()
    expect(await read({ keys: uri }, `s3://${bucket}/AWSLogs`)).toMatchObject({ files: 3, kept: 3, filesFailed: 0 })
    expect(proxy.counts()).not.toHaveProperty('LIST')
    if (isFull) expect(proxy.counts()).not.toHaveProperty('HEAD')

    // A copy of it on disk says the same.
    const copy = await temporaryFolder()
    for (const [name, bytes] of [
      ['one/manifest.json', manifest],
      [`data/${file.split('/').at(-1)}`, data],
    ] as const) {
      mkdirSync(join(copy, name, '..'), { recursive: true })
      writeFileSync(join(copy, name), bytes)
    }
    const again = await read({ keys: join(copy, 'one/manifest.json') }, `s3://${bucket}/AWSLogs`)
    expect(again).toMatchObject({ kept: 0, filesAlreadyImported: 3 })
    await putObject(server, bucket, file, Buffer.concat([data, Buffer.of(0)]))
    await expect(read({ keys: uri })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await lake.close()
  })

  test('an object that was replaced since the inventory is named, and the others are read', async () => {
    const { bucket, keys, lake, read } = await newTrail()
    const { uri } = await deliverInventory(bucket, keys.slice(0, 3), 'CSV', true)
    await putObject(server, bucket, keys[1]!, readFileSync(writeLog(await temporaryFolder(), 'x', [{ id: 'new' }])))
    expect(await read({ keys: uri })).toMatchObject({ kept: 2, filesFailed: 1 })
    expect(await read({})).toMatchObject({ kept: 3 })
    await lake.close()
  })

  test.each([
    ['{"files":[]}', /which is no manifest of an S3 Inventory$/],
    ['no JSON', /which is no manifest of an S3 Inventory$/],
    ['null', /which is no manifest of an S3 Inventory$/],
    [
      '{"fileFormat":"ORC","fileSchema":"struct<bucket:string,key:string>","sourceBucket":"b","files":[]}',
      /manifest\.json, an S3 Inventory in ORC: those in CSV and Parquet are read$/,
    ],
  ])('%s is no inventory that is read', async (text, words) => {
    const { bucket, lake, read } = await newTrail()
    await putObject(server, bucket, 'manifest.json', text)
    await expect(read({ keys: `s3://${bucket}/manifest.json` })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(words),
    })
    await lake.close()
  })
})
