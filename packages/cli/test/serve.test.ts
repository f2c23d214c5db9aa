import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptyFolder, main, traillake, trails } from './traillake.ts'

async function newLake(): Promise<string> {
  const folder = emptyFolder()
  const { code } = await traillake(folder, ['import', join(trails, 'versions'), '--store', 'org'])
  expect(code).toBe(0)
  return folder
}

describe('serve --check', () => {
  test('says that all is right, and writes nothing', async () => {
    const folder = await newLake()
    mkdirSync(join(folder, 'logs'))
    const settings = { $schema: 'x', port: 4999, audit: true, log: 'warn', bucket: { 'more-logs': 'logs' } }
    writeFileSync(join(folder, 'traillake.config.json'), JSON.stringify(settings))
    const before = readdirSync(folder, { recursive: true }).sort()
    const run = await traillake(folder, ['serve', '--check', '--bucket', 'trail-logs=logs'])
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^all is right: .* port 4999\n$/) })
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before)
  })

  test.each([
    ['a bucket that is no folder', ['--bucket', 'trail-logs=nowhere'], {}, 'nowhere, which is no folder'],
    ['credentials that are not there', ['--credentials', 'none.json'], {}, 'none.json'],
    ['an address that others reach', ['--host', '0.0.0.0'], {}, 'loopback only'],
    ['a certificate without its key', ['--tls-cert', 'x.pem'], {}, '--tls-key come together'],
    ['texts in traces that nobody takes', ['--trace-statements'], {}, 'none without --traces'],
    ['the same in the settings', [], { 'trace-statements': true }, 'none without --traces'],
    ['a file of expectations that is none', ['--monitor', 'traillake.config.json'], { port: 1 }, 'unknown member port'],
    ['a signing key that is none', ['--signing-key', 'traillake.config.json'], {}, 'holds no private key'],
    ['a bucket of the settings that is no folder', [], { bucket: { logs: 'nowhere' } }, 'nowhere, which is no folder'],
    ['a place that is none', [], { bucket: { logs: { location: '/logs' } } }, 'option bucket in traillake.config.json'],
    [
      'an endpoint that is none',
      [],
      { bucket: { logs: { location: 's3://b', endpoint: 'x' } } },
      's3.endpoint must be',
    ],
    ['a bucket without a place', ['--bucket', 'logs'], {}, 'Write <bucket name>=<folder or s3://bucket/prefix>'],
    ['an unknown setting', [], { prot: 1 }, 'option prot in traillake.config.json is unknown'],
    ['a setting of another kind', [], { port: 'many' }, 'option port in traillake.config.json'],
    ['a level in the settings that there is not', [], { log: 'loud' }, 'option log in traillake.config.json'],
    ['a level that there is not', ['--log', 'loud'], {}, 'loud'],
    ['a lake that is not there', ['--lake', 'nowhere'], {}, 'nowhere'],
  ])('says what is wrong: %s', async (_, args, settings, message) => {
    const folder = await newLake()
    writeFileSync(join(folder, 'traillake.config.json'), JSON.stringify(settings))
    const run = await traillake(folder, ['serve', '--check', ...args])
    expect(run.code).not.toBe(0)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain(message)
  })
})

test('serve runs queries in processes of their own, logs to standard error, and ends on SIGTERM once answers are out', {
  timeout: 60_000,
}, async () => {
  const folder = await newLake()
  const child = spawn(process.execPath, [main, 'serve', '--port', '0'], { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text))
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const url = /^traillake listens on (http:\/\/127\.0\.0\.1:\d+)$/.exec(value as string)?.[1]
  const response = await fetch(`${url}/v1/queries`, {
    method: 'POST',
    headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' },
    body: JSON.stringify({
      statement: 'SELECT n, m FROM UNNEST(sequence(1, 1000)) AS a (n) CROSS JOIN UNNEST(sequence(1, 500)) AS b (m)',
    }),
  })
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await response.text()).trimEnd().split('\n')).toHaveLength(500_000)
  expect(await ended).toEqual([0, null])
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ msg: 'request', operation: 'Query', outcome: 'ok', status: 200 }),
    ]),
  )
})
