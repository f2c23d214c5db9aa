import { readFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path'
import { TraillakeError } from '../../errors/index.ts'
import { storageError } from '../../storage/errors.ts'
import { isS3Location, type ObjectInfo, openObjectStore, type StorageOptions } from '../../storage/index.ts'
import { invalidOption } from '../check-options.ts'
import type { LakeContext } from '../lake-context.ts'
import { type ImportSource, isElsewhere } from './discover.ts'
import { readInventory } from './inventory.ts'
import { mapLimited } from './map-limited.ts'

/** A file that a list names. */
export interface ListedKey {
  /** `s3://bucket/key`; of files on a disk what the list says. */
  readonly uri: string
  /** What the list tells of it: it need not be asked for then. */
  readonly info?: Omit<ObjectInfo, 'key'>
}

const PARALLEL_LOOKS = 16

/**
 * Lets sources hold the files that a list names, and no others: nothing is listed.
 *
 * @param location of a text with a key, a path or an `s3://` URI a line, or of the `manifest.json` of an S3 Inventory
 * Errors: INVALID_OPTION, SOURCE_NOT_FOUND for a list or a key that is not there, those of the storage.
 */
export async function withKeyList(
  lake: LakeContext,
  sources: readonly ImportSource[],
  location: string,
  options: StorageOptions,
): Promise<readonly ImportSource[]> {
  const text = await readList(location, options)
  if (!location.endsWith('.json'))
    return withKeys(
      sources,
      text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map((uri) => ({ uri })),
    )
  const listed: ListedKey[] = []
  // An inventory is of a bucket: what of it lies outside of the sources is not meant.
  for await (const one of readInventory(lake, location, text, options)) {
    if (sources.some((source) => keyIn(source, one.uri) !== undefined)) listed.push(one)
  }
  return withKeys(sources, listed)
}

/** Lets sources hold these files, and no others. INVALID_OPTION for one that lies in none of them. */
export async function withKeys(
  sources: readonly ImportSource[],
  listed: readonly ListedKey[],
): Promise<readonly ImportSource[]> {
  const infos = new Map(sources.map((source) => [source, [] as ObjectInfo[]]))
  await mapLimited(listed, PARALLEL_LOOKS, async ({ uri, info }) => {
    const source = sources.find((one) => keyIn(one, uri) !== undefined)
    if (!source) throw invalidOption('keys', `names ${uri}, which lies in none of the sources`)
    const key = keyIn(source, uri)!
    const found = info ? { key, ...info } : await source.store.head(key)
    if (!found) throw new TraillakeError('SOURCE_NOT_FOUND', { source: source.store.uri(key) })
    infos.get(source)!.push(found)
  })
  return sources.map((source) => ({ ...source, listed: infos.get(source)! }))
}

/** The key of a file in a source; undefined where it lies elsewhere. */
export function keyIn(source: ImportSource, named: string): string | undefined {
  const { store, only } = source
  if (only) return store.uri(only.key) === named ? only.key : undefined
  if (!isElsewhere(source)) {
    const key = isAbsolute(named) ? relative(store.location, named) : named
    return key.startsWith('..') ? undefined : key
  }
  const root = store.uri('')
  const uri = isS3Location(named) ? named : `${/^s3:\/\/[^/]+/.exec(root)![0]}/${named}`
  return uri.startsWith(root) && uri.length > root.length ? uri.slice(root.length) : undefined
}

async function readList(location: string, options: StorageOptions): Promise<string> {
  if (isS3Location(location)) {
    const store = await openObjectStore(dirname(location), options)
    return String(await store.get(basename(location)))
  }
  const path = resolve(location)
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw storageError(error, 'read', location, location)
  })
}
