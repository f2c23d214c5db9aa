import { fileURLToPath } from 'node:url'
import { TraillakeError } from '../errors/index.ts'
import { openLocalStore } from './local.ts'
import type { ObjectStore } from './object-store.ts'
import { checkS3Options, isS3Location, type S3Options } from './s3/options.ts'

export interface StorageOptions {
  /** How to reach S3 for locations that begin with `s3://`. */
  readonly s3?: S3Options
}

/**
 * Opens what a location names: a path, a `file:` URI or `s3://bucket/prefix`.
 *
 * Errors: UNSUPPORTED_STORAGE for any other scheme, INVALID_OPTION. Nothing is read or made yet; call `probe()` before writing.
 */
export async function openObjectStore(location: string, options: StorageOptions = {}): Promise<ObjectStore> {
  if (options.s3) checkS3Options(options.s3)
  if (isS3Location(location)) {
    // The SDK takes a quarter of a second to load: only those wait for it who use S3.
    const { openS3Store } = await import('./s3/store.ts')
    return openS3Store(location, options.s3)
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(location)?.[1]?.toLowerCase()
  if (scheme === undefined) return openLocalStore(location)
  if (scheme === 'file') {
    try {
      return openLocalStore(fileURLToPath(location))
    } catch (cause) {
      throw new TraillakeError('UNSUPPORTED_STORAGE', { location, reason: 'the URI names no local path' }, { cause })
    }
  }
  // A path may hold a colon; only `scheme://` is surely no path.
  if (!location.slice(scheme.length).startsWith('://')) return openLocalStore(location)
  const reason = `${scheme}: is not supported`
  throw new TraillakeError(
    'UNSUPPORTED_STORAGE',
    { location, reason },
    { hint: 'name a folder on a local disk, or s3://BUCKET/PREFIX' },
  )
}
