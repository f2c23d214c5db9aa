import { quoteSqlString } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { localFile } from '../local-file.ts'
import type { SourceFile } from './protocol.ts'

/**
 * Says how records become rows: part of every ledger row. Raised when a file that could not be read, or was read in another
 * way, would be read differently by this release; files that failed under another one are then tried again.
 */
export const RULES_VERSION = '1'

/**
 * Which of these files the ledger knows: read in this very state (URI, size, etag), or failed in it under the same rules.
 *
 * @param ledger keys of ledger files
 */
export async function knownSources(
  lake: { readonly storage: ObjectStore; readonly engine: TableEngine },
  ledger: readonly string[],
  files: readonly SourceFile[],
): Promise<ReadonlySet<SourceFile>> {
  if (files.length === 0 || ledger.length === 0) return new Set()
  const local = await Promise.all(ledger.map((key) => localFile(lake.storage, key, lake.engine.scratch)))
  try {
    return await lake.engine.withConnection(async (connection) => {
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
      const paths = local.map((file) => quoteSqlString(file.path)).join(', ')
      const result = await connection.stream(
        `SELECT DISTINCT c.n FROM read_parquet([${paths}], hive_partitioning=false) s
         JOIN ${name}() c ON s.source_key = c.uri AND s.etag = c.etag AND s.size = c.size
         WHERE s.status <> 'failed' OR s.rules_version = ${quoteSqlString(RULES_VERSION)}`,
      )
      const known = new Set<SourceFile>()
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        for (const [n] of chunk.getRows()) known.add(files[Number(n)]!)
      }
      candidates.clear()
      return known
    })
  } finally {
    for (const file of local) await file.release()
  }
}

let lookups = 0
