import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import { eventJsonBytes, recordSql, typedBytes } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import type { Rows } from './rows.ts'

/** A feed of texts that the engine's JSON reader types, as the columns of a data file. */
export interface ParsedFeed {
  /** Gives the rows offered last, in their order. */
  readonly query: string
  offer(rows: Rows, some: readonly number[]): void
  clear(): void
  /** Of the rows offered last, those that the JSON reader refuses, by position. */
  findRefused(): Promise<ReadonlySet<number>>
}

/**
 * Feeds texts through `from_json`.
 *
 * @param name of a table function that no other connection of the instance has
 */
export function createParsedFeed(connection: DuckDBConnection, name: string, schema: LayoutName): ParsedFeed {
  const source = registerRowSource(connection, name, [
    { name: 'typed', type: 'VARCHAR' },
    { name: 'text', type: 'VARCHAR' },
    { name: 'source', type: 'VARCHAR' },
    { name: 'index', type: 'BIGINT' },
  ])
  const { parseType } = recordSql(schema, SOURCES)
  const parse = `from_json(typed, ${quoteSqlString(parseType)})`
  const refusedQuery = `SELECT position FROM (
      SELECT (row_number() OVER ()) - 1 AS position, TRY(${parse}) IS NULL AS refused FROM ${name}())
    WHERE refused`
  return {
    query: `SELECT ${columnList(schema)}
      FROM (SELECT ${parse} AS record, coalesce(text, typed) AS text, source, index FROM ${name}()) r`,
    offer(rows, some) {
      const sourceIds = new Map<object, Buffer>()
      source.set({
        rowCount: some.length,
        values: [
          (i) => typedBytes(rows.batch(some[i]!)!, rows.record(some[i]!)),
          (i) => {
            const row = some[i]!
            // Where one text serves for both it is handed over once.
            return rows.isRewritten(row) ? eventJsonBytes(rows.batch(row)!, rows.record(row)) : null
          },
          (i) => {
            const file = rows.file(some[i]!)
            let id = sourceIds.get(file)
            if (!id) {
              id = Buffer.from(file.file.sourceId)
              sourceIds.set(file, id)
            }
            return id
          },
          (i) => BigInt(rows.index(some[i]!)),
        ],
      })
    },
    clear: () => source.clear(),
    async findRefused() {
      const result = await connection.runAndReadAll(refusedQuery)
      return new Set(result.getRows().map(([position]) => Number(position)))
    },
  }
}

const SOURCES = { record: 'r.record', eventJson: 'r.text', source: 'r.source', index: 'r.index' }

function columnList(schema: LayoutName): string {
  return recordSql(schema, SOURCES)
    .columns.map((column) => `${column.expression} AS ${quoteSqlName(column.name)}`)
    .join(', ')
}
