import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { loadDuckDb } from './duckdb.ts'

/**
 * Prepares a text that must be exactly one SELECT; throws an Error for anything else.
 *
 * The last barrier: emitted SQL is one SELECT by construction, and a text that is not must never run, since `COPY` and
 * `ATTACH` could write into the folders that queries may read.
 */
export async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const { StatementType } = loadDuckDb()
  // The engine would take the text to end there.
  if (sql.includes('\0')) throw new Error('a statement cannot hold a NUL')
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new Error(`expected one statement, found ${statements.count}`)
  const prepared = await statements.prepare(0)
  if (prepared.statementType !== StatementType.SELECT) {
    prepared.destroySync()
    throw new Error('only SELECT statements are run')
  }
  return prepared
}
