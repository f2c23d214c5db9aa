import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A record in short. */
export interface Event {
  readonly id?: string
  readonly account?: string
  readonly region?: string
  readonly time?: string
  readonly name?: string
  readonly extra?: object
}

export const record = ({
  id,
  account = '111122223333',
  region = 'us-east-1',
  time = '2024-05-01T10:00:00Z',
  name = 'A',
  extra,
}: Event): object => ({
  eventVersion: '1.08',
  eventTime: time,
  eventSource: 's3.amazonaws.com',
  eventName: name,
  awsRegion: region,
  ...(id === undefined ? {} : { eventID: id }),
  recipientAccountId: account,
  eventCategory: 'Management',
  ...extra,
})

/** Writes a log file and gives its path. */
export function writeLog(folder: string, name: string, events: readonly Event[]): string {
  return writeText(folder, name, JSON.stringify({ Records: events.map(record) }))
}

export function writeText(folder: string, name: string, text: string): string {
  const path = join(folder, `${name}.json.gz`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, gzipSync(text))
  return path
}
