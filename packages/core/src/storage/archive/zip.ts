import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, inflateRawSync } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { errnoOf, storageError } from '../errors.ts'
import type { Archive, ArchiveMember, Extracted } from './archive.ts'
import { BOMB, createNames, isBomb, MAX_MEMBER_BYTES, MAX_MEMBERS, TOO_MANY } from './limits.ts'
import { reasonOf } from './reason.ts'
import { createUnchanged } from './unchanged.ts'

const STORED = 0
const DEFLATED = 8

/** Opens a zip by its directory; members are read where they lie. */
export async function openZip(path: string): Promise<Archive> {
  const unchanged = await createUnchanged(path)
  const { size } = unchanged
  const yauzl = await import('yauzl')
  let damage: string | undefined
  const members: ArchiveMember[] = []
  const entries: Entry[] = []
  const nameOf = createNames()
  let unpacked = 0
  let packed = 0
  const open = () => yauzl.openPromise(path, { autoClose: false, lazyEntries: true, decodeStrings: false })
  let opened: Promise<ZipFile> | undefined = open()
  try {
    for await (const entry of (await opened).eachEntry()) {
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
      const name = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
      if (name.endsWith('/')) continue
      unpacked += entry.uncompressedSize
      packed += entry.compressedSize
      if (members.length === MAX_MEMBERS) damage = TOO_MANY
      else if (isBomb(unpacked, size)) damage = BOMB
      // Members that share their bytes are how small bombs are made.
      else if (packed > size) damage = 'its members overlap'
      if (damage !== undefined) break
      members.push({ name: nameOf(name), size: entry.uncompressedSize })
      entries.push(entry)
    }
  } catch (error) {
    if (errnoOf(error)?.startsWith('E')) throw storageError(error, 'read', path, path)
    damage = reasonOf(error)
  }
  async function rest(): Promise<void> {
    const zip = await opened?.catch(() => undefined)
    opened = undefined
    zip?.close()
  }

  async function reopen(): Promise<ZipFile> {
    await unchanged.check()
    return open()
  }

  await rest()
  return {
    members,
    damage,
    rest,
    async extract(member, to) {
      opened ??= reopen()
      return extract(await opened, entries[member]!, to)
    },
  }
}

/** Takes a member out as a gzip file of its own bytes: whoever inflates it checks its sum. One that is gzip itself is unpacked once. */
async function extract(zip: ZipFile, entry: Entry, path: string): Promise<Extracted> {
  if (entry.isEncrypted()) return { damage: 'it is encrypted' }
  const { compressionMethod: method, uncompressedSize: size } = entry
  if (method !== STORED && method !== DEFLATED) return { damage: `its compression method ${method} is not known` }
  if (size > MAX_MEMBER_BYTES) return { damage: `it is larger than ${MAX_MEMBER_BYTES} bytes` }
  try {
    const data = await zip.openReadStreamPromise(entry, { decodeFileData: false })
    const chunks = data[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const first = await chunks.next()
    const head = first.done ? Buffer.alloc(0) : first.value
    const all = method === STORED ? storedBlocks(head, chunks) : rest(head, chunks)
    const file = Readable.from(inGzip(all, entry), { objectMode: false })
    const isPacked = isGzipped(head, method)
    if (isPacked) await pipeline(file, createGunzip(), atMost(size), createWriteStream(path))
    else await pipeline(file, createWriteStream(path))
    return { path }
  } catch (error) {
    const code = errnoOf(error)
    if (code?.startsWith('E') && !code.startsWith('ERR_')) throw storageError(error, 'write', path, path)
    return { damage: reasonOf(error) }
  }
}

async function* rest(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

/** Bytes as deflate writes what it does not compress. */
async function* storedBlocks(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  const block = (isLast: boolean, length: number) =>
    Buffer.from([isLast ? 1 : 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255])
  for await (const chunk of rest(head, chunks)) {
    for (let at = 0; at < chunk.length; at += MAX_STORED) {
      const piece = chunk.subarray(at, at + MAX_STORED)
      yield block(false, piece.length)
      yield piece
    }
  }
  yield block(true, 0)
}

const MAX_STORED = 65_535

/** Raw deflate data between the header and the trailer of a gzip file. */
async function* inGzip(data: AsyncIterable<Buffer>, { crc32, uncompressedSize }: Entry): AsyncGenerator<Buffer> {
  yield Buffer.from([0x1f, 0x8b, DEFLATED, 0, 0, 0, 0, 0, 0, 255])
  yield* data
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32 >>> 0, 0)
  trailer.writeUInt32LE(uncompressedSize % 2 ** 32, 4)
  yield trailer
}

/** Does a member begin as gzip does? A hint: enough of it to say so. */
function isGzipped(head: Buffer, method: number): boolean {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH }
    const text = method === STORED ? head : inflateRawSync(head.subarray(0, HINT_BYTES), options)
    return text[0] === 0x1f && text[1] === 0x8b
  } catch {
    return false
  }
}

const HINT_BYTES = 1024

function atMost(size: number): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (chunks) {
    let total = 0
    for await (const chunk of chunks) {
      total += chunk.length
      if (total > size) throw new Error('it is larger than the archive says')
      yield chunk
    }
  }
}
