import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TraillakeError } from '../../errors/index.ts'
import { type Archive, createDownload, type ObjectInfo, type ObjectStore, openArchive } from '../../storage/index.ts'
import { archiveOf, type LogMember, logMembers } from '../import/archives.ts'
import type { RawFiles } from './raw-files.ts'

/** So many lie unpacked at a time: more than are read side by side. */
const KEPT_OPEN = 4

/** An archive while its members are read again. */
interface Opened {
  readonly archive: Archive
  readonly info: ObjectInfo
  readonly members: ReadonlyMap<string, LogMember>
}

/**
 * Raw files that lie in archives, by the URI of the member. Each archive is opened once.
 *
 * @param folder a local folder for what has to be fetched or unpacked
 * @param find the store and key of a URI
 */
export function createRawArchives(
  folder: string,
  find: (uri: string) => Promise<{ readonly store: ObjectStore; readonly key: string }>,
): Pick<RawFiles, 'head' | 'get' | 'close'> {
  const opened = new Map<string, Promise<Opened | undefined>>()
  let work: Promise<string> | undefined
  let used: readonly Archive[] = []

  function workFolder(): Promise<string> {
    work ??= mkdtemp(join(folder, 'archives-'))
    return work
  }

  async function open(uri: string): Promise<Opened | undefined> {
    const { store, key } = await find(uri)
    const info = await store.head(key)
    if (!info) return undefined
    let path = store.localPath(key)
    if (path === undefined) {
      path = join(await workFolder(), `${randomUUID()}-${key.slice(key.lastIndexOf('/') + 1)}`)
      await createDownload()(store, info, path)
    }
    const archive = await openArchive(path, { folder: await workFolder() })
    await archive.rest()
    const members = logMembers(store.uri(key), info.etag, archive)
    return { archive, info, members: new Map(members.map((member) => [member.uri, member])) }
  }

  /** All but the archives used last rest. */
  async function rest(archive: Archive): Promise<void> {
    const others = used.filter((one) => one !== archive)
    used = [...others, archive].slice(-KEPT_OPEN)
    for (const one of others.slice(0, -(KEPT_OPEN - 1))) await one.rest()
  }

  async function memberOf(uri: string) {
    const at = archiveOf(uri)!
    let one = opened.get(at)
    if (!one) {
      one = open(at)
      opened.set(at, one)
    }
    const found = await one
    const member = found?.members.get(uri)
    return found && member ? { ...found, member } : undefined
  }

  return {
    async head(uri) {
      const found = await memberOf(uri)
      if (!found) return undefined
      const { size, etag } = found.member
      return { key: uri, size, etag, modifiedMs: found.info.modifiedMs }
    },
    async get(uri) {
      const found = await memberOf(uri)
      if (!found) throw new TraillakeError('SOURCE_NOT_FOUND', { source: uri })
      await rest(found.archive)
      const path = join(await workFolder(), randomUUID())
      const extracted = await found.archive.extract(found.member.position, path)
      if ('damage' in extracted) {
        throw new TraillakeError('STORAGE_ERROR', { operation: 'unpack', key: uri, reason: extracted.damage })
      }
      const bytes = await readFile(extracted.path)
      await rm(path, { force: true })
      return bytes
    },
    async close() {
      for (const one of opened.values()) await (await one.catch(() => undefined))?.archive.rest()
      if (work) await rm(await work, { recursive: true, force: true })
    },
  }
}
