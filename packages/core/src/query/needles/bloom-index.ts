import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { LocalCopies, ObjectStore } from '../../storage/object-store.ts'
import type { DataFile } from '../../table/index.ts'
import { readRemoteFooter } from '../copies/footers.ts'
import { type BloomFilter, createBloomFilter, HEADER_BYTES, readBloomHeader } from './bloom-filter.ts'
import { type BloomPlace, footerLength, readRowGroups } from './footer.ts'

/** A row group of a data file, and the filters of the columns of the index, in their order; undefined where there is none. */
export interface IndexedGroup {
  readonly rows: number
  readonly filters: readonly (BloomFilter | undefined)[]
}

/** The Bloom filters of data files, read on first use. */
export interface BloomIndex {
  /** False where reading a file's rows means fetching the file. */
  readonly isLocal: boolean
  /** The row groups of a file, in order; undefined where nothing can be told of it. */
  groups(file: DataFile): Promise<readonly IndexedGroup[] | undefined>
}

/** Bytes of filters that are kept: those of some fifty million events. */
const KEPT_BYTES = 64 * 1024 * 1024
/** What a file costs besides its filters, for the sum. */
const ENTRY_BYTES = 1024
const FILES_A_TURN = 64
/** A footer of two or three row groups. */
const TAIL_BYTES = 32 * 1024

interface Entry {
  readonly groups: readonly IndexedGroup[] | undefined
  readonly bytes: number
}

/** @param columns top-level columns with text values */
export function createBloomIndex(storage: ObjectStore, columns: readonly string[]): BloomIndex {
  const entries = new Map<string, Promise<Entry>>()
  let keptBytes = 0
  let reads = 0

  async function read(file: DataFile): Promise<Entry> {
    // Between files read at once, others have their turn.
    if (++reads % FILES_A_TURN === 0) await setImmediate()
    try {
      const groups = await readGroups(storage, file, columns)
      const bytes = groups.flatMap(({ filters }) => filters).reduce((sum, filter) => sum + (filter?.bytes ?? 0), 0)
      return { groups, bytes: ENTRY_BYTES + bytes }
    } catch {
      // A file that is damaged, missing or of another making: whoever reads its rows has the right words for it.
      return { groups: undefined, bytes: 0 }
    }
  }

  async function forget(): Promise<void> {
    for (const [oldest, entry] of entries) {
      if (keptBytes <= KEPT_BYTES) return
      entries.delete(oldest)
      keptBytes -= (await entry).bytes
    }
  }

  return {
    isLocal: storage.localPath('traillake.json') !== undefined,
    async groups(file) {
      const known = entries.get(file.key)
      const entry = known ?? read(file)
      entries.delete(file.key)
      entries.set(file.key, entry)
      const { groups, bytes } = await entry
      // What could not be read is tried again.
      if (!groups) entries.delete(file.key)
      else if (!known) {
        keptBytes += bytes
        await forget()
      }
      return groups
    },
  }
}

function readGroups(
  storage: ObjectStore,
  file: DataFile,
  columns: readonly string[],
): Promise<readonly IndexedGroup[]> {
  const { copies } = storage
  return copies ? readRemoteGroups(storage, copies, file, columns) : readNearGroups(storage, file, columns)
}

/** What is kept of the filters of a file. */
const FILTERS = 'filters'

/** Filters that were fetched together, and stay for the next process: one after the other as the footer names them. */
async function readRemoteGroups(
  storage: ObjectStore,
  copies: LocalCopies,
  file: DataFile,
  columns: readonly string[],
): Promise<readonly IndexedGroup[]> {
  const { etag, bytes } = await readRemoteFooter(storage, copies, file)
  const groups = readRowGroups(bytes, columns)
  const ranges = groups.flatMap(({ filters }) =>
    filters.flatMap((place) => (place?.length === undefined ? [] : [{ start: place.offset, length: place.length }])),
  )
  const kept = await copies.keep(file.key, `${etag} ${FILTERS}`, async () =>
    Buffer.concat(await copies.read(file.key, etag, ranges)),
  )
  let at = 0
  const next = (length: number) => {
    at += length
    return kept.subarray(at - length, at)
  }
  return groups.map(({ rows, filters }) => ({
    rows,
    filters: filters.map((place) => (place?.length === undefined ? undefined : filterOf(next(place.length)))),
  }))
}

/** Undefined for filters of kinds that we do not know. */
function filterOf(bytes: Buffer): BloomFilter | undefined {
  const header = readBloomHeader(bytes)
  const bits = header && bytes.subarray(header.start, header.start + header.length)
  return bits && bits.length === header.length ? createBloomFilter(bits) : undefined
}

async function readNearGroups(
  storage: ObjectStore,
  { key, size }: DataFile,
  columns: readonly string[],
): Promise<readonly IndexedGroup[]> {
  const { read, close } = openRanges(storage, key)
  try {
    const tailStart = Math.max(0, size - TAIL_BYTES)
    const tail = await read(tailStart, size - tailStart)
    const length = footerLength(tail.subarray(-8))
    if (length === undefined) throw new TypeError('no Parquet file')
    const start = size - 8 - length
    const footer = start >= tailStart ? tail.subarray(start - tailStart, tail.length - 8) : await read(start, length)
    const groups: IndexedGroup[] = []
    for (const { rows, filters } of readRowGroups(footer, columns)) {
      const found: (BloomFilter | undefined)[] = []
      for (const place of filters) found.push(place && (await readFilter(read, place)))
      groups.push({ rows, filters: found })
    }
    return groups
  } finally {
    close()
  }
}

type ReadRange = (start: number, length: number) => Buffer | Promise<Buffer>

/**
 * Reads parts of an object. Of a file on a local disk without waiting: handing each of a thousand short reads to another thread takes ten times as
 * long as the reads.
 */
function openRanges(storage: ObjectStore, key: string): { readonly read: ReadRange; close(): void } {
  const path = storage.localPath(key)
  if (path === undefined)
    return { read: (start, length) => storage.get(key, { range: { start, length } }), close: () => undefined }
  const file = openSync(path, 'r')
  return {
    read(start, length) {
      const buffer = Buffer.allocUnsafe(length)
      return buffer.subarray(0, readSync(file, buffer, 0, length, start))
    },
    close: () => closeSync(file),
  }
}

/** Undefined for filters of kinds that we do not know. */
async function readFilter(read: ReadRange, place: BloomPlace): Promise<BloomFilter | undefined> {
  const { offset, length: whole = HEADER_BYTES } = place
  const bytes = await read(offset, whole)
  const header = readBloomHeader(bytes)
  if (!header) return undefined
  const { start, length } = header
  const bits = bytes.subarray(start, start + length)
  const all = bits.length === length ? bits : await read(offset + start, length)
  return all.length === length ? createBloomFilter(all) : undefined
}
