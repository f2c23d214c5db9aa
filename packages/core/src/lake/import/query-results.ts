import { basename, dirname } from 'node:path/posix'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { isSignedWith, type PublicKey, readSignFile, type SignFile } from '../../events/index.ts'
import { checkKnownOptions, invalidOption } from '../check-options.ts'
import type { QueryResultOptions } from '../types.ts'
import type { ImportSource } from './discover.ts'
import type { SourceFile } from './protocol.ts'

/** A file of the answer of a CloudTrail Lake query, by the name that it is delivered under. */
export function isResultFile(key: string): boolean {
  return /(?:^|\/)result_\d+\.csv\.gz$/.test(key)
}

const SIGN_FILE = 'result_sign.json'
/** CloudTrail's own verification asks for keys of so long a time. */
const KEY_DAYS = 20
const DAY_MS = 86_400_000

/** Errors: INVALID_OPTION. */
export function checkQueryResultOptions(options: QueryResultOptions): void {
  checkKnownOptions(options, ['publicKeys', 'fetchPublicKeys', 'unverified'])
  const { publicKeys = [], fetchPublicKeys, unverified = false } = options
  const isKey = (key: unknown): key is PublicKey =>
    typeof key === 'object' && key !== null && 'fingerprint' in key && 'value' in key && typeof key.value === 'string'
  if (!Array.isArray(publicKeys) || !publicKeys.every(isKey)) {
    throw invalidOption('queryResults.publicKeys', 'must be a list of { fingerprint, value }')
  }
  if (fetchPublicKeys !== undefined && typeof fetchPublicKeys !== 'function') {
    throw invalidOption('queryResults.fetchPublicKeys', 'must be a function')
  }
  if (typeof unverified !== 'boolean') throw invalidOption('queryResults.unverified', 'must be true or false')
}

/**
 * Verifies the sign files of the query results among some files: each must lie beside the results that it names, all of them there,
 * and be signed with a known key. What the results themselves hold is compared with it as they are read.
 *
 * @param found everything that was found at the sources
 * @returns the files, those of query results with the hash that was signed
 * Errors: QUERY_RESULT_UNVERIFIED and those of the storage.
 */
export async function verifyQueryResults(
  files: readonly SourceFile[],
  found: readonly SourceFile[],
  sources: readonly ImportSource[],
  options: QueryResultOptions,
): Promise<readonly SourceFile[]> {
  if (options.unverified || !files.some((file) => isResultFile(file.key))) return files
  const there = new Set(found.map((file) => file.uri))
  const known = new Map<string, Promise<SignFile>>()

  async function verified(file: SourceFile): Promise<SignFile> {
    const { store, only } = sources[file.source]!
    const folder = dirname(file.key)
    const key = folder === '.' ? SIGN_FILE : `${folder}/${SIGN_FILE}`
    const bytes = await store.get(key).catch((error: unknown) => {
      if (!isTraillakeError(error, 'SOURCE_NOT_FOUND')) throw error
      throw unverified(file.uri, `${SIGN_FILE} does not lie beside it`, 'copy it there, too')
    })
    const signFile = readSignFile(bytes)
    if (!signFile) throw unverified(file.uri, `${SIGN_FILE} beside it is no sign file`)
    const uriOf = (name: string) => file.uri.slice(0, -basename(file.key).length) + name
    const missing = only ? undefined : [...signFile.hashes.keys()].find((name) => !there.has(uriOf(name)))
    if (missing !== undefined) throw unverified(file.uri, `${missing}, which was signed with it, is missing`)
    await checkSignature(signFile, file.uri, options)
    return signFile
  }

  const signed: SourceFile[] = []
  for (const file of files) {
    if (!isResultFile(file.key)) {
      signed.push(file)
      continue
    }
    const folder = `${file.source}:${dirname(file.key)}`
    if (!known.has(folder)) known.set(folder, verified(file))
    const hash = (await known.get(folder)!).hashes.get(basename(file.key))
    if (hash === undefined) throw unverified(file.uri, `${SIGN_FILE} beside it does not name it`)
    signed.push({ ...file, signedHash: hash })
  }
  return signed
}

const KEYS = 'give it with --public-keys, or let --fetch-public-keys ask CloudTrail (queryResults)'

async function checkSignature(signFile: SignFile, uri: string, options: QueryResultOptions): Promise<void> {
  const { fingerprint, completedAt, region } = signFile
  const isMeant = (key: PublicKey) => key.fingerprint === fingerprint
  let key = options.publicKeys?.find(isMeant)
  if (!key && options.fetchPublicKeys) {
    const until = new Date(completedAt.getTime() + KEY_DAYS * DAY_MS)
    key = (await options.fetchPublicKeys(region, completedAt, until)).find(isMeant)
  }
  if (!key) throw unverified(uri, `the public key ${fingerprint} is not known`, KEYS)
  if (!isSignedWith(signFile, key)) throw unverified(uri, `the signature in ${SIGN_FILE} is wrong`)
}

function unverified(source: string, reason: string, hint?: string): TraillakeError {
  return new TraillakeError('QUERY_RESULT_UNVERIFIED', { source, reason }, hint === undefined ? {} : { hint })
}
