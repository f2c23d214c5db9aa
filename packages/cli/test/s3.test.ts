import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { record } from '../../core/test/lake/trail-files.ts'
import { newBucket, putObject } from '../../core/test/s3/buckets.ts'
import { KEYS, python, startS3 } from '../../core/test/s3/moto.ts'
import { newQueue } from '../../core/test/s3/queues.ts'
import { deliver } from '../../core/test/s3/trails.ts'
import { emptyFolder, main, traillake } from './traillake.ts'

describe.skipIf(!python)('S3', { timeout: 180_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const keys = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey }

  test('a trail there, a lake there, settings from flags, environment and file', async () => {
    const trail = await newBucket(server)
    const lake = `s3://${await newBucket(server)}/lake`
    for (const day of ['01', '02', '03']) await deliver(server, trail, `2024-05-${day}T10:00:00Z`)
    const folder = emptyFolder()
    const flags = ['--s3-endpoint', server.endpoint, '--s3-path-style', '--cache', emptyFolder(), '--lake', lake]
    const run = (args: readonly string[]) => traillake(folder, [...args, ...flags], { env: keys })

    const dry = await run(['import', `s3://${trail}`, '--store', 'org', '--dry-run', '--from', '2024-05-02'])
    expect(dry.stdout).toMatch(/^would import 2 files \(.*\) of 2 accounts, regions and days$/m)
    expect(dry.stdout).toMatch(/^requests: 5 to list, which were made, and 2 to read$/m)
    const some = ['--accounts', '111122223333', '--regions', 'us-east-1', '--from', '2024-05-01', '--to', '2024-05-02']
    const first = await run(['import', `s3://${trail}`, '--store', 'org', ...some])
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('read 2 = kept 2') })
    expect(first.stderr).toContain(`created a lake in ${lake}`)
    expect(first.stderr).not.toMatch(/warning/i)
    const rest = await run(['import', `s3://${trail}`, '--store', 'org', '--look-back', 'all'])
    expect(rest).toMatchObject({ code: 0, stdout: expect.stringContaining('2 imported before') })
    expect(await run(['query', 'SELECT count(*) AS n FROM org'])).toMatchObject({ code: 0, stdout: '{"n":3}\n' })

    const env = {
      ...keys,
      AWS_ENDPOINT_URL_S3: server.endpoint,
      TRAILLAKE_S3_PATH_STYLE: 'true',
      TRAILLAKE_CACHE: emptyFolder(),
      TRAILLAKE_LAKE: lake,
      AWS_REGION: 'us-east-1',
    }
    expect(await traillake(folder, ['query', 'SELECT count(*) AS n FROM org'], { env })).toMatchObject({
      stdout: '{"n":3}\n',
    })
  })

  test('what is wrong is said in one line, with what to do, and exit code 4', async () => {
    const flags = ['--s3-endpoint', server.endpoint, '--s3-path-style']
    const none = { AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none', AWS_EC2_METADATA_DISABLED: 'true' }
    const run = await traillake(emptyFolder(), ['import', 's3://bucket', '--store', 'org', ...flags], { env: none })
    expect(run.code).toBe(4)
    expect(run.stderr).toMatch(/the credentials for s3:\/\/bucket are not to be had \[STORAGE_CREDENTIALS\]/)
    expect(run.stderr).toMatch(/AWS_PROFILE/)
    expect(run.stderr).not.toMatch(/\bat .*\.js/)
    const missing = await traillake(emptyFolder(), ['query', 'SELECT 1', '--lake', 's3://none/x', ...flags], {
      env: keys,
    })
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no bucket none') })
  })

  test('the server is told how to reach each bucket, and finds out whether it can', async () => {
    const known = await newBucket(server)
    const folder = emptyFolder()
    const own = { endpoint: server.endpoint, 'path-style': true, region: 'us-east-1' }
    const check = (settings: object, flags: readonly string[] = []) => {
      writeFileSync(join(folder, 'traillake.config.json'), JSON.stringify(settings))
      return traillake(folder, ['serve', '--check', ...flags], { env: keys })
    }
    expect(await traillake(folder, ['stores', 'create', 'org'])).toMatchObject({ code: 0 })
    expect(await check({ bucket: { logs: { location: `s3://${known}/x`, ...own } } })).toMatchObject({ code: 0 })
    const flags = ['--bucket', `logs=s3://${known}`, '--s3-endpoint', server.endpoint, '--s3-path-style']
    expect(await check({}, flags)).toMatchObject({ code: 0 })
    const missing = await check({ bucket: { logs: { location: 's3://not-there', ...own } } })
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no bucket not-there') })
    // The settings of the lake are not those of a bucket that has its own.
    const other = await check({ bucket: { logs: { location: 's3://not-there', ...own } } }, [
      '--s3-endpoint',
      'http://127.0.0.1:1',
    ])
    expect(other.stderr).toContain('there is no bucket not-there')
  })

  test('source and lake may need other settings', async () => {
    const trail = await newBucket(server)
    await deliver(server, trail, '2024-05-01T10:00:00Z')
    const folder = emptyFolder()
    const source = [
      '--source-s3-endpoint',
      server.endpoint,
      '--source-s3-path-style',
      '--s3-endpoint',
      'http://127.0.0.1:1',
    ]
    const run = await traillake(folder, ['import', `s3://${trail}`, '--store', 'org', ...source], { env: keys })
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('kept 1') })

    // So do all that read raw files again.
    const damaged = `${trail}/broken.json.gz`
    const text = gzipSync(JSON.stringify({ Records: [record({ id: 'second' })] }))
    await putObject(server, trail, 'broken.json.gz', text.subarray(0, -12))
    const broken = await traillake(folder, ['import', `s3://${damaged}`, '--store', 'org', ...source], { env: keys })
    expect(broken).toMatchObject({ code: 3 })
    await putObject(server, trail, 'broken.json.gz', text)
    const check = async (args: readonly string[], expected: object, flags = source) => {
      const done = await traillake(folder, [...args, '--json', ...flags], { env: keys })
      expect(JSON.parse(done.stdout), args.join(' ')).toMatchObject(expected)
    }
    const [{ importId }] = JSON.parse(
      (await traillake(folder, ['imports', 'list', '--json'], { env: keys })).stdout,
    ) as [{ importId: string }]
    await check(['verify'], { stores: [{ checked: { rawFiles: 2 } }] })
    await check(['verify'], { stores: [{ checked: { rawFiles: 0 } }] }, [])
    await check(['quarantine', 'retry'], { items: 1, released: 1, unavailable: 0 })
    await check(['imports', 'undo', importId, '--dry-run'], { files: 1, events: 1, unreadable: [] })
  })

  test('the cache is filled, measured, asked alone and cleared', async () => {
    const trail = await newBucket(server)
    const lake = `s3://${await newBucket(server)}/lake`
    for (const day of ['01', '02']) await deliver(server, trail, `2024-05-${day}T10:00:00Z`)
    const [folder, cache, temp] = [emptyFolder(), emptyFolder(), emptyFolder()]
    const flags = ['--s3-endpoint', server.endpoint, '--s3-path-style', '--cache', cache, '--lake', lake]
    const run = (args: readonly string[], others: readonly string[] = []) =>
      traillake(folder, [...args, ...flags, '--temp-directory', temp, ...others], { env: keys })
    // By another machine, which has what it wrote.
    const theirs = ['--cache', emptyFolder()]
    expect(await run(['import', `s3://${trail}`, '--store', 'org'], theirs)).toMatchObject({ code: 0 })
    expect(await run(['query', 'SELECT count(*) AS n FROM org'], theirs)).toMatchObject({ stdout: '{"n":2}\n' })

    const warm = await run(['cache', 'warm', 'org', '--from', '2024-05-02', '--columns', 'eventTime,eventName'])
    expect(warm).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 data files: .* were fetched\n$/) })
    const info = JSON.parse((await run(['cache', 'info', '--json'])).stdout) as { folder: string; files: number }
    expect(info).toMatchObject({ folder: cache, files: expect.any(Number) })
    expect(info.files).toBeGreaterThan(2)
    const offline = (sql: string) => run(['query', sql, '--offline', '--s3-endpoint', 'http://127.0.0.1:1'])
    expect(await offline("SELECT count(*) AS n FROM org WHERE eventTime > '2024-05-02 00:00:00'")).toMatchObject({
      code: 0,
      stdout: '{"n":1}\n',
    })
    const missing = await offline('SELECT count(*) AS n FROM org')
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not in the cache \[NOT_CACHED\]/) })
    expect((await run(['cache', 'clear'])).stdout).toMatch(/^deleted 0 files, 0 B; \d+ were used within the hour/)
    expect((await run(['cache', 'clear', '--force'])).stdout).toMatch(new RegExp(`^deleted ${info.files} files, `))
    expect(await run(['cache', 'info'])).toMatchObject({ code: 0, stdout: `${cache}: 0 files, 0 B\n` })
    const nowhere = await traillake(folder, ['query', 'SELECT 1', ...flags, '--temp-directory', join(temp, 'none')], {
      env: keys,
    })
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('tempDirectory') })
  })

  test('watching a queue', async () => {
    const trail = await newBucket(server)
    const queue = await newQueue(server)
    await queue.send('no notification')
    await queue.send(
      JSON.stringify({ s3Bucket: trail, s3ObjectKey: [await deliver(server, trail, '2024-05-01T10:00:00Z')] }),
    )
    const flags = ['--s3-endpoint', server.endpoint, '--s3-path-style', '--queue', queue.url]
    const args = [main, 'watch', `s3://${trail}`, '--store', 'org', ...flags]
    const child = spawn(process.execPath, args, { cwd: emptyFolder(), env: { ...process.env, ...keys } })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toMatch(/ 1 files, lag \S.*kept 1/)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(errors).toMatch(/message \S+ stays in the queue: it is no notification of new objects/)
  })
})
