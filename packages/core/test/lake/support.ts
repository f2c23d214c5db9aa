import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { afterEach } from 'vitest'
import { quoteSqlString } from '../../src/engine/instance.ts'
import {
  createLakeContext,
  type EventDataStore,
  type LakeContext,
  type LakeContextOptions,
  localFile,
  openLakeFile,
  type QuarantineEntry,
  storeFolders,
} from '../../src/lake/index.ts'
import { type ObjectStore, openLocalStore } from '../../src/storage/index.ts'

export type Row = Readonly<Record<string, unknown>>

const folders: string[] = []
const lakes: LakeContext[] = []

/** Registers the removal of what a test made; call it once in a test file. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const lake of lakes.splice(0)) await lake.close()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
}

/** A new folder that goes with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  folders.push(folder)
  return folder
}

/** Opens the lake of a folder or store, made when it is not there. */
export async function openLake(at: string | ObjectStore, options: LakeContextOptions = {}): Promise<LakeContext> {
  const storage = typeof at === 'string' ? openLocalStore(at) : at
  const lake = createLakeContext(storage, await openLakeFile(storage, { create: !options.readOnly }), options)
  lakes.push(lake)
  return lake
}

/** Runs a query over all rows of a store, `events` in it, with partition columns as `account`, `region`, `date`. */
export async function queryEvents(lake: LakeContext, store: EventDataStore, sql: string): Promise<readonly Row[]> {
  const snapshot = await (await lake.eventsTable(store.id)).refresh()
  return queryFiles(
    lake,
    [...snapshot.files.values()].map((file) => file.key),
    'events',
    sql,
  )
}

/** Runs a query over the ledger of a store, `sources` in it. */
export async function querySources(lake: LakeContext, store: EventDataStore, sql: string): Promise<readonly Row[]> {
  const snapshot = await (await lake.sourcesTable(store.id)).refresh()
  return queryFiles(
    lake,
    [...snapshot.files.values()].map((file) => file.key),
    'sources',
    sql,
  )
}

async function queryFiles(
  lake: LakeContext,
  keys: readonly string[],
  name: string,
  sql: string,
): Promise<readonly Row[]> {
  if (keys.length === 0) return []
  const local = await Promise.all(keys.map((key) => localFile(lake.storage, key, lake.engine.scratch)))
  const list = local.map((file) => quoteSqlString(file.path)).join(', ')
  const options = name === 'events' ? `, filename=true${hiveOptions(lake, keys[0]!)}` : ''
  try {
    return await lake.engine.withConnection(async (connection) => {
      await connection.run(`CREATE OR REPLACE TEMP VIEW ${name} AS SELECT * FROM read_parquet([${list}]${options})`)
      const result = await connection.runAndReadAll(sql)
      return result.getRowObjects().map((row) => plainValue(row as unknown as DuckDBValue) as Row)
    })
  } finally {
    for (const file of local) await file.release()
  }
}

/** Copies of files do not lie in their partition's folder. */
function hiveOptions(lake: LakeContext, key: string): string {
  if (lake.storage.localPath(key) === undefined) return ''
  const columns = ['account', 'region', 'date'].filter((name) => key.includes(`/${name}=`))
  const types = columns.map((name) => `${name}: ${name === 'date' ? 'DATE' : 'VARCHAR'}`)
  return `, hive_partitioning=true, hive_types={${types.join(', ')}}`
}

/** A value of the engine in the form of the golden rows. */
export function plainValue(value: DuckDBValue): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plainValue)
  if (value instanceof DuckDBStructValue) return plainObject(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue)
    return plainObject(value.entries.map((entry) => [String(entry.key), entry.value]))
  if (value instanceof DuckDBTimestampValue) {
    if (value.micros % 1000n !== 0n) throw new Error(`${value} is finer than a millisecond`)
    return new Date(Number(value.micros / 1000n)).toISOString().replace('T', ' ').slice(0, -1)
  }
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return String(value)
    return plainObject(Object.entries(value as unknown as Record<string, DuckDBValue>))
  }
  return value
}

function plainObject(entries: readonly (readonly [string, DuckDBValue])[]): object {
  return Object.fromEntries(entries.map(([key, value]) => [key, plainValue(value)]))
}

/** All quarantine entries of a store. */
export async function readQuarantine(lake: LakeContext, store: EventDataStore): Promise<readonly QuarantineEntry[]> {
  const entries: QuarantineEntry[] = []
  for await (const { key } of lake.storage.list(`${storeFolders(store.id).quarantine}/`)) {
    const lines = gunzipSync(await lake.storage.get(key))
      .toString()
      .trim()
      .split('\n')
    entries.push(...lines.map((line) => JSON.parse(line) as QuarantineEntry))
  }
  return entries
}

/** Everything that must be the same however often an import was stopped: rows and ledger, without what is new each time. */
export async function fingerprint(lake: LakeContext, store: EventDataStore): Promise<object> {
  const rows = await queryEvents(
    lake,
    store,
    'SELECT count(*) AS rows, count(DISTINCT (eventid, recipientaccountid)) AS ids, sum(hash(e))::VARCHAR AS content FROM (SELECT eventid, recipientaccountid, e FROM (SELECT eventid, recipientaccountid, row_to_json(events) AS e FROM (SELECT * EXCLUDE (filename) FROM events) events))',
  )
  const ledger = await querySources(
    lake,
    store,
    `SELECT source_key, source_id, etag, size, sha256, kind, status, error_code, read, kept, duplicate, filtered, quarantined
     FROM sources ORDER BY source_key`,
  )
  return { rows, ledger }
}
