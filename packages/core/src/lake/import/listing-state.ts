import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { quoteSqlString } from '../../engine/instance.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import { readTrailKey } from '../../events/index.ts'
import type { LakeContext } from '../lake-context.ts'
import { localFile } from '../local-file.ts'
import { storeFolders } from '../store-layout.ts'
import { IS_SETTLED } from './known-sources.ts'

/**
 * What a folder of a trail was read up to: the ledger holds every file of it after `after` and up to `through`. It is believed
 * only while the ledger holds exactly the files that it held then, so that whatever was taken back is found again.
 */
export interface FolderState {
  /** URI; ends in `/`. */
  readonly folder: string
  /** URIs of keys. */
  readonly after: string
  readonly through: string
  readonly files: number
  /** Of the URIs of the files. */
  readonly hash: string
}

export type FolderRange = Pick<FolderState, 'folder' | 'after' | 'through'>

/** The states that were kept of a place; none where there are none, or they cannot be read. */
export async function readListingState(
  lake: LakeContext,
  storeId: string,
  place: string,
): Promise<readonly FolderState[]> {
  try {
    return JSON.parse(gunzipSync(await lake.storage.get(keyOf(storeId, place))).toString()) as readonly FolderState[]
  } catch {
    // It saves listing and decides nothing.
    return []
  }
}

/** Keeps them; of two that write at once either is right, for both are compared with the ledger. */
export async function writeListingState(
  lake: LakeContext,
  storeId: string,
  place: string,
  states: readonly FolderState[],
): Promise<void> {
  await lake.storage.put(keyOf(storeId, place), gzipSync(JSON.stringify(states)))
}

function keyOf(storeId: string, place: string): string {
  const name = createHash('sha256').update(place).digest('hex').slice(0, 32)
  return `${storeFolders(storeId).root}/listings/${name}.json.gz`
}

/**
 * What the ledger holds of some ranges of files, each counted once. Files that failed under other rules are not counted: they are
 * to be read again.
 *
 * @param ledger keys of ledger files
 */
export async function countLedger(
  lake: LakeContext,
  ledger: readonly string[],
  ranges: readonly FolderRange[],
): Promise<readonly FolderState[]> {
  if (ledger.length === 0 || ranges.length === 0) return []
  const local = await Promise.all(ledger.map((key) => localFile(lake.storage, key, lake.engine.scratch)))
  try {
    return await lake.engine.withConnection(async (connection) => {
      const name = `ranges_${++counts}`
      const columns = ['folder', 'after', 'through'] as const
      const source = registerRowSource(
        connection,
        name,
        columns.map((column) => ({ name: column, type: 'VARCHAR' })),
      )
      source.set({
        rowCount: ranges.length,
        values: columns.map((column) => (i: number) => Buffer.from(ranges[i]![column])),
      })
      const paths = local.map((file) => quoteSqlString(file.path)).join(', ')
      const reader = await connection.runAndReadAll(
        `WITH known AS (
           SELECT DISTINCT source_key, regexp_extract(source_key, '^(.*/)[0-9]{4}/[0-9]{2}/[0-9]{2}/[^/]*$', 1) AS folder
           FROM read_parquet([${paths}], hive_partitioning=false)
           WHERE ${IS_SETTLED})
         SELECT r.folder, r.after, r.through, count(*)::INTEGER AS files, bit_xor(md5_number_lower(source_key))::VARCHAR AS hash
         FROM ${name}() r JOIN known k ON k.folder = r.folder AND k.source_key > r.after AND k.source_key <= r.through
         GROUP BY ALL`,
      )
      source.clear()
      return reader.getRowObjects() as unknown as readonly FolderState[]
    })
  } finally {
    for (const file of local) await file.release()
  }
}

let counts = 0

/** Those of the states that the ledger still bears out, by folder. */
export function borneOut(
  states: readonly FolderState[],
  counted: readonly FolderState[],
): ReadonlyMap<string, FolderState> {
  const now = new Map(counted.map((state) => [state.folder, state]))
  return new Map(
    states
      .filter(({ folder, files, hash }) => now.get(folder)?.files === files && now.get(folder)?.hash === hash)
      .map((state) => [state.folder, state]),
  )
}

const STAMP = /_(\d{8}T\d{4})Z[^/]*$/

/** The URI after which files can have come that were delivered `hours` before a file or later; undefined where its name does not say. */
export function lookBack(uri: string, folder: string, hours: number): string | undefined {
  const { deliveredAtMs } = readTrailKey(uri)
  if (deliveredAtMs === undefined || !STAMP.test(uri)) return undefined
  const time = new Date(deliveredAtMs - hours * 3_600_000).toISOString()
  const stem = uri.slice(uri.lastIndexOf('/') + 1).replace(STAMP, '')
  const stamp = time.slice(0, 16).replaceAll('-', '').replace(':', '')
  return `${folder}${time.slice(0, 10).replaceAll('-', '/')}/${stem}_${stamp}`
}
