import type { ObjectStore } from '../../storage/object-store.ts'
import type { DataFile } from '../../table/index.ts'
import { type BloomFilter, createBloomFilter, HEADER_BYTES, readBloomHeader } from './bloom-filter.ts'
import { type BloomPlace, footerLength, readRowGroups } from './footer.ts'

/** A row group of a data file, and the filters of the columns of the index, in their order; undefined where there is none. */
export interface IndexedGroup {
  readonly rows: number
  readonly filters: readonly (BloomFilter | undefined)[]
}

/** The Bloom filters of data files, read on first use. */
export interface BloomIndex {
  /** The row groups of a file, in order; undefined where nothing can be told of it. */
  groups(file: DataFile): Promise<readonly IndexedGroup[] | undefined>
}

/** Bytes of filters that are kept: those of some fifty million events. */
const KEPT_BYTES = 64 * 1024 * 1024
/** What a file costs besides its filters, for the sum. */
const ENTRY_BYTES = 1024
/** A footer of some ten row groups: most files are asked once. */
const TAIL_BYTES = 96 * 1024

interface Entry {
  readonly groups: readonly IndexedGroup[] | undefined
  readonly bytes: number
}

/** @param columns top-level columns with text values */
export function createBloomIndex(storage: ObjectStore, columns: readonly string[]): BloomIndex {
  const entries = new Map<string, Promise<Entry>>()
  let keptBytes = 0

  async function read(file: DataFile): Promise<Entry> {
    try {
      const groups = await readGroups(storage, file, columns)
      const bytes = groups.flatMap(({ filters }) => filters).reduce((sum, filter) => sum + (filter?.bytes ?? 0), 0)
      return { groups, bytes: ENTRY_BYTES + bytes }
    } catch {
      // A file that is damaged, missing or of another making: whoever reads its rows has the right words for it.
      return { groups: undefined, bytes: ENTRY_BYTES }
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
    async groups(file) {
      const known = entries.get(file.key)
      const entry = known ?? read(file)
      entries.delete(file.key)
      entries.set(file.key, entry)
      const { groups, bytes } = await entry
      if (!known) {
        keptBytes += bytes
        await forget()
      }
      return groups
    },
  }
}

async function readGroups(
  storage: ObjectStore,
  { key, size }: DataFile,
  columns: readonly string[],
): Promise<readonly IndexedGroup[]> {
  const tailStart = Math.max(0, size - TAIL_BYTES)
  const tail = await storage.get(key, { range: { start: tailStart, length: size - tailStart } })
  const length = footerLength(tail.subarray(-8))
  if (length === undefined) throw new TypeError('no Parquet file')
  const start = size - 8 - length
  const footer =
    start >= tailStart
      ? tail.subarray(start - tailStart, tail.length - 8)
      : await storage.get(key, { range: { start, length } })
  return Promise.all(
    readRowGroups(footer, columns).map(async ({ rows, filters }) => ({
      rows,
      filters: await Promise.all(filters.map((place) => place && readFilter(storage, key, place))),
    })),
  )
}

/** Undefined for filters of kinds that we do not know. */
async function readFilter(storage: ObjectStore, key: string, place: BloomPlace): Promise<BloomFilter | undefined> {
  const { offset, length: whole = HEADER_BYTES } = place
  const bytes = await storage.get(key, { range: { start: offset, length: whole } })
  const header = readBloomHeader(bytes)
  if (!header) return undefined
  const { start, length } = header
  const bits = bytes.subarray(start, start + length)
  const all = bits.length === length ? bits : await storage.get(key, { range: { start: offset + start, length } })
  return all.length === length ? createBloomFilter(all) : undefined
}
