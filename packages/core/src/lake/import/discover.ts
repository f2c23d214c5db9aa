import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TraillakeError } from '../../errors/index.ts'
import { holdsRecords, readTrailKey, type TrailObjectKind } from '../../events/index.ts'
import { type ObjectInfo, type ObjectStore, openObjectStore } from '../../storage/index.ts'
import type { SkippedFile } from '../types.ts'
import { sourceIdOf } from './identity.ts'
import type { SourceFile } from './protocol.ts'

/** A place that an import reads from. */
export interface ImportSource {
  /** As the caller named it. */
  readonly name: string
  readonly store: ObjectStore
  /** The one file that was named; undefined for a folder. */
  readonly only?: ObjectInfo
}

/** What lies at the sources: every file is in one of the two lists. */
export interface Discovery {
  /** Files that may hold records, in the order of their URIs. */
  readonly files: readonly SourceFile[]
  readonly skipped: readonly SkippedFile[]
}

/**
 * Opens a folder or a file by path or `file:` URI.
 *
 * Errors: SOURCE_NOT_FOUND, UNSUPPORTED_STORAGE.
 */
export async function openImportSource(location: string): Promise<ImportSource> {
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
 * @param isOwn true for keys that belong to the lake itself
 */
export async function discover(
  sources: readonly ImportSource[],
  isOwn: (store: ObjectStore, key: string) => boolean,
  signal?: AbortSignal,
): Promise<Discovery> {
  const files: SourceFile[] = []
  const skipped: SkippedFile[] = []
  const seen = new Set<string>()
  for (const [source, { store, only }] of sources.entries()) {
    for await (const info of only ? [only] : store.list('', signal ? { signal } : {})) {
      if (isOwn(store, info.key)) continue
      const uri = store.uri(info.key)
      // Overlapping sources and links name one file twice.
      if (seen.has(uri)) continue
      seen.add(uri)
      const kind = skipKind(info.key, only !== undefined)
      if (kind !== undefined) skipped.push({ source: uri, kind })
      else
        files.push({
          source,
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
  return { files, skipped }
}

function skipKind(key: string, isNamed: boolean): SkippedFile['kind'] | undefined {
  const { kind } = readTrailKey(key)
  const known = SKIPPED_KINDS[kind]
  if (known !== undefined) return known
  if (!holdsRecords(kind)) return 'not-a-log-file'
  const name = basename(key)
  const readable = isNamed || (!name.startsWith('.') && /\.(json|gz)$/i.test(name))
  return readable ? undefined : 'not-a-log-file'
}
