import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { createTableEngine } from '../../src/engine/table-engine.ts'
import { BIGINT, TIMESTAMP, VARCHAR } from '../../src/schema/types.ts'
import { openLocalStore } from '../../src/storage/local.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/object-store.ts'
import { type Action, buildStats, createTable, type Table, type TableColumn } from '../../src/table/index.ts'
import { temporaryFolder } from '../storage/temporary.ts'

export { temporaryFolder }

const engines: { close(): void }[] = []

afterAll(() => {
  for (const engine of engines) engine.close()
})

export async function temporaryEngine() {
  const engine = createTableEngine({ scratch: await temporaryFolder() })
  engines.push(engine)
  return engine
}

export const columns: readonly TableColumn[] = [
  { name: 'n', type: BIGINT },
  { name: 'eventtime', type: TIMESTAMP },
  { name: 'eventname', type: VARCHAR },
]

export const stores: readonly (readonly [string, () => Promise<ObjectStore>])[] = [
  ['in memory', async () => openMemoryStore()],
  ['on disk', async () => openLocalStore(await temporaryFolder())],
]

export async function newTable(store: ObjectStore, root = 'events'): Promise<Table> {
  return createTable(store, root, {
    name: 'cloudtrail',
    columns,
    partitionColumns: [],
    engine: await temporaryEngine(),
  })
}

/** The `add` of a file that nobody reads. */
export function addOf(path: string, rows = 1): Action {
  const stats = buildStats(rows, [{ name: 'n', kind: 'integer', min: 0, max: rows, nullCount: 0 }])
  return { add: { path, partitionValues: {}, size: 10, modificationTime: 1_700_000_000_000, dataChange: true, stats } }
}

export function removeOf(path: string, deletionTimestamp = Date.now()): Action {
  return { remove: { path, dataChange: false, deletionTimestamp } }
}

export const WRITE = { operation: 'WRITE' } as const

/** Appends files to the newest state. */
export async function append(table: Table, ...paths: string[]) {
  return table.commit({ snapshot: await table.refresh(), actions: paths.map((p) => addOf(p)), commitInfo: WRITE })
}

export const pathsOf = (snapshot: { readonly files: ReadonlyMap<string, unknown> }) => [...snapshot.files.keys()]

export const digits = (version: number) => String(version).padStart(20, '0')

/** Writes a commit as another writer does, whatever we think of it. */
export async function writeForeign(
  store: ObjectStore,
  version: number,
  lines: readonly object[],
  root = 'events',
): Promise<void> {
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  if (!(await store.putIfAbsent(`${root}/_delta_log/${digits(version)}.json`, Buffer.from(text))))
    throw new Error(`${version} is taken`)
}

export const newName = () => `part-${randomUUID()}.parquet`
