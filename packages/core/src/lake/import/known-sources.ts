import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import { isArchive, type ObjectStore } from '../../storage/index.ts'
import { localFile } from '../local-file.ts'
import type { SourceFile } from './protocol.ts'

/**
 * Says how records become rows: part of every ledger row. Raised when a file that could not be read, or was read in another
 * way, would be read differently by this release; files that held no events under another one are then tried again.
 */
export const RULES_VERSION = '2'

/** The ledger's kind of log files of trails; every other kind of an imported file is a copy in another form. */
export const LOG_KIND = 'log'

/** SQL over a row of the ledger: the file need not be read again as long as its state is the same. */
export const IS_SETTLED = `(status = 'imported' OR rules_version = ${quoteSqlString(RULES_VERSION)})`

/** Files that need not be read, and whether they (of archives: some members) could not be read when they were. */
export type KnownFiles = ReadonlyMap<SourceFile, { readonly isFailed: boolean }>

/**
 * Which of these files the ledger knows: read in this very state (URI, size, etag), or without events in it under the same rules.
 *
 * @param ledger keys of ledger files
 */
export async function knownSources(
  lake: LedgerPlace,
  ledger: readonly string[],
  files: readonly SourceFile[],
): Promise<KnownFiles> {
  if (files.length === 0) return new Map()
  return withLedger<KnownFiles>(lake, ledger, new Map(), async (connection, scan) => {
    const name = `known_${++lookups}`
    const candidates = registerRowSource(connection, name, [
      { name: 'n', type: 'BIGINT' },
      { name: 'uri', type: 'VARCHAR' },
      { name: 'etag', type: 'VARCHAR' },
      { name: 'size', type: 'BIGINT' },
    ])
    candidates.set({
      rowCount: files.length,
      values: [
        (i) => BigInt(i),
        (i) => Buffer.from(files[i]!.uri),
        (i) => Buffer.from(files[i]!.etag),
        (i) => BigInt(files[i]!.size),
      ],
    })
    const result = await connection.stream(
      `SELECT c.n, bool_and(s.status = 'failed')
         FROM ${scan} s JOIN ${name}() c ON s.source_key = c.uri AND s.etag = c.etag AND s.size = c.size
         WHERE ${IS_SETTLED} GROUP BY c.n`,
    )
    const known = new Map<SourceFile, { isFailed: boolean }>()
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const [n, failed] of chunk.getRows()) known.set(files[Number(n)]!, { isFailed: failed === true })
    }
    candidates.clear()
    return known
  })
}

/**
 * As `knownSources`, archives included: of a known one the ledger has every member that was to be read. Their etags say how many
 * those are.
 */
export async function knownFiles(
  lake: LedgerPlace,
  ledger: readonly string[],
  files: readonly SourceFile[],
): Promise<KnownFiles> {
  const known = new Map(await knownSources(lake, ledger, files))
  const archives = files.filter((file) => !file.member && isArchive(file.key))
  if (archives.length === 0) return known
  const complete = await withLedger(lake, ledger, new Map<string, boolean>(), async (connection, scan) => {
    const reader = await connection.runAndReadAll(
      `SELECT archive || chr(10) || split_part(etag, '#', 1), bool_or(status = 'failed')
       FROM (SELECT *, regexp_extract(source_key, '^(.*)!/', 1) AS archive FROM ${scan} WHERE contains(source_key, '!/') AND ${IS_SETTLED})
       WHERE archive IN (${archives.map((file) => quoteSqlString(file.uri)).join(', ')})
       GROUP BY ALL HAVING count(DISTINCT etag) = max(split_part(split_part(etag, '#', 2), '/', 2)::BIGINT)`,
    )
    return new Map(reader.getRows().map(([state, failed]) => [String(state), failed === true]))
  })
  for (const file of archives) {
    const isFailed = complete.get(`${file.uri}\n${file.etag}`)
    if (isFailed !== undefined) known.set(file, { isFailed })
  }
  return known
}

/** Ids of the files whose events are copies in another form than that of trails. */
export function copiedSources(lake: LedgerPlace, ledger: readonly string[]): Promise<ReadonlySet<string>> {
  return withLedger(lake, ledger, new Set(), async (connection, scan) => {
    const reader = await connection.runAndReadAll(
      `SELECT DISTINCT source_id FROM ${scan} WHERE kind <> ${quoteSqlString(LOG_KIND)} AND status = 'imported'`,
    )
    return new Set(reader.getRows().map(([id]) => String(id)))
  })
}

interface LedgerPlace {
  readonly storage: ObjectStore
  readonly engine: TableEngine
}

/** Asks ledger files, as the right side of a FROM; `none` where there are no files. */
async function withLedger<T>(
  { storage, engine }: LedgerPlace,
  ledger: readonly string[],
  none: T,
  ask: (connection: DuckDBConnection, scan: string) => Promise<T>,
): Promise<T> {
  if (ledger.length === 0) return none
  const local = await Promise.all(ledger.map((key) => localFile(storage, key, engine.scratch)))
  try {
    const paths = local.map((file) => quoteSqlString(file.path)).join(', ')
    return await engine.withConnection((connection) =>
      ask(connection, `read_parquet([${paths}], hive_partitioning=false)`),
    )
  } finally {
    for (const file of local) await file.release()
  }
}

let lookups = 0
