import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createLakeContext } from '../../../src/lake/lake-context.ts'
import { openLakeFile } from '../../../src/lake/lake-file.ts'
import { askQuery } from '../../../src/query/ask-query.ts'
import { rangesOf, readChunkTable } from '../../../src/query/copies/chunk-table.ts'
import { createFooters } from '../../../src/query/copies/footers.ts'
import { queryFolders } from '../../../src/query/data-paths.ts'
import { footerLength } from '../../../src/query/needles/footer.ts'
import { openEngine } from '../../../src/query/open-engine.ts'
import { createPlanContext } from '../../../src/query/plan-query.ts'
import { TIME_COLUMN } from '../../../src/query/scans.ts'
import type { QueryOptions, QueryResult } from '../../../src/query/types.ts'
import { type ObjectStore, openLocalStore, withFileCache } from '../../../src/storage/index.ts'

/** A folder as a store that is on no local disk, and tells etags. `reads` counts the bytes of data files. */
export function remoteStore(folder: string): { readonly store: ObjectStore; readonly reads: { bytes: number } } {
  const local = openLocalStore(folder)
  const reads = { bytes: 0 }
  return {
    reads,
    store: {
      ...local,
      localPath: () => undefined,
      async get(key, options = {}) {
        const bytes = await local.get(key, options)
        options.onEtag?.((await local.head(key))!.etag)
        if (key.endsWith('.parquet') && !key.includes('_delta_log')) reads.bytes += bytes.length
        return bytes
      },
    },
  }
}

export interface RemoteLake {
  readonly reads: { bytes: number }
  query(sql: string, options?: QueryOptions): Promise<QueryResult>
  close(): Promise<void>
}

/** Queries a lake on disk as if it were elsewhere, through copies in a folder; files of any size are fetched in parts. */
export async function openRemoteLake(folder: string, cache: string): Promise<RemoteLake> {
  const { store, reads } = remoteStore(folder)
  const storage = withFileCache(store, { folder: cache, maxBytes: 1e10 })
  const lake = createLakeContext(storage, await openLakeFile(storage, { readOnly: true }), { readOnly: true })
  const engine = await openEngine('none', {
    allowedDirectories: queryFolders(lake),
    memoryBytes: 1e9,
  })
  const context = {
    ...createPlanContext(lake),
    footers: createFooters(storage, storage.copies!, TIME_COLUMN, 0),
    engine: async () => engine,
  }
  return {
    reads,
    query: (sql, options) => askQuery(context, sql, options),
    async close() {
      await engine.close()
      await lake.close()
    },
  }
}

/** What a sparse file has, as its own bytes tell. */
export interface FoundSparse {
  readonly path: string
  readonly dataEnd: number
  readonly filled: readonly { readonly start: number; readonly length: number }[]
}

export function sparseFiles(cache: string, isMeant = (_path: string) => true): readonly FoundSparse[] {
  return readdirSync(cache).flatMap((name): FoundSparse[] => {
    const path = join(cache, name)
    if (!isMeant(path)) return []
    const bytes = readFileSync(path)
    const length = footerLength(bytes.subarray(-8))
    if (!name.includes('-') || length === undefined) return []
    const footerStart = bytes.length - 8 - length
    const { columns, groups } = readChunkTable(bytes.subarray(footerStart, -8), footerStart, TIME_COLUMN)
    const dataEnd = footerStart - columns.length * groups.length
    const marks = bytes.subarray(dataEnd, footerStart)
    const filled = groups.flatMap((group, g) =>
      columns.flatMap((_, chunk) => (marks[g * columns.length + chunk] === 1 ? rangesOf(group, chunk) : [])),
    )
    return [{ path, dataEnd, filled: [...filled].sort((a, b) => a.start - b.start) }]
  })
}

/** Makes what fills holes with bytes that mean nothing: whoever reads one gets nonsense. It gives how many bytes it wrote. */
export function createSpoiler(cache: string): () => number {
  const seen = new Map<string, number>()
  const isNew = (path: string) => seen.get(path) !== statSync(path).mtimeMs
  return () => {
    let spoilt = 0
    for (const { path, dataEnd, filled } of sparseFiles(cache, isNew)) {
      const file = openSync(path, 'r+')
      let at = 0
      for (const { start, length } of [...filled, { start: dataEnd, length: 0 }]) {
        if (start > at) {
          const nonsense = Buffer.from(Array.from({ length: start - at }, (_, i) => (i * 31 + at) & 0xff))
          spoilt += writeSync(file, nonsense, 0, nonsense.length, at)
        }
        at = Math.max(at, start + length)
      }
      closeSync(file)
      seen.set(path, statSync(path).mtimeMs)
    }
    return spoilt
  }
}
