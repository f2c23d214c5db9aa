import { utcMillis } from './event-time.ts'

/** What an object of a trail bucket is, by its key. */
export type TrailObjectKind =
  | 'log'
  | 'insight'
  | 'network'
  | 'digest'
  | 'aggregated'
  /** Another AWS service's log in the same bucket. */
  | 'config'
  | 'query-result'
  /** Nothing tells: only its bytes can. */
  | 'other'

export interface TrailObject {
  readonly kind: TrailObjectKind
  /** The account that received the events; 12 digits. */
  readonly account?: string
  readonly organization?: string
  readonly region?: string
  /** The UTC day of delivery, `YYYY-MM-DD`. Events are of that day or of any earlier one. */
  readonly date?: string
  /** When the file was delivered, UTC milliseconds: to the minute for logs, to the second for digests. */
  readonly deliveredAtMs?: number
}

const folders: Readonly<Record<string, TrailObjectKind>> = {
  CloudTrail: 'log',
  'CloudTrail-Insight': 'insight',
  'CloudTrail-NetworkActivity': 'network',
  'CloudTrail-Aggregated': 'aggregated',
  'CloudTrail-Digest': 'digest',
  'CloudTrail-Lake': 'query-result',
}

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/
const ACCOUNT = /^\d{12}$/
/** `us-east-1`, `us-gov-west-1`, `us-iso-east-1`, `cn-north-1`, `eusc-de-east-1`. */
const REGION = /^[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}$/
const LOG_NAME = /^(\d{12})_(CloudTrail(?:-[A-Za-z]+)?)_([a-z0-9-]+)_(\d{8})T(\d{4})Z_?[A-Za-z0-9]*\.json(?:\.gz)?$/
// The trail's name may hold underscores itself: what comes before and after it is found from both ends.
const DIGEST_NAME =
  /^(\d{12})_CloudTrail-Digest_([a-z0-9-]+)_.+_[a-z0-9-]+_(\d{8})T(\d{6})Z(?:_backfill)?\.json(?:\.gz)?$/
const CONFIG_NAME = /^\d{12}_Config_/

/**
 * Reads what a key tells: `[<prefix>/]AWSLogs/[<o-id>/]<account>/<folder>/<region>/<YYYY>/<MM>/<DD>/<file>`.
 *
 * Folders are looked for by the segment `AWSLogs` wherever it is (the last, when a prefix has one too); where they are missing,
 * as in local copies, the file name tells. What the two say differently is taken from the folders, for they are what a listing
 * by prefix goes by.
 */
export function readTrailKey(key: string): TrailObject {
  const segments = key.split(/[/\\]/)
  const byName = readName(segments.at(-1)!)
  const byFolder = readFolders(segments)
  if (byFolder?.kind === 'log' && byName.kind === 'digest') return { ...byFolder, ...byName }
  return { ...byName, ...byFolder }
}

/** True for kinds whose objects hold records of events. */
export function holdsRecords(kind: TrailObjectKind): boolean {
  return kind === 'log' || kind === 'insight' || kind === 'network' || kind === 'other'
}

function readFolders(segments: readonly string[]): TrailObject | undefined {
  const start = segments.lastIndexOf('AWSLogs', segments.length - 2)
  if (start === -1) return undefined
  let at = start + 1
  const organization = ORGANIZATION.test(segments[at]!) ? segments[at++] : undefined
  const account = ACCOUNT.test(segments[at] ?? '') ? segments[at++] : undefined
  // Without an account the segment is the service's own folder, as other services of AWS write it.
  const folder = at < segments.length - 1 ? segments[at++]! : undefined
  if (folder === undefined) return undefined
  const kind = Object.hasOwn(folders, folder) ? folders[folder]! : 'config'
  const region = REGION.test(segments[at] ?? '') ? segments[at++] : undefined
  const date = kind === 'config' ? undefined : readDate(segments.slice(kind === 'query-result' ? at + 1 : at))
  return {
    kind,
    ...(organization === undefined ? {} : { organization }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(date === undefined ? {} : { date }),
  }
}

function readDate([year = '', month = '', day = '']: readonly string[]): string | undefined {
  if (!/^\d{4}$/.test(year) || !/^\d{2}$/.test(month) || !/^\d{2}$/.test(day)) return undefined
  return utcMillis(Number(year), Number(month), Number(day), 0, 0, 0) === undefined
    ? undefined
    : `${year}-${month}-${day}`
}

function readName(name: string): TrailObject {
  const digest = DIGEST_NAME.exec(name)
  if (digest) return delivered('digest', digest[1]!, digest[2]!, digest[3]!, digest[4]!)
  const log = LOG_NAME.exec(name)
  const kind = log && Object.hasOwn(folders, log[2]!) ? folders[log[2]!]! : undefined
  if (log && kind !== undefined) return delivered(kind, log[1]!, log[3]!, log[4]!, `${log[5]!}00`)
  if (CONFIG_NAME.test(name)) return { kind: 'config' }
  return { kind: /^result_(?:sign\.json|\d+\.csv\.gz)$/.test(name) ? 'query-result' : 'other' }
}

function delivered(kind: TrailObjectKind, account: string, region: string, day: string, time: string): TrailObject {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)]
  const clock = [time.slice(0, 2), time.slice(2, 4), time.slice(4)].map(Number) as [number, number, number]
  const deliveredAtMs = utcMillis(Number(year), Number(month), Number(date), ...clock)
  return {
    kind,
    account,
    ...(REGION.test(region) ? { region } : {}),
    ...(deliveredAtMs === undefined ? {} : { date: `${year}-${month}-${date}`, deliveredAtMs }),
  }
}
