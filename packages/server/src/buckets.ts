import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openObjectStore, type S3Options } from '@traillake/core'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'

/** Places that requests may name, by bucket name: `s3://<name>/…` is what lies in the folder of this machine, or there in S3. */
export type Buckets = Readonly<Record<string, string | S3Bucket>>

export interface S3Bucket {
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly location: string
  /** How to reach it; what is absent comes from the environment and the files that all AWS programs read. */
  readonly s3: S3Options
}

/** What a location of a request means. */
export interface Place {
  /** The name that requests have for it. */
  readonly bucket: string
  /** A local path, or `s3://bucket/prefix`. */
  readonly location: string
  /** Of a place in S3. */
  readonly s3?: S3Options
}

export type BucketFault = 'malformed' | 'unknown' | 'outside'

/**
 * The place that a location of a request means: `s3://bucket/prefix` of a known bucket, or `file:///…` inside the folder
 * of one. Nothing outside those can be named.
 */
export function resolveLocation(buckets: Buckets, uri: string): Place | BucketFault {
  const s3 = /^s3:\/\/([^/]+)(?:\/([\s\S]*))?$/.exec(uri)
  if (s3) {
    const [, bucket = '', prefix = ''] = s3
    const root = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined
    if (root === undefined) return 'unknown'
    return typeof root === 'string' ? inFolder(bucket, root, prefix) : inS3(bucket, root, prefix)
  }
  let path: string
  try {
    path = fileURLToPath(uri)
  } catch {
    return 'malformed'
  }
  const real = realPath(path)
  const found = Object.entries(buckets).find(([, root]) => typeof root === 'string' && isInside(realPath(root), real))
  return found ? { bucket: found[0], location: path } : 'outside'
}

function inFolder(bucket: string, root: string, prefix: string): Place | BucketFault {
  const location = normalize(join(root, prefix))
  return isInside(realPath(root), realPath(location)) ? { bucket, location } : 'outside'
}

function inS3(bucket: string, { location, s3 }: S3Bucket, prefix: string): Place | BucketFault {
  // S3 has no folders to go up in; what lies between here and there might take it for one.
  if (prefix.split('/').some((segment) => segment === '..' || segment === '.')) return 'outside'
  return { bucket, location: prefix === '' ? location : `${location.replace(/\/$/, '')}/${prefix}`, s3 }
}

/**
 * Finds out whether a place in S3 can be asked at all; which rights there are on it shows when they are used.
 *
 * Errors: BUCKET_NOT_FOUND, STORAGE_CREDENTIALS, INVALID_OPTION, and those of the network.
 */
export async function probeS3({ location, s3 }: S3Bucket): Promise<void> {
  const store = await openObjectStore(location, { s3 })
  await store.get('traillake-is-there', { range: { start: 0, length: 1 } }).catch((error: unknown) => {
    if (!isTraillakeError(error, 'SOURCE_NOT_FOUND') && !isTraillakeError(error, 'STORAGE_DENIED')) throw error
  })
}

/** Errors: INVALID_OPTION for a folder that is none, and those of `probeS3`. */
export async function checkBuckets(buckets: Buckets): Promise<void> {
  for (const [name, root] of Object.entries(buckets)) {
    if (typeof root !== 'string') await probeS3(root)
    else if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
      throw new TraillakeError('INVALID_OPTION', {
        option: 'bucket',
        reason: `maps ${name} to ${root}, which is no folder`,
      })
    }
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`))
}

/** Without links, as far down as the path exists: a link out of a folder does not count as inside it. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = join(path, '..')
    return parent === path ? path : join(realPath(parent), path.slice(parent.length))
  }
}
