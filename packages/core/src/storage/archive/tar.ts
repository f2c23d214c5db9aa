import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { ReadEntry } from 'tar'
import { errnoOf, storageError } from '../errors.ts'
import type { Archive, ArchiveMember, ArchiveOptions, Extracted } from './archive.ts'
import { BOMB, createNames, isBomb, MAX_MEMBERS, TOO_MANY } from './limits.ts'

/**
 * Opens a tar, gzip or not: its members can only be read one after the other, so all of them are brought to the disk. A tar that is cut or
 * damaged has the members that came whole.
 */
export async function openTar(path: string, { folder, signal }: ArchiveOptions): Promise<Archive> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw storageError(error, 'read', path, path)
  })
  const unpacked = await mkdtemp(join(folder, 'tar-'))
  const members: ArchiveMember[] = []
  const extracted: Extracted[] = []
  let damage: string | undefined
  try {
    damage = await readTar(path, size, unpacked, members, extracted, signal)
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true })
    throw storageError(error, 'read', path, path)
  }
  return {
    members,
    damage,
    extract: async (member) => extracted[member]!,
    close: () => rm(unpacked, { recursive: true, force: true }),
  }
}

/** @returns what is wrong with the archive */
async function readTar(
  path: string,
  size: number,
  folder: string,
  members: ArchiveMember[],
  extracted: Extracted[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { Parser } = await import('tar')
  const nameOf = createNames()
  let damage: string | undefined
  let failure: unknown
  let bytes = 0

  function take(entry: ReadEntry): void {
    if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'ContiguousFile') return void entry.resume()
    if (members.length === MAX_MEMBERS) damage ??= TOO_MANY
    if (damage === TOO_MANY) return void entry.resume()
    const to = join(folder, String(members.length))
    const file = openSync(to, 'wx')
    let written = 0
    members.push({ name: nameOf(entry.path.replaceAll('\\', '/')), size: entry.size })
    entry.on('data', (chunk: Buffer) => {
      try {
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
        written += chunk.length
      } catch (error) {
        failure ??= error
      }
    })
    entry.on('end', () => {
      closeSync(file)
      extracted.push(written === entry.size ? { path: to } : { damage: 'the archive ends within it' })
    })
  }

  const parser = new Parser({ onReadEntry: take, onwarn: (_code, message) => (damage ??= String(message)) })
  let isWhole = false
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
      if (failure) throw failure
    }
  } catch (error) {
    const code = errnoOf(error)
    if (!code?.startsWith('Z_')) throw error
    damage ??= code === 'Z_BUF_ERROR' ? 'truncated gzip' : `corrupt gzip: ${(error as Error).message}`
  } finally {
    source.destroy()
    parser.end()
    await ended
  }
  if (failure) throw failure
  return damage ?? (isWhole ? undefined : 'it ends early')
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
