import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
  openLakeFile,
  type QuarantineEntry,
  storeFolders,
} from '../../src/lake/index.ts'
import { createLocalCopies } from '../../src/lake/local-file.ts'
import { type ObjectStore, withFileCache } from '../../src/storage/index.ts'
import { newFolder, newLakePlace, openStore, removeFolders, storageOptions } from './places.ts'

export * from './places.ts'

export type Row = Readonly<Record<string, unknown>>

const lakes: LakeContext[] = []

/** Registers the removal of what a test made; call it once in a test file. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const lake of lakes.splice(0)) await lake.close()
    removeFolders()
  })
}

/** Opens the lake of a place or store, made when it is not there. In S3 as a machine does that has not seen it before. */
export async function openLake(
  at: string | ObjectStore = newLakePlace(),
  options: LakeContextOptions = {},
): Promise<LakeContext> {
  const storage = typeof at === 'string' ? withCopies(openStore(at)) : at
  const lake = createLakeContext(storage, await openLakeFile(storage, { create: !options.readOnly }), {
    storageOptions,
    ...options,
  })
  lakes.push(lake)
  return lake
}

/** What the library keeps of a lake that is on no local disk. */
function withCopies(store: ObjectStore): ObjectStore {
  if (store.localPath('any') !== undefined) return store
  return withFileCache(store, { folder: newFolder(), maxBytes: Number.POSITIVE_INFINITY })
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
  const links = mkdtempSync(join(lake.engine.scratch, 'links-'))
  try {
    const list = (await pathsIn(lake, links, keys)).map(quoteSqlString).join(', ')
    const options = name === 'events' ? `, filename=true${hiveOptions(keys[0]!)}` : ''
    return await lake.engine.withConnection(async (connection) => {
      await connection.run(`CREATE OR REPLACE TEMP VIEW ${name} AS SELECT * FROM read_parquet([${list}]${options})`)
      const result = await connection.runAndReadAll(sql)
      return result.getRowObjects().map((row) => plainValue(row as unknown as DuckDBValue) as Row)
    })
  } finally {
    rmSync(links, { recursive: true })
  }
}

/** Paths of data files that end in their keys; those of copies, which lie in no partition's folder, are links. */
async function pathsIn(lake: LakeContext, links: string, keys: readonly string[]): Promise<readonly string[]> {
  const paths = await createLocalCopies(lake.storage, links)(keys)
  return paths.map((path, i) => {
    if (path === lake.storage.localPath(keys[i]!)) return path
    const link = join(links, keys[i]!)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(path, link)
    return link
  })
}

function hiveOptions(key: string): string {
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

/** What imports and compactions that are over have left of the files on their way into a store. */
export function stagingLeft(lake: LakeContext, store: EventDataStore): readonly string[] {
  const folder = lake.storage.localPath(storeFolders(store.id).tmp)
  if (folder !== undefined) return readdirSync(folder)
  return readdirSync(lake.tempDirectory).filter((name) => name.startsWith('import-'))
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
