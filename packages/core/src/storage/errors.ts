import { TraillakeError } from '../errors/index.ts'

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/** The `code` of a system error: `ENOSPC`, `EEXIST`, …; undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : undefined
}

export function isMissing(error: unknown): boolean {
  return MISSING.has(errnoOf(error) ?? '')
}

/** Says what a system error means to whoever called a store. An error that is one of ours already stays. */
export function storageError(error: unknown, operation: string, key: string, place: string): TraillakeError {
  if (error instanceof TraillakeError) return error
  const code = errnoOf(error)
  if (code === 'ABORT_ERR' || (error instanceof Error && error.name === 'AbortError')) {
    return new TraillakeError('CANCELLED', { what: `${operation} ${key}` }, { cause: error })
  }
  if (code !== undefined && FULL.has(code)) return new TraillakeError('STORAGE_FULL', { key }, { cause: error })
  if (code !== undefined && DENIED.has(code))
    return new TraillakeError('STORAGE_DENIED', { operation, key }, { cause: error })
  if (isMissing(error) && operation === 'read')
    return new TraillakeError('SOURCE_NOT_FOUND', { source: place }, { cause: error })
  return new TraillakeError('STORAGE_ERROR', { operation, key, reason: reasonOf(error) }, { cause: error })
}

/** `EIO: i/o error` of Node's `EIO: i/o error, write '/…'`: a message names the key, not the machine's folders. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return errnoOf(error) ? (error.message.split(',')[0] ?? error.message) : error.message
}
