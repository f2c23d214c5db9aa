import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TraillakeError } from '../../errors/index.ts'
import { holdsRecords, readTrailKey, type TrailObjectKind } from '../../events/index.ts'
import {
  isArchive,
  isS3Location,
  type ObjectInfo,
  type ObjectStore,
  openObjectStore,
  type StorageOptions,
} from '../../storage/index.ts'
import type { SkippedFile, TrailFilter } from '../types.ts'
import { sourceIdOf } from './identity.ts'
import { listTrail } from './list-trail.ts'
import type { SourceFile } from './protocol.ts'
import { isResultFile } from './query-results.ts'
import { isMeant } from './trail-filter.ts'

/** A place that an import reads from. */
export interface ImportSource {
  /** As the caller named it. */
  readonly name: string
  readonly store: ObjectStore
  /** The one file that was named; undefined for a folder. */
  readonly only?: ObjectInfo
  /** The files that a list names: nothing else of the place is meant, and it is not looked through. */
  readonly listed?: readonly ObjectInfo[]
}

/** What lies at the sources: every file is in one of the two lists. */
export interface Discovery {
  /** Files that may hold records, in the order of their URIs. */
  readonly files: readonly SourceFile[]
  readonly skipped: readonly SkippedFile[]
  /** Of each source: the folders of a trail that were listed one by one; none where it was walked whole. */
  readonly folders: readonly (readonly string[])[]
  /** Listings that a store elsewhere was asked for. */
  readonly requests: number
}

export interface DiscoverOptions {
  /** True for keys that belong to the lake itself. */
  readonly isOwn: (store: ObjectStore, key: string) => boolean
  readonly filter?: TrailFilter
  /** Where to start listing a folder of a trail, given the key before the day asked for (or `''`). */
  readonly startOf?: (source: ImportSource, folder: string, day: string) => string
  readonly signal?: AbortSignal
}

/**
 * Opens a folder or a file by path, `file:` URI or `s3://bucket/prefix`.
 *
 * Errors: SOURCE_NOT_FOUND, UNSUPPORTED_STORAGE, and those of the storage.
 */
export async function openImportSource(location: string, options: StorageOptions = {}): Promise<ImportSource> {
  if (isS3Location(location)) return openS3Source(location, options)
  const isUri = /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(location)
  if (isUri && !location.toLowerCase().startsWith('file:')) {
    return { name: location, store: await openObjectStore(location) }
  }
  const path = resolve(isUri ? fileURLToPath(location) : location)
  if (path === dirname(path)) return { name: location, store: await openObjectStore(path) }
  const parent = await openObjectStore(dirname(path))
  const only = await parent.head(basename(path))
  if (only) return { name: location, store: parent, only }
  if (!(await parent.listFolders('')).includes(basename(path))) {
    throw new TraillakeError('SOURCE_NOT_FOUND', { source: location })
  }
  return { name: location, store: await openObjectStore(path) }
}

/** Endings of files that may hold events. */
const READABLE = /\.(?:json|jsonl|ndjson|csv|gz)$/i
/** `stream-1-2024-05-01-10-00-00-<uuid>`: Firehose gives its objects no ending. */
const FIREHOSE = /-\d{4}(?:-\d\d){5}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A name with the ending of a log file may be one object; anything else is a prefix, which need not be there. */
async function openS3Source(location: string, options: StorageOptions): Promise<ImportSource> {
  const [, folder = '', name = ''] = /^(s3:\/\/[^/]+.*)\/([^/]+)$/.exec(location) ?? []
  if (READABLE.test(name) || isArchive(name)) {
    const parent = await openObjectStore(folder, options)
    const only = await parent.head(name)
    if (only) return { name: location, store: parent, only }
  }
  return { name: location, store: await openObjectStore(location, options) }
}

const SKIPPED_KINDS: Readonly<Partial<Record<TrailObjectKind, SkippedFile['kind']>>> = {
  digest: 'digest',
  aggregated: 'aggregated',
  config: 'config',
  'query-result': 'query-result',
}

/**
 * Lists what lies at the sources and tells log files from what surely is none, by name. Files of any other name are read
 * when they look like JSON: only their bytes can tell.
 *
 * What lies elsewhere is not walked: a trail's folders are listed one by one, and only those that are asked for.
 */
export async function discover(sources: readonly ImportSource[], options: DiscoverOptions): Promise<Discovery> {
  const { isOwn, filter = {}, startOf = (_source, _folder, day) => day, signal } = options
  const isLimited = Object.keys(filter).length > 0
  const files: SourceFile[] = []
  const skipped: SkippedFile[] = []
  const folders: (readonly string[])[] = []
  let requests = 0
  const seen = new Set<string>()
  // What an archive holds is told by its members.
  const isWanted = (key: string) => !isLimited || isArchive(key) || isMeant(filter, readTrailKey(key))

  async function* infosOf(source: ImportSource): AsyncGenerator<ObjectInfo> {
    const { store, only, listed } = source
    if (listed) yield* listed.filter(({ key }) => isWanted(store.uri(key)))
    else if (only) yield only
    else if (isElsewhere(source)) {
      const listing = await listTrail(store, filter, (folder, day) => startOf(source, folder, day), signal)
      folders.push(listing.folders)
      requests += listing.requests
      yield* listing.infos
      return
    } else {
      for await (const info of store.list('', signal ? { signal } : {})) {
        if (isWanted(info.key)) yield info
      }
    }
    folders.push([])
  }

  for (const [number, source] of sources.entries()) {
    const { store, only } = source
    for await (const info of infosOf(source)) {
      if (isOwn(store, info.key)) continue
      const uri = store.uri(info.key)
      // Overlapping sources and links name one file twice.
      if (seen.has(uri)) continue
      seen.add(uri)
      // Answers of queries are read where they are named, not on a walk through a bucket that holds some beside a trail.
      const isAnswer = isResultFile(info.key) && !info.key.split('/').includes('CloudTrail-Lake')
      const kind = isAnswer ? undefined : skipKind(isElsewhere(source) ? uri : info.key, only !== undefined)
      if (kind !== undefined) skipped.push({ source: uri, kind })
      else
        files.push({
          source: number,
          key: info.key,
          uri,
          size: info.size,
          etag: info.etag,
          modifiedMs: info.modifiedMs,
          sourceId: sourceIdOf(uri, info.etag),
        })
    }
  }
  files.sort((a, b) => (a.uri < b.uri ? -1 : 1))
  return { files, skipped, folders, requests }
}

/** Whether a source lies on no local disk. */
export function isElsewhere({ store }: ImportSource): boolean {
  return store.localPath('any') === undefined
}

/** Why a file is not even opened, by its key; undefined for one that may hold events. */
export function skipKind(key: string, isNamed: boolean): SkippedFile['kind'] | undefined {
  const { kind } = readTrailKey(key)
  const known = SKIPPED_KINDS[kind]
  if (known !== undefined) return known
  if (!holdsRecords(kind)) return 'not-a-log-file'
  const name = basename(key)
  const readable = isNamed || (!name.startsWith('.') && (READABLE.test(name) || FIREHOSE.test(name) || isArchive(name)))
  return readable ? undefined : 'not-a-log-file'
}
