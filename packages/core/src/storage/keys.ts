import { TraillakeError } from '../errors/index.ts'

/** What unfinished files are called; listings leave them out. */
export const TEMPORARY_PREFIX = '.tmp-'

/**
 * Refuses what is no key: STORAGE_ERROR.
 *
 * A key is one or more names joined by `/`. `.`, `..` and empty names would leave the store or name one object twice;
 * names of unfinished files are the store's own.
 */
export function checkKey(key: string, operation: string): void {
  const refuse = (reason: string) =>
    new TraillakeError('STORAGE_ERROR', { operation, key: JSON.stringify(key), reason })
  if (key === '') throw refuse('the key is empty')
  if (key.includes('\0')) throw refuse('the key holds a NUL')
  if (/\p{Cs}/u.test(key)) throw refuse('the key is no Unicode text')
  for (const name of key.split('/')) {
    if (name === '' || name === '.' || name === '..') throw refuse(`the key holds the name ${JSON.stringify(name)}`)
    if (name.startsWith(TEMPORARY_PREFIX))
      throw refuse(`names starting with ${TEMPORARY_PREFIX} are kept for unfinished files`)
  }
}

/** Refuses a prefix that leaves the store; like a key, but its last name may be empty or cut short. */
export function checkPrefix(prefix: string, operation: string): void {
  const folders = prefix.split('/').slice(0, -1)
  const bad = prefix.includes('\0') || folders.some((name) => name === '' || name === '.' || name === '..')
  if (bad)
    throw new TraillakeError('STORAGE_ERROR', {
      operation,
      key: JSON.stringify(prefix),
      reason: 'the prefix leaves the store',
    })
}

/** The same for a folder: empty, or ending in `/`. */
export function checkFolder(prefix: string, operation: string): void {
  checkPrefix(prefix, operation)
  if (prefix !== '' && !prefix.endsWith('/')) {
    throw new TraillakeError('STORAGE_ERROR', { operation, key: JSON.stringify(prefix), reason: 'a folder ends in /' })
  }
}
