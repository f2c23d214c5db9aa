import { TraillakeError } from '../../errors/index.ts'

/** How to reach S3, or another store that speaks its protocol. What is absent comes from the environment and the shared AWS files. */
export interface S3Options {
  /** `us-east-1`, …; a bucket of another region is found all the same. */
  readonly region?: string
  /** The URL of a store that is not Amazon's. */
  readonly endpoint?: string
  /** Names the bucket in the path and not in the host name, as most stores that are not Amazon's want it. */
  readonly forcePathStyle?: boolean
  /** A profile of the shared AWS files: keys, single sign-on, or a role to assume. */
  readonly profile?: string
  /** Keys, or what gives them anew whenever they run out. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>)
  /** Pays for reading a bucket whose owner does not. */
  readonly requesterPays?: boolean
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** When they run out; a function that gave them is then asked again. */
  readonly expiration?: Date
}

/** A bucket, and the part of its keys that a store lies under. */
export interface S3Place {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly prefix: string
}

export function isS3Location(location: string): boolean {
  return /^s3:\/\//i.test(location)
}

/** Reads `s3://bucket/prefix`; a `/` at its end does not count. Errors: UNSUPPORTED_STORAGE. */
export function parseS3Location(location: string): S3Place {
  const [, bucket, path = ''] = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/is.exec(location) ?? []
  if (bucket === undefined) {
    throw new TraillakeError(
      'UNSUPPORTED_STORAGE',
      { location, reason: 'it names no bucket' },
      { hint: 'write s3://BUCKET or s3://BUCKET/PREFIX' },
    )
  }
  const prefix = path.replace(/\/$/, '')
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

const TEXTS = ['region', 'endpoint', 'profile'] as const
const SWITCHES = ['forcePathStyle', 'requesterPays'] as const

/** Refuses what is no S3Options: INVALID_OPTION, without repeating a value that may be a secret. */
export function checkS3Options(options: S3Options): void {
  const refuse = (name: string, reason: string) =>
    new TraillakeError('INVALID_OPTION', { option: `s3.${name}`, reason })
  if (typeof options !== 'object' || options === null) {
    throw new TraillakeError('INVALID_OPTION', { option: 's3', reason: 'must be an object' })
  }
  for (const name of Object.keys(options)) {
    if (![...TEXTS, ...SWITCHES, 'credentials'].some((known) => known === name)) throw refuse(name, 'is not known')
  }
  for (const name of TEXTS) {
    const value = options[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw refuse(name, 'must be a text')
  }
  for (const name of SWITCHES) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') throw refuse(name, 'must be true or false')
  }
  const { endpoint, credentials } = options
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) throw refuse('endpoint', 'must be an http or https URL')
  if (endpoint !== undefined && /\/\/[^/]*@/.test(endpoint)) throw refuse('endpoint', 'must hold no keys')
  if (credentials === undefined || typeof credentials === 'function') return
  if (typeof credentials?.accessKeyId !== 'string' || typeof credentials.secretAccessKey !== 'string') {
    throw refuse('credentials', 'must hold accessKeyId and secretAccessKey')
  }
}
