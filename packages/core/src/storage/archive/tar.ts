import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { ReadEntry } from 'tar'
import { errnoOf, storageError } from '../errors.ts'
import type { Archive, ArchiveMember, ArchiveOptions } from './archive.ts'
import { BOMB, createNames, isBomb, MAX_MEMBERS, TOO_MANY } from './limits.ts'
import { reasonOf } from './reason.ts'
import { createUnchanged } from './unchanged.ts'

/** Takes the bytes of one member. */
interface Sink {
  write(chunk: Buffer): void
  end(): void
}

/**
 * Opens a tar, gzip or not. Its members can only be read one after the other: listing them goes through all of it, and the first
 * that is wanted brings all to the disk. A tar that is cut or damaged has the members that came whole.
 */
export async function openTar(path: string, { folder, signal }: ArchiveOptions): Promise<Archive> {
  const unchanged = await createUnchanged(path)
  const members: ArchiveMember[] = []
  const damages: (string | undefined)[] = []
  const nameOf = createNames()
  const damage = await readTar(path, unchanged.size, signal, (entry, unreadable) => {
    const member = members.push({ name: nameOf(entry.path.replaceAll('\\', '/')), size: entry.size }) - 1
    damages[member] = unreadable ?? 'the archive ends within it'
    if (unreadable !== undefined) return undefined
    let bytes = 0
    return {
      write(chunk) {
        bytes += chunk.length
      },
      end() {
        if (bytes === entry.size) damages[member] = undefined
      },
    }
  })
  let unpacked: Promise<string> | undefined

  async function unpack(): Promise<string> {
    await unchanged.check()
    const to = await mkdtemp(join(folder, 'tar-'))
    let count = 0
    await readTar(path, unchanged.size, signal, (_entry, unreadable) => {
      const file = join(to, String(count++))
      return unreadable === undefined ? fileSink(file) : undefined
    })
    return to
  }

  return {
    members,
    damage,
    async extract(member) {
      const damage = damages[member]
      if (damage !== undefined) return { damage }
      unpacked ??= unpack()
      return { path: join(await unpacked, String(member)) }
    },
    async rest() {
      const to = await unpacked?.catch(() => undefined)
      unpacked = undefined
      if (to !== undefined) await rm(to, { recursive: true, force: true })
    },
  }
}

const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])
/** Entries that are no files, or say again what another one holds. */
const NO_FILES: ReadonlySet<string> = new Set([
  ...['Link', 'SymbolicLink', 'CharacterDevice', 'BlockDevice', 'Directory', 'FIFO', 'GNUDumpDir'],
  ...['SolarisACL', 'Inode', 'TapeVolumeHeader'],
])

/** Why the bytes of a file are not those that the tar has of it. */
function unreadableReason({ type }: ReadEntry, isSparse: boolean): string | undefined {
  if (isSparse || type === 'SparseFile') return 'it is a sparse file: pack it without --sparse'
  return FILES.has(type) ? undefined : `its type ${type} is not read`
}

/**
 * Goes through a tar and gives the bytes of its files.
 *
 * @param sinkOf is asked for each file; `unreadable`: why its bytes cannot be given
 * @returns what is wrong with it
 * Errors: those of the disk, of the sinks, and what the signal is aborted with.
 */
async function readTar(
  path: string,
  size: number,
  signal: AbortSignal | undefined,
  sinkOf: (entry: ReadEntry, unreadable: string | undefined) => Sink | undefined,
): Promise<string | undefined> {
  const { Parser } = await import('tar')
  let damage: string | undefined
  let isWhole = false
  let failure: unknown
  let count = 0
  let bytes = 0
  /** What precedes the next entry says that it is a sparse file. */
  let isSparse = false

  function attempt(work: () => void): void {
    try {
      if (!failure) work()
    } catch (error) {
      failure = error
    }
  }

  function take(entry: ReadEntry): void {
    const unreadable = unreadableReason(entry, isSparse)
    isSparse = false
    const isFile = !NO_FILES.has(entry.type)
    if (isFile && count++ >= MAX_MEMBERS) damage ??= TOO_MANY
    if (!isFile || damage === TOO_MANY) return void entry.resume()
    let sink: Sink | undefined
    attempt(() => {
      sink = sinkOf(entry, unreadable)
    })
    entry.on('data', (chunk: Buffer) => attempt(() => sink?.write(chunk)))
    entry.on('end', () => attempt(() => sink?.end()))
  }

  const parser = new Parser({
    onReadEntry: take,
    onwarn: (_code, message) => {
      // After its end, the parser only says of a tar without members that it is none.
      if (!isWhole) damage ??= reasonOf(message)
    },
  })
  parser.on('ignoredEntry', take)
  parser.on('meta', (header: string) => {
    isSparse ||= header.includes(' GNU.sparse.')
  })
  parser.once('eof', () => {
    isWhole = true
  })
  const ended = new Promise<void>((resolve) => parser.once('end', resolve))
  const source = createReadStream(path)
  try {
    for await (const chunk of (await isGzip(path)) ? source.pipe(gunzipOf(source)) : source) {
      signal?.throwIfAborted()
      bytes += (chunk as Buffer).length
      if (isBomb(bytes, size)) {
        damage = BOMB
        break
      }
      parser.write(chunk as Buffer)
      if (failure) break
    }
  } catch (error) {
    const code = errnoOf(error)
    if (!code?.startsWith('Z_')) throw storageError(error, 'read', path, path)
    damage ??= code === 'Z_BUF_ERROR' ? 'truncated gzip' : `corrupt gzip: ${(error as Error).message}`
  } finally {
    source.destroy()
    parser.end()
    await ended
  }
  if (failure) throw storageError(failure, 'write', path, path)
  return damage ?? (isWhole ? undefined : 'it ends early')
}

function fileSink(path: string): Sink {
  const file = openSync(path, 'wx')
  return {
    write(chunk) {
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
    },
    end: () => closeSync(file),
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

/** An unpacker that fails when its source does. */
function gunzipOf(source: NodeJS.ReadableStream): ReturnType<typeof createGunzip> {
  const gunzip = createGunzip()
  source.once('error', (error) => gunzip.destroy(error))
  return gunzip
}
