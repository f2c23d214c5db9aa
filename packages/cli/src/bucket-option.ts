import { resolve } from 'node:path'
import type { S3Options } from '@traillake/core'
import type { Buckets, S3Bucket } from '@traillake/server'
import { InvalidArgumentError, Option } from 'commander'
import { type S3Settings, s3Named, s3Schema } from './s3-options.ts'

/** A folder, a place in S3, or such a place with settings of its own. */
type BucketSetting = string | ({ readonly location: string } & S3Settings)
type BucketSettings = Readonly<Record<string, BucketSetting>>

const NAME = '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]'
const S3 = /^s3:\/\//i

/** `--bucket <name=place>`, as often as needed; in the settings file an object of places by name. */
export function bucketOption(): Option {
  return new Option(
    '--bucket <name=place>',
    'what requests may import from and deliver into as s3://<name>: a folder, or s3://bucket/prefix',
  )
    .argParser(parseBucket)
    .default({}, 'none')
}

/** @param s3 how to reach places in S3 that have no settings of their own */
export function bucketsOf(settings: BucketSettings, s3: S3Options): Buckets {
  return Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, placeOf(setting, s3)]))
}

function placeOf(setting: BucketSetting, s3: S3Options): string | S3Bucket {
  if (typeof setting === 'string') return S3.test(setting) ? { location: setting, s3 } : resolve(setting)
  const { location, ...own } = setting
  return { location, s3: s3Named(own) }
}

const parseBucket = Object.assign(
  (text: string, before: BucketSettings = {}): BucketSettings => {
    const [, name, place] = new RegExp(`^(${NAME})=(.+)$`).exec(text) ?? []
    if (name === undefined || place === undefined) {
      throw new InvalidArgumentError('Write <bucket name>=<folder or s3://bucket/prefix>; the name as S3 allows it.')
    }
    return { ...before, [name]: place }
  },
  {
    schema: {
      type: 'object',
      propertyNames: { pattern: `^${NAME}$` },
      additionalProperties: {
        anyOf: [
          { type: 'string', pattern: '.' },
          {
            type: 'object',
            properties: { location: { type: 'string', pattern: S3.source }, ...s3Schema() },
            required: ['location'],
            additionalProperties: false,
          },
        ],
      },
    },
    ofObject: (value: object): BucketSettings => value as BucketSettings,
  },
)
