import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Event, record } from '../lake/trail-files.ts'
import { putObject } from './buckets.ts'
import type { S3Server } from './moto.ts'

/** The key of a log file delivered at a time, `2024-05-01T10:00:00Z`. */
export function logKey(account: string, region: string, time: string, kind = 'CloudTrail'): string {
  const day = time.slice(0, 10).replaceAll('-', '/')
  const stamp = `${time.slice(0, 16).replaceAll('-', '').replace(':', '')}Z`
  const unique = randomUUID().replaceAll('-', '').slice(0, 16)
  return `AWSLogs/${account}/${kind}/${region}/${day}/${account}_${kind}_${region}_${stamp}_${unique}.json.gz`
}

/** Delivers a log file with these events to a bucket, as CloudTrail does, and gives its key. */
export async function deliver(
  server: S3Server,
  bucket: string,
  time: string,
  {
    account = '111122223333',
    region = 'us-east-1',
    events = [{ id: randomUUID() }] as readonly Event[],
    prefix = '',
  } = {},
): Promise<string> {
  const key = `${prefix}${logKey(account, region, time)}`
  const Records = events.map((event) => record({ account, region, time, ...event }))
  await putObject(server, bucket, key, gzipSync(JSON.stringify({ Records })))
  return key
}

/** Copies a folder of the disk into a bucket. */
export async function upload(server: S3Server, bucket: string, folder: string, prefix = ''): Promise<number> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    await putObject(server, bucket, prefix + relative(folder, path), readFileSync(path))
  }
  return files.length
}
