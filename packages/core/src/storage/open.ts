import { fileURLToPath } from 'node:url'
import { TraillakeError } from '../errors/index.ts'
import { openLocalStore } from './local.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * Opens what a location names: a path or a `file:` URI.
 *
 * Errors: UNSUPPORTED_STORAGE for `s3://` (not in this release) and any other scheme. Nothing is read or made yet;
 * call `probe()` before writing.
 */
export async function openObjectStore(location: string): Promise<ObjectStore> {
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
  const reason = scheme === 's3' ? 'S3 is not supported in this release' : `${scheme}: is not supported`
  throw new TraillakeError('UNSUPPORTED_STORAGE', { location, reason }, { hint: 'name a folder on a local disk' })
}
