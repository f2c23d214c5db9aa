import { join } from 'node:path'
import { TraillakeError } from '../../errors/index.ts'
import { readTrailKey } from '../../events/index.ts'
import { type Archive, createDownload, isArchive, type ObjectInfo, openArchive } from '../../storage/index.ts'
import type { SkippedFile, TrailFilter } from '../types.ts'
import { createBudget } from './budget.ts'
import { type ImportSource, skipKind } from './discover.ts'
import { sourceIdOf } from './identity.ts'
import type { KnownFiles } from './known-sources.ts'
import type { SourceFile } from './protocol.ts'
import { describeError } from './thread-worker.ts'
import { isMeant } from './trail-filter.ts'

/** Members that are unpacked at a time. */
const PARALLEL = 8

/** The archives of an import, open until it ends. */
export interface Archives {
  /**
   * Files as they are to be read: in the place of each archive the members that may hold records and are not known, and itself
   * where it is damaged.
   */
  readonly files: readonly SourceFile[]
  /** Members that are known. */
  readonly alreadyImported: KnownFiles
  readonly skipped: readonly SkippedFile[]
  /** Brings a member to the local disk. */
  fetch(file: SourceFile, path: string): Promise<SourceFile>
  /** A member is not needed any more. An archive of which none is needed rests, so that not all of many lie unpacked at once. */
  release(file: SourceFile): Promise<void>
  close(): Promise<void>
}

/** A member of an archive that may hold records. */
export interface LogMember extends Pick<ObjectInfo, 'size' | 'etag'> {
  readonly uri: string
  readonly position: number
}

/**
 * The members of an archive that are read, each a file of its own: `archive.zip!/member`. Their etags are that of the archive and
 * which of how many they are: the ledger tells by them whether all of them were read.
 */
export function logMembers(uri: string, etag: string, { members, damage }: Archive): readonly LogMember[] {
  const read = members.flatMap(({ name, size }, position) =>
    kindOfMember(name) === undefined ? [{ uri: memberUri(uri, name), size, position }] : [],
  )
  // Of a damaged archive one is always missing: it is looked into each time.
  const total = read.length + (damage === undefined ? 0 : 1)
  return read.map((member, i) => ({ ...member, etag: `${etag}#${i + 1}/${total}` }))
}

function memberUri(archive: string, name: string): string {
  return `${archive}!/${encodeURI(name).replaceAll('!', '%21')}`
}

/** The URI of the archive that a file lies in; undefined for files of their own. */
export function archiveOf(uri: string): string | undefined {
  const at = uri.lastIndexOf('!/')
  return at > 0 && isArchive(uri.slice(0, at)) ? uri.slice(0, at) : undefined
}

/** Archives in archives are not opened, and query results are verified where they lie beside their sign file. */
function kindOfMember(name: string): SkippedFile['kind'] | undefined {
  return skipKind(name, false) ?? (isArchive(name) ? 'not-a-log-file' : undefined)
}

/**
 * Opens the archives among some files and lists what is in them.
 *
 * @param folder a local folder for what has to be unpacked or fetched
 * Errors: those of the storage and of the disk.
 */
export async function openArchives(
  found: readonly SourceFile[],
  options: {
    readonly sources: readonly ImportSource[]
    readonly folder: string
    readonly filter: TrailFilter
    /** Which members need not be read. */
    readonly known: (members: readonly SourceFile[]) => Promise<KnownFiles>
    readonly signal: AbortSignal
  },
): Promise<Archives> {
  const { sources, folder, filter, known, signal } = options
  const isLimited = Object.keys(filter).length > 0
  const open = new Map<string, Archive>()
  const files: SourceFile[] = []
  const members: SourceFile[] = []
  const skipped: SkippedFile[] = []
  const turns = createBudget(PARALLEL)
  const close = async () => {
    for (const archive of open.values()) await archive.rest()
  }
  try {
    for (const file of found) {
      if (!isArchive(file.key)) files.push(file)
      else await expand(file)
    }
  } catch (error) {
    await close()
    throw error
  }

  async function expand(file: SourceFile): Promise<void> {
    const { store } = sources[file.source]!
    let path = store.localPath(file.key)
    if (path === undefined) {
      path = join(folder, `${file.sourceId}${/(?:\.tar)?\.[a-z]+$/i.exec(file.key)?.[0] ?? ''}`)
      await createDownload()(store, file, path, signal)
    }
    const archive = await openArchive(path, { folder, signal })
    open.set(file.uri, archive)
    for (const { name } of archive.members) {
      const kind = kindOfMember(name)
      if (kind !== undefined) skipped.push({ source: memberUri(file.uri, name), kind })
    }
    for (const { uri, size, etag, position } of logMembers(file.uri, file.etag, archive)) {
      if (isLimited && !isMeant(filter, readTrailKey(uri))) continue
      const { source, modifiedMs } = file
      const member = { archive: file.uri, position }
      members.push({ source, key: uri, uri, size, etag, modifiedMs, sourceId: sourceIdOf(uri, etag), member })
    }
    if (archive.damage === undefined) return
    const error = new TraillakeError('ARCHIVE_DAMAGED', { archive: file.uri, reason: archive.damage })
    files.push({ ...file, fetched: { error: describeError(error) } })
  }

  const knownMembers = await known(members)
  const wanted = members.filter((file) => !knownMembers.has(file))
  /** Members that are still to be read, by archive. */
  const waiting = new Map([...open.keys()].map((uri) => [uri, new Set<string>()]))
  for (const { member, sourceId } of wanted) waiting.get(member!.archive)!.add(sourceId)

  return {
    files: [...files, ...wanted].sort((a, b) => (a.uri < b.uri ? -1 : 1)),
    alreadyImported: knownMembers,
    skipped,
    async fetch(file, path) {
      const release = await turns.take(1)
      try {
        return { ...file, fetched: await open.get(file.member!.archive)!.extract(file.member!.position, path) }
      } finally {
        release()
      }
    },
    async release({ member, sourceId }) {
      const { archive } = member!
      const rest = waiting.get(archive)!
      if (rest.delete(sourceId) && rest.size === 0) await open.get(archive)!.rest()
    },
    close,
  }
}
