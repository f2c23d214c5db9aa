import {
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import { eventJsonBytes, type RecordBatch, recordSql, typedBytes } from '../../src/events/index.ts'
import type { LayoutName } from '../../src/schema/index.ts'

export type Row = Readonly<Record<string, unknown>>

/** A DuckDB that types records with the text pieces that import uses. */
export interface EngineRows {
  /** The rows of a batch by position in `Records`, in the golden files' form. */
  rowsOf(layout: LayoutName, batch: RecordBatch): Promise<ReadonlyMap<number, Row>>
  /** The rows of typed texts, in order; `undefined` where the engine could not read a text. */
  rowsOfTexts(layout: LayoutName, typed: readonly string[]): Promise<readonly Row[]>
  close(): void
}

export async function openEngineRows(): Promise<EngineRows> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run('CREATE TABLE staged (typed VARCHAR, event_json VARCHAR, idx BIGINT)')
  return {
    async rowsOf(layout, batch) {
      const staged = batch.records.map((record) => ({
        typed: typedBytes(batch, record).toString(),
        eventJson: eventJsonBytes(batch, record).toString(),
        index: record.index,
      }))
      const rows = await run(connection, layout, staged)
      return new Map(staged.map(({ index }, i) => [index, rows[i]!]))
    },
    rowsOfTexts: (layout, typed) =>
      run(
        connection,
        layout,
        typed.map((text, index) => ({ typed: text, eventJson: text, index })),
      ),
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

interface Staged {
  readonly typed: string
  readonly eventJson: string
  readonly index: number
}

async function run(connection: DuckDBConnection, layout: LayoutName, staged: readonly Staged[]): Promise<Row[]> {
  await connection.run('DELETE FROM staged')
  const appender = await connection.createAppender('staged')
  for (const { typed, eventJson, index } of staged) {
    appender.appendVarchar(typed)
    appender.appendVarchar(eventJson)
    appender.appendBigInt(BigInt(index))
    appender.endRow()
  }
  appender.closeSync()
  const { parseType, columns } = recordSql(layout, {
    record: 'r',
    eventJson: 'event_json',
    source: "'s'",
    index: 'idx',
  })
  const list = columns.map(({ expression, type, name }) => `(${expression})::${type} AS "${name}"`).join(', ')
  const sql = `SELECT ${list} FROM (SELECT from_json(typed, '${parseType}') AS r, event_json, idx FROM staged ORDER BY idx)`
  const result = await connection.runAndReadAll(sql)
  return result.getRowObjects().map(plainValue) as Row[]
}

function plainValue(value: unknown): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plainValue)
  if (value instanceof DuckDBStructValue) return plainObject(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue) return plainObject(value.entries.map(({ key, value: v }) => [String(key), v]))
  if (value instanceof DuckDBTimestampValue) {
    if (value.micros % 1000n !== 0n) throw new Error(`${value} is finer than a millisecond`)
    return new Date(Number(value.micros / 1000n)).toISOString().replace('T', ' ').slice(0, -1)
  }
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'object' && value !== null) return plainObject(Object.entries(value))
  return value
}

function plainObject(entries: readonly (readonly [string, unknown])[]): object {
  const object: Record<string, unknown> = Object.create(null)
  for (const [key, value] of entries) {
    if (key in object) throw new Error(`two entries ${JSON.stringify(key)}`)
    object[key] = plainValue(value)
  }
  return object
}
