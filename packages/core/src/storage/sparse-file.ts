import { randomInt } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { type FileHandle, link, open, rm } from 'node:fs/promises'
import { TraillakeError } from '../errors/index.ts'
import { partOf } from './cache-folder.ts'
import type { InTurn } from './download.ts'
import { intersect, joinRanges } from './join-ranges.ts'
import type { ByteRange, ObjectStore, SparseFile } from './object-store.ts'

/*
 * A sparse file is: the object's bytes where they lie in the object, as far as they were fetched; one byte for each slot, 1 where its bytes
 * are there; the bytes of its own. Slots are marked after their bytes have reached the disk, in the same file: whoever finds the mark finds
 * the bytes, whichever processes fill, delete and make the file anew at that moment.
 *
 * The engine must keep no stretches of such files in memory, there are holes among them (`enable_external_file_cache`). Footers it may keep, and
 * does for files that changed some time ago: whoever filled something sets the time of change to a past second of its own.
 */

/** In the past, so that the engine does not wait whether a file still changes: some of the years 1980 to 2020. */
const EARLIEST_SECOND = 315_532_800
const LATEST_SECOND = 1_577_836_800

/** Reads one stretch of an object. */
export type ReadRange = (range: ByteRange) => Promise<Buffer>

/** Reads of an object that is as it was when it had this etag; each waits for its turn. */
export function rangeReader(
  store: ObjectStore,
  inTurn: InTurn,
  key: string,
  etag: string,
  signal?: AbortSignal,
): ReadRange {
  return async (range) => {
    const read = () => store.get(key, { range, ifMatch: etag, ...(signal ? { signal } : {}) })
    const bytes = await inTurn(read)
    if (bytes.length !== range.length) throw new TraillakeError('SOURCE_CHANGED', { source: store.uri(key) })
    return bytes
  }
}

/** Stretches of an object, in their order. */
export async function readRanges(read: ReadRange, ranges: readonly ByteRange[]): Promise<readonly Buffer[]> {
  const found = ranges.map(({ length }) => Buffer.alloc(length))
  await settleAll(
    joinRanges(ranges).map(async (joined) => {
      const bytes = await read(joined)
      for (const [i, range] of ranges.entries()) {
        const common = intersect(range, joined)
        if (common) slice(bytes, joined, common).copy(found[i]!, common.start - range.start)
      }
    }),
  )
  return found
}

/** What was found in a sparse file, and in which one. */
export interface SparseState {
  readonly identity: string
  readonly marks: Buffer
}

/** Is everything wanted there? */
export function isFilled({ path, wanted }: SparseFile, state: SparseState | undefined): boolean {
  if (!state || !wanted.every((slot) => state.marks[slot] === 1)) return false
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && identityOf(found) === state.identity
}

/** The number of a file that was deleted may be given to another. */
function identityOf({ ino, birthtimeMs }: Stats): string {
  return `${ino} ${birthtimeMs}`
}

/** Fetches what is wanted and not there, of all these files together; gives their states in the order given. */
export async function fillSparseFiles(read: ReadRange, files: readonly SparseFile[]): Promise<readonly SparseState[]> {
  const opened: OpenSparse[] = []
  try {
    for (const file of files) opened.push(await openSparse(file))
    const missing = opened.flatMap(({ file, handle, marks }) =>
      file.wanted
        .filter((slot) => marks[slot] !== 1)
        .flatMap((slot) => file.rangesOf(slot).map((range) => ({ range, handle }))),
    )
    await settleAll(
      joinRanges(missing.map(({ range }) => range)).map(async (joined) => {
        const bytes = await read(joined)
        for (const { range, handle } of missing) {
          const common = intersect(range, joined)
          if (common) await handle.write(slice(bytes, joined, common), 0, common.length, common.start)
        }
      }),
    )
    return await settleAll(opened.map(markFilled))
  } finally {
    for (const { handle } of opened) await handle.close()
  }
}

interface OpenSparse extends SparseState {
  readonly file: SparseFile
  readonly handle: FileHandle
}

async function openSparse(file: SparseFile): Promise<OpenSparse> {
  const handle = await open(file.path, 'r+').catch(() => makeSparse(file))
  const marks = Buffer.alloc(file.slots)
  const [found] = await Promise.all([handle.stat(), handle.read(marks, 0, marks.length, file.dataEnd)])
  return { file, handle, identity: identityOf(found), marks }
}

/** The file appears with its end, and in place of none: another process may have made it, and filled it, meanwhile. */
async function makeSparse({ path, slots, dataEnd, ending }: SparseFile): Promise<FileHandle> {
  const tail = Buffer.concat([Buffer.alloc(slots), await ending()])
  const part = partOf(path)
  const made = await open(part, 'wx', 0o600)
  try {
    await made.write(tail, 0, tail.length, dataEnd)
    await made.datasync()
    await link(part, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await made.close()
    await rm(part, { force: true })
  }
  return open(path, 'r+')
}

async function markFilled({ file, handle, identity, marks }: OpenSparse): Promise<SparseState> {
  const fresh = file.wanted.filter((slot) => marks[slot] !== 1)
  if (fresh.length > 0) await handle.datasync()
  // Only these marks: others may set theirs at this moment.
  for (let first = 0, next = 1; first < fresh.length; next++) {
    if (fresh[next] === fresh[next - 1]! + 1) continue
    marks.fill(1, fresh[first], fresh[next - 1]! + 1)
    await handle.write(marks, fresh[first], next - first, file.dataEnd + fresh[first]!)
    first = next
  }
  if (fresh.length > 0) await handle.utimes(new Date(), randomInt(EARLIEST_SECOND, LATEST_SECOND))
  return { identity, marks }
}

function slice(bytes: Buffer, from: ByteRange, { start, length }: ByteRange): Buffer {
  return bytes.subarray(start - from.start, start - from.start + length)
}

/** Waits for all, also where one fails: none may still write when the files are closed. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
