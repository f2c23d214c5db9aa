import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Lake, S3Options } from '@traillake/core'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'
import { type Buckets, resolveLocation } from '../buckets.ts'
import type { Family, Sample } from './family.ts'
import { gauge, rowsOf } from './lake-metrics.ts'
import type { Monitoring } from './monitoring.ts'
import { remembered } from './remembered.ts'

/** Listing S3 costs money: a listing is good for so long. */
const S3_FRESH_MS = 600_000

/** How many files wait at one source of a store, given the files that its ledger knows. */
type Count = (known: ReadonlySet<unknown>) => Promise<number>

/**
 * Log files that lie at the configured sources and that the ledger of their store does not know. A source that cannot be read has no
 * figure.
 *
 * Errors: INVALID_OPTION for a source in a bucket that the server does not know.
 */
export function createBacklog(lake: Lake, buckets: Buckets, { sources }: Monitoring): () => Promise<readonly Family[]> {
  if (!sources) return async () => []
  const counts = new Map(
    Object.entries(sources).map(([store, names]) => [store, names.map((name) => countOf(lake, buckets, store, name))]),
  )
  return async () => {
    const samples: Sample[] = []
    for (const store of await lake.listEventDataStores()) {
      const ofStore = counts.get(store.name)
      if (!ofStore) continue
      const statement = `SELECT source_key FROM traillake.source_files WHERE event_data_store = '${store.id}'`
      const known = new Set((await rowsOf(lake, statement)).map(([key]) => key))
      try {
        let waiting = 0
        for (const count of ofStore) waiting += await count(known)
        samples.push({ labels: { store: store.name }, value: waiting })
      } catch (error) {
        process.emitWarning(`the backlog of ${store.name} could not be counted: ${(error as Error).message}`)
      }
    }
    return [gauge('traillake_backlog_files', 'Log files at the configured sources that were not read yet.', samples)]
  }
}

function countOf(lake: Lake, buckets: Buckets, store: string, source: string): Count {
  if (!source.startsWith('s3://')) return (known) => countInFolder(source, known)
  const place = resolveLocation(buckets, source)
  if (typeof place === 'string') {
    throw new TraillakeError('INVALID_OPTION', {
      option: 'monitoring',
      reason: `names ${source}, which is in no bucket that the server knows`,
    })
  }
  const { location, s3 } = place
  if (!s3) return (known) => countInFolder(location, known)
  return remembered(S3_FRESH_MS, () => countInS3(lake, store, location, s3))
}

/** As the ledger names them: file URIs of real paths. */
async function countInFolder(folder: string, known: ReadonlySet<unknown>): Promise<number> {
  const real = await realpath(folder)
  const entries = await readdir(real, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.json(?:\.gz)?$/.test(entry.name))
  return files.filter((entry) => !known.has(pathToFileURL(join(entry.parentPath, entry.name)).href)).length
}

/** What an import would read: of folders that were read before, only what came later is listed. */
async function countInS3(lake: Lake, store: string, location: string, s3: S3Options): Promise<number> {
  try {
    const { planned } = await lake.import(location, { into: store, dryRun: true, s3 })
    return planned?.files ?? 0
  } catch (error) {
    if (isTraillakeError(error, 'NO_LOG_FILES')) return 0
    throw error
  }
}
