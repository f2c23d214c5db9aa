import { realpathSync } from 'node:fs'
import { isAbsolute, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folders of this machine that requests may name, by bucket name: `s3://<name>/…` is what lies in the folder. */
export type Buckets = Readonly<Record<string, string>>

export type BucketFault = 'malformed' | 'unknown' | 'outside'

/**
 * The local path that a location of a request means: `s3://bucket/prefix` of a known bucket, or `file:///…` inside the folder
 * of one. Nothing outside those folders can be named.
 */
export function resolveLocation(
  buckets: Buckets,
  uri: string,
): { readonly path: string; readonly bucket: string } | BucketFault {
  const s3 = /^s3:\/\/([^/]+)(?:\/([\s\S]*))?$/.exec(uri)
  if (s3) {
    const [, bucket = '', prefix = ''] = s3
    const root = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined
    if (root === undefined) return 'unknown'
    const path = normalize(join(root, prefix))
    return isInside(realPath(root), realPath(path)) ? { path, bucket } : 'outside'
  }
  let path: string
  try {
    path = fileURLToPath(uri)
  } catch {
    return 'malformed'
  }
  const real = realPath(path)
  const found = Object.entries(buckets).find(([, root]) => isInside(realPath(root), real))
  return found ? { path, bucket: found[0] } : 'outside'
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
