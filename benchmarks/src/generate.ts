import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Random, seededRandom } from './random.ts'

export interface DataSet {
  readonly folder: string
  readonly files: number
  /** Events delivered, re-deliveries included. */
  readonly events: number
  readonly distinctEvents: number
  readonly rawBytes: number
  readonly gzBytes: number
  /** An account, region, day, event id and access key that occur, for point queries. */
  readonly needle: {
    readonly account: string
    readonly region: string
    readonly day: string
    readonly eventId: string
    /** Twenty ids, spread over all events. */
    readonly eventIds: readonly string[]
    readonly accessKeyId: string
    readonly sourceIp: string
  }
}

const ACCOUNTS = ['111122223333', '444455556666', '777788889999']
const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-2']
const FIRST_DAY = Date.UTC(2024, 4, 1)
const DAY_MS = 86_400_000
const EVENTS_A_FILE = 290
const NEEDLES = 20
const TEMPLATE_ACCOUNT = '123837392027'
const TEMPLATE_REGION = 'us-east-1'

/**
 * Writes a bucket of CloudTrail log files shaped like the real records of `test-data/trails/invictus-2023`: accounts, regions, times,
 * ids, keys and addresses vary; 1 % of the events are delivered twice, 0.2 % a day late. The same arguments give the same bytes.
 */
export function generate(
  folder: string,
  templates: string,
  events: number,
  days: number,
  seed: number,
  eventsAFile = EVENTS_A_FILE,
): DataSet {
  const summary = join(folder, 'summary.json')
  const key = createHash('sha256')
    .update(JSON.stringify({ events, days, seed, EVENTS_A_FILE: eventsAFile, generator: 2 }))
    .digest('hex')
  if (existsSync(summary)) {
    const known = JSON.parse(readFileSync(summary, 'utf8')) as DataSet & { key: string }
    if (known.key === key) return { ...known, folder }
  }
  rmSync(folder, { recursive: true, force: true })
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const random = seededRandom(seed)
  const records = readTemplates(templates)
  const people = ACCOUNTS.map((account) => Array.from({ length: 40 }, (_, i) => identity(account, i, random)))
  const totals = { files: 0, events: 0, distinctEvents: 0, rawBytes: 0, gzBytes: 0 }
  let needle: Omit<DataSet['needle'], 'eventIds'> | undefined
  const eventIds: string[] = []
  const perFolder = events / (days * ACCOUNTS.length * REGIONS.length)
  let redelivered: string[] = []
  for (let day = 0; day < days; day++) {
    for (const [a, account] of ACCOUNTS.entries()) {
      for (const region of REGIONS) {
        const filesHere = Math.max(1, Math.round(perFolder / eventsAFile))
        for (let f = 0; f < filesHere; f++) {
          const from = FIRST_DAY + day * DAY_MS + Math.floor((f / filesHere) * DAY_MS)
          const count = Math.round(perFolder / filesHere)
          const lines: string[] = redelivered
          totals.events += lines.length
          redelivered = []
          for (let i = 0; i < count; i++) {
            const late = random.chance(0.002) ? DAY_MS : 0
            const time = new Date(from - late + Math.floor((i / count) * (DAY_MS / filesHere)))
              .toISOString()
              .replace('.000', '')
            const person = random.pick(people[a]!)
            const eventId = random.uuid()
            const line = random.pick(records)(account, region, time.replace(/\.\d+Z/, 'Z'), eventId, person, random)
            lines.push(line)
            if (random.chance(0.01)) redelivered.push(line)
            if (eventIds.length < NEEDLES && totals.events + i >= ((eventIds.length + 0.5) * events) / NEEDLES)
              eventIds.push(eventId)
            needle ??=
              day === Math.floor(days / 2) && i === 5
                ? {
                    account,
                    region,
                    day: time.slice(0, 10),
                    eventId,
                    accessKeyId: person.accessKeyId,
                    sourceIp: person.ip,
                  }
                : undefined
          }
          const [year, month, date] = new Date(from).toISOString().slice(0, 10).split('-') as [string, string, string]
          const target = join(unfinished, 'AWSLogs', account, 'CloudTrail', region, year, month, date)
          mkdirSync(target, { recursive: true })
          const raw = Buffer.from(`{"Records":[${lines.join(',')}]}`)
          const gz = gzipSync(raw, { level: 6 })
          const clock = new Date(from).toISOString().slice(11, 16).replace(':', '')
          writeFileSync(
            join(target, `${account}_CloudTrail_${region}_${year}${month}${date}T${clock}Z_${random.hex(16)}.json.gz`),
            gz,
          )
          totals.files += 1
          totals.events += count
          totals.distinctEvents += count
          totals.rawBytes += raw.length
          totals.gzBytes += gz.length
        }
      }
    }
  }
  const data = { ...totals, needle: { ...needle!, eventIds } }
  writeFileSync(join(unfinished, 'summary.json'), JSON.stringify({ ...data, key }))
  renameSync(unfinished, folder)
  return { ...data, folder }
}

interface Identity {
  readonly name: string
  readonly accessKeyId: string
  readonly ip: string
}

function identity(account: string, i: number, random: Random): Identity {
  return {
    name: `user-${account.slice(0, 4)}-${i}`,
    accessKeyId: `AKIA${random.hex(16).toUpperCase()}`,
    ip: `${10 + random.int(200)}.${random.int(256)}.${random.int(256)}.${1 + random.int(254)}`,
  }
}

type Template = (
  account: string,
  region: string,
  time: string,
  eventId: string,
  person: Identity,
  random: Random,
) => string

/** Real records as text, so that number tokens, escapes and member order stay what CloudTrail writes. */
function readTemplates(folder: string): Template[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.name.endsWith('.json.gz'),
  )
  const names = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  const records = names.flatMap(
    (name) =>
      (JSON.parse(gunzipSync(readFileSync(name)).toString('utf8')) as { Records: Record<string, unknown>[] }).Records,
  )
  return records.map((record) => {
    const { accessKeyId, userName } = (record.userIdentity ?? {}) as { accessKeyId?: string; userName?: string }
    const text = JSON.stringify(record)
    return (account, region, time, eventId, person, random) => {
      let line = text
        .replaceAll(TEMPLATE_ACCOUNT, account)
        .replaceAll(TEMPLATE_REGION, region)
        .replace(/"eventTime":"[^"]*"/, `"eventTime":"${time}"`)
        .replace(/"eventID":"[^"]*"/, `"eventID":"${eventId}"`)
        .replace(/"requestID":"[^"]*"/, `"requestID":"${random.uuid()}"`)
        .replace(/"sourceIPAddress":"\d[^"]*"/, `"sourceIPAddress":"${person.ip}"`)
      if (accessKeyId) line = line.replaceAll(accessKeyId, person.accessKeyId)
      if (userName && userName.length > 3) line = line.replaceAll(userName, person.name)
      return line
    }
  })
}
