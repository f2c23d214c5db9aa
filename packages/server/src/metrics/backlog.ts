import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Lake } from '@traillake/core'
import type { Family, Sample } from './family.ts'
import { gauge, rowsOf } from './lake-metrics.ts'
import type { Monitoring } from './monitoring.ts'

/** Log files that lie in the configured folders and that the ledger of their store does not know. A folder that cannot be read has no figure. */
export async function backlogMetrics(lake: Lake, { sources }: Monitoring): Promise<readonly Family[]> {
  if (!sources) return []
  const samples: Sample[] = []
  for (const store of await lake.listEventDataStores()) {
    const folders = sources[store.name]
    if (!folders) continue
    const known = new Set(
      (await rowsOf(lake, `SELECT source_key FROM traillake.source_files WHERE event_data_store = '${store.id}'`)).map(
        ([key]) => key,
      ),
    )
    try {
      let waiting = 0
      for (const folder of folders) for (const key of await logFiles(folder)) if (!known.has(key)) waiting += 1
      samples.push({ labels: { store: store.name }, value: waiting })
    } catch (error) {
      process.emitWarning(`the backlog of ${store.name} could not be counted: ${(error as Error).message}`)
    }
  }
  return [gauge('traillake_backlog_files', 'Log files in the configured folders that were not read yet.', samples)]
}

/** As the ledger names them: file URIs of real paths. */
async function logFiles(folder: string): Promise<readonly string[]> {
  const real = await realpath(folder)
  const entries = await readdir(real, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.json(?:\.gz)?$/.test(entry.name))
    .map((entry) => pathToFileURL(join(entry.parentPath, entry.name)).href)
}
