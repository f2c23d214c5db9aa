import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { type WrittenParquet, writeParquet } from '../../engine/write-parquet.ts'
import { TraillakeError } from '../../errors/index.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { type AddFile, type DataFile, makeAdd } from '../../table/index.ts'
import { LEDGER_STATISTICS, statsOf } from '../file-stats.ts'
import { localFile } from '../local-file.ts'

/** What a rewrite works with. */
export interface RewritePlace {
  readonly engine: TableEngine
  readonly storage: ObjectStore
  /** A local folder for files on their way. */
  readonly staging: string
}

/** Files that hold rows to be dropped, and what stands for them. */
export interface DroppedRows {
  readonly removed: readonly DataFile[]
  /** Hold what is left of the removed ones; in the store already. */
  readonly added: readonly AddFile[]
  /** How many rows are dropped. */
  readonly rows: number
}

/**
 * Drops rows of ledger files: a file without any of them stays, one of nothing else goes, any other is written anew.
 *
 * @param dead a condition over a row `s` of the ledger
 */
export async function dropLedgerRows(
  { engine, storage, staging }: RewritePlace,
  root: string,
  files: readonly DataFile[],
  dead: string,
): Promise<DroppedRows> {
  const removed: DataFile[] = []
  const added: AddFile[] = []
  let rows = 0
  for (const file of files) {
    const local = await localFile(storage, file.key, staging)
    try {
      const from = `read_parquet(${quoteSqlString(local.path)}, hive_partitioning=false) s`
      const counts = { total: 0, dropped: 0 }
      for await (const batch of engine.rows(
        `SELECT count(*)::VARCHAR, (count(*) FILTER (WHERE ${dead}))::VARCHAR FROM ${from}`,
      )) {
        for (const [total, dropped] of batch) Object.assign(counts, { total: Number(total), dropped: Number(dropped) })
      }
      if (counts.dropped === 0) continue
      rows += counts.dropped
      removed.push(file)
      if (counts.dropped === counts.total) continue
      const path = join(staging, `${randomUUID()}.parquet`)
      const written = await engine.withConnection((connection) =>
        writeRest(connection, from, `(${dead}) IS NOT TRUE`, path, counts.total - counts.dropped),
      )
      const name = `part-${randomUUID()}.parquet`
      const { size, modifiedMs } = await storage.putFile(`${root}/${name}`, path)
      const stats = statsOf(written, LEDGER_STATISTICS)
      added.push(makeAdd({ name, partitionValues: {}, size, modifiedMs, stats, dataChange: true }))
    } finally {
      await local.release()
    }
  }
  return { removed, added, rows }
}

/** Writes the rows of a file that a condition leaves, in their order, and checks their number: ACCOUNTING_MISMATCH. */
export async function writeRest(
  connection: DuckDBConnection,
  from: string,
  condition: string,
  path: string,
  expected: number,
): Promise<WrittenParquet> {
  const written = await writeParquet(connection, { query: `SELECT * FROM ${from} WHERE ${condition}`, path })
  if (written.rows !== expected) {
    throw new TraillakeError('ACCOUNTING_MISMATCH', { what: 'a rewritten file', read: expected, counted: written.rows })
  }
  return written
}
