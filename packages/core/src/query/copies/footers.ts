import type { LocalCopies, ObjectStore } from '../../storage/object-store.ts'
import type { DataFile } from '../../table/index.ts'
import { footerLength } from '../needles/footer.ts'
import { type ChunkTable, readChunkTable } from './chunk-table.ts'

/** The footer of a data file that lies on no local disk. */
export interface RemoteFooter {
  /** Of the object that it was read from. */
  readonly etag: string
  /** Where it begins in the file. */
  readonly dataEnd: number
  readonly bytes: Buffer
}

/** A footer of two or three row groups. */
const TAIL_BYTES = 32 * 1024
/** The part of a file's copies that its footer is. */
export const FOOTER = 'footer'

/** Reads a footer, once for all processes that share the copies. Throws TypeError where a file has none; errors of the store. */
export async function readRemoteFooter(
  storage: ObjectStore,
  copies: LocalCopies,
  { key, size }: Pick<DataFile, 'key' | 'size'>,
): Promise<RemoteFooter> {
  const kept = await copies.keep(key, FOOTER, async () => {
    let etag = ''
    const read = (start: number, end: number) =>
      storage.get(key, {
        range: { start, length: end - start },
        onEtag: (told) => {
          etag = told
        },
        ...(etag === '' ? {} : { ifMatch: etag }),
      })
    const tailStart = Math.max(0, size - TAIL_BYTES)
    const tail = await read(tailStart, size)
    const length = footerLength(tail.subarray(-8))
    if (length === undefined || tail.length !== size - tailStart || length > size - 8)
      throw new TypeError('no Parquet file')
    const start = size - 8 - length
    const footer = start >= tailStart ? tail.subarray(start - tailStart, -8) : await read(start, size - 8)
    return Buffer.concat([Buffer.from(`${etag}\n`), footer])
  })
  const end = kept.indexOf('\n')
  const bytes = kept.subarray(end + 1)
  return { etag: kept.toString('latin1', 0, end), dataEnd: size - 8 - bytes.length, bytes }
}

/** Where things lie in a data file. */
export interface KnownFile {
  readonly etag: string
  readonly dataEnd: number
  readonly table: ChunkTable
}

/** What is known of the footers of data files that lie on no local disk. */
export interface Footers {
  /** Undefined for a file that can only be had whole. Errors: those of the store. */
  file(file: DataFile): Promise<KnownFile | undefined>
  bytes(file: DataFile): Promise<Buffer>
  /** Forgets a file whose object turned out to be another. */
  forget(file: DataFile): Promise<void>
}

/** Row groups whose places are kept in memory: 3 KB each. */
const MOST_GROUPS = 20_000
/** A file up to this size is better fetched whole: its footer alone takes as long. */
const SMALL_BYTES = 64 * 1024

export function createFooters(
  storage: ObjectStore,
  copies: LocalCopies,
  timeColumn: string,
  smallBytes = SMALL_BYTES,
): Footers {
  const known = new Map<string, { readonly found: Promise<KnownFile | undefined>; groups: number }>()
  let groups = 0

  async function read(file: DataFile): Promise<KnownFile | undefined> {
    try {
      const { etag, dataEnd, bytes } = await readRemoteFooter(storage, copies, file)
      // Without an etag nobody could tell whether what is read later is of the same object.
      return etag === '' ? undefined : { etag, dataEnd, table: readChunkTable(bytes, dataEnd, timeColumn) }
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return undefined
      throw error
    }
  }

  function drop(key: string): void {
    groups -= known.get(key)?.groups ?? 0
    known.delete(key)
  }

  function add(file: DataFile): Promise<KnownFile | undefined> {
    const entry = { found: read(file), groups: 0 }
    known.set(file.key, entry)
    entry.found.then(
      (found) => {
        if (known.get(file.key) !== entry) return
        entry.groups = found?.table.groups.length ?? 0
        groups += entry.groups
        for (const oldest of known.keys()) {
          if (groups <= MOST_GROUPS) break
          drop(oldest)
        }
      },
      // What could not be read is tried again.
      () => drop(file.key),
    )
    return entry.found
  }

  return {
    async file(file) {
      if (file.size <= smallBytes) return undefined
      const entry = known.get(file.key)
      if (!entry) return add(file)
      known.delete(file.key)
      known.set(file.key, entry)
      return entry.found
    },
    bytes: async (file) => (await readRemoteFooter(storage, copies, file)).bytes,
    async forget(file) {
      drop(file.key)
      await copies.forget(file.key, FOOTER)
    },
  }
}
